package receiver

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"path/filepath"
	"sync"
	"time"

	"github.com/vierkant/vierkant/api/client"
	"github.com/vierkant/vierkant/crypto/hook"
	"github.com/vierkant/vierkant/crypto/keys"
	"github.com/vierkant/vierkant/crypto/set"
)

// Config says where the broker is, which destinations are served, and who decides about what comes in. Client, Destinations,
// Folder and Handle are required.
type Config struct {
	Client       client.Config // of a subscriber that is assigned to the destinations; its Scratch is overridden
	Destinations map[client.DestinationID]client.Keys

	// Folder keeps what is received. It belongs to one Receiver at a time, and is made with mode 0700 if it is not there.
	Folder string

	// Handle decides about a submission that passed all checks and is saved. It is called from several goroutines, never from two for
	// one submission, and should return soon after ctx ends; ctx is that of Run. What it decides is told exactly once, but it may
	// be asked more than once: after a crash, after [Later], [Forward] and [Leave]. If it panics, that is logged and means Later.
	Handle func(context.Context, Received) Decision

	// Decided, if it is there, is told what became of a submission: after the broker knows of an acceptance, rejection or forwarding,
	// and when Handle left it. Called from several goroutines.
	Decided func(Received)

	Listener    net.Listener // takes the callbacks under [CallbackPath]; nil: only polling. Run closes it
	TLS         *tls.Config  // of the Listener; nil is plain http, on loopback only
	BehindProxy bool         // allows plain http on other addresses, since a proxy in front of it ends TLS
	Secret      string       // of the callbacks; required with a Listener
	OtherSecret string       // believed too, while the secret is changed: the one before or the one to come; "" is none

	Poll     time.Duration // between two polls, more or less a quarter; the first is at once. 0 is a minute
	Parallel int           // submissions of one destination that are worked on at a time; 0 is 4

	// Retry says how long to wait after so many failures (1, 2, …) with the same submission; nil is half a minute, doubled each time up
	// to an hour, more or less a quarter.
	Retry func(failures int) time.Duration

	Log *slog.Logger // nil logs nothing; content of submissions is never logged
}

// Received is a submission about which something is to be decided, or was.
type Received struct {
	client.Ref
	Submission *client.Fetched // never nil for Handle; for Decided nil if it did not pass the checks or was decided before
	Folder     string          // where it is saved, "" if it is not, or not any more
	Forwarded  bool            // it was forwarded before; the decision is still to come

	State    client.State  // Submitted or Forwarded for Handle; for Decided also Accepted, Rejected, Deleted
	Problems []set.Problem // why it was rejected, if that was decided here
	Callback bool          // noticed by callback, else by polling
	At       time.Time     // of this report

	Overruled client.State // what was decided here, if somebody else had decided otherwise before it was told: State is final. Else ""
}

const (
	defaultPoll     = time.Minute
	defaultParallel = 4
)

// Receiver is made by [New].
type Receiver struct {
	config     Config
	client     *client.Client
	subscriber *client.Subscriber
	signing    map[client.DestinationID]keys.Private
	records    records
	now        func() time.Time
	log        *slog.Logger
	lanes      map[client.DestinationID]*lane
	calls      chan struct{} // an element for each callback that is being read
	refused    refusals
}

// New checks the Config and starts nothing.
func New(config Config) (*Receiver, error) {
	if config.Folder == "" || config.Handle == nil || len(config.Destinations) == 0 {
		return nil, errors.New("receiver: expected a Folder, a Handle, and at least one destination")
	}
	folder, err := filepath.Abs(config.Folder)
	if err != nil {
		return nil, fmt.Errorf("receiver: %w", err)
	}
	config.Folder, config.Client.Scratch = folder, filepath.Join(folder, scratchFolder)
	if err := config.checkListener(); err != nil {
		return nil, fmt.Errorf("receiver: %w", err)
	}
	c, err := client.New(config.Client)
	if err != nil {
		return nil, err
	}
	subscriber, err := c.Subscriber(config.Destinations)
	if err != nil {
		return nil, err
	}
	r := &Receiver{
		config: config.withDefaults(), client: c, subscriber: subscriber, records: records{filepath.Join(folder, decisionsFolder)},
		signing: map[client.DestinationID]keys.Private{}, lanes: map[client.DestinationID]*lane{}, calls: make(chan struct{}, maxCalls),
	}
	r.now, r.log = r.config.Client.Now, r.config.Log
	return r, r.addLanes()
}

