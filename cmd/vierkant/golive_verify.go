package main

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/vierkant/vierkant/crypto/attest"
	"github.com/vierkant/vierkant/crypto/keys"
)

// signedReport is a file of "golive --report".
type signedReport struct{ attest.SignedReadiness }

func goLiveVerifyCommand() *cobra.Command {
	var portalKeys string
	cmd := &cobra.Command{
		Use:   "verify FILE [--portal-keys FILE]",
		Short: "Check a saved go-live report without the service",
		Long: `FILE is one of "golive --report", or was downloaded from the portal. Its signature is checked, and that it says what was signed; the exit
status is 0 if both hold, also for a report that is not complete: --json tells.

The report brings its own key, and is then worth as much as its keeper's word. To rely on keys that you got yourself, give those of the
portal (its /portal/.well-known/jwks.json).`,
		Args: oneArgument("file"),
		RunE: func(cmd *cobra.Command, args []string) error {
			var report signedReport
			if err := readJSON(args[0], &report); err != nil {
				return fmt.Errorf("%w; expected a file of \"vierkant golive --report\"", err)
			}
			whose, err := report.verify(portalKeys)
			if err != nil {
				return fmt.Errorf("%s: %w", args[0], err)
			}
			return outputOf(cmd).show(savedReport{args[0], report.Report}, func(to io.Writer) {
				showReadiness(to, report.Report)
				fmt.Fprintf(to, "All of it holds. Keys of the portal: %s\n", whose)
			})
		},
	}
	cmd.Flags().StringVar(&portalKeys, "portal-keys", "", "key set of the portal (JWKS), instead of the key saved with the report")
	completeFile(cmd, "portal-keys", "json")
	return cmd
}

// verify checks a report by the keys in a file or, without one, by its own, and says whose they are.
func (r signedReport) verify(path string) (whose string, err error) {
	whose = "that saved with it: as good as its keeper's word (--portal-keys names others)"
	var set keys.Set
	if path != "" {
		whose = "those in " + path
		set, err = readKeySet(path)
	} else {
		set, err = r.own()
	}
	if err != nil {
		return "", err
	}
	_, err = r.Verify(func(kid string) (keys.Public, error) {
		key, found := set.Lookup(kid)
		if !found {
			return keys.Public{}, fmt.Errorf("it is none of %s", whose)
		}
		return key, nil
	})
	return whose, err
}

// own is the keys that were saved with a report.
func (r signedReport) own() (set keys.Set, err error) {
	for _, raw := range r.Keys.Keys {
		key, err := keys.ParsePublic(raw)
		if err != nil {
			return set, err
		}
		set.Keys = append(set.Keys, key)
	}
	return set, nil
}
