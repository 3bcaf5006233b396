package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"github.com/vierkant/vierkant/crypto/keys"
)

func keygenCommand() *cobra.Command {
	var (
		out, subject string
		days         int
	)
	cmd := &cobra.Command{
		Use:   "keygen --out DIR --subject NAME",
		Short: "Make the two RSA-4096 key pairs of a destination, with self-signed certificates",
		Long: `Writes four files into DIR: decryption.jwk.json and signing.jwk.json are private (0600) and stay with the authority;
encryption.public.jwk.json and signing.public.jwk.json are what a destination is registered with. Self-signed
certificates are accepted in the test environment only. Files that exist are never overwritten.

The commands of authorities take the folder as --keys DESTINATION=DIR. When the decryption key is replaced, keep the old one beside
the new one as decryption-….jwk.json: what was sealed to it before can still be opened.`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if subject == "" || out == "" || days < 1 {
				return usageError{fmt.Errorf("--out and --subject are required and --days is at least 1; see \"%s --help\"", cmd.CommandPath())}
			}
			return keygen(outputOf(cmd), out, subject, time.Duration(days)*24*time.Hour)
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&out, "out", "", "folder for the four files; made if missing")
	flags.StringVar(&subject, "subject", "", "common name in the certificates: who the keys belong to")
	flags.IntVar(&days, "days", 365, "how long the certificates are valid")
	completeFolder(cmd, "out")
	completeNothing(cmd, "subject", "days")
	return cmd
}

// madeKey says where a key pair was put.
type madeKey struct {
	Use     keys.Use `json:"use"`
	KID     string   `json:"kid"`
	Private string   `json:"private"` // path
	Public  string   `json:"public"`  // path
}

func keygen(out output, folder, subject string, lifetime time.Duration) error {
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return err
	}
	made := []madeKey{
		{Use: keys.Encryption, Private: filepath.Join(folder, decryptionFile), Public: filepath.Join(folder, "encryption.public.jwk.json")},
		{Use: keys.Signature, Private: filepath.Join(folder, signingFile), Public: filepath.Join(folder, "signing.public.jwk.json")},
	}
	for i := range made {
		if err := made[i].make(subject, lifetime); err != nil {
			return err
		}
	}
	return out.show(made, func(to io.Writer) {
		for _, m := range made {
			fmt.Fprintf(to, "%s  kid %s\n%s  to be registered\n", m.Private, m.KID, m.Public)
		}
	})
}

// make makes the pair, unless one of its files is there already.
func (m *madeKey) make(subject string, lifetime time.Duration) error {
	private, err := reserve(m.Private, 0o600)
	if err != nil {
		return err
	}
	public, err := reserve(m.Public, 0o644)
	if err != nil {
		return errors.Join(err, private.drop())
	}
	key, err := keys.Generate(m.Use, subject, time.Now(), lifetime)
	if err != nil {
		return errors.Join(err, private.drop(), public.drop())
	}
	m.KID = key.KID
	if err := private.keepJSON(key); err != nil {
		return errors.Join(err, public.drop())
	}
	return public.keepJSON(key.Public)
}
