package publication

import (
	"fmt"
	"time"

	"github.com/vierkant/vierkant/broker"
)

// Withdraw takes routes away whose destination ends, as a revision by whoever ended it: nobody has to wonder later where they went. It is
// for broker.Config.Withdraw.
func Withdraw(tx broker.Tx, now time.Time, who broker.Caller, d broker.Destination, routes []broker.Route) error {
	plan := Plan{Org: d.Org}
	for i := range routes {
		plan.Changes = append(plan.Changes, Change{Before: &routes[i]})
	}
	became := "deleted"
	if d.Status == broker.DestinationDecommissioned {
		became = "decommissioned"
	}
	w := &world{tx: tx, org: d.Org}
	_, err := w.commit(now, who, plan, remark{comment: fmt.Sprintf("the destination %s was %s", d.Name, became)})
	return err
}
