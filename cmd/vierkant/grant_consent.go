package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"

	"github.com/spf13/cobra"

	"github.com/vierkant/vierkant/api/client"
	"github.com/vierkant/vierkant/api/routesheet"
	"github.com/vierkant/vierkant/api/wire"
)

func consentCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "consent", Short: "Agree to what another organisation publishes"}
	onlyCommands(cmd)
	cmd.AddCommand(consentGiveCommand(), consentListCommand(), consentWithdrawCommand())
	return cmd
}

// consenting is who agrees: an organisation, or with --as-operator the operator in place of all.
type consenting struct {
	ofOrg
	operator bool
}

func (c *consenting) flags(cmd *cobra.Command) {
	c.ofOrg.flags(cmd)
	cmd.Flags().BoolVar(&c.operator, "as-operator", false, "in place of all organisations; only operators may")
}

func (c *consenting) administer(cmd *cobra.Command, do func(ctx context.Context, m *client.Management, path string) error) error {
	if !c.operator {
		return c.ofOrg.administer(cmd, func(ctx context.Context, m *client.Management, org string) error { return do(ctx, m, org+"/consents") })
	}
	if c.org != "" {
		return usageError{errors.New("--as-operator is in place of all organisations: leave out --org")}
	}
	return c.administration.administer(cmd, func(ctx context.Context, m *client.Management) error { return do(ctx, m, "/consents") })
}

func consentGiveCommand() *cobra.Command {
	var (
		at consenting
		in span
		to string
	)
	cmd := &cobra.Command{
		Use:   "give --to ORGANISATION --region R [--service S]... [--org ORGANISATION | --as-operator] (--config FILE | --data DIR | --url URL)",
		Short: "Let another organisation publish at your places",
		Args:  noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := in.check(); err != nil {
				return err
			}
			if to == "" {
				return usageError{errors.New("--to is required")}
			}
			return at.administer(cmd, func(ctx context.Context, m *client.Management, path string) error {
				other, err := findOrg(ctx, m, to)
				if err != nil {
					return err
				}
				var c wire.Consent
				draft := wire.ConsentDraft{ToOrgID: other, Services: in.urns(), Region: routesheet.Region(in.region)}
				if err := m.Send(ctx, http.MethodPost, path, draft, &c); err != nil {
					return err
				}
				return outputOf(cmd).show(c, func(to io.Writer) {
					fmt.Fprintf(to, "The consent %s lets organisation %s publish %s.\n", c.ConsentID, c.ToOrgID, spanText(c.Services, c.Region))
				})
			})
		},
	}
	at.flags(cmd)
	in.flags(cmd)
	cmd.Flags().StringVar(&to, "to", "", "the organisation that publishes, by id, or by name if you may act for it (required)")
	completeNothing(cmd, "to")
	return cmd
}

func consentListCommand() *cobra.Command {
	var (
		at    consenting
		given bool
	)
	cmd := &cobra.Command{
		Use:   "list [--given] [--org ORGANISATION | --as-operator] (--config FILE | --data DIR | --url URL)",
		Short: "List what others agreed to, or what was agreed to",
		Args:  noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return at.administer(cmd, func(ctx context.Context, m *client.Management, path string) error {
				if given {
					path += "?given=true"
				}
				return listAll(ctx, m, outputOf(cmd), path, "consents", "There are none.", "CONSENT SINCE FROM TO PLACES", consentRow)
			})
		},
	}
	at.flags(cmd)
	cmd.Flags().BoolVar(&given, "given", false, "what this organisation agreed to")
	return cmd
}

func consentRow(c wire.Consent) []string {
	from := c.FromOrgID
	if from == "" {
		from = "operator"
	}
	return []string{c.ConsentID, when(c.MadeAt), from, c.ToOrgID, spanText(c.Services, c.Region)}
}

func consentWithdrawCommand() *cobra.Command {
	var at consenting
	cmd := &cobra.Command{
		Use:   "withdraw CONSENT [--org ORGANISATION | --as-operator] (--config FILE | --data DIR | --url URL)",
		Short: "Agree to nothing further; what was published stays",
		Args:  oneArgument("consent"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return at.administer(cmd, func(ctx context.Context, m *client.Management, path string) error {
				if err := m.Send(ctx, http.MethodDelete, path+"/"+segment(args[0]), nil, nil); err != nil {
					return err
				}
				return outputOf(cmd).show(map[string]string{"withdrawn": args[0]}, func(to io.Writer) { fmt.Fprintln(to, "It is withdrawn.") })
			})
		},
	}
	at.flags(cmd)
	cmd.ValidArgsFunction = completeOfOrg(&at.ofOrg, "/consents?given=true", "consents", func(c wire.Consent) cobra.Completion {
		return cobra.CompletionWithDesc(c.ConsentID, spanText(c.Services, c.Region))
	})
	return cmd
}
