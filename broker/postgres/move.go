package postgres

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/broker/transfer"
)

// Whoever serves shares a lock, whoever moves has it alone. It belongs to the connection: each that a Store opens takes it before it is used, and
// looks at the mark of the last move after that. So nobody can write who does not hold it, also after connections were lost, and a mark
// that was set under the lock is seen by all who come later. lockServed is its number, beside lockGate.
const lockServed = 1

// Alone is a database that nobody serves, opened to be moved. It has one connection.
type Alone struct{ s *Store }

var _ transfer.Store = (*Alone)(nil)

// OpenAlone opens a database to be moved from or to, whatever its mark. One that others have open is refused with a sentence that says who.
func OpenAlone(ctx context.Context, cfg Config) (*Alone, error) {
	cfg.Connections = 1
	s, err := connect(ctx, cfg, beAlone)
	if err != nil {
		return nil, err
	}
	s.stop = func() {}
	return &Alone{s}, nil
}

// Close lets others open the database.
func (a *Alone) Close() error { return a.s.Close() }

// Blobs returns the large bodies in the database.
func (a *Alone) Blobs() *Blobs { return a.s.Blobs() }

// Place says which database it is.
func (a *Alone) Place() string {
	return "the database " + address(a.s.pool.Config().ConnConfig)
}

// serveToo takes the lock together with others, and refuses what a move keeps from being served.
func serveToo(ctx context.Context, conn *pgx.Conn) error {
	got, err := try(ctx, conn, "pg_try_advisory_lock_shared")
	if err != nil {
		return err
	}
	if !got {
		return errors.New("it is being moved at the moment: `vierkant migrate-store` runs")
	}
	m, err := readMark(conn.QueryRow(ctx, selectMark))
	if code := state(err); code == undefinedTable || code == insufficientRights {
		return nil // Open says so
	}
	if err != nil {
		return err
	}
	return m.Refusal()
}

// Who has just closed its connections may hold the lock a moment longer, until its backends have ended.
const (
	tryFor   = 2 * time.Second
	tryEvery = 50 * time.Millisecond
)

// try tries to take the lock for a while. It does not wait for it: then everybody who wants to share it would wait, too.
func try(ctx context.Context, conn *pgx.Conn, function string) (got bool, err error) {
	for end := time.Now().Add(tryFor); ; {
		err := conn.QueryRow(ctx, "select "+function+"($1, $2)", lockGate, lockServed).Scan(&got)
		if err != nil || got || time.Now().After(end) {
			return got, err
		}
		select {
		case <-time.After(tryEvery):
		case <-ctx.Done():
			return false, ctx.Err()
		}
	}
}

// beAlone takes the lock alone, or says who is in the way.
func beAlone(ctx context.Context, conn *pgx.Conn) error {
	got, err := try(ctx, conn, "pg_try_advisory_lock")
	if err != nil || got {
		return err
	}
	var others []string
	err = conn.QueryRow(ctx, `select coalesce(array_agg(distinct application_name || ' from ' || coalesce(host(client_addr), 'its own machine')), '{}')
		from pg_locks join pg_stat_activity using (pid) where locktype = 'advisory' and granted and pid <> pg_backend_pid()
		and pg_locks.database = (select oid from pg_database where datname = current_database())
		and (classid, objid, objsubid) = ($1::bigint::oid, $2::bigint::oid, 2)`, lockGate, lockServed).Scan(&others)
	if err != nil {
		return err
	}
	return fmt.Errorf("%w (%s)", transfer.ErrInUse, strings.Join(others, ", "))
}

const selectMark = "select mark::text from moves"

func readMark(row pgx.Row) (m transfer.Mark, err error) {
	var raw []byte
	err = row.Scan(&raw)
	if errors.Is(err, pgx.ErrNoRows) {
		return m, nil
	}
	if err != nil {
		return m, err
	}
	if err := json.Unmarshal(raw, &m); err != nil {
		return m, fmt.Errorf("the mark of a move cannot be read: %w", err)
	}
	return m, nil
}

