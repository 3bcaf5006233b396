package broker

import (
	"strings"
	"time"
)

// Ledger is a list of what was announced between two sides, in whichever direction: all of the sender's organisation, all of one of its
// clients, all of the destination's organisation, or all of one destination. A submission or a reply stands in four of them from when it is announced until
// its case is deleted, so people find the latest of many without going through the rest.
//
// Rejected: lists by state, which would be written with each event. Who looks for a state goes through a ledger, so many at a time.
type Ledger string

// Parts of a ledger's name.
const (
	LedgerOfSenders      = "senders of"      // an organisation
	LedgerOfSender       = "sender"          // a client
	LedgerOfDestinations = "destinations of" // an organisation
	LedgerOfDestination  = "destination"
)

// The four ledgers.
func SentBy(o OrgID) Ledger                    { return ledger(LedgerOfSenders, o) }
func SentFrom(c ClientID) Ledger               { return ledger(LedgerOfSender, c) }
func ReceivedBy(o OrgID) Ledger                { return ledger(LedgerOfDestinations, o) }
func ReceivedAt(d DestinationID) Ledger        { return ledger(LedgerOfDestination, d) }
func ledger[T ~string](of string, id T) Ledger { return Ledger(of + ":" + string(id)) }

// Parts returns whose ledger it is: what it is of, and the id of that.
func (l Ledger) Parts() (of, id string) {
	of, id, _ = strings.Cut(string(l), ":")
	return of, id
}

// Ledgers are those that a submission stands in.
func (s Submission) Ledgers() []Ledger {
	return []Ledger{SentBy(s.Org), SentFrom(s.Sender), ReceivedBy(s.Office), ReceivedAt(s.Destination)}
}

// Mark is a place in a ledger: that of a submission. The zero Mark is before the latest.
type Mark struct {
	Created time.Time
	ID      SubmissionID
}

// MarkOf is the place of a submission.
func MarkOf(s Submission) Mark { return Mark{s.Created, s.ID} }

// IsZero reports whether nothing is left out.
func (m Mark) IsZero() bool { return m.ID == "" && m.Created.IsZero() }
