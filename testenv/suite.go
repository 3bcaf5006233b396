package testenv

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
)

// Case is one thing that a broker of this contract does, judged from outside: over HTTP, with the credentials of a world, by raw
// requests and not by our own client, so that client and broker cannot agree on a mistake.
//
// Cases are data. Each makes its own submissions, and destinations where it changes one, counts nothing that others could
// change, and holds on a broker that others use at the same time; so all of them but those that move the clock may run at once, in any order. Rejected: a test function
// per case, which only "go test" could run and which would link package testing into the program.
type Case struct {
	Number int    // conformance case of FIT-Connect contract 15; 0 for what is ours beyond them
	Name   string // what is asked of the broker

	// MovesClock says that it moves the clock of deadlines: whatever else goes on meets its end, so it runs when nothing else does.
	MovesClock bool

	// Run returns what is wrong, nil for nothing, or an error that is ErrSkipped if this world cannot show it.
	Run func(ctx context.Context, s *Session) error
}

// String names the case in a report, its number first.
func (c Case) String() string { return fmt.Sprintf("%03d %s", c.Number, c.Name) }

// ErrSkipped is the kind of error of a case that did not run.
var ErrSkipped = errors.New("skipped")

// skipped is why a case did not run, which is what the world lacks.
type skipped string

func (s skipped) Error() string { return "skipped: " + string(s) }

// Is makes it an [ErrSkipped].
func (s skipped) Is(target error) bool { return target == ErrSkipped }

// Suite returns all cases: at least one of each number of the contract.
func Suite() []Case {
	return slices.Concat(
		tokenCases(), fairUseCases(), generalCases(), pathCases(),
		destinationCases(), destinationRefusals(), keyCases(), keyRefusals(), statusCases(),
		announceCases(), announceRefusals(), uploadCases(), uploadRefusals(), submitCases(), submitRefusals(),
		pickupCases(), eventCases(), eventRefusals(), callbackCases(),
		routeCases(), routeRefusals(), areaCases(), sampleCases(), describedCases(),
		firstCases(), caseCases(), diagnosisCases(), replyCases(), repeatCases(), generationCases(), deadlineCases(),
	)
}

// conform makes a case of the contract's list.
func conform(number int, name string, run func(*trial)) Case {
	return Case{Number: number, Name: name, Run: func(ctx context.Context, s *Session) error {
		t := &trial{Session: s, ctx: ctx}
		defer t.cleanUp()
		t.attempt(run)
		return t.err
	}}
}

// conformMoving makes a case of the contract's list that moves the clock.
func conformMoving(number int, name string, run func(*trial)) Case {
	c := conform(number, name, func(t *trial) {
		t.needsClock()
		run(t)
	})
	c.MovesClock = true
	return c
}

// attempt runs a case that may meet answers nobody thought of: what they break is this case and not the whole run.
func (t *trial) attempt(run func(*trial)) {
	defer func() {
		if broken := recover(); broken != nil {
			t.fail("the case could not go on with what it got: %v", broken)
		}
	}()
	run(t)
}

// own makes a case that is not in the contract's list.
func own(name string, run func(*trial)) Case { return conform(0, name, run) }

// trial is one run of a case: a conversation that its first failure ends. It remembers that failure, and from then on every call and
// every check does nothing and gives zero values, so that a case reads like what it asks for.
type trial struct {
	*Session
	ctx   context.Context // of this one run, which the trial does not outlive
	err   error
	later []func()
}

// fail ends the trial.
func (t *trial) fail(format string, args ...any) {
	if t.err == nil {
		t.err = fmt.Errorf(format, args...)
	}
}

// must ends the trial if there is an error.
func (t *trial) must(doing string, err error) {
	if err != nil {
		t.fail("%s: %w", doing, err)
	}
}

// skip ends the trial because the world cannot show what is asked for.
func (t *trial) skip(why string) { t.fail("%w", skipped(why)) }

// ended reports whether nothing more is to be done.
func (t *trial) ended() bool { return t.err != nil }

// atEnd has something done when the case is over.
func (t *trial) atEnd(f func()) { t.later = append(t.later, f) }

func (t *trial) cleanUp() {
	for _, f := range slices.Backward(t.later) {
		f()
	}
}

// equal compares two texts, numbers or truth values.
func equal[T comparable](t *trial, what string, got, want T) {
	if got != want {
		t.fail("%s: got %v, want %v", what, got, want)
	}
}

// holds asks for a condition that says itself what it is.
func (t *trial) holds(condition bool, want string, args ...any) {
	if !condition {
		t.fail("want "+want, args...)
	}
}

// sameTexts compares without regard to order.
func (t *trial) sameTexts(what string, got, want []string) {
	got, want = slices.Sorted(slices.Values(got)), slices.Sorted(slices.Values(want))
	if !slices.Equal(got, want) {
		t.fail("%s: got %q, want %q", what, got, want)
	}
}

// together runs several conversations at the same time and waits for all.
func (t *trial) together(parts ...func(*trial)) {
	var group sync.WaitGroup
	all := make([]*trial, len(parts))
	for i, part := range parts {
		all[i] = &trial{Session: t.Session, ctx: t.ctx, err: t.err}
		group.Go(func() { all[i].attempt(part) })
	}
	group.Wait()
	for _, one := range all {
		t.must("at the same time", one.err)
	}
}
