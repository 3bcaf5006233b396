package publication_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/broker/publication"
	"github.com/vierkant/vierkant/broker/storetest/stores"
	"github.com/vierkant/vierkant/routing"
	"github.com/vierkant/vierkant/routing/area"
)

// country is a Land with a Kreis of two towns, a city, and a second Land with one of each.
func country(t testing.TB) *area.Catalogue {
	t.Helper()
	areas, err := area.New([]area.Area{
		{ARS: "05", AGS: "05", Name: "Westland", Kind: "Land"},
		{ARS: "05515", AGS: "05515", Name: "Münster, Stadt", Kind: "Kreisfreie Stadt", Parent: "05"},
		{ARS: "055150000000", AGS: "05515000", Name: "Münster, Stadt", Kind: "Kreisfreie Stadt", Parent: "05515"},
		{ARS: "05566", AGS: "05566", Name: "Steinfurt", Kind: "Kreis", Parent: "05"},
		{ARS: "055660004004", AGS: "05566004", Name: "Emsdetten", Kind: "Stadt", Parent: "05566"},
		{ARS: "055660008008", AGS: "05566008", Name: "Greven", Kind: "Stadt", Parent: "05566"},
		{ARS: "06", AGS: "06", Name: "Mittelland", Kind: "Land"},
		{ARS: "06001", AGS: "06001", Name: "Hof", Kind: "Landkreis", Parent: "06"},
		{ARS: "060010001001", AGS: "06001001", Name: "Neustadt", Kind: "Stadt", Parent: "06001"},
	})
	must(t, err)
	return areas
}

func TestGaps(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		grant, services string
		routes          []string
		want            []string // region, count and a piece of the text
	}{
		"nothing is published":         {"DE05", trade, nil, []string{"DE05 3 all 3 municipalities of Westland"}},
		"only the city":                {"DE05", trade, []string{"DE05515"}, []string{"DE05566 2 all 2 municipalities of Kreis Steinfurt"}},
		"one town":                     {"DE05", trade, []string{"DE05515", "DE055660004004"}, []string{"DE055660008008 1 Greven"}},
		"some":                         {"DE05", trade, []string{"DE055660004004"}, []string{"DE05 2 2 of 3 municipalities of Westland"}},
		"all":                          {"DE05", trade, []string{"DE05"}, nil},
		"a fallback above":             {"DE05", trade, []string{"DE"}, nil},
		"the whole country":            {"DE", trade, []string{"DE05515"}, []string{"DE 3 3 of 4 municipalities of Germany"}},
		"two services":                 {"DE05515", trade + " " + dogs, nil, []string{"DE05515 1 Münster", "DE05515 1 Münster"}},
		"all services":                 {"DE05515", "", []string{"DE06"}, []string{"DE05515 1 Münster"}},
		"all services, none published": {"DE05515", "", nil, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, stores.Files(t), open)
			w.areas = country(t)
			o := w.office(t, "Amt")
			w.grant(t, o, c.grant, strings.Fields(c.services)...)
			var set publication.ChangeSet
			if c.routes != nil {
				set = puts(o.draft("a", trade, c.routes...))
			}
			plan, err := w.Plan(t.Context(), o.reader, o.org, set)
			must(t, err)
			gaps := slices.DeleteFunc(plan.Findings, func(f publication.Finding) bool { return f.Code != publication.Gap })
			if len(gaps) != len(c.want) {
				t.Fatalf("got %s, want %d gaps", asJSON(t, gaps), len(c.want))
			}
			for i, f := range gaps {
				region, rest, _ := strings.Cut(c.want[i], " ")
				count, text, _ := strings.Cut(rest, " ")
				if f.Region != region || string(rune('0'+f.Count)) != count || !strings.Contains(f.Text, text) {
					t.Errorf("got %s, want %s", asJSON(t, f), c.want[i])
				}
			}
		})
	}
}

// An offline route is no gap: somebody took it there.
func TestOfflineIsNoGap(t *testing.T) {
	t.Parallel()
	w := newWorld(t, stores.Files(t), open)
	w.areas = country(t)
	o := w.office(t, "Amt")
	w.grant(t, o, "DE05", trade)
	offline := true
	d := o.draft("a", trade, "DE05")
	d.Offline = &offline
	plan, err := w.Plan(t.Context(), o.reader, o.org, puts(d))
	must(t, err)
	if got := codes(plan.Findings, publication.Warns); got != "" {
		t.Errorf("got %q, want nothing", got)
	}
}

