// Command vierkant is the whole product: the broker, its demo world, and the command-line client.
//
// Each command has a file of its own. Exit status: 0 done, 1 failed, 2 wrong usage, 3 failed but worth retrying.
package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/vierkant/vierkant/api/client"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal ends the process at once, whatever still runs
	err := root().ExecuteContext(ctx)
	if err != nil {
		fmt.Fprintln(os.Stderr, "vierkant:", err)
	}
	os.Exit(exitCode(err))
}

func root() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "vierkant",
		Short: "A secure submission broker: applications sealed by an online service reach the responsible authority",
		Long: `Vierkant takes applications that an online service has sealed for an authority, finds the authority that is
responsible for this service in this place, and hands the application over with a tamper-evident log that both sides read.
It is wire-compatible with FIT-Connect. Begin with "vierkant demo", then "vierkant up".`,
		SilenceUsage: true, SilenceErrors: true,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) > 0 {
				return usageError{fmt.Errorf("unknown command %q; see \"vierkant --help\"", args[0])}
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.SetFlagErrorFunc(func(c *cobra.Command, err error) error {
		return usageError{fmt.Errorf("%w; see \"%s --help\"", err, c.CommandPath())}
	})
	cmd.AddCommand(upCommand(), serveCommand(), checkCommand(), demoCommand(), keygenCommand(), keysCommand(), routeCommand(), sendCommand(), sealCommand())
	return cmd
}

// usageError is a command that was called wrongly.
type usageError struct{ error }

func (e usageError) Unwrap() error { return e.error }

// noArguments refuses arguments as wrong usage.
func noArguments(cmd *cobra.Command, args []string) error {
	if len(args) > 0 {
		return usageError{fmt.Errorf("%s takes no arguments, only flags; %q is one too many", cmd.CommandPath(), args[0])}
	}
	return nil
}

func exitCode(err error) int {
	var usage usageError
	switch {
	case err == nil:
		return 0
	case errors.As(err, &usage):
		return 2
	case client.Retryable(err):
		return 3
	default:
		return 1
	}
}

// newLog writes one line per event to standard error, for people at a terminal and for programs otherwise.
func newLog(level slog.Level, asJSON bool) *slog.Logger {
	options := &slog.HandlerOptions{Level: level}
	if asJSON {
		return slog.New(slog.NewJSONHandler(os.Stderr, options))
	}
	return slog.New(slog.NewTextHandler(os.Stderr, options))
}
