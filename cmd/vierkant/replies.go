package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/google/uuid"
	"github.com/spf13/cobra"

	"github.com/vierkant/vierkant/api/client"
)

// mailbox is the flags of the commands about replies that came, to an online service or to an authority.
type mailbox struct {
	from      connection
	authority bool
	receipt   string
	replyKey  string
	keys      keyFolders
	dir       string
}

func repliesCommand() *cobra.Command {
	var box mailbox
	cmd := &cobra.Command{
		Use:   "replies [--authority]",
		Short: "List the replies that wait; fetch, accept or reject one",
		Long: `Without a further command, lists the replies that authorities sent to this online service and that are neither accepted nor rejected;
with --authority the answers that online services sent to this authority. Nothing is opened, and no private key is needed.`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error { return box.list(cmd.Context(), outputOf(cmd)) },
	}
	box.from.flags(cmd)
	box.authorityFlag(cmd)
	cmd.AddCommand(fetchReplyCommand(), acceptReplyCommand(), rejectReplyCommand())
	return cmd
}

func (b *mailbox) authorityFlag(cmd *cobra.Command) {
	cmd.Flags().BoolVar(&b.authority, "authority", false, "for an authority: the answers of online services")
}

// command completes a command that is about one reply, which is its argument.
func (b *mailbox) command(cmd *cobra.Command, run func(context.Context, output, client.ReplyID) error) *cobra.Command {
	cmd.Args, cmd.ValidArgsFunction = oneArgument("reply"), b.complete
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		id, err := replyID(args[0])
		if err == nil {
			err = b.check()
		}
		if err != nil {
			return err
		}
		return run(cmd.Context(), outputOf(cmd), id)
	}
	b.from.flags(cmd)
	b.authorityFlag(cmd)
	b.keys.flags(cmd)
	flags := cmd.Flags()
	flags.StringVar(&b.receipt, "receipt", "", "an online service: receipt of the application that is replied to (required)")
	flags.StringVar(&b.replyKey, "reply-key", "", "an online service: private key that opens the replies, as \"vierkant send\" made it")
	flags.StringVar(&b.dir, "dir", "", "folder in which each reply has a folder of its own (default: replies; with --authority: inbox)")
	completeFile(cmd, "receipt", "json")
	completeFile(cmd, "reply-key", "json")
	completeFolder(cmd, "dir")
	return cmd
}

func (b *mailbox) check() error {
	switch {
	case b.authority && (b.receipt != "" || b.replyKey != ""):
		return usageError{errors.New("--receipt and --reply-key are those of an online service: they go without --authority")}
	case !b.authority && len(b.keys) > 0:
		return usageError{errors.New("--keys are those of an authority: they go with --authority")}
	case !b.authority && b.receipt == "":
		return usageError{errors.New("--receipt is required: of the application that is replied to; an authority says --authority")}
	}
	if b.dir == "" {
		b.dir = map[bool]string{false: "replies", true: defaultInbox}[b.authority]
	}
	return nil
}

func (b *mailbox) side() side {
	if b.authority {
		return asSubscriber
	}
	return asSender
}

// waiting names the replies that wait.
func (b *mailbox) waiting(ctx context.Context) ([]client.Ref, error) {
	c, err := b.from.open(b.side(), nil)
	if err != nil {
		return nil, err
	}
	if !b.authority {
		return c.Sender().WaitingReplies(ctx)
	}
	s, err := c.Subscriber(nil)
	if err != nil {
		return nil, err
	}
	return s.WaitingReplies(ctx, "")
}

func (b *mailbox) complete(cmd *cobra.Command, args []string, _ string) ([]cobra.Completion, cobra.ShellCompDirective) {
	ctx, cancel := context.WithTimeout(cmd.Context(), completionPatience)
	defer cancel()
	var ids []cobra.Completion
	if len(args) == 0 {
		refs, _ := b.waiting(ctx) // a completion has nowhere to say why
		for _, ref := range refs {
			ids = append(ids, string(ref.ReplyID))
		}
	}
	return ids, cobra.ShellCompDirectiveNoFileComp
}

func (b *mailbox) list(ctx context.Context, out output) error {
	refs, err := b.waiting(ctx)
	if err != nil {
		return err
	}
	waiting := waitingList{
		name: "reply", member: "replies", id: func(r client.Ref) string { return string(r.ReplyID) },
		nothing: "No reply waits.", open: "vierkant replies fetch",
	}
	return waiting.show(out, refs)
}

// replyID reads the argument of a command.
func replyID(text string) (client.ReplyID, error) {
	id, err := uuid.Parse(text)
	if err != nil {
		return "", usageError{fmt.Errorf("%q is no id of a reply: expected a UUID; \"vierkant replies\" shows those that wait", text)}
	}
	return client.ReplyID(id.String()), nil
}
