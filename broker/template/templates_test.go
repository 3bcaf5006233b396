package template_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/broker/account"
	"github.com/vierkant/vierkant/broker/publication"
	"github.com/vierkant/vierkant/broker/template"
)

// What a template says is seen at the next look-up, for all who have adopted it, on all nodes.
func TestChangedTextsAreSeen(t *testing.T) {
	onBothStores(t, publication.Rule{}, func(t *testing.T, w *world) {
		land := w.org(t, "Land")
		made := w.opened(t, land)
		towns := []authority{w.town(t, "Münster", "DE05515"), w.town(t, "Köln", "DE05315")}
		for _, town := range towns {
			w.online(t, town, w.adopted(t, town, made.ID))
		}
		other := w.another(t)
		changed := content()
		changed.Shared.Documents[0].Text = "Mietvertrag und Ausweis"
		out, err := w.Change(t.Context(), land.developer, made.ID, changed, "the passport too")
		must(t, err)
		if out.Template.Version != 2 || out.Proposal != nil {
			t.Errorf("got version %d, proposal %v, want version 2 at once", out.Template.Version, out.Proposal)
		}
		must(t, other.broker.Routes.Follow(t.Context()))
		for _, node := range []*world{w, other} {
			for _, town := range towns {
				if got := node.ask(t, town.ars)[0].Documents.Description["de"]; got != "Mietvertrag und Ausweis" {
					t.Errorf("%s: got %q, want the text of the new version", town.name, got)
				}
			}
		}
		back, err := w.Restore(t.Context(), land.releaser, made.ID, 1, "")
		must(t, err)
		if got := w.ask(t, towns[0].ars)[0].Documents.Description["de"]; got != "Mietvertrag" || back.Version != 3 {
			t.Errorf("after going back: got %q in version %d, want that of the first in version 3", got, back.Version)
		}
		all, total, err := w.Versions(t.Context(), land.developer, made.ID, page)
		must(t, err)
		var comments []string
		for _, v := range all {
			comments = append(comments, v.By+": "+v.Comment)
		}
		dev, rel := land.developer.Name(), land.releaser.Name()
		want := []string{dev + ": ", dev + ": the passport too", rel + ": back to version 1"}
		if total != 3 || !slices.Equal(comments, want) {
			t.Errorf("got versions %q, want %q", comments, want)
		}
	})
}

// In production nothing that a template shows changes without a second person; what only hides, or shows what was released before, needs none.
func TestTwoPersonsForTemplates(t *testing.T) {
	onBothStores(t, publication.Rule{FourEyes: true}, func(t *testing.T, w *world) {
		ctx, land := t.Context(), w.org(t, "Land")
		made, err := w.Create(ctx, land.developer, land.id, content())
		must(t, err)
		out, err := w.Open(ctx, land.developer, made.ID, "")
		must(t, err)
		if out.Proposal == nil || out.Template.State != template.Draft {
			t.Fatalf("opening: got %+v, want a proposal and a draft still", out)
		}
		release := func(who broker.Caller, p *account.Proposal) string {
			_, err := w.Release(ctx, who, p.ID, p.Digest)
			return code(t, err)
		}
		platform := broker.PlatformCaller(land.developer.Person)
		for name, who := range map[string]broker.Caller{"the one who proposed": platform, "the machine": machine} {
			if got := release(who, out.Proposal); got != "second-person-needed" {
				t.Errorf("%s: got %q, want second-person-needed", name, got)
			}
		}
		if got := release(land.releaser, out.Proposal); got != "" {
			t.Fatalf("a second person: got %q", got)
		}

		changed := content()
		changed.Fees[0].Text = "5 Euro"
		first, err := w.Change(ctx, land.developer, made.ID, changed, "")
		must(t, err)
		changed.Fees[0].Text = "6 Euro"
		second, err := w.Change(ctx, land.developer, made.ID, changed, "")
		must(t, err)
		if got := release(land.releaser, second.Proposal); got != "" {
			t.Fatalf("a second person: got %q", got)
		}
		if got := release(land.releaser, first.Proposal); got != "proposal-outdated" {
			t.Errorf("what was proposed before: got %q, want proposal-outdated", got)
		}
		if got := release(land.releaser, first.Proposal); got != "proposal-closed" {
			t.Errorf("again: got %q, want proposal-closed", got)
		}
		if got, err := w.Get(ctx, land.developer, made.ID); err != nil || got.Fees[0].Text != "6 Euro" || got.Version != 2 {
			t.Errorf("got %q in version %d, %v, want what was released", got.Fees[0].Text, got.Version, err)
		}
		_, err = w.Close(ctx, land.developer, made.ID)
		if got := code(t, err); got != "forbidden" {
			t.Errorf("closed by a developer: got %q, want forbidden", got)
		}
		closed, err := w.Close(ctx, land.releaser, made.ID)
		must(t, err)
		open, err := w.Open(ctx, land.releaser, made.ID, "")
		must(t, err)
		if closed.State != template.Closed || open.Template.State != template.Open || open.Proposal != nil {
			t.Errorf("got %s, then %s, want closed and open at once", closed.State, open.Template.State)
		}
	})
}

