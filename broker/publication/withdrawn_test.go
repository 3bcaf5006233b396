package publication_test

import (
	"testing"
	"time"

	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/broker/storetest/stores"
)

// A destination that ends takes its routes along, and the history says so: who ended it took them away.
func TestEndOfADestinationIsARevision(t *testing.T) {
	onBothStores(t, open, func(t *testing.T, w *world) {
		o := w.office(t, "Stadt")
		for name, end := range map[string]func(broker.DestinationID){
			"was decommissioned": func(d broker.DestinationID) { w.decommission(t, o, d) },
			"was deleted":        func(d broker.DestinationID) { must(t, w.broker.Destinations.Delete(t.Context(), o.developer, d)) },
		} {
			d := w.draftDestination(t, o, "Amt", trade)
			led := o.draft("led", trade, "DE06")
			led.Destination = d
			at := w.publish(t, o, led, o.draft("a", dogs, "DE05515")).Revision.Number
			end(d)
			all, last, err := w.History(t.Context(), o.reader, o.org, page)
			must(t, err)
			if last != at+1 {
				t.Fatalf("%s: got %d revisions, want one more than %d", name, last, at)
			}
			if r := all[last-1]; r.By != o.developer.Name() || r.Put != 0 || r.Deleted != 1 || r.Comment != "the destination Amt "+name {
				t.Errorf("%s: got %+v", name, r)
			}
			changes, _, err := w.Changes(t.Context(), o.reader, o.org, last, page)
			must(t, err)
			if len(changes) != 1 || changes[0].After != nil || changes[0].Before.Destination != d {
				t.Errorf("%s: got %s, want the route as it was", name, asJSON(t, changes))
			}
		}
	})
}

// Where no route led to it, there is nothing to tell.
func TestEndOfADestinationWithoutRoutes(t *testing.T) {
	t.Parallel()
	w := newWorld(t, stores.Files(t), open)
	o := w.office(t, "Stadt")
	must(t, w.broker.Destinations.Delete(t.Context(), o.developer, w.draftDestination(t, o, "Amt", trade)))
	if _, total, err := w.History(t.Context(), o.reader, o.org, page); err != nil || total != 0 {
		t.Errorf("got %d revisions and %v, want none", total, err)
	}
}

// decommission ends a destination, which takes a month.
func (w *world) decommission(t testing.TB, o office, d broker.DestinationID) {
	t.Helper()
	o.owner = o.developer
	w.status(t, o, d, broker.DestinationActive)
	w.status(t, o, d, broker.DestinationInactive)
	w.now = w.now.Add(31 * 24 * time.Hour)
	w.status(t, o, d, broker.DestinationDecommissioned)
}
