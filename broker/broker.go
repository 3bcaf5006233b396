package broker

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"sync"
	"time"

	"github.com/vierkant/vierkant/crypto/keys"
	"github.com/vierkant/vierkant/routing"
)

// Config is what a Broker needs. All fields but KeyCare, Join, Withdraw, Remind, TimedOut, Contacted, Unreached, SecretEnds, Happened,
// Shown, Limits and Periods are required; zero limits and periods mean the defaults.
type Config struct {
	Store   Store
	Blobs   Blobs
	Wrapper *keys.Wrapper // seals secrets at rest
	Keyring *Keyring      // the broker's own keys, loaded

	Policy    keys.Policy  // rules for keys of destinations in this environment
	KeyCare   KeyCare      // what changes of these keys take, and who is told
	Callbacks CallbackRule // where callbacks may go in this environment

	Issuer string // base URL of the Submission API; "iss" of the broker's events
	Portal string // base URL of the portal; "iss" of addressing information

	// Sign returns the events with their tokens, making and storing those that are missing.
	Sign func(ctx context.Context, unsigned []Event) ([]Event, error)

	// Join puts to routes, in the order they were published, what is kept elsewhere, in the transaction that reads them for look-ups.
	// What is stored stays as it is. Nil joins nothing.
	Join func(Tx, []Route) error

	// Withdraw takes routes out of the store, one or more, in the transaction that ends their destination, and writes down that the caller did it. Nil
	// writes nothing down.
	Withdraw func(tx Tx, now time.Time, who Caller, d Destination, routes []Route) error

	// Remind owes the nth reminder, from 1, of a submission or a reply that waits for the decision of its destination, in the transaction that notes
	// it. Nil reminds nobody.
	Remind func(tx Tx, s Submission, nth int) error

	// TimedOut tells such a destination that a submission or a reply was rejected since nobody decided, in the transaction that does it. Nil tells
	// nobody.
	TimedOut func(tx Tx, s Submission) error

	// Contacted, if it is not nil, is told of a destination whose contact has another mail address, in the transaction that writes it.
	Contacted func(Tx, Destination) error

	// Unreached, if it is not nil, is told once of an endpoint of callbacks that is called no more, or was not reached for a day, in the transaction
	// that notes the call that failed.
	Unreached func(Tx, Endpoint) error

	// SecretEnds tells whoever should know that the secret of a client will end before long, in the transaction that notes that. Nil tells nobody.
	SecretEnds func(tx Tx, c Client) error

	// Happened is told of what happens, in the transaction of the deed. Requests wait for it: it does little, and writes as good as nothing that others
	// write too. Nil is told of nothing.
	Happened func(Tx, Fact) error

	// Shown is told which part of an event log a caller is about to read, after the transaction that read it: reading writes nothing. It must not block.
	// Nil is told of nothing.
	Shown func(Caller, []Event)

	Now      func() time.Time // wall clock
	Deadline func() time.Time // clock of deadlines

	Limits  Limits
	Periods Periods
}

// Limits bound what callers may ask for (FIT-Connect contract 11).
type Limits struct {
	Attachment   int64 // bytes of one sealed attachment
	Content      int64 // bytes of sealed metadata, and of sealed data
	Attachments  int   // per submission
	Submission   int64 // bytes of all sealed attachments of a submission
	Destinations int   // per organisation
	Clients      int   // per organisation
	Pending      int   // per client: submissions and replies that are announced and not submitted
	PendingBytes int64 // per client: bytes uploaded for them
}

// withDefaults fills zero fields. The wire speaks of MB without saying which; we count in 2^20.
func (l Limits) withDefaults() Limits {
	if l.Attachment == 0 {
		l.Attachment = 500 << 20
	}
	if l.Content == 0 {
		l.Content = 32 << 20
	}
	if l.Submission == 0 {
		l.Submission = 2 << 30
	}
	if l.Attachments == 0 {
		l.Attachments = 100
	}
	if l.Destinations == 0 {
		l.Destinations = 5000
	}
	if l.Clients == 0 {
		l.Clients = 1000
	}
	if l.Pending == 0 {
		l.Pending = 100_000
	}
	if l.PendingBytes == 0 {
		l.PendingBytes = 64 << 30
	}
	return l
}