// Mark implements transfer.Store.
func (a *Alone) Mark(ctx context.Context) (transfer.Mark, error) {
	m, err := readMark(a.s.pool.QueryRow(ctx, selectMark))
	return m, fault(err)
}

// SetMark implements transfer.Store.
func (a *Alone) SetMark(ctx context.Context, m transfer.Mark) error {
	return fault(pgx.BeginFunc(ctx, a.s.pool, func(t pgx.Tx) error { return writeMark(ctx, t, m) }))
}

func writeMark(ctx context.Context, t pgx.Tx, m transfer.Mark) error {
	raw, err := json.Marshal(m)
	if err != nil {
		return err
	}
	_, err = t.Exec(ctx, "insert into moves (mark) values ($1) on conflict (one) do update set mark = excluded.mark", string(raw))
	return err
}

// IsEmpty implements transfer.Store.
func (a *Alone) IsEmpty(ctx context.Context) (empty bool, err error) {
	var filled []string
	for table, kind := range movedAs {
		if kind != transfer.Marks {
			filled = append(filled, "exists (select from "+table+")")
		}
	}
	err = a.s.pool.QueryRow(ctx, "select not ("+strings.Join(filled, " or ")+")").Scan(&empty)
	return empty, fault(err)
}

// Export implements transfer.Store. The rows come as they are read: neither the server nor this side has more than some at a time.
func (a *Alone) Export(ctx context.Context, kind transfer.Kind, skip int64) iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) {
		e, known := exports[kind]
		if !known {
			yield(nil, fmt.Errorf("this store keeps no %s", kind))
			return
		}
		rows, err := a.s.pool.Query(ctx, e.sql+" offset $1", skip)
		if err != nil {
			yield(nil, fault(err))
			return
		}
		defer rows.Close()
		for rows.Next() {
			row, err := e.encoded(rows)
			if !yield(row, err) || err != nil {
				return
			}
		}
		if err := rows.Err(); err != nil {
			yield(nil, fault(err))
		}
	}
}

// Import implements transfer.Store.
func (a *Alone) Import(ctx context.Context, b transfer.Batch) error {
	write, known := imports[b.Kind]
	if !known {
		return fmt.Errorf("this store keeps no %s", b.Kind)
	}
	return fault(pgx.BeginFunc(ctx, a.s.pool, func(t pgx.Tx) error {
		if err := write(ctx, t, b); err != nil {
			return err
		}
		return writeMark(ctx, t, b.Mark)
	}))
}

// PutAs keeps the bytes of r under a name that some Blobs gave (transfer.Blobs).
func (b *Blobs) PutAs(ctx context.Context, id broker.BlobID, r io.Reader) error {
	if !isName(string(id)) {
		return broker.Invalid.New("bad-request", "%.40q is no name of a blob", id)
	}
	u := &upload{blobs: b, id: string(id)}
	if err := b.s.insist(ctx, func() *pgx.Batch { // one transaction
		batch := new(pgx.Batch)
		u.remove(batch)
		return batch
	}); err != nil {
		return err
	}
	defer u.cleanUp(ctx)
	return u.copy(ctx, r)
}

// List returns the names after one, in order (transfer.Blobs).
func (b *Blobs) List(ctx context.Context, after broker.BlobID) iter.Seq2[broker.BlobID, error] {
	const most = 1000 // at a time
	return func(yield func(broker.BlobID, error) bool) {
		for {
			rows, _ := b.s.pool.Query(ctx, "select id from blobs where id > $1 order by id limit $2", string(after), most)
			names, err := pgx.CollectRows(rows, pgx.RowTo[string])
			if err != nil {
				yield("", fault(err))
				return
			}
			for _, name := range names {
				if after = broker.BlobID(name); !yield(after, nil) {
					return
				}
			}
			if len(names) < most {
				return
			}
		}
	}
}
