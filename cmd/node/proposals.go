package node

import (
	"fmt"
	"time"

	"github.com/vierkant/vierkant/broker/account"
	"github.com/vierkant/vierkant/broker/keycare"
	"github.com/vierkant/vierkant/broker/publication"
	"github.com/vierkant/vierkant/broker/template"
)

// How long proposals may wait, and drafts: below, no second person could look at them, and above, nobody remembers what they were for.
const (
	leastProposalsLast = time.Hour
	mostProposalsLast  = 366 * 24 * time.Hour
)

func (c Config) checkProposals() error {
	if t := c.ProposalsLast; t != 0 && (t < leastProposalsLast || t > mostProposalsLast) {
		return fmt.Errorf("proposals_last: %s is not between %s and %s", t, leastProposalsLast, mostProposalsLast)
	}
	if t := c.DraftsLast; t != 0 && (t < leastProposalsLast || t > mostProposalsLast) {
		return fmt.Errorf("drafts_last: %s is not between %s and %s", t, leastProposalsLast, mostProposalsLast)
	}
	return nil
}

// publishing is the rule of the environment, with what the operator says about it.
func (c Config) publishing() publication.Rule {
	rule := c.Environment.Publishing
	rule.Lasts, rule.SketchesLast = c.ProposalsLast, c.DraftsLast
	return rule
}

// releases does what proposals of this environment propose, for all who decide about them.
func (n *Node) releases() account.Releases {
	return account.Releases{
		publication.Subject: n.adoptions.ReleaseRoutes,
		template.Subject:    n.templates.Release,
		keycare.Subject:     n.keycare.Releaser(n.Broker.Destinations),
	}
}
