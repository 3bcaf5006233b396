package main

import (
	"context"
	"fmt"
	"io"
	"net/http"

	"github.com/spf13/cobra"

	"github.com/vierkant/vierkant/api/client"
	"github.com/vierkant/vierkant/api/wire"
)

func orgCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "org", Short: "Organisations, which own clients, destinations and routes"}
	onlyCommands(cmd)
	cmd.AddCommand(orgAddCommand(), orgListCommand(), orgRenameCommand(), legalNamesCommand())
	return cmd
}

func orgAddCommand() *cobra.Command {
	var at administration
	cmd := &cobra.Command{
		Use:   "add NAME (--config FILE | --data DIR | --url URL)",
		Short: "Make an organisation; only operators may",
		Args:  oneArgument("name of an organisation"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return at.administer(cmd, func(ctx context.Context, m *client.Management) error {
				var made wire.Org
				if err := m.Send(ctx, http.MethodPost, "/orgs", wire.OrgDraft{Name: args[0]}, &made); err != nil {
					return err
				}
				return showOrg(outputOf(cmd), made)
			})
		},
	}
	at.flags(cmd)
	return cmd
}

func showOrg(out output, o wire.Org) error {
	return out.show(o, func(to io.Writer) { fmt.Fprintf(to, "%s is the organisation %s.\n", printable(o.Name), o.OrgID) })
}

func orgListCommand() *cobra.Command {
	var at administration
	cmd := &cobra.Command{
		Use:   "list (--config FILE | --data DIR | --url URL)",
		Short: "List the organisations that you may act for",
		Args:  noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return at.administer(cmd, func(ctx context.Context, m *client.Management) error {
				return listAll(ctx, m, outputOf(cmd), "/orgs", "orgs", "There are none.", "ORGANISATION SINCE NAME", func(o wire.Org) []string {
					return []string{o.OrgID, when(o.CreatedAt), o.Name}
				})
			})
		},
	}
	at.flags(cmd)
	return cmd
}

func orgRenameCommand() *cobra.Command {
	var at administration
	cmd := &cobra.Command{
		Use:   "rename ORGANISATION NAME (--config FILE | --data DIR | --url URL)",
		Short: "Give an organisation another name",
		Args:  twoArguments("organisation", "name"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return at.administer(cmd, func(ctx context.Context, m *client.Management) error {
				id, err := findOrg(ctx, m, args[0])
				if err != nil {
					return err
				}
				var changed wire.Org
				if err := m.Send(ctx, http.MethodPatch, "/orgs/"+id, wire.OrgDraft{Name: args[1]}, &changed); err != nil {
					return err
				}
				return showOrg(outputOf(cmd), changed)
			})
		},
	}
	at.flags(cmd)
	cmd.ValidArgsFunction = firstArgument(completeListed(&at, "/orgs", "orgs", offerOrg))
	return cmd
}
