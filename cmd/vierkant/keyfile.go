package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"

	"golang.org/x/term"

	"github.com/vierkant/vierkant/crypto/keys"
)

// Where the passphrase of locked key files comes from, if nobody is there to be asked. A file is what secrets are mounted as.
const (
	passphraseVariable     = "VIERKANT_KEY_PASSPHRASE"
	passphraseFileVariable = "VIERKANT_KEY_PASSPHRASE_FILE"
)

// readPrivate reads a private key for a use from a file: a JWK, or a locked file, which the portal makes and which holds keys for both.
func readPrivate(path string, use keys.Use) (keys.Private, error) {
	key, err := privateIn(path, use)
	if err != nil {
		return key, &keyFileError{path, err}
	}
	return key, nil
}

func privateIn(path string, use keys.Use) (keys.Private, error) {
	all, err := readPrivates(path)
	if err != nil {
		return keys.Private{}, err
	}
	if len(all) == 1 {
		return all[0], nil
	}
	for _, key := range all {
		if key.For() == use {
			return key, nil
		}
	}
	return keys.Private{}, fmt.Errorf("none of its keys is for %s", use)
}

// readPrivates reads all private keys of a file.
func readPrivates(path string) ([]keys.Private, error) {
	raw, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	if keys.IsLocked(raw) {
		return unlock(raw, path)
	}
	key, err := keys.ParsePrivate(raw)
	return []keys.Private{key}, err
}

func unlock(raw []byte, path string) ([]keys.Private, error) {
	passphrase, err := passphraseOf(path)
	if err != nil {
		return nil, err
	}
	return keys.Unlock(raw, passphrase)
}

// errNoPassphrase is a locked file that nobody can be asked about.
var errNoPassphrase = errors.New("it is locked, and there is no terminal to ask for its passphrase: set " + passphraseVariable + ", or " + passphraseFileVariable + " to a file with it")

// passphraseOf is the passphrase of a locked file: out of the environment, out of a file that it names, or from whoever sits there.
func passphraseOf(path string) (string, error) {
	if given, err := givenPassphrase(); given != "" || err != nil {
		return given, err
	}
	return askPassphrase("Passphrase of " + printable(path) + ": ")
}

// newPassphraseOf is that of a file to be made. Whoever types it does so twice: a slip would lock the keys away for good.
func newPassphraseOf(path string) (string, error) {
	if given, err := givenPassphrase(); given != "" || err != nil {
		return given, err
	}
	once, err := askPassphrase("New passphrase of " + printable(path) + ": ")
	if err != nil {
		return "", err
	}
	again, err := askPassphrase("The same again: ")
	if err == nil && again != once {
		err = errors.New("the two passphrases differ")
	}
	return once, err
}

// givenPassphrase is what the environment says; "" nothing.
func givenPassphrase() (string, error) {
	if given := os.Getenv(passphraseVariable); given != "" {
		return given, nil
	}
	if file := os.Getenv(passphraseFileVariable); file != "" {
		return readPassphrase(file)
	}
	return "", nil
}

// readPassphrase takes one from a file, without the line break that editors put behind.
func readPassphrase(file string) (string, error) {
	raw, err := os.ReadFile(file)
	if err != nil {
		return "", err
	}
	return string(bytes.TrimRight(raw, "\r\n")), nil
}

// askPassphrase asks on the terminal, which shows nothing of it.
func askPassphrase(question string) (string, error) {
	in := int(os.Stdin.Fd())
	if !term.IsTerminal(in) {
		return "", errNoPassphrase
	}
	fmt.Fprint(os.Stderr, question)
	typed, err := term.ReadPassword(in)
	fmt.Fprintln(os.Stderr)
	return string(typed), err
}
