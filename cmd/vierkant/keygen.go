package main

import (
	"encoding/json"
	"fmt"
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
certificates are accepted in the test environment only. Files that exist are never overwritten.`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if subject == "" || out == "" || days < 1 {
				return usageError{fmt.Errorf("--out and --subject are required and --days is at least 1; see \"%s --help\"", cmd.CommandPath())}
			}
			return keygen(cmd, out, subject, time.Duration(days)*24*time.Hour)
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&out, "out", "", "folder for the four files; made if missing")
	flags.StringVar(&subject, "subject", "", "common name in the certificates: who the keys belong to")
	flags.IntVar(&days, "days", 365, "how long the certificates are valid")
	return cmd
}

func keygen(cmd *cobra.Command, out, subject string, lifetime time.Duration) error {
	if err := os.MkdirAll(out, 0o700); err != nil {
		return err
	}
	for _, pair := range []struct {
		use             keys.Use
		private, public string
	}{
		{keys.Encryption, "decryption.jwk.json", "encryption.public.jwk.json"},
		{keys.Signature, "signing.jwk.json", "signing.public.jwk.json"},
	} {
		key, err := keys.Generate(pair.use, subject, time.Now(), lifetime)
		if err != nil {
			return err
		}
		if err := writeNew(filepath.Join(out, pair.private), key, 0o600); err != nil {
			return err
		}
		if err := writeNew(filepath.Join(out, pair.public), key.Public, 0o644); err != nil {
			return err
		}
		fmt.Fprintf(cmd.OutOrStdout(), "%s  kid %s\n%s  to be registered\n", filepath.Join(out, pair.private), key.KID, filepath.Join(out, pair.public))
	}
	return nil
}

// writeNew writes a file that must not exist yet: an overwritten private key cannot be had back.
func writeNew(path string, content any, mode os.FileMode) error {
	raw, err := json.MarshalIndent(content, "", "  ")
	if err != nil {
		return err
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
	if err != nil {
		return fmt.Errorf("%w (keys are never overwritten: choose another folder)", err)
	}
	if _, err := f.Write(append(raw, '\n')); err != nil {
		f.Close()
		return err
	}
	return f.Close()
}
