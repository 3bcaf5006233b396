package manage

import (
	"context"
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/vierkant/vierkant/api/auth"
	"github.com/vierkant/vierkant/api/wire"
	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/broker/template"
)

// offered is GET /templates: what everybody can adopt.
func (s *Service) offered(c echo.Context) error {
	return s.listTemplates(c, func(p broker.Page) ([]template.Template, int, error) {
		return s.Templates.Offered(c.Request().Context(), auth.Caller(c), p)
	})
}

// offeredTemplate is GET /templates/{template}.
func (s *Service) offeredTemplate(c echo.Context) error {
	asked, err := id[template.ID](c, "template")
	if err != nil {
		return err
	}
	found, err := s.Templates.Get(c.Request().Context(), auth.Caller(c), asked)
	return answer(c, http.StatusOK, viewTemplate, found, err)
}

// templates is GET /orgs/{org}/templates.
func (s *Service) templates(c echo.Context) error {
	who := auth.Caller(c)
	return s.listTemplates(c, func(p broker.Page) ([]template.Template, int, error) {
		return s.Templates.List(c.Request().Context(), who, who.Org, p)
	})
}

func (s *Service) listTemplates(c echo.Context, load func(broker.Page) ([]template.Template, int, error)) error {
	all, counted, err := list(c, viewTemplate, load)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, wire.TemplateList{Counted: counted, Templates: all})
}

// addTemplate is POST /orgs/{org}/templates.
func (s *Service) addTemplate(c echo.Context) error {
	in, err := read[wire.TemplateContent](c)
	if err != nil {
		return err
	}
	content, err := contentOf(in)
	if err != nil {
		return err
	}
	who := auth.Caller(c)
	made, err := s.Templates.Create(c.Request().Context(), who, who.Org, content)
	if err != nil {
		return err
	}
	return created(c, string(made.ID), viewTemplate(made))
}

// template is GET /orgs/{org}/templates/{template}.
func (s *Service) template(c echo.Context) error {
	found, err := s.ownTemplate(c)
	return answer(c, http.StatusOK, viewTemplate, found, err)
}

// ownTemplate returns the template that the path names, if it belongs to the organisation that the path names: others may be seen too, elsewhere.
func (s *Service) ownTemplate(c echo.Context) (template.Template, error) {
	asked, err := id[template.ID](c, "template")
	if err != nil {
		return template.Template{}, err
	}
	who := auth.Caller(c)
	found, err := s.Templates.Get(c.Request().Context(), who, asked)
	if err == nil && found.Org != who.Org {
		err = broker.NotFound.New("template-not-found", "there is no template %s in this organisation", asked)
	}
	return found, err
}

// changeTemplate is PUT /orgs/{org}/templates/{template}.
func (s *Service) changeTemplate(c echo.Context) error {
	in, err := read[wire.TemplateChange](c)
	if err != nil {
		return err
	}
	content, err := contentOf(in.TemplateContent)
	if err != nil {
		return err
	}
	found, err := s.ownTemplate(c)
	if err != nil {
		return err
	}
	out, err := s.Templates.Change(c.Request().Context(), auth.Caller(c), found.ID, content, in.Comment)
	return answerTemplate(c, out, err)
}

// openTemplate is POST /orgs/{org}/templates/{template}/open.
func (s *Service) openTemplate(c echo.Context) error {
	in, err := read[wire.Comment](c)
	if err != nil {
		return err
	}
	found, err := s.ownTemplate(c)
	if err != nil {
		return err
	}
	out, err := s.Templates.Open(c.Request().Context(), auth.Caller(c), found.ID, in.Comment)
	return answerTemplate(c, out, err)
}

// answerTemplate shows the template, or what waits for a second person.
func answerTemplate(c echo.Context, out template.Outcome, err error) error {
	if err == nil && out.Proposal != nil {
		return c.JSON(http.StatusAccepted, viewProposal(*out.Proposal))
	}
	return answer(c, http.StatusOK, viewTemplate, out.Template, err)
}

// closeTemplate is POST /orgs/{org}/templates/{template}/close.
func (s *Service) closeTemplate(c echo.Context) error {
	return s.doTemplate(c, s.Templates.Close)
}

func (s *Service) doTemplate(c echo.Context, do func(context.Context, broker.Caller, template.ID) (template.Template, error)) error {
	found, err := s.ownTemplate(c)
	if err != nil {
		return err
	}
	found, err = do(c.Request().Context(), auth.Caller(c), found.ID)
	return answer(c, http.StatusOK, viewTemplate, found, err)
}

// restoreTemplate is POST /orgs/{org}/templates/{template}/restore.
func (s *Service) restoreTemplate(c echo.Context) error {
	in, err := read[wire.TemplateRestore](c)
	if err != nil {
		return err
	}
	return s.doTemplate(c, func(ctx context.Context, who broker.Caller, id template.ID) (template.Template, error) {
		return s.Templates.Restore(ctx, who, id, in.Version, in.Comment)
	})
}

// deleteTemplate is DELETE /orgs/{org}/templates/{template}.
func (s *Service) deleteTemplate(c echo.Context) error {
	found, err := s.ownTemplate(c)
	if err != nil {
		return err
	}
	if err := s.Templates.Delete(c.Request().Context(), auth.Caller(c), found.ID); err != nil {
		return err
	}
	return c.NoContent(http.StatusNoContent)
}

// versions is GET /orgs/{org}/templates/{template}/versions.
func (s *Service) versions(c echo.Context) error {
	all, counted, err := list(c, viewVersion, func(p broker.Page) ([]template.Version, int, error) {
		found, err := s.ownTemplate(c)
		if err != nil {
			return nil, 0, err
		}
		return s.Templates.Versions(c.Request().Context(), auth.Caller(c), found.ID, p)
	})
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, wire.TemplateVersionList{Counted: counted, Versions: all})
}

func contentOf(in wire.TemplateContent) (template.Content, error) {
	info, err := infoOf("info", in.Info)
	return template.Content{
		Name: in.Name, Services: in.Services, Schemas: in.Schemas, Languages: in.Languages, Shared: info,
		Fees: readTexts(in.Fees), Results: readTexts(in.ResultDocuments),
	}, err
}

func viewContent(c template.Content) wire.TemplateContent {
	return wire.TemplateContent{
		Name: c.Name, Services: c.Services, Schemas: c.Schemas, Languages: c.Languages, Info: viewInfo(c.Shared),
		Fees: viewTexts(c.Fees), ResultDocuments: viewTexts(c.Results),
	}
}

func viewTemplate(t template.Template) wire.Template {
	return wire.Template{
		TemplateID: string(t.ID), OrgID: string(t.Org), State: string(t.State), Version: t.Version, TemplateContent: viewContent(t.Content),
		Missing: viewMissing(t.Missing()), CreatedAt: t.Created.UTC(), ChangedAt: t.Changed.UTC(),
	}
}

func viewMissing(all []template.Missing) []wire.Missing {
	views := make([]wire.Missing, len(all))
	for i, m := range all {
		views[i] = wire.Missing(m)
	}
	return views
}

func viewVersion(v template.Version) wire.TemplateVersion {
	return wire.TemplateVersion{
		Version: v.Number, By: v.By, ReleasedBy: v.ReleasedBy, ProposalID: string(v.Proposal), At: v.At.UTC(), Comment: v.Comment,
		TemplateContent: viewContent(v.Content),
	}
}
