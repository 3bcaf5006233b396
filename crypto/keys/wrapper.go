package keys

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

const (
	masterBytes    = 32
	wrapFormat     = 1 // first byte of what Wrap writes; the next one when algorithm or layout change
	notOwnersPerms = 0o077
)

// ErrUnwrap is returned when wrapped bytes were changed, belong to another context or were wrapped by another key.
var ErrUnwrap = errors.New("cannot unwrap: changed, of another context, or wrapped with another key file")

// Wrapper keeps secrets that must stay readable to the broker (its private keys, callback secrets) unreadable in the
// store. Its master key lives in a file beside the data, so that a copy of the store alone gives nothing away. Every
// use has a key of its own, derived by HKDF-SHA256. Safe for concurrent use.
type Wrapper struct {
	master []byte
	aead   cipher.AEAD
}

// CreateWrapper draws a new master key and stores it at path, mode 0600, synced with its folder. A file that
// exists is never touched: the error is [fs.ErrExist], since what it wrapped would be lost.
func CreateWrapper(path string) (*Wrapper, error) {
	master := make([]byte, masterBytes)
	_, _ = rand.Read(master) // never fails
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return nil, fmt.Errorf("create key file: %w", err)
	}
	_, err = file.Write(master)
	if err := errors.Join(err, file.Sync(), file.Close()); err != nil {
		return nil, errors.Join(fmt.Errorf("create key file: %w", err), os.Remove(path))
	}
	if err := syncFolder(filepath.Dir(path)); err != nil {
		return nil, fmt.Errorf("create key file: %w", err)
	}
	return newWrapper(master)
}

func syncFolder(path string) error {
	folder, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(folder.Sync(), folder.Close())
}

// LoadWrapper reads the master key at path: a regular file of exactly 32 bytes that only its owner may access. A
// missing file is [fs.ErrNotExist].
func LoadWrapper(path string) (*Wrapper, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("load key file: %w", err)
	}
	defer file.Close()
	info, err := file.Stat() // of what is open, so that nobody can swap it in between
	if err != nil {
		return nil, fmt.Errorf("load key file: %w", err)
	}
	if mode := info.Mode(); !mode.IsRegular() {
		return nil, fmt.Errorf("load key file: %s is not a regular file", path)
	} else if mode.Perm()&notOwnersPerms != 0 {
		return nil, fmt.Errorf("load key file: %s has mode %04o, so others than its owner may access it: "+
			"chmod 600 it, and replace it if they could have read it", path, mode.Perm())
	}
	if info.Size() != masterBytes {
		return nil, fmt.Errorf("load key file: expected %s to hold %d bytes, found %d", path, masterBytes, info.Size())
	}
	master := make([]byte, masterBytes)
	if _, err := io.ReadFull(file, master); err != nil {
		return nil, fmt.Errorf("load key file: %w", err)
	}
	return newWrapper(master)
}

// String keeps the master key out of what is printed.
func (w *Wrapper) String() string { return "wrapper" }

func newWrapper(master []byte) (*Wrapper, error) {
	w := &Wrapper{master: master}
	block, err := aes.NewCipher(w.derive("wrap"))
	if err != nil {
		return nil, fmt.Errorf("key file: %w", err)
	}
	w.aead, err = cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		return nil, fmt.Errorf("key file: %w", err)
	}
	return w, nil
}

// Wrap encrypts plain with AES-256-GCM under a random nonce and binds it to context, for example the kind and id of
// the record that keeps it: the same bytes moved to another record do not unwrap. The result is 29 bytes longer. One
// master key is good for 2^32 calls (NIST SP 800-38D 8.3).
func (w *Wrapper) Wrap(plain []byte, context string) ([]byte, error) {
	return w.aead.Seal([]byte{wrapFormat}, nil, plain, []byte(context)), nil
}

// Unwrap gives back what [Wrapper.Wrap] got under the same context, or [ErrUnwrap].
func (w *Wrapper) Unwrap(wrapped []byte, context string) ([]byte, error) {
	if len(wrapped) == 0 || wrapped[0] != wrapFormat {
		return nil, fmt.Errorf("%w (unknown format)", ErrUnwrap)
	}
	plain, err := w.aead.Open(nil, nil, wrapped[1:], []byte(context))
	if err != nil {
		return nil, ErrUnwrap
	}
	return plain, nil
}

// MACKey returns a key of 32 bytes for HMAC, always the same for the same purpose and unrelated to that of any other.
func (w *Wrapper) MACKey(purpose string) []byte {
	return w.derive("mac:" + purpose)
}

// derive cannot fail: HKDF refuses only outputs beyond 255 hashes and, in FIPS mode, secrets below 14 bytes.
func (w *Wrapper) derive(purpose string) []byte {
	key, _ := hkdf.Key(sha256.New, w.master, nil, "vierkant "+purpose, masterBytes)
	return key
}
