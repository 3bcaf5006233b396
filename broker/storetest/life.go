package storetest

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/vierkant/vierkant/broker"
)

// Life is what a random program writes over time, also when what was written is moved from one store to another meanwhile.
type Life struct {
	rest program
	r    *run
}

// NewLife returns the life that a seed brings.
func NewLife(seed uint64) *Life {
	p := slices.DeleteFunc(generate(thrown(seed, programBytes)), func(t transaction) bool { return t.kind == reopens })
	return &Life{p, &run{survey: survey(), model: &model{}, bodies: [2]map[int]broker.BodyID{{}, {}}}}
}

// Live runs up to n more transactions on the store that has what came before, and compares what it holds in the end.
func (l *Life) Live(store broker.Store, n int) error {
	l.r.store = store
	n = min(n, len(l.rest))
	for i, t := range l.rest[:n] {
		if err := l.r.transact(t); err != nil {
			return fmt.Errorf("in transaction %d of %d: %w\n%v", i+1, n, err, l.rest[:i+1])
		}
	}
	l.rest = l.rest[n:]
	return l.Check(store)
}

// Check compares everything that can be read with what must be there.
func (l *Life) Check(store broker.Store) error {
	l.r.store = store
	if err := l.r.transact(transaction{views, l.r.survey}); err != nil {
		return errors.Join(errors.New("the store does not hold what was written"), err)
	}
	return nil
}

// OneOfEach writes one of everything that a store keeps, events with and without a token. What is missing here is missing in tests of what must
// not forget a noun.
func OneOfEach(store broker.Store) error {
	f := new(filler)
	w := newWorld(f)
	signed := event(f, w.c.ID, 2, w.sub.ID)
	signed.Token = filled[string](f)
	return store.Update(context.Background(), func(tx broker.Tx) error { return errors.Join(w.write(tx), tx.AppendEvent(signed)) })
}
