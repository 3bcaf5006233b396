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

func personTokenCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "token",
		Short: "Personal access tokens: yours, or at the machine anybody's",
		Long: `A token stands for the person wherever it is used: keep it like a password. The first one of a person is issued at the machine
(--config or --data), further ones by the person (--url). Without PERSON it is about whoever asks.`,
	}
	onlyCommands(cmd)
	cmd.AddCommand(tokenAddCommand(), tokenListCommand(), tokenRevokeCommand())
	return cmd
}

// whose is the path of the tokens of a person, or of whoever asks.
func whose(ctx context.Context, m *client.Management, named string) (string, error) {
	if named != "" {
		id, err := findAnybody(ctx, m, named)
		return "/people/" + id + "/tokens", err
	}
	var me wire.Me
	if err := m.Get(ctx, "/me", &me); err != nil {
		return "", err
	}
	if me.Person == nil {
		return "", usageError{errors.New("whose token? Name the person by --person: you are none here, but the operator or an API client")}
	}
	return "/people/" + me.Person.PersonID + "/tokens", nil
}

// ofPerson is an administration that is about one person.
type ofPerson struct {
	administration
	person string
}

func (p *ofPerson) flags(cmd *cobra.Command) {
	p.administration.flags(cmd)
	cmd.Flags().StringVar(&p.person, "person", "", "whose, by id or mail address (default: yours)")
	_ = cmd.RegisterFlagCompletionFunc("person", completeListed(&p.administration, "/people", "people", offerPerson))
}

func (p *ofPerson) administer(cmd *cobra.Command, do func(ctx context.Context, m *client.Management, tokens string) error) error {
	return p.administration.administer(cmd, func(ctx context.Context, m *client.Management) error {
		tokens, err := whose(ctx, m, p.person)
		if err != nil {
			return err
		}
		return do(ctx, m, tokens)
	})
}

func tokenAddCommand() *cobra.Command {
	var (
		at     ofPerson
		secret secretFlag
		draft  wire.PersonalTokenDraft
	)
	cmd := &cobra.Command{
		Use:   "add NAME [--person PERSON] [--days 90] [--out FILE] (--config FILE | --data DIR | --url URL)",
		Short: "Issue a token and show it, this once",
		Args:  oneArgument("name, which says what the token is for"),
		RunE: func(cmd *cobra.Command, args []string) error {
			draft.Name = args[0]
			return at.administer(cmd, func(ctx context.Context, m *client.Management, tokens string) error {
				var made wire.NewPersonalToken
				if err := secret.hand(func() (*string, error) {
					return &made.Token, m.Send(ctx, http.MethodPost, tokens, draft, &made)
				}); err != nil {
					return err
				}
				return outputOf(cmd).show(made, func(to io.Writer) { tellToken(to, made, secret) })
			})
		},
	}
	at.flags(cmd)
	secret.flag(cmd, "the token")
	cmd.Flags().IntVar(&draft.Days, "days", 90, "for how many days it is good, at most 366")
	completeNothing(cmd, "days")
	return cmd
}

func tellToken(to io.Writer, made wire.NewPersonalToken, secret secretFlag) {
	fmt.Fprintf(to, "Good until %s; its id is %s.\n", when(made.ExpiresAt), made.TokenID)
	if secret.file != "" {
		fmt.Fprintf(to, "The token is in %s.\n", secret.file)
		return
	}
	fmt.Fprintf(to, "\n%s\n\nKeep it like a password: it is shown this once. --token-file or %s hand it to the commands.\n", made.Token, tokenVariable)
}

func tokenListCommand() *cobra.Command {
	var at ofPerson
	cmd := &cobra.Command{
		Use:   "list [--person PERSON] (--config FILE | --data DIR | --url URL)",
		Short: "List the tokens of a person",
		Args:  noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return at.administer(cmd, func(ctx context.Context, m *client.Management, tokens string) error {
				return listAll(ctx, m, outputOf(cmd), tokens, "tokens", "There are none.", "TOKEN ISSUED UNTIL NAME", func(t wire.PersonalToken) []string {
					return []string{t.TokenID, when(t.IssuedAt), when(t.ExpiresAt), t.Name}
				})
			})
		},
	}
	at.flags(cmd)
	return cmd
}

func tokenRevokeCommand() *cobra.Command {
	var at ofPerson
	cmd := &cobra.Command{
		Use:   "revoke TOKEN [--person PERSON] (--config FILE | --data DIR | --url URL)",
		Short: "Revoke a token by its id; it is good no more at once",
		Args:  oneArgument("id of a token"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return at.administer(cmd, func(ctx context.Context, m *client.Management, tokens string) error {
				if err := m.Send(ctx, http.MethodDelete, tokens+"/"+segment(args[0]), nil, nil); err != nil {
					return err
				}
				return outputOf(cmd).show(map[string]string{"revoked": args[0]}, func(to io.Writer) { fmt.Fprintln(to, "It is revoked.") })
			})
		},
	}
	at.flags(cmd)
	return cmd
}
