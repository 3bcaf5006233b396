package postgres

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/vierkant/vierkant/broker"
)

// oldestServer is the first release with all that is used here (client_connection_check_interval, pg_xact_status of xid8).
const oldestServer = 140000

// session is what is known of one connection.
type session struct {
	pid     uint32
	started time.Time // of the backend: with pid it names one backend, ever
	boot    string    // the server's life, see outcome.go
}

const sessionKey = "vierkant session"

func sessionOf(conn *pgx.Conn) session {
	s, _ := conn.PgConn().CustomData()[sessionKey].(session)
	return s
}

const (
	defaultPatience = 10 * time.Second
	openTime        = time.Minute
	connectTime     = 5 * time.Second // for each server of the DSN
	pingTime        = 2 * time.Second
	maxWaiting      = 1024 // callers who wait for a connection
)

// errSlow is why a context ended that limit made.
var errSlow = errors.New("the database does not answer in time")

// limit is for all that is said to the database: one that is silent must not keep its callers for ever.
func (s *Store) limit(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeoutCause(ctx, s.patience, errSlow)
}

// ended returns what to say when a context has ended, nil before. After a silence no idle connection is trusted.
func (s *Store) ended(ctx context.Context) error {
	if ctx.Err() != nil && context.Cause(ctx) == errSlow {
		s.pool.Reset()
		return unavailable(errSlow)
	}
	return ctx.Err()
}

// acquire waits for a connection, unless so many do already that it would be in vain.
func (s *Store) acquire(ctx context.Context) (*pgxpool.Conn, error) {
	defer s.waiting.Add(-1)
	if s.waiting.Add(1) > maxWaiting {
		return nil, broker.Unavailable.New("busy", "too many requests wait for the database already; try again later")
	}
	conn, err := s.pool.Acquire(ctx)
	if err != nil {
		return nil, cmp.Or(s.ended(ctx), fault(err))
	}
	return conn, nil
}

// timeline is the newest of the server's histories that was seen: each standby that takes over begins a new one.
type timeline struct{ newest atomic.Int64 }

var (
	errStandby = errors.New("the server is a standby and takes no writes; name the primary in the DSN, or all servers separated by commas")
	errBehind  = errors.New("the server was left behind: another one has taken over from it, and what is written here would be lost; stop it, or have it follow the other one")
)

// onlyNewest returns what is asked of each server of the DSN, before the next one is tried: to take writes, and not to have been left behind
// when another one took over. A primary that is started again after that still takes writes, but they belong to no history that
// goes on. Beyond the life of this process only the operator can tell them apart.
func (l *timeline) onlyNewest(further pgconn.ValidateConnectFunc) pgconn.ValidateConnectFunc {
	const sql = "select case when pg_is_in_recovery() then '' else pg_walfile_name(pg_current_wal_insert_lsn()) end"
	return func(ctx context.Context, conn *pgconn.PgConn) error {
		result := conn.ExecParams(ctx, sql, nil, nil, nil, nil).Read()
		if result.Err != nil {
			return result.Err
		}
		file := string(result.Rows[0][0])
		if len(file) < 8 {
			return errStandby
		}
		is, err := strconv.ParseInt(file[:8], 16, 64) // so WAL files are named
		if err == nil {
			err = l.follow(is)
		}
		if err == nil && further != nil {
			err = further(ctx, conn)
		}
		return err
	}
}

func (l *timeline) follow(is int64) error {
	for {
		newest := l.newest.Load()
		if is < newest {
			return errBehind
		}
		if l.newest.CompareAndSwap(newest, is) {
			return nil
		}
	}
}

const warningKey = "vierkant warning"

// noteWarning notes that a server warned. It does when the wait for a standby is ended, and then says COMMIT.
func noteWarning(conn *pgconn.PgConn, n *pgconn.Notice) {
	if n.SeverityUnlocalized == "WARNING" {
		conn.CustomData()[warningKey] = true
	}
}

// warned reports whether the server has warned since it was asked the last time.
func warned(conn *pgx.Conn) bool {
	data := conn.PgConn().CustomData()
	_, is := data[warningKey]
	delete(data, warningKey)
	return is
}

// admit returns what is done with each new connection: refuse it if what it acknowledges could be lost, have it take its lock, and learn what
// outcome needs.
func (s *Store) admit(volatile bool, take func(context.Context, *pgx.Conn) error) func(context.Context, *pgx.Conn) error {
	return func(ctx context.Context, conn *pgx.Conn) error {
		ctx, cancel := s.limit(ctx)
		defer cancel()
		var (
			version         int
			commits, fsyncs string
		)
		err := conn.QueryRow(ctx, `select current_setting('server_version_num')::int, current_setting('synchronous_commit'),
			current_setting('fsync')`).Scan(&version, &commits, &fsyncs)
		switch {
		case err != nil:
			return err
		case version < oldestServer:
			return fmt.Errorf("the server is PostgreSQL %d; %d or newer is needed", version/10_000, oldestServer/10_000)
		case commits == "off" && !volatile:
			return errors.New("synchronous_commit is off: what the server acknowledges could be lost; set it to on for this user or database")
		case fsyncs == "off" && !volatile:
			return errors.New("fsync is off: what the server acknowledges could be lost; switch it on in postgresql.conf")
		}
		if err := take(ctx, conn); err != nil {
			return err
		}
		return learn(ctx, conn)
	}
}

func learn(ctx context.Context, conn *pgx.Conn) error {
	s := session{pid: conn.PgConn().PID()}
	boot, err := bootOf(ctx, conn)
	if err != nil {
		return err
	}
	s.boot = boot
	err = conn.QueryRow(ctx, "select backend_start from pg_stat_activity where pid = pg_backend_pid()").Scan(&s.started)
	conn.PgConn().CustomData()[sessionKey] = s
	return err
}

// newName returns 128 random bits in hex.
func newName() string {
	var b [16]byte
	rand.Read(b[:])
	return hex.EncodeToString(b[:])
}
