package node

import (
	"context"
	"errors"

	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/broker/figures"
)

// happened has what happens counted, and first times noted.
func (n *Node) happened(tx broker.Tx, f broker.Fact) error {
	return errors.Join(figures.Note(tx, f), n.witness.Happened(tx, f))
}

// makeFigures makes what counts what happened.
func (n *Node) makeFigures(context.Context) (err error) {
	n.Figures, err = figures.New(figures.Config{Store: n.store.Store, Now: n.now, Log: n.log})
	return err
}
