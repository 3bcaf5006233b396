package main

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/google/uuid"
	"github.com/spf13/cobra"

	"github.com/vierkant/vierkant/api/client"
)

func listCommand() *cobra.Command {
	var (
		from        connection
		destination string
	)
	cmd := &cobra.Command{
		Use:   "list [--destination ID]",
		Short: "List the submissions that wait for an authority",
		Long: `Lists what was submitted and neither accepted nor rejected, at all destinations of this client or at one. Nothing is opened,
and no private key is needed.`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if destination != "" && uuid.Validate(destination) != nil {
				return usageError{fmt.Errorf("--destination %q: expected a UUID", destination)}
			}
			c, err := from.open(asSubscriber, nil)
			if err != nil {
				return err
			}
			subscriber, err := c.Subscriber(nil)
			if err != nil {
				return err
			}
			refs, err := subscriber.Waiting(cmd.Context(), client.DestinationID(destination))
			if err != nil {
				return err
			}
			waiting := waitingList{
				name: "submission", member: "submissions", id: func(r client.Ref) string { return string(r.SubmissionID) },
				nothing: "Nothing waits.", open: "vierkant fetch",
			}
			return waiting.show(outputOf(cmd), refs)
		},
	}
	from.flags(cmd)
	cmd.Flags().StringVar(&destination, "destination", "", "only what waits at this destination")
	completeNothing(cmd, "destination")
	return cmd
}

// waitingList is what waits for a side, as a command shows it.
type waitingList struct {
	name    string // of one; head of the column
	member  string // of the list in JSON
	id      func(client.Ref) string
	nothing string // what is said if nothing waits
	open    string // the command that opens one
}

func (l waitingList) show(out output, refs []client.Ref) error {
	value := map[string][]client.Ref{l.member: append([]client.Ref{}, refs...)} // [], never null
	return out.show(value, func(to io.Writer) {
		if len(refs) == 0 {
			fmt.Fprintln(to, l.nothing)
			return
		}
		table := tabwriter.NewWriter(to, 0, 0, 2, ' ', 0)
		fmt.Fprintln(table, strings.ToUpper(l.name)+"\tDESTINATION\tCASE")
		for _, r := range refs {
			fmt.Fprintf(table, "%s\t%s\t%s\n", l.id(r), r.DestinationID, r.CaseID)
		}
		table.Flush()
		fmt.Fprintf(to, "\n%d waiting. \"%s %s\" opens one.\n", len(refs), l.open, strings.ToUpper(l.name))
	})
}
