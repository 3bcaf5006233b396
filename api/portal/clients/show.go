package clients

import (
	"slices"
	"time"

	"github.com/vierkant/vierkant/api/portal/page"
	"github.com/vierkant/vierkant/broker"
)

// card is a client as pages show it.
type card struct {
	broker.KnownClient
	Title string
	Path  string
	State state
	Soon  bool      // its secret ends before long, or has ended
	Until time.Time // until when the former secret is good; zero: it is not
}

// state is the key of a text.
type state string

const (
	enabled  state = "enabled"
	disabled state = "disabled"
	ended    state = "ended" // nobody can log in as it any more
)

func cardOf(v *page.Visit, c broker.KnownClient) card {
	now := v.Now()
	one := card{KnownClient: c, Title: title(v, c.Client), Path: at(v, c.ID), State: enabled}
	if c.FormerGood(now) {
		one.Until = c.FormerUntil
	}
	switch {
	case c.Disabled:
		one.State = disabled
	case c.SecretEnded(now):
		one.State = ended
	}
	warned := time.Duration(slices.Max(broker.SecretWarnings())) * 24 * time.Hour
	one.Soon = !c.SecretUntil.IsZero() && c.SecretUntil.Sub(now) < warned
	return one
}

// listed is what the list shows.
type listed struct {
	Clients []card
	Pager   page.Pager
	New     string // address; "": the visitor may not
}

func (s *Service) list(v *page.Visit) error {
	found, total, err := s.Clients.List(v.Request().Context(), v.Who(), v.Page())
	if err != nil {
		return err
	}
	shown := listed{Pager: v.Pager(len(found), total)}
	for _, c := range found {
		shown.Clients = append(shown.Clients, cardOf(v, c))
	}
	if v.May(broker.RightClients) {
		shown.New = all(v) + "/new"
	}
	return v.Show("list", page.View{Title: v.T("menu.clients"), Data: shown, Wide: true})
}

// detail is what the page of a client shows.
type detail struct {
	card
	Destinations []place
	Scopes       []broker.Scope
	May          bool // the visitor may change it
}

// place is a destination that a client receives for.
type place struct {
	broker.Destination
	Path string // address; "": it is another organisation's
	Only bool   // nobody else receives for it
}

func (s *Service) show(v *page.Visit) error {
	c, err := s.client(v)
	if err != nil {
		return err
	}
	d := detail{card: cardOf(v, c), Scopes: c.Scopes(), May: v.May(broker.RightClients)}
	if d.Destinations, err = s.places(v, c); err != nil {
		return err
	}
	return v.Show("client", page.View{Title: d.Title, Crumbs: crumbs(v), Data: d})
}

func (s *Service) places(v *page.Visit, c broker.KnownClient) (places []place, err error) {
	found, err := s.Clients.Destinations(v.Request().Context(), v.Who(), c.ID)
	for _, d := range found {
		one := place{Destination: d, Only: len(d.Clients) == 1}
		if d.Org == v.Org() {
			one.Path = v.Home() + "/destinations/" + string(d.ID)
		}
		places = append(places, one)
	}
	return places, err
}