// Broker is the services around one environment's store.
type Broker struct {
	Clients      *Clients
	ClientUses   *ClientUses
	Destinations *Destinations
	Submissions  *Submissions
	Replies      *Replies
	Cases        *Cases
	Deliveries   *Deliveries
	Retention    *Retention
	Routes       *Routes
	Polls        *Polls
	Notices      *Notices

	core *core

	// Limits are those in force, defaults filled in, for adapters that refuse early.
	Limits Limits
	// Periods are those in force, defaults filled in.
	Periods Periods

	// EventsWritten is set after each transaction that left an event to be signed.
	EventsWritten Signal
	// DeliveriesOwed is set after each transaction that owes a callback.
	DeliveriesOwed Signal
}

// core is what the services share.
type core struct {
	Config
	chain  Chain
	heads  sync.Pool // of *headBuffer
	routes *Routes

	eventsWritten, deliveriesOwed Signal
}

// New checks the configuration and returns the services. It starts nothing.
func New(cfg Config) (*Broker, error) {
	cfg.Periods = cfg.Periods.WithDefaults()
	if err := cfg.check(); err != nil {
		return nil, fmt.Errorf("broker: %w", err)
	}
	cfg.Limits, cfg.KeyCare = cfg.Limits.withDefaults(), cfg.KeyCare.withDefaults()
	cfg.tellNobody()
	k := &core{
		Config:         cfg,
		chain:          NewChain(cfg.Wrapper),
		eventsWritten:  newSignal(),
		deliveriesOwed: newSignal(),
	}
	k.routes = &Routes{core: k}
	k.routes.current.Store(&snapshot{table: new(routing.Table)})
	uses := newClientUses(k)
	return &Broker{
		Clients:        &Clients{k, uses},
		ClientUses:     uses,
		Destinations:   &Destinations{k},
		Submissions:    &Submissions{Exchange{k, KindSubmission}},
		Replies:        &Replies{Exchange{k, KindReply}},
		Cases:          &Cases{k},
		Deliveries:     &Deliveries{k},
		Retention:      &Retention{k},
		Routes:         k.routes,
		Polls:          newPolls(k),
		Notices:        &Notices{core: k},
		core:           k,
		Limits:         cfg.Limits,
		Periods:        cfg.Periods,
		EventsWritten:  k.eventsWritten,
		DeliveriesOwed: k.deliveriesOwed,
	}, nil
}

// tellNobody lets nobody be told of what nobody asked to be told of.
func (c *Config) tellNobody() {
	if c.Remind == nil {
		c.Remind = func(Tx, Submission, int) error { return nil }
	}
	if c.TimedOut == nil {
		c.TimedOut = func(Tx, Submission) error { return nil }
	}
	if c.SecretEnds == nil {
		c.SecretEnds = func(Tx, Client) error { return nil }
	}
	if c.Happened == nil {
		c.Happened = func(Tx, Fact) error { return nil }
	}
	if c.Shown == nil {
		c.Shown = func(Caller, []Event) {}
	}
}

func (c Config) check() error {
	for _, required := range []struct {
		name    string
		present bool
	}{
		{"Store", c.Store != nil}, {"Blobs", c.Blobs != nil}, {"Wrapper", c.Wrapper != nil}, {"Keyring", c.Keyring != nil},
		{"Policy", c.Policy.Name != ""}, {"Sign", c.Sign != nil}, {"Now", c.Now != nil}, {"Deadline", c.Deadline != nil},
	} {
		if !required.present {
			return errors.New("config lacks " + required.name)
		}
	}
	for _, base := range []string{c.Issuer, c.Portal} {
		if u, err := url.Parse(base); err != nil || u.Host == "" {
			return fmt.Errorf("%q is not a base URL", base)
		}
	}
	return c.Periods.Check()
}

func (k *core) decide(ctx context.Context, rule, write func(Tx) error) error {
	return Decide(ctx, k.Store, rule, write)
}

// Decide runs rule on a read transaction, so that most refusals cost no lock, and then rule and write together in one
// durable transaction. Both may run more than once.
func Decide(ctx context.Context, store Store, rule, write func(Tx) error) error {
	if err := store.View(ctx, rule); err != nil {
		return err
	}
	return store.Update(ctx, func(tx Tx) error {
		if err := rule(tx); err != nil {
			return err
		}
		return write(tx)
	})
}
