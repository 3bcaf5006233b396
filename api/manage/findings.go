package manage

import (
	"slices"

	"github.com/labstack/echo/v4"

	"github.com/vierkant/vierkant/api/wire"
	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/broker/publication"
)

// shownFindings says which findings of a plan are shown. There may be one for each region of a country that is misspelt, and nobody reads them all: an answer
// has some, how many there are of each kind, and the way to the others.
type shownFindings struct {
	code publication.Code // none: all
	page broker.Page
}

// firstFindings are the first ones, those that refuse before all others.
var firstFindings = shownFindings{page: broker.Page{Limit: broker.MaxPage}}

// findingsAsked reads which findings are wanted.
func findingsAsked(c echo.Context) (shownFindings, error) {
	q, err := wire.ParseQuery(c.Request().URL.RawQuery)
	if err != nil {
		return shownFindings{}, err
	}
	code, _, err := q.One("code")
	if err != nil {
		return shownFindings{}, err
	}
	page, err := q.Page()
	asked := shownFindings{publication.Code(code), broker.Page(page)}
	if err != nil {
		return asked, err
	}
	return asked, asked.page.Check()
}

// of writes the findings that are shown, and what there is beside them.
func (s shownFindings) of(all []publication.Finding, view *wire.RoutePlan) {
	view.Findings = []wire.RouteFinding{}
	for _, f := range all {
		count(&view.FindingCounts, f)
		if s.code != "" && f.Code != s.code {
			continue
		}
		if n := view.TotalFindings; n >= s.page.Offset && n-s.page.Offset < s.page.Limit {
			view.Findings = append(view.Findings, viewFinding(f))
		}
		view.TotalFindings++
	}
}

// count counts a finding among those of its kind, which follow each other in the order of the first of each.
func count(all *[]wire.FindingCount, f publication.Finding) {
	i := slices.IndexFunc(*all, func(c wire.FindingCount) bool { return c.Code == string(f.Code) })
	if i < 0 {
		i = len(*all)
		*all = append(*all, wire.FindingCount{Severity: string(f.Severity), Code: string(f.Code)})
	}
	(*all)[i].Total++
}

func viewFinding(f publication.Finding) wire.RouteFinding {
	return wire.RouteFinding{
		Severity: string(f.Severity), Code: string(f.Code), Key: f.Key, Service: f.Service, Region: f.Region,
		OrgID: string(f.Org), Count: f.Count, Text: f.Text,
	}
}
