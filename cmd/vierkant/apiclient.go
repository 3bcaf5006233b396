package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/vierkant/vierkant/api/client"
	"github.com/vierkant/vierkant/api/wire"
)

func clientCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "client", Short: "API clients of an organisation: what programs log in with"}
	onlyCommands(cmd)
	cmd.AddCommand(
		clientAddCommand(), clientListCommand(), clientChangeCommand(), clientRotateCommand(), clientEndFormerCommand(), clientSnippetCommand(),
		clientSwitchCommand("disable", "Shut a client out at once, whatever tokens it holds"),
		clientSwitchCommand("enable", "Let a client in again, with the secret that it had"),
	)
	return cmd
}

func clientAddCommand() *cobra.Command {
	var (
		at     ofOrg
		secret secretFlag
		draft  wire.ClientDraft
		grants []string
		lasts  secretDays
	)
	cmd := &cobra.Command{
		Use:   "add NAME --kind sender|subscriber [--org ORGANISATION] (--config FILE | --data DIR | --url URL)",
		Short: "Register a client and show its secret, this once",
		Args:  oneArgument("name of a client"),
		RunE: func(cmd *cobra.Command, args []string) error {
			draft.Name, draft.Grants, draft.SecretUntil = args[0], parseGrants(grants), lasts.until()
			return at.administer(cmd, func(ctx context.Context, m *client.Management, org string) error {
				var made wire.NewClient
				if err := secret.hand(func() (*string, error) {
					return &made.ClientSecret, m.Send(ctx, http.MethodPost, org+"/clients", draft, &made)
				}); err != nil {
					return err
				}
				return showSecret(outputOf(cmd), made, secret)
			})
		},
	}
	at.flags(cmd)
	secret.flag(cmd, "the secret")
	lasts.flag(cmd)
	flags := cmd.Flags()
	flags.StringVar(&draft.Kind, "kind", "", "sender or subscriber (required)")
	flags.BoolVar(&draft.Manage, "manage", false, "a subscriber that may also manage destinations")
	flags.StringArrayVar(&grants, "grant", nil, "where a sender may send, like DE09 or DE09=urn:…; may be repeated (default: everything everywhere)")
	completeValues(cmd, "kind", "sender", "subscriber")
	completeNothing(cmd, "grant")
	return cmd
}

// parseGrants reads REGION or REGION=SERVICE; whether they are any is for the broker to say.
func parseGrants(texts []string) []wire.SendGrant {
	var all []wire.SendGrant
	for _, text := range texts {
		region, service, _ := strings.Cut(text, "=")
		all = append(all, wire.SendGrant{Region: region, Service: service})
	}
	return all
}

// showSecret shows a client with its new secret, unless that is in a file.
func showSecret(out output, made wire.NewClient, secret secretFlag) error {
	return out.show(made, func(to io.Writer) {
		fmt.Fprintf(to, "Client  %s\n", made.ClientID)
		if secret.file != "" {
			fmt.Fprintf(to, "Secret  in %s\n", secret.file)
			return
		}
		fmt.Fprintf(to, "Secret  %s\n\nKeep the secret: it is shown this once.\n", made.ClientSecret)
	})
}

func clientListCommand() *cobra.Command {
	var at ofOrg
	cmd := &cobra.Command{
		Use:   "list [--org ORGANISATION] (--config FILE | --data DIR | --url URL)",
		Short: "List the clients of an organisation",
		Args:  noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return at.administer(cmd, func(ctx context.Context, m *client.Management, org string) error {
				return listAll(ctx, m, outputOf(cmd), org+"/clients", "clients", "There are none.", "CLIENT KIND SINCE USED SECRET-UNTIL STATE NAME", clientRow)
			})
		},
	}
	at.flags(cmd)
	return cmd
}

func clientRow(c wire.Client) []string {
	kind, state := c.Kind, "enabled"
	if c.Manage {
		kind += ", manages"
	}
	if c.Disabled {
		state = "disabled"
	}
	return []string{c.ClientID, kind, when(c.CreatedAt), whenever(c.LastUsed), whenever(c.SecretUntil), state, c.Name}
}

// whenever is when, if ever.
func whenever(t *time.Time) string {
	if t == nil {
		return "-"
	}
	return when(*t)
}

func offerClient(c wire.Client) cobra.Completion {
	return cobra.CompletionWithDesc(c.ClientID, printable(c.Name))
}

func clientRotateCommand() *cobra.Command {
	var (
		at      ofOrg
		secret  secretFlag
		overlap time.Duration
		lasts   secretDays
	)
	cmd := &cobra.Command{
		Use:   "rotate CLIENT [--overlap 1h] [--org ORGANISATION] (--config FILE | --data DIR | --url URL)",
		Short: "Give a client a new secret and show it, this once",
		Args:  oneArgument("client"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return at.administer(cmd, func(ctx context.Context, m *client.Management, org string) error {
				var changed wire.NewClient
				if err := secret.hand(func() (*string, error) {
					in := wire.SecretRotation{Overlap: int(overlap / time.Second), SecretUntil: lasts.until()}
					return &changed.ClientSecret, m.Send(ctx, http.MethodPost, org+"/clients/"+segment(args[0])+"/secret", in, &changed)
				}); err != nil {
					return err
				}
				return showSecret(outputOf(cmd), changed, secret)
			})
		},
	}
	at.flags(cmd)
	secret.flag(cmd, "the secret")
	lasts.flag(cmd)
	cmd.Flags().DurationVar(&overlap, "overlap", 0, "for how long the secret before is good beside the new one, at most 720h")
	completeNothing(cmd, "overlap")
	cmd.ValidArgsFunction = completeOfOrg(&at, "/clients", "clients", offerClient)
	return cmd
}

// clientSwitchCommand shuts out, or lets in.
func clientSwitchCommand(deed, short string) *cobra.Command {
	var at ofOrg
	cmd := &cobra.Command{
		Use:   deed + " CLIENT [--org ORGANISATION] (--config FILE | --data DIR | --url URL)",
		Short: short,
		Args:  oneArgument("client"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return at.administer(cmd, func(ctx context.Context, m *client.Management, org string) error {
				var changed wire.Client
				if err := m.Send(ctx, http.MethodPost, org+"/clients/"+segment(args[0])+"/"+deed, nil, &changed); err != nil {
					return err
				}
				return outputOf(cmd).show(changed, func(to io.Writer) { fmt.Fprintf(to, "%s is %sd.\n", printable(changed.Name), deed) })
			})
		},
	}
	at.flags(cmd)
	cmd.ValidArgsFunction = completeOfOrg(&at, "/clients", "clients", offerClient)
	return cmd
}
