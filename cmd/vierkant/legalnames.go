package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"

	"github.com/spf13/cobra"

	"github.com/vierkant/vierkant/api/client"
	"github.com/vierkant/vierkant/api/wire"
)

func legalNamesCommand() *cobra.Command {
	var (
		at    administration
		clear bool
	)
	cmd := &cobra.Command{
		Use:   "legal-names ORGANISATION [NAME…] (--config FILE | --data DIR | --url URL)",
		Short: "Show, or as an operator set, the names under which certificates may be about an organisation",
		Long: `Outside of test the certificate of a key names its organisation: O of its subject or, without any O, CN is one of the names. Upper and
lower case and white space make no difference, all else does: give every spelling that certificates have. The names given replace those
that are there; --clear leaves none. Only operators set them, once they know who the organisation is.`,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 || clear && len(args) > 1 {
				return usageError{fmt.Errorf("%s takes an organisation, and names or --clear; see \"%[1]s --help\"", cmd.CommandPath())}
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			return at.administer(cmd, func(ctx context.Context, m *client.Management) error {
				return legalNames(ctx, m, outputOf(cmd), args[0], args[1:], clear)
			})
		},
	}
	at.flags(cmd)
	cmd.Flags().BoolVar(&clear, "clear", false, "take all names away: no certificate is the organisation's then")
	cmd.ValidArgsFunction = firstArgument(completeListed(&at, "/orgs", "orgs", offerOrg))
	return cmd
}

func legalNames(ctx context.Context, m *client.Management, out output, org string, names []string, clear bool) error {
	if org == "" {
		return usageError{errors.New("name the organisation")}
	}
	id, err := findOrg(ctx, m, org)
	if err != nil {
		return err
	}
	var is wire.LegalNames
	if path := "/orgs/" + id + "/legal-names"; len(names) > 0 || clear {
		err = m.Send(ctx, http.MethodPut, path, wire.LegalNames{Names: append([]string{}, names...)}, &is)
	} else {
		err = m.Get(ctx, path, &is)
	}
	if err != nil {
		return err
	}
	return out.show(is, func(to io.Writer) {
		if len(is.Names) == 0 {
			fmt.Fprintln(to, "It has none: outside of test no key is accepted for it.")
		}
		for _, name := range is.Names {
			fmt.Fprintln(to, printable(name))
		}
	})
}
