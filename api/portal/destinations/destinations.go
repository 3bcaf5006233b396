package destinations

import (
	"context"
	"embed"
	"errors"

	"github.com/vierkant/vierkant/api/portal/page"
	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/broker/catalogues"
	"github.com/vierkant/vierkant/broker/keycare"
	"github.com/vierkant/vierkant/broker/mail"
)

//go:embed pages static texts.yaml
var files embed.FS

// Config is the services that these pages are over; all are required.
type Config struct {
	Destinations *broker.Destinations
	Clients      *broker.Clients
	Keys         *keycare.Keeper
	Mails        *mail.Mails
	Catalogues   *catalogues.Catalogues
	Try          func(context.Context, broker.Caller, broker.DestinationID) (broker.Trial, error)
}

// Service answers the pages.
type Service struct{ Config }

// New returns the subject of destinations.
func New(cfg Config) (page.Subject, error) {
	for _, required := range []struct {
		name    string
		present bool
	}{
		{"Destinations", cfg.Destinations != nil}, {"Clients", cfg.Clients != nil}, {"Keys", cfg.Keys != nil},
		{"Mails", cfg.Mails != nil}, {"Catalogues", cfg.Catalogues != nil}, {"Try", cfg.Try != nil},
	} {
		if !required.present {
			return page.Subject{}, errors.New("destinations: config lacks " + required.name)
		}
	}
	s := &Service{cfg}
	return page.Subject{
		Name: "destinations", Group: "systems", Files: files, Routes: s.routes(),
		Menu: []page.Item{{Text: "menu.destinations", Path: "/destinations"}, {Text: "menu.keys", Path: "/keys"}},
	}, nil
}

func (s *Service) routes() []page.Route {
	const all, one = "/orgs/:org/destinations", "/orgs/:org/destinations/:destination"
	return []page.Route{
		page.Get("/lookup/areas", s.lookUpAreas),
		page.Get("/lookup/services", s.lookUpServices),

		page.Get(all, s.list),
		page.Get(all+"/new", s.askNew),
		page.Post(all+"/new", s.make),
		page.Post(all+"/new/check", s.checkNew),
		page.Get(one, s.show),
		page.Get(one+"/edit", s.askEdit),
		page.Post(one+"/edit", s.edit),
		page.Post(one+"/edit/check", s.checkEdit),
		page.Post(one+"/contact", s.askContact),

		page.Get(one+"/services/new", s.askOffer),
		page.Post(one+"/services/new", s.offer),
		page.Post(one+"/services/new/check", s.checkOffer),
		page.Get(one+"/services/:service", s.askOffer),
		page.Post(one+"/services/:service", s.offer),
		page.Post(one+"/services/:service/check", s.checkOffer),
		page.Get(one+"/services/:service/remove", s.askWithdrawOffer),
		page.Post(one+"/services/:service/remove", s.withdrawOffer),

		page.Get(one+"/callback", s.askCallback),
		page.Post(one+"/callback", s.setCallback),
		page.Post(one+"/callback/check", s.checkCallback),
		page.Get(one+"/callback/secret", s.askSecret).Fresh(),
		page.Post(one+"/callback/secret", s.renewSecret).Fresh(),
		page.Get(one+"/callback/remove", s.askRemoveCallback),
		page.Post(one+"/callback/remove", s.removeCallback),
		page.Post(one+"/callback/test", s.testCallback),

		page.Get(one+"/status/:status", s.askStatus),
		page.Post(one+"/status/:status", s.setStatus),
		page.Get(one+"/delete", s.askDelete),
		page.Post(one+"/delete", s.delete),
		page.Post(one+"/clients", s.assign).Fresh(),
		page.Post(one+"/clients/:client/remove", s.unassign),

		page.Get("/orgs/:org/keys", s.radar),
		page.Get(one+"/keys", s.keys),
		page.Get(one+"/keys/new", s.askKey),
		page.Post(one+"/keys/new", s.addKey),
		page.Get(one+"/keys/:kid/activate", s.askActivate).Fresh(),
		page.Post(one+"/keys/:kid/activate", s.activate).Fresh(),
	}
}