func (c Config) withDefaults() Config {
	if c.Poll <= 0 {
		c.Poll = defaultPoll
	}
	if c.Parallel <= 0 {
		c.Parallel = defaultParallel
	}
	if c.Retry == nil {
		c.Retry = retry
	}
	if c.Client.Now == nil {
		c.Client.Now = time.Now
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	return c
}

// addLanes makes one for each destination, by the one spelling of its id.
func (r *Receiver) addLanes() error {
	for id, own := range r.config.Destinations {
		ref, err := client.Ref{DestinationID: id, SubmissionID: client.SubmissionID(id), CaseID: client.CaseID(id)}.Canonical()
		if err != nil {
			return err
		}
		r.signing[ref.DestinationID] = own.Signing
		r.lanes[ref.DestinationID] = newLane(r, ref.DestinationID)
	}
	return nil
}

// secrets are those by which callbacks are believed.
func (c Config) secrets() []string {
	if c.OtherSecret == "" {
		return []string{c.Secret}
	}
	return []string{c.Secret, c.OtherSecret}
}

func (c Config) checkListener() error {
	if c.Listener == nil {
		return nil
	}
	for _, secret := range c.secrets() {
		if err := hook.CheckSecret(secret); err != nil {
			return err
		}
	}
	if c.TLS != nil {
		if len(c.TLS.Certificates) == 0 && c.TLS.GetCertificate == nil && c.TLS.GetConfigForClient == nil {
			return errors.New("callback listener: expected a certificate for TLS")
		}
		return nil
	}
	address, ok := c.Listener.Addr().(*net.TCPAddr)
	if !c.BehindProxy && (!ok || !address.IP.IsLoopback()) {
		return fmt.Errorf("callback listener: expected TLS, a proxy in front of it, or an address on loopback, found %s", c.Listener.Addr())
	}
	return nil
}

// Run works until ctx ends, waits for what is running then, and returns nil. An error means that it cannot work: the folder is in
// use or cannot be written, or callbacks cannot be taken any more.
func (r *Receiver) Run(ctx context.Context) error {
	open, release, err := r.occupy()
	if err != nil {
		if r.config.Listener != nil {
			err = errors.Join(err, r.config.Listener.Close())
		}
		return err
	}
	defer release()
	stop, failed := r.serve()
	defer stop()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var running sync.WaitGroup
	for id, l := range r.lanes {
		running.Go(func() { l.run(ctx, open[id]) })
	}
	select {
	case <-ctx.Done():
	case err = <-failed:
		cancel()
	}
	running.Wait()
	return err
}

// Once works off what waits now, and what an earlier process left unfinished, and returns. Callbacks are not taken.
//
// The error joins (errors.Join) one for each submission that was named and could not be finished, and for each list that could not be
// had. Whether later may be better is to be asked of each: [client.Retryable], and [ErrLater] for those without a decision.
// What Handle left or forwarded is no error.
func (r *Receiver) Once(ctx context.Context) error {
	open, release, err := r.occupy()
	if err != nil {
		return err
	}
	defer release()
	var (
		mu      sync.Mutex
		running sync.WaitGroup
		all     []error
	)
	for id, l := range r.lanes {
		running.Go(func() {
			failed := l.once(ctx, open[id])
			mu.Lock()
			defer mu.Unlock()
			all = append(all, failed...)
		})
	}
	running.Wait()
	return errors.Join(append(all, ctx.Err())...)
}
