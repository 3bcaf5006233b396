package postgres

import (
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/vierkant/vierkant/broker/record"
	"github.com/vierkant/vierkant/broker/transfer"
)

// movedAs says in which kind each table is moved, or by which import it is made anew: no table is left out but that of goose.
var movedAs = map[string]transfer.Kind{
	"orgs":              transfer.Orgs,
	"clients":           transfer.Clients,
	"destinations":      transfer.Destinations,
	"assignments":       transfer.Destinations,
	"destination_keys":  transfer.DestinationKeys,
	"submissions":       transfer.Submissions,
	"waiting":           transfer.Waiting,
	"attachments":       transfer.Attachments,
	"bodies":            transfer.Bodies,
	"cases":             transfer.Cases,
	"case_submissions":  transfer.CaseSubmissions,
	"sender_cases":      transfer.SenderCases,
	"destination_cases": transfer.DestinationCases,
	"events":            transfer.Events,
	"deliveries":        transfer.Deliveries,
	"timers":            transfer.Timers,
	"receipts":          transfer.Receipts,
	"service_keys":      transfer.ServiceKeys,
	"routes":            transfer.Routes,
	"entries":           transfer.Entries,
	"tallies":           transfer.Totals,
	"blobs":             transfer.LargeBodies,
	"chunks":            transfer.LargeBodies,

	// What the store keeps for itself.
	"moves":  transfer.Marks,
	"doomed": transfer.Marks, // chunks that are to go
	"boots":  transfer.Marks,
}

// export reads a kind: sql asks for all its rows in order, row makes one.
type export struct {
	sql string
	row func(pgx.Rows) (any, error)
}

func (e export) encoded(rows pgx.Rows) ([]byte, error) {
	row, err := e.row(rows)
	if err != nil {
		return nil, err
	}
	return transfer.Encode(row)
}

// exports read the kinds. Names are compared as bytes by their columns' collation.
var exports = map[transfer.Kind]export{
	transfer.Orgs:             {"select record::text from orgs order by id", recordRow[record.Org]},
	transfer.Clients:          {"select record::text from clients order by id", recordRow[record.Client]},
	transfer.Destinations:     {"select record::text from destinations order by place", recordRow[record.Destination]},
	transfer.DestinationKeys:  {"select record::text from destination_keys order by octet_length(destination), destination, place", recordRow[record.DestinationKey]},
	transfer.Submissions:      {"select record::text from submissions order by id", recordRow[record.Submission]},
	transfer.Waiting:          {"select inbox, submission from waiting order by octet_length(inbox), inbox, place", waitingRow},
	transfer.Attachments:      {"select record::text from attachments order by submission, id", recordRow[record.Attachment]},
	transfer.Bodies:           {"select id, body from bodies order by id", bodyRow},
	transfer.Cases:            {"select record::text from cases order by id", recordRow[record.Case]},
	transfer.CaseSubmissions:  {"select case_id, kind, nth, submission from case_submissions order by case_id, octet_length(kind), kind, nth", inCaseRow},
	transfer.SenderCases:      {"select sender, case_id from sender_cases order by octet_length(sender), sender, place", caseRow},
	transfer.DestinationCases: {"select destination, case_id from destination_cases order by octet_length(destination), destination, place", caseRow},
	transfer.Events:           {"select record::text, claims, coalesce(token, ''), nth from events order by case_id, number", eventRow},
	transfer.Unsigned:         {"select case_id, number from events where token is null order by place", unsignedRow},
	transfer.Deliveries:       {"select record::text from deliveries order by place", recordRow[record.Delivery]},
	transfer.Timers:           {"select queue, id, at, at_nano from timers order by octet_length(queue), queue, id", timerRow},
	transfer.Receipts:         {"select record::text from receipts order by place", recordRow[record.Receipt]},
	transfer.ServiceKeys:      {"select record::text from service_keys order by octet_length(use), use, place", recordRow[record.ServiceKey]},
	transfer.Routes:           {"select record::text from routes order by place", recordRow[record.Route]},
	transfer.Entries:          {"select record::text from entries order by octet_length(kind), kind, place", recordRow[record.Entry]},
	transfer.Totals:           {totals(), totalRow},
}

