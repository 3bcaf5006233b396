package node

import (
	"context"

	"github.com/vierkant/vierkant/broker/operation"
)

// makeOperation makes what tells operators how the installation is.
func (n *Node) makeOperation() (*operation.Operation, error) {
	return operation.New(operation.Config{
		Store: n.store.Store, Deliveries: n.Broker.Deliveries, Notices: n.Broker.Notices, Keys: n.keycare,
		Now: n.now, Deadline: n.deadline.now, Examine: n.findings, Disk: n.space,
	})
}

// findings are those of an examination.
func (n *Node) findings(ctx context.Context) []operation.Finding { return n.Examine(ctx).Findings }

// space is the disk of the data folder; zero if it cannot be seen, which an examination tells.
func (n *Node) space() operation.Disk {
	d, err := diskOf(n.cfg.Data)
	if err != nil {
		return operation.Disk{}
	}
	return operation.Disk(d)
}
