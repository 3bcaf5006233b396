package transfer

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/vierkant/vierkant/broker/record"
)

// Kind is a list of rows that belong together.
type Kind string

// The kinds, and what a row of each is. "By" is the order: names as bytes; owners, which lists begin with, the shorter first.
const (
	Orgs             Kind = "organisations"         // record.Org by id
	Clients          Kind = "clients"               // record.Client by id
	Destinations     Kind = "destinations"          // record.Destination as they came
	DestinationKeys  Kind = "keys of destinations"  // record.DestinationKey by owner, as they came
	Submissions      Kind = "submissions"           // record.Submission by id
	Waiting          Kind = "waiting submissions"   // WaitingRow by inbox, as they came
	Attachments      Kind = "attachments"           // record.Attachment by submission and id
	Bodies           Kind = "bodies"                // BodyRow by id
	Cases            Kind = "cases"                 // record.Case by id
	CaseSubmissions  Kind = "submissions of cases"  // InCaseRow by case, kind (the shorter first) and number
	SenderCases      Kind = "cases of senders"      // CaseRow by sender, as they came
	DestinationCases Kind = "cases of destinations" // CaseRow by destination, as they came
	Events           Kind = "events"                // EventRow by case and number
	Unsigned         Kind = "unsigned events"       // UnsignedRow as they came
	Deliveries       Kind = "callbacks"             // record.Delivery as they came to be owed
	Timers           Kind = "timers"                // record.Timer by queue (the shorter first) and id
	Receipts         Kind = "receipts"              // record.Receipt as they came
	ServiceKeys      Kind = "keys of the broker"    // record.ServiceKey by use, as they came
	Routes           Kind = "routes"                // record.Route as they came
	Entries          Kind = "entries"               // record.Entry by kind, as they came
	Totals           Kind = "totals"                // TotalRow by list and owner
	LargeBodies      Kind = "large bodies"          // BlobRow by name; kept by Blobs
	Marks            Kind = "the state of the move" // no rows: what a store keeps for itself
)

// Kinds returns the kinds that a Store moves, in the order in which they are written: what others refer to comes first.
func Kinds() []Kind {
	return []Kind{
		Orgs, Clients, Destinations, DestinationKeys, Submissions, Waiting, Attachments, Bodies, Cases, CaseSubmissions, SenderCases,
		DestinationCases, Events, Unsigned, Deliveries, Timers, Receipts, ServiceKeys, Routes, Entries, Totals,
	}
}

// WaitingRow is a place in an inbox.
type WaitingRow struct {
	Inbox      string `json:"inbox"`
	Submission string `json:"sub"`
}

// InCaseRow is a place in the list of a case that has its submissions of a kind.
type InCaseRow struct {
	Case       string `json:"case"`
	Kind       string `json:"kind"`
	Nth        int    `json:"nth"` // from 1, without gaps
	Submission string `json:"sub"`
}

// CaseRow is a place in a list of cases.
type CaseRow struct {
	Of   string `json:"of"` // sender or destination
	Case string `json:"case"`
}

// BodyRow is a small body.
type BodyRow struct {
	ID   string `json:"id"`
	Body []byte `json:"body"`
}

// EventRow is an event, and its number among those of its submission, which may be in several cases.
type EventRow struct {
	record.Event
	Nth int `json:"nth"`
}

// UnsignedRow is a place in the list of unsigned events.
type UnsignedRow struct {
	Case   string `json:"case"`
	Number int    `json:"n"`
}

// TotalRow is how long a list is, where stores keep that; empty lists have no row.
type TotalRow struct {
	List List   `json:"list"`
	Of   string `json:"of,omitempty"` // owner
	N    int64  `json:"total"`
}

// List is a list whose length is kept.
type List string

// The lists in the order of their totals: by owner, the shorter first, but for what is pending as bytes. Of submissions in a case the number of
// the last one is the length.
const (
	DestinationsOf List = "destinations of an organisation"
	WaitingAt      List = "waiting in an inbox"
	CasesFrom      List = "cases of a sender"
	CasesAt        List = "cases at a destination"
	PendingOf      List = "pending of a client"
	BytesPendingOf List = "bytes pending of a client" // no list, but kept like one
	EntriesOfKind  List = "entries of a kind"
	EntriesOfOwner List = "entries of an owner" // the kind, a space, and the owner
	DeliveriesTo   List = "callbacks to a receiver"
	AllUnsigned    List = "unsigned"
	OwedDeliveries List = "owed callbacks"
)

// BlobRow stands for a large body.
type BlobRow struct {
	ID     string `json:"id"`
	Size   int64  `json:"size"`
	Digest []byte `json:"sha512"`
}

// Encode writes a row.
func Encode(row any) ([]byte, error) { return json.Marshal(row) }

// Decode reads a row, or a record that is to become one. A member that the type does not have is an error: it would be lost.
func Decode[R any](raw []byte) (r R, err error) {
	d := json.NewDecoder(bytes.NewReader(raw))
	d.DisallowUnknownFields()
	if err := d.Decode(&r); err != nil {
		return r, fmt.Errorf("a record cannot be read: %w", err)
	}
	if _, err := d.Token(); err != io.EOF {
		return r, errors.New("a record cannot be read: more follows it")
	}
	return r, nil
}

// DecodeAll reads rows.
func DecodeAll[R any](rows [][]byte) ([]R, error) {
	all := make([]R, len(rows))
	for i, raw := range rows {
		r, err := Decode[R](raw)
		if err != nil {
			return nil, err
		}
		all[i] = r
	}
	return all, nil
}

// nameOf says which thing a row is, and nothing of what is in it.
func nameOf(row []byte) string {
	var members map[string]json.RawMessage
	if json.Unmarshal(row, &members) != nil {
		return "a row that is no JSON"
	}
	var parts []string
	for _, name := range []string{"list", "of", "use", "inbox", "dest", "kid", "case", "kind", "nth", "n", "client", "key", "sub", "queue", "id"} {
		if value, ok := members[name]; ok {
			parts = append(parts, name+" "+string(value))
		}
	}
	return strings.Join(parts, ", ")
}
