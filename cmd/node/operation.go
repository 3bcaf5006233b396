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
func (n *Node) findings(ctx context.Context) (all []operation.Finding) {
	for _, f := range n.Examine(ctx).Findings {
		all = append(all, operation.Finding{Subject: f.Subject, Grade: string(f.Grade), Text: f.Text, Remedy: f.Remedy, Form: f.Form, Values: f.Values})
	}
	return all
}

// space is the disk of the data folder; zero if it cannot be seen, which an examination tells.
func (n *Node) space() operation.Disk {
	d, err := diskOf(n.cfg.Data)
	if err != nil {
		return operation.Disk{}
	}
	return operation.Disk(d)
}
