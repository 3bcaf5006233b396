package main

import (
	"context"
	"log/slog"
	"net/http"
	"os"
	"time"

	"github.com/vierkant/vierkant/cmd/node"
)

// forward moves the clock of deadlines of the node that --operator names; nil without it.
func (t *target) forward() (func(time.Duration) error, error) {
	if t.operator == "" {
		return nil, nil
	}
	about, err := os.Stat(t.operator)
	if err != nil {
		return nil, usageError{err}
	}
	config, data := t.operator, ""
	if about.IsDir() {
		config, data = "", t.operator
	}
	at, err := nodeAt(config, data)
	if err != nil {
		return nil, err
	}
	at.Log = newLog(slog.LevelWarn, false)
	return func(by time.Duration) error {
		return callNode(context.Background(), at, http.MethodPost, "/test/clock", node.ClockMove{Forward: by.String()}, nil)
	}, nil
}
