package fair

import (
	"context"
	"errors"
	"slices"
	"sync"
)

// Why somebody was not let in before ctx ended.
var (
	ErrShare = errors.New("all that one may have is taken by himself")
	ErrFull  = errors.New("all there is is taken")
)

// Turns lets only so much in at once, and of each asker only so many. Who waits is served turn by turn: one of each, in the order in which
// they came, and then again one of each. However much one sends, another waits for at most one of his. Whose turn it is and for whom
// there is no room yet holds up the rest, or what is large would never get in.
//
// Rejected: one queue for all (what one sends in a moment is before all that come later), and a share of the room for everybody
// who asks (most of it would stand empty).
type Turns[K comparable] struct {
	room int64
	each int

	mu    sync.Mutex // guards what follows
	taken int64
	lines map[K]*line[K]
	order []*line[K] // those in which somebody waits, the next first
}

// line is one asker, while he has or wants something.
type line[K comparable] struct {
	who     K
	inside  int
	waiting []*turn
}

// turn is one that waits.
type turn struct {
	weight int64
	come   chan struct{} // closed under mu
}

// NewTurns has so much room, for so many of each asker. Both are positive.
func NewTurns[K comparable](room int64, each int) *Turns[K] {
	return &Turns[K]{room: room, each: each, lines: make(map[K]*line[K])}
}

// Enter waits for room for weight; what weighs more than all room takes all of it. The caller calls leave once when it is done.
// When ctx ends first, the error is ErrShare if the asker has all that one may have, else ErrFull.
func (t *Turns[K]) Enter(ctx context.Context, who K, weight int64) (leave func(), err error) {
	own := &turn{weight: min(weight, t.room), come: make(chan struct{})}
	t.queue(who, own)
	select {
	case <-own.come:
	case <-ctx.Done():
		if err := t.quit(who, own); err != nil {
			return nil, err
		}
	}
	return func() { t.leave(who, own) }, nil
}

func (t *Turns[K]) queue(who K, own *turn) {
	t.mu.Lock()
	defer t.mu.Unlock()
	l, known := t.lines[who]
	if !known {
		l = &line[K]{who: who}
		t.lines[who] = l
	}
	if len(l.waiting) == 0 {
		t.order = append(t.order, l)
	}
	l.waiting = append(l.waiting, own)
	t.admit()
}

// quit takes back a turn that has not come, and returns why; nil if it has come in this moment.
func (t *Turns[K]) quit(who K, own *turn) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	l := t.lines[who]
	i := slices.Index(l.waiting, own)
	if i < 0 {
		return nil
	}
	l.waiting = slices.Delete(l.waiting, i, i+1)
	err := ErrFull
	if l.inside >= t.each {
		err = ErrShare
	}
	t.settle(l)
	t.admit() // it may have held up others
	return err
}

func (t *Turns[K]) leave(who K, own *turn) {
	t.mu.Lock()
	defer t.mu.Unlock()
	l := t.lines[who]
	l.inside--
	t.taken -= own.weight
	t.settle(l)
	t.admit()
}

// admit lets in whoever's turn it is, as long as there is room.
func (t *Turns[K]) admit() {
	for {
		i := slices.IndexFunc(t.order, func(l *line[K]) bool { return l.inside < t.each })
		if i < 0 || t.taken+t.order[i].waiting[0].weight > t.room {
			return
		}
		t.enter(t.order[i])
	}
}

// enter lets the first of a line in; the others of it wait behind all other lines.
func (t *Turns[K]) enter(l *line[K]) {
	first := l.waiting[0]
	l.waiting = l.waiting[1:]
	l.inside++
	t.taken += first.weight
	t.order = slices.DeleteFunc(t.order, func(other *line[K]) bool { return other == l })
	if len(l.waiting) > 0 {
		t.order = append(t.order, l)
	}
	close(first.come)
}

// settle forgets a line in which nobody waits, and its asker if he has nothing either.
func (t *Turns[K]) settle(l *line[K]) {
	if len(l.waiting) > 0 {
		return
	}
	t.order = slices.DeleteFunc(t.order, func(other *line[K]) bool { return other == l })
	if l.inside == 0 {
		delete(t.lines, l.who)
	}
}
