package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"github.com/vierkant/vierkant/api/client"
	"github.com/vierkant/vierkant/api/wire"
	"github.com/vierkant/vierkant/crypto/keys"
)

func keyCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "key", Short: "Keys of destinations: how long they last, and which are in force"}
	onlyCommands(cmd)
	cmd.AddCommand(keyListCommand(), keyAddCommand(), keyActivateCommand(), keyUnlockCommand(), keyLockCommand())
	return cmd
}

func keyListCommand() *cobra.Command {
	var (
		at     ofOrg
		within int
	)
	cmd := &cobra.Command{
		Use:   "list [--within DAYS] [--org ORGANISATION] (--config FILE | --data DIR | --url URL)",
		Short: "List the keys of an organisation's destinations, with what is known of each",
		Long: `Shows where each key stands: next (shown to senders, not in force), current (in force), replaced, retired (nothing that waits is
sealed for it); until when its certificates are valid; what their issuer says of revocation; and whether the private half is still needed.
With --within only keys in force or next whose certificates end in so many days, or have ended.`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if within < 0 {
				return usageError{errors.New("--within is a number of days, 1 or more")}
			}
			return at.administer(cmd, func(ctx context.Context, m *client.Management, org string) error {
				path, none := org+"/keys", "There are no keys."
				if within > 0 {
					path, none = path+"?within="+strconv.Itoa(within), "No certificate ends so soon."
				}
				return listAll(ctx, m, outputOf(cmd), path, "keys", none, "DESTINATION USE STATE VALID-UNTIL REVOCATION PRIVATE-KEY KID", keyRow)
			})
		},
	}
	at.flags(cmd)
	cmd.Flags().IntVar(&within, "within", 0, "only those whose certificates end within so many days")
	completeNothing(cmd, "within")
	return cmd
}

func keyRow(k wire.ManagedKey) []string {
	until, private := "-", "needed: "+k.Why
	if k.ExpiresAt != nil {
		until = k.ExpiresAt.Local().Format(time.DateOnly)
	}
	if !k.PrivateKeyNeeded {
		private = "may be destroyed: " + k.Why
	}
	return []string{k.DestinationID, k.Use, k.State, until, k.Revocation.Status, private, k.KID}
}

func keyAddCommand() *cobra.Command {
	var (
		at          ofOrg
		destination string
	)
	cmd := &cobra.Command{
		Use:   "add FILE --destination DESTINATION [--org ORGANISATION] (--config FILE | --data DIR | --url URL)",
		Short: "Add a public key to a destination, for senders to see before it is in force",
		Args:  oneArgument("file with a public JWK"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if destination == "" {
				return usageError{errors.New("--destination is required: \"vierkant key list\" shows them")}
			}
			key, err := readPublicFile(args[0])
			if err != nil {
				return err
			}
			return at.administer(cmd, func(ctx context.Context, m *client.Management, org string) error {
				var added wire.ManagedKey
				if err := m.Send(ctx, http.MethodPost, org+"/destinations/"+segment(destination)+"/keys", key, &added); err != nil {
					return err
				}
				return outputOf(cmd).show(added, func(to io.Writer) {
					fmt.Fprintf(to, "%s is there, and %s.\nTo have it take effect: vierkant key activate --kid %[1]s --destination %[3]s\n", printable(added.KID), printable(added.State), printable(added.DestinationID))
				})
			})
		},
	}
	at.flags(cmd)
	cmd.Flags().StringVar(&destination, "destination", "", "whose key it is (required)")
	completeNothing(cmd, "destination")
	return cmd
}

// readPublicFile reads a public key: a private one must not leave.
func readPublicFile(path string) (json.RawMessage, error) {
	raw, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	public, err := keys.ParsePublic(raw)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return public.MarshalJSON()
}

