package transfer

import (
	"context"
	"crypto/rand"
	"fmt"
	"time"
)

// Move is a move that may be made: nothing is changed before Run.
type Move struct {
	from, to       Side
	source, target Mark
	report         func(Step)
	now            func() time.Time
}

// Config says what is moved where.
type Config struct {
	From, To Side
	Report   func(Step)       // is told how far the move is; nil: nobody
	Now      func() time.Time // nil is time.Now
}

// Step is how far a move is.
type Step struct {
	Verifying bool // copying before
	Kind      Kind
	Progress
	Finished bool // of this kind
}

// Plan finds out what there is to do, and refuses what must not be done.
func Plan(ctx context.Context, cfg Config) (*Move, error) {
	m := &Move{from: cfg.From, to: cfg.To, report: cfg.Report, now: cfg.Now}
	if m.report == nil {
		m.report = func(Step) {}
	}
	if m.now == nil {
		m.now = time.Now
	}
	var err error
	if m.source, err = m.from.Store.Mark(ctx); err != nil {
		return nil, err
	}
	if m.target, err = m.to.Store.Mark(ctx); err != nil {
		return nil, err
	}
	if m.target.Done == nil {
		m.target.Done = map[Kind]Progress{}
	}
	return m, m.permitted(ctx)
}

// permitted compares the marks.
func (m *Move) permitted(ctx context.Context) error {
	same := m.target.Move == m.source.Move
	switch m.source.State {
	case Arriving, Verified:
		return fmt.Errorf("%s cannot be moved: %w", m.from.Place, m.source.Refusal())
	case Moved:
		if !same || m.target.State == Arriving {
			return fmt.Errorf("%s was moved to %s on %s: move it on from there", m.from.Place, m.source.Peer, m.source.Since.Format(time.DateOnly))
		}
		return nil
	case Moving:
		if same && m.target.State != "" {
			return nil
		}
		if m.source.Peer != m.to.Place {
			return fmt.Errorf("%s is being moved to %s, not to %s: name that one, or abandon that move", m.from.Place, m.source.Peer, m.to.Place)
		}
	}
	return m.isFree(ctx)
}

// isFree refuses a target that is somebody's.
func (m *Move) isFree(ctx context.Context) error {
	if m.target.State == Arriving || m.target.State == Verified {
		return fmt.Errorf("%s has the unfinished copy of another move, from %s: give an empty one", m.to.Place, m.target.Peer)
	}
	empty, err := m.to.Store.IsEmpty(ctx)
	if err != nil {
		return err
	}
	for _, err := range m.to.Blobs.List(ctx, "") {
		if err != nil {
			return err
		}
		empty = false
		break
	}
	if !empty || m.target.State != "" {
		return fmt.Errorf("%s has data already, and it is left as it is: give an empty one", m.to.Place)
	}
	return nil
}

// IsDone reports whether there is nothing left to do.
func (m *Move) IsDone() bool { return m.source.State == Moved && m.target.State == Arrived }

// Since returns when the last mark of the target was set.
func (m *Move) Since() time.Time { return m.target.Since }

// Run does what is left of the move, and returns what both sides hold. After an error it may be planned and run again.
func (m *Move) Run(ctx context.Context) ([]Digest, error) {
	if m.IsDone() {
		return m.target.Result, nil
	}
	if err := m.begin(ctx); err != nil {
		return nil, err
	}
	if m.target.State == Arriving {
		if err := m.copyAll(ctx); err != nil {
			return nil, err
		}
		if err := m.verify(ctx); err != nil {
			return nil, err
		}
	}
	if m.source.State != Moved {
		if err := m.markSource(ctx, Moved); err != nil {
			return nil, err
		}
	}
	return m.target.Result, m.markTarget(ctx, Arrived)
}

// begin marks both sides, unless they are.
func (m *Move) begin(ctx context.Context) error {
	if m.source.State != Moving && m.source.State != Moved {
		m.source = Mark{Move: rand.Text()}
		if err := m.markSource(ctx, Moving); err != nil {
			return err
		}
	}
	if m.target.State != "" {
		return nil
	}
	m.target = Mark{Move: m.source.Move, Done: map[Kind]Progress{}}
	return m.markTarget(ctx, Arriving)
}

func (m *Move) markSource(ctx context.Context, s State) error {
	m.source.State, m.source.Peer, m.source.Since = s, m.to.Place, m.now().UTC()
	return m.from.Store.SetMark(ctx, m.source)
}

func (m *Move) markTarget(ctx context.Context, s State) error {
	m.target.State, m.target.Peer, m.target.Since = s, m.from.Place, m.now().UTC()
	return m.to.Store.SetMark(ctx, m.target)
}

// Abandon frees the source of a move that was not finished, so that it can be served again. The target stays unusable.
func Abandon(ctx context.Context, from Side) error {
	m, err := from.Store.Mark(ctx)
	if err != nil {
		return err
	}
	switch m.State {
	case Moving:
		return from.Store.SetMark(ctx, Mark{})
	case "", Arrived:
		return fmt.Errorf("%s is not being moved: there is nothing to abandon", from.Place)
	case Moved:
		return fmt.Errorf("%s was moved to %s, which may have taken applications since: move it back into an empty store", from.Place, m.Peer)
	}
	return fmt.Errorf("%s is the target of a move, which is given up at its source: %w", from.Place, m.Refusal())
}
