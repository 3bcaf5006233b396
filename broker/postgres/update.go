package postgres

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/vierkant/vierkant/broker"
)

const (
	releaseTime = 5 * time.Second // for the answer to ROLLBACK
	lostAtMost  = 3               // runs of one function that may lose their connection
)

// Update implements broker.Store. A function that lost against another one, or its connection before COMMIT was sent, runs again.
func (s *Store) Update(ctx context.Context, fn func(broker.Tx) error) error {
	ctx, cancel := s.limit(ctx)
	defer cancel()
	p := new(plan)
	for {
		if err := s.ended(ctx); err != nil {
			return err
		}
		t, again, err := s.run(ctx, p, fn)
		if !again {
			if err == nil {
				s.answered(t)
			}
			return err
		}
		if p.exhausted() || p.lost > lostAtMost {
			return unavailable(err)
		}
		s.reruns.Add(1)
		pause(ctx, p)
	}
}

// answered follows a commit.
func (s *Store) answered(t *tx) {
	s.updates.Add(1)
	s.tell(t.hint)
	for _, fn := range t.hooks {
		fn()
	}
}

// pause keeps functions that collided from colliding again.
func pause(ctx context.Context, p *plan) {
	most := betweenRunsMost * min(p.run, 4)
	select {
	case <-time.After(time.Duration(rand.IntN(most*1000)) * time.Microsecond):
	case <-ctx.Done():
	}
}

// run runs the function once. again means that nothing was changed and that it is to run again, because of err.
func (s *Store) run(ctx context.Context, p *plan, fn func(broker.Tx) error) (t *tx, again bool, err error) {
	if t, err = s.open(ctx, p); err != nil {
		return nil, false, err
	}
	defer t.release() // also when fn panics
	err = fn(t)
	if t.err == nil && err == nil {
		return s.commit(ctx, t)
	}
	if t.err == nil {
		return t, false, err
	}
	again = s.again(ctx, t)
	return t, again, s.broken(ctx, t.err)
}

// again reports whether a function whose transaction the database ended is to run again.
func (s *Store) again(ctx context.Context, t *tx) bool {
	if ctx.Err() != nil {
		return false
	}
	if collided(t.err) {
		t.plan.learn(t, errors.Is(t.err, errTooManyNames))
		return true
	}
	if !lost(t.err) {
		return false
	}
	t.plan.lost++
	t.plan.learn(t, false)
	return true
}

// broken returns what to say about an error of the database, and drops connections that may be as dead as this one.
func (s *Store) broken(ctx context.Context, err error) error {
	if ended := s.ended(ctx); ended != nil {
		return ended
	}
	if lost(err) || state(err) == readOnly { // the DSN may name a server that takes writes
		s.pool.Reset()
	}
	return fault(err)
}

// commit ends a transaction. again means that it was taken back and is to run again.
func (s *Store) commit(ctx context.Context, t *tx) (_ *tx, again bool, err error) {
	if err := s.ended(ctx); err != nil {
		return t, false, err
	}
	if !t.begun && len(t.writes) == 0 {
		return t, false, nil
	}
	tag, err := t.commit(ctx, s.patience)
	switch {
	case tag == "COMMIT" && warned(t.conn.Conn()):
		return s.decided(ctx, t, errWaitEnded)
	case tag == "COMMIT":
		return t, false, nil
	case err == nil: // ROLLBACK: cannot be, since an error comes before it
		return t, false, broker.Internal.New("internal-error", "the database took the transaction back")
	case t.dirty && unanswered(err):
		return s.decided(ctx, t, err)
	}
	again = s.again(ctx, t)
	return t, again, s.broken(ctx, err)
}

// decided finds out what became of a transaction whose COMMIT was not answered.
func (s *Store) decided(ctx context.Context, t *tx, cause error) (_ *tx, again bool, err error) {
	s.pool.Reset()
	switch s.resolve(ctx, sessionOf(t.conn.Conn()), t.xid) {
	case committed:
		return t, false, nil
	case aborted:
		t.plan.lost++
		t.plan.learn(t, false)
		return t, true, cause
	}
	return t, false, unavailable(errors.Join(errUnknownOutcome, cause))
}

// commit sends what is left and COMMIT, and returns the tag with which it was answered. The number of the transaction is known before.
func (t *tx) commit(ctx context.Context, patience time.Duration) (tag string, err error) {
	if !t.begun {
		b := new(pgx.Batch)
		t.begin(b)
		if err := t.send(ctx, b); err != nil {
			return "", err
		}
	}
	if err := t.writeTallies(); err != nil {
		return "", err
	}
	b := t.compose(nil)
	b.Queue("commit").Exec(func(got pgconn.CommandTag) error { tag = got.String(); return nil })
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), patience) // whatever the caller says
	defer cancel()
	t.send(ctx, b)
	return tag, t.err
}

// release takes back what was not committed and returns the connection, which is closed if that fails.
func (t *tx) release() {
	defer t.conn.Release()
	if t.conn.Conn().IsClosed() || t.conn.Conn().PgConn().TxStatus() == 'I' {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(t.ctx), releaseTime)
	defer cancel()
	_, _ = t.conn.Exec(ctx, "rollback")
}

// lost reports whether the connection is gone, or the server is going down.
func lost(err error) bool {
	var refused *pgconn.PgError
	if errors.As(err, &refused) {
		return fatal(refused)
	}
	return err != nil && !errors.Is(err, errTooManyNames)
}

// unanswered reports whether a COMMIT that failed may have been done all the same: the server said nothing, or goodbye.
func unanswered(err error) bool { return lost(err) }

func fatal(refused *pgconn.PgError) bool {
	return refused.SeverityUnlocalized == "FATAL" || refused.SeverityUnlocalized == "PANIC"
}
