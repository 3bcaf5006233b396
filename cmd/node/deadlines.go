package node

import (
	"context"
	"fmt"
	"time"

	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/broker/retention"
)

// Periods say how long things may take, or are kept; zero fields mean those of the contract.
type Periods = broker.Periods

// checkDeadlines refuses periods that contradict each other, and outside test such as leave participants less time than the contract.
func (c Config) checkDeadlines() error {
	is, least := c.Deadlines.WithDefaults(), broker.ContractPeriods()
	if err := is.Check(); err != nil {
		return fmt.Errorf("deadlines: %w", err)
	}
	if c.Environment.MovableClock {
		return nil
	}
	for _, p := range []struct {
		name      string
		is, least time.Duration
	}{
		{"incomplete", is.Incomplete, least.Incomplete}, {"decision", is.Decision, least.Decision},
		{"content", is.Content, least.Content}, {"case", is.Case, least.Case},
	} {
		if p.is < p.least {
			return fmt.Errorf("deadlines: %s: %s is shorter than the %s that participants count on; only test may be faster", p.name, p.is, p.least)
		}
	}
	return nil
}

// makeRetention makes what acts on deadlines, and wakes when their clock is moved.
func (n *Node) makeRetention(context.Context) (err error) {
	n.moved = make(broker.Signal, 1)
	n.deadline.wake(n.moved)
	n.sweeper, err = retention.New(retention.Config{Store: n.store.Store, Retention: n.Broker.Retention, Deadline: n.deadline.now, Log: n.log})
	return err
}
