package postgres

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// Hint says what another node has written, as bits: whoever gets it looks. A hint may come for nothing, and one may be lost.
type Hint uint32

// What there is to look at.
const (
	EventsWritten  Hint = 1 << iota // events wait to be signed
	DeliveriesOwed                  // callbacks are owed, or due at another time
	KeysChanged                     // the broker's own keys
	RoutesChanged
	EntriesChanged // what the administration keeps

	everything = EventsWritten | DeliveriesOwed | KeysChanged | RoutesChanged | EntriesChanged
)

const (
	channel    = "vierkant"
	hintPause  = 50 * time.Millisecond // between hints of one node
	listenWait = 2 * time.Second       // after a lost connection

	listenQuiet = 15 * time.Second // without a hint, after which the connection is tried
)

// tell has the hint sent to the other nodes, soon.
func (s *Store) tell(h Hint) {
	if h == 0 {
		return
	}
	s.owed.Or(uint32(h))
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// sendHints sends what was told, until ctx ends.
func (s *Store) sendHints(ctx context.Context) {
	for {
		select {
		case <-s.wake:
		case <-ctx.Done():
			return
		}
		h := Hint(s.owed.Swap(0))
		if err := s.notify(ctx, h); err != nil && ctx.Err() == nil {
			s.log.Warn("other nodes cannot be told what was written; they find it later", "error", err)
		}
		select {
		case <-time.After(hintPause):
		case <-ctx.Done():
			return
		}
	}
}

func (s *Store) notify(ctx context.Context, h Hint) error {
	ctx, cancel := s.limit(ctx)
	defer cancel()
	_, err := s.pool.Exec(ctx, "select pg_notify($1, $2)", channel, fmt.Sprintf("%s %d", s.node, h))
	return err
}

// Hints listens to the other nodes until ctx ends; then the channel is closed. Hints that were not taken yet are put together into one.
// After the connection was lost everything is hinted at, since anything may have been missed.
func (s *Store) Hints(ctx context.Context) <-chan Hint {
	out := make(chan Hint, 1)
	go func() {
		defer close(out)
		for ctx.Err() == nil {
			if err := s.listen(ctx, out); err != nil && ctx.Err() == nil {
				s.log.Warn("hints of other nodes cannot be heard; what they write is found later", "error", err)
			}
			select {
			case <-time.After(listenWait):
			case <-ctx.Done():
			}
		}
	}()
	return out
}

// listen passes hints on until the connection is lost. It has a connection of its own.
func (s *Store) listen(ctx context.Context, out chan Hint) error {
	conn, err := pgx.ConnectConfig(ctx, s.pool.Config().ConnConfig)
	if err != nil {
		return err
	}
	defer conn.Close(context.WithoutCancel(ctx))
	if err := s.say(ctx, conn, "listen "+channel); err != nil {
		return err
	}
	pass(out, everything)
	for {
		n, err := wait(ctx, conn)
		if err != nil {
			return err
		}
		if n == nil {
			if err := s.say(ctx, conn, ""); err != nil { // a connection that is dead says nothing either
				return err
			}
			continue
		}
		if h := s.heard(n.Payload); h != 0 {
			pass(out, h)
		}
	}
}

func (s *Store) say(ctx context.Context, conn *pgx.Conn, sql string) error {
	ctx, cancel := s.limit(ctx)
	defer cancel()
	_, err := conn.Exec(ctx, sql)
	return err
}

// wait returns nil when nothing was said for a while.
func wait(ctx context.Context, conn *pgx.Conn) (*pgconn.Notification, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, listenQuiet, errSlow)
	defer cancel()
	n, err := conn.WaitForNotification(ctx)
	if err != nil && context.Cause(ctx) == errSlow {
		return nil, nil
	}
	return n, err
}

// heard reads a hint; what this node itself said is none.
func (s *Store) heard(payload string) (h Hint) {
	node, bits, _ := strings.Cut(payload, " ")
	if node == s.node || json.Unmarshal([]byte(bits), &h) != nil {
		return 0
	}
	return h & everything
}

// pass puts a hint into the channel, together with one that nobody has taken. Only one goroutine passes.
func pass(out chan Hint, h Hint) {
	select {
	case before := <-out:
		h |= before
	default:
	}
	out <- h
}
