package bolt

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"

	"go.etcd.io/bbolt"

	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/broker/transfer"
)

// Alone is the file of a store that nobody serves, opened to be moved.
type Alone struct {
	s     *Store // without its committer
	wrote bool
}

var _ transfer.Store = (*Alone)(nil)

// OpenAlone opens a file to be moved from or to, whatever its mark. One that another process has open is refused.
func OpenAlone(cfg Config) (*Alone, error) {
	s, err := openMarked(cfg, func(*bbolt.Tx) error { return nil })
	if errors.Is(err, errElsewhere) {
		return nil, fmt.Errorf("%w: %w", transfer.ErrInUse, err)
	}
	if err != nil {
		return nil, err
	}
	return &Alone{s: s}, nil
}

// Close lets others open the file.
func (a *Alone) Close() error {
	var err error
	if a.wrote {
		err = a.s.saveFreelist()
	}
	if err := errors.Join(err, a.s.db.Close()); err != nil {
		return fmt.Errorf("close store: %w", err)
	}
	return nil
}

// refuseMarked refuses a file that a move keeps from being served.
func refuseMarked(b *bbolt.Tx) error {
	m, err := markOf(b)
	if err != nil {
		return err
	}
	return m.Refusal()
}

const moveKey = "move" // in meta

func markOf(b *bbolt.Tx) (m transfer.Mark, err error) {
	raw := b.Bucket([]byte(layout[meta].name)).Get([]byte(moveKey))
	if raw == nil {
		return m, nil
	}
	if err := json.Unmarshal(raw, &m); err != nil {
		return m, fmt.Errorf("the mark of a move cannot be read: %w", err)
	}
	return m, nil
}

// Mark implements transfer.Store.
func (a *Alone) Mark(ctx context.Context) (m transfer.Mark, err error) {
	err = a.view(ctx, func(t *tx) (err error) {
		m, err = markOf(t.b)
		return err
	})
	return m, err
}

// SetMark implements transfer.Store.
func (a *Alone) SetMark(ctx context.Context, m transfer.Mark) error {
	return a.update(ctx, func(t *tx) error {
		if m.State == transfer.Arriving {
			if err := t.renewBodyNames(); err != nil {
				return err
			}
		}
		return t.mark(m)
	})
}

// renewBodyNames has the numbers of bodies go on where none ever was: those that come here have names that a store of this kind may have given,
// as those may have that it gave and deleted. Numbers count bodies, so they never catch up with the nanoseconds since 1970.
func (t *tx) renewBodyNames() error {
	return t.bucket(bodies).SetSequence(max(t.bucket(bodies).Sequence(), uint64(t.now().UnixNano())))
}

func (t *tx) mark(m transfer.Mark) error { return t.save(meta, []byte(moveKey), m) }

// IsEmpty implements transfer.Store.
func (a *Alone) IsEmpty(ctx context.Context) (empty bool, err error) {
	err = a.view(ctx, func(t *tx) error {
		empty = true
		for k := range bucketCount {
			first, _ := t.bucket(k).Cursor().First()
			empty = empty && (k == meta || first == nil)
		}
		return nil
	})
	return empty, err
}

// errLeft ends an export that nobody reads on.
var errLeft = errors.New("the loop was left")

// Export implements transfer.Store.
func (a *Alone) Export(ctx context.Context, kind transfer.Kind, skip int64) iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) {
		err := a.view(ctx, func(t *tx) error {
			read, known := exports[kind]
			if !known {
				return fmt.Errorf("this store keeps no %s", kind)
			}
			return read(t, emitter(ctx, skip, yield))
		})
		if err != nil && !errors.Is(err, errLeft) {
			yield(nil, err)
		}
	}
}

// emit takes the next row of an export, which is made only if somebody wants it.
type emit func(row func() (any, error)) error

func emitter(ctx context.Context, skip int64, yield func([]byte, error) bool) emit {
	return func(row func() (any, error)) error {
		if skip > 0 {
			skip--
			return ctx.Err()
		}
		value, err := row()
		if err != nil {
			return err
		}
		raw, err := transfer.Encode(value)
		if err != nil {
			return err
		}
		if !yield(raw, nil) {
			return errLeft
		}
		return ctx.Err()
	}
}

// Import implements transfer.Store.
func (a *Alone) Import(ctx context.Context, batch transfer.Batch) error {
	write, known := imports[batch.Kind]
	if !known {
		return fmt.Errorf("this store keeps no %s", batch.Kind)
	}
	return a.update(ctx, func(t *tx) error {
		for _, row := range batch.Rows {
			if err := write(t, row); err != nil {
				return err
			}
		}
		return t.mark(batch.Mark)
	})
}

// View reads what is in the file as broker.Store.View does.
func (a *Alone) View(ctx context.Context, fn func(broker.Tx) error) error {
	return a.view(ctx, func(t *tx) error { return fn(t) })
}

func (a *Alone) view(ctx context.Context, fn func(*tx) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	return guarded(func() error {
		return a.s.db.View(func(b *bbolt.Tx) error { return fn(&tx{b: b, memo: &a.s.memo, now: a.s.now}) })
	})
}

func (a *Alone) update(ctx context.Context, fn func(*tx) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	a.wrote = true
	return guarded(func() error {
		return a.s.db.Update(func(b *bbolt.Tx) error { return fn(&tx{b: b, memo: &a.s.memo, now: a.s.now}) })
	})
}
