package blobdir

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/vierkant/vierkant/broker"
)

func putText(t *testing.T, d *Dir, text string) broker.BlobID {
	t.Helper()
	id, _, err := d.Put(t.Context(), strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return id
}

func wantHeld(t *testing.T, h *Held, id broker.BlobID, want string) {
	t.Helper()
	f, err := h.Open(t.Context(), id)
	if err != nil {
		t.Errorf("%s: %v", id, err)
		return
	}
	defer f.Close()
	if got, err := io.ReadAll(f); string(got) != want || err != nil {
		t.Errorf("got %q, %v, want %q", got, err, want)
	}
}

func wantGone(t *testing.T, d *Dir, id broker.BlobID) {
	t.Helper()
	if _, err := d.Open(t.Context(), id); !errors.Is(err, broker.ErrNoRow) {
		t.Errorf("blob %s: got %v, want %v", id, err, broker.ErrNoRow)
	}
}

// TestHold keeps what is deleted for who holds it, and for nobody else, until it is released or the process dies.
func TestHold(t *testing.T) {
	t.Parallel()
	root := filepath.Join(t.TempDir(), "blobs")
	d, err := Open(root)
	if err != nil {
		t.Fatal(err)
	}
	before, after := putText(t, d, "before"), putText(t, d, "after")
	h, err := d.Hold()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := d.Hold(); !errors.Is(err, ErrHeld) {
		t.Errorf("held twice: got %v, want %v", err, ErrHeld)
	}
	for range 2 {
		if err := d.Delete(t.Context(), before); err != nil {
			t.Error(err)
		}
	}
	wantGone(t, d, before)
	wantHeld(t, h, before, "before")
	wantHeld(t, h, after, "after")
	for _, none := range []broker.BlobID{"00000000000000000000000000000000", "../tmp", ""} {
		if _, err := h.Open(t.Context(), none); !errors.Is(err, broker.ErrNoRow) {
			t.Errorf("%q: got %v, want %v", none, err, broker.ErrNoRow)
		}
	}
	if err := h.Release(); err != nil {
		t.Error(err)
	}
	if _, err := h.Open(t.Context(), before); !errors.Is(err, broker.ErrNoRow) {
		t.Errorf("after the release: got %v, want %v", err, broker.ErrNoRow)
	}
	if _, err := d.Hold(); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(d.Delete(t.Context(), after), d.Close()); err != nil { // and nobody releases it
		t.Error(err)
	}
	if d, err = Open(root); err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	wantGone(t, d, after)
	if _, err := os.Stat(filepath.Join(root, heldFolder)); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("what was held when the process died: got %v, want %v", err, os.ErrNotExist)
	}
}
