package publication_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/broker/account"
	"github.com/vierkant/vierkant/broker/publication"
)

// production is a world of four eyes in which the office may publish in DE05.
func production(t *testing.T, test func(t *testing.T, w *world, o office)) {
	onBothStores(t, fourEyes, func(t *testing.T, w *world) {
		o := w.office(t, "Stadt")
		w.grant(t, o, "DE05")
		test(t, w, o)
	})
}

func (w *world) propose(t testing.TB, o office, drafts ...publication.Draft) account.Proposal {
	t.Helper()
	out, err := w.Publish(t.Context(), o.developer, o.org, puts(drafts...))
	must(t, err)
	if out.Proposal == nil || out.Revision != nil {
		t.Fatalf("got %+v, want a proposal", out)
	}
	return *out.Proposal
}

func TestFourEyes(t *testing.T) {
	production(t, func(t *testing.T, w *world, o office) {
		other := w.office(t, "Andere")
		d := o.draft("a", trade, "DE05515")
		offline := false
		d.Offline = &offline
		p := w.propose(t, o, d)
		if got := w.answers(t, "DE05515"); got != "" {
			t.Fatalf("%s is published before it is released", got)
		}
		for name, c := range map[string]struct {
			who    broker.Caller
			digest string
			want   broker.Kind
		}{
			"the one who proposed": {o.developer, p.Digest, broker.Forbidden},
			"as somebody else":     {broker.PersonCaller(o.developer.Person, o.org, broker.RoleOwner), p.Digest, broker.Forbidden},
			"a client":             {o.client, p.Digest, broker.Forbidden}, "the machine": {machine, p.Digest, broker.Forbidden},
			"a reader": {o.reader, p.Digest, broker.Forbidden}, "another organisation": {other.owner, p.Digest, broker.NotFound},
			"another digest": {o.operator, strings.Repeat("0", 64), broker.Conflict},
		} {
			if _, err := w.Release(t.Context(), c.who, p.ID, c.digest); kindOf(err) != c.want {
				t.Errorf("released by %s: got %v, want %q", name, err, c.want)
			}
		}
		shown, set, plan, err := w.Proposed(t.Context(), o.operator, p.ID)
		must(t, err)
		if len(set.Put) != 1 || asJSON(t, set.Put[0].Coverage) != asJSON(t, d.Coverage) || set.Put[0].Offline == nil || len(plan.Changes) != 1 || shown.Digest != p.Digest {
			t.Errorf("got %s, want what was proposed", asJSON(t, set))
		}
		out, err := w.Release(t.Context(), o.operator, p.ID, p.Digest)
		must(t, err)
		if r := out.Revision; r.By != o.developer.Name() || r.ReleasedBy != o.operator.Name() || r.Proposal != p.ID {
			t.Errorf("got %+v, want both persons", r)
		}
		if got := w.answers(t, "DE05515"); got != "a" {
			t.Errorf("got %q, want what was released", got)
		}
		_, err = w.Release(t.Context(), o.operator, p.ID, p.Digest)
		isKind(t, err, broker.Conflict, "proposal-closed")
		if len(w.routes(t)) != 1 {
			t.Errorf("got %v, want it released once", names(w.routes(t)))
		}
	})
}

func TestOutdatedProposal(t *testing.T) {
	production(t, func(t *testing.T, w *world, o office) {
		first, second := w.propose(t, o, o.draft("a", trade, "DE05515")), w.propose(t, o, named(o.draft("a", trade, "DE05515"), "Amt second"))
		apart := w.propose(t, o, o.draft("b", dogs, "DE05515"))
		_, err := w.Release(t.Context(), o.owner, first.ID, first.Digest)
		must(t, err)
		_, err = w.Release(t.Context(), o.owner, second.ID, second.Digest)
		isKind(t, err, broker.Conflict, "proposal-outdated")
		if !strings.Contains(err.Error(), "revision 1") || !strings.Contains(err.Error(), o.developer.Name()) {
			t.Errorf("got %q, want what came in between", err)
		}
		closed, _, _, err := w.Proposed(t.Context(), o.owner, second.ID)
		must(t, err)
		if closed.State != account.Outdated || !strings.Contains(closed.Note, "route a changed") {
			t.Errorf("got %+v, want it outdated", closed)
		}
		_, err = w.Release(t.Context(), o.owner, apart.ID, apart.Digest)
		must(t, err)
		if got := names(w.routes(t)); got != "a b" {
			t.Errorf("got %q, want what does not touch it released", got)
		}
	})
}

// A proposal that the rules forbid by now stays open: what is missing may come.
func TestReleaseIsCheckedAgain(t *testing.T) {
	production(t, func(t *testing.T, w *world, o office) {
		land := w.office(t, "Land")
		w.grant(t, land, "DE05")
		p := w.propose(t, o, o.draft("a", trade, "DE05515"))
		above := w.propose(t, land, land.draft("land", trade, "DE05"))
		_, err := w.Release(t.Context(), land.owner, above.ID, above.Digest)
		must(t, err)
		_, err = w.Release(t.Context(), o.owner, p.ID, p.Digest)
		if got := refusals(t, err); got != "consent-missing" {
			t.Fatalf("got %q, want the Land to be asked by now", got)
		}
		w.consent(t, land, o, "DE05515")
		w.status(t, o, o.desk, broker.DestinationInactive)
		_, err = w.Release(t.Context(), o.owner, p.ID, p.Digest)
		must(t, err)
		if got := w.answers(t, "DE05515"); got != "a" {
			t.Errorf("got %q, want it released", got)
		}
	})
}

// Offline and back, and back to an earlier revision, takes one person: nothing is shown that was not released.
func TestAtOnceInProduction(t *testing.T) {
	production(t, func(t *testing.T, w *world, o office) {
		release := func(d publication.Draft) {
			p := w.propose(t, o, d)
			_, err := w.Release(t.Context(), o.operator, p.ID, p.Digest)
			must(t, err)
		}
		release(o.draft("a", trade, "DE05515"))
		release(named(o.draft("a", trade, "DE05515"), "Amt wrong"))
		for _, who := range []broker.Caller{o.developer, o.client, o.reader} {
			if _, err := w.Rollback(t.Context(), who, o.org, 1, ""); !errors.Is(err, broker.Forbidden) {
				t.Errorf("rollback by %s: got %v, want it refused", who.Name(), err)
			}
			if _, err := w.SetOffline(t.Context(), who, o.org, []string{"a"}, true, ""); !errors.Is(err, broker.Forbidden) {
				t.Errorf("offline by %s: got %v, want it refused", who.Name(), err)
			}
		}
		_, err := w.Rollback(t.Context(), o.operator, o.org, 1, "wrong name")
		must(t, err)
		if got := w.answers(t, "DE05515"); got != "a" {
			t.Errorf("got %q, want the name of before", got)
		}
		_, err = w.SetOffline(t.Context(), o.operator, o.org, []string{"a"}, true, "storm")
		must(t, err)
		if got := w.answers(t, "DE05515"); got != "" {
			t.Errorf("got %q, want nobody", got)
		}
		_, err = w.SetOffline(t.Context(), o.operator, o.org, []string{"b"}, true, "")
		isKind(t, err, broker.NotFound, "route-not-found")
	})
}
