package pgtest

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// Inserts writes the rows of applications in plain INSERTs, without a question, a check or a lock, all of a transaction in one round trip:
// what a server can do at best with what a store has it keep. Benchmarks stand beside it. Ids are fresh, all else is as in the sample.
type Inserts struct {
	pool   *pgxpool.Pool
	sample sample
}

// sample is the rows of one application that a store wrote.
type sample struct {
	submission, aCase string // records
	inbox, sender     string
	org, office       string // of the sender, of the destination
	events            []event
	bodies            [][]byte
	deliveries        []delivery
	timers            int
}

type delivery struct{ record, receiver string }

type event struct {
	record string
	claims []byte
}

// NewInserts takes the one application that is in a database as the sample, and writes into another one, of the same schema, over so
// many connections.
func NewInserts(t testing.TB, from, into string, connections int) *Inserts {
	t.Helper()
	settings, err := pgxpool.ParseConfig(into)
	if err != nil {
		t.Fatal(err)
	}
	settings.MaxConns = int32(connections)
	i := new(Inserts)
	if i.pool, err = pgxpool.NewWithConfig(t.Context(), settings); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(i.pool.Close)
	if i.sample, err = readSample(t.Context(), from); err != nil {
		t.Fatalf("a sample of an application: %v", err)
	}
	return i
}

var errNoSample = errors.New("the database has not one application, with an event for announce and one for submit")

func readSample(ctx context.Context, dsn string) (s sample, err error) {
	conn, err := pgx.Connect(ctx, dsn)
	if err != nil {
		return s, err
	}
	defer conn.Close(context.WithoutCancel(ctx))
	var submissions int
	one := conn.QueryRow(ctx, `select s.record::text, s.inbox, s.sender_org, s.office, c.record::text, l.sender, (select count(*) from submissions)
		from submissions s, cases c, sender_cases l`).Scan(&s.submission, &s.inbox, &s.org, &s.office, &s.aCase, &s.sender, &submissions)
	rows, _ := conn.Query(ctx, "select record::text, claims from events order by number")
	s.events, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (e event, err error) { return e, row.Scan(&e.record, &e.claims) })
	rows, _ = conn.Query(ctx, "select body from bodies")
	bodies, bodiesErr := pgx.CollectRows(rows, pgx.RowTo[[]byte])
	timersErr := conn.QueryRow(ctx, "select count(*) from timers").Scan(&s.timers)
	rows, _ = conn.Query(ctx, "select record::text, receiver from deliveries")
	deliveries, deliveriesErr := pgx.CollectRows(rows, func(row pgx.CollectableRow) (d delivery, err error) { return d, row.Scan(&d.record, &d.receiver) })
	s.bodies, s.deliveries = bodies, deliveries
	if err = errors.Join(one, err, bodiesErr, deliveriesErr, timersErr); err == nil && (submissions != 1 || len(s.events) != 2) {
		err = errNoSample
	}
	return s, err
}

// Application writes the rows of one application: a transaction for announce, and one for submit.
func (i *Inserts) Application(ctx context.Context) error {
	id, of := newID(), newID()
	announce, submit := new(pgx.Batch), new(pgx.Batch) // each is one transaction
	i.event(announce, id, of, 1)
	announce.Queue(`insert into submissions (record, id, inbox, pending, sender_org, sender, office, destination, created, created_nano)
		values ($1, $2, $3, 0, $4, $5, $6, $3, now(), 0)`, i.sample.submission, id, i.sample.inbox, i.sample.org, i.sample.sender, i.sample.office)
	announce.Queue("insert into case_submissions (case_id, kind, nth, submission) values ($1, 'submission', 1, $2)", of, id)
	announce.Queue("insert into cases (record, id) values ($1, $2)", i.sample.aCase, of)
	announce.Queue("insert into sender_cases (sender, case_id) values ($1, $2)", i.sample.sender, of)
	announce.Queue("insert into destination_cases (destination, case_id) values ($1, $2)", i.sample.inbox, of)
	for _, body := range i.sample.bodies {
		submit.Queue("insert into bodies (id, body) values ($1, $2)", newID(), body)
	}
	i.event(submit, id, of, 2)
	for range i.sample.timers {
		announce.Queue("insert into timers (queue, id, at, at_nano) values ('deadlines', 'submission ' || $1::text, now(), 0)", newID())
	}
	submit.Queue(`with joined as (insert into waiting (inbox, place, submission) values ($3, nextval('places'), $2) returning place)
		update submissions set record = $1, waiting = place, pending = null from joined where id = $2`, i.sample.submission, id, i.sample.inbox)
	submit.Queue("update cases set record = $1 where id = $2", i.sample.aCase, of)
	for _, d := range i.sample.deliveries {
		submit.Queue("insert into deliveries (record, id, due, due_nano, receiver, submission) values ($1, $2, now(), 0, $3, $4)", d.record, newID(), d.receiver, id)
	}
	return errors.Join(i.pool.SendBatch(ctx, announce).Close(), i.pool.SendBatch(ctx, submit).Close())
}

func (i *Inserts) event(b *pgx.Batch, submission, of string, number int) {
	e := i.sample.events[number-1]
	b.Queue("insert into events (record, case_id, number, id, submission, nth, claims) values ($1, $2, $3, $4, $5, $6, $7)",
		e.record, of, number, newID(), submission, number, e.claims)
}

// newID has as many characters as ids of the broker.
func newID() string {
	var b [18]byte
	rand.Read(b[:])
	return hex.EncodeToString(b[:])
}
