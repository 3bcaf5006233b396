package postgres

import (
	"context"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/vierkant/vierkant/broker/record"
	"github.com/vierkant/vierkant/broker/transfer"
)

// imports write a batch of each kind. Places are the numbers of rows in their kind, from 1 on; the sequence goes on behind them.
var imports = map[transfer.Kind]func(context.Context, pgx.Tx, transfer.Batch) error{
	transfer.Orgs:             copyRows("orgs", byID(func(r record.Org) string { return r.ID }), "id", "record"),
	transfer.Clients:          copyRows("clients", byID(func(r record.Client) string { return r.ID }), "id", "record"),
	transfer.Destinations:     importDestinations,
	transfer.DestinationKeys:  copyPlaced("destination_keys", destinationKeyValues, "place", "record", "destination", "kid"),
	transfer.Submissions:      copyRows("submissions", submissionValues, submissionColumns()...),
	transfer.Waiting:          importWaiting,
	transfer.Attachments:      copyRows("attachments", attachmentValues, "record", "submission", "id"),
	transfer.Bodies:           copyRows("bodies", bodyValues, "id", "body"),
	transfer.Cases:            copyRows("cases", byID(func(r record.Case) string { return r.ID }), "id", "record"),
	transfer.CaseSubmissions:  copyRows("case_submissions", inCaseValues, "case_id", "kind", "nth", "submission"),
	transfer.SenderCases:      copyPlaced("sender_cases", caseValues, "place", "sender", "case_id"),
	transfer.DestinationCases: copyPlaced("destination_cases", caseValues, "place", "destination", "case_id"),
	transfer.Events:           copyRows("events", eventValues, "place", "record", "case_id", "number", "id", "submission", "nth", "claims", "token"),
	transfer.Unsigned:         importUnsigned,
	transfer.Deliveries:       copyPlaced("deliveries", deliveryValues, "place", "record", "id", "due", "due_nano", "receiver", "submission", "over", "over_nano"),
	transfer.Timers:           copyRows("timers", timerValues, "queue", "id", "at", "at_nano"),
	transfer.Receipts:         copyPlaced("receipts", receiptValues, "place", "record", "client", "key", "made", "made_nano"),
	transfer.ServiceKeys:      copyPlaced("service_keys", serviceKeyValues, "place", "record", "use", "kid"),
	transfer.Routes:           copyPlaced("routes", routeValues, "place", "record", "id"),
	transfer.Entries:          copyPlaced("entries", entryValues, "place", "record", "kind", "id", "owner"),
	transfer.Totals:           copyRows("tallies", tallyValues, "list", "shard", "n"),
}

// importer writes a batch.
type importer = func(context.Context, pgx.Tx, transfer.Batch) error

// copyRows copies a batch into a table; values makes the columns of row n, counted in its kind from 1, of which raw is the JSON.
func copyRows[R any](table string, values func(n int64, raw string, r R) ([]any, error), columns ...string) importer {
	return func(ctx context.Context, t pgx.Tx, b transfer.Batch) error {
		all, err := transfer.DecodeAll[R](b.Rows)
		if err != nil {
			return err
		}
		_, err = t.CopyFrom(ctx, pgx.Identifier{table}, columns, pgx.CopyFromSlice(len(all), func(i int) ([]any, error) {
			return values(b.First+int64(i)+1, string(b.Rows[i]), all[i])
		}))
		return err
	}
}

// copyPlaced is copyRows for rows that have their number as place.
func copyPlaced[R any](table string, values func(n int64, raw string, r R) ([]any, error), columns ...string) importer {
	write := copyRows(table, values, columns...)
	return func(ctx context.Context, t pgx.Tx, b transfer.Batch) error {
		if err := write(ctx, t, b); err != nil {
			return err
		}
		return goOnBehind(ctx, t, b)
	}
}

// goOnBehind has the next place given be behind those of the batch.
func goOnBehind(ctx context.Context, t pgx.Tx, b transfer.Batch) error {
	_, err := t.Exec(ctx, "select setval('places', greatest($1, last_value)) from places", b.First+int64(len(b.Rows)))
	return err
}

// byID makes the columns id and record.
func byID[R any](id func(R) string) func(int64, string, R) ([]any, error) {
	return func(_ int64, raw string, r R) ([]any, error) { return []any{id(r), raw}, nil }
}

func importDestinations(ctx context.Context, t pgx.Tx, b transfer.Batch) error {
	write := copyPlaced("destinations", func(n int64, raw string, r record.Destination) ([]any, error) {
		return []any{n, raw, r.ID, r.Org}, nil
	}, "place", "record", "id", "org")
	if err := write(ctx, t, b); err != nil {
		return err
	}
	all, err := transfer.DecodeAll[record.Destination](b.Rows)
	if err != nil {
		return err
	}
	var clients, destinations []string
	for _, d := range all {
		for _, c := range d.Clients {
			clients, destinations = append(clients, c), append(destinations, d.ID)
		}
	}
	_, err = t.Exec(ctx, "insert into assignments (client, destination) select distinct * from unnest($1::text[], $2::text[])", clients, destinations)
	return err
}

