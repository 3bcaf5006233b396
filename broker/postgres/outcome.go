package postgres

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

// When the connection breaks while COMMIT is on its way, the transaction may have been committed or not. To run the function again could do
// everything twice, to report a failure could be a lie. The server knows, by the number of the transaction, which is asked for
// before COMMIT is sent.
//
// Two things can make its answer wrong. After a crash, or on a standby that took over, the number of a transaction of which nothing had reached
// the disk may be given again. "aborted" is right even then. "committed" is believed only while the server lives the same life: the
// table boots is unlogged, so a crash or a promotion empties it, and the name of the life that stood there is gone. A new one is written by
// the next connection. And a COMMIT whose wait for the standby was ended is "committed" on one server: it is believed only after a later
// write was acknowledged, see flush. Without that evidence the outcome stays unknown: Unavailable, which is what callers expect where something
// may have happened.

const (
	grace       = time.Second // until the old backend is ended, which may hang in a dead connection
	askAgain    = 20 * time.Millisecond
	rejoinAfter = 200 * time.Millisecond // between attempts to connect
)

// verdict is what became of a transaction.
type verdict int

const (
	unknown verdict = iota
	committed
	aborted
)

var errWaitEnded = errors.New("the wait for the standby was ended: what is committed may be on one server only")

var errUnknownOutcome = errors.New("the connection broke while the transaction was being committed, and what became of it cannot be found out")

// resolve finds out what became of a transaction whose COMMIT was not answered. It goes on when the caller has given up: the outcome decides what
// is done with bodies that were stored for the transaction.
func (s *Store) resolve(ctx context.Context, old session, xid string) verdict {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), s.patience)
	defer cancel()
	began := time.Now()
	for {
		v, err := s.ask(ctx, old, xid, began)
		if err == nil {
			return v
		}
		select {
		case <-time.After(rejoinAfter):
		case <-ctx.Done():
			s.log.Warn("what became of a transaction cannot be found out", "error", err)
			return unknown
		}
	}
}

// ask asks with a connection of its own until the transaction has ended.
func (s *Store) ask(ctx context.Context, old session, xid string, began time.Time) (verdict, error) {
	conn, err := pgx.ConnectConfig(ctx, s.pool.Config().ConnConfig)
	if err != nil {
		return unknown, err
	}
	defer conn.Close(context.WithoutCancel(ctx))
	for {
		v, running, err := status(ctx, conn, old, xid)
		if err == nil && v == committed {
			return v, flush(ctx, conn)
		}
		if err != nil || !running {
			return v, err
		}
		if time.Since(began) > grace {
			if err := end(ctx, conn, old); err != nil {
				return unknown, err
			}
		}
		select {
		case <-time.After(askAgain):
		case <-ctx.Done():
			return unknown, ctx.Err()
		}
	}
}

func status(ctx context.Context, conn *pgx.Conn, old session, xid string) (v verdict, running bool, err error) {
	var answer *string
	err = conn.QueryRow(ctx, "select pg_xact_status($1::text::xid8)", xid).Scan(&answer)
	switch {
	case state(err) == "22023": // "transaction ID is in the future": another server, which never heard of it
		return unknown, false, nil
	case err != nil:
		return unknown, false, err
	case answer == nil: // too long ago
		return unknown, false, nil
	}
	switch *answer {
	case "in progress":
		return unknown, true, nil
	case "aborted":
		return aborted, false, nil
	}
	boot, err := bootOf(ctx, conn)
	if err != nil || boot != old.boot {
		return unknown, false, err
	}
	return committed, false, nil
}

// flush returns when all that was committed before is where the server keeps what it acknowledges: on its disk, and on the standbys that it waits
// for. A transaction whose wait for them was ended is committed all the same, and may be on this server only.
func flush(ctx context.Context, conn *pgx.Conn) error {
	_, err := conn.Exec(ctx, "select pg_logical_emit_message(true, 'vierkant', '')") // the least that has to be waited for
	if err == nil && warned(conn) {
		return errWaitEnded
	}
	return err
}

// end ends the backend of a lost connection, so that it lets go of its locks and its transaction is decided.
func end(ctx context.Context, conn *pgx.Conn, old session) error {
	_, err := conn.Exec(ctx, "select pg_terminate_backend(pid) from pg_stat_activity where pid = $1 and backend_start = $2", old.pid, old.started)
	return err
}

// bootOf returns the name of the server's life, giving it one if it has none.
func bootOf(ctx context.Context, conn *pgx.Conn) (name string, err error) {
	const read = "select token from boots"
	err = conn.QueryRow(ctx, read).Scan(&name)
	if errors.Is(err, pgx.ErrNoRows) {
		if _, err = conn.Exec(ctx, "insert into boots (token) values ($1) on conflict do nothing", newName()); err == nil {
			err = conn.QueryRow(ctx, read).Scan(&name)
		}
	}
	if state(err) == undefinedTable {
		return "", nil // an older schema or none: Open says so
	}
	if err != nil {
		return "", fmt.Errorf("boots: %w", err)
	}
	return name, nil
}
