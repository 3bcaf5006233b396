package routes

import (
	"strconv"
	"strings"

	"github.com/vierkant/vierkant/api/portal/page"
	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/broker/publication"
	"github.com/vierkant/vierkant/broker/template"
)

// restoreForm puts a version in force again.
func restoreForm(v *page.Visit, t template.Template, number int) *page.Form {
	return v.Form("restore", page.Hidden("version", strconv.Itoa(number))).To(templatePath(v, t.ID) + "/versions")
}

func (s *Service) restore(v *page.Visit) error {
	t, err := s.ownTemplate(v)
	if err != nil {
		return err
	}
	f := restoreForm(v, t, 0)
	f.Read()
	number, err := strconv.Atoi(f.Value("version"))
	if err != nil {
		return broker.NotFound.New("version-not-found", "a version is named by its number")
	}
	if _, err = s.cfg.Templates.Restore(v.Request().Context(), v.Who(), t.ID, number, ""); f.Refuse(err) {
		return s.showVersions(v, t, f)
	}
	if err != nil {
		return err
	}
	return v.Done(templatePath(v, t.ID), "template.done.restore", number)
}

// sharedFields are those of RouteInfo that a template says, and texts that only it has.
func sharedFields() []string { return append([]string{"privacy", "accessibility"}, textFields()...) }

func ownTexts() []string { return []string{"fees", "results"} }

// ownText finds the texts of a name.
func ownText(c *template.Content, name string) *[]broker.Text {
	if name == "fees" {
		return &c.Fees
	}
	return &c.Results
}

// contentForm is everything that a template says. comment asks for a reason, where there is something to be reasoned.
func contentForm(v *page.Visit, c template.Content, comment bool) *page.Form {
	fields := []*page.Field{
		page.Text("name").Require().Most(500).Is(c.Name), page.Area("services").Lines(4).Is(strings.Join(c.Services, "\n")),
		page.Area("schemas").Lines(2).Is(strings.Join(c.Schemas, "\n")).Typewritten(), page.Text("languages").Is(strings.Join(c.Languages, ", ")),
	}
	fields = append(fields, infoForm(c.Shared, sharedFields())...)
	for _, name := range ownTexts() {
		for _, lang := range page.Languages() {
			fields = append(fields, page.Area(name+"."+lang).Most(20_000).Lines(3).Is(in(*ownText(&c, name), lang)))
		}
	}
	if comment {
		fields = append(fields, page.Text("comment").Most(publication.MaxComment))
	}
	f := v.Form("template", fields...)
	relabel(v, f, sharedFields())
	return f
}

// relabel gives fields the labels that they have in the form of a route.
func relabel(v *page.Visit, f *page.Form, names []string) {
	for _, name := range names {
		f.Field(name).Label = v.T("edit." + name)
	}
}

// readContent puts what was filled in into what was there: languages and all that the form does not show stay.
func (n names) readContent(f *page.Form, c template.Content) template.Content {
	c.Name, c.Services, c.Schemas, c.Languages = f.Value("name"), n.readServices(f, "services"), f.Lines("schemas"), f.Lines("languages")
	c.Shared = readInfo(f, c.Shared)
	for _, name := range ownTexts() {
		texts := ownText(&c, name)
		for _, lang := range page.Languages() {
			*texts = with(*texts, lang, f.Value(name+"."+lang))
		}
	}
	return c
}

func (s *Service) newTemplate(v *page.Visit) error {
	return showTemplateForm(v, contentForm(v, template.Content{Languages: page.Languages()}, false), v.T("template.new"))
}

func showTemplateForm(v *page.Visit, f *page.Form, title string) error {
	return v.Show("template-edit", page.View{Title: title, Crumbs: templateCrumbs(v), Form: f.Or(v.Home() + "/templates")})
}

func (s *Service) createTemplate(v *page.Visit) error {
	f := contentForm(v, template.Content{}, false)
	f.Read()
	c := s.names(v).readContent(f, template.Content{})
	if f.Failed() {
		return showTemplateForm(v, f, v.T("template.new"))
	}
	made, err := s.cfg.Templates.Create(v.Request().Context(), v.Who(), v.Org(), c)
	if f.Refuse(err) {
		return showTemplateForm(v, f, v.T("template.new"))
	}
	if err != nil {
		return err
	}
	return v.Done(templatePath(v, made.ID), "template.done.create")
}

func (s *Service) editTemplate(v *page.Visit) error {
	t, err := s.ownTemplate(v)
	if err != nil {
		return err
	}
	return showTemplateForm(v, contentForm(v, t.Content, t.State != template.Draft), t.Name)
}

func (s *Service) changeTemplate(v *page.Visit) error {
	t, err := s.ownTemplate(v)
	if err != nil {
		return err
	}
	f := contentForm(v, t.Content, t.State != template.Draft)
	f.Read()
	c, comment := s.names(v).readContent(f, t.Content), ""
	if field := f.Field("comment"); field != nil {
		comment = field.Value
	}
	if f.Failed() {
		return showTemplateForm(v, f, t.Name)
	}
	out, err := s.cfg.Templates.Change(v.Request().Context(), v.Who(), t.ID, c, comment)
	if f.Refuse(err) {
		return showTemplateForm(v, f, t.Name)
	}
	if err != nil {
		return err
	}
	if out.Proposal != nil {
		return v.Done(proposalPath(v, out.Proposal.ID), "published.proposal")
	}
	return v.Done(templatePath(v, t.ID), "template.done.change")
}
