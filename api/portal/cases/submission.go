package cases

import (
	"encoding/json"
	"errors"

	"github.com/vierkant/vierkant/api/portal/page"
	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/broker/diagnosis"
	"github.com/vierkant/vierkant/broker/tracking"
)

// standing is a submission and what there is to say of it.
type standing struct {
	row
	diagnosis.Report
	Evidence string // address
}

// submission is the page of a submission or a reply: how it stands, whose turn it is, what hangs.
func (s *Service) submission(v *page.Visit) error {
	asked, err := id[broker.SubmissionID](v, "submission")
	if err != nil {
		return err
	}
	ctx := v.Request().Context()
	e, err := s.Tracking.Submission(ctx, v.Who(), asked)
	if err != nil {
		return err
	}
	report, err := s.Diagnosis.Of(ctx, v.Who(), asked)
	if err != nil {
		return err
	}
	at := s.row(v, e)
	return v.Show("submission", page.View{
		Title: v.T("kind."+string(e.Kind)) + " " + at.Short(),
		Crumbs: []page.Crumb{
			{Text: v.T("home"), Path: v.Home()}, {Text: v.T("submissions.title"), Path: v.Home() + pathSubmissions},
			{Text: v.T("case.one", short(string(e.Case))), Path: at.CasePath},
		},
		Data: standing{at, report, at.Path + "/evidence"},
	})
}

// evidence is a file that "vierkant verify" reads.
func (s *Service) evidence(v *page.Visit) error {
	asked, err := id[broker.SubmissionID](v, "submission")
	if err != nil {
		return err
	}
	e, err := s.Tracking.Evidence(v.Request().Context(), v.Who(), asked)
	if err != nil {
		return err
	}
	raw, err := json.MarshalIndent(e, "", "  ")
	if err != nil {
		return err
	}
	return v.Download("evidence-"+string(asked)+".json", "application/json", raw)
}

// find leads to what an id names.
func (s *Service) find(v *page.Visit) error {
	f := v.Form("find", page.Text("id").Require().Most(36).Typewritten().Is(v.QueryParam("id")))
	asked := idIn[string](v, f, "id")
	if asked != "" && !f.Failed() {
		found, err := s.Tracking.Find(v.Request().Context(), v.Who(), asked)
		if err == nil {
			return v.Done(v.Home()+pathOf(found), "")
		}
		if !errors.Is(err, broker.NotFound) {
			return err
		}
		f.Wrong("id", v.T("find.nothing"))
	}
	return v.Show("find", page.View{Title: v.T("find.title"), Form: f})
}

// pathOf is where there is something about what was found, below the organisation's home.
func pathOf(f tracking.Found) string {
	switch {
	case f.Delivery != "":
		return pathDeliveries + "/" + string(f.Delivery)
	case f.Submission != "":
		return pathSubmissions + "/" + string(f.Submission)
	case f.Case != "":
		return pathCases + "/" + string(f.Case)
	case f.Destination != "":
		return pathCallbacks + "/" + string(f.Destination)
	}
	return pathCallbacks + "/" + string(f.Client)
}
