package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

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
		Args: func(_ *cobra.Command, args []string) error {
			if key == "" || contentType == "" || len(args) != 1 {
				return usageError{errors.New("--key, --type and one file are required")}
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			out := outputOf(cmd)
			if !out.asJSON {
				return sealFile(out.to, key, contentType, args[0])
			}
			var jwe strings.Builder
			if err := sealFile(&jwe, key, contentType, args[0]); err != nil {
				return err
			}
			return encode(out.to, map[string]string{"jwe": jwe.String()})
		},
	}
	cmd.Flags().StringVar(&key, "key", "", "public encryption key (JWK)")
	cmd.Flags().StringVar(&contentType, "type", "", "media type of the file, like application/json")
	completeFile(cmd, "key", "json")
	completeValues(cmd, "type", seal.JSON, seal.XML, "application/pdf")
	return cmd
}

// sealFile seals a file of any size.
func sealFile(to io.Writer, key, contentType, path string) error {
	public, err := readPublic(key)
	if err != nil {
		return err
	}
	content, err := os.Open(path)
	if err != nil {
		return err
	}
	defer content.Close()
	sealed, err := seal.NewWriter(to, public, contentType)
	if err != nil {
		return fmt.Errorf("%s: %w", key, err)
	}
	if _, err := io.Copy(sealed, content); err != nil {
		return err
	}
	return sealed.Close()
}

func readPublic(path string) (keys.Public, error) {
	raw, err := os.ReadFile(path)
	if err != nil {
		return keys.Public{}, err
	}
	public, err := keys.ParsePublic(raw)
	if err != nil {
		return keys.Public{}, fmt.Errorf("%s: %w", path, err)
	}
	return public, nil
}
