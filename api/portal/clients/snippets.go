package clients

import (
	"errors"

	"github.com/vierkant/vierkant/api/portal/page"
	"github.com/vierkant/vierkant/api/portal/snippets"
	"github.com/vierkant/vierkant/broker"
)

// programs is what the page of snippets shows.
type programs struct {
	card
	Snippets []snippets.Snippet
	Ask      snippets.Ask
	Places   []place
	Wrong    bool // nothing could be written for what was asked for
	Export   string
}

func (s *Service) snippets(v *page.Visit) error {
	c, err := s.client(v)
	if err != nil {
		return err
	}
	p := programs{card: cardOf(v, c), Export: exportSecret, Ask: snippets.Ask{
		Service: v.QueryParam("service"), Region: v.QueryParam("region"), Destination: v.QueryParam("destination"),
	}}
	if p.Places, err = s.places(v, c); err != nil {
		return err
	}
	p.Snippets, err = s.Snippets.For(v.Request().Context(), v.Who(), c.ID, p.Ask)
	if p.Wrong = errors.Is(err, broker.Invalid); err != nil && !p.Wrong {
		return err
	}
	return v.Show("snippets", page.View{Title: v.T("snippets.title"), Crumbs: crumbs(v, c.Client), Data: p})
}
