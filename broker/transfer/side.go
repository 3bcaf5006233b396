package transfer

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"

	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/broker/record"
	"github.com/vierkant/vierkant/crypto/keys"
)

// ErrInUse is the error of a store that cannot be opened to be moved because somebody else has it open.
var ErrInUse = errors.New("it is in use: stop all nodes first")

// Side is an environment's data in one place, which nobody else has open.
type Side struct {
	Place string // where it is, in words that tell no password
	Store Store
	Blobs Blobs
}

// Store is a store as a move sees it.
type Store interface {
	// Mark returns the mark; the zero Mark if there is none.
	Mark(context.Context) (Mark, error)
	// SetMark replaces the mark, durably.
	SetMark(context.Context, Mark) error
	// IsEmpty reports whether the store holds nothing, whatever its mark.
	IsEmpty(context.Context) (bool, error)
	// Export reads the rows of a kind in its order, without the first skip of them. The bytes are the caller's. The loop may be left
	// early, and nothing else is asked of this store while it runs.
	Export(ctx context.Context, kind Kind, skip int64) iter.Seq2[[]byte, error]
	// Import adds rows and replaces the mark, both or none.
	Import(context.Context, Batch) error
}

// TryKeyFile refuses a key file, which the caller's error names, that opens none of the broker's own keys in a store. Those who serve it would
// find out only when it is late.
func TryKeyFile(ctx context.Context, s Store, w *keys.Wrapper) error {
	var failed error
	for raw, err := range s.Export(ctx, ServiceKeys, 0) {
		if err != nil {
			return err
		}
		r, err := Decode[record.ServiceKey](raw)
		if err != nil {
			return err
		}
		if _, failed = r.Domain().Open(w); failed == nil {
			return nil
		}
	}
	if failed != nil {
		return fmt.Errorf("opens none of the keys in the data: %w", failed)
	}
	return nil
}

// Batch is rows to be written.
type Batch struct {
	Kind  Kind
	First int64 // number of the first row in its kind, from 0
	Rows  [][]byte
	Mark  Mark // when they are written
}

// Blobs keeps large bodies that can be moved.
type Blobs interface {
	broker.Blobs
	// PutAs keeps the bytes under a name that some Blobs gave, durably, in place of what it may have had.
	PutAs(ctx context.Context, id broker.BlobID, r io.Reader) error
	// List returns the names after one, in order. Bodies may be read while it runs.
	List(ctx context.Context, after broker.BlobID) iter.Seq2[broker.BlobID, error]
}
