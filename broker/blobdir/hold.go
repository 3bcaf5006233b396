package blobdir

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/vierkant/vierkant/broker"
)

// heldFolder keeps, while somebody wants that, what was deleted.
const heldFolder = "held"

// ErrHeld is the error of a second Hold at the same time.
var ErrHeld = errors.New("blobs are held already")

// Held is all blobs that were there when it began, also those that were deleted since.
type Held struct{ d *Dir }

// Hold keeps from now on what is deleted, until it is released, for who copies the blobs while others go on. They find nothing of what they
// deleted. A process that dies meanwhile leaves the files to the next Open, which removes them.
func (d *Dir) Hold() (*Held, error) {
	d.deleting.Lock()
	defer d.deleting.Unlock()
	if d.held {
		return nil, ErrHeld
	}
	if err := os.MkdirAll(filepath.Join(d.root, heldFolder), 0o700); err != nil {
		return nil, fmt.Errorf("hold blobs: %w", err)
	}
	d.held = true
	return &Held{d}, nil
}

// Open returns the bytes; ErrNoRow if there were none.
func (h *Held) Open(ctx context.Context, id broker.BlobID) (*os.File, error) {
	r, err := h.d.Open(ctx, id)
	if errors.Is(err, broker.ErrNoRow) {
		return h.openDeleted(id)
	}
	if err != nil {
		return nil, err
	}
	return r.(*os.File), nil // as Dir.Open says
}

func (h *Held) openDeleted(id broker.BlobID) (*os.File, error) {
	if _, ok := h.d.path(id); !ok {
		return nil, noBlob(id)
	}
	f, err := os.Open(h.d.heldPath(id))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, noBlob(id)
	}
	return f, err
}

// Release lets what is deleted from now on go at once, and then deletes what was only held.
func (h *Held) Release() error {
	away := filepath.Join(h.d.root, "tmp", heldFolder+randomHex(nameDigits))
	if err := h.end(away); err != nil {
		return fmt.Errorf("release blobs: %w", err)
	}
	if err := os.RemoveAll(away); err != nil {
		return fmt.Errorf("release blobs: %w", err)
	}
	return nil
}

// end moves the folder away, which does not keep those who delete waiting, however much is in it.
func (h *Held) end(away string) error {
	h.d.deleting.Lock()
	defer h.d.deleting.Unlock()
	h.d.held = false
	return os.Rename(filepath.Join(h.d.root, heldFolder), away)
}

func (d *Dir) heldPath(id broker.BlobID) string { return filepath.Join(d.root, heldFolder, string(id)) }

// remove removes a file, or keeps it for who holds all.
func (d *Dir) remove(path string, id broker.BlobID) error {
	d.deleting.RLock()
	defer d.deleting.RUnlock()
	if d.held {
		return os.Rename(path, d.heldPath(id))
	}
	return os.Remove(path)
}