func TestAdoptedTemplatesKeepTheirServices(t *testing.T) {
	onBothStores(t, publication.Rule{FourEyes: true}, func(t *testing.T, w *world) {
		ctx, land, town := t.Context(), w.org(t, "Land"), w.town(t, "Münster", "DE05515")
		made := w.opened(t, land)
		changed := content()
		changed.Services = append(changed.Services, "urn:de:fim:leika:leistung:99050012104000")
		before, err := w.Change(ctx, land.developer, made.ID, changed, "")
		must(t, err)
		w.adopted(t, town, made.ID)
		_, err = w.Change(ctx, land.developer, made.ID, changed, "")
		if got := code(t, err); got != "template-adopted" {
			t.Errorf("another service: got %q, want template-adopted", got)
		}
		_, err = w.Release(ctx, land.releaser, before.Proposal.ID, before.Proposal.Digest)
		if got := code(t, err); got != "proposal-outdated" {
			t.Errorf("what was proposed before: got %q, want proposal-outdated", got)
		}
		changed = content()
		changed.Schemas = nil
		_, err = w.Change(ctx, land.developer, made.ID, changed, "")
		if got := code(t, err); got != "template-adopted" {
			t.Errorf("other schemas: got %q, want template-adopted", got)
		}
	})
}

// What is missing is said in words, all at once; what has a wrong shape is not even kept.
func TestTemplatesAreCompleteWhenOpened(t *testing.T) {
	onBothStores(t, publication.Rule{}, func(t *testing.T, w *world) {
		ctx, land := t.Context(), w.org(t, "Land")
		half := template.Content{Name: "Wohngeld", Languages: []string{"de", "en"}, Fees: []broker.Text{{Language: "de", Text: "kostenlos"}, {Language: "fr", Text: "gratuit"}}}
		made, err := w.Create(ctx, land.developer, land.id, half)
		must(t, err)
		_, err = w.Open(ctx, land.developer, made.ID, "")
		for _, want := range []string{"no service", `no text in "en"`, `a text in "fr"`} {
			if code(t, err) != "incomplete" || !strings.Contains(err.Error(), want) {
				t.Errorf("got %v, want incomplete because of %q", err, want)
			}
		}
		for name, wrong := range map[string]func(*template.Content){
			"no name":              func(c *template.Content) { c.Name = "" },
			"no URN":               func(c *template.Content) { c.Services = []string{"99107023017000"} },
			"a service twice":      func(c *template.Content) { c.Services = append(c.Services, c.Services[0]) },
			"no URI":               func(c *template.Content) { c.Schemas = []string{"schema"} },
			"no language":          func(c *template.Content) { c.Languages = []string{"Deutsch"} },
			"an authority's field": func(c *template.Content) { c.Shared.ImprintURL = "https://stadt.example" },
			"no web address":       func(c *template.Content) { c.Shared.PrivacyURL = "http://stadt.example" },
			"a text twice":         func(c *template.Content) { c.Fees = append(c.Fees, c.Fees[0]) },
			"a name of ours":       func(c *template.Content) { c.Shared.Custom = []byte(`{"fees":1}`) },
			"no unit":              func(c *template.Content) { c.Shared.Duration.Unit = "moon" },
		} {
			c := content()
			wrong(&c)
			if _, err := w.Change(ctx, land.developer, made.ID, c, ""); code(t, err) != "bad-request" {
				t.Errorf("%s: got %v, want bad-request", name, err)
			}
		}
	})
}

