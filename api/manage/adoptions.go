package manage

import (
	"context"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/vierkant/vierkant/api/auth"
	"github.com/vierkant/vierkant/api/wire"
	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/broker/publication"
	"github.com/vierkant/vierkant/broker/template"
)

// adoptions is GET /orgs/{org}/adoptions.
func (s *Service) adoptions(c echo.Context) error {
	who := auth.Caller(c)
	return s.listAdoptions(c, func(p broker.Page) ([]template.Status, int, error) {
		return s.Adoptions.List(c.Request().Context(), who, who.Org, p)
	})
}

// adoptionsOf is GET /orgs/{org}/templates/{template}/adoptions.
func (s *Service) adoptionsOf(c echo.Context) error {
	return s.listAdoptions(c, func(p broker.Page) ([]template.Status, int, error) {
		found, err := s.ownTemplate(c)
		if err != nil {
			return nil, 0, err
		}
		return s.Adoptions.Of(c.Request().Context(), auth.Caller(c), found.ID, p)
	})
}

func (s *Service) listAdoptions(c echo.Context, load func(broker.Page) ([]template.Status, int, error)) error {
	all, counted, err := list(c, viewAdoption, load)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, wire.AdoptionList{Counted: counted, Adoptions: all})
}

// adopt is POST /orgs/{org}/adoptions.
func (s *Service) adopt(c echo.Context) error {
	in, err := read[wire.AdoptionDraft](c)
	if err != nil {
		return err
	}
	asked, err := broker.ParseID[template.ID](in.TemplateID)
	if err != nil {
		return err
	}
	part, err := ownPartOf(in.AdoptionPart)
	if err != nil {
		return err
	}
	who := auth.Caller(c)
	made, err := s.Adoptions.Adopt(c.Request().Context(), who, who.Org, asked, part)
	if err != nil {
		return err
	}
	return created(c, string(made.ID), viewAdoption(made))
}

// adoption is GET /orgs/{org}/adoptions/{adoption}.
func (s *Service) adoption(c echo.Context) error {
	found, err := s.ownAdoption(c)
	return answer(c, http.StatusOK, viewAdoption, found, err)
}

// ownAdoption returns the adoption that the path names, if it belongs to the organisation that the path names: an operator may see others too.
func (s *Service) ownAdoption(c echo.Context) (template.Status, error) {
	asked, err := id[broker.AdoptionID](c, "adoption")
	if err != nil {
		return template.Status{}, err
	}
	who := auth.Caller(c)
	found, err := s.Adoptions.Get(c.Request().Context(), who, asked)
	if err == nil && found.Org != who.Org {
		err = broker.NotFound.New("adoption-not-found", "there is no adoption %s in this organisation", asked)
	}
	return found, err
}

// changeAdoption is PUT /orgs/{org}/adoptions/{adoption}.
func (s *Service) changeAdoption(c echo.Context) error {
	in, err := read[wire.AdoptionChange](c)
	if err != nil {
		return err
	}
	part, err := ownPartOf(in.AdoptionPart)
	if err != nil {
		return err
	}
	return s.doAdoption(c, func(ctx context.Context, who broker.Caller, id broker.AdoptionID) (publication.Outcome, error) {
		return s.Adoptions.Change(ctx, who, id, part, in.Comment)
	})
}

// turn is POST /orgs/{org}/adoptions/{adoption}/online, /offline and /leave.
func (s *Service) turn(how func(*template.Adoptions, context.Context, broker.Caller, broker.AdoptionID, string) (publication.Outcome, error)) echo.HandlerFunc {
	return func(c echo.Context) error {
		in, err := read[wire.Comment](c)
		if err != nil {
			return err
		}
		return s.doAdoption(c, func(ctx context.Context, who broker.Caller, id broker.AdoptionID) (publication.Outcome, error) {
			return how(s.Adoptions, ctx, who, id, in.Comment)
		})
	}
}

// doAdoption changes an adoption and shows it, or what waits for a second person.
func (s *Service) doAdoption(c echo.Context, do func(context.Context, broker.Caller, broker.AdoptionID) (publication.Outcome, error)) error {
	found, err := s.ownAdoption(c)
	if err != nil {
		return err
	}
	ctx, who := c.Request().Context(), auth.Caller(c)
	out, err := do(ctx, who, found.ID)
	if err != nil {
		return err
	}
	if out.Proposal != nil {
		return c.JSON(http.StatusAccepted, viewProposal(*out.Proposal))
	}
	found, err = s.Adoptions.Get(ctx, who, found.ID)
	return answer(c, http.StatusOK, viewAdoption, found, err)
}

func ownPartOf(in wire.AdoptionPart) (template.Part, error) {
	info, err := infoOf("info", in.Info)
	if err != nil {
		return template.Part{}, err
	}
	part := template.Part{Name: in.Name, Regions: in.Regions, From: timeOf(in.From), Until: timeOf(in.Until), Own: info}
	if in.DestinationID != "" {
		part.Destination, err = broker.ParseID[broker.DestinationID](in.DestinationID)
	}
	return part, err
}

func timeOf(t *time.Time) time.Time {
	if t == nil {
		return time.Time{}
	}
	return t.UTC()
}

func viewTime(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = t.UTC()
	return &t
}

func viewAdoption(a template.Status) wire.Adoption {
	return wire.Adoption{
		AdoptionID: string(a.ID), OrgID: string(a.Org), TemplateID: string(a.Template),
		AdoptionPart: wire.AdoptionPart{
			Name: a.Name, DestinationID: string(a.Destination), Regions: a.Regions, From: viewTime(a.From), Until: viewTime(a.Until), Info: viewInfo(a.Own),
		},
		Standing: string(a.Standing), Published: a.Published, RouteKey: template.RouteKey(a.ID), Pending: a.Pending, ProposalID: string(a.Proposal),
		Missing: viewMissing(a.Missing), CreatedAt: a.Made.UTC(), ChangedAt: a.Changed.UTC(), LeftAt: viewTime(a.Left),
	}
}