func keyActivateCommand() *cobra.Command {
	var (
		at       ofOrg
		activate activation
	)
	cmd := &cobra.Command{
		Use:   "activate --kid KID --destination DESTINATION [--sign-with KEY] [--org ORGANISATION] (--config FILE | --data DIR | --url URL)",
		Short: "Have a key of a destination take effect",
		Long: `An encryption key is what senders seal for from then on; a signing key is what further changes are signed with. In test it takes effect
at once. In reference and production it takes effect when another person releases the proposal ("vierkant proposals"), or at once with
--sign-with: a file with the private signing key in force, which signs that this key comes in place of that one. The file stays here.

Keep the private half of the former key until "vierkant key list" says that it may be destroyed.`,
		Args: noArguments, // a kid may begin with a hyphen, which would make it a flag
		RunE: func(cmd *cobra.Command, _ []string) error {
			if activate.destination == "" || activate.kid == "" {
				return usageError{errors.New("--destination and --kid are required: \"vierkant key list\" shows them")}
			}
			return at.administer(cmd, func(ctx context.Context, m *client.Management, org string) error {
				return activate.do(ctx, m, outputOf(cmd), org)
			})
		},
	}
	at.flags(cmd)
	flags := cmd.Flags()
	flags.StringVar(&activate.destination, "destination", "", "whose key it is (required)")
	flags.StringVar(&activate.kid, "kid", "", "of the key that is to take effect (required)")
	flags.StringVar(&activate.signWith, "sign-with", "", "file with the private signing key in force")
	completeNothing(cmd, "destination", "kid")
	completeFile(cmd, "sign-with", "json")
	return cmd
}

// activation is a key that is to take effect.
type activation struct{ destination, kid, signWith string }

func (a activation) do(ctx context.Context, m *client.Management, out output, org string) error {
	var (
		in   wire.KeyActivation
		done wire.KeyActivated
		err  error
	)
	if a.signWith != "" {
		if in.Signature, err = a.sign(ctx, m, org); err != nil {
			return err
		}
	}
	path := org + "/destinations/" + segment(a.destination) + "/keys/" + segment(a.kid) + "/activate"
	if err := m.Send(ctx, http.MethodPost, path, in, &done); err != nil {
		return err
	}
	return out.show(done, func(to io.Writer) {
		if done.ProposalID == "" {
			fmt.Fprintf(to, "%s is in force.\n", printable(a.kid))
			return
		}
		fmt.Fprintf(to, "%s waits for a second person, as proposal %s. Another person looks at it and releases it:\n  vierkant proposals show %[2]s …\n", printable(a.kid), done.ProposalID)
	})
}

// sign signs the change with what the broker says is in force: if that is not so, the broker finds another change signed than the one it wants.
func (a activation) sign(ctx context.Context, m *client.Management, org string) (string, error) {
	signer, err := privateIn(a.signWith, keys.Signature)
	if err != nil {
		return "", fmt.Errorf("%s: %w", a.signWith, err)
	}
	all, err := client.ManagementList[wire.ManagedKey](ctx, m, org+"/keys", "keys")
	if err != nil {
		return "", err
	}
	change, err := a.change(all)
	if err != nil {
		return "", err
	}
	change.Issued = time.Now()
	return change.Sign(signer)
}

func (a activation) change(all []wire.ManagedKey) (keys.Change, error) {
	c := keys.Change{Destination: a.destination, KID: a.kid}
	for _, key := range all {
		if key.DestinationID == a.destination && key.KID == a.kid {
			c.Use, c.Thumbprint = keys.Use(key.Use), key.Thumbprint
		}
	}
	if c.Use == "" {
		return c, usageError{fmt.Errorf("the destination %s has no key %q: add it first, with \"vierkant key add\"", a.destination, a.kid)}
	}
	for _, key := range all {
		if key.DestinationID == a.destination && key.Use == string(c.Use) && key.State == "current" {
			c.After = key.Thumbprint
		}
	}
	return c, nil
}
