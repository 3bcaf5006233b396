package publication_test

import (
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/broker/publication"
	"github.com/vierkant/vierkant/broker/storetest/stores"
)

// keep keeps a set in the place of what the office works on.
func (w *world) keep(t testing.TB, who broker.Caller, o office, set publication.ChangeSet) publication.Sketch {
	t.Helper()
	old, err := w.Sketch(t.Context(), who, o.org)
	must(t, err)
	s, err := w.Keep(t.Context(), who, o.org, old.Digest, set)
	must(t, err)
	return s
}

func (w *world) review(t testing.TB, who broker.Caller, o office) publication.Review {
	t.Helper()
	r, err := w.Review(t.Context(), who, o.org)
	must(t, err)
	return r
}

func TestSketchIsPublishedOnce(t *testing.T) {
	onBothStores(t, open, func(t *testing.T, w *world) {
		o := w.office(t, "Amt")
		w.keep(t, o.developer, o, puts(o.draft("a", trade, "DE05515")))
		r := w.review(t, o.developer, o)
		var clicks sync.WaitGroup
		outcomes := make([]error, 4)
		for i := range outcomes {
			clicks.Go(func() { _, outcomes[i] = w.PublishSketch(t.Context(), o.developer, o.org, r.Digest, "because") })
		}
		clicks.Wait()
		for _, err := range outcomes {
			if err != nil {
				isKind(t, err, broker.NotFound, "draft-not-found")
			}
		}
		history, total, err := w.History(t.Context(), o.reader, o.org, page)
		must(t, err)
		if total != 1 || history[0].Comment != "because" || slices.Index(outcomes, nil) < 0 {
			t.Errorf("got %d revisions %+v and %v, want exactly one", total, history, outcomes)
		}
	})
}

// Somebody publishes something else between review and publication: nothing is done, the draft stays, and the next review tells what changed.
func TestSketchThatWasReviewedBeforeAnotherPublication(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		meanwhile func(t *testing.T, w *world, o, other office)
		stale     string
		refused   string // code of the error
	}{
		"the same route": {func(t *testing.T, w *world, o, _ office) {
			w.publish(t, o, o.draft("a", trade, "DE05566"))
		}, "a", "plan-changed"},
		"another route, with a warning for this one": {func(t *testing.T, w *world, o, _ office) {
			w.status(t, o, o.desk, broker.DestinationInactive)
		}, "", "plan-changed"},
		"another organisation, elsewhere": {func(t *testing.T, w *world, _, other office) {
			w.publish(t, other, other.draft("x", trade, "DE06"))
		}, "", ""},
		"the draft": {func(t *testing.T, w *world, o, _ office) {
			w.keep(t, o.developer, o, puts(o.draft("a", trade, "DE05")))
		}, "", "plan-changed"},
		"another's draft": {func(t *testing.T, w *world, o, _ office) {
			w.keep(t, o.owner, o, puts(o.draft("a", trade, "DE05")))
		}, "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, stores.Files(t), open)
			o, other := w.office(t, "Amt"), w.office(t, "Land")
			w.publish(t, o, o.draft("a", trade, "DE055660004004"))
			w.keep(t, o.developer, o, puts(o.draft("a", trade, "DE05515")))
			seen := w.review(t, o.developer, o)
			c.meanwhile(t, w, o, other)
			_, err := w.PublishSketch(t.Context(), o.developer, o.org, seen.Digest, "")
			if c.refused == "" {
				must(t, err)
				return
			}
			isKind(t, err, broker.Conflict, c.refused)
			again := w.review(t, o.developer, o)
			if got := strings.Join(again.Stale, " "); got != c.stale || len(again.Plan.Changes) != 1 {
				t.Errorf("got stale %q and %d changes, want %q and 1", got, len(again.Plan.Changes), c.stale)
			}
			_, err = w.PublishSketch(t.Context(), o.developer, o.org, again.Digest, "")
			must(t, err)
		})
	}
}

