package golive

import (
	"embed"
	"errors"
	"strings"

	"github.com/vierkant/vierkant/api/portal/page"
	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/broker/account"
	"github.com/vierkant/vierkant/broker/golive"
)

// Config is the services behind the pages; all fields are required.
type Config struct {
	Checklists *golive.Service
	Accounts   *account.Accounts // names of those who declared
}

// Service answers with the pages.
type Service struct{ cfg Config }

//go:embed pages texts.yaml
var files embed.FS

// New checks the configuration.
func New(cfg Config) (*Service, error) {
	if cfg.Checklists == nil || cfg.Accounts == nil {
		return nil, errors.New("golive: Checklists and Accounts are required")
	}
	return &Service{cfg}, nil
}

// Subject is these pages as a part of the portal.
func (s *Service) Subject() page.Subject {
	return page.Subject{
		Name: "golive", Group: "systems", Files: files,
		Menu: []page.Item{{Text: "menu.golive", Path: "/golive", Also: "/golive-points"}},
		Routes: []page.Route{
			page.Get("/orgs/:org/golive", s.overview),
			page.Get("/orgs/:org/golive/:subject", s.checklist),
			page.Get("/orgs/:org/golive/:subject/print", s.print),
			page.Get("/orgs/:org/golive/:subject/report", s.report),
			page.Get("/orgs/:org/golive/:subject/points/:point", s.point),
			page.Post("/orgs/:org/golive/:subject/points/:point", s.declare),
			page.Post("/orgs/:org/golive/:subject/points/:point/withdraw", s.withdraw),
			page.Get("/orgs/:org/golive-points", s.ownPoints),
			page.Post("/orgs/:org/golive-points", s.addPoint),
			page.Post("/orgs/:org/golive-points/:own/remove", s.removePoint),
		},
	}
}

// mayDeclare reports whether it makes sense to offer what a person who drafts may do.
func mayDeclare(v *page.Visit) bool { return v.May(broker.RightDraft) }

// nameOf says who it was, for people: a member's name if there still is one.
func (s *Service) nameOf(v *page.Visit, by string) string {
	id, person := strings.CutPrefix(by, "person ")
	if !person {
		return by
	}
	m, err := s.cfg.Accounts.Member(v.Request().Context(), v.Who(), v.Org(), broker.PersonID(id))
	if err != nil {
		return by
	}
	return m.Person.Name
}
