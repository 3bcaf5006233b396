package routes

import (
	"context"
	"errors"
	"strings"

	"github.com/vierkant/vierkant/api/portal/page"
	"github.com/vierkant/vierkant/api/routesheet"
	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/broker/publication"
	"github.com/vierkant/vierkant/broker/template"
)

func (s *Service) adoptions(v *page.Visit) error {
	all, total, err := s.cfg.Adoptions.List(v.Request().Context(), v.Who(), v.Org(), v.Page())
	if err != nil {
		return err
	}
	rows := make([]map[string]any, len(all))
	for i, a := range all {
		rows[i] = map[string]any{"Adoption": a, "Template": s.templateName(v, a.Template), "Address": adoptionPath(v, a.ID), "State": standing(v, a)}
	}
	return v.Show("adoptions", page.View{Title: v.T("menu.adoptions"), Wide: true, Data: map[string]any{
		"Rows": rows, "Pager": v.Pager(len(rows), total), "Offered": v.Home() + "/templates?offered=yes",
	}})
}

func adoptionPath(v *page.Visit, id broker.AdoptionID) string {
	return v.Home() + "/adoptions/" + string(id)
}

func adoptionCrumbs(v *page.Visit, more ...page.Crumb) []page.Crumb {
	return append([]page.Crumb{{Text: v.T("home"), Path: v.Home()}, {Text: v.T("menu.adoptions"), Path: v.Home() + "/adoptions"}}, more...)
}

func (s *Service) templateName(v *page.Visit, id template.ID) string {
	t, err := s.cfg.Templates.Get(v.Request().Context(), v.Who(), id)
	if err != nil {
		return string(id)
	}
	return t.Name
}

// standing says how an adoption stands.
func standing(v *page.Visit, a template.Status) string {
	switch {
	case !a.Left.IsZero():
		return v.T("standing.left")
	case a.Pending:
		return v.T("standing." + string(a.Standing) + ".pending")
	}
	return v.T("standing." + string(a.Standing))
}

// readAdoption is the one that the path names, if it is the organisation's.
func (s *Service) readAdoption(v *page.Visit) (template.Status, error) {
	a, err := s.cfg.Adoptions.Get(v.Request().Context(), v.Who(), broker.AdoptionID(v.Param("adoption")))
	if err == nil && a.Org != v.Org() {
		err = broker.NotFound.New("adoption-not-found", "there is no adoption %.40s in this organisation", string(a.ID))
	}
	return a, err
}

func (s *Service) adoption(v *page.Visit) error {
	a, err := s.readAdoption(v)
	if err != nil {
		return err
	}
	return s.showAdoption(v, a, nil)
}

// adoptionForms are what can be done with an adoption; nil: not now.
type adoptionForms struct{ Online, Offline, Leave *page.Form }

func turnAdoption(v *page.Visit, a template.Status, name string) *page.Form {
	return v.Form(name, page.Text("comment").Most(publication.MaxComment)).To(adoptionPath(v, a.ID) + "/" + name)
}

func (s *Service) showAdoption(v *page.Visit, a template.Status, failed *page.Form) error {
	n, left := s.names(v), !a.Left.IsZero()
	var can adoptionForms
	may := v.May(broker.RightDraft) || v.May(broker.RightRelease)
	if may && !left && a.Standing != template.Online && len(a.Missing) == 0 {
		can.Online = turnAdoption(v, a, "online")
	}
	if may && !left && a.Standing == template.Online {
		can.Offline = turnAdoption(v, a, "offline").Dangerous()
	}
	if v.May(broker.RightDraft) && !left {
		can.Leave = turnAdoption(v, a, "leave").Dangerous()
	}
	data := map[string]any{
		"Adoption": a, "State": standing(v, a), "Template": s.templateName(v, a.Template), "TemplateAt": templatePath(v, a.Template), "Missing": missing(v, a.Missing),
		"Lines": filled(n.partLines(a.Part)), "Can": can, "Edit": adoptionPath(v, a.ID) + "/edit", "MayEdit": !left && v.May(broker.RightDraft), "FourEyes": s.cfg.Publication.Rule().FourEyes,
	}
	if a.Pending {
		data["Proposal"] = proposalPath(v, a.Proposal)
	}
	if can.Online != nil {
		plan, err := s.cfg.Adoptions.Plan(v.Request().Context(), v.Who(), a.ID, nil)
		if err != nil {
			return err
		}
		data["Plan"] = n.plan(plan)
	}
	title := a.Name
	if title == "" {
		title = data["Template"].(string)
	}
	return v.Show("adoption", page.View{Title: title, Form: failed, Crumbs: adoptionCrumbs(v), Data: data, Wide: true})
}

// partLines are everything that an authority says of itself.
func (n names) partLines(p template.Part) []line {
	all := []line{{Label: n.v.T("edit.name"), One: p.Name}}
	if p.Destination != "" {
		all = append(all, line{Label: n.v.T("edit.destination"), One: n.destination(p.Destination).Text})
	}
	all = append(all, n.list("coverage.regions", p.Regions, n.region),
		line{Label: n.v.T("edit.from"), One: routesheet.Edge(p.From)}, line{Label: n.v.T("edit.until"), One: routesheet.Edge(p.Until)})
	return append(all, n.infoLines(p.Own)...)
}

