// Package blobdir keeps large bodies as files in a folder: the default implementation of broker.Blobs.
//
// # Layout
//
//	lock             held while a process uses the folder
//	tmp/             uploads under way; what is found here at the start was cut off by a crash and is removed
//	held/            what was deleted while somebody copies all blobs (Hold); removed likewise
//	3f/a1/3fa1…      one file per blob: the name is its 32 hexadecimal digits, the folders are its first four
//
// # How a blob becomes durable
//
// The bytes go to a fresh file in tmp, which is synced and then renamed to its place; then the folder that has the new entry
// is synced. Only then Put returns. A crash before that leaves a file in tmp or a blob that no record names, never half a blob
// under its name.
//
// A folder sync costs as much as a file sync, but one sync serves every entry made before it began. So blobs are
// not spread evenly over the 65,536 folders: the folder is chosen at random, then takes the next 1,024 blobs, and everybody whose
// rename is done while a sync of it runs shares the following one. The rejected alternative, a random folder per blob,
// gives each upload a folder sync of its own, and two more while folders still have to be made.
//
// # Invariants
//
//   - A name is used once: nobody ever writes to a file that a reader may hold. What is moved here comes with its name, and is put as a
//     whole in the place of what may be there.
//   - A folder and its parents are synced before the first blob in it is acknowledged.
//   - An upload holds one buffer of 128 KiB, whatever its size.
package blobdir

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"

	"github.com/vierkant/vierkant/broker"
)

// bufferSize is how much is written at once. Small reads, as a network gives them, are gathered.
const bufferSize = 128 << 10

// Dir is a folder of blobs. It is safe for concurrent use.
type Dir struct {
	root    string
	lock    *os.File
	buffers sync.Pool // *[bufferSize]byte

	mu    sync.Mutex // guards what follows
	shelf *shelf     // takes the next blob; nil at first
	given *shelf     // took the last blob that came with its name; nil at first

	deleting sync.RWMutex // held for reading by who deletes; guards held
	held     bool         // what is deleted goes to heldFolder

	fileSyncs, folderSyncs atomic.Int64
}

var _ broker.Blobs = (*Dir)(nil)

// Open takes the folder into use, making it (mode 0700) if need be, and removes what a crash left in tmp. A folder that is in use
// already is an error.
func Open(dir string) (*Dir, error) {
	d := &Dir{root: dir, buffers: sync.Pool{New: func() any { return new([bufferSize]byte) }}}
	if err := d.open(); err != nil {
		return nil, fmt.Errorf("open blobs: %w", err)
	}
	return d, nil
}

func (d *Dir) open() error {
	if err := os.MkdirAll(d.root, 0o700); err != nil {
		return err
	}
	lock, err := lockFile(filepath.Join(d.root, "lock"))
	if err != nil {
		return err
	}
	if err := d.emptyTmp(); err != nil {
		lock.Close()
		return err
	}
	d.lock = lock
	return nil
}

// emptyTmp leaves an empty tmp folder, synced into its parents, and nothing that was held.
func (d *Dir) emptyTmp() error {
	tmp := filepath.Join(d.root, "tmp")
	if err := errors.Join(os.RemoveAll(tmp), os.RemoveAll(filepath.Join(d.root, heldFolder))); err != nil {
		return err
	}
	if err := os.Mkdir(tmp, 0o700); err != nil {
		return err
	}
	return errors.Join(d.syncFolder(d.root), d.syncFolder(filepath.Dir(d.root)))
}

// Close lets another process use the folder. Uploads under way are to be finished before.
func (d *Dir) Close() error {
	if err := d.lock.Close(); err != nil && !errors.Is(err, fs.ErrClosed) {
		return fmt.Errorf("close blobs: %w", err)
	}
	return nil
}

// Stats counts exactly what the disk was asked to do.
type Stats struct {
	FileSyncs   int64 // one per blob
	FolderSyncs int64 // shared by concurrent uploads
}

// Stats returns the counts since Open.
func (d *Dir) Stats() Stats {
	return Stats{FileSyncs: d.fileSyncs.Load(), FolderSyncs: d.folderSyncs.Load()}
}

