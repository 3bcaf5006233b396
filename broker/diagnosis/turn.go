package diagnosis

import "github.com/vierkant/vierkant/broker"

// TurnOf says who has to do something about a submission or a reply, as its report does, for who lists many: callbacks are read of what is
// decided only.
func TurnOf(tx broker.Tx, sub broker.Submission) (Turn, error) {
	f := facts{Submission: sub}
	if sub.State == broker.StateAccepted || sub.State == broker.StateRejected {
		all, _, err := tx.DeliveriesOf(sub.ID, broker.Page{Limit: broker.MaxPage})
		if err != nil {
			return "", err
		}
		for _, d := range all {
			f.calls = append(f.calls, call{Delivery: d})
		}
	}
	return f.turn(), nil
}
