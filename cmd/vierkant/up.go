package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"time"

	"github.com/spf13/cobra"

	"github.com/vierkant/vierkant/testenv"
)

// stopGrace is how long running requests may take to end when the program is told to stop.
const stopGrace = 10 * time.Second

func upCommand() *cobra.Command {
	var (
		cfg     testenv.Config
		verbose bool
	)
	cmd := &cobra.Command{
		Use:   "up",
		Short: "Run test, reference and production in one process, with demo data in test",
		Long: `Runs the three environments on this machine, each on a port of its own: N is test, N+1 reference, N+2 production;
health, readiness and metrics are on N+10 to N+12. Test has a demo organisation with a sender, a subscriber, active
destinations and published routes. Everything is kept in the data folder across restarts. As soon as everything answers,
world.json in the data folder says where, and with which credentials and keys. No case-management system is started, so
nobody fetches what you send.

The process keeps its memory near 1 GiB; the environment variable GOMEMLIMIT (like 4GiB) says otherwise. Ctrl-C gives running
requests 10 seconds to end; a second one ends the process at once.`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			level := slog.LevelWarn
			if verbose {
				level = slog.LevelInfo
			}
			cfg.Log = newLog(level, false)
			if cfg.Port < 1 || cfg.Port > 65535-12 {
				return usageError{fmt.Errorf("--port must be 1 to %d: the ports up to 12 above it are used too", 65535-12)}
			}
			if err := cfg.Check(); err != nil {
				return usageError{err}
			}
			limitMemory(defaultMemory)
			return up(cmd.Context(), cmd.OutOrStdout(), cfg)
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&cfg.Data, "data", "vierkant-data", "folder that keeps everything")
	flags.IntVar(&cfg.Port, "port", 8080, "port of test; reference and production are the next two")
	flags.StringVar(&cfg.PublicURL, "public-url", "", "under which URL callers know an environment; contains {env} or {port}, or both (default http://127.0.0.1:{port})")
	flags.BoolVar(&cfg.AllowHTTPCallbacks, "allow-http-callbacks", false, "let callbacks in test go to http and to this machine")
	flags.BoolVar(&verbose, "verbose", false, "log each request")
	return cmd
}

func up(ctx context.Context, out io.Writer, cfg testenv.Config) error {
	fmt.Fprintln(out, "Starting test, reference and production (the first start makes keys, that takes some seconds) …")
	world, err := testenv.Start(ctx, cfg)
	if err != nil {
		return err
	}
	printWorld(out, world)
	select {
	case <-ctx.Done():
	case err = <-world.Failed():
	}
	fmt.Fprintln(out, "Stopping …")
	grace, cancel := context.WithTimeout(context.Background(), stopGrace)
	defer cancel()
	if stopErr := world.Stop(grace); err == nil {
		err = stopErr
	}
	return err
}

func printWorld(out io.Writer, world *testenv.Running) {
	for _, e := range world.Environments {
		fmt.Fprintf(out, "  %-10s  %s\n", e.Name, e.URL)
	}
	test := world.Test()
	fmt.Fprintf(out, "\nIn test:\n  sender      %s\n  subscriber  %s\n", test.Sender.ClientID, test.Subscriber.ClientID)
	for _, d := range test.Destinations {
		fmt.Fprintf(out, "  destination %s  %s in %s\n", d.ID, d.Service, d.Region)
	}
	fmt.Fprintf(out, "\nAddresses, secrets and keys: %s\nEverything answers. Stop with Ctrl-C.\n", world.WorldFile())
}
