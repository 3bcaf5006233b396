package seal

import (
	"bufio"
	"compress/flate"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"os"
	"path/filepath"

	"github.com/vierkant/vierkant/crypto/keys"
)

// OpenFile reads a compact JWE from in, a stream of any length, and decrypts it to a new file at path. Without an error
// the file is there, whole and of mode 0600. With one it is not, except that a temporary file that cannot be removed is
// an error too, beside a whole file at path. Before the tag held (and, with zip, all was inflated within limit) the
// plaintext is in temporary files in the same folder, of the same mode, named .opening-*; they are removed on every
// error, so that only a process that was killed, or a folder that lets nothing be removed, leaves some. Nothing is
// synced: that is for who keeps the file.
//
// What stands at path is never replaced, on file systems that have hard links; on others (FAT) what comes there
// while in is read is.
//
// It asks key for the private key once the header has passed. The Info is that of the JWE if in held a whole one, so
// also beside [ErrOpen]; otherwise it is zero.
//
// Errors: those of [Inspect]; those of key; [ErrWrongKey]; [ErrTooLarge] as soon as it is certain
// that more than limit bytes would come out; [ErrOpen] as from [Open], after all of in was read; those of in and of the
// file system, to be recognised with [errors.Is], among them [fs.ErrExist] if something stands at path.
func OpenFile(path string, in io.Reader, key func(Header) (keys.Private, error), rules Rules, limit int64) (Info, error) {
	if _, err := os.Lstat(path); err == nil {
		return Info{}, fmt.Errorf("open to %s: %w", path, fs.ErrExist)
	}
	var info Info
	err := withTemporary(path, func(opened *os.File) error {
		var err error
		info, err = openAll(in, rules, &opener{plaintext: opened, key: key, limit: limit})
		switch {
		case err != nil:
			return err
		case info.Header.Zip != "":
			return inflate(path, opened, limit)
		}
		return place(opened, path)
	})
	return info, err
}

// openAll gives all of in to o by way of an Inspector. With zip the plaintext is then still deflated.
func openAll(in io.Reader, rules Rules, o *opener) (Info, error) {
	inspector := NewInspector(rules, math.MaxInt64)
	inspector.opener = o
	defer func() { _ = o.stop() }() // to nobody's harm if it has stopped; else the file must not go before the writing ends
	if err := pour(inspector, in); err != nil {
		return Info{}, err
	}
	info, err := inspector.Finish()
	if err != nil {
		return Info{}, err
	}
	return info, o.verify(info.Tag)
}

// pour is io.Copy with one buffer of a good size, whatever in is able to do.
func pour(into io.Writer, in io.Reader) error {
	buffer := make([]byte, chunkText)
	for {
		n, err := in.Read(buffer)
		if _, err := into.Write(buffer[:n]); err != nil {
			return err
		}
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return fmt.Errorf("read the JWE: %w", err)
		}
	}
}

// inflate is the second pass, over what the tag has proved to be the sender's.
func inflate(path string, deflated *os.File, limit int64) error {
	return withTemporary(path, func(inflated *os.File) error {
		if err := inflateTo(inflated, deflated, limit); err != nil {
			return err
		}
		return place(inflated, path)
	})
}

// inflateTo writes what deflated holds, at most limit bytes. Everything but the file system's own errors is ErrOpen.
func inflateTo(inflated, deflated *os.File, limit int64) error {
	if _, err := deflated.Seek(0, io.SeekStart); err != nil {
		return err
	}
	stream := flate.NewReader(bufio.NewReader(deflated))
	_, err := io.Copy(inflated, io.LimitReader(stream, limit))
	if err == nil {
		err = expectEnd(stream)
	}
	var failed *fs.PathError
	if err == nil || errors.As(err, &failed) {
		return err
	}
	return ErrOpen
}

func expectEnd(stream io.Reader) error {
	var more [1]byte
	_, err := io.ReadFull(stream, more[:])
	if err == io.EOF {
		return nil
	}
	if err == nil {
		err = ErrTooLarge
	}
	return err
}

// withTemporary calls do with a new file in the folder of path, of mode 0600, which is gone afterwards in any case.
func withTemporary(path string, do func(*os.File) error) (err error) {
	file, err := os.CreateTemp(filepath.Dir(path), ".opening-*")
	if err != nil {
		return fmt.Errorf("open to %s: %w", path, err)
	}
	defer func() {
		_ = file.Close() // place saw its error where it matters
		if removed := os.Remove(file.Name()); removed != nil && !errors.Is(removed, fs.ErrNotExist) {
			err = errors.Join(err, removed)
		}
	}()
	return do(file)
}

// place gives a finished file its name, which must still be free: unlike renaming, linking never replaces anything.
func place(file *os.File, path string) error {
	if err := file.Close(); err != nil {
		return err
	}
	err := os.Link(file.Name(), path)
	if errors.Is(err, fs.ErrPermission) || errors.Is(err, errors.ErrUnsupported) {
		return os.Rename(file.Name(), path) // a file system without links: the name was free when we began
	}
	return err
}
