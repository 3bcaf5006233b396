package postgres

import (
	"bytes"
	"context"
	"errors"
	"slices"

	"github.com/jackc/pgx/v5"

	"github.com/vierkant/vierkant/broker"
)

// Most Views ask one question: who calls, what a destination is like. One question needs no transaction, since a statement sees one snapshot
// anyway, and so it costs one round trip and not three. Only when a second question comes does a transaction begin, in which the first
// is asked again: if the answer is the same, the function has seen nothing but the snapshot of that transaction. Else it runs again, with a
// transaction from its first question on.

// errStale means that the first question of a View has another answer by now.
var errStale = errors.New("what was read has changed")

// View implements broker.Store. A function that lost its connection runs again, as does one whose first answer changed beneath it.
func (s *Store) View(ctx context.Context, fn func(broker.Tx) error) error {
	ctx, cancel := s.limit(ctx)
	defer cancel()
	s.views.Add(1)
	for lostSoFar, whole := 0, false; ; {
		if err := s.ended(ctx); err != nil {
			return err
		}
		t, err := s.look(ctx, whole, fn)
		switch {
		case t == nil || t.err == nil:
			return err
		case errors.Is(t.err, errStale):
			whole = true
			s.reruns.Add(1)
			continue
		}
		again := lost(t.err) && ctx.Err() == nil && lostSoFar < lostAtMost
		if err := s.broken(ctx, t.err); !again {
			return err
		}
		lostSoFar++
	}
}

// look runs the function of a View once. whole says that its questions are asked in a transaction from the first one on.
func (s *Store) look(ctx context.Context, whole bool, fn func(broker.Tx) error) (*tx, error) {
	t, err := s.open(ctx, nil)
	if err != nil {
		return nil, err
	}
	defer t.release() // also when fn panics
	t.whole = whole
	if err = fn(t); err == nil && t.err == nil && !t.begun && t.first == nil {
		_, err = t.Now() // nothing was asked: that the database is there is what the caller wants to know
	}
	return t, err
}

// question is one that was asked outside a transaction, and its answer.
type question struct {
	statement
	answer [][]byte // row by row, all columns
}

// askAlone asks the first question of a View.
func (t *tx) askAlone(scan func(pgx.Rows) error, sql string, args []any) error {
	t.first = &question{statement: statement{sql, args}}
	b := new(pgx.Batch)
	b.Queue(sql, args...).Query(func(rows pgx.Rows) error {
		for rows.Next() {
			for _, column := range rows.RawValues() {
				t.first.answer = append(t.first.answer, bytes.Clone(column))
			}
			if err := scan(rows); err != nil {
				return err
			}
		}
		return rows.Err()
	})
	return t.send(t.ctx, b)
}

// askAgain asks the first question again, now that there is a transaction.
func (t *tx) askAgain(b *pgx.Batch) {
	if t.first == nil {
		return
	}
	b.Queue(t.first.sql, t.first.args...).Query(func(rows pgx.Rows) error {
		left := t.first.answer
		for rows.Next() {
			columns := rows.RawValues()
			if len(left) < len(columns) || !slices.EqualFunc(left[:len(columns)], columns, sameColumn) {
				return errStale
			}
			left = left[len(columns):]
		}
		if err := rows.Err(); err != nil || len(left) == 0 {
			return err
		}
		return errStale
	})
}

// sameColumn tells NULL, which is nil, from what is empty.
func sameColumn(a, b []byte) bool { return (a == nil) == (b == nil) && bytes.Equal(a, b) }
