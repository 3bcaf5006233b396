package node

import "context"

// noteClients writes down that clients were used.
func (n *Node) noteClients(ctx context.Context) {
	n.Broker.ClientUses.Run(ctx, func(err error) {
		n.complain(ctx, "when API clients were used cannot be written; it is tried again", err)
	})
}
