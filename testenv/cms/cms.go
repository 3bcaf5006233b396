package cms

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"slices"
	"sync"
	"time"

	"github.com/vierkant/vierkant/api/client"
	"github.com/vierkant/vierkant/crypto/hook"
	"github.com/vierkant/vierkant/crypto/set"
)

// Config says where the broker is, which destinations are served, and what is done with what comes in.
type Config struct {
	Client       client.Config // of a subscriber that is assigned to the destinations
	Destinations map[client.DestinationID]client.Keys

	// Listener takes the callbacks; it must be on loopback, see [CallbackURL]. Nil: only polling. [CMS.Run] closes it.
	Listener net.Listener
	Secret   string // of the callbacks; required with a Listener

	Decide func(Received) Decision // nil accepts everything; called from one goroutine
	Poll   time.Duration           // between two polls, the first is at once; 0 is a minute
	Folder string                  // keeps each submission in a folder of its own; "" keeps them in memory only
	Log    *slog.Logger            // nil logs nothing
}

// Received is a submission that was decided, or for [Config.Decide] one that is to be.
type Received struct {
	client.Ref
	Submission *client.Fetched // nil if it did not pass the checks: then nothing of its content was handed out
	Problems   []set.Problem   // why it was rejected, by the checks or by Decide
	Outcome    client.State    // Accepted, Rejected, Forwarded; Submitted if it was left alone
	Callback   bool            // noticed by callback, else by polling
	Folder     string          // where it is kept, "" for in memory only
	At         time.Time
}

// Decision is what becomes of a submission that passed all checks. The zero Decision is [Leave].
type Decision struct {
	outcome  client.State
	problems []set.Problem
}

// Accept takes the submission.
func Accept() Decision { return Decision{outcome: client.Accepted} }

// Reject refuses it, for at least one reason; see [client.Code].
func Reject(problems ...set.Problem) Decision {
	return Decision{outcome: client.Rejected, problems: problems}
}

// Forward says that it was passed on and the decision is still to come.
func Forward() Decision { return Decision{outcome: client.Forwarded} }

// Leave says nothing, and the broker waits on.
func Leave() Decision { return Decision{} }

// CMS is a running case-management system.
type CMS struct {
	config     Config
	subscriber *client.Subscriber
	now        func() time.Time
	log        *slog.Logger

	wake chan struct{} // holds one element while there is something pending

	known map[client.SubmissionID]*progress // owned by the goroutine of Run

	mu       sync.Mutex
	pending  []notice
	received []Received
	waiting  map[client.SubmissionID][]chan Received
}

// notice is a submission that somebody named.
type notice struct {
	ref      client.Ref
	callback bool
}

// progress is how far a submission came.
type progress struct {
	received Received
	decision *Decision // made, and perhaps not yet known to the broker
	done     bool
}

const defaultPoll = time.Minute

// New checks the Config and starts nothing.
func New(config Config) (*CMS, error) {
	c, err := client.New(config.Client)
	if err != nil {
		return nil, err
	}
	subscriber, err := c.Subscriber(config.Destinations)
	if err != nil {
		return nil, err
	}
	if config.Listener != nil {
		if err := errors.Join(checkLoopback(config.Listener), hook.CheckSecret(config.Secret)); err != nil {
			return nil, err
		}
	}
	if config.Poll <= 0 {
		config.Poll = defaultPoll
	}
	s := &CMS{
		config: config, subscriber: subscriber, now: config.Client.Now, log: config.Log, wake: make(chan struct{}, 1),
		known: map[client.SubmissionID]*progress{}, waiting: map[client.SubmissionID][]chan Received{},
	}
	if s.now == nil {
		s.now = time.Now
	}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	return s, nil
}

func checkLoopback(l net.Listener) error {
	address, ok := l.Addr().(*net.TCPAddr)
	if !ok || !address.IP.IsLoopback() {
		return fmt.Errorf("callback listener: expected an address on loopback, found %s", l.Addr())
	}
	return nil
}

// Run works until ctx ends, and then returns nil. An error means that callbacks cannot be taken any more.
func (s *CMS) Run(ctx context.Context) error {
	stop, failed := s.serve()
	defer stop()
	tick := time.NewTicker(s.config.Poll)
	defer tick.Stop()
	s.poll(ctx)
	for {
		s.work(ctx)
		select {
		case <-ctx.Done():
			return nil
		case err := <-failed:
			return err
		case <-tick.C:
			s.poll(ctx)
		case <-s.wake:
		}
	}
}

// Received returns what was decided so far, in this order.
func (s *CMS) Received() []Received {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.received)
}

// Wait returns a submission as soon as it is decided, or the error of ctx.
func (s *CMS) Wait(ctx context.Context, id client.SubmissionID) (Received, error) {
	select {
	case r := <-s.notify(id):
		return r, nil
	case <-ctx.Done():
		return Received{}, fmt.Errorf("wait for submission %s: %w", id, ctx.Err())
	}
}

// notify returns a channel on which the submission comes.
func (s *CMS) notify(id client.SubmissionID) <-chan Received {
	arrived := make(chan Received, 1)
	s.mu.Lock()
	defer s.mu.Unlock()
	at := slices.IndexFunc(s.received, func(r Received) bool { return r.SubmissionID == id })
	if at >= 0 {
		arrived <- s.received[at]
		return arrived
	}
	s.waiting[id] = append(s.waiting[id], arrived)
	return arrived
}

func (s *CMS) publish(r Received) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.received = append(s.received, r)
	for _, arrived := range s.waiting[r.SubmissionID] {
		arrived <- r
	}
	delete(s.waiting, r.SubmissionID)
}

// note remembers that somebody named submissions, and returns at once.
func (s *CMS) note(callback bool, refs ...client.Ref) {
	s.mu.Lock()
	for _, ref := range refs {
		s.pending = append(s.pending, notice{ref, callback})
	}
	s.mu.Unlock()
	select {
	case s.wake <- struct{}{}:
	default: // it is awake already
	}
}

// take returns what is pending and forgets it.
func (s *CMS) take() []notice {
	s.mu.Lock()
	defer s.mu.Unlock()
	pending := s.pending
	s.pending = nil
	return pending
}
