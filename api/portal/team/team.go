package team

import (
	"context"
	"embed"
	"errors"

	"github.com/vierkant/vierkant/api/portal/page"
	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/broker/account"
	"github.com/vierkant/vierkant/broker/catalogues"
	"github.com/vierkant/vierkant/broker/keycare"
	"github.com/vierkant/vierkant/broker/mail"
)

//go:embed pages texts.yaml
var files embed.FS

// Config is the services behind the pages; all are required.
type Config struct {
	Accounts   *account.Accounts
	Mails      *mail.Mails
	Keys       *keycare.Keeper
	Deliveries *broker.Deliveries
	Catalogues *catalogues.Catalogues
	Notices    *broker.Notices
}

type service struct{ Config }

// New returns the subject.
func New(cfg Config) (page.Subject, error) {
	if cfg.Accounts == nil || cfg.Mails == nil || cfg.Keys == nil || cfg.Deliveries == nil || cfg.Catalogues == nil || cfg.Notices == nil {
		return page.Subject{}, errors.New("team: config lacks Accounts, Mails, Keys, Deliveries, Catalogues or Notices")
	}
	s := service{cfg}
	return page.Subject{Name: "team", Group: "organisation", Files: files, Menu: menu(), Routes: append(s.ofOrgs(), s.ofPlatform()...)}, nil
}

func menu() []page.Item {
	return []page.Item{
		{Text: "menu.team", Path: "/team"},
		{Text: "menu.mails", Path: "/mails"},
		{Text: "menu.audit", Path: "/audit"},
		{Text: "menu.settings", Path: "/settings"},
		{Text: "menu.platform.orgs", Path: "/platform/orgs", For: page.Platform},
		{Text: "menu.platform.people", Path: "/platform/people", For: page.Platform},
		{Text: "menu.platform.notice", Path: "/platform/notice", For: page.Platform},
		{Text: "menu.platform.catalogues", Path: "/platform/catalogues", For: page.Platform},
		{Text: "menu.platform.mails", Path: "/platform/mails", For: page.Platform},
		{Text: "menu.platform.audit", Path: "/platform/audit", For: page.Platform},
	}
}

func (s service) ofOrgs() []page.Route {
	return []page.Route{
		page.Get(page.HomePath, s.orgs),
		page.Get("/orgs/new", s.found), page.Post("/orgs/new", s.found),
		page.Get("/orgs/:org", s.home),

		page.Get("/orgs/:org/team", s.members),
		page.Get("/orgs/:org/team/invite", s.invite).Fresh(), page.Post("/orgs/:org/team/invite", s.invite).Fresh(),
		page.Post("/orgs/:org/team/invitations/:invitation/withdraw", s.withdraw),
		page.Get("/orgs/:org/team/:person", s.member), page.Post("/orgs/:org/team/:person", s.member).Fresh(),
		page.Get("/orgs/:org/team/:person/remove", s.remove).Fresh(), page.Post("/orgs/:org/team/:person/remove", s.remove).Fresh(),

		page.Get("/orgs/:org/settings", s.settings), page.Post("/orgs/:org/settings", s.settings),
		page.Get("/orgs/:org/settings/legal-names", s.legalNames).For(page.Platform),
		page.Post("/orgs/:org/settings/legal-names", s.legalNames).For(page.Platform),

		page.Get("/orgs/:org/mails", s.mails),
		page.Get("/orgs/:org/mails/ask", s.ask), page.Post("/orgs/:org/mails/ask", s.ask),
		page.Get("/orgs/:org/mails/:mail", s.mail),
		page.Get("/orgs/:org/audit", s.audit),
		page.Get("/orgs/:org/audit.csv", s.auditFile),

		page.Get("/invitation", s.invitation).For(page.Public),
		page.Post("/invitation", s.accept),
		page.Get("/confirm-address", s.confirm).For(page.Public), page.Post("/confirm-address", s.confirm).For(page.Public),
	}
}

func (s service) ofPlatform() []page.Route {
	all := []page.Route{
		page.Get("/platform/orgs", s.allOrgs),
		page.Get("/platform/people", s.people),
		page.Get("/platform/people/:person", s.person), page.Post("/platform/people/:person/:deed", s.mark).Fresh(),
		page.Get("/platform/notice", s.notice), page.Post("/platform/notice", s.notice).Always(), page.Post("/platform/notice/withdraw", s.withdrawNotice).Always(),
		page.Get("/platform/catalogues", s.catalogues),
		page.Get("/platform/catalogues/areas", s.areas), page.Post("/platform/catalogues/areas", s.areas),
		page.Get("/platform/catalogues/services", s.services), page.Post("/platform/catalogues/services", s.services),
		page.Get("/platform/mails", s.allMails),
		page.Get("/platform/mails/:mail", s.anyMail),
		page.Get("/platform/addresses", s.allAddresses), page.Post("/platform/addresses", s.allAddresses),
		page.Get("/platform/audit", s.audit),
		page.Get("/platform/audit.csv", s.auditFile),
	}
	for i, r := range all {
		all[i] = r.For(page.Platform)
		if r.Path == "/platform/catalogues/areas" || r.Path == "/platform/catalogues/services" {
			all[i].Limit = maxUpload
		}
	}
	return all
}

// ctx is that of a request.
func ctx(v *page.Visit) context.Context { return v.Request().Context() }

// id reads the parameter of a path.
func id[T ~string](v *page.Visit, name string) (T, error) { return broker.ParseID[T](v.Param(name)) }
