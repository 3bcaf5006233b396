package page

import (
	"strings"
	"testing"

	"github.com/vierkant/vierkant/api/problem"
)

// Whatever a service refuses is told in German and in English, with what to do.
func TestEveryProblemIsToldInBothLanguages(t *testing.T) {
	t.Parallel()
	own, err := readTexts((&Kit{}).own().Files)
	if err != nil {
		t.Fatal(err)
	}
	told, err := readMeanings(own)
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range problem.Meanings() {
		text, remedy := told[m.Code], told[m.Code+".remedy"]
		if _, said := own["problem."+m.Code]; said {
			continue
		}
		if text.De == "" || text.De == text.En || remedy.De == remedy.En {
			t.Errorf("%s: got %q and %q in German", m.Code, text.De, remedy.De)
		}
	}
}

// What is said of a problem stands in one place.
func TestNoProblemIsToldTwice(t *testing.T) {
	t.Parallel()
	_, err := readMeanings(Texts{"problem.maintenance": {De: "Wartung", En: "Maintenance"}})
	if err == nil || !strings.Contains(err.Error(), "maintenance: no service says so, or the kit has its own words for it") {
		t.Errorf("got %v", err)
	}
}
