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

func addressCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "address",
		Short: "Mail addresses, which get mails only once somebody there agreed",
		Long: `When a destination gets a contact with a mail address that is not known yet, a mail with a code goes there: at most one a day, however many
destinations have the address. Whoever reads it confirms the address with the code.`,
	}
	onlyCommands(cmd)
	cmd.AddCommand(addressListCommand(), addressAskCommand(), addressConfirmCommand(), addressMarkCommand())
	return cmd
}

func addressListCommand() *cobra.Command {
	var at ofOrgOrAll
	cmd := &cobra.Command{
		Use:   "list [--org ORGANISATION | --all] (--config FILE | --data DIR | --url URL)",
		Short: "List the mail addresses that an organisation named, or all",
		Args:  noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return at.administer(cmd, func(ctx context.Context, m *client.Management, of string) error {
				return listAll(ctx, m, outputOf(cmd), of+"/addresses", "addresses", "No address was named.", "ADDRESS SINCE STATE", addressRow)
			})
		},
	}
	at.flags(cmd, "of all organisations")
	return cmd
}

func addressRow(a wire.MailAddress) []string {
	return []string{a.Address, when(a.AddedAt), addressState(a)}
}

func addressState(a wire.MailAddress) string {
	switch {
	case a.ConfirmedAt != nil:
		return "confirmed " + when(*a.ConfirmedAt) + " by " + a.ConfirmedBy
	case a.AskedAt != nil:
		return "not confirmed, asked " + when(*a.AskedAt)
	}
	return "not confirmed"
}

func showAddress(out output, a wire.MailAddress) error {
	return out.show(a, func(to io.Writer) { fmt.Fprintf(to, "%s: %s.\n", printable(a.Address), printable(addressState(a))) })
}

func addressAskCommand() *cobra.Command {
	var at ofOrg
	cmd := &cobra.Command{
		Use:   "ask ADDRESS [--org ORGANISATION] (--config FILE | --data DIR | --url URL)",
		Short: "Have a mail with a code sent to an address, at most once a day",
		Args:  oneArgument("mail address"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return at.administer(cmd, func(ctx context.Context, m *client.Management, org string) error {
				return sendAddress(ctx, cmd, m, org+"/addresses", wire.MailAddressDraft{Address: args[0]})
			})
		},
	}
	at.flags(cmd)
	return cmd
}

func addressMarkCommand() *cobra.Command {
	var at administration
	cmd := &cobra.Command{
		Use:   "mark ADDRESS (--config FILE | --data DIR | --url URL)",
		Short: "Confirm an address without a mail, because you know whose it is; only operators may",
		Args:  oneArgument("mail address"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return at.administer(cmd, func(ctx context.Context, m *client.Management) error {
				return sendAddress(ctx, cmd, m, "/addresses", wire.MailAddressDraft{Address: args[0]})
			})
		},
	}
	at.flags(cmd)
	return cmd
}

func sendAddress(ctx context.Context, cmd *cobra.Command, m *client.Management, path string, in any) error {
	var a wire.MailAddress
	if err := m.Send(ctx, http.MethodPost, path, in, &a); err != nil {
		return err
	}
	return showAddress(outputOf(cmd), a)
}

func addressConfirmCommand() *cobra.Command {
	var url string
	cmd := &cobra.Command{
		Use:   "confirm CODE --url URL",
		Short: "Confirm an address by the code from the mail; it takes no token",
		Args:  oneArgument("code"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if url == "" {
				return usageError{errors.New("--url is required: the mail with the code says which")}
			}
			m, err := client.NewManagement(client.ManagementConfig{URL: url, UserAgent: userAgent})
			if err == nil {
				err = sendAddress(cmd.Context(), cmd, m, "/addresses/confirm", wire.MailCode{Code: args[0]})
			}
			if err != nil {
				return &administrationError{err}
			}
			return nil
		},
	}
	cmd.Flags().StringVar(&url, "url", "", "base URL of the broker that sent the mail (required)")
	completeNothing(cmd, "url")
	return cmd
}
