package node

import (
	"context"
	"time"
)

// noteClients writes down that clients were used.
func (n *Node) noteClients(ctx context.Context) {
	n.Broker.ClientUses.Run(ctx, func(err error) {
		n.complain(ctx, "when API clients were used cannot be written; it is tried again", err)
	})
}

// warnOfSecrets looks every hour for secrets that will end.
func (n *Node) warnOfSecrets(ctx context.Context) {
	every(ctx, time.Hour, func() {
		n.complain(ctx, "that secrets of API clients end cannot be told; it is tried again", n.Broker.Clients.Warn(ctx))
	})
}
