package publication_test

import (
	"errors"
	"testing"
	"time"

	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/broker/publication"
	"github.com/vierkant/vierkant/broker/storetest/stores"
)

func TestRollbackRestoresExactly(t *testing.T) {
	onBothStores(t, open, func(t *testing.T, w *world) {
		o, other := w.office(t, "Stadt"), w.office(t, "Andere")
		var states []string
		remember := func() {
			w.now = w.now.Add(time.Minute)
			all := w.routes(t)
			for i := range all {
				if all[i].Org == other.org { // is nobody's business here
					all[i] = broker.Route{}
				}
			}
			states = append(states, asJSON(t, all))
		}
		remember()
		w.publish(t, o, o.draft("a", trade, "DE05515"), o.draft("b", dogs, "DE05515"))
		w.publish(t, other, other.draft("x", trade, "DE06"))
		states = nil
		must(t, func() error { _, err := w.Rollback(t.Context(), o.owner, o.org, 0, ""); return err }())
		remember()
		must(t, func() error { _, err := w.Rollback(t.Context(), o.owner, o.org, 1, ""); return err }())
		remember() // after revision 3
		w.publish(t, o, o.draft("a", trade, "DE05"), ranked(o.draft("c", trade, "DE07"), 4))
		remember()
		_, err := w.Publish(t.Context(), o.owner, o.org, publication.ChangeSet{Delete: []string{"a", "b"}, Comment: "moved"})
		must(t, err)
		remember()
		w.publish(t, o, o.draft("a", trade, "DE08"))
		remember()
		for _, to := range []int{4, 3, 6, 2, 5, 3} {
			_, err := w.Rollback(t.Context(), o.owner, o.org, to, "")
			must(t, err)
			all := w.routes(t)
			for i := range all {
				if all[i].Org == other.org {
					all[i] = broker.Route{}
				}
			}
			if got, want := asJSON(t, all), states[to-2]; got != want {
				t.Errorf("back to revision %d: got\n%s\nwant\n%s", to, got, want)
			}
		}
		plan, err := w.PlanRollback(t.Context(), o.reader, o.org, 3)
		must(t, err)
		if !plan.Empty() {
			t.Errorf("got %d changes, want none to go where it is", len(plan.Changes))
		}
		_, err = w.Rollback(t.Context(), o.owner, o.org, 99, "")
		isKind(t, err, broker.NotFound, "revision-not-found")
	})
}

func TestHistory(t *testing.T) {
	onBothStores(t, open, func(t *testing.T, w *world) {
		o, other := w.office(t, "Stadt"), w.office(t, "Andere")
		w.publish(t, o, o.draft("a", trade, "DE05515"))
		_, err := w.Publish(t.Context(), o.client, o.org, publication.ChangeSet{
			Put: []publication.Draft{named(o.draft("a", trade, "DE05515"), "Amt A")}, Comment: "shorter",
		})
		must(t, err)
		all, total, err := w.History(t.Context(), o.reader, o.org, page)
		must(t, err)
		if total != 2 || all[1].By != o.client.Name() || all[1].Comment != "shorter" || all[1].Number != 2 || all[1].ReleasedBy != "" {
			t.Errorf("got %+v, want two revisions, the second of the client", all)
		}
		changes, _, err := w.Changes(t.Context(), o.reader, o.org, 2, page)
		must(t, err)
		if len(changes) != 1 || changes[0].Before.Name != "Amt a" || changes[0].After.Name != "Amt A" {
			t.Errorf("got %s, want before and after", asJSON(t, changes))
		}
		if _, _, err := w.History(t.Context(), other.owner, o.org, page); !errors.Is(err, broker.NotFound) {
			t.Errorf("got %v, want another's history not found", err)
		}
		_, _, err = w.Changes(t.Context(), o.reader, o.org, 3, page)
		isKind(t, err, broker.NotFound, "revision-not-found")
		deeds := 0
		must(t, w.store.View(t.Context(), func(tx broker.Tx) error {
			all, _, err := broker.Deeds(tx, o.org, page)
			for _, d := range all {
				if d.Deed == "routes.published" {
					deeds++
				}
			}
			return err
		}))
		if deeds != 2 {
			t.Errorf("got %d deeds in the audit log, want 2", deeds)
		}
	})
}

// A destination takes its routes along; a way back leaves them out and says so.
func TestRollbackToAGoneDestination(t *testing.T) {
	t.Parallel()
	w := newWorld(t, stores.Files(t), open)
	o := w.office(t, "Stadt")
	gone := w.destination(t, o, "Alt", trade)
	old := o.draft("old", trade, "DE06")
	old.Destination = gone
	w.publish(t, o, old, o.draft("a", trade, "DE05515"))
	w.publish(t, o, named(old, "Amt alt"), named(o.draft("a", trade, "DE05515"), "Amt A"))
	w.status(t, o, gone, broker.DestinationInactive)
	w.now = w.now.Add(31 * 24 * time.Hour)
	w.status(t, o, gone, broker.DestinationDecommissioned)
	if got := names(w.routes(t)); got != "A" {
		t.Fatalf("got %q, want the route gone with its destination", got)
	}
	out, err := w.Rollback(t.Context(), o.owner, o.org, 1, "")
	must(t, err)
	if got := names(w.routes(t)); got != "a" || codes(out.Plan.Findings, publication.Warns) == "" {
		t.Errorf("got %q and %v, want the one route back and a word about the other", got, out.Plan.Findings)
	}
}

// What fails in the middle of a publication leaves nothing of it: neither routes nor history.
func TestFailureLeavesNothing(t *testing.T) {
	onBothStores(t, open, func(t *testing.T, w *world) {
		o := w.office(t, "Stadt")
		w.publish(t, o, o.draft("a", trade, "DE05515"))
		before := asJSON(t, w.routes(t))
		broken := errors.New("the adoption could not be written")
		also := func(tx broker.Tx, out publication.Outcome) error {
			if out.Revision == nil || out.Revision.Number != 2 {
				t.Errorf("got %+v, want to be told of revision 2", out)
			}
			return broken
		}
		_, err := w.Publish(t.Context(), o.owner, o.org, puts(o.draft("b", dogs, "DE05"), named(o.draft("a", trade, "DE05515"), "Amt A")), also)
		if !errors.Is(err, broken) {
			t.Fatalf("got %v, want the error", err)
		}
		if got := asJSON(t, w.routes(t)); got != before {
			t.Errorf("got %s, want the routes as they were", got)
		}
		if _, total, err := w.History(t.Context(), o.owner, o.org, page); err != nil || total != 1 {
			t.Errorf("got %d revisions and %v, want one", total, err)
		}
	})
}
