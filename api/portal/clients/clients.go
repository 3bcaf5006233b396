package clients

import (
	"embed"
	"errors"

	"github.com/vierkant/vierkant/api/manage"
	"github.com/vierkant/vierkant/api/portal/page"
	"github.com/vierkant/vierkant/broker"
)

//go:embed pages texts.yaml
var files embed.FS

// Service has the pages about API clients.
type Service struct{ manage.Config }

// New returns this subject of the portal, over the services of the management API.
func New(services manage.Config) (page.Subject, error) {
	if services.Clients == nil || services.Snippets == nil {
		return page.Subject{}, errors.New("clients: config lacks Clients or Snippets")
	}
	s := &Service{services}
	return page.Subject{
		Name: "clients", Group: "systems", Files: files, Menu: []page.Item{{Text: "menu.clients", Path: root}}, Routes: s.routes(),
	}, nil
}

// root is where these pages are, below the home of an organisation.
const root = "/clients"

func (s *Service) routes() []page.Route {
	const all, one = "/orgs/:org" + root, "/orgs/:org" + root + "/:client"
	return []page.Route{
		page.Get(all, s.list),
		page.Get(all+"/new", s.askNew).Fresh(),
		page.Post(all+"/new", s.register).Fresh(),
		page.Get(one, s.show),
		page.Get(one+"/change", s.askChange).Fresh(),
		page.Post(one+"/change", s.change).Fresh(),
		page.Get(one+"/secret", s.askSecret).Fresh(),
		page.Post(one+"/secret", s.rotate).Fresh(),
		page.Get(one+"/former-secret", s.askEnd),
		page.Post(one+"/former-secret", s.endFormer),
		page.Get(one+"/disable", s.askDisable),
		page.Post(one+"/disable", s.disable),
		page.Get(one+"/enable", s.askEnable).Fresh(),
		page.Post(one+"/enable", s.enable).Fresh(),
		page.Get(one+"/snippets", s.snippets),
	}
}

// client reads the one that the path names.
func (s *Service) client(v *page.Visit) (broker.KnownClient, error) {
	id, err := named(v)
	if err != nil {
		return broker.KnownClient{}, err
	}
	return s.Clients.Get(v.Request().Context(), v.Who(), id)
}

// named is the client in the path. What is no id names none.
func named(v *page.Visit) (broker.ClientID, error) {
	id, err := broker.ParseID[broker.ClientID](v.Param("client"))
	if err != nil {
		return "", broker.NotFound.New("client-not-found", "there is no such client")
	}
	return id, nil
}

// all is the address of the list, at that of a client.
func all(v *page.Visit) string { return v.Home() + root }

func at(v *page.Visit, id broker.ClientID) string { return all(v) + "/" + string(id) }

// title is what a client is called for people, who need not have given it a name.
func title(v *page.Visit, c broker.Client) string {
	if c.Name == "" {
		return v.T("unnamed")
	}
	return c.Name
}

// crumbs lead to the list, and to a client if there is one.
func crumbs(v *page.Visit, of ...broker.Client) []page.Crumb {
	way := []page.Crumb{{Text: v.T("home"), Path: v.Home()}, {Text: v.T("menu.clients"), Path: all(v)}}
	for _, c := range of {
		way = append(way, page.Crumb{Text: title(v, c), Path: at(v, c.ID)})
	}
	return way
}
