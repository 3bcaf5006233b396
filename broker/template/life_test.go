package template_test

import (
	"reflect"
	"testing"

	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/broker/publication"
)

// One for all: one template, many authorities, each goes online by itself.
func TestOneForAll(t *testing.T) {
	test := func(t *testing.T, w *world) {
		land := w.org(t, "Land")
		id := w.opened(t, land).ID
		towns := []authority{w.town(t, "Münster", "DE05515"), w.town(t, "Köln", "DE05315"), w.town(t, "Nordrhein-Westfalen", "DE05")}
		adoptions := map[string]broker.AdoptionID{}
		for _, town := range towns {
			adoptions[town.name] = w.adopted(t, town, id)
			if got := w.ask(t, town.ars); len(got) != 0 {
				t.Errorf("%s is answered before it is online: %v", town.name, got)
			}
			w.online(t, town, adoptions[town.name])
		}
		for _, town := range towns {
			got := w.ask(t, town.ars)
			if len(got) != 1 || got[0].Destination != string(town.destination) {
				t.Fatalf("%s: got %v, want its destination", town.name, got)
			}
			checkJoined(t, town, got[0])
		}

		münster := towns[0]
		_, err := w.adoptions.Offline(t.Context(), münster.releaser, adoptions["Münster"], "closed today")
		must(t, err)
		if got := w.ask(t, münster.ars); len(got) != 0 {
			t.Errorf("an authority that is offline: got %v, want nobody, and no other authority instead", got)
		}
		if got := w.ask(t, "05315"); len(got) != 1 {
			t.Errorf("another authority: got %v, want it as before", got)
		}
		out, err := w.adoptions.Online(t.Context(), münster.releaser, adoptions["Münster"], "open again")
		must(t, err)
		if out.Proposal != nil || len(w.ask(t, münster.ars)) != 1 {
			t.Errorf("back online: got proposal %v, want it at once", out.Proposal)
		}
	}
	t.Run("one person", func(t *testing.T) { onBothStores(t, publication.Rule{}, test) })
	t.Run("two persons", func(t *testing.T) { onBothStores(t, publication.Rule{FourEyes: true}, test) })
}

func checkJoined(t *testing.T, town authority, got found) {
	t.Helper()
	want := found{
		Destination: string(town.destination), Name: town.name + ", Wohngeldstelle", Privacy: "https://wohngeld.example/datenschutz",
		Contacts: []struct{ Email string }{{"wohngeld@stadt.example"}},
		Custom: map[string]any{
			"kind":            "efa",
			"fees":            map[string]any{"description": map[string]any{"de": "kostenlos", "en": "free of charge"}},
			"resultDocuments": map[string]any{"description": map[string]any{"de": "Bescheid", "en": "Decision"}},
		},
	}
	want.Documents.Description = texts{"de": "Mietvertrag", "en": "Lease"}
	want.Duration.MinDuration, want.Duration.MaxDuration = 4, 8
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
}
