// Package postgres keeps records and bodies in a PostgreSQL database: the broker.Store and broker.Blobs of many nodes.
//
// # Transactions
//
// The broker's rules assume that the functions given to Update run as if one after the other. Here each runs READ COMMITTED, and what it reads
// and writes is locked by name, as names stand in names.go, until the transaction ends: whoever reads a name shares it or, where a
// write mostly follows, has it alone; whoever writes has it alone. Locks are PostgreSQL's advisory locks of transactions: they
// cost no write, and cover what is not there as well as what is.
//
// Why no rule can be broken: take two functions of which one reads or writes what the other writes. Both lock its name, not both shared,
// so one waits until the other has committed; each statement sees all that was committed before it began, so it reads what the
// other wrote. No function takes a lock after it let one go, hence the order of commits is an order in which they could have run one
// after the other (strict two-phase locking). There is no write skew, since the reads it needs are locked, and no phantom, since a
// list has a name of its own: writers that add to it or take from it share that (their order makes no difference to the list), who
// reads it inside Update has it alone. View is one snapshot, REPEATABLE READ, and locks nothing (view.go); snapshots show commits in their order.
// One exception is meant: DueDeliveries skips those that another transaction works on.
//
// SERIALIZABLE, the rejected alternative, needs no names, but judges by index pages, of which fresh rows share the last one. Announce and submit
// at one destination, durably, on two busy cores (BenchmarkSubmission): with 16 callers 220 to 310 submissions a second, and 0.7 to 1.3
// runs again for each, none for a reason; with 64 callers 260 to 330. With names 350 to 420 and 340 to 400, and no run again. The price is
// one more statement with most reads, sent along with them, and the discipline of names.go.
//
// Who holds no names waits for its first; who holds some waits for more only milliseconds, since somebody may wait for it in turn. A function that
// waited in vain runs again and first takes, in one order, all names that the run before asked for; in the end it runs alone. Writes are
// sent with the next read or with COMMIT, together with their locks.
//
// # Durability
//
// Update returns nil only after COMMIT was answered, by a server that syncs: sessions with synchronous_commit or fsync off are refused unless
// Config.Volatile is set. When the connection breaks at COMMIT the outcome is asked for elsewhere (outcome.go), and never guessed.
//
// # When the server is ill
//
// Everything that is said to it has a limit (Config.Patience, 10 seconds): for the way to COMMIT, for the answer to it, and for what became of
// it. So a caller waits 10 seconds for a server that is silent, 30 at most, and is told Unavailable; so is who finds all connections taken for
// that long, and at once who finds a thousand others waiting. The server ends transactions that were idle for as long, since their node has given them up.
//
// A DSN may name several servers. The first that takes writes is used; one that is on an older timeline than this process has seen was left
// behind when another one took over, and is passed over. What the operator has to see to, because no client can:
//
//   - synchronous_standby_names on each server, with synchronous_commit on: else the server answers COMMIT before its standby has anything, and
//     who takes over knows nothing of what was acknowledged last. Store.Notes tells when a DSN of several servers has none. With one standby,
//     writes are Unavailable while it is away; two, any of which is enough ("ANY 1 (a, b)"), keep them going.
//   - an old primary must not come back as one (fencing). A process that is started while only that one can be reached has seen nothing newer
//     and uses it.
//   - who ends the wait of a COMMIT for the standby makes it visible on one server. It is not acknowledged; but who repeats it then is told that it
//     was done before, and would be wrong if that server is lost before the standby is back.
//
// # Many nodes
//
// Tables are shared by all nodes; what happened on one is told to the others after the commit, at most some 20 times a second (hints.go).
// NOTIFY inside the transaction, the rejected alternative, has all commits that notify wait for each other's disk, one at a time (340 instead of
// 420 submissions a second). A hint may be lost, so nodes look around by themselves too.
//
// # Lists and their lengths
//
// Lists are ordered by a place that is drawn when something joins them; of two that join at the same time either may be the first. Lengths
// are kept: each connection counts in a row of its own, so that submissions to one destination do not queue for a counter.
package postgres

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/broker/transfer"
)

// Config says which database, and how it is used.
type Config struct {
	DSN         string       // postgres://user@host:port/database or key=value pairs; libpq's names and environment
	Log         *slog.Logger // required
	Connections int          // at most at a time, one more listens for hints; 0 is 16
	Volatile    bool         // a server that may lose what it acknowledged is accepted: for tests

	// Patience is how long a caller waits for the way to COMMIT, then for its answer, and then for what became of it: three times that at
	// most. 0 is 10 seconds.
	Patience time.Duration
}

