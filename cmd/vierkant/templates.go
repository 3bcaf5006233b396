package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"

	"github.com/spf13/cobra"

	"github.com/vierkant/vierkant/api/client"
	"github.com/vierkant/vierkant/api/wire"
)

func templateCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "template", Short: "Online services that many authorities offer, described once"}
	onlyCommands(cmd)
	n := owned{noun: "template", show: showTemplate}
	cmd.AddCommand(
		templateOfferedCommand(), templateListing("list", "List templates of an organisation, drafts too"), n.read("show TEMPLATE", "Show a template"),
		n.make("add FILE", "Make a draft of a template from a JSON file, as the management API describes it"),
		n.change("change TEMPLATE FILE", "Give a template other content; what was opened gets a new version"),
		n.do("open TEMPLATE", "Let everybody see and adopt a template", comment), n.do("close TEMPLATE", "Keep a template from being adopted further", nothing),
		templateRestoreCommand(), templateVersionsCommand(),
	)
	return cmd
}

func adoptionCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "adoption", Short: "What an authority makes of a template"}
	onlyCommands(cmd)
	n := owned{noun: "adoption", show: showAdoption}
	cmd.AddCommand(
		adoptionListing("list", "List adoptions of an organisation"), n.read("show ADOPTION", "Show an adoption, and what it lacks for being online"),
		n.make("add FILE", "Adopt a template with the part of the authority from a JSON file, as the management API describes it"),
		n.change("change ADOPTION FILE", "Change the part of the authority"),
		n.do("online ADOPTION", "Lead people to the authority", comment), n.do("offline ADOPTION", "Lead nobody to the authority any more, at once", comment),
		n.do("leave ADOPTION", "End the use of a template", comment),
	)
	return cmd
}

// owned is a noun of the management API that belongs to an organisation.
type owned struct {
	noun string
	show func(io.Writer, json.RawMessage) error
}

func (n owned) root(org string) string { return "/orgs/" + org + "/" + n.noun + "s" }

// What a deed carries.
func nothing(string) any      { return nil }
func comment(text string) any { return wire.Comment{Comment: text} }

// command is one that asks for something of an organisation and shows what comes back.
func (n owned) command(use, short string, args int, ask func(ctx context.Context, m *client.Management, root string, args []string, why string) (json.RawMessage, error)) *cobra.Command {
	var at administration
	var org, why string
	cmd := &cobra.Command{
		Use: use + " --org ORG (--config FILE | --data DIR | --url URL)", Short: short, Args: exactly(args),
		RunE: func(cmd *cobra.Command, args []string) error {
			if org == "" {
				return usageError{errors.New("say for which organisation: --org with its id")}
			}
			return at.administer(cmd, func(ctx context.Context, m *client.Management) error {
				got, err := ask(ctx, m, n.root(org), args, why)
				if err != nil {
					return err
				}
				return n.tell(outputOf(cmd), got)
			})
		},
	}
	at.flags(cmd)
	cmd.Flags().StringVar(&org, "org", "", "id of the organisation")
	cmd.Flags().StringVar(&why, "comment", "", "why, for those who read it later")
	completeNothing(cmd, "org")
	completeNothing(cmd, "comment")
	return cmd
}

// exactly demands so many arguments.
func exactly(n int) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) != n {
			return usageError{fmt.Errorf("%s takes %d arguments, found %d; see \"%[1]s --help\"", cmd.CommandPath(), n, len(args))}
		}
		return nil
	}
}

// tell shows the thing, or what waits for a second person.
func (n owned) tell(out output, got json.RawMessage) error {
	var waits wire.Proposal
	proposed := json.Unmarshal(got, &waits) == nil && waits.Digest != "" // else it is something else, or a list
	var failed error
	err := out.show(got, func(to io.Writer) {
		if proposed {
			fmt.Fprintf(to, "Proposed: a second person releases the proposal %s with the digest %s.\n", waits.ProposalID, waits.Digest)
			return
		}
		failed = n.show(to, got)
	})
	return errors.Join(err, failed)
}

func (n owned) read(use, short string) *cobra.Command {
	return n.command(use, short, 1, func(ctx context.Context, m *client.Management, root string, args []string, _ string) (got json.RawMessage, err error) {
		return got, m.Get(ctx, root+"/"+args[0], &got)
	})
}

func (n owned) make(use, short string) *cobra.Command {
	return n.command(use, short, 1, func(ctx context.Context, m *client.Management, root string, args []string, _ string) (got json.RawMessage, err error) {
		body, err := readDocument(args[0], "")
		if err != nil {
			return nil, err
		}
		return got, m.Send(ctx, http.MethodPost, root, body, &got)
	})
}

func (n owned) change(use, short string) *cobra.Command {
	return n.command(use, short, 2, func(ctx context.Context, m *client.Management, root string, args []string, why string) (got json.RawMessage, err error) {
		body, err := readDocument(args[1], why)
		if err != nil {
			return nil, err
		}
		return got, m.Send(ctx, http.MethodPut, root+"/"+args[0], body, &got)
	})
}

// do asks for a deed that is called as the command is.
func (n owned) do(use, short string, body func(why string) any) *cobra.Command {
	var deed string
	cmd := n.command(use, short, 1, func(ctx context.Context, m *client.Management, root string, args []string, why string) (got json.RawMessage, err error) {
		return got, m.Send(ctx, http.MethodPost, root+"/"+args[0]+"/"+deed, body(why), &got)
	})
	deed = cmd.Name()
	return cmd
}

// readDocument reads a JSON object from a file, and adds the comment if there is one.
func readDocument(path, why string) (document map[string]json.RawMessage, err error) {
	raw, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	if err := json.Unmarshal(raw, &document); err != nil || document == nil {
		return nil, fmt.Errorf("%s: expected a JSON object: %w", path, err)
	}
	if why != "" {
		document["comment"], err = json.Marshal(why)
	}
	return document, err
}

// listing is command for what comes in pages.
func (n owned) listing(use, short string, args int, member string, path func(root string, args []string) string) *cobra.Command {
	return n.command(use, short, args, func(ctx context.Context, m *client.Management, root string, args []string, _ string) (json.RawMessage, error) {
		all, err := client.ManagementList[json.RawMessage](ctx, m, path(root, args), member)
		if err != nil {
			return nil, err
		}
		return json.Marshal(append([]json.RawMessage{}, all...))
	})
}
