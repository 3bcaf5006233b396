package clients

import (
	"github.com/vierkant/vierkant/api/portal/page"
	"github.com/vierkant/vierkant/broker"
)

// changing is the form that fits the kind of a client.
func changing(v *page.Visit, c broker.Client) *page.Form {
	name := page.Text("name").Is(c.Name).Require()
	if c.Kind == broker.Subscriber {
		manage := page.Check("manage")
		if c.Manage {
			manage.Is("yes")
		}
		return v.Form("change", name, manage).Or(at(v, c.ID))
	}
	return v.Form("change", name,
		page.Area("grants").Is(written(c.Grants)).Typewritten(),
		page.Text("region").Suggest(v.URL("/lookup/areas")),
		page.Text("service").Suggest(v.URL("/lookup/services")),
	).Or(at(v, c.ID))
}

func (s *Service) askChange(v *page.Visit) error {
	c, err := s.client(v)
	if err != nil {
		return err
	}
	return showChange(v, c, changing(v, c.Client))
}

func showChange(v *page.Visit, c broker.KnownClient, f *page.Form) error {
	return v.Show("form-page", page.View{Title: v.T("change.title"), Crumbs: crumbs(v, c.Client), Form: f})
}

func (s *Service) change(v *page.Visit) error {
	c, err := s.client(v)
	if err != nil {
		return err
	}
	f := changing(v, c.Client)
	if !f.Read() {
		return showChange(v, c, f)
	}
	name := f.Value("name")
	to := broker.ClientChange{Name: &name}
	if c.Kind == broker.Subscriber {
		manage := f.Checked("manage")
		to.Manage = &manage
	} else {
		grants := granted(f)
		to.Grants = &grants
	}
	if _, err := s.Clients.Change(v.Request().Context(), v.Who(), c.ID, to); err != nil {
		return refused(err, f, func() error { return showChange(v, c, f) })
	}
	return v.Done(at(v, c.ID), "change.done")
}
