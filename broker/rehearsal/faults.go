package rehearsal

import (
	"errors"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/vierkant/vierkant/broker"
)

// mostFaults bounds how many a request is held against.
const mostFaults = 100

// Config is what Faults need.
type Config struct {
	Now    func() time.Time // wall clock; required
	Random func() float64   // in [0,1); nil is that of math/rand
}

// Faults are those of one node.
type Faults struct {
	cfg  Config
	some atomic.Bool // whether there is any: almost always there is none, and a request must not wait to learn that

	mu  sync.Mutex
	all []Fault // guarded by mu; in the order in which they were asked for
}

// New returns no faults.
func New(cfg Config) (*Faults, error) {
	if cfg.Now == nil {
		return nil, errors.New("rehearsal: config lacks Now")
	}
	if cfg.Random == nil {
		cfg.Random = rand.Float64
	}
	return &Faults{cfg: cfg}, nil
}

// Add begins a fault and returns it as it is in force. Errors: Invalid, Conflict when there are too many.
func (s *Faults) Add(f Fault) (Fault, error) {
	now := s.cfg.Now()
	f = f.withDefaults(now)
	if err := f.check(now); err != nil {
		return Fault{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.forget(now)
	if len(s.all) == mostFaults {
		return Fault{}, broker.Conflict.New("conflict", "there are %d faults already: clear some", mostFaults)
	}
	f.ID, f.Hits = broker.NewID[ID](), 0
	s.all = append(s.all, f)
	s.some.Store(true)
	return f, nil
}

// List returns those that have not ended.
func (s *Faults) List() []Fault {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.forget(s.cfg.Now())
	return slices.Clone(s.all)
}

// Clear ends a fault, or all under "", and returns those that it ended. Errors: NotFound.
func (s *Faults) Clear(id ID) (ended []Fault, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.forget(s.cfg.Now())
	kept := s.all[:0:0]
	for _, f := range s.all {
		if id == "" || f.ID == id {
			ended = append(ended, f)
		} else {
			kept = append(kept, f)
		}
	}
	if id != "" && ended == nil {
		return nil, broker.NotFound.New("not-found", "there is no fault %s: it may have ended by itself", id)
	}
	s.all = kept
	s.some.Store(len(kept) > 0)
	return ended, nil
}

// forget drops those that have ended. The caller holds mu.
func (s *Faults) forget(now time.Time) {
	s.all = slices.DeleteFunc(s.all, func(f Fault) bool { return !now.Before(f.Until) || f.Next < 0 })
	s.some.Store(len(s.all) > 0)
}

// hit returns the first fault of the kind that concerns what is asked about, and counts it. Concerns is asked while mu is held, so it waits for
// nothing.
func (s *Faults) hit(kind Kind, concerns func(Fault) bool) (Fault, bool) {
	if !s.some.Load() {
		return Fault{}, false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.forget(s.cfg.Now())
	for i := range s.all {
		f := &s.all[i]
		if f.Kind == kind && concerns(*f) && (f.Share == 1 || s.cfg.Random() < f.Share) {
			return f.count(), true
		}
	}
	return Fault{}, false
}

// count counts one that a fault concerned; the last of its number marks it as over.
func (f *Fault) count() Fault {
	f.Hits++
	if f.Next > 0 {
		if f.Next--; f.Next == 0 {
			f.Next = -1
		}
	}
	return *f
}

// Refused returns an error for a request of a client, or of nobody known, that is to fail, and after how long it may be repeated. Errors:
// Unavailable.
func (s *Faults) Refused(client broker.ClientID) (retryAfter time.Duration, err error) {
	f, refused := s.hit(Unavailable, func(f Fault) bool { return f.Client == "" || f.Client == client })
	if !refused {
		return 0, nil
	}
	return f.Time, broker.Unavailable.New("rehearsal", "a rehearsal: this request fails because the operator of this test environment was asked for it")
}

// Expired says whether an access token that a client got at a time is to be taken as expired.
func (s *Faults) Expired(client broker.ClientID, issued time.Time) bool {
	_, expired := s.hit(ExpiredToken, func(f Fault) bool {
		return (f.Client == "" || f.Client == client) && s.cfg.Now().Sub(issued) >= f.Time
	})
	return expired
}

// Callback is what goes wrong with a call.
type Callback struct {
	Until time.Time // it is put aside until then, if that is to come
	Lost  bool      // it is not made, as if nobody had answered
	Times int       // how often it is made; 0 is once
}

// Kind is that of the fault; none: nothing goes wrong.
func (c Callback) Kind() Kind {
	switch {
	case !c.Until.IsZero():
		return CallbackLate
	case c.Lost:
		return CallbackFailed
	case c.Times > 1:
		return CallbackTwice
	}
	return ""
}

// Callback says what goes wrong with a callback that is owed since a time. Mine reports whether a client is one of those that are told by it.
func (s *Faults) Callback(owed time.Time, mine func(broker.ClientID) bool) (c Callback) {
	concerns := func(f Fault) bool { return f.Client == "" || mine(f.Client) }
	late := func(f Fault) bool { return concerns(f) && s.cfg.Now().Before(owed.Add(f.Time)) }
	if f, is := s.hit(CallbackLate, late); is {
		return Callback{Until: owed.Add(f.Time)}
	}
	if _, is := s.hit(CallbackFailed, concerns); is {
		return Callback{Lost: true}
	}
	if f, is := s.hit(CallbackTwice, concerns); is {
		return Callback{Times: f.Times}
	}
	return Callback{}
}

// OfCallbacks reports whether there is a fault of callbacks at all: who asks about one has to find out first whom it tells.
func (s *Faults) OfCallbacks() bool {
	if !s.some.Load() {
		return false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.ContainsFunc(s.all, func(f Fault) bool { return f.Kind.isCallback() })
}
