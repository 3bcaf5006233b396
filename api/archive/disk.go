package archive

import (
	"crypto/sha512"
	"encoding/hex"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"github.com/vierkant/vierkant/crypto/seal"
)

const (
	digestSize = sha512.Size
	ownerFile  = 0o600
	ownerOnly  = 0o700 // folders
	unfinished = ".new-"
)

// harmless turns a stranger's file name into one that can do nothing, and that people still recognize: letters and digits of any script, dots
// and hyphens stay.
func harmless(name string) string {
	const most = 80 // bytes
	name = strings.Map(func(r rune) rune {
		if r == '.' || r == '-' || unicode.IsLetter(r) || unicode.IsDigit(r) {
			return r
		}
		return '_'
	}, norm.NFC.String(strings.ToValidUTF8(name, "_")))
	end := name[max(len(name)-most, 0):] // the end tells the kind
	for !utf8.ValidString(end) {
		end = end[1:]
	}
	return end
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

// SyncFolder makes the names in a folder survive a power failure.
func SyncFolder(path string) error {
	folder, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(folder.Sync(), folder.Close())
}

// MakeFolder makes a folder, mode 0700, and those above it that are missing. The names of new ones are synced.
func MakeFolder(path string) error {
	if _, err := os.Stat(path); err == nil {
		return nil
	}
	above := filepath.Dir(path)
	if above != path {
		if err := MakeFolder(above); err != nil {
			return err
		}
	}
	if err := os.Mkdir(path, ownerOnly); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return SyncFolder(above)
}

// WriteFile writes a file, mode 0600, in place of one that may be there: the whole of it, synced, or nothing. What is left of it after
// a crash is for [Sweep].
func WriteFile(path string, content []byte) error {
	folder := filepath.Dir(path)
	draft, err := os.CreateTemp(folder, unfinished) // 0600
	if err != nil {
		return err
	}
	_, err = draft.Write(content)
	if err = errors.Join(err, draft.Sync(), draft.Close()); err == nil {
		err = os.Rename(draft.Name(), path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(draft.Name()))
	}
	return SyncFolder(folder)
}

// Remove removes a saved submission, if it is there: first its name, so that it is never half there. What is left of it after a crash is
// for [Sweep].
func Remove(folder string) error {
	root, name := filepath.Split(folder)
	grave := filepath.Join(root, unfinished+"removed-"+name)
	if err := os.RemoveAll(grave); err != nil {
		return err
	}
	err := os.Rename(folder, grave)
	if errors.Is(err, fs.ErrNotExist) {
		err = nil
	}
	return errors.Join(err, SyncFolder(filepath.Clean(root)), os.RemoveAll(grave))
}

// Hold takes the lock on a folder as flock(2) knows it; how is syscall.LOCK_EX or LOCK_SH, perhaps with LOCK_NB. It ends with the file.
func Hold(folder string, how int) (*os.File, error) {
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

// How long [Sweep] waits for others.
const sweepTries, sweepPause = 20, 100 * time.Millisecond

// Sweep removes what a process that died left unfinished in a folder. It waits two seconds for those who are saving there, and leaves
// it to the next one if they need longer.
func Sweep(root string) error {
	lock, err := Hold(root, syscall.LOCK_EX|syscall.LOCK_NB)
	for try := 1; try < sweepTries && errors.Is(err, syscall.EWOULDBLOCK); try++ {
		time.Sleep(sweepPause)
		lock, err = Hold(root, syscall.LOCK_EX|syscall.LOCK_NB)
	}
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.EWOULDBLOCK) {
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
