package main

import (
	"fmt"
	"io"
	"net/http"

	"github.com/spf13/cobra"

	"github.com/vierkant/vierkant/cmd/node"
)

func adminCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "admin",
		Short: "Operators of the platform, who sign in to the portal: the first one, and one who is locked out",
		Long: `The first operator of the platform is made here, at the machine; further ones are appointed by each other in the portal. What is printed
is a link that is good once and for a day: whoever opens it chooses a password and a second factor, so hand it over like a key.`,
	}
	onlyCommands(cmd)
	cmd.AddCommand(adminAddCommand(), adminResetCommand())
	return cmd
}

func adminAddCommand() *cobra.Command {
	var (
		at    atNode
		asked node.Administrator
	)
	cmd := &cobra.Command{
		Use:   "add EMAIL --name NAME (--config FILE | --data DIR)",
		Short: "Make a person an operator of the platform, and print a link by which they choose a password",
		Args:  oneArgument("mail address"),
		RunE: func(cmd *cobra.Command, args []string) error {
			asked.Email = args[0]
			return at.linkAdministrator(cmd, asked)
		},
	}
	at.flags(cmd)
	cmd.Flags().StringVar(&asked.Name, "name", "", "name of somebody who is not known yet")
	completeNothing(cmd, "name")
	return cmd
}

func adminResetCommand() *cobra.Command {
	var (
		at    atNode
		asked = node.Administrator{Reset: true}
	)
	cmd := &cobra.Command{
		Use:   "reset EMAIL [--without-factors] (--config FILE | --data DIR)",
		Short: "Print a link by which a person chooses another password",
		Long: `For anybody, operator of the platform or not. A second factor is asked for as ever; with --without-factors all apps, passkeys and recovery codes of the
person are taken away when the link is used, and others are enrolled. Be sure who asks you for that: it is all that keeps others out.`,
		Args: oneArgument("mail address"),
		RunE: func(cmd *cobra.Command, args []string) error {
			asked.Email = args[0]
			return at.linkAdministrator(cmd, asked)
		},
	}
	at.flags(cmd)
	cmd.Flags().BoolVar(&asked.Without, "without-factors", false, "take all second factors away, of somebody who has lost them")
	return cmd
}

func (a *atNode) linkAdministrator(cmd *cobra.Command, asked node.Administrator) error {
	var made node.AdministratorLink
	if err := a.call(cmd.Context(), http.MethodPost, "/admin", asked, &made); err != nil {
		return err
	}
	return outputOf(cmd).show(made, func(to io.Writer) {
		fmt.Fprintf(to, "For %s, once, until %s:\n\n%s\n", printable(made.Email), when(made.Until), made.Link)
	})
}
