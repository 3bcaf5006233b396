package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/spf13/cobra"

	"github.com/vierkant/vierkant/cmd/node"
)

// atNode is the flags of commands for the operator of a node of this machine.
type atNode struct{ config, data string }

func (a *atNode) flags(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringVar(&a.config, "config", "", "configuration file of a node of this machine, whose operator you are")
	flags.StringVar(&a.data, "data", "", "instead: folder of one environment made by \"vierkant up\", like vierkant-data/test")
	completeFile(cmd, "config", "yaml", "yml")
	completeFolder(cmd, "data")
}

// call asks the node, running or stopped.
func (a *atNode) call(ctx context.Context, method, path string, in, out any) error {
	cfg, err := nodeAt(a.config, a.data)
	if err != nil {
		return err
	}
	return callNode(ctx, cfg, method, path, in, out)
}

func callNode(ctx context.Context, cfg node.Config, method, path string, in, out any) error {
	operator, err := node.Reach(ctx, cfg)
	if err != nil {
		return err
	}
	return errors.Join(operator.Call(ctx, method, path, in, out), operator.Close())
}

func testCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "test",
		Short: "Rehearse what takes weeks or goes wrong rarely: move the clock of deadlines, make faults on request",
		Long: `For makers of clients, in test environments only; reference and production refuse. All of it acts on the broker, so everybody who
uses that environment sees it.`,
	}
	onlyCommands(cmd)
	cmd.AddCommand(testClockCommand(), testFaultCommand())
	return cmd
}

func testClockCommand() *cobra.Command {
	var (
		at      atNode
		forward time.Duration
	)
	cmd := &cobra.Command{
		Use:   "clock [--forward 72h] (--config FILE | --data DIR)",
		Short: "Show the clock of deadlines, or move it forward",
		Long: `Deadlines (incomplete submissions, reminders, timeout rejection, deletion) go by a clock of their own. Moved forward, what falls due on the way
happens at once. It never goes back, holds for all nodes of the environment, and survives a restart. Access tokens, callbacks and the time in
events keep the wall clock.`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			method, in := http.MethodGet, any(nil)
			if cmd.Flags().Changed("forward") {
				method, in = http.MethodPost, node.ClockMove{Forward: forward.String()}
			}
			var state node.ClockState
			if err := at.call(cmd.Context(), method, "/test/clock", in, &state); err != nil {
				return err
			}
			return outputOf(cmd).show(state, func(to io.Writer) {
				fmt.Fprintf(to, "Deadlines  %s, %s ahead\nWall       %s\n", when(state.Deadlines), state.Ahead, when(state.Wall))
			})
		},
	}
	at.flags(cmd)
	cmd.Flags().DurationVar(&forward, "forward", 0, "by how much to move it, like 72h")
	completeNothing(cmd, "forward")
	return cmd
}
