package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/vierkant/vierkant/api/client"
	"github.com/vierkant/vierkant/api/wire"
)

// secretDays is the flag for how long a secret is good.
type secretDays int

func (d *secretDays) flag(cmd *cobra.Command) {
	cmd.Flags().IntVar((*int)(d), "days", 0, "for how many days the secret is good; owners are told before it ends (default: it does not end)")
	completeNothing(cmd, "days")
}

// until is when the secret ends; the zero time: never.
func (d secretDays) until() time.Time {
	if d == 0 {
		return time.Time{}
	}
	return time.Now().Add(time.Duration(d) * 24 * time.Hour).UTC().Truncate(time.Second)
}

func clientChangeCommand() *cobra.Command {
	var (
		at         ofOrg
		name       string
		manage     bool
		grants     []string
		everything bool
	)
	cmd := &cobra.Command{
		Use:   "change CLIENT [--name NAME] [--manage=true|false] [--grant … | --everything] [--org ORGANISATION] (--config FILE | --data DIR | --url URL)",
		Short: "Change name and rights of a client; what it loses is lost at once",
		Args:  oneArgument("client"),
		RunE: func(cmd *cobra.Command, args []string) error {
			var change wire.ClientChange
			given := cmd.Flags().Changed
			if given("name") {
				change.Name = &name
			}
			if given("manage") {
				change.Manage = &manage
			}
			if given("grant") || everything {
				all := parseGrants(grants)
				change.Grants = &all
			}
			if everything && given("grant") || change == (wire.ClientChange{}) {
				return usageError{errors.New("say what is to change: --name, --manage, and either --grant or --everything")}
			}
			return at.administer(cmd, func(ctx context.Context, m *client.Management, org string) error {
				var changed wire.Client
				if err := m.Send(ctx, http.MethodPatch, org+"/clients/"+segment(args[0]), change, &changed); err != nil {
					return err
				}
				return outputOf(cmd).show(changed, func(to io.Writer) { fmt.Fprintf(to, "%s is changed.\n", printable(changed.Name)) })
			})
		},
	}
	at.flags(cmd)
	flags := cmd.Flags()
	flags.StringVar(&name, "name", "", "its name from now on")
	flags.BoolVar(&manage, "manage", false, "whether a subscriber may manage destinations")
	flags.StringArrayVar(&grants, "grant", nil, "where a sender may send from now on, like DE09 or DE09=urn:…; may be repeated")
	flags.BoolVar(&everything, "everything", false, "a sender may send everything everywhere")
	completeNothing(cmd, "name", "grant")
	cmd.ValidArgsFunction = completeOfOrg(&at, "/clients", "clients", offerClient)
	return cmd
}

func clientEndFormerCommand() *cobra.Command {
	var at ofOrg
	cmd := &cobra.Command{
		Use:   "end-former CLIENT [--org ORGANISATION] (--config FILE | --data DIR | --url URL)",
		Short: "Have the secret before the last rotation be good no more",
		Long: `Ends the overlap of secrets at once. Do it when all programs have the new one: "vierkant client list --json" tells by
formerSecretUsedAt in which hour somebody last logged in with the one before.`,
		Args: oneArgument("client"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return at.administer(cmd, func(ctx context.Context, m *client.Management, org string) error {
				if err := m.Send(ctx, http.MethodDelete, org+"/clients/"+segment(args[0])+"/former-secret", nil, nil); err != nil {
					return err
				}
				return outputOf(cmd).show(struct{}{}, func(to io.Writer) { fmt.Fprintln(to, "Only the present secret is good.") })
			})
		},
	}
	at.flags(cmd)
	cmd.ValidArgsFunction = completeOfOrg(&at, "/clients", "clients", offerClient)
	return cmd
}

func clientSnippetCommand() *cobra.Command {
	var (
		at                           ofOrg
		language                     string
		service, region, destination string
	)
	cmd := &cobra.Command{
		Use:   "snippet CLIENT --language curl|vierkant|go|python|java|csharp [--org ORGANISATION] (--config FILE | --data DIR | --url URL)",
		Short: "Write a program that sends or receives as a client",
		Long: `Writes a complete program to standard output, with the addresses of the environment and nothing left to fill in but the secret, which it
reads from the environment variable ` + secretVariable + `.`,
		Args: oneArgument("client"),
		RunE: func(cmd *cobra.Command, args []string) error {
			query := url.Values{}
			for name, value := range map[string]string{"service": service, "region": region, "destinationId": destination} {
				if value != "" {
					query.Set(name, value)
				}
			}
			return at.administer(cmd, func(ctx context.Context, m *client.Management, org string) error {
				var all wire.SnippetList
				if err := m.Get(ctx, org+"/clients/"+segment(args[0])+"/snippets?"+query.Encode(), &all); err != nil {
					return err
				}
				return showSnippet(outputOf(cmd), all.Snippets, language)
			})
		},
	}
	at.flags(cmd)
	flags := cmd.Flags()
	flags.StringVar(&language, "language", "vierkant", "curl, vierkant, go, python, java or csharp")
	flags.StringVar(&service, "service", "", "what a sender is to send: a URN, or its last part")
	flags.StringVar(&region, "region", "", "where to, like DE14713")
	flags.StringVar(&destination, "destination", "", "for which destination a subscriber is to receive")
	completeValues(cmd, "language", "curl", "vierkant", "go", "python", "java", "csharp")
	completeNothing(cmd, "service", "region", "destination")
	cmd.ValidArgsFunction = completeOfOrg(&at, "/clients", "clients", offerClient)
	return cmd
}

func showSnippet(out output, all []wire.Snippet, language string) error {
	i := slices.IndexFunc(all, func(s wire.Snippet) bool { return s.Language == language })
	if i < 0 {
		known := make([]string, len(all))
		for i, s := range all {
			known[i] = s.Language
		}
		return usageError{fmt.Errorf("--language %q: it is one of %s", language, strings.Join(known, ", "))}
	}
	return out.show(all[i], func(to io.Writer) { fmt.Fprint(to, all[i].Text) })
}
