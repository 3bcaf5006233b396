package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"

	"github.com/spf13/cobra"

	"github.com/vierkant/vierkant/api/client"
	"github.com/vierkant/vierkant/api/wire"
)

func proposalsCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "proposals", Short: "What one person proposes and another one releases"}
	onlyCommands(cmd)
	cmd.AddCommand(
		proposalListCommand(), proposalShowCommand(), proposalReleaseCommand(),
		proposalEndCommand("refuse", "Refuse a proposal that you could release"),
		proposalEndCommand("withdraw", "Withdraw a proposal of your side"),
	)
	return cmd
}

func proposalListCommand() *cobra.Command {
	var (
		at  ofOrg
		all bool
	)
	cmd := &cobra.Command{
		Use:   "list [--all] [--org ORGANISATION] (--config FILE | --data DIR | --url URL)",
		Short: "List the proposals that wait for a second person",
		Args:  noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return at.administer(cmd, func(ctx context.Context, m *client.Management, org string) error {
				path := org + "/proposals?open=true"
				if all {
					path = org + "/proposals"
				}
				return listAll(ctx, m, outputOf(cmd), path, "proposals", "Nothing is proposed.", "PROPOSAL MADE EXPIRES STATE SUBJECT BY", proposalRow)
			})
		},
	}
	at.flags(cmd)
	cmd.Flags().BoolVar(&all, "all", false, "also those that are decided")
	return cmd
}

func proposalRow(p wire.Proposal) []string {
	return []string{p.ProposalID, when(p.MadeAt), when(p.ExpiresAt), p.State, p.Subject, p.By}
}

func offerProposal(p wire.Proposal) cobra.Completion {
	return cobra.CompletionWithDesc(p.ProposalID, printable(p.Subject+" by "+p.By))
}

func completeProposals(at *ofOrg) cobra.CompletionFunc {
	return completeOfOrg(at, "/proposals?open=true", "proposals", offerProposal)
}

func proposalShowCommand() *cobra.Command {
	var at ofOrg
	cmd := &cobra.Command{
		Use:   "show PROPOSAL [--org ORGANISATION] (--config FILE | --data DIR | --url URL)",
		Short: "Show what would be done, and the digest with which it is released",
		Args:  oneArgument("proposal"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return at.administer(cmd, func(ctx context.Context, m *client.Management, org string) error {
				var p wire.Proposal
				if err := m.Get(ctx, org+"/proposals/"+segment(args[0]), &p); err != nil {
					return err
				}
				return showProposal(outputOf(cmd), p)
			})
		},
	}
	at.flags(cmd)
	cmd.ValidArgsFunction = completeProposals(&at)
	return cmd
}

func showProposal(out output, p wire.Proposal) error {
	return out.show(p, func(to io.Writer) {
		fmt.Fprintf(to, "%s, proposed %s by %s, is %s.\n", printable(p.Subject), when(p.MadeAt), printable(p.By), printable(p.State))
		if p.ClosedAt != nil {
			fmt.Fprintf(to, "Decided %s by %s. %s\n", when(*p.ClosedAt), printable(p.ClosedBy), printable(p.Note))
		}
		var value bytes.Buffer
		if err := json.Indent(&value, p.Value, "", "  "); err == nil {
			fmt.Fprintf(to, "\n%s\n", printableLines(value.String()))
		}
		fmt.Fprintf(to, "\nDigest %s\n", printable(p.Digest))
		if p.State == "open" {
			fmt.Fprintf(to, "To release it until %s, another person: vierkant proposals release %s --digest %s …\n", when(p.ExpiresAt), p.ProposalID, printable(p.Digest))
		}
	})
}

func proposalReleaseCommand() *cobra.Command {
	var (
		at     ofOrg
		digest string
	)
	cmd := &cobra.Command{
		Use:   "release PROPOSAL --digest DIGEST [--org ORGANISATION] --url URL",
		Short: "Release what another person proposed, as you saw it",
		Long: `What was proposed is done, if it is exactly what has the digest. It takes a person other than the one who proposed, an owner or
operator of the organisation, with a personal token: neither an API client nor whoever sits at the machine.`,
		Args: oneArgument("proposal"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if digest == "" {
				return usageError{errors.New("--digest is required: \"vierkant proposals show\" has it, with what it stands for")}
			}
			return at.decide(cmd, args[0], "release", wire.Release{Digest: digest})
		},
	}
	at.flags(cmd)
	cmd.Flags().StringVar(&digest, "digest", "", "of the proposal as you saw it (required)")
	completeNothing(cmd, "digest")
	cmd.ValidArgsFunction = completeProposals(&at)
	return cmd
}

// decide closes a proposal and says how.
func (o *ofOrg) decide(cmd *cobra.Command, proposal, how string, in any) error {
	return o.administer(cmd, func(ctx context.Context, m *client.Management, org string) error {
		var p wire.Proposal
		if err := m.Send(ctx, http.MethodPost, org+"/proposals/"+segment(proposal)+"/"+how, in, &p); err != nil {
			return err
		}
		return outputOf(cmd).show(p, func(to io.Writer) { fmt.Fprintf(to, "It is %s.\n", printable(p.State)) })
	})
}

func proposalEndCommand(how, short string) *cobra.Command {
	var (
		at ofOrg
		in wire.ProposalEnd
	)
	cmd := &cobra.Command{
		Use:   how + " PROPOSAL [--note TEXT] [--org ORGANISATION] (--config FILE | --data DIR | --url URL)",
		Short: short,
		Args:  oneArgument("proposal"),
		RunE:  func(cmd *cobra.Command, args []string) error { return at.decide(cmd, args[0], how, in) },
	}
	at.flags(cmd)
	cmd.Flags().StringVar(&in.Note, "note", "", "why, for those who read it later")
	completeNothing(cmd, "note")
	cmd.ValidArgsFunction = completeProposals(&at)
	return cmd
}
