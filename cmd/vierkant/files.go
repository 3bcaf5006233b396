package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/vierkant/vierkant/api/archive"
)

// newFile is a file that does not exist yet and gets its content later: all of it, or there is none. Where it can be written is
// known before anything happens that cannot be undone.
type newFile struct {
	path  string
	draft *os.File
}

// reserve makes sure that path can be written and does not exist: what it may hold (a private key, the proof of what was sent)
// cannot be had back once it is overwritten. The caller keeps or drops the file.
func reserve(path string, mode fs.FileMode) (*newFile, error) {
	if _, err := os.Lstat(path); err == nil {
		return nil, &existsError{path}
	}
	draft, err := os.CreateTemp(filepath.Dir(path), ".new-*")
	if err != nil {
		return nil, fmt.Errorf("%s cannot be written: %w", path, err)
	}
	f := &newFile{path, draft}
	if err := draft.Chmod(mode); err != nil {
		return nil, errors.Join(err, f.drop())
	}
	return f, nil
}

// existsError is a file that is not overwritten.
type existsError struct{ path string }

func (e *existsError) Error() string { return e.path + " exists already and is never overwritten" }

// keep writes the content, and returns when it is durable.
func (f *newFile) keep(content []byte) error {
	_, err := f.draft.Write(content)
	err = errors.Join(err, f.draft.Sync(), f.draft.Close())
	if err == nil {
		err = f.publish()
	}
	if err != nil {
		return errors.Join(fmt.Errorf("%s cannot be written: %w", f.path, err), f.drop())
	}
	return archive.SyncFolder(filepath.Dir(f.path))
}

// publish gives the draft its name. Creating the name first is what notices somebody else's file, on every file system.
func (f *newFile) publish() error {
	reserved, err := os.OpenFile(f.path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return &existsError{f.path}
	}
	if err != nil {
		return err
	}
	return errors.Join(reserved.Close(), os.Rename(f.draft.Name(), f.path))
}

// drop removes the draft; after keep there is none. Dropping nil does nothing.
func (f *newFile) drop() error {
	if f == nil {
		return nil
	}
	f.draft.Close()
	if err := os.Remove(f.draft.Name()); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// keepJSON writes a value as JSON for people.
func (f *newFile) keepJSON(value any) error {
	raw, err := json.MarshalIndent(value, "", "  ")
	if err != nil {
		return errors.Join(err, f.drop())
	}
	return f.keep(append(raw, '\n'))
}

// readJSON reads a file of ours.
func readJSON(path string, into any) error {
	raw, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(raw, into); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return nil
}
