// Package pgtest starts PostgreSQL for tests: one temporary cluster per test process, and in it a fresh, empty database for each caller. It uses
// the server's own programs (Debian: postgresql), needs no service and no root, and nothing on the network: the server listens on a
// Unix socket only. Where the programs are missing the test is skipped; with VIERKANT_POSTGRES=required it fails.
//
// The server is a child of a shell that waits for the end of its input, a pipe whose other end only the test process has. However that process
// ends, also by a kill, the pipe is closed; then the shell stops the server and removes its files. A test that is root has both run as the
// user postgres, or nobody, since PostgreSQL refuses root.
//
// Only tests import this package.
package pgtest

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// fast is the cluster of Start: it syncs nothing, so open it with Config.Volatile. durable is that of StartDurable.
var (
	fast    = sync.OnceValues(func() (*cluster, error) { return start("fsync=off", "full_page_writes=off") })
	durable = sync.OnceValues(func() (*cluster, error) { return start() })
	serial  = new(atomic.Int64)
)

// Start returns the DSN of a fresh database, on a server that does not sync to disk. It is dropped at the end of the test.
func Start(t testing.TB) (dsn string) {
	t.Helper()
	return database(t, fast)
}

// StartDurable is Start on a server that syncs as one in production: for benchmarks, and for tests of what is refused.
func StartDurable(t testing.TB) (dsn string) {
	t.Helper()
	return database(t, durable)
}

func database(t testing.TB, running func() (*cluster, error)) string {
	t.Helper()
	needBinaries(t)
	c, err := running()
	if err != nil {
		t.Fatalf("start PostgreSQL: %v", err)
	}
	name := fmt.Sprintf("test%d", serial.Add(1))
	if err := c.exec("create database " + name); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.exec("drop database " + name + " with (force)"); err != nil {
			t.Errorf("drop database: %v", err)
		}
	})
	return c.dsn(name)
}

// needBinaries returns the folder of the server's programs, or skips the test.
func needBinaries(t testing.TB) string {
	t.Helper()
	bin, err := binaries()
	switch {
	case err == nil:
	case os.Getenv("VIERKANT_POSTGRES") == "required":
		t.Fatal(err)
	default:
		t.Skip(err)
	}
	return bin
}

// dsn returns how to reach a database: as the owner, over the socket.
func (c *cluster) dsn(database string) string {
	at := url.URL{Scheme: "postgres", User: url.User(owner), Path: "/" + database}
	at.RawQuery = url.Values{"host": {c.folder}, "sslmode": {"disable"}}.Encode()
	return at.String()
}

func (c *cluster) exec(sql string) error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	conn, err := pgx.Connect(ctx, c.dsn("postgres"))
	if err != nil {
		return err
	}
	defer conn.Close(ctx)
	_, err = conn.Exec(ctx, sql)
	return err
}
