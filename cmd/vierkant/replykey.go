package main

import (
	"errors"
	"io/fs"
	"os"

	"github.com/vierkant/vierkant/api/client"
	"github.com/vierkant/vierkant/crypto/keys"
)

// obtainReplyKey reads the private key that opens replies, or makes one that is on disk before anybody can be asked to use it.
func obtainReplyKey(path string) (keys.Private, error) {
	_, err := os.Lstat(path)
	if !errors.Is(err, fs.ErrNotExist) {
		return readReplyKey(path)
	}
	file, err := reserve(path, 0o600)
	if err != nil {
		return keys.Private{}, err
	}
	key, err := client.NewReplyKey()
	if err != nil {
		return key, errors.Join(err, file.drop())
	}
	return key, file.keepJSON(key)
}

func readReplyKey(path string) (keys.Private, error) {
	key, err := readPrivate(path, keys.Encryption)
	if err != nil {
		return key, &replyKeyError{err}
	}
	return key, nil
}

// replyKeyError is a reply key that cannot be read.
type replyKeyError struct{ err error }

func (e *replyKeyError) Error() string { return "--reply-key: " + e.err.Error() }

func (e *replyKeyError) Unwrap() error { return e.err }
