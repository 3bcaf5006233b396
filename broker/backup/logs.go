package backup

import (
	"context"
	"fmt"

	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/broker/bolt"
	"github.com/vierkant/vierkant/broker/record"
	"github.com/vierkant/vierkant/broker/transfer"
	"github.com/vierkant/vierkant/crypto/keys"
)

// Logs is how many logs hold.
type Logs struct {
	Cases  int64 `json:"cases"`
	Events int64 `json:"events"`
}

// CheckLogs holds the event logs of all cases in a store against the chains that the key file made of them when they were written, and
// the key file against the broker's own keys.
func CheckLogs(ctx context.Context, store *bolt.Alone, w *keys.Wrapper, report func(Step)) (logs Logs, err error) {
	if err := transfer.TryKeyFile(ctx, store, w); err != nil {
		return logs, fmt.Errorf("the key file %w", err)
	}
	chain := broker.NewChain(w)
	for raw, err := range store.Export(ctx, transfer.Cases, 0) {
		if err != nil {
			return logs, err
		}
		r, err := transfer.Decode[record.Case](raw)
		if err != nil {
			return logs, err
		}
		c := r.Domain()
		if err := store.View(ctx, func(tx broker.Tx) error { return chain.CheckLog(tx, c) }); err != nil {
			return logs, err
		}
		logs.Cases, logs.Events = logs.Cases+1, logs.Events+int64(c.Events)
		if report != nil && logs.Cases%1000 == 0 {
			report(Step{Doing: "event logs checked", Files: logs.Cases})
		}
	}
	return logs, nil
}
