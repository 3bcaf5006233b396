package postgres

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
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

// admit returns what is done with each new connection: refuse it if what it acknowledges could be lost, and learn what outcome needs.
func admit(volatile bool) func(context.Context, *pgx.Conn) error {
	return func(ctx context.Context, conn *pgx.Conn) error {
		var (
			version         int
			commits, fsyncs string
			standby         bool
		)
		err := conn.QueryRow(ctx, `select current_setting('server_version_num')::int, current_setting('synchronous_commit'),
			current_setting('fsync'), pg_is_in_recovery()`).Scan(&version, &commits, &fsyncs, &standby)
		switch {
		case err != nil:
			return err
		case version < oldestServer:
			return fmt.Errorf("the server is PostgreSQL %d; %d or newer is needed", version/10_000, oldestServer/10_000)
		case standby:
			return unavailable(errors.New("the server is a standby and takes no writes; name the primary in the DSN, or all servers and target_session_attrs=read-write"))
		case commits == "off" && !volatile:
			return errors.New("synchronous_commit is off: what the server acknowledges could be lost; set it to on for this user or database")
		case fsyncs == "off" && !volatile:
			return errors.New("fsync is off: what the server acknowledges could be lost; switch it on in postgresql.conf")
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
