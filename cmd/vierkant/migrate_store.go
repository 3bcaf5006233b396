package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/vierkant/vierkant/cmd/node"
)

func migrateStoreCommand() *cobra.Command {
	var (
		from, to string
		abandon  bool
	)
	cmd := &cobra.Command{
		Use:   "migrate-store --from FILE --to FILE",
		Short: "Move an environment from files into a database, or back",
		Long: `Moves everything of one environment, as two configuration files of "serve" name it, from the store of the first to the
empty store of the second: from files into a PostgreSQL database, the other way round, or from one database to another. Stop all its
nodes before; the key file is copied where it is missing.

Neither side can be served until everything was copied, read again on both sides and compared; then the new one can be served, and the old
one never again. Whatever happens meanwhile, run the same command again: it goes on where it was. As long as it was not finished,
"--from FILE --abandon" gives it up, and the old side can be served again. After that the way back is a move in the other direction,
into another empty store: the old one lacks what came since.

Progress is told on standard error. A database needs "vierkant migrate" first.`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			source, err := sideConfig("from", from)
			if err != nil {
				return err
			}
			if abandon {
				return abandonMove(cmd.Context(), outputOf(cmd), source, to)
			}
			target, err := sideConfig("to", to)
			if err != nil {
				return err
			}
			return moveStore(cmd.Context(), outputOf(cmd), source, target)
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&from, "from", "", "configuration file of where it is (required)")
	flags.StringVar(&to, "to", "", "configuration file of where it goes (required)")
	flags.BoolVar(&abandon, "abandon", false, "give up a move that was not finished: the side of --from can be served again")
	completeFile(cmd, "from", "yaml", "yml")
	completeFile(cmd, "to", "yaml", "yml")
	return cmd
}

func sideConfig(flag, path string) (node.Config, error) {
	if path == "" {
		return node.Config{}, usageError{fmt.Errorf("--%s is required: a configuration file of \"vierkant serve\"", flag)}
	}
	read, err := readConfig(path)
	return read.Config, err
}

// unfinishedError is a move that can go on later.
type unfinishedError struct{ error }

func (e unfinishedError) Unwrap() error { return e.error }

func moveStore(ctx context.Context, out output, from, to node.Config) error {
	warnings, err := node.MoveWarnings(from, to)
	if err != nil {
		return err
	}
	p := newMovePrinter(out)
	p.warn(warnings)
	moved, err := node.Move(ctx, from, to, p.step)
	p.end()
	if err != nil && node.MoveMayGoOn(err) {
		return unfinishedError{err}
	}
	if err != nil {
		return err
	}
	value := map[string]any{
		"ok": true, "environment": from.Environment.Name, "from": moved.From, "to": moved.To,
		"already": moved.Already, "since": moved.Since, "kinds": moved.Digests,
	}
	if len(warnings) > 0 {
		value["warnings"] = warnings
	}
	return out.show(value, func(to io.Writer) { tellMoved(to, from.Environment.Name, moved) })
}

func tellMoved(to io.Writer, environment string, m node.Moved) {
	const digits = 16 // enough to compare by eye
	table := tabwriter.NewWriter(to, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "THE SAME ON BOTH SIDES\tNUMBER\tBYTES\tSHA-512")
	for _, d := range m.Digests {
		fmt.Fprintf(table, "%s\t%d\t%d\t%s…\n", d.Kind, d.Rows, d.Bytes, d.SHA512[:digits])
	}
	table.Flush()
	if m.Already {
		fmt.Fprintf(to, "\nThis was done on %s; nothing was changed now.\n", m.Since.Format(time.RFC3339))
	}
	fmt.Fprintf(to, "\n%s is in %s now: serve it there.\n%s is kept as it was, and is not served any more.\n", environment, m.To, m.From)
}

func abandonMove(ctx context.Context, out output, from node.Config, to string) error {
	if to != "" {
		return usageError{errors.New("--abandon needs only --from: the target is left as it is, unusable")}
	}
	if err := node.AbandonMove(ctx, from); err != nil {
		return err
	}
	return out.show(map[string]any{"ok": true, "environment": from.Environment.Name}, func(to io.Writer) {
		fmt.Fprintf(to, "The move was given up: %s can be served from here again. What was copied so far is no use any more; remove it.\n", from.Environment.Name)
	})
}

// movePrinter tells on standard error how far a move is: a line for each kind, and on a terminal what happens in between.
type movePrinter struct {
	to    io.Writer // nil: nobody
	live  bool
	drawn time.Time // last
}

func newMovePrinter(out output) *movePrinter {
	if out.asJSON {
		return &movePrinter{}
	}
	return &movePrinter{to: os.Stderr, live: watched(out)}
}

// warn says beforehand what will be different. JSON has it in the answer.
func (p *movePrinter) warn(all []string) {
	if p.to == nil {
		return
	}
	for _, warning := range all {
		fmt.Fprintln(p.to, "warning:", warning)
	}
}

func (p *movePrinter) step(s node.MoveStep) {
	doing := "copied  "
	if s.Verifying {
		doing = "compared"
	}
	line := fmt.Sprintf("%s  %s: %d, %.1f MB", doing, s.Kind, s.Rows, float64(s.Bytes)/megabyte)
	switch now := time.Now(); {
	case p.to == nil:
	case s.Finished && s.Rows > 0:
		p.end()
		fmt.Fprintln(p.to, line)
	case p.live && now.Sub(p.drawn) >= refresh:
		p.drawn = now
		fmt.Fprint(p.to, clearLine+line)
	}
}

// end clears the line before something else is said.
func (p *movePrinter) end() {
	if p.live && !p.drawn.IsZero() {
		fmt.Fprint(p.to, clearLine)
		p.drawn = time.Time{}
	}
}
