package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/google/uuid"
	"github.com/spf13/cobra"

	"github.com/vierkant/vierkant/api/client"
	"github.com/vierkant/vierkant/crypto/keys"
)

// Names of private keys in a folder that keygen made, and of decryption keys that were replaced.
const (
	decryptionFile   = "decryption.jwk.json"
	olderDecryptions = "decryption-*.jwk.json"
	signingFile      = "signing.jwk.json"
)

// keyFolders is the flag that says where the private keys of destinations are.
type keyFolders []string

func (k *keyFolders) flags(cmd *cobra.Command) {
	cmd.Flags().StringArrayVar((*[]string)(k), "keys", nil,
		"DESTINATION=PATH: folder of keygen with the private keys of a destination, or a locked file of them; may be repeated (default: those in the world)")
}

// read returns the keys by destination.
func (k keyFolders) read() (map[client.DestinationID]client.Keys, error) {
	all := map[client.DestinationID]client.Keys{}
	for _, given := range k {
		text, path, found := strings.Cut(given, "=")
		id, err := uuid.Parse(text)
		if !found || err != nil || path == "" {
			return nil, usageError{fmt.Errorf("--keys %q: expected DESTINATION=PATH, the id of a destination, and a folder or a locked file", given)}
		}
		if all[client.DestinationID(id.String())], err = readOwn(path); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// readOwn reads a folder, or a locked file.
func readOwn(path string) (client.Keys, error) {
	if about, err := os.Stat(path); err == nil && about.Mode().IsRegular() {
		return readKeyFile(path)
	}
	return readKeyFolder(path)
}

// readKeyFile reads all keys of a destination out of one file. The decryption keys are in the order of the file.
func readKeyFile(path string) (own client.Keys, err error) {
	all, err := readPrivates(path)
	if err != nil {
		return own, &keyFileError{path, err}
	}
	for _, key := range all {
		if key.For() == keys.Signature {
			own.Signing = key
		} else {
			own.Decryption = append(own.Decryption, key)
		}
	}
	if own.Signing.Secret == nil || len(own.Decryption) == 0 {
		return own, &keyFileError{path, errors.New("expected a key for decryption and one for signatures in it")}
	}
	return own, nil
}

// readKeyFolder reads the present decryption key first, then the older ones.
func readKeyFolder(folder string) (own client.Keys, err error) {
	older, err := filepath.Glob(filepath.Join(folder, olderDecryptions))
	if err != nil {
		return own, err
	}
	for _, path := range append([]string{filepath.Join(folder, decryptionFile)}, older...) {
		key, err := readPrivate(path, keys.Encryption)
		if err != nil {
			return own, err
		}
		own.Decryption = append(own.Decryption, key)
	}
	own.Signing, err = readPrivate(filepath.Join(folder, signingFile), keys.Signature)
	return own, err
}

// keyFileError is a private key that cannot be read.
type keyFileError struct {
	path string
	err  error
}

func (e *keyFileError) Error() string {
	var file *os.PathError
	if errors.As(e.err, &file) {
		return fmt.Sprintf("private key: %v", e.err)
	}
	return fmt.Sprintf("private key %s: %v", e.path, e.err)
}

func (e *keyFileError) Unwrap() error { return e.err }

// worldKeys reads the keys of the demo destinations that are in the world.
func (c *connection) worldKeys() (map[client.DestinationID]client.Keys, error) {
	if c.url != "" {
		return nil, nil
	}
	e, err := c.environment()
	if err != nil {
		return nil, err
	}
	all := map[client.DestinationID]client.Keys{}
	for _, d := range e.Destinations {
		decryption, err := readPrivate(d.DecryptionKey, keys.Encryption)
		if err != nil {
			return nil, err
		}
		signing, err := readPrivate(d.SigningKey, keys.Signature)
		if err != nil {
			return nil, err
		}
		all[client.DestinationID(d.ID)] = client.Keys{Decryption: []keys.Private{decryption}, Signing: signing}
	}
	return all, nil
}

// ownKeys are those that were given, else those in the world: who names a destination means no other.
func (c *connection) ownKeys(given keyFolders) (map[client.DestinationID]client.Keys, error) {
	if len(given) > 0 {
		return given.read()
	}
	all, err := c.worldKeys()
	if err != nil {
		return nil, err
	}
	if len(all) == 0 {
		return nil, usageError{errors.New("no private keys: give --keys DESTINATION=PATH, a folder that \"vierkant keygen\" made or a locked file")}
	}
	return all, nil
}
