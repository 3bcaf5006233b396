package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/vierkant/vierkant/crypto/keys"
)

func keyUnlockCommand() *cobra.Command {
	var out string
	cmd := &cobra.Command{
		Use:   "unlock FILE [--out DIR]",
		Short: "Open a file of private keys that the portal made, for software that reads plain keys",
		Long: `The portal makes keys in the browser and saves the private ones as a file under a passphrase: a JWK Set as a JWE (RFC 7517 7). All commands of
this program that read private keys read that file too, as --keys DESTINATION=FILE; other software may want them plain. With --out they are
written as "vierkant keygen" names them (0600, never overwriting anything), without it what the file holds is shown and no key.

The passphrase is asked for, or taken from ` + passphraseVariable + ` or the file that ` + passphraseFileVariable + ` names.`,
		Args: oneArgument("file"),
		RunE: func(cmd *cobra.Command, args []string) error {
			all, err := readPrivates(args[0])
			if err != nil {
				return &keyFileError{args[0], err}
			}
			return showUnlocked(outputOf(cmd), out, all)
		},
	}
	cmd.Flags().StringVar(&out, "out", "", "folder for the plain keys; made if missing")
	completeFolder(cmd, "out")
	return cmd
}

func showUnlocked(out output, folder string, all []keys.Private) error {
	opened := make([]madeKey, len(all))
	for i, key := range all {
		opened[i] = madeKey{Use: key.For(), KID: key.KID}
	}
	if folder != "" {
		if err := keepUnlocked(folder, all, opened); err != nil {
			return err
		}
	}
	return out.show(opened, func(to io.Writer) {
		for _, k := range opened {
			fmt.Fprintf(to, "%s  kid %s  %s\n", k.Use, printable(k.KID), k.Private)
		}
	})
}

// keepUnlocked writes the keys into a folder, all or none, and notes where.
func keepUnlocked(folder string, all []keys.Private, opened []madeKey) error {
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return err
	}
	var files []*newFile
	drop := func(err error) error {
		for _, f := range files {
			err = errors.Join(err, f.drop())
		}
		return err
	}
	for i, key := range all {
		opened[i].Private = filepath.Join(folder, fileOf(key))
		f, err := reserve(opened[i].Private, 0o600)
		if err != nil {
			return drop(err)
		}
		files = append(files, f)
	}
	for i, key := range all {
		if err := files[i].keepJSON(key); err != nil {
			return drop(err)
		}
	}
	return nil
}

// fileOf is what keygen calls the file of a key.
func fileOf(key keys.Private) string {
	if key.For() == keys.Signature {
		return signingFile
	}
	return decryptionFile
}

func keyLockCommand() *cobra.Command {
	var out string
	cmd := &cobra.Command{
		Use:   "lock FILE... --out FILE",
		Short: "Put private keys into one file under a passphrase",
		Long: `The file is the one that the portal makes: a JWK Set as a JWE (RFC 7517 7), with the passphrase hashed 600,000 times. All commands of this
program that read private keys read it. The plain files stay where they are: remove them yourself.

The passphrase has at least 12 characters. It is asked for, or taken from ` + passphraseVariable + ` or the file that ` + passphraseFileVariable + ` names.`,
		Args: cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if out == "" {
				return usageError{errors.New("--out is required: the file to write")}
			}
			return lockKeys(outputOf(cmd), args, out)
		},
	}
	cmd.Flags().StringVar(&out, "out", "", "file to write; never overwritten (required)")
	completeFile(cmd, "out", "jwe")
	return cmd
}

func lockKeys(out output, paths []string, path string) error {
	file, err := reserve(path, 0o600)
	if err != nil {
		return err
	}
	var all []keys.Private
	for _, one := range paths {
		found, err := readPrivates(one)
		if err != nil {
			return errors.Join(&keyFileError{one, err}, file.drop())
		}
		all = append(all, found...)
	}
	locked, err := lockAll(all, path)
	if err != nil {
		return errors.Join(err, file.drop())
	}
	if err := file.keep([]byte(locked + "\n")); err != nil {
		return err
	}
	return out.show(map[string]any{"file": path, "keys": len(all)}, func(to io.Writer) {
		fmt.Fprintf(to, "%s is written, keys: %d. To open it: vierkant key unlock %[1]s\n", path, len(all))
	})
}

func lockAll(all []keys.Private, path string) (string, error) {
	passphrase, err := newPassphraseOf(path)
	if err != nil {
		return "", err
	}
	return keys.Lock(all, passphrase)
}
