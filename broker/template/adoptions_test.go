package template_test

import (
	"strings"
	"testing"

	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/broker/publication"
	"github.com/vierkant/vierkant/broker/template"
)

// Everything that is missing is said, with the way out, and nothing goes online before it is there.
func TestMissing(t *testing.T) {
	onBothStores(t, publication.Rule{}, func(t *testing.T, w *world) {
		ctx, land, town := t.Context(), w.org(t, "Land"), w.town(t, "Münster", "DE05515")
		c := content()
		c.Shared.PrivacyURL = ""
		draft, err := w.Create(ctx, land.developer, land.id, c)
		must(t, err)
		_, err = w.Open(ctx, land.developer, draft.ID, "")
		must(t, err)
		elsewhere := w.town(t, "Köln", "DE05315")
		for _, test := range []struct {
			name    string
			without func(*template.Part)
			field   string
			says    string
		}{
			{"no name", func(p *template.Part) { p.Name = "" }, "name", "no name"},
			{"no region", func(p *template.Part) { p.Regions = nil }, "regions", "no region"},
			{"nobody to ask", func(p *template.Part) { p.Own.Contacts = nil }, "contactPersons", "nobody"},
			{"nobody to reach", func(p *template.Part) { p.Own.Contacts = []broker.RouteContact{{Name: "Frau Muster"}} }, "contactPersons", "reached"},
			{"no privacy policy", func(p *template.Part) { p.Own.PrivacyURL = "" }, "privacyPolicyUrl", "privacy policy"},
			{"no destination", func(p *template.Part) { p.Destination = "" }, "destination", "no destination is named"},
			{"a foreign destination", func(p *template.Part) { p.Destination = elsewhere.destination }, "destination", "has no destination"},
			{"another region", func(p *template.Part) { p.Regions = []string{"DE05"} }, "destination", "in DE05"},
		} {
			part := town.part()
			part.Own.PrivacyURL = "https://stadt.example/datenschutz"
			test.without(&part)
			made, err := w.adoptions.Adopt(ctx, town.developer, town.id, draft.ID, part)
			must(t, err)
			if len(made.Missing) != 1 || made.Missing[0].Field != test.field || !strings.Contains(made.Missing[0].Text, test.says) || made.Standing != template.Incomplete {
				t.Errorf("%s: got %s, %v, want incomplete with %s alone, saying %q", test.name, made.Standing, made.Missing, test.field, test.says)
			}
			_, err = w.adoptions.Online(ctx, town.developer, made.ID, "")
			if code(t, err) != "incomplete" || !strings.Contains(err.Error(), test.says) {
				t.Errorf("%s: going online: got %v, want incomplete", test.name, err)
			}
		}
		if got := w.ask(t, town.ars); len(got) != 0 {
			t.Errorf("got %v, want nobody", got)
		}
	})
}

// A destination that takes nothing, or something else, is missing too.
func TestMissingAtDestination(t *testing.T) {
	onBothStores(t, publication.Rule{}, func(t *testing.T, w *world) {
		ctx, land, town := t.Context(), w.org(t, "Land"), w.town(t, "Münster", "DE05515")
		mine := w.adopted(t, town, w.opened(t, land).ID)
		missing := func() string {
			t.Helper()
			got, err := w.adoptions.Get(ctx, town.developer, mine)
			must(t, err)
			if len(got.Missing) != 1 {
				t.Fatalf("got %v, want one thing missing", got.Missing)
			}
			return got.Missing[0].Text
		}
		w.setStatus(t, town, town.destination, broker.DestinationInactive)
		if got := missing(); !strings.Contains(got, "is inactive") {
			t.Errorf("inactive: got %q", got)
		}
		w.setStatus(t, town, town.destination, broker.DestinationActive)
		offer := func(change func(*broker.OfferedService)) {
			t.Helper()
			_, err := w.broker.Destinations.Change(ctx, town.developer, town.destination, func(d broker.DestinationDraft) (broker.DestinationDraft, error) {
				s := d.Services[0]
				change(&s)
				d.Services = []broker.OfferedService{s}
				return d, nil
			})
			must(t, err)
		}
		offer(func(s *broker.OfferedService) {
			s.Schemas = []broker.SubmissionSchema{{URI: "https://schema.example.org/other.json", MIMEType: "application/json"}}
		})
		if got := missing(); !strings.Contains(got, schema) {
			t.Errorf("another schema: got %q, want the one of the template named", got)
		}
		offer(func(s *broker.OfferedService) { s.Identifier = "urn:de:fim:leika:leistung:99050012104000" })
		if got := missing(); !strings.Contains(got, "does not offer "+housing) {
			t.Errorf("another service: got %q", got)
		}
	})
}

