package main

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"time"

	"github.com/spf13/cobra"

	"github.com/vierkant/vierkant/api/client"
	"github.com/vierkant/vierkant/api/wire"
	"github.com/vierkant/vierkant/cmd/node"
)

func maintenanceCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "maintenance",
		Short: "Announce maintenance in every answer of the broker",
		Long: `While maintenance is announced, each answer has it in the header ` + wire.MaintenanceHeader + `, /info has it as a member, and the commands of
senders and authorities show it. With --read-only, what would change something is answered with 503 and Retry-After from --from until
--until; reading goes on. What was accepted before is signed and called back as ever.`,
	}
	onlyCommands(cmd)
	cmd.AddCommand(maintenanceSetCommand(), maintenanceShowCommand(), maintenanceClearCommand())
	return cmd
}

func maintenanceSetCommand() *cobra.Command {
	var (
		at          atNode
		in          wire.Maintenance
		from, until string
	)
	cmd := &cobra.Command{
		Use:   "set --until 2026-01-05T09:00:00+01:00 [--from …] [--read-only] [--text TEXT] (--config FILE | --data DIR)",
		Short: "Announce maintenance, in place of what was announced before",
		Args:  noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			var err error
			if in.From, in.Until, err = window(from, until, time.Now()); err != nil {
				return usageError{err}
			}
			return at.maintain(cmd, http.MethodPut, in)
		},
	}
	at.flags(cmd)
	flags := cmd.Flags()
	flags.StringVar(&from, "from", "", "when it begins, like 2026-01-05T08:00:00+01:00 (default: now)")
	flags.StringVar(&until, "until", "", "when it is over, or for how long it is, like 45m (required)")
	flags.BoolVar(&in.ReadOnly, "read-only", false, "refuse what would change something meanwhile")
	flags.StringVar(&in.Text, "text", "", "what people are told, on one line")
	completeNothing(cmd, "from", "until", "text")
	return cmd
}

// window reads from when until when maintenance is.
func window(from, until string, now time.Time) (begin, end time.Time, err error) {
	begin = now.Truncate(time.Second)
	if from != "" {
		if begin, err = time.Parse(time.RFC3339, from); err != nil {
			return begin, end, fmt.Errorf("--from %q: expected a time like 2026-01-05T08:00:00+01:00", from)
		}
	}
	if until == "" {
		return begin, end, errors.New("--until is required: when it is over, or for how long it is")
	}
	if lasts, err := time.ParseDuration(until); err == nil {
		return begin, begin.Add(lasts), nil
	}
	if end, err = time.Parse(time.RFC3339, until); err != nil {
		return begin, end, fmt.Errorf("--until %q: expected a time like 2026-01-05T09:00:00+01:00, or a duration like 45m", until)
	}
	return begin, end, nil
}

func maintenanceShowCommand() *cobra.Command {
	var at atNode
	cmd := &cobra.Command{
		Use:   "show (--config FILE | --data DIR)",
		Short: "Show what is announced",
		Args:  noArguments,
		RunE:  func(cmd *cobra.Command, _ []string) error { return at.maintain(cmd, http.MethodGet, nil) },
	}
	at.flags(cmd)
	return cmd
}

func maintenanceClearCommand() *cobra.Command {
	var at atNode
	cmd := &cobra.Command{
		Use:   "clear (--config FILE | --data DIR)",
		Short: "Take the announcement back",
		Args:  noArguments,
		RunE:  func(cmd *cobra.Command, _ []string) error { return at.maintain(cmd, http.MethodDelete, nil) },
	}
	at.flags(cmd)
	return cmd
}

// maintain asks the node and shows what is announced then.
func (a *atNode) maintain(cmd *cobra.Command, method string, in any) error {
	var state node.MaintenanceState
	if err := a.call(cmd.Context(), method, "/maintenance", in, &state); err != nil {
		return err
	}
	return outputOf(cmd).show(state, func(to io.Writer) {
		if state.Maintenance == nil {
			fmt.Fprintln(to, "No maintenance is announced.")
			return
		}
		fmt.Fprintln(to, maintenanceText(*state.Maintenance))
	})
}

// tellMaintenance is for commands that do something else: standard error, where it spoils no output that a program reads.
func tellMaintenance(m client.Maintenance) {
	if !wantsJSON(os.Args[1:]) { // there the last line is an error, and each is one JSON object
		fmt.Fprintln(os.Stderr, maintenanceText(m))
	}
}

// maintenanceText tells people of maintenance.
func maintenanceText(m wire.Maintenance) string {
	what := ""
	if m.ReadOnly {
		what = "; nothing can be changed meanwhile"
	}
	text := fmt.Sprintf("Maintenance from %s until %s%s.", when(m.From), when(m.Until), what)
	if m.Text != "" {
		text += " " + printable(m.Text)
	}
	return text
}
