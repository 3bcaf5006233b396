package main

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/vierkant/vierkant/cmd/node"
)

const faultKinds = `  unavailable      requests are answered with 503; --time is what Retry-After says (2s)
  expired-token    requests are answered as if the time of their access token were over; --time: only of tokens that old
  callback-failed  callbacks are not made, as if the receiver had not answered, and are made again after the usual pause
  callback-late    callbacks are made --time (30s) after they were owed
  callback-twice   callbacks are made --times (2) times`

func testFaultCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "fault",
		Short: "Make requests and callbacks fail, for one client or all, so that makers of clients can rehearse it",
		Long: "Makes faults on request:\n\n" + faultKinds + `

Every fault ends by itself: after --next so many, or --for so long (10m; 1h with --next), and with the process of the node. With several nodes on
one database it holds for the node that is asked. Nothing that was acknowledged is ever undone.`,
	}
	onlyCommands(cmd)
	cmd.AddCommand(faultAddCommand(), faultListCommand(), faultClearCommand())
	return cmd
}

func faultAddCommand() *cobra.Command {
	var (
		at    atNode
		draft node.FaultDraft
		lasts time.Duration
		takes time.Duration
	)
	cmd := &cobra.Command{
		Use:   "add KIND [--client CLIENT] [--next 3 | --share 0.2] [--for 10m] [--time 5s] (--config FILE | --data DIR)",
		Short: "Begin a fault",
		Long:  "Begins a fault:\n\n" + faultKinds,
		Args:  oneArgument("kind of fault"),
		RunE: func(cmd *cobra.Command, args []string) error {
			draft.Kind = node.FaultKind(args[0])
			draft.For, draft.Time = durationText(lasts), durationText(takes)
			var made node.FaultState
			if err := at.call(cmd.Context(), http.MethodPost, "/test/faults", draft, &made); err != nil {
				return err
			}
			return outputOf(cmd).show(made, func(to io.Writer) {
				fmt.Fprintf(to, "Fault %s: %s\n", made.ID, strings.Join(faultRow(made)[1:], ", "))
			})
		},
	}
	at.flags(cmd)
	flags := cmd.Flags()
	flags.StringVar((*string)(&draft.Client), "client", "", "the only client it concerns; of callbacks, one that is called")
	flags.IntVar(&draft.Next, "next", 0, "only the next so many")
	flags.Float64Var(&draft.Share, "share", 0, "only this share, at random, like 0.2")
	flags.DurationVar(&lasts, "for", 0, "how long, at most 168h")
	flags.DurationVar(&takes, "time", 0, "what it means depends on the kind")
	flags.IntVar(&draft.Times, "times", 0, "how often a callback is made")
	completeNothing(cmd, "client", "next", "share", "for", "time", "times")
	return cmd
}

// durationText is a duration as a node reads it; none if none was given.
func durationText(d time.Duration) string {
	if d == 0 {
		return ""
	}
	return d.String()
}

func faultListCommand() *cobra.Command {
	var at atNode
	cmd := &cobra.Command{
		Use:   "list (--config FILE | --data DIR)",
		Short: "List the faults in force",
		Args:  noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			var all node.FaultList
			if err := at.call(cmd.Context(), http.MethodGet, "/test/faults", nil, &all); err != nil {
				return err
			}
			return showFaults(outputOf(cmd), all, "There are no faults.")
		},
	}
	at.flags(cmd)
	return cmd
}

func faultClearCommand() *cobra.Command {
	var at atNode
	cmd := &cobra.Command{
		Use:   "clear [FAULT] (--config FILE | --data DIR)",
		Short: "End a fault, or all",
		Args:  cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			path := "/test/faults"
			if len(args) > 0 {
				path += "?id=" + url.QueryEscape(args[0])
			}
			var ended node.FaultList
			if err := at.call(cmd.Context(), http.MethodDelete, path, nil, &ended); err != nil {
				return err
			}
			return showFaults(outputOf(cmd), ended, "There were no faults.")
		},
	}
	at.flags(cmd)
	return cmd
}

func showFaults(out output, all node.FaultList, none string) error {
	return showTable(out, "faults", all.Faults, none, "FAULT KIND WHOM WHICH UNTIL HITS", faultRow)
}

func faultRow(f node.FaultState) []string {
	whom, which := "everybody", "all"
	if f.Client != "" {
		whom = string(f.Client)
	}
	switch {
	case f.Next > 0:
		which = "the next " + strconv.Itoa(f.Next)
	case f.Share < 1:
		which = fmt.Sprintf("%v of all", f.Share)
	}
	return []string{string(f.ID), string(f.Kind), whom, which, when(f.Until), fmt.Sprint(f.Hits) + " so far"}
}
