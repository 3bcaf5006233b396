package postgres

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/vierkant/vierkant/broker"
)

// tx is a broker.Tx. Nothing is sent before something is asked: then, in an Update, BEGIN, the locks, what was written so far and the question go
// together; view.go says what goes in a View.
type tx struct {
	ctx  context.Context
	conn *pgxpool.Conn
	plan *plan // nil in a View

	begun bool
	dirty bool      // something was sent that is to be committed
	xid   string    // number of the transaction, once begun
	clock time.Time // the database's, when it began
	since time.Time // ours at that moment
	held  map[string]bool
	err   error // of the database; the transaction is lost

	whole bool      // of a View: all it asks is asked in a transaction
	first *question // of a View: what was asked before the transaction began; nil: nothing

	beside *beside // of a View: what was read together with the last submission

	wanted  []lock // for writes
	writes  []statement
	size    int // bytes that wait in writes
	tallies map[string]int64
	places  map[broker.SubmissionID]place
	opened  map[broker.CaseID]bool // whether it is there; locked alone
	hooks   []func()
	hint    Hint
}

type statement struct {
	sql  string
	args []any
}

var _ broker.Tx = (*tx)(nil)

var (
	errReadOnly     = errors.New("write inside View")
	errTooManyNames = errors.New("the function reads and writes too much to lock it name by name")
)

// So much waits at most to be sent.
const (
	maxWrites = 256
	maxSize   = 8 << 20
)

// open begins with a connection; release ends what is not committed.
func (s *Store) open(ctx context.Context, p *plan) (*tx, error) {
	conn, err := s.acquire(ctx)
	if err != nil {
		return nil, err
	}
	return &tx{
		ctx: ctx, conn: conn, plan: p,
		held: map[string]bool{}, tallies: map[string]int64{}, places: map[broker.SubmissionID]place{}, opened: map[broker.CaseID]bool{},
	}, nil
}

// OnCommit implements broker.Tx. In a View nothing is ever committed.
func (t *tx) OnCommit(fn func()) { t.hooks = append(t.hooks, fn) }

// writable refuses to write in a View.
func (t *tx) writable() error {
	if t.plan == nil {
		return errReadOnly
	}
	return nil
}

// put has something written, at the latest by the commit.
func (t *tx) put(locks []lock, sql string, args ...any) error {
	if err := t.writable(); err != nil {
		return err
	}
	if !storable(args) {
		return errUnstorable()
	}
	if t.err != nil {
		return fault(t.err)
	}
	t.wanted = append(t.wanted, locks...)
	t.writes = append(t.writes, statement{sql, args})
	for _, arg := range args {
		if b, ok := arg.([]byte); ok {
			t.size += len(b)
		}
	}
	if len(t.writes) < maxWrites && t.size < maxSize {
		return nil
	}
	return t.send(t.ctx, t.compose(nil))
}

// save has a record written; it is the first argument of the statement.
func (t *tx) save(locks []lock, r any, sql string, args ...any) error {
	raw, err := json.Marshal(r)
	if err != nil {
		return err
	}
	return t.put(locks, sql, append([]any{string(raw)}, args...)...)
}

// remove has something deleted. What cannot be stored is not there.
func (t *tx) remove(locks []lock, sql string, args ...any) error {
	if !storable(args) {
		return t.writable()
	}
	return t.put(locks, sql, args...)
}

// total returns how long a list is, with what this transaction added.
func (t *tx) total(list lock, tally string) (n int, err error) {
	all, err := t.totals([]lock{list}, []string{tally})
	return all[tally], err
}

// totals is total for several lists; an empty one may be missing.
func (t *tx) totals(locks []lock, tallies []string) (map[string]int, error) {
	if err := t.writeTallies(); err != nil {
		return nil, err
	}
	all := make(map[string]int, len(tallies))
	err := t.ask(locks, func(rows pgx.Rows) error {
		var (
			list string
			n    int
		)
		err := rows.Scan(&list, &n)
		all[list] = n
		return err
	}, "select list, sum(n)::bigint from tallies where list = any($1) group by list", slices.DeleteFunc(tallies, unstorable))
	return all, err
}

// ask sends a query, after all that was written, and has its rows scanned. Nothing is found under names that cannot be stored.
func (t *tx) ask(locks []lock, scan func(pgx.Rows) error, sql string, args ...any) error {
	if t.err != nil {
		return fault(t.err)
	}
	if !storable(args) {
		return nil
	}
	if t.plan == nil && t.first == nil && !t.whole && !t.begun {
		return t.askAlone(scan, sql, args)
	}
	b := t.compose(locks)
	b.Queue(sql, args...).Query(func(rows pgx.Rows) error {
		for rows.Next() {
			if err := scan(rows); err != nil {
				return err
			}
		}
		return rows.Err()
	})
	return t.send(t.ctx, b)
}

// askOne asks for one row; none is ErrNoRow.
func (t *tx) askOne(locks []lock, into []any, sql string, args ...any) error {
	found := false
	err := t.ask(locks, func(rows pgx.Rows) error { found = true; return rows.Scan(into...) }, sql, args...)
	if err == nil && !found {
		return broker.ErrNoRow
	}
	return err
}

// askAll asks for rows of one column.
func (t *tx) askAll(locks []lock, sql string, args ...any) (all [][]byte, err error) {
	err = t.ask(locks, func(rows pgx.Rows) error {
		var raw []byte
		err := rows.Scan(&raw)
		all = append(all, raw)
		return err
	}, sql, args...)
	return all, err
}

