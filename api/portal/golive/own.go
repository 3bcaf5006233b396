package golive

import (
	"github.com/vierkant/vierkant/api/portal/page"
	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/broker/golive"
)

// ownPoint is a point of the organisation's own as it is shown.
type ownPoint struct {
	golive.OwnPoint
	Who    string
	Remove *page.Form
}

func kinds() (all []string) {
	for _, k := range golive.Kinds() {
		all = append(all, string(k))
	}
	return all
}

func addition(v *page.Visit) *page.Form {
	return v.Form("add", page.Text("text").Require().Most(golive.MaxText), page.Checks("kinds", kinds()...)).At("bad-request", "text")
}

// ownPoints is GET /orgs/{org}/golive-points.
func (s *Service) ownPoints(v *page.Visit) error { return s.showOwn(v, addition(v)) }

func (s *Service) showOwn(v *page.Visit, f *page.Form) error {
	all, err := s.cfg.Checklists.Points(v.Request().Context(), v.Who())
	if err != nil {
		return err
	}
	points := make([]ownPoint, len(all))
	for i, p := range all {
		remove := v.Form("remove").To(v.Home() + "/golive-points/" + string(p.ID) + "/remove").Dangerous()
		points[i] = ownPoint{p, s.nameOf(v, p.By), remove}
	}
	w := page.View{Title: v.T("own.title"), Crumbs: crumbs(v), Data: map[string]any{"Points": points, "May": mayDeclare(v)}}
	if w.Form = f.To(v.Home() + "/golive-points"); !mayDeclare(v) {
		w.Form = nil
	}
	return v.Show("own", w)
}

// addPoint is POST to the same.
func (s *Service) addPoint(v *page.Visit) error {
	f := addition(v)
	if !f.Read() {
		return s.showOwn(v, f)
	}
	var on []golive.Kind
	for _, k := range f.Field("kinds").Values {
		on = append(on, golive.Kind(k))
	}
	_, err := s.cfg.Checklists.AddPoint(v.Request().Context(), v.Who(), f.Value("text"), on)
	switch {
	case err == nil:
		return v.Done(v.Home()+"/golive-points", "own.added")
	case mayDeclare(v) && f.Refuse(err):
		return s.showOwn(v, f)
	}
	return err
}

// removePoint is POST …/{own}/remove.
func (s *Service) removePoint(v *page.Visit) error {
	id, err := broker.ParseID[golive.OwnPointID](v.Param("own"))
	if err != nil {
		return err
	}
	if err := s.cfg.Checklists.RemovePoint(v.Request().Context(), v.Who(), id); err != nil {
		return err
	}
	return v.Done(v.Home()+"/golive-points", "own.removed")
}
