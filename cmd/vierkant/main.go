// Command vierkant is the whole product: the broker, its demo world, and the command line of both sides.
//
// Each command has a file of its own. Exit status: 0 done, 1 failed, 2 wrong usage, 3 failed but worth retrying. What went wrong is
// said on standard error in one place (failure.go), with what to do next (hint.go).
package main

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"
	_ "time/tzdata" // dates are those of Germany, on machines without time zones too

	"github.com/spf13/cobra"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal ends the process at once, whatever still runs
	err := root().ExecuteContext(ctx)
	if err != nil {
		failureOf(err).write(os.Stderr, wantsJSON(os.Args[1:]))
	}
	os.Exit(exitCode(err))
}

func root() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "vierkant",
		Short: "A secure submission broker: applications sealed by an online service reach the responsible authority",
		Long: `Vierkant takes applications that an online service has sealed for an authority, finds the authority that is
responsible for this service in this place, and hands the application over with a tamper-evident log that both sides read.
It is wire-compatible with FIT-Connect. Begin with "vierkant demo", then "vierkant up".

Exit status: 0 done, 1 failed, 2 wrong usage, 3 failed but worth retrying. With --json each command prints one JSON value, and
an error is one JSON object, the last line on standard error: error, exit, and where there is something to say hint, retryAfter
(seconds), problems, parts.`,
		SilenceUsage: true, SilenceErrors: true, Version: version(),
	}
	onlyCommands(cmd)
	cmd.PersistentFlags().Bool(jsonFlag, false, "print JSON, errors too")
	cmd.SetFlagErrorFunc(func(c *cobra.Command, err error) error {
		return usageError{fmt.Errorf("%w; see \"%s --help\"", err, c.CommandPath())}
	})
	cmd.AddGroup(
		&cobra.Group{ID: groupService, Title: "For online services, which send:"},
		&cobra.Group{ID: groupAuthority, Title: "For authorities, which receive:"},
		&cobra.Group{ID: groupBoth, Title: "For both:"},
		&cobra.Group{ID: groupBroker, Title: "The broker itself:"},
		&cobra.Group{ID: groupAdministration, Title: "Who may do what at a broker:"},
	)
	inGroup(cmd, groupService, routeCommand(), snapshotCommand(), sendCommand(), sealCommand())
	inGroup(cmd, groupAuthority, listCommand(), fetchCommand(), receiveCommand(), acceptCommand(), rejectCommand(), forwardCommand())
	inGroup(cmd, groupBoth, replyCommand(), repliesCommand(), eventsCommand(), verifyCommand(), keygenCommand(), jwkCommand())
	inGroup(cmd, groupBroker, demoCommand(), upCommand(), serveCommand(), checkCommand(), doctorCommand(), conformanceCommand(), backupCommand(), restoreCommand(),
		migrateCommand(), migrateStoreCommand(), keysCommand(), maintenanceCommand(), testCommand())
	inGroup(cmd, groupAdministration, orgCommand(), adminCommand(), personCommand(), clientCommand(), keyCommand(), grantCommand(), routesCommand(), templateCommand(), adoptionCommand(),
		proposalsCommand(), callbackCommand(), mailCommand(), addressCommand(), goLiveCommand(), auditCommand(), areasCommand(), servicesCommand())
	addCompletion(cmd)
	return cmd
}

// version is the commit that the program was built from.
func version() string {
	about, _ := debug.ReadBuildInfo()
	commit, changed := "unknown", ""
	for _, setting := range about.Settings {
		switch {
		case setting.Key == "vcs.revision":
			commit = setting.Value
		case setting.Key == "vcs.modified" && setting.Value == "true":
			changed = ", with changes"
		}
	}
	return fmt.Sprintf("of commit %s%s, %s", commit, changed, about.GoVersion)
}

// onlyCommands makes a command that does nothing itself: it shows its help, and what it does not know is wrong usage.
func onlyCommands(cmd *cobra.Command) {
	cmd.Args = func(cmd *cobra.Command, args []string) error {
		if len(args) > 0 {
			return usageError{fmt.Errorf("unknown command %q; see \"%s --help\"", args[0], cmd.CommandPath())}
		}
		return nil
	}
	cmd.RunE = func(cmd *cobra.Command, _ []string) error { return cmd.Help() }
}

// Groups of commands in the help.
const (
	groupService   = "service"
	groupAuthority = "authority"
	groupBoth      = "both"
	groupBroker    = "broker"

	groupAdministration = "administration"
)

func inGroup(parent *cobra.Command, group string, commands ...*cobra.Command) {
	for _, c := range commands {
		c.GroupID = group
		parent.AddCommand(c)
	}
}

// noArguments refuses arguments as wrong usage.
func noArguments(cmd *cobra.Command, args []string) error {
	if len(args) > 0 {
		return usageError{fmt.Errorf("%s takes no arguments, only flags; %q is one too many", cmd.CommandPath(), args[0])}
	}
	return nil
}

// oneArgument demands exactly one argument, and calls it by its name.
func oneArgument(name string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) != 1 {
			return usageError{fmt.Errorf("%s takes one %s, found %d arguments; see \"%[1]s --help\"", cmd.CommandPath(), name, len(args))}
		}
		return nil
	}
}

// atMostOneArgument allows an argument to be left out, and calls it by its name.
func atMostOneArgument(name string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) > 1 {
			return usageError{fmt.Errorf("%s takes at most one %s, found %d arguments; see \"%[1]s --help\"", cmd.CommandPath(), name, len(args))}
		}
		return nil
	}
}

// twoArguments demands exactly two arguments, and calls them by their names.
func twoArguments(first, second string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) != 2 {
			return usageError{fmt.Errorf("%s takes one %s and one %s, found %d arguments; see \"%[1]s --help\"", cmd.CommandPath(), first, second, len(args))}
		}
		return nil
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
