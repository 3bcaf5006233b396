package routes

import (
	"context"

	"github.com/vierkant/vierkant/api/portal/page"
	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/broker/publication"
	"github.com/vierkant/vierkant/broker/template"
)

// templates lists those of the organisation, or with offered=yes those that everybody can adopt.
func (s *Service) templates(v *page.Visit) error {
	offered := v.QueryParam("offered") != ""
	ctx, who := v.Request().Context(), v.Who()
	var all []template.Template
	var total int
	var err error
	if offered {
		all, total, err = s.cfg.Templates.Offered(ctx, who, v.Page())
	} else {
		all, total, err = s.cfg.Templates.List(ctx, who, v.Org(), v.Page())
	}
	if err != nil {
		return err
	}
	n := s.names(v)
	rows := make([]map[string]any, len(all))
	for i, t := range all {
		services, more := first(t.Services, 3, n.service)
		rows[i] = map[string]any{"Template": t, "Services": services, "More": more, "Missing": len(t.Missing()), "Address": templatePath(v, t.ID), "Own": t.Org == v.Org()}
	}
	return v.Show("templates", page.View{Title: v.T("menu.templates"), Wide: true, Data: map[string]any{
		"Rows": rows, "Pager": v.Pager(len(rows), total), "Offered": offered, "MayDraw": v.May(broker.RightDraft),
	}})
}

func templatePath(v *page.Visit, id template.ID) string { return v.Home() + "/templates/" + string(id) }

func templateCrumbs(v *page.Visit, more ...page.Crumb) []page.Crumb {
	return append([]page.Crumb{{Text: v.T("home"), Path: v.Home()}, {Text: v.T("menu.templates"), Path: v.Home() + "/templates"}}, more...)
}

// readTemplate is the one that the path names: the organisation's own, or one that can be adopted.
func (s *Service) readTemplate(v *page.Visit) (template.Template, error) {
	return s.cfg.Templates.Get(v.Request().Context(), v.Who(), template.ID(v.Param("template")))
}

// ownTemplate is readTemplate of the organisation's own alone.
func (s *Service) ownTemplate(v *page.Visit) (template.Template, error) {
	t, err := s.readTemplate(v)
	if err == nil && t.Org != v.Org() {
		err = broker.NotFound.New("template-not-found", "there is no template %.40s in this organisation", string(t.ID))
	}
	return t, err
}

func (s *Service) template(v *page.Visit) error {
	t, err := s.readTemplate(v)
	if err != nil {
		return err
	}
	return s.showTemplate(v, t, nil)
}

// turns are the forms of what can be done with a template; nil: not by this visitor, or not now.
type turns struct{ Open, Close, Delete *page.Form }

func (s *Service) turns(v *page.Visit, t template.Template) (can turns) {
	form := func(name string) *page.Form { return v.Form(name).To(templatePath(v, t.ID) + "/" + name) }
	if t.Org != v.Org() {
		return can
	}
	if v.May(broker.RightDraft) && t.State == template.Draft {
		can.Open, can.Delete = openForm(v, t), form("delete").Dangerous()
	}
	if s.mayAtOnce(v) && t.State == template.Closed {
		can.Open = openForm(v, t)
	}
	if s.mayAtOnce(v) && t.State == template.Open {
		can.Close = form("close").Dangerous()
	}
	return can
}

func openForm(v *page.Visit, t template.Template) *page.Form {
	return v.Form("open", page.Text("comment").Most(publication.MaxComment)).To(templatePath(v, t.ID) + "/open")
}

// showTemplate shows it; failed is the form that has to be mended, nil for none.
func (s *Service) showTemplate(v *page.Visit, t template.Template, failed *page.Form) error {
	n, own := s.names(v), t.Org == v.Org()
	can := s.turns(v, t)
	if failed != nil && failed.Name == "open" && can.Open != nil {
		can.Open = failed
	}
	data := map[string]any{
		"Template": t, "Own": own, "Lines": filled(n.contentLines(t.Content)), "Missing": missing(v, t.Missing()), "Can": can, "FourEyes": s.cfg.Publication.Rule().FourEyes,
		"Edit": templatePath(v, t.ID) + "/edit", "MayEdit": own && v.May(broker.RightDraft), "Versions": templatePath(v, t.ID) + "/versions",
		"Adopt": v.Home() + "/adoptions/new?template=" + string(t.ID), "MayAdopt": t.State == template.Open && v.May(broker.RightDraft),
	}
	if own {
		of, total, err := s.cfg.Adoptions.Of(v.Request().Context(), v.Who(), t.ID, v.Page())
		if err != nil {
			return err
		}
		data["Adopters"], data["Pager"], data["Total"] = of, v.Pager(len(of), total), total
	}
	return v.Show("template", page.View{Title: t.Name, Form: failed, Crumbs: templateCrumbs(v), Data: data, Wide: true})
}