func TestNotesAndWarnings(t *testing.T) {
	t.Parallel()
	w := newWorld(t, stores.Files(t), open)
	w.areas = country(t)
	o, other := w.office(t, "Stadt"), w.office(t, "Land")
	w.publish(t, other, ranked(other.draft("there", trade, "DE05515"), 3), other.draft("land", trade, "DE05"), other.draft("town", trade, "DE055660004004"))
	for name, c := range map[string]struct {
		draft       publication.Draft
		notes, warn string
	}{
		"beside":          {ranked(o.draft("a", trade, "DE05515"), 3), "beside instead", ""},
		"below":           {ranked(o.draft("a", trade, "DE05515"), 2), "below instead", ""},
		"before":          {ranked(o.draft("a", trade, "DE05515"), 4), "instead", ""},
		"above":           {o.draft("a", trade, "DE"), "not-within", ""},
		"another service": {o.draft("a", dogs, "DE05515"), "", ""},
		"at another time": {o.draft("a", trade, "DE06001"), "", ""},
		"unknown region":  {o.draft("a", trade, "DE07"), "", "region-unknown"},
	} {
		plan, err := w.Plan(t.Context(), o.reader, o.org, puts(c.draft))
		must(t, err)
		if got := codes(plan.Findings, publication.Notes); got != c.notes {
			t.Errorf("%s: got notes %q, want %q", name, got, c.notes)
		}
		if got := codes(plan.Findings, publication.Warns); got != c.warn {
			t.Errorf("%s: got warnings %q, want %q", name, got, c.warn)
		}
	}
	w.status(t, o, o.desk, broker.DestinationInactive)
	w.now = w.now.Add(10*365*24*time.Hour - 24*time.Hour)
	next, err := w.areas.Succeed(w.areas, nil)
	must(t, err)
	w.areas = next
	plan, err := w.Plan(t.Context(), o.reader, o.org, puts(o.draft("a", trade, "DE05515"), o.draft("b", dogs, "DE05515")))
	must(t, err)
	if got := codes(plan.Findings, publication.Warns); got != "destination-inactive key-expires" {
		t.Errorf("got %q, want to be told of the destination and its key", got)
	}
}

// Who gets an application today, and on 1 January?
func TestPreview(t *testing.T) {
	onBothStores(t, open, func(t *testing.T, w *world) {
		w.areas = country(t)
		o := w.office(t, "Stadt")
		w.publish(t, o, o.draft("land", trade, "DE05"), until(o.draft("old", trade, "DE05515"), 1))
		set := puts(from(o.draft("new", trade, "DE05515"), 1))
		for name, c := range map[string]struct {
			question    publication.Question
			want, where string
			verdicts    []routing.Verdict
		}{
			"today":                 {publication.Question{At: day(1).Add(-1e9)}, "old", "DE05515", []routing.Verdict{routing.Answers, routing.PassedOver}},
			"then":                  {publication.Question{At: day(1)}, "land", "DE05", []routing.Verdict{routing.NoLonger, routing.Answers}},
			"then, with the draft":  {publication.Question{At: day(1), Org: o.org, Changes: &set}, "new", "DE05515", []routing.Verdict{routing.NoLonger, routing.Answers, routing.PassedOver}},
			"today, with the draft": {publication.Question{At: day(1).Add(-1e9), Org: o.org, Changes: &set}, "old", "DE05515", []routing.Verdict{routing.Answers, routing.NotYet, routing.PassedOver}},
		} {
			c.question.Service, c.question.Region = trade, "DE055150000000"
			p, err := w.Preview(t.Context(), o.reader, c.question)
			must(t, err)
			var verdicts []routing.Verdict
			for _, s := range p.Steps {
				for _, candidate := range s.Candidates {
					verdicts = append(verdicts, candidate.Verdict)
				}
			}
			if names(p.Answers) != c.want || p.Where != c.where || !slices.Equal(verdicts, c.verdicts) || p.Steps[0].Label == "" {
				t.Errorf("%s: got %s, want %s at %s", name, asJSON(t, p), c.want, c.where)
			}
		}
		_, err := w.Preview(t.Context(), w.office(t, "Fremde").owner, publication.Question{Service: trade, Region: "DE", Org: o.org, Changes: &set})
		isKind(t, err, broker.NotFound, "organisation-not-found")
		_, err = w.Preview(t.Context(), o.reader, publication.Question{Service: "x", Region: "DE"})
		isKind(t, err, broker.Invalid, "bad-request")
	})
}