// partForm is what an authority fills in. Anything may be missing still.
func (s *Service) partForm(v *page.Visit, p template.Part, comment bool) (*page.Form, error) {
	options, all, err := s.desks(v)
	if err != nil {
		return nil, err
	}
	desk := page.Select("destination").Choices(options...).Is(string(p.Destination))
	if !all {
		desk = page.Text("destination").Is(string(p.Destination)).Typewritten()
	}
	fields := []*page.Field{
		page.Text("name").Most(500).Is(p.Name), desk, page.Area("regions").Lines(3).Is(strings.Join(p.Regions, "\n")),
		page.Text("from").Most(40).Is(routesheet.Edge(p.From)), page.Text("until").Most(40).Is(routesheet.Edge(p.Until)),
	}
	fields = append(fields, infoForm(p.Own, lineFields())...)
	if comment {
		fields = append(fields, page.Text("comment").Most(publication.MaxComment))
	}
	f := v.Form("adoption", fields...)
	relabel(v, f, append(lineFields(), "name", "destination", "from", "until"))
	f.Field("regions").Label, f.Field("regions").Hint = v.T("coverage.regions"), v.T("coverage.regions.hint")
	return f, nil
}

func (n names) readPart(f *page.Form, p template.Part) template.Part {
	p.Name, p.Destination, p.Regions = f.Value("name"), broker.DestinationID(f.Value("destination")), n.readRegions(f, "regions")
	p.From, p.Until = instant(n.v, f, "from"), instant(n.v, f, "until")
	p.Own = readInfo(f, p.Own)
	return p
}

// adopting is the template that the query names.
func (s *Service) adopting(v *page.Visit) (template.Template, error) {
	return s.cfg.Templates.Get(v.Request().Context(), v.Who(), template.ID(v.QueryParam("template")))
}

func (s *Service) newAdoption(v *page.Visit) error {
	t, err := s.adopting(v)
	if err != nil {
		return err
	}
	f, err := s.partForm(v, template.Part{}, false)
	if err != nil {
		return err
	}
	return showPart(v, f, v.T("adoption.new", t.Name))
}

func showPart(v *page.Visit, f *page.Form, title string) error {
	return v.Show("part", page.View{Title: title, Crumbs: adoptionCrumbs(v), Form: f.Or(v.Home() + "/adoptions")})
}

func (s *Service) adopt(v *page.Visit) error {
	t, err := s.adopting(v)
	if err != nil {
		return err
	}
	f, err := s.partForm(v, template.Part{}, false)
	if err != nil {
		return err
	}
	f.Read()
	part := s.names(v).readPart(f, template.Part{})
	if f.Failed() {
		return showPart(v, f, v.T("adoption.new", t.Name))
	}
	made, err := s.cfg.Adoptions.Adopt(v.Request().Context(), v.Who(), v.Org(), t.ID, part)
	if f.Refuse(err) {
		return showPart(v, f, v.T("adoption.new", t.Name))
	}
	if err != nil {
		return err
	}
	return v.Done(adoptionPath(v, made.ID), "adoption.done.adopt")
}

func (s *Service) editAdoption(v *page.Visit) error {
	a, err := s.readAdoption(v)
	if err != nil {
		return err
	}
	f, err := s.partForm(v, a.Part, true)
	if err != nil {
		return err
	}
	return showPart(v, f, v.T("adoption.edit", s.templateName(v, a.Template)))
}

func (s *Service) changeAdoption(v *page.Visit) error {
	a, err := s.readAdoption(v)
	if err != nil {
		return err
	}
	f, err := s.partForm(v, a.Part, true)
	if err != nil {
		return err
	}
	f.Read()
	part, title := s.names(v).readPart(f, a.Part), v.T("adoption.edit", s.templateName(v, a.Template))
	if f.Failed() {
		return showPart(v, f, title)
	}
	out, err := s.cfg.Adoptions.Change(v.Request().Context(), v.Who(), a.ID, part, f.Value("comment"))
	if refusedRoutes(v, f, err) || f.Refuse(err) {
		return showPart(v, f, title)
	}
	if err != nil {
		return err
	}
	return adopted(v, a, out, "change")
}

// refusedRoutes takes what the rules of routes say against it into the form, all of it.
func refusedRoutes(v *page.Visit, f *page.Form, err error) bool {
	var refusal *publication.Refused
	if !errors.As(err, &refusal) {
		return false
	}
	for _, one := range refusal.Findings {
		f.Wrong("", v.T("finding."+string(one.Code)))
		f.Summary[len(f.Summary)-1].Exact = one.Text
	}
	return true
}

// adopted leads to what became of it.
func adopted(v *page.Visit, a template.Status, out publication.Outcome, deed string) error {
	if out.Proposal != nil && out.Revision == nil {
		return v.Done(proposalPath(v, out.Proposal.ID), "published.proposal")
	}
	return v.Done(adoptionPath(v, a.ID), "adoption.done."+deed)
}

// turned is what goes online, offline, or is left.
func (s *Service) turned(name string, how func(*template.Adoptions, context.Context, broker.Caller, broker.AdoptionID, string) (publication.Outcome, error)) func(*page.Visit) error {
	return func(v *page.Visit) error {
		a, err := s.readAdoption(v)
		if err != nil {
			return err
		}
		f := turnAdoption(v, a, name)
		if !f.Read() {
			return s.showAdoption(v, a, f)
		}
		out, err := how(s.cfg.Adoptions, v.Request().Context(), v.Who(), a.ID, f.Value("comment"))
		if refusedRoutes(v, f, err) || f.Refuse(err) {
			return s.showAdoption(v, a, f)
		}
		if err != nil {
			return err
		}
		return adopted(v, a, out, name)
	}
}
