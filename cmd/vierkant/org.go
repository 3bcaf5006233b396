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
	cmd := &cobra.Command{Use: "org", Short: "Organisations, which own everything else"}
	onlyCommands(cmd)
	cmd.AddCommand(orgAddCommand())
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
				return outputOf(cmd).show(made, func(to io.Writer) { fmt.Fprintf(to, "%s is the organisation %s.\n", made.Name, made.OrgID) })
			})
		},
	}
	at.flags(cmd)
	return cmd
}
