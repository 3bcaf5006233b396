package publication_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/broker/publication"
	"github.com/vierkant/vierkant/broker/storetest/stores"
)

// figures are rows as short texts: where, and how many municipalities are served by whom.
func figures(all []publication.Reach) string {
	var rows []string
	for _, r := range all {
		where := r.Region
		if where == "" {
			where = r.Service[len(r.Service)-14:]
		}
		rows = append(rows, fmt.Sprintf("%s %d=%d+%d+%d+%d", where, r.Towns, r.Own, r.Others, r.Offline, r.Missing))
	}
	return strings.Join(rows, ", ")
}

func TestCoverage(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		grant, services string
		do              func(t *testing.T, w *world, o, other office)
		all, in, gaps   string // of trade, below "DE"
	}{
		"nothing is there": {"DE05", trade, nil,
			"99050012104000 3=0+0+0+3", "DE05 3=0+0+0+3", "DE05 3=0+0+0+3"},
		"the city and a neighbour": {"DE05", trade, func(t *testing.T, w *world, o, other office) {
			w.publish(t, o, o.draft("a", trade, "DE05515"))
			w.publish(t, other, other.draft("a", trade, "DE055660004004"))
		}, "99050012104000 3=1+1+0+1", "DE05 3=1+1+0+1", "DE055660008008 1=0+0+0+1"},
		"offline is no gap": {"DE05", trade, func(t *testing.T, w *world, o, _ office) {
			w.publish(t, o, o.draft("a", trade, "DE05566"), o.draft("b", trade, "DE"))
			must(t, errorOf(w.SetOffline(t.Context(), o.owner, o.org, []string{"a"}, true, "")))
		}, "99050012104000 3=1+0+2+0", "DE05 3=1+0+2+0", ""},
		"not in force yet": {"DE05566", trade, func(t *testing.T, w *world, o, _ office) {
			d := o.draft("a", trade, "DE05")
			d.From = w.now.AddDate(0, 0, 1)
			w.publish(t, o, d)
		}, "99050012104000 2=0+0+0+2", "DE05 2=0+0+0+2", "DE05566 2=0+0+0+2"},
		"two Länder": {"DE", trade, func(t *testing.T, w *world, o, _ office) {
			w.publish(t, o, o.draft("a", trade, "DE05515"))
		}, "99050012104000 4=1+0+0+3", "DE05 3=1+0+0+2, DE06 1=0+0+0+1", "DE05566 2=0+0+0+2, DE06 1=0+0+0+1"},
		"all services": {"DE05515", "", func(t *testing.T, w *world, o, _ office) {
			w.publish(t, o, o.draft("a", dogs, "DE06"))
		}, "99102013104000 1=0+0+0+1", "DE05 1=0+0+0+1", "DE05515 1=0+0+0+1"},
		"no grant": {"", "", func(t *testing.T, w *world, o, _ office) {
			w.publish(t, o, o.draft("a", trade, "DE05515", "DE06"))
		}, "99050012104000 2=2+0+0+0", "DE05 1=1+0+0+0, DE06 1=1+0+0+0", ""},
		"nothing at all": {"", "", nil, "", "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, stores.Files(t), open)
			w.areas = country(t)
			o, other := w.office(t, "Amt"), w.office(t, "Anderes")
			if c.grant != "" {
				w.grant(t, o, c.grant, strings.Fields(c.services)...)
			}
			if c.do != nil {
				c.do(t, w, o, other)
			}
			all, _, err := w.Coverage(t.Context(), o.reader, o.org, page)
			must(t, err)
			in, _, err := w.CoverageIn(t.Context(), o.reader, o.org, trade, "DE", page)
			must(t, err)
			gaps, _, err := w.Gaps(t.Context(), o.reader, o.org, trade, page)
			must(t, err)
			for what, f := range map[string]struct{ got, want string }{
				"coverage": {figures(all), c.all}, "below DE": {figures(in), c.in}, "gaps": {figures(gaps), c.gaps},
			} {
				if f.got != f.want {
					t.Errorf("%s: got %q, want %q", what, f.got, f.want)
				}
			}
		})
	}
}

func TestCoverageIsPagedAndRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t, stores.Files(t), open)
	w.areas = country(t)
	o, other := w.office(t, "Amt"), w.office(t, "Anderes")
	w.grant(t, o, "DE", trade, dogs)
	all, total, err := w.Coverage(t.Context(), o.reader, o.org, broker.Page{Offset: 1, Limit: 1})
	must(t, err)
	if total != 2 || len(all) != 1 || all[0].Service != dogs {
		t.Errorf("got %d of %+v", total, all)
	}
	gaps, total, err := w.Gaps(t.Context(), o.reader, o.org, dogs, broker.Page{Offset: 1, Limit: 5})
	must(t, err)
	if total != 2 || figures(gaps) != "DE06 1=0+0+0+1" || gaps[0].Label != "Mittelland" {
		t.Errorf("got %d of %+v", total, gaps)
	}
	in, _, err := w.CoverageIn(t.Context(), o.reader, o.org, dogs, "DE05566", page)
	must(t, err)
	if figures(in) != "DE055660004004 1=0+0+0+1, DE055660008008 1=0+0+0+1" {
		t.Errorf("got %q", figures(in))
	}
	for _, c := range []struct{ service, region string }{{"x", "DE"}, {keyless, "DE"}, {dogs, "x"}, {dogs, "DE99"}} {
		_, _, err := w.CoverageIn(t.Context(), o.reader, o.org, c.service, c.region, page)
		isKind(t, err, broker.Invalid, "bad-request")
	}
	_, _, err = w.Coverage(t.Context(), other.reader, o.org, page)
	isKind(t, err, broker.NotFound, "organisation-not-found")
	_, _, err = w.Gaps(t.Context(), o.reader, o.org, dogs, broker.Page{Limit: -1})
	if err == nil {
		t.Error("a page out of bounds is listed")
	}
}

func TestPublishedAreFound(t *testing.T) {
	t.Parallel()
	w := newWorld(t, stores.Files(t), open)
	o, other := w.office(t, "Amt"), w.office(t, "Anderes")
	second := w.destination(t, o, "Zweite", trade)
	moved := o.draft("stadt", trade, "DE05515")
	moved.Destination = second
	w.publish(t, o, o.draft("kreis", trade, "DE05566"), moved, o.draft("hunde", dogs, "DE05"))
	w.publish(t, other, other.draft("x", trade, "DE01"))
	must(t, errorOf(w.SetOffline(t.Context(), o.owner, o.org, []string{"hunde"}, true, "")))
	for name, c := range map[string]struct {
		filter publication.Filter
		want   string
	}{
		"all":            {publication.Filter{}, "hunde kreis stadt"},
		"piece":          {publication.Filter{Key: "amt ST"}, "stadt"},
		"service":        {publication.Filter{Service: dogs}, "hunde"},
		"region":         {publication.Filter{Region: "DE055660004004"}, "hunde kreis"},
		"region above":   {publication.Filter{Region: "DE05"}, "hunde kreis stadt"},
		"destination":    {publication.Filter{Destination: second}, "stadt"},
		"offline":        {publication.Filter{Offline: true}, "hunde"},
		"all at once":    {publication.Filter{Service: trade, Region: "DE05", Destination: o.desk}, "kreis"},
		"another's":      {publication.Filter{Destination: other.desk}, ""},
		"in other parts": {publication.Filter{Service: dogs, Region: "DE06"}, ""},
	} {
		found, total, err := w.Find(t.Context(), o.reader, o.org, c.filter, page)
		must(t, err)
		if got := names(found); got != c.want || total != len(found) {
			t.Errorf("%s: got %q of %d, want %q", name, got, total, c.want)
		}
	}
	r, err := w.Route(t.Context(), o.reader, o.org, "kreis")
	must(t, err)
	if r.Name != "Amt kreis" {
		t.Errorf("got %+v", r)
	}
	for _, key := range []string{"", "krei", "x"} {
		_, err = w.Route(t.Context(), o.reader, o.org, key)
		isKind(t, err, broker.NotFound, "route-not-found")
	}
	_, _, err = w.Find(t.Context(), o.reader, o.org, publication.Filter{Region: "Münster"}, page)
	isKind(t, err, broker.Invalid, "bad-request")
	_, _, err = w.Find(t.Context(), other.reader, o.org, publication.Filter{}, page)
	isKind(t, err, broker.NotFound, "organisation-not-found")
}