// In production what an authority says of itself changes when a second person released it; until then the old is shown.
func TestTwoPersonsForAdoptions(t *testing.T) {
	onBothStores(t, publication.Rule{FourEyes: true}, func(t *testing.T, w *world) {
		ctx, land, town := t.Context(), w.org(t, "Land"), w.town(t, "Münster", "DE05515")
		mine := w.adopted(t, town, w.opened(t, land).ID)
		pending := func() bool {
			t.Helper()
			got, err := w.adoptions.Get(ctx, town.developer, mine)
			must(t, err)
			return got.Pending
		}
		first, err := w.adoptions.Online(ctx, town.developer, mine, "")
		must(t, err)
		second, err := w.adoptions.Online(ctx, town.developer, mine, "")
		must(t, err)
		_, err = w.publisher.Release(ctx, town.releaser, first.Proposal.ID, first.Proposal.Digest)
		if got := code(t, err); got != "proposal-closed" || !pending() {
			t.Errorf("the former proposal: got %q, want proposal-closed, and the latter pending", got)
		}
		w.release(t, town, second)
		if len(w.ask(t, town.ars)) != 1 || pending() {
			t.Fatal("released, and not online, or still pending")
		}

		part := town.part()
		part.Name = "Münster, Amt für Wohnungswesen"
		out, err := w.adoptions.Change(ctx, town.developer, mine, part, "renamed")
		must(t, err)
		if got := w.ask(t, town.ars)[0].Name; got != town.part().Name || !pending() {
			t.Errorf("proposed: got %q, want the former name", got)
		}
		w.release(t, town, out)
		if got := w.ask(t, town.ars)[0].Name; got != part.Name {
			t.Errorf("released: got %q, want the new name", got)
		}

		part.Own.Contacts = nil
		_, err = w.adoptions.Change(ctx, town.developer, mine, part, "")
		if got := code(t, err); got != "incomplete" {
			t.Errorf("a change that leaves it incomplete: got %q, want incomplete", got)
		}
		_, err = w.adoptions.Offline(ctx, town.developer, mine, "")
		if got := code(t, err); got != "forbidden" {
			t.Errorf("offline by a developer: got %q, want forbidden", got)
		}
	})
}

