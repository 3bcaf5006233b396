package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/vierkant/vierkant/api/client"
	"github.com/vierkant/vierkant/crypto/keys"
)

// oldSnapshot is the age from which a snapshot is warned of: the portal signs each state anew after half a day.
const oldSnapshot = 48 * time.Hour

func snapshotCommand() *cobra.Command {
	var (
		to   connection
		path string
	)
	cmd := &cobra.Command{
		Use:   "snapshot --save FILE",
		Short: "Keep a signed copy of all routes for the time when the routing service is out of reach",
		Long: `Fetches all routes with the portal's signature, verifies them, and puts them in place of FILE; what is there and still the newest
is not fetched again, so that this may run every hour. The portal's keys are put beside it, into FILE.trust.json. "vierkant route
--offline FILE" looks up in it.`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if path == "" {
				return usageError{errors.New("--save is required: the file to keep")}
			}
			c, err := to.open(asSender, nil)
			if err != nil {
				return err
			}
			kept, err := c.SaveSnapshot(cmd.Context(), path)
			if err != nil {
				return err
			}
			return outputOf(cmd).show(kept, func(to io.Writer) {
				fmt.Fprintf(to, "%s has all routes (%d), as the portal signed them at %s.\nThe keys to verify it by are in %s.\n",
					path, kept.Routes, kept.Issued.Format(time.RFC3339), client.TrustFile(path))
			})
		},
	}
	to.flags(cmd)
	cmd.Flags().StringVar(&path, "save", "", "the file to keep (required)")
	completeFile(cmd, "save")
	return cmd
}

// keptRoutes is the flags by which a snapshot is used.
type keptRoutes struct{ offline, fallback, portalKeys string }

func (k *keptRoutes) flags(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringVar(&k.offline, "offline", "", "ask nobody: look up in this file of \"vierkant snapshot\"")
	flags.StringVar(&k.fallback, "fallback", "", "look up in this file of \"vierkant snapshot\" if the service is out of reach")
	flags.StringVar(&k.portalKeys, "portal-keys", "", "with a snapshot: key set of the portal (JWKS), instead of the keys saved with it")
	completeFile(cmd, "offline")
	completeFile(cmd, "fallback")
	completeFile(cmd, "portal-keys", "json")
}

// check refuses flags that do not go together.
func (k *keptRoutes) check(where place, explain bool) error {
	switch {
	case k.offline != "" && k.fallback != "":
		return usageError{errors.New("--offline asks nobody, --fallback asks the service first: give one of them")}
	case k.offline != "" && where.postcode != "":
		return usageError{errors.New("a snapshot has no names of places: with --offline name the place by --ars or --ags")}
	case explain && k.offline+k.fallback != "":
		return usageError{errors.New("--explain asks the service: it does not go with --offline or --fallback")}
	case k.portalKeys != "" && k.offline+k.fallback == "":
		return usageError{errors.New("--portal-keys goes with --offline or --fallback: online the portal is asked for its keys")}
	}
	return nil
}

// open verifies a snapshot. What the caller gave goes before what was saved with it.
func (k *keptRoutes) open(path, base string) (*client.Snapshot, error) {
	trust, err := client.ReadTrust(client.TrustFile(path))
	if given := base != "" && k.portalKeys != ""; err != nil && (!given || !errors.Is(err, fs.ErrNotExist)) {
		return nil, fmt.Errorf("%w; without it give --url and --portal-keys", err)
	}
	if k.portalKeys != "" {
		if trust.Keys, err = readKeySet(k.portalKeys); err != nil {
			return nil, err
		}
	}
	if base != "" {
		address, err := url.Parse(base)
		if err != nil {
			return nil, usageError{fmt.Errorf("--url: %w", err)}
		}
		trust.Portal, trust.SubmissionHost = strings.TrimRight(base, "/")+"/portal", address.Host
	}
	return client.OpenSnapshot(path, trust, time.Now())
}

// readKeySet reads a JWKS with at least one key.
func readKeySet(path string) (keys.Set, error) {
	raw, err := os.ReadFile(path)
	if err != nil {
		return keys.Set{}, err
	}
	set, err := keys.ParseSet(raw)
	if err == nil && len(set.Keys) == 0 {
		err = errors.New("it has no key that can be used")
	}
	if err != nil {
		return keys.Set{}, fmt.Errorf("%s: %w", path, err)
	}
	return set, nil
}

// warnOfAge says when the routes may have changed since.
func warnOfAge(to io.Writer, path string, issued, now time.Time) {
	if age := now.Sub(issued); age > oldSnapshot {
		const day = 24 * time.Hour
		fmt.Fprintf(to, "Warning: %s is of %s, %d days old: routes may have changed since.\n", path, issued.Format(time.RFC3339), age/day)
	}
}
