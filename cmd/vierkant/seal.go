package main

import (
	"errors"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"github.com/vierkant/vierkant/crypto/keys"
	"github.com/vierkant/vierkant/crypto/seal"
)

func sealCommand() *cobra.Command {
	var key, contentType string
	cmd := &cobra.Command{
		Use:   "seal --key FILE --type MEDIATYPE FILE",
		Short: "Seal one file for a public key, for those who speak the wire by hand",
		Long: `Writes FILE as a compact JWE (RSA-OAEP-256, A256GCM) to standard output. The key is a public encryption key as the broker
delivers it. "vierkant send" does this and all the rest; this command is for trying the protocol with curl.`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if key == "" || contentType == "" || len(args) != 1 {
				return usageError{errors.New("--key, --type and one file are required")}
			}
			sealed, err := sealFile(key, contentType, args[0])
			if err != nil {
				return err
			}
			_, err = fmt.Fprint(cmd.OutOrStdout(), sealed)
			return err
		},
	}
	cmd.Flags().StringVar(&key, "key", "", "public encryption key (JWK)")
	cmd.Flags().StringVar(&contentType, "type", "", "media type of the file, like application/json")
	return cmd
}

func sealFile(key, contentType, path string) (string, error) {
	raw, err := os.ReadFile(key)
	if err != nil {
		return "", err
	}
	public, err := keys.ParsePublic(raw)
	if err != nil {
		return "", fmt.Errorf("%s: %w", key, err)
	}
	content, err := os.ReadFile(path)
	if err != nil {
		return "", err
	}
	return seal.Seal(public, contentType, content)
}
