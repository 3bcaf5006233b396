package fair

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
)

// hall is Turns with a list of who came in.
type hall struct {
	*Turns[string]
	t       *testing.T
	mu      sync.Mutex
	entered []string
	inside  []func()
}

// come lets somebody wait for a turn, and returns when it waits or is inside.
func (h *hall) come(ctx context.Context, who string, weight int64) <-chan error {
	ended := make(chan error, 1)
	go func() {
		leave, err := h.Enter(ctx, who, weight)
		if err == nil {
			h.mu.Lock()
			defer h.mu.Unlock()
			h.entered, h.inside = append(h.entered, who), append(h.inside, leave)
		}
		ended <- err
	}()
	synctest.Wait()
	return ended
}

// leave lets the one go that has been inside for longest.
func (h *hall) leave() {
	h.mu.Lock()
	first := h.inside[0]
	h.inside = h.inside[1:]
	h.mu.Unlock()
	first()
	synctest.Wait()
}

func (h *hall) want(who ...string) {
	h.t.Helper()
	h.mu.Lock()
	defer h.mu.Unlock()
	if !slices.Equal(h.entered, who) {
		h.t.Errorf("got in: %v, want %v", h.entered, who)
	}
}

// empty checks that nothing is left over.
func (h *hall) empty() {
	h.t.Helper()
	for len(h.inside) > 0 {
		h.leave()
	}
	if h.taken != 0 || len(h.lines) != 0 || len(h.order) != 0 {
		h.t.Errorf("got %d taken, %d askers, %d lines, want nothing left", h.taken, len(h.lines), len(h.order))
	}
}

func inHall(t *testing.T, room int64, each int, do func(*testing.T, *hall)) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := &hall{Turns: NewTurns[string](room, each), t: t}
		do(t, h)
		h.empty()
	})
}

// However many one sends, who comes later waits for one of them, and then everybody has its turn.
func TestTurnsGoRound(t *testing.T) {
	inHall(t, 1, 1, func(t *testing.T, h *hall) {
		ctx := t.Context()
		for range 10 {
			h.come(ctx, "flood", 1)
		}
		for range 2 {
			h.come(ctx, "a", 1)
			h.come(ctx, "b", 1)
		}
		for range 7 {
			h.leave()
		}
		h.want("flood", "flood", "a", "b", "flood", "a", "b", "flood")
	})
}

// With more room than one may have, others do not wait at all.
func TestTurnsOfOneAreBounded(t *testing.T) {
	inHall(t, 4, 2, func(t *testing.T, h *hall) {
		ctx := t.Context()
		for range 4 {
			h.come(ctx, "flood", 1)
		}
		h.come(ctx, "a", 1)
		h.come(ctx, "b", 1)
		h.want("flood", "flood", "a", "b")
		h.leave()
		h.want("flood", "flood", "a", "b", "flood")
	})
}

// What is large gets in although what is small would fit before it, and what is larger than all room takes all of it.
func TestTurnsOfWeight(t *testing.T) {
	inHall(t, 10, 5, func(t *testing.T, h *hall) {
		ctx := t.Context()
		h.come(ctx, "a", 6)
		h.come(ctx, "large", 99)
		h.come(ctx, "b", 1)
		h.want("a")
		h.leave()
		h.want("a", "large")
		h.leave()
		h.want("a", "large", "b")
	})
}

// Who goes away is told why it waited, and lets those behind it in.
func TestTurnsTakenBack(t *testing.T) {
	inHall(t, 10, 1, func(t *testing.T, h *hall) {
		patient := t.Context()
		ctx, leave := context.WithCancel(t.Context())
		h.come(patient, "a", 5)
		own := h.come(ctx, "a", 1)
		full := h.come(ctx, "large", 9)
		h.come(patient, "b", 1)
		h.want("a")
		leave()
		synctest.Wait()
		h.want("a", "b")
		if err := <-own; !errors.Is(err, ErrShare) {
			t.Errorf("got %v, want %v", err, ErrShare)
		}
		if err := <-full; !errors.Is(err, ErrFull) {
			t.Errorf("got %v, want %v", err, ErrFull)
		}
	})
}

// Many at once, some of which go away, leave nothing behind and are never too many.
func TestTurnsOfMany(t *testing.T) {
	t.Parallel()
	const room, each = 7, 2
	turns := NewTurns[int](room, each)
	var (
		mu     sync.Mutex
		inside = map[int]int{}
		weight int64
		group  sync.WaitGroup
	)
	count := func(who int, by int, w int64) {
		mu.Lock()
		defer mu.Unlock()
		inside[who] += by
		if weight += w; weight > room || inside[who] > each {
			t.Errorf("got a weight of %d and %d of one", weight, inside[who])
		}
	}
	for i := range 200 {
		group.Go(func() {
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			if i%3 == 0 {
				go cancel()
			}
			who, w := i%5, int64(i%4+1)
			leave, err := turns.Enter(ctx, who, w)
			if err != nil {
				return
			}
			count(who, 1, w)
			count(who, -1, -w)
			leave()
		})
	}
	group.Wait()
	if turns.taken != 0 || len(turns.lines) != 0 || len(turns.order) != 0 {
		t.Errorf("got %d taken, %d askers, want nothing left", turns.taken, len(turns.lines))
	}
}
