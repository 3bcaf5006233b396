package catalogues

import (
	"bytes"
	"context"
	"encoding"
	"errors"
	"fmt"
	"io"
	"sync"
	"sync/atomic"
	"time"

	"github.com/vierkant/vierkant/broker"
)

// Entries says which catalogues are stored: one entry for each, in the list of nobody.
const Entries broker.EntryKind = "catalogue"

// stored is the value of an entry.
type stored struct {
	Blob        broker.BlobID `json:"blob"`   // fresh with every import
	Digest      string        `json:"sha256"` // hexadecimal, of the blob
	Attribution string        `json:"attribution,omitempty"`
	By          string        `json:"by"`
	Imported    time.Time     `json:"imported"`
}

// shelf keeps one of the catalogues. C is its type.
type shelf[C any] struct {
	cfg     Config
	id      string // of the entry
	decode  func([]byte) (*C, error)
	current atomic.Pointer[held[C]]
	reading sync.Mutex // held from reading the store to replacing current, so that the newest wins
}

// held is a catalogue in memory.
type held[C any] struct {
	catalogue *C
	stored    stored // zero: the sample
}

func (h *held[C]) sample() bool { return h.stored.Blob == "" }

func (h *held[C]) state() State {
	return State{
		Sample: h.sample(), Digest: h.stored.Digest, Attribution: h.stored.Attribution, By: h.stored.By, Imported: h.stored.Imported,
	}
}

func newShelf[C any](cfg Config, id string, sample *C, decode func([]byte) (*C, error)) *shelf[C] {
	s := &shelf[C]{cfg: cfg, id: id, decode: decode}
	s.current.Store(&held[C]{catalogue: sample})
	return s
}

// entry reads which catalogue is stored; the zero value if none is.
func (s *shelf[C]) entry(tx broker.Tx) (e stored, err error) {
	e, err = broker.ReadEntry[stored](tx, Entries, s.id)
	if errors.Is(err, broker.ErrNoRow) {
		return stored{}, nil
	}
	return e, err
}

// look reads the entry by itself.
func (s *shelf[C]) look(ctx context.Context) (e stored, err error) {
	err = s.cfg.Store.View(ctx, func(tx broker.Tx) (err error) {
		e, err = s.entry(tx)
		return err
	})
	return e, err
}

// reload puts into force what the store has. Another node may replace the catalogue and delete its bytes between the look at the entry and
// the look at the bytes: then there is another entry.
func (s *shelf[C]) reload(ctx context.Context) error {
	s.reading.Lock()
	defer s.reading.Unlock()
	var missing broker.BlobID
	for {
		e, err := s.look(ctx)
		if err != nil || e.Blob == s.current.Load().stored.Blob {
			return err
		}
		c, err := s.fetch(ctx, e)
		if errors.Is(err, broker.ErrNoRow) && e.Blob != missing {
			missing = e.Blob
			continue
		}
		if err != nil {
			return fmt.Errorf("catalogue of %s: %w", s.id, err)
		}
		s.current.Store(&held[C]{c, e})
		return nil
	}
}

// fetch reads the bytes that an entry names.
func (s *shelf[C]) fetch(ctx context.Context, e stored) (*C, error) {
	r, err := s.cfg.Blobs.Open(ctx, e.Blob)
	if errors.Is(err, broker.ErrNoRow) {
		return nil, fmt.Errorf("%w: %w", ErrBroken, err)
	}
	if err != nil {
		return nil, err
	}
	defer r.Close()
	b, err := io.ReadAll(r)
	if err != nil {
		return nil, err
	}
	if broker.Digest(b) != e.Digest {
		return nil, fmt.Errorf("%w: its bytes are not those that were imported", ErrBroken)
	}
	c, err := s.decode(b)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrBroken, err)
	}
	return c, nil
}

// base is what an import compares with and builds upon.
type base[C any] struct {
	*held[C]
	entry stored // that of the store, which may be broken and another than the one held
}

// base looks at the store first: another node may have imported something a moment ago.
func (s *shelf[C]) base(ctx context.Context) (base[C], error) {
	if err := s.reload(ctx); err != nil && !errors.Is(err, ErrBroken) {
		return base[C]{}, err
	}
	entry, err := s.look(ctx)
	return base[C]{s.current.Load(), entry}, err
}

// replacement is a catalogue on its way into the store.
type replacement struct {
	encoding.BinaryMarshaler
	attribution string
	detail      string // what it changes, for the audit log
}

// replace stores a catalogue in place of the one that b was, and puts it into force. It reports whether there was anything to do.
func (s *shelf[C]) replace(ctx context.Context, who broker.Caller, b base[C], r replacement) (done bool, err error) {
	form, err := r.MarshalBinary()
	if err != nil {
		return false, err
	}
	e := stored{Digest: broker.Digest(form), Attribution: r.attribution, By: who.Name(), Imported: s.cfg.Now().UTC()}
	if e.Digest == b.entry.Digest && e.Attribution == b.entry.Attribution && b.stored.Blob == b.entry.Blob {
		return false, nil
	}
	if _, err := s.decode(form); err != nil { // what could not be read again is not stored
		return false, err
	}
	if e.Blob, _, err = s.cfg.Blobs.Put(ctx, bytes.NewReader(form)); err != nil {
		return false, err
	}
	if err := s.swap(ctx, who, b.entry, e, r.detail); err != nil {
		s.discard(ctx, e.Blob)
		return false, err
	}
	if b.entry.Blob != "" {
		s.discard(ctx, b.entry.Blob)
	}
	return true, s.reload(ctx)
}

// swap replaces the entry, unless it is another one by now.
func (s *shelf[C]) swap(ctx context.Context, who broker.Caller, old, e stored, detail string) error {
	return s.cfg.Store.Update(ctx, func(tx broker.Tx) error {
		now, err := s.entry(tx)
		if err != nil {
			return err
		}
		if now.Blob != old.Blob {
			return broker.Conflict.New("catalogue-changed", "the catalogue of %s was replaced in the meantime: look at the difference again", s.id)
		}
		if err := broker.WriteEntry(tx, Entries, s.id, "", e); err != nil {
			return err
		}
		return broker.Note(tx, e.Imported, who, broker.Deed{Deed: s.id + ".imported", Subject: e.Digest, Detail: detail})
	})
}

// discard deletes bytes that no entry names. If it fails they stay, which harms nobody.
func (s *shelf[C]) discard(ctx context.Context, id broker.BlobID) {
	if err := s.cfg.Blobs.Delete(context.WithoutCancel(ctx), id); err != nil {
		s.cfg.Log.Warn("the bytes of a replaced catalogue stay behind", "blob", id, "error", err)
	}
}
