package storetest

import (
	"context"
	"errors"
	"sync"
	"testing"

	"github.com/vierkant/vierkant/broker"
)

// memory is a store on the model. wrap, where there is one, comes between a function and the model.
type memory struct {
	writer sync.Mutex // held while an Update runs
	mu     sync.Mutex // guards what follows
	at     *model
	closed bool

	wrap func(broker.Tx) broker.Tx
}

var errClosed = errors.New("the store is closed")

func (s *memory) now() (*model, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil, errClosed
	}
	return s.at, nil
}

func (s *memory) tx(m *model) broker.Tx {
	if s.wrap == nil {
		return m
	}
	return s.wrap(m)
}

func (s *memory) View(ctx context.Context, fn func(broker.Tx) error) error {
	m, err := s.now()
	if err := errors.Join(err, ctx.Err()); err != nil {
		return err
	}
	return fn(s.tx(m.clone(true)))
}

func (s *memory) Update(ctx context.Context, fn func(broker.Tx) error) error {
	s.writer.Lock()
	defer s.writer.Unlock()
	m, err := s.now()
	if err := errors.Join(err, ctx.Err()); err != nil {
		return err
	}
	m = m.clone(false)
	if err := recovered(func() error { return fn(s.tx(m)) }); err != nil {
		return err
	}
	s.commit(m)
	return nil
}

func (s *memory) commit(m *model) {
	s.mu.Lock()
	s.at = m
	s.mu.Unlock()
	for _, fn := range m.hooks {
		fn()
	}
}

func (s *memory) Close() error {
	s.writer.Lock()
	defer s.writer.Unlock()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
	return nil
}

// inMemory opens stores that find again what the one before kept for the same folder.
func inMemory(wrap func(broker.Tx) broker.Tx) func(t testing.TB, dir string) broker.Store {
	var mu sync.Mutex
	kept := map[string]*memory{}
	return func(_ testing.TB, dir string) broker.Store {
		mu.Lock()
		defer mu.Unlock()
		at := &model{}
		if before := kept[dir]; before != nil {
			at = before.at
		}
		kept[dir] = &memory{at: at, wrap: wrap}
		return kept[dir]
	}
}

// TestModel has the model pass the contract.
func TestModel(t *testing.T) {
	t.Parallel()
	TestStore(t, inMemory(nil))
}