// Store is a broker.Store in a PostgreSQL database. It is safe for concurrent use, also by other processes.
type Store struct {
	pool *pgxpool.Pool
	log  *slog.Logger
	node string // random, names this Store in hints

	patience time.Duration
	waiting  atomic.Int64 // callers who wait for a connection
	reached  timeline     // the newest that a server was on

	wake chan struct{}
	owed atomic.Uint32 // hints that are to be sent; bits of Hint
	stop context.CancelFunc
	work sync.WaitGroup // goroutines

	views, updates, reruns atomic.Int64
}

var _ broker.Store = (*Store)(nil)

var errDSN = errors.New("database: the DSN cannot be read: expected postgres://user:password@host:port/database or key=value pairs")

// Open connects and checks the database: one that cannot be reached, whose schema is not exactly this program's, where the user lacks
// rights, that may lose what it acknowledged, or that is a side of a move is refused with a sentence that says so. No error contains the
// password.
func Open(ctx context.Context, cfg Config) (*Store, error) {
	s, err := connect(ctx, cfg, serveToo)
	if err != nil {
		return nil, err
	}
	background, stop := context.WithCancel(context.Background())
	s.stop = stop
	s.work.Go(func() { s.sendHints(background) })
	s.work.Go(func() { s.sweep(background) })
	return s, nil
}

// connect does so; each connection takes a lock.
func connect(ctx context.Context, cfg Config, take func(context.Context, *pgx.Conn) error) (*Store, error) {
	settings, err := pgxpool.ParseConfig(cfg.DSN)
	if err != nil {
		return nil, errDSN
	}
	s := &Store{log: cfg.Log, node: newName(), patience: cmp.Or(cfg.Patience, defaultPatience), wake: make(chan struct{}, 1)}
	s.configure(settings, cfg)
	settings.AfterConnect = s.admit(cfg.Volatile, take)
	if s.pool, err = pgxpool.NewWithConfig(ctx, settings); err != nil {
		return nil, refuse("database", settings.ConnConfig, err)
	}
	if err := s.check(ctx); err != nil {
		s.pool.Close()
		if errors.Is(err, transfer.ErrInUse) { // which passes
			return nil, fmt.Errorf("database %s: %w", address(settings.ConnConfig), err)
		}
		return nil, refuse("database", settings.ConnConfig, err)
	}
	return s, nil
}

func (s *Store) configure(settings *pgxpool.Config, cfg Config) {
	settings.MaxConns = 16
	if cfg.Connections > 0 {
		settings.MaxConns = int32(cfg.Connections)
	}
	settings.PingTimeout = pingTime
	c := settings.ConnConfig
	c.ConnectTimeout = cmp.Or(c.ConnectTimeout, connectTime)
	c.ValidateConnect = s.reached.onlyNewest(c.ValidateConnect)
	c.OnNotice = noteWarning
	defaults := map[string]string{
		"application_name": "vierkant",
		// A node that vanished in the middle, or whose connection did, lets go of its locks: no transaction of ours is open for longer.
		"idle_in_transaction_session_timeout": strconv.FormatInt(s.patience.Milliseconds(), 10),
		"client_connection_check_interval":    "1s",  // and one that waits for a lock, too
		"jit":                                 "off", // it compiles for longer than our longest query takes
	}
	for name, value := range defaults {
		if _, set := c.RuntimeParams[name]; !set {
			c.RuntimeParams[name] = value
		}
	}
	// Sizes and instants do not depend on what the user is used to.
	c.RuntimeParams["timezone"] = "UTC"
}

// check looks at the database with the first connection.
func (s *Store) check(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, openTime)
	defer cancel()
	conn, err := s.pool.Acquire(ctx)
	if err != nil {
		return err
	}
	defer conn.Release()
	if err := checkSchema(ctx, conn.Conn()); err != nil {
		return err
	}
	return checkRights(ctx, conn.Conn())
}

// Close implements broker.Store. Running transactions are awaited; every later call is Unavailable.
func (s *Store) Close() error {
	s.stop()
	s.work.Wait()
	s.pool.Close()
	return nil
}

// Stats counts exactly what happened since Open.
type Stats struct {
	Views   int64 // read transactions
	Updates int64 // functions whose success was answered
	Reruns  int64 // runs that were taken back because of another transaction, or a lost connection; of Views, too
}

// Stats returns the counts.
func (s *Store) Stats() Stats { return Stats{s.views.Load(), s.updates.Load(), s.reruns.Load()} }
