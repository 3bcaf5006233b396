package main

import (
	"context"
	"fmt"
	"log/slog"
	"os/exec"
	"time"

	"github.com/spf13/cobra"

	"github.com/vierkant/vierkant/api/receiver"
)

// What a program may read.
const (
	inputJSON     = "json"
	inputOriginal = "original"
)

// program is the flags of what decides about submissions in place of this command.
type program struct {
	path      string
	arguments []string
	input     string
	timeout   time.Duration
}

func (p *program) flags(cmd *cobra.Command) {
	const defaultTimeout = 10 * time.Minute
	cmd.Flags().StringVar(&p.path, "exec", "", "program that decides about each submission; its arguments follow behind --")
	cmd.Flags().StringVar(&p.input, "input", inputJSON, "with --exec: what it reads, json (everything) or original (the data as they were sent)")
	cmd.Flags().DurationVar(&p.timeout, "timeout", defaultTimeout, "with --exec: how long it may take")
	completeFile(cmd, "exec")
	completeValues(cmd, "input", inputJSON, inputOriginal)
	completeNothing(cmd, "timeout")
}

func (p *program) check() error {
	if p.input != inputJSON && p.input != inputOriginal {
		return usageError{fmt.Errorf("--input %q: it is json or original", p.input)}
	}
	if p.timeout <= 0 {
		return usageError{fmt.Errorf("--timeout %s: expected more than 0, like 10m", p.timeout)}
	}
	if p.path == "" {
		return nil
	}
	if _, err := exec.LookPath(p.path); err != nil {
		return usageError{fmt.Errorf("--exec: %w", err)}
	}
	return nil
}

// handle is what decides: the program, or without one everything that is sound is accepted.
func (p *program) handle(log *slog.Logger) func(context.Context, receiver.Received) receiver.Decision {
	if p.path == "" {
		return func(context.Context, receiver.Received) receiver.Decision { return receiver.Accept() }
	}
	input := map[string]receiver.Input{inputJSON: receiver.InputDocument, inputOriginal: receiver.InputData}[p.input]
	return receiver.Program(append([]string{p.path}, p.arguments...), input, p.timeout, log)
}
