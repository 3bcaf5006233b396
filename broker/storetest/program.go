package storetest

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"strings"

	"github.com/vierkant/vierkant/broker"
)

// program is a sequence of transactions.
type program []transaction

// transaction is what one function does, and what becomes of it.
type transaction struct {
	kind  kind
	steps []step
}

type kind int

const (
	commits kind = iota // an Update that returns nil
	fails               // an Update that returns an error after its last step
	views               // a View; a step that writes must fail in it, and is its last
	reopens             // no transaction: the store is closed and opened
)

func (k kind) String() string {
	return [...]string{"Update {", "Update that fails {", "View {", "Close, Open"}[k]
}

// step is one call of a method of Tx. ref is the model before the step: what a step takes of it, like the number of the next event,
// stays right when steps before it are dropped.
type step struct {
	text string
	call func(s side, ref *model) (any, error)
}

// side is a transaction of one of the two that are compared, and how that one calls the bodies, which steps know by number.
type side struct {
	broker.Tx
	bodies map[int]broker.BodyID
}

// write is a step that returns only whether it failed.
func write(text string, call func(s side, ref *model) error) step {
	return step{text, func(s side, ref *model) (any, error) { return nil, call(s, ref) }}
}

// read is a step that depends on nothing but the store.
func read[T any](text string, call func(tx broker.Tx) (T, error)) step {
	return step{text, func(s side, _ *model) (any, error) { return call(s) }}
}

// readPage is a step that returns a page and a total.
func readPage[T any](text string, call func(tx broker.Tx) ([]T, int, error)) step {
	return read(text, func(tx broker.Tx) (l list[T], err error) {
		l.Page, l.Total, err = call(tx)
		return l, err
	})
}

func (p program) String() string {
	var b strings.Builder
	for i, t := range p {
		fmt.Fprintf(&b, "%3d  %s\n", i+1, t.kind)
		for _, s := range t.steps {
			fmt.Fprintf(&b, "       %s\n", s.text)
		}
		if t.kind != reopens {
			b.WriteString("     }\n")
		}
	}
	return b.String()
}

// run is one execution of a program, on a store and on a model.
type run struct {
	store  broker.Store
	reopen func() (broker.Store, error)
	survey []step

	// After the last commit.
	model  *model
	bodies [2]map[int]broker.BodyID // of the store and of the model
}

// attempt is one call of the function of a transaction.
type attempt struct {
	model    *model
	bodies   [2]map[int]broker.BodyID
	mismatch error // where the two sides differ, which ends it
	followed *int  // how often what was to follow the commit ran
}

// do runs a program to its end, or until store and model differ; n is how many transactions it took.
func (r *run) do(p program) (n int, err error) {
	for i, t := range p {
		if err := r.transact(t); err != nil {
			return i + 1, fmt.Errorf("in transaction %d, %w", i+1, err)
		}
		if err := r.transact(transaction{views, r.survey}); err != nil {
			return i + 1, fmt.Errorf("after transaction %d, %w", i+1, err)
		}
	}
	return len(p), nil
}

func (r *run) transact(t transaction) (err error) {
	if t.kind == reopens {
		r.store, err = r.reopen()
		return err
	}
	var last attempt
	returned := recovered(func() error {
		return t.in(r.store)(context.Background(), func(tx broker.Tx) error {
			last = r.attempt(t, tx)
			if last.mismatch != nil || t.kind == fails {
				return errRefused
			}
			return nil
		})
	})
	if last.mismatch != nil {
		return last.mismatch
	}
	return r.settle(t, last, returned)
}

// in returns the method of a store that runs the transaction.
func (t transaction) in(s broker.Store) func(context.Context, func(broker.Tx) error) error {
	if t.kind == views {
		return s.View
	}
	return s.Update
}

// settle checks how a transaction ended, and lets the model follow.
func (r *run) settle(t transaction, last attempt, returned error) error {
	var want error
	followers := 0
	switch t.kind {
	case fails:
		want = errRefused
	case commits:
		followers = 1
		r.model, r.bodies = last.model, last.bodies
	}
	if !errors.Is(returned, want) {
		return fmt.Errorf("the whole: got error %v, want %v", returned, want)
	}
	if last.followed == nil || *last.followed != followers {
		return fmt.Errorf("what OnCommit was given did not run %d times", followers)
	}
	return nil
}

// attempt runs the steps on both sides.
func (r *run) attempt(t transaction, tx broker.Tx) attempt {
	a := attempt{
		model:    r.model.clone(t.kind == views),
		bodies:   [2]map[int]broker.BodyID{maps.Clone(r.bodies[0]), maps.Clone(r.bodies[1])},
		followed: new(int),
	}
	tx.OnCommit(func() { *a.followed++ })
	for _, s := range t.steps {
		got, gotErr := s.call(side{tx, a.bodies[0]}, a.model)
		want, wantErr := s.call(side{a.model, a.bodies[1]}, a.model)
		if diff := differ(got, gotErr, want, wantErr); diff != "" {
			a.mismatch = fmt.Errorf("%s: %s", s.text, diff)
			return a
		}
		if errors.Is(wantErr, errInView) {
			return a
		}
	}
	return a
}

// differ says what is different in two answers, "" for nothing. Of a write inside View only that it fails is promised.
func differ(got any, gotErr error, want any, wantErr error) string {
	switch {
	case errors.Is(wantErr, errInView) && gotErr != nil:
		return ""
	case wantErr != nil || gotErr != nil:
		if !errors.Is(gotErr, wantErr) || wantErr == nil {
			return fmt.Sprintf("got %s and error %v, want %s and error %v", brief(got), gotErr, brief(want), wantErr)
		}
		return ""
	case equal(got, want):
		return ""
	}
	return "(-want +got)\n" + diff(want, got)
}

func brief(v any) string {
	const most = 80
	if s := fmt.Sprintf("%+v", v); len(s) <= most {
		return s
	}
	return fmt.Sprintf("a %T", v)
}

// recovered returns a panic of fn as an error.
func recovered(fn func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = errors.Join(broker.Internal, fmt.Errorf("%v", p))
		}
	}()
	return fn()
}
