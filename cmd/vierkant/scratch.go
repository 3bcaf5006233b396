package main

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"github.com/vierkant/vierkant/api/archive"
)

// scratchPrefix begins the names of folders in an inbox that hold plaintext on its way.
const scratchPrefix = ".fetching-"

// scratch is such a folder. Whoever works in it holds a lock (flock(2)) on it, so that the next one knows what was left behind by
// a process that was killed, and removes it: plaintext must not lie about.
type scratch struct {
	path string
	lock *os.File
}

// newScratch makes one in an inbox, which is made if it is not there. The caller closes it.
func newScratch(inbox string) (*scratch, error) {
	if err := os.MkdirAll(inbox, 0o700); err != nil {
		return nil, err
	}
	if err := errors.Join(archive.Sweep(inbox), sweepScratch(inbox)); err != nil {
		return nil, err
	}
	for {
		path, err := os.MkdirTemp(inbox, scratchPrefix) // 0700
		if err != nil {
			return nil, err
		}
		s, err := hold(path)
		if err == nil {
			return s, nil
		}
		if !errors.Is(err, fs.ErrNotExist) { // else somebody swept it away before it was locked
			return nil, err
		}
	}
}

// hold locks a folder. The error is [fs.ErrNotExist] if it is gone by then, and EWOULDBLOCK if somebody else holds it.
func hold(path string) (*scratch, error) {
	lock, err := archive.Hold(path, syscall.LOCK_EX|syscall.LOCK_NB)
	if err != nil {
		return nil, err
	}
	if _, err := os.Lstat(path); err != nil {
		return nil, errors.Join(err, lock.Close())
	}
	return &scratch{path, lock}, nil
}

// sweepScratch removes what nobody holds.
func sweepScratch(inbox string) error {
	left, err := filepath.Glob(filepath.Join(inbox, scratchPrefix+"*"))
	if err != nil {
		return err
	}
	for _, path := range left {
		dead, err := hold(path)
		if errors.Is(err, syscall.EWOULDBLOCK) || errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return err
		}
		if err := dead.close(); err != nil {
			return err
		}
	}
	return nil
}

// close removes the folder. Closing nil does nothing.
func (s *scratch) close() error {
	if s == nil {
		return nil
	}
	return errors.Join(os.RemoveAll(s.path), s.lock.Close())
}
