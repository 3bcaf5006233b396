package golive

import (
	"slices"

	"github.com/vierkant/vierkant/api/portal/page"
	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/broker/golive"
)

func declaration(v *page.Visit) *page.Form {
	return v.Form("declare", page.Area("note").Most(golive.MaxNote).Lines(4), page.Text("link").Most(2000)).At("bad-request", "link")
}

// point is GET /orgs/{org}/golive/{subject}/points/{point}.
func (s *Service) point(v *page.Visit) error { return s.showPoint(v, declaration(v)) }

// showPoint shows what stands there, and the form.
func (s *Service) showPoint(v *page.Visit, f *page.Form) error {
	c, err := s.get(v)
	if err != nil {
		return err
	}
	at := slices.IndexFunc(c.Items, func(i golive.Item) bool { return string(i.Point) == v.Param("point") && i.Source == golive.Declared })
	if at < 0 {
		return broker.NotFound.New("point-not-found", "there is no such point on this checklist that somebody declares")
	}
	sheet := s.sheetOf(v, c)
	l := s.lineOf(v, sheet.Path, c.Subject.Kind, c.Items[at])
	if !f.Failed() && l.State == golive.Done {
		f.Field("note").Is(l.Note)
		f.Field("link").Is(l.Link)
	}
	w := page.View{Title: l.Name, Crumbs: append(crumbs(v), page.Crumb{Text: sheet.Name, Path: sheet.Path}), Data: map[string]any{
		"Line": l, "Withdraw": v.Form("withdraw").To(l.Path + "/withdraw").Dangerous(), "May": mayDeclare(v),
	}}
	w.Form = f.To(l.Path).Or(sheet.Path)
	return v.Show("point", w)
}

// declare is POST to the same.
func (s *Service) declare(v *page.Visit) error {
	f := declaration(v)
	if !f.Read() {
		return s.showPoint(v, f)
	}
	return s.say(v, f, golive.Declaration{Done: true, Note: f.Value("note"), Link: f.Value("link")}, "declared")
}

// withdraw is POST …/withdraw.
func (s *Service) withdraw(v *page.Visit) error {
	return s.say(v, declaration(v), golive.Declaration{}, "withdrawn")
}

func (s *Service) say(v *page.Visit, f *page.Form, d golive.Declaration, notice string) error {
	id, err := broker.ParseID[string](v.Param("subject"))
	if err != nil {
		return err
	}
	_, err = s.cfg.Checklists.Declare(v.Request().Context(), v.Who(), id, golive.Point(v.Param("point")), d)
	switch {
	case err == nil:
		return v.Done(v.Home()+"/golive/"+id, notice)
	case mayDeclare(v) && f.Refuse(err):
		return s.showPoint(v, f)
	}
	return err
}