// filled leaves out lines that say nothing.
func filled(all []line) (some []line) {
	for _, l := range all {
		if l.One != "" || len(l.Many) > 0 {
			l.One = clip(l.One)
			some = append(some, l)
		}
	}
	return some
}

// lack is what is missing, in plain words and exactly.
type lack struct{ Text, Exact string }

func missing(v *page.Visit, all []template.Missing) []lack {
	lacks := make([]lack, len(all))
	for i, m := range all {
		lacks[i] = lack{v.T("missing." + m.Field), m.Text}
	}
	return lacks
}

// deedOf does something with an own template that a form asks for.
func (s *Service) deedOf(v *page.Visit, f func(template.Template) *page.Form, do func(context.Context, template.Template, *page.Form) (template.Outcome, error)) error {
	t, err := s.ownTemplate(v)
	if err != nil {
		return err
	}
	form := f(t)
	if !form.Read() {
		return s.showTemplate(v, t, form)
	}
	out, err := do(v.Request().Context(), t, form)
	if form.Refuse(err) {
		return s.showTemplate(v, t, form)
	}
	if err != nil {
		return err
	}
	if out.Proposal != nil {
		return v.Done(proposalPath(v, out.Proposal.ID), "published.proposal")
	}
	return v.Done(templatePath(v, t.ID), "template.done."+form.Name)
}

func (s *Service) openTemplate(v *page.Visit) error {
	return s.deedOf(v, func(t template.Template) *page.Form { return openForm(v, t) }, func(ctx context.Context, t template.Template, f *page.Form) (template.Outcome, error) {
		return s.cfg.Templates.Open(ctx, v.Who(), t.ID, f.Value("comment"))
	})
}

func (s *Service) closeTemplate(v *page.Visit) error {
	return s.deedOf(v, func(template.Template) *page.Form { return v.Form("close") }, func(ctx context.Context, t template.Template, _ *page.Form) (template.Outcome, error) {
		closed, err := s.cfg.Templates.Close(ctx, v.Who(), t.ID)
		return template.Outcome{Template: closed}, err
	})
}

func (s *Service) deleteTemplate(v *page.Visit) error {
	t, err := s.ownTemplate(v)
	if err != nil {
		return err
	}
	f := v.Form("delete")
	if err := s.cfg.Templates.Delete(v.Request().Context(), v.Who(), t.ID); f.Refuse(err) {
		return s.showTemplate(v, t, f)
	} else if err != nil {
		return err
	}
	return v.Done(v.Home()+"/templates", "template.done.delete")
}

// versions lists what was in force, each with the form that puts it in force again.
func (s *Service) versions(v *page.Visit) error {
	t, err := s.ownTemplate(v)
	if err != nil {
		return err
	}
	return s.showVersions(v, t, nil)
}

func (s *Service) showVersions(v *page.Visit, t template.Template, failed *page.Form) error {
	all, total, err := s.cfg.Templates.Versions(v.Request().Context(), v.Who(), t.ID, v.Page())
	if err != nil {
		return err
	}
	n := s.names(v)
	rows := make([]map[string]any, len(all))
	for i, one := range all {
		one.By, one.ReleasedBy = s.person(v, one.By), s.person(v, one.ReleasedBy)
		rows[i] = map[string]any{"Version": one, "Lines": filled(n.contentLines(one.Content))}
		if s.mayAtOnce(v) && one.Number != t.Version {
			rows[i]["Restore"] = restoreForm(v, t, one.Number)
		}
	}
	return v.Show("versions", page.View{
		Title: v.T("versions.title"), Form: failed, Crumbs: templateCrumbs(v, page.Crumb{Text: t.Name, Path: templatePath(v, t.ID)}), Wide: true,
		Data: map[string]any{"Rows": rows, "Pager": v.Pager(len(rows), total)},
	})
}
