package backup

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
)

const (
	bufferSize = 256 << 10

	// Files are synced together, which costs less than one by one: when there are so many, or so many bytes.
	mostUnsynced      = 64
	mostUnsyncedBytes = 32 << 20
)

// writer writes files below a folder, durably once it was closed, with the speed that is wanted.
type writer struct {
	root     string
	pace     pace
	room     room
	buffer   []byte
	folders  map[string]bool // that were made or got an entry
	unsynced []*os.File
	bytes    int // in unsynced
}

func newWriter(root string, p pace, r room) *writer {
	return &writer{root: root, pace: p, room: r, buffer: make([]byte, bufferSize), folders: map[string]bool{}}
}

// copy writes a file that is not there yet, and returns how long it is and what is in it.
func (w *writer) copy(ctx context.Context, name string, from io.Reader) (digest string, size int64, err error) {
	path := filepath.Join(w.root, name)
	if err := w.makeFolder(filepath.Dir(path)); err != nil {
		return "", 0, err
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return "", 0, err
	}
	w.unsynced = append(w.unsynced, f)
	sum := sha256.New()
	for {
		n, readErr := io.ReadFull(from, w.buffer)
		sum.Write(w.buffer[:n])
		size += int64(n)
		if _, err := f.Write(w.buffer[:n]); err != nil {
			return "", size, err
		}
		if err := w.wrote(ctx, n); err != nil {
			return "", size, err
		}
		if errors.Is(readErr, io.EOF) || errors.Is(readErr, io.ErrUnexpectedEOF) {
			return hex.EncodeToString(sum.Sum(nil)), size, nil
		}
		if readErr != nil {
			return "", size, readErr
		}
	}
}

// wrote counts, rests and syncs.
func (w *writer) wrote(ctx context.Context, n int) error {
	w.bytes += n
	if err := w.room.check(n); err != nil {
		return err
	}
	if err := rest(ctx, w.pace.after(n)); err != nil {
		return err
	}
	if len(w.unsynced) < mostUnsynced && w.bytes < mostUnsyncedBytes {
		return nil
	}
	return w.sync()
}

// sync makes what was written so far durable. The last file may be written on.
func (w *writer) sync() error {
	w.bytes = 0
	for len(w.unsynced) > 0 {
		f := w.unsynced[0]
		if err := f.Sync(); err != nil {
			return err
		}
		if len(w.unsynced) == 1 {
			return nil
		}
		w.unsynced = w.unsynced[1:]
		if err := f.Close(); err != nil {
			return err
		}
	}
	return nil
}

// makeFolder makes a folder and those above it, which are synced in the end.
func (w *writer) makeFolder(path string) error {
	if w.folders[path] {
		return nil
	}
	if err := os.MkdirAll(path, 0o700); err != nil {
		return err
	}
	for ; !w.folders[path]; path = filepath.Dir(path) {
		w.folders[path] = true
		if path == w.root {
			break
		}
	}
	return nil
}

// close ends with everything durable, also the entries of the folders, the deepest first.
func (w *writer) close() error {
	err := w.sync()
	for _, f := range w.unsynced {
		err = errors.Join(err, f.Close())
	}
	w.unsynced = nil
	var folders []string
	for path := range w.folders {
		folders = append(folders, path)
	}
	slices.Sort(folders)
	slices.Reverse(folders)
	for _, path := range folders {
		err = errors.Join(err, syncFolder(path))
	}
	return err
}

// abandon lets go of what is open; what was written is worth nothing.
func (w *writer) abandon() {
	for _, f := range w.unsynced {
		f.Close()
	}
	w.unsynced = nil
}

func syncFolder(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	return f.Sync()
}