// recordRow reads a record that is a row as it is.
func recordRow[R any](rows pgx.Rows) (any, error) {
	var raw []byte
	if err := rows.Scan(&raw); err != nil {
		return nil, err
	}
	return transfer.Decode[R](raw)
}

func waitingRow(rows pgx.Rows) (any, error) {
	var r transfer.WaitingRow
	err := rows.Scan(&r.Inbox, &r.Submission)
	return r, err
}

func inCaseRow(rows pgx.Rows) (any, error) {
	var r transfer.InCaseRow
	err := rows.Scan(&r.Case, &r.Kind, &r.Nth, &r.Submission)
	return r, err
}

func caseRow(rows pgx.Rows) (any, error) {
	var r transfer.CaseRow
	err := rows.Scan(&r.Of, &r.Case)
	return r, err
}

func bodyRow(rows pgx.Rows) (any, error) {
	var r transfer.BodyRow
	err := rows.Scan(&r.ID, &r.Body)
	return r, err
}

func eventRow(rows pgx.Rows) (any, error) {
	var (
		raw, claims []byte
		token       string
		nth         int
	)
	if err := rows.Scan(&raw, &claims, &token, &nth); err != nil {
		return nil, err
	}
	r, err := transfer.Decode[record.Event](raw)
	r.Claims, r.Token = claims, token
	return transfer.EventRow{Event: r, Nth: nth}, err
}

func timerRow(rows pgx.Rows) (any, error) {
	var (
		r    record.Timer
		nano int16
	)
	err := rows.Scan(&r.Queue, &r.ID, &r.At, &nano)
	r.At = r.At.Add(time.Duration(nano)).UTC()
	return r, err
}

func unsignedRow(rows pgx.Rows) (any, error) {
	var r transfer.UnsignedRow
	err := rows.Scan(&r.Case, &r.Number)
	return r, err
}

// kept is a list whose length is kept: the name of its tally is a prefix and its owner.
type kept struct {
	list   transfer.List
	prefix string
	bytes  bool // owners are in the order of their bytes, else the shorter first
}

// keptLists are all of them, in the order of their totals.
func keptLists() []kept {
	return []kept{
		{transfer.DestinationsOf, destinationsTally(""), false},
		{transfer.WaitingAt, inboxes.tally(""), false},
		{transfer.CasesFrom, senderLists.tally(""), false},
		{transfer.CasesAt, destinationLists.tally(""), false},
		{transfer.PendingOf, pendingTally(""), true},
		{transfer.BytesPendingOf, bytesTally(""), true},
		{transfer.EntriesOfKind, kindTally(""), false},
		{transfer.EntriesOfOwner, ownedTally(""), false},
		{transfer.DeliveriesTo, deliveriesTo + " ", false},
		{transfer.AllUnsigned, theUnsigned, false},
		{transfer.OwedDeliveries, theDeliveries, false},
	}
}

// totals asks for the lengths of the lists that are not empty.
func totals() string {
	var known []string
	for nth, l := range keptLists() {
		known = append(known, fmt.Sprintf("(%d, '%s', '%s', %t)", nth, l.list, l.prefix, l.bytes))
	}
	return fmt.Sprintf(`select kind, owner, total from (
		select nth, kind, bytes, substr(list, length(prefix) + 1) collate "C" as owner, sum(n)::bigint as total
		from tallies join (values %s) as known (nth, kind, prefix, bytes) on starts_with(list, prefix)
		group by 1, 2, 3, 4 having sum(n) <> 0) as summed order by nth, case when bytes then 0 else octet_length(owner) end, owner`, strings.Join(known, ", "))
}

func totalRow(rows pgx.Rows) (any, error) {
	var r transfer.TotalRow
	err := rows.Scan(&r.List, &r.Of, &r.N)
	return r, err
}
