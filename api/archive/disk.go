package archive

import (
	"crypto/sha512"
	"encoding/hex"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/vierkant/vierkant/crypto/seal"
)

const (
	digestSize = sha512.Size
	ownerFile  = 0o600
	ownerOnly  = 0o700 // folders
	unfinished = ".new-"
)

// harmless turns a stranger's file name into one that can do nothing.
func harmless(name string) string {
	const most = 80
	name = strings.Map(func(r rune) rune {
		if r < 0x80 && (r == '.' || r == '-' || r >= '0' && r <= '9' || r|0x20 >= 'a' && r|0x20 <= 'z') {
			return r
		}
		return '_'
	}, name)
	return name[max(len(name)-most, 0):] // the end tells the kind
}

// write makes a file that was not there, synced.
func write(path string, content []byte) error {
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, ownerFile)
	if err != nil {
		return err
	}
	_, err = file.Write(content)
	return errors.Join(err, file.Sync(), file.Close())
}

// move brings a file to a path that was not there; across file systems it is copied.
func move(from, to string) error {
	err := os.Rename(from, to)
	if errors.Is(err, syscall.EXDEV) {
		err = copyFile(from, to)
	}
	if err != nil {
		return err
	}
	return os.Chmod(to, ownerFile)
}

func copyFile(from, to string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, ownerFile)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	if err := errors.Join(err, out.Close()); err != nil {
		return err
	}
	return os.Remove(from)
}

// settle syncs a file and says what is in it.
func settle(path string) (size int64, digest string, err error) {
	file, err := os.Open(path)
	if err != nil {
		return 0, "", err
	}
	size, digest, err = digestOf(file)
	return size, digest, errors.Join(err, file.Sync(), file.Close())
}

func digestOf(r io.Reader) (size int64, digest string, err error) {
	sum := sha512.New()
	size, err = io.Copy(sum, r)
	return size, hex.EncodeToString(sum.Sum(nil)), err
}

func syncFolder(path string) error {
	folder, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(folder.Sync(), folder.Close())
}

// hold takes the lock on a folder as flock(2) knows it. It ends with the file.
func hold(folder string, how int) (*os.File, error) {
	file, err := os.Open(folder)
	if err != nil {
		return nil, err
	}
	for {
		err = syscall.Flock(int(file.Fd()), how)
		if err == nil {
			return file, nil
		}
		if !errors.Is(err, syscall.EINTR) {
			return nil, errors.Join(err, file.Close())
		}
	}
}

// Sweep removes what a process that died left unfinished below root. It does nothing while somebody is saving there.
func Sweep(root string) error {
	lock, err := hold(root, syscall.LOCK_EX|syscall.LOCK_NB)
	if errors.Is(err, os.ErrNotExist) || errors.Is(err, syscall.EWOULDBLOCK) {
		return nil
	}
	if err != nil {
		return err
	}
	defer lock.Close()
	entries, err := os.ReadDir(root)
	for _, entry := range entries {
		if strings.HasPrefix(entry.Name(), unfinished) {
			err = errors.Join(err, os.RemoveAll(filepath.Join(root, entry.Name())))
		}
	}
	return err
}

// DataPath is where the data of a saved submission are, by their media type.
func DataPath(folder, mime string) string {
	if mime == seal.XML {
		return filepath.Join(folder, xmlFile)
	}
	return filepath.Join(folder, jsonFile)
}
