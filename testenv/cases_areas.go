package testenv

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// areaCases are about searching areas (FIT-Connect contract 5.3, 15.9).
func areaCases() []Case {
	cases := []Case{
		conform(149, "a search answers areas with id, name and type", func(t *trial) {
			a := t.areas("Mag*")
			a.has("Content-Type", problemType) // as it was published, whatever a caller accepts
			for _, accept := range []string{"application/json", "text/html", "image/png;q=0"} {
				query := url.Values{"areaSearchexpression": {"Mag*"}}
				t.do(call{method: http.MethodGet, url: t.routing("v2", "/areas", query), header: http.Header{"Accept": {accept}}}).is(http.StatusOK)
			}
			for i := range a.list("areas") {
				at := "areas." + itoa(i)
				id := a.text(at + ".id")
				t.holds(t.ended() || id != "" && strings.Trim(id, "0123456789") == "", "an id of digits, not %q", id)
				t.holds(t.ended() || a.text(at+".name") != "" && a.text(at+".type") != "", "a name and a type")
				t.holds(t.ended() || strings.Contains(strings.ToLower(a.text(at+".name")), "mag"), "a name with what was asked for, not %s", a.text(at+".name"))
			}
		}),
		conform(151, "several expressions must all hold", func(t *trial) {
			both, one, other := t.areaIDs("Neustadt", "Sachsen"), t.areaIDs("Neustadt"), t.areaIDs("Sachsen")
			for _, id := range both {
				t.holds(slices.Contains(one, id) && slices.Contains(other, id), "area %s in both searches", id)
			}
			t.holds(t.ended() || len(both) < len(one), "fewer areas with a second expression")
			t.holds(len(t.areaIDs("Neustadt", "Qqxxq")) == 0, "no area where one expression does not hold")
		}),
		own("areas are found by name and by postcode", func(t *trial) {
			for _, expression := range []string{"Leipzig", "leipzig", "LEIPZIG", "Leip*", "*pzig", "*eipzi*", "04109"} {
				a := t.areas(expression)
				t.holds(t.ended() || len(a.list("areas")) > 0, "an area for %s", expression)
			}
			t.holds(slices.Contains(t.areaIDs("Münster"), "055150000000") || t.ended(), "Münster by its umlaut")
			t.holds(len(t.areaIDs("Qqxxq")) == 0, "no area for nonsense")
		}),
		own("areas come in pages", func(t *trial) {
			all := t.areaIDs("Neustadt")
			var paged []string
			for offset := 0; offset < len(all) && !t.ended(); offset += 7 {
				a := t.get(t.routing("v2", "/areas", url.Values{"areaSearchexpression": {"Neustadt"}, "limit": {"7"}, "offset": {itoa(offset)}}), "")
				paged = append(paged, idsIn(a.page("areas", offset), "id")...)
				a.want("totalCount", len(all))
			}
			equal(t, "areas in pages", strings.Join(paged, " "), strings.Join(all, " "))
		}),
		own("a blank in an expression is no fault", func(t *trial) {
			t.holds(len(t.areaIDs("Neustadt in Sachsen")) > 0 || t.ended(), "an area whose name has blanks")
		}),
		own("ten expressions are taken", func(t *trial) { t.areas(slices.Repeat([]string{"Leipzig"}, 10)...) }),
	}
	for _, row := range []struct {
		number      int
		name        string
		expressions []string
	}{
		{0, "no expression", nil},
		{150, "eleven expressions", slices.Repeat([]string{"Leipzig"}, 11)},
		{150, "one character", []string{"M"}},
		{0, "one character and a star", []string{"M*"}},
		{0, "empty expression", []string{""}},
		{0, "star alone", []string{"*"}},
		{0, "stars alone", []string{"****"}},
		{0, "blanks alone", []string{"   "}},
		{0, "second one bad", []string{"Leipzig", "M"}},
		{0, "far too long", []string{strings.Repeat("a", 5000)}},
	} {
		cases = append(cases, conform(row.number, "areas: "+row.name, func(t *trial) {
			for _, version := range versions {
				query := url.Values{"areaSearchexpression": row.expressions}
				t.get(t.routing(version, "/areas", query), "").problem(http.StatusBadRequest, "bad-request", "areaSearchexpression")
			}
		}))
	}
	return cases
}

// areas searches in both generations, which must answer alike, and returns one of the answers.
func (t *trial) areas(expressions ...string) *answer {
	query := url.Values{"areaSearchexpression": expressions, "limit": {"500"}}
	first := t.get(t.routing("v1", "/areas", query), "")
	first.page("areas", 0)
	second := t.get(t.routing("v2", "/areas", query), "")
	equal(t, "areas of both generations", string(second.body), string(first.body))
	return first
}

func (t *trial) areaIDs(expressions ...string) []string {
	return idsIn(t.areas(expressions...).list("areas"), "id")
}
