package main

import (
	"context"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/vierkant/vierkant/api/client"
)

// completionPatience is how long somebody who pressed Tab may wait.
const completionPatience = 2 * time.Second

// addCompletion adds the command that writes completion scripts, which is cobra's, and holds it to the rules of the others.
func addCompletion(root *cobra.Command) {
	root.InitDefaultCompletionCmd()
	for _, cmd := range root.Commands() {
		if cmd.Name() != "completion" {
			continue
		}
		onlyCommands(cmd)
		for _, shell := range cmd.Commands() {
			shell.Args = noArguments
		}
	}
}

// completeValues offers the values of a flag. Registering fails only for a flag that the command does not have.
func completeValues(cmd *cobra.Command, flag string, values ...cobra.Completion) {
	_ = cmd.RegisterFlagCompletionFunc(flag, cobra.FixedCompletions(values, cobra.ShellCompDirectiveNoFileComp))
}

// completeNothing keeps a shell from offering files for flags that are none.
func completeNothing(cmd *cobra.Command, flags ...string) {
	for _, flag := range flags {
		completeValues(cmd, flag)
	}
}

// completeFile offers files whose names end so; without endings all files.
func completeFile(cmd *cobra.Command, flag string, endings ...string) {
	directive := cobra.ShellCompDirectiveDefault
	if len(endings) > 0 {
		directive = cobra.ShellCompDirectiveFilterFileExt
	}
	_ = cmd.RegisterFlagCompletionFunc(flag, cobra.FixedCompletions(endings, directive))
}

// completeFolder offers folders.
func completeFolder(cmd *cobra.Command, flags ...string) {
	for _, flag := range flags {
		_ = cmd.RegisterFlagCompletionFunc(flag, cobra.FixedCompletions(nil, cobra.ShellCompDirectiveFilterDirs))
	}
}

// firstArgument offers something for the first argument only.
func firstArgument(offer cobra.CompletionFunc) cobra.CompletionFunc {
	return func(cmd *cobra.Command, args []string, begun string) ([]cobra.Completion, cobra.ShellCompDirective) {
		if len(args) > 0 {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		return offer(cmd, args, begun)
	}
}

// completeWaiting offers the submissions that wait, as the flags given so far say where.
func completeWaiting(from *connection) cobra.CompletionFunc {
	return func(cmd *cobra.Command, args []string, _ string) ([]cobra.Completion, cobra.ShellCompDirective) {
		if len(args) > 0 {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		ctx, cancel := context.WithTimeout(cmd.Context(), completionPatience)
		defer cancel()
		return waitingIDs(ctx, from), cobra.ShellCompDirectiveNoFileComp
	}
}

// waitingIDs are none if anything fails: a completion has nowhere to say why.
func waitingIDs(ctx context.Context, from *connection) []cobra.Completion {
	c, err := from.open(asSubscriber, nil)
	if err != nil {
		return nil
	}
	subscriber, err := c.Subscriber(nil)
	if err != nil {
		return nil
	}
	refs, err := subscriber.Waiting(ctx, "")
	if err != nil {
		return nil
	}
	var ids []cobra.Completion
	for _, ref := range refs {
		ids = append(ids, string(ref.SubmissionID))
	}
	return ids
}

// completeProblems offers the codes, then the places behind a code.
func completeProblems(cmd *cobra.Command) {
	offer := func(_ *cobra.Command, _ []string, begun string) ([]cobra.Completion, cobra.ShellCompDirective) {
		code, _, coded := strings.Cut(begun, ":")
		var offers []cobra.Completion
		for _, r := range reasons() {
			if !coded {
				offers = append(offers, cobra.CompletionWithDesc(string(r.Code), r.means))
			}
		}
		if coded {
			offers = []cobra.Completion{code + ":" + client.InMetadata, code + ":" + client.InData, code + ":" + attachmentInstance, code + ":" + client.Elsewhere}
		}
		return offers, cobra.ShellCompDirectiveNoFileComp | cobra.ShellCompDirectiveNoSpace
	}
	_ = cmd.RegisterFlagCompletionFunc("problem", offer)
}