func TestForeignTemplates(t *testing.T) {
	onBothStores(t, publication.Rule{}, func(t *testing.T, w *world) {
		ctx, land, stranger := t.Context(), w.org(t, "Land"), w.org(t, "Andere")
		draft, err := w.Create(ctx, land.developer, land.id, content())
		must(t, err)
		made := w.opened(t, land)
		reader := broker.PersonCaller("reader", land.id, broker.RoleReader)

		for name, call := range map[string]func(broker.Caller, template.ID) error{
			"change": func(who broker.Caller, id template.ID) error {
				_, err := w.Change(ctx, who, id, content(), "")
				return err
			},
			"close":   func(who broker.Caller, id template.ID) error { _, err := w.Close(ctx, who, id); return err },
			"restore": func(who broker.Caller, id template.ID) error { _, err := w.Restore(ctx, who, id, 1, ""); return err },
			"delete":  w.deleteAs(t),
			"versions": func(who broker.Caller, id template.ID) error {
				_, _, err := w.Versions(ctx, who, id, page)
				return err
			},
			"adoptions": func(who broker.Caller, id template.ID) error {
				_, _, err := w.adoptions.Of(ctx, who, id, page)
				return err
			},
		} {
			if got := code(t, call(stranger.developer, made.ID)); got != "template-not-found" {
				t.Errorf("%s by another organisation: got %q, want template-not-found", name, got)
			}
			if got := code(t, call(reader, made.ID)); got != "forbidden" && name != "versions" && name != "adoptions" {
				t.Errorf("%s by a reader: got %q, want forbidden", name, got)
			}
		}
		_, err = w.Get(ctx, stranger.developer, draft.ID)
		if got := code(t, err); got != "template-not-found" {
			t.Errorf("a draft: got %q, want template-not-found", got)
		}
		_, err = w.Create(ctx, stranger.developer, land.id, content())
		if got := code(t, err); got != "organisation-not-found" {
			t.Errorf("made for another organisation: got %q, want organisation-not-found", got)
		}
		offered, total, err := w.Offered(ctx, stranger.developer, page)
		if err != nil || total != 1 || len(offered) != 1 || offered[0].ID != made.ID {
			t.Errorf("offered: got %v, %d, %v, want the open one", offered, total, err)
		}
		if _, _, err := w.Offered(ctx, broker.Caller{}, page); code(t, err) != "unauthorized" {
			t.Errorf("offered to nobody: got %v, want unauthorized", err)
		}
	})
}

func (w *world) deleteAs(t *testing.T) func(broker.Caller, template.ID) error {
	return func(who broker.Caller, id template.ID) error { return w.Delete(t.Context(), who, id) }
}

func TestClosedTemplates(t *testing.T) {
	onBothStores(t, publication.Rule{}, func(t *testing.T, w *world) {
		ctx, land, town := t.Context(), w.org(t, "Land"), w.town(t, "Münster", "DE05515")
		made := w.opened(t, land)
		mine := w.adopted(t, town, made.ID)
		_, err := w.Close(ctx, land.developer, made.ID)
		must(t, err)
		_, err = w.adoptions.Adopt(ctx, town.developer, town.id, made.ID, town.part())
		if got := code(t, err); got != "template-state-invalid" {
			t.Errorf("adopted while closed: got %q, want template-state-invalid", got)
		}
		if err := w.Delete(ctx, land.developer, made.ID); code(t, err) != "template-state-invalid" {
			t.Errorf("deleted: got %v, want template-state-invalid", err)
		}
		w.online(t, town, mine)
		if got := w.ask(t, town.ars); len(got) != 1 {
			t.Errorf("who has adopted before: got %v, want its destination", got)
		}
		if _, total, err := w.Offered(ctx, town.developer, page); err != nil || total != 0 {
			t.Errorf("got %d offered, %v, want none", total, err)
		}
	})
}
