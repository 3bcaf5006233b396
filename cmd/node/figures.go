package node

import "github.com/vierkant/vierkant/broker/figures"

// makeFigures makes what counts what happens. The broker tells it, so it is there before.
func (n *Node) makeFigures() (err error) {
	n.Figures, err = figures.New(figures.Config{Store: n.store.Store, Now: n.now, Log: n.log})
	return err
}