// An adoption is a route like others: its territory, its history and its destination rule it.
func TestAdoptionsAreRoutes(t *testing.T) {
	onBothStores(t, publication.Rule{}, func(t *testing.T, w *world) {
		ctx, land, town := t.Context(), w.org(t, "Land"), w.town(t, "Münster", "DE05515")
		id := w.opened(t, land).ID
		mine := w.adopted(t, town, id)
		w.online(t, town, mine)
		standing := func() template.Standing {
			t.Helper()
			got, err := w.adoptions.Get(ctx, town.developer, mine)
			must(t, err)
			return got.Standing
		}
		if got := standing(); got != template.Online {
			t.Errorf("got %s, want online", got)
		}
		_, err := w.publisher.Publish(ctx, town.developer, town.id, publication.ChangeSet{Put: []publication.Draft{{
			Key: template.RouteKey(mine), Destination: town.destination, Name: "Münster",
			Coverage: []broker.Coverage{{Services: []string{housing}, Regions: []string{"DE05515"}}},
		}}})
		if got := code(t, err); got != "routes-refused" {
			t.Errorf("changed by hand: got %q, want routes-refused", got)
		}
		_, err = w.publisher.Rollback(ctx, town.releaser, town.id, 0, "")
		must(t, err)
		if got := standing(); got != template.Offline || len(w.ask(t, town.ars)) != 0 {
			t.Errorf("rolled back: got %s, want offline and no answer", got)
		}
		w.online(t, town, mine)
		_, err = w.adoptions.Leave(ctx, town.developer, mine, "")
		must(t, err)
		if got, err := w.adoptions.Get(ctx, town.developer, mine); err != nil || got.Published || got.Left.IsZero() {
			t.Errorf("left: got %+v, %v, want no route", got, err)
		}
		_, err = w.adoptions.Online(ctx, town.developer, mine, "")
		if got := code(t, err); got != "template-state-invalid" {
			t.Errorf("online after leaving: got %q, want template-state-invalid", got)
		}
		_, err = w.publisher.Rollback(ctx, town.releaser, town.id, 3, "it was a mistake")
		must(t, err)
		if got := w.ask(t, town.ars); len(got) != 1 || got[0].Documents.Description["de"] != "Mietvertrag" {
			t.Errorf("back from leaving: got %v, want it as before, texts included", got)
		}

		stray := w.town(t, "Köln", "DE05315")
		part := stray.part()
		part.Regions = []string{"DE05315", "DE05515"}
		stray.region = "DE05"
		part.Destination = w.destination(t, stray)
		made, err := w.adoptions.Adopt(ctx, stray.developer, stray.id, id, part)
		must(t, err)
		_, err = w.adoptions.Online(ctx, stray.developer, made.ID, "")
		if got := code(t, err); got != "routes-refused" {
			t.Errorf("outside the territory: got %q, want routes-refused", got)
		}
	})
}

func TestForeignAdoptions(t *testing.T) {
	onBothStores(t, publication.Rule{}, func(t *testing.T, w *world) {
		ctx, land, town, stranger := t.Context(), w.org(t, "Land"), w.town(t, "Münster", "DE05515"), w.org(t, "Andere")
		id := w.opened(t, land).ID
		mine := w.adopted(t, town, id)
		w.online(t, town, mine)
		for _, who := range []broker.Caller{stranger.developer, land.developer} {
			for name, call := range map[string]func() error{
				"get":     func() error { _, err := w.adoptions.Get(ctx, who, mine); return err },
				"plan":    func() error { _, err := w.adoptions.Plan(ctx, who, mine, nil); return err },
				"change":  func() error { _, err := w.adoptions.Change(ctx, who, mine, town.part(), ""); return err },
				"online":  func() error { _, err := w.adoptions.Online(ctx, who, mine, ""); return err },
				"offline": func() error { _, err := w.adoptions.Offline(ctx, who, mine, ""); return err },
				"leave":   func() error { _, err := w.adoptions.Leave(ctx, who, mine, ""); return err },
			} {
				if got := code(t, call()); got != "adoption-not-found" {
					t.Errorf("%s by another organisation: got %q, want adoption-not-found", name, got)
				}
			}
		}
		_, err := w.adoptions.Adopt(ctx, stranger.developer, town.id, id, town.part())
		if got := code(t, err); got != "organisation-not-found" {
			t.Errorf("adopted for another organisation: got %q, want organisation-not-found", got)
		}
		all, total, err := w.adoptions.Of(ctx, land.developer, id, page)
		if err != nil || total != 1 || all[0].Standing != template.Online {
			t.Errorf("the owner of the template sees %v, %d, %v, want one that is online", all, total, err)
		}
		if all, total, err := w.adoptions.List(ctx, town.developer, town.id, page); err != nil || total != 1 || all[0].ID != mine {
			t.Errorf("its own list: got %v, %d, %v", all, total, err)
		}
	})
}