func TestSketchIsKept(t *testing.T) {
	t.Parallel()
	w := newWorld(t, stores.Files(t), fourEyes)
	o, other := w.office(t, "Amt"), w.office(t, "Land")
	w.grant(t, o, "DE")
	if s, err := w.Sketch(t.Context(), o.developer, o.org); err != nil || s.Digest != "" {
		t.Errorf("got %+v and %v, want none", s, err)
	}
	_, err := w.Review(t.Context(), o.developer, o.org)
	isKind(t, err, broker.NotFound, "draft-not-found")
	_, err = w.PublishSketch(t.Context(), o.developer, o.org, "", "")
	isKind(t, err, broker.NotFound, "draft-not-found")

	offline := true
	draft := o.draft("<script>", "not a service", "", "DE 05")
	draft.Offline, draft.From, draft.Info = &offline, day(3), broker.RouteInfo{ShortName: "\u202eAmt"}
	first := w.keep(t, o.developer, o, publication.ChangeSet{Put: []publication.Draft{draft}, Delete: []string{"gone"}})
	if got, want := asJSON(t, first.Set.Put[0]), asJSON(t, draft); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if r := w.review(t, o.developer, o); !r.Plan.Refused() {
		t.Errorf("got %+v, want refusals", r.Plan)
	}

	// A second window that has not seen it does not undo it.
	_, err = w.Keep(t.Context(), o.developer, o.org, "", puts())
	isKind(t, err, broker.Conflict, "draft-changed")
	for who, caller := range map[string]broker.Caller{"reader": o.reader, "operator": o.operator} {
		if _, err := w.Sketch(t.Context(), caller, o.org); err == nil {
			t.Errorf("a %s drafts", who)
		}
	}
	for _, err := range []error{
		errorOf(w.Sketch(t.Context(), other.owner, o.org)), errorOf(w.Review(t.Context(), other.owner, o.org)), w.Discard(t.Context(), other.owner, o.org),
		errorOf(w.Keep(t.Context(), other.owner, o.org, "", puts())), errorOf(w.PublishSketch(t.Context(), other.owner, o.org, "", "")),
	} {
		isKind(t, err, broker.NotFound, "organisation-not-found")
	}

	must(t, w.Discard(t.Context(), o.developer, o.org))
	must(t, w.Discard(t.Context(), o.developer, o.org))
	big := o.draft("big", trade, "DE")
	big.Info.Custom = []byte(`{"a":"` + strings.Repeat("x", publication.MaxSketch) + `"}`)
	_, err = w.Keep(t.Context(), o.developer, o.org, "", puts(big))
	isKind(t, err, broker.TooLarge, "draft-too-large")

	// Where it takes two persons, what is published is a proposal.
	w.keep(t, o.developer, o, puts(o.draft("a", trade, "DE05515")))
	out, err := w.PublishSketch(t.Context(), o.developer, o.org, w.review(t, o.developer, o).Digest, "")
	must(t, err)
	if out.Proposal == nil || out.Revision != nil || len(w.routes(t)) != 0 {
		t.Errorf("got %+v, want a proposal", out)
	}
	if s, err := w.Sketch(t.Context(), o.developer, o.org); err != nil || s.Digest != "" {
		t.Errorf("got %+v and %v, want none", s, err)
	}
}

// Two windows add routes at the same time: both are in the draft, and what is named again has its last wish.
func TestSketchIsAmended(t *testing.T) {
	t.Parallel()
	w := newWorld(t, stores.Files(t), open)
	o := w.office(t, "Amt")
	var windows sync.WaitGroup
	for i := range 8 {
		windows.Go(func() {
			_, err := w.Amend(t.Context(), o.developer, o.org, func(s publication.ChangeSet) publication.ChangeSet {
				return s.With(puts(o.draft(number(i), trade, "DE05")))
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
	windows.Wait()
	s, err := w.Amend(t.Context(), o.developer, o.org, func(s publication.ChangeSet) publication.ChangeSet {
		return s.With(publication.ChangeSet{Put: []publication.Draft{o.draft("r1", dogs, "DE06")}, Delete: []string{"r2", "r9"}}).Without("r3", "r9")
	})
	must(t, err)
	var keys []string
	for _, d := range s.Set.Put {
		keys = append(keys, d.Key+d.Coverage[0].Regions[0])
	}
	slices.Sort(keys)
	if got := strings.Join(keys, " ") + "; " + strings.Join(s.Set.Delete, " "); got != "r0DE05 r1DE06 r4DE05 r5DE05 r6DE05 r7DE05; r2" {
		t.Errorf("got %q", got)
	}
}

func errorOf[T any](_ T, err error) error { return err }

// A draft on which nobody works is forgotten, whether or not its maker is still there; one that was changed meanwhile stays.
func TestSketchesAreForgotten(t *testing.T) {
	onBothStores(t, open, func(t *testing.T, w *world) {
		o := w.office(t, "Amt")
		left := w.keep(t, o.developer, o, puts(o.draft("a", trade, "DE05515")))
		if want := w.now.Add(publication.SketchesLast); !left.Ends.Equal(want) {
			t.Errorf("got %s, want %s", left.Ends, want)
		}
		w.keep(t, o.owner, o, puts(o.draft("b", trade, "DE05515")))
		w.now = w.now.Add(publication.SketchesLast - 1)
		must(t, w.ForgetSketches(t.Context()))
		w.keep(t, o.owner, o, puts(o.draft("c", trade, "DE05515")))
		w.now = w.now.Add(1)
		must(t, w.ForgetSketches(t.Context()))
		for who, want := range map[string]struct {
			caller broker.Caller
			left   bool
		}{"who went away": {o.developer, false}, "who worked on it": {o.owner, true}} {
			s, err := w.Sketch(t.Context(), want.caller, o.org)
			must(t, err)
			if got := s.Digest != ""; got != want.left {
				t.Errorf("%s: got %t, want %t", who, got, want.left)
			}
		}
	})
}
