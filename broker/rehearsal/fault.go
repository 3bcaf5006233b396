package rehearsal

import (
	"time"

	"github.com/vierkant/vierkant/broker"
)

// Kind says what goes wrong.
type Kind string

// The kinds; see the package.
const (
	Unavailable    Kind = "unavailable"
	ExpiredToken   Kind = "expired-token"
	CallbackFailed Kind = "callback-failed"
	CallbackLate   Kind = "callback-late"
	CallbackTwice  Kind = "callback-twice"
)

// Kinds returns all.
func Kinds() []Kind {
	return []Kind{Unavailable, ExpiredToken, CallbackFailed, CallbackLate, CallbackTwice}
}

func (k Kind) isCallback() bool {
	return k == CallbackFailed || k == CallbackLate || k == CallbackTwice
}

// ID names a fault of a node.
type ID string

// Fault is something that goes wrong on request.
type Fault struct {
	ID   ID
	Kind Kind

	// Client is the only one it concerns; none: all. Of callbacks, it is the sender that is called, or a client that is assigned to the
	// destination that is.
	Client broker.ClientID

	Next  int     // how many it still concerns; 0: any number
	Share float64 // of those it concerns, at random; above 0, at most 1

	// Time is, by kind: how long Retry-After says; how old a token has to be; how late a callback is.
	Time time.Duration
	// Times is how often a callback is made that is made more than once, at least 2.
	Times int

	Until time.Time // ends then
	Hits  int       // how many it concerned so far
}

// Bounds of what may be asked for.
const (
	longestFault = 7 * 24 * time.Hour
	longestTime  = 24 * time.Hour
	mostTimes    = 10
)

// Defaults of what was left out.
const (
	usualEnd        = 10 * time.Minute
	usualEndOfNext  = time.Hour // the client that it waits for may take its time
	usualRetryAfter = 2 * time.Second
	usualLateness   = 30 * time.Second
	usualTimes      = 2
)

// withDefaults fills in what was left out. Until is a time already if it was given.
func (f Fault) withDefaults(now time.Time) Fault {
	if f.Share == 0 {
		f.Share = 1
	}
	if f.Until.IsZero() {
		f.Until = now.Add(usualEnd)
		if f.Next > 0 {
			f.Until = now.Add(usualEndOfNext)
		}
	}
	switch {
	case f.Kind == Unavailable && f.Time == 0:
		f.Time = usualRetryAfter
	case f.Kind == CallbackLate && f.Time == 0:
		f.Time = usualLateness
	case f.Kind == CallbackTwice && f.Times == 0:
		f.Times = usualTimes
	}
	return f
}

// check refuses what makes no fault, or one that does not end.
func (f Fault) check(now time.Time) error {
	invalid := func(detail string, args ...any) error { return broker.Invalid.New("bad-request", detail, args...) }
	switch {
	case !f.Kind.known():
		return invalid("there is no fault %q: it is one of %v", f.Kind, Kinds())
	case f.Next < 0:
		return invalid("a fault concerns the next 1 or more, not %d", f.Next)
	case !(f.Share > 0 && f.Share <= 1): // NaN is none either
		return invalid("a share is above 0 and at most 1, not %v", f.Share)
	case !f.Until.After(now) || f.Until.After(now.Add(longestFault)):
		return invalid("a fault ends in the next %s, not at %s", longestFault, f.Until.UTC().Format(time.RFC3339))
	case f.Time < 0 || f.Time > longestTime:
		return invalid("the time of a fault is at most %s, not %s", longestTime, f.Time)
	case f.Time != 0 && (f.Kind == CallbackFailed || f.Kind == CallbackTwice):
		return invalid("%s takes no time", f.Kind)
	case f.Kind == CallbackTwice && (f.Times < 2 || f.Times > mostTimes):
		return invalid("a repeated callback is made 2 to %d times, not %d", mostTimes, f.Times)
	case f.Kind != CallbackTwice && f.Times != 0:
		return invalid("only %s takes a number of times", CallbackTwice)
	}
	return nil
}

func (k Kind) known() bool {
	for _, one := range Kinds() {
		if k == one {
			return true
		}
	}
	return false
}
