package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"path/filepath"
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
world.json in the data folder says where, and with which credentials and keys: there the other commands find it, when they run beside
the data folder. What you send waits until "vierkant receive" or "vierkant fetch" takes it.

The process keeps its memory near 1 GiB; the environment variable GOMEMLIMIT (like 4GiB) says otherwise. Ctrl-C gives running
requests 10 seconds to end; a second one ends the process at once.`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			level := slog.LevelWarn
			if verbose {
				level = slog.LevelInfo
			}
			out := outputOf(cmd)
			cfg.Log = newLog(level, out.asJSON)
			if cfg.Port < 1 || cfg.Port > 65535-12 {
				return usageError{fmt.Errorf("--port must be 1 to %d: the ports up to 12 above it are used too", 65535-12)}
			}
			if err := cfg.Check(); err != nil {
				return usageError{err}
			}
			limitMemory(defaultMemory)
			return up(cmd.Context(), out, cfg)
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

func up(ctx context.Context, out output, cfg testenv.Config) error {
	fmt.Fprintln(out.narrative(), "Starting test, reference and production (the first start makes keys, that takes some seconds) …")
	world, err := testenv.Start(ctx, cfg)
	if err != nil {
		return err
	}
	err = showWorld(out, world)
	if err == nil {
		select {
		case <-ctx.Done():
		case err = <-world.Failed():
		}
	}
	fmt.Fprintln(out.narrative(), "Stopping …")
	grace, cancel := context.WithTimeout(context.Background(), stopGrace)
	defer cancel()
	if stopErr := world.Stop(grace); err == nil {
		err = stopErr
	}
	return err
}

// showWorld says what answers where; secrets are in world.json only.
func showWorld(out output, world *testenv.Running) error {
	addresses := map[string]string{}
	for _, e := range world.Environments {
		addresses[e.Name] = e.URL
	}
	return out.show(map[string]any{"environments": addresses, "world": world.WorldFile()}, func(to io.Writer) {
		for _, e := range world.Environments {
			fmt.Fprintf(to, "  %-10s  %s\n", e.Name, e.URL)
		}
		test := world.Test()
		fmt.Fprintf(to, "\nIn test:\n  sender      %s\n  subscriber  %s\n", test.Sender.ClientID, test.Subscriber.ClientID)
		for _, d := range test.Destinations {
			fmt.Fprintf(to, "  destination %s  %s in %s\n", d.ID, d.Service, d.Region)
		}
		fmt.Fprintf(to, "\nThe portal of test: %s/portal, where you may sign up. There is no mail server: what would be sent is shown by\n  vierkant mail list --all --data %[2]s\n  vierkant mail show MAIL --all --data %[2]s\n",
			world.Environments[0].URL, filepath.Join(filepath.Dir(world.WorldFile()), world.Environments[0].Name))
		fmt.Fprintf(to, "\nAddresses, secrets and keys: %s\nEverything answers. Stop with Ctrl-C.\n", world.WorldFile())
	})
}