// compose returns what has to go before a question: the beginning, locks, and what was written so far.
func (t *tx) compose(locks []lock) *pgx.Batch {
	b := new(pgx.Batch)
	if !t.begun {
		t.begin(b)
	}
	t.take(b, append(t.wanted, locks...))
	for _, w := range t.writes {
		b.Queue(w.sql, w.args...)
	}
	t.dirty = t.dirty || len(t.writes) > 0
	t.wanted, t.writes, t.size = nil, nil, 0
	return b
}

func (t *tx) begin(b *pgx.Batch) {
	t.begun = true
	if t.plan == nil {
		b.Queue("begin isolation level repeatable read, read only")
		b.Queue("select clock_timestamp()").QueryRow(func(row pgx.Row) error { // which takes the snapshot
			t.since = time.Now()
			return row.Scan(&t.clock)
		})
		t.askAgain(b)
		return
	}
	b.Queue("begin isolation level read committed, read write")
	gate := "pg_advisory_xact_lock_shared"
	if t.plan.solo {
		gate = "pg_advisory_xact_lock"
	}
	b.Queue("select set_config('lock_timeout', $1, true), "+gate+"($2::int, 0), pg_current_xact_id()::text, clock_timestamp()", longWait, lockGate).
		QueryRow(func(row pgx.Row) error {
			t.since = time.Now()
			return row.Scan(nil, nil, &t.xid, &t.clock)
		})
	t.take(b, t.plan.known())
}

// take locks what is not locked yet. Who runs alone, or only looks, needs no locks.
func (t *tx) take(b *pgx.Batch, locks []lock) {
	if t.plan == nil || t.plan.solo {
		return
	}
	wait := t.plan.patience()
	if len(t.held) == 0 {
		wait = longWait
	}
	names, modes := t.missing(locks)
	if len(names) == 0 {
		return
	}
	for i, name := range names { // of what cannot be stored; it is not written either
		names[i] = strings.ToValidUTF8(strings.ReplaceAll(name, "\x00", ""), "")
	}
	b.Queue("select lock_names($1, $2, $3)", names, modes, wait)
}

// send sends a batch and reads all answers. An error of the database ends the transaction.
func (t *tx) send(ctx context.Context, b *pgx.Batch) error {
	if len(t.held) > maxNames && !t.plan.solo {
		t.err = errTooManyNames
	} else {
		t.err = t.conn.SendBatch(ctx, b).Close()
	}
	return fault(t.err)
}

// tally counts n more in a list whose length is kept.
func (t *tx) tally(list string, n int64) { t.tallies[list] += n }

// writeTallies has the counts written, in the order in which everybody writes them.
func (t *tx) writeTallies() error {
	maps.DeleteFunc(t.tallies, func(_ string, n int64) bool { return n == 0 })
	if len(t.tallies) == 0 {
		return nil
	}
	lists := slices.Sorted(maps.Keys(t.tallies))
	counts := make([]int64, len(lists))
	for i, list := range lists {
		counts[i] = t.tallies[list]
	}
	clear(t.tallies)
	return t.put(nil, `insert into tallies (list, shard, n) select list, `+shard+`, n from unnest($1::text[], $2::bigint[]) as t (list, n)
		on conflict (list, shard) do update set n = tallies.n + excluded.n`, lists, counts)
}

// Now implements broker.Tx: the time of the database when the transaction began, and what has passed since.
func (t *tx) Now() (time.Time, error) {
	if !t.begun {
		if err := t.send(t.ctx, t.compose(nil)); err != nil {
			return time.Time{}, err
		}
	}
	return t.clock.Add(time.Since(t.since)), nil
}

// storable reports whether the texts can be stored or looked for: PostgreSQL's have no NUL and are UTF-8. Records are JSON, in which both are
// escaped.
func storable(args []any) bool {
	for _, arg := range args {
		if s, ok := arg.(string); ok && unstorable(s) {
			return false
		}
	}
	return true
}

func unstorable(s string) bool { return strings.ContainsRune(s, 0) || !utf8.ValidString(s) }

func errUnstorable() error {
	return broker.Invalid.New("bad-request", "a name contains a NUL character or is not UTF-8; the database cannot store it")
}

// stored is how a D is stored.
type stored[D any] interface{ Domain() D }

// decode reads a record.
func decode[R stored[D], D any](raw []byte) (d D, err error) {
	var r R
	if err := json.Unmarshal(raw, &r); err != nil {
		return d, fmt.Errorf("a record cannot be read: %w", err)
	}
	return r.Domain(), nil
}

// fetch asks for one record.
func fetch[R stored[D], D any](t *tx, locks []lock, sql string, args ...any) (d D, err error) {
	var raw []byte
	if err := t.askOne(locks, []any{&raw}, sql, args...); err != nil {
		return d, err
	}
	return decode[R](raw)
}

// fetchAll asks for records.
func fetchAll[R stored[D], D any](t *tx, locks []lock, sql string, args ...any) ([]D, error) {
	raws, err := t.askAll(locks, sql, args...)
	if err != nil {
		return nil, err
	}
	return decodeAll[R](raws)
}

func decodeAll[R stored[D], D any, T string | []byte](raws []T) (all []D, err error) {
	for _, raw := range raws {
		d, err := decode[R]([]byte(raw))
		if err != nil {
			return nil, err
		}
		all = append(all, d)
	}
	return all, nil
}
