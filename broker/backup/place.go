package backup

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"syscall"
)

// lockFolder holds a folder until the file is closed or the process ends.
func lockFolder(path string) (*os.File, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if err == nil {
		return f, nil
	}
	f.Close()
	if errors.Is(err, syscall.EWOULDBLOCK) {
		return nil, fmt.Errorf("%s is in use by another process", path)
	}
	return nil, fmt.Errorf("lock %s: %w", path, err)
}

// removeLeft removes what a backup that was cut off left, and nothing else.
func removeLeft(path string) error {
	lock, err := lockFolder(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer lock.Close()
	if err := onlyOurs(path, storeFile, blobFolder, keyFile, sumsFile, manifestFile); err != nil {
		return err
	}
	return os.RemoveAll(path)
}

// onlyOurs refuses a folder in which there is something else.
func onlyOurs(path string, ours ...string) error {
	entries, err := os.ReadDir(path)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if !slices.Contains(ours, e.Name()) {
			return fmt.Errorf("%s has something else in it (%s): name another place, or move it away", path, filepath.Base(e.Name()))
		}
	}
	return nil
}
