package clients

import (
	"strconv"
	"time"

	"github.com/vierkant/vierkant/api/portal/page"
	"github.com/vierkant/vierkant/broker"
)

const day = 24 * time.Hour

// lives are for how many days a secret may be chosen to be good; 0: without an end.
var lives = []string{"0", "90", "180", "365", "730"}

// until reads the choice; it is one of lives.
func until(v *page.Visit, f *page.Form) (time.Time, error) {
	days, err := strconv.Atoi(f.Value("lasts"))
	if err != nil || days == 0 {
		return time.Time{}, err
	}
	return v.Now().Add(time.Duration(days) * day), nil
}

func newForm(v *page.Visit) *page.Form {
	return v.Form("new",
		page.Text("name").Require(),
		page.Radio("kind", string(broker.Sender), string(broker.Subscriber)).Require(),
		page.Area("grants").Typewritten(),
		page.Text("region").Suggest(v.URL("/lookup/areas")),
		page.Text("service").Suggest(v.URL("/lookup/services")),
		page.Check("manage"),
		page.Select("lasts", lives...).Is("0").Require(),
	).Or(all(v))
}

func (s *Service) askNew(v *page.Visit) error { return showNew(v, newForm(v)) }

func showNew(v *page.Visit, f *page.Form) error {
	return v.Show("form-page", page.View{Title: v.T("new.title"), Crumbs: crumbs(v), Form: f})
}

func (s *Service) register(v *page.Visit) error {
	f := newForm(v)
	if !f.Read() {
		return showNew(v, f)
	}
	n := broker.NewClient{Name: f.Value("name"), Kind: broker.ClientKind(f.Value("kind")), Manage: f.Checked("manage"), Grants: granted(f)}
	var err error
	if n.SecretUntil, err = until(v, f); err != nil {
		return err
	}
	made, secret, err := s.Clients.Register(v.Request().Context(), v.Who(), n)
	if err != nil {
		return refused(err, f, func() error { return showNew(v, f) })
	}
	return s.showSecret(v, broker.KnownClient{Client: made}, secret)
}

// refused shows the form with an error that is about what was filled in, and returns any other.
func refused(err error, f *page.Form, show func() error) error {
	if f.Refuse(err) {
		return show()
	}
	return err
}