// Put implements broker.Blobs. An error of r is returned as it is, one of the disk is Unavailable.
func (d *Dir) Put(ctx context.Context, r io.Reader) (broker.BlobID, int64, error) {
	if err := ctx.Err(); err != nil {
		return "", 0, err
	}
	s, err := d.currentShelf()
	if err != nil {
		return "", 0, diskError(err)
	}
	name := s.newName()
	size, err := d.keep(ctx, s, name, r)
	if err != nil {
		return "", 0, err
	}
	return broker.BlobID(name), size, nil
}

// keep writes a file and moves it to its name.
func (d *Dir) keep(ctx context.Context, s *shelf, name string, r io.Reader) (size int64, err error) {
	tmp := filepath.Join(d.root, "tmp", name)
	kept := false
	defer func() { // also when r panics
		if !kept {
			os.Remove(tmp)
		}
	}()
	if size, err = d.write(ctx, tmp, r); err != nil {
		return 0, err
	}
	if err := s.take(tmp, name); err != nil {
		return 0, diskError(err)
	}
	kept = true
	return size, nil
}

// write makes the file with all of r in it, synced.
func (d *Dir) write(ctx context.Context, path string, r io.Reader) (int64, error) {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return 0, diskError(err)
	}
	defer f.Close() // where an error or a panic of r cuts it short
	size, err := d.copy(ctx, f, r)
	if err != nil {
		return 0, err
	}
	if err := d.finish(f); err != nil {
		return 0, diskError(err)
	}
	return size, nil
}

// finish makes the bytes of a file durable. Sync and not fdatasync: a file that grew needs its new size on disk in both
// cases, so that they cost the same, and Sync does what is needed on every system.
func (d *Dir) finish(f *os.File) error {
	d.fileSyncs.Add(1)
	if err := f.Sync(); err != nil {
		return err
	}
	return f.Close()
}

// copy does what io.Copy does, with a buffer of ours: io.Copy would let the file read from r with one of its own, and
// would not say whose an error is.
func (d *Dir) copy(ctx context.Context, f *os.File, r io.Reader) (size int64, err error) {
	buf := d.buffers.Get().(*[bufferSize]byte)
	defer d.buffers.Put(buf)
	for {
		n, readErr := broker.Fill(r, buf[:])
		if readErr != nil && readErr != io.EOF {
			return size, readErr
		}
		if _, err := f.Write(buf[:n]); err != nil {
			return size, diskError(err)
		}
		size += int64(n)
		if readErr == io.EOF {
			return size, nil
		}
		if err := ctx.Err(); err != nil {
			return size, err
		}
	}
}

// Open implements broker.Blobs: it returns an *os.File.
func (d *Dir) Open(ctx context.Context, id broker.BlobID) (io.ReadSeekCloser, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	path, ok := d.path(id)
	if !ok {
		return nil, noBlob(id)
	}
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, noBlob(id)
	}
	if err != nil {
		return nil, fmt.Errorf("open blob: %w", err)
	}
	return f, nil
}

// Delete implements broker.Blobs. It does not wait for the disk: a crash may bring the file back, as an orphan.
func (d *Dir) Delete(ctx context.Context, id broker.BlobID) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	path, ok := d.path(id)
	if !ok {
		return nil
	}
	if err := d.remove(path, id); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("delete blob: %w", err)
	}
	return nil
}

// path returns where a blob is; ok is false for a name that Put never gives, so that no name leads out of the folder.
func (d *Dir) path(id broker.BlobID) (path string, ok bool) {
	name := string(id)
	if len(name) != nameDigits || !isHex(name) {
		return "", false
	}
	return filepath.Join(d.root, name[:2], name[2:4], name), true
}

func isHex(name string) bool {
	for _, c := range []byte(name) {
		if (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return false
		}
	}
	return true
}

// syncFolder makes the entries of a folder durable.
func (d *Dir) syncFolder(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	d.folderSyncs.Add(1)
	return f.Sync()
}

func randomHex(digits int) string {
	b := make([]byte, digits/2)
	rand.Read(b)
	return hex.EncodeToString(b)
}

func noBlob(id broker.BlobID) error { return fmt.Errorf("blob %q: %w", id, broker.ErrNoRow) }

func diskError(err error) error {
	return broker.Unavailable.Wrap(err, "storage-unavailable", "the content could not be stored at the moment; nothing was kept, a repeat may help")
}