func destinationKeyValues(n int64, raw string, r record.DestinationKey) ([]any, error) {
	return []any{n, raw, r.Destination, r.KID}, nil
}

func submissionValues(_ int64, raw string, r record.Submission) ([]any, error) {
	s := r.Domain()
	return append([]any{raw, r.ID, string(s.Inbox()), pendingBytes(placeOf(s))}, ledgerValues(s)...), nil
}

func submissionColumns() []string {
	return append([]string{"record", "id", "inbox", "pending"}, strings.Split(ledgerColumns, ", ")...)
}

func inCaseValues(_ int64, _ string, r transfer.InCaseRow) ([]any, error) {
	return []any{r.Case, r.Kind, r.Nth, r.Submission}, nil
}

func caseValues(n int64, _ string, r transfer.CaseRow) ([]any, error) {
	return []any{n, r.Of, r.Case}, nil
}

func importWaiting(ctx context.Context, t pgx.Tx, b transfer.Batch) error {
	write := copyPlaced("waiting", func(n int64, _ string, r transfer.WaitingRow) ([]any, error) {
		return []any{n, r.Inbox, r.Submission}, nil
	}, "place", "inbox", "submission")
	if err := write(ctx, t, b); err != nil {
		return err
	}
	all, err := transfer.DecodeAll[transfer.WaitingRow](b.Rows)
	if err != nil {
		return err
	}
	submissions := make([]string, len(all))
	for i, r := range all {
		submissions[i] = r.Submission
	}
	done, err := t.Exec(ctx, "update submissions set waiting = $2 + nth from unnest($1::text[]) with ordinality as w (submission, nth) where id = submission",
		submissions, b.First)
	return allOf(b, done.RowsAffected(), err)
}

// allOf refuses a batch of which some rows belong to nothing.
func allOf(b transfer.Batch, changed int64, err error) error {
	if err == nil && changed != int64(len(b.Rows)) {
		return fmt.Errorf("%d of %d rows are of something that is not there", int64(len(b.Rows))-changed, len(b.Rows))
	}
	return err
}

func attachmentValues(_ int64, raw string, r record.Attachment) ([]any, error) {
	return []any{raw, r.Submission, r.ID}, nil
}

func bodyValues(_ int64, _ string, r transfer.BodyRow) ([]any, error) {
	return []any{r.ID, append([]byte{}, r.Body...)}, nil
}

// eventValues gives no place: only unsigned events are listed by it.
func eventValues(_ int64, _ string, r transfer.EventRow) ([]any, error) {
	bare := r.Event
	bare.Claims, bare.Token = nil, "" // in columns of their own
	raw, err := transfer.Encode(bare)
	var token *string
	if r.Token != "" {
		token = &r.Token
	}
	return []any{0, string(raw), r.Case, r.Number, r.ID, r.Submission, r.Nth, r.Claims, token}, err
}

func importUnsigned(ctx context.Context, t pgx.Tx, b transfer.Batch) error {
	all, err := transfer.DecodeAll[transfer.UnsignedRow](b.Rows)
	if err != nil {
		return err
	}
	cases, numbers := make([]string, len(all)), make([]int, len(all))
	for i, r := range all {
		cases[i], numbers[i] = r.Case, r.Number
	}
	done, err := t.Exec(ctx, `update events e set place = $3 + u.nth from unnest($1::text[], $2::int[]) with ordinality as u (case_id, number, nth)
		where e.case_id = u.case_id and e.number = u.number and e.token is null`, cases, numbers, b.First)
	if err := allOf(b, done.RowsAffected(), err); err != nil {
		return err
	}
	return goOnBehind(ctx, t, b)
}

func deliveryValues(n int64, raw string, r record.Delivery) ([]any, error) {
	d := r.Domain()
	due, nano := instant(d.NotBefore)
	over, overNano := overColumns(d)
	return []any{n, raw, r.ID, due, nano, string(d.Receiver()), r.Submission, over, overNano}, nil
}

func timerValues(_ int64, _ string, r record.Timer) ([]any, error) {
	at, nano := instant(r.At)
	return []any{r.Queue, r.ID, at, nano}, nil
}

func receiptValues(n int64, raw string, r record.Receipt) ([]any, error) {
	made, nano := instant(r.Made)
	return []any{n, raw, r.Client, r.Key, made, nano}, nil
}

func serviceKeyValues(n int64, raw string, r record.ServiceKey) ([]any, error) {
	return []any{n, raw, r.Use, r.KID}, nil
}

func routeValues(n int64, raw string, r record.Route) ([]any, error) {
	return []any{n, raw, r.ID}, nil
}

func entryValues(n int64, raw string, r record.Entry) ([]any, error) {
	return []any{n, raw, r.Kind, r.ID, r.Owner}, nil
}

// tallyValues has all of a list counted in one row; it is spread from then on.
func tallyValues(_ int64, _ string, r transfer.TotalRow) ([]any, error) {
	for _, l := range keptLists() {
		if l.list == r.List {
			return []any{l.prefix + r.Of, 0, r.N}, nil
		}
	}
	return nil, fmt.Errorf("this store keeps no length of %q", r.List)
}
