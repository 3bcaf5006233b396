package destinations

import (
	"strconv"
	"time"

	"github.com/vierkant/vierkant/api/portal/page"
	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/crypto/hook"
)

// secretShown is a secret on the one page that shows it.
type secretShown struct {
	Secret, URL string
	Until       time.Time // until when the one before is good
}

// calling is the form of where a destination is called. Its first secret is made here if none is typed: fresh is that one.
func (s *Service) calling(v *page.Visit, fresh string) (d broker.Destination, e edit, err error) {
	sum, err := s.asked(v)
	if err != nil {
		return d, e, err
	}
	d = sum.Destination
	address := ""
	if d.Callback != nil {
		address = d.Callback.URL
	}
	f := v.Form("destination", page.Text("url").Is(address).Require().Most(1000).As("url"), page.Password("secret", "off"), seen(d)).Or(at(v, d.ID))
	return d, edit{
		form: f,
		apply: func(draft *broker.DestinationDraft) {
			draft.Callback = &broker.CallbackDraft{URL: f.Value("url"), Secret: f.Value("secret")}
			if d.Callback == nil && draft.Callback.Secret == "" {
				draft.Callback.Secret = fresh
			}
		},
		show: func() error {
			return v.Show("form-page", page.View{Title: v.T("callback.title"), Crumbs: crumbs(v, d), Form: f, Scripts: []string{"check.js"}})
		},
	}, nil
}

func (s *Service) askCallback(v *page.Visit) error {
	_, e, err := s.calling(v, "")
	if err != nil {
		return err
	}
	return e.show()
}

func (s *Service) checkCallback(v *page.Visit) error {
	d, e, err := s.calling(v, hook.NewSecret())
	if err != nil {
		return err
	}
	return s.reportOn(v, d.ID, e)
}

func (s *Service) setCallback(v *page.Visit) error {
	fresh := hook.NewSecret()
	d, e, err := s.calling(v, fresh)
	if err != nil {
		return err
	}
	if d.Callback != nil {
		return s.changeTo(v, d.ID, e, "callback.done")
	}
	done, err := s.change(v, d.ID, e)
	switch {
	case !done:
		return err
	case e.form.Value("secret") != "":
		return v.Done(at(v, d.ID), "callback.done")
	}
	return showSecret(v, d, secretShown{Secret: fresh})
}

func showSecret(v *page.Visit, d broker.Destination, shown secretShown) error {
	shown.URL = at(v, d.ID)
	return v.Show("secret", page.View{Title: v.T("secret.shown.title"), Crumbs: crumbs(v, d), Data: shown})
}

// overlaps are for how many hours the secret before stays good.
var overlaps = []string{"0", "24", "168", "720"}

func (s *Service) secretForm(v *page.Visit) (broker.Destination, *page.Form, error) {
	sum, err := s.asked(v)
	return sum.Destination, v.Form("secret", page.Radio("overlap", overlaps...).Is("24").Require()).Or(at(v, sum.ID)), err
}

func (s *Service) askSecret(v *page.Visit) error {
	d, f, err := s.secretForm(v)
	if err != nil {
		return err
	}
	return showForm(v, d, f, "secret.title")
}

func showForm(v *page.Visit, d broker.Destination, f *page.Form, title string) error {
	return v.Show("form-page", page.View{Title: v.T(title), Crumbs: crumbs(v, d), Form: f})
}

func (s *Service) renewSecret(v *page.Visit) error {
	d, f, err := s.secretForm(v)
	if err != nil {
		return err
	}
	show := func() error { return showForm(v, d, f, "secret.title") }
	if !f.Read() {
		return show()
	}
	hours, err := strconv.Atoi(f.Value("overlap"))
	if err != nil {
		return err
	}
	changed, secret, err := s.Destinations.CallbackSecret(v.Request().Context(), v.Who(), d.ID, "", time.Duration(hours)*time.Hour)
	if err != nil {
		return refuse(f, err, show)
	}
	return showSecret(v, d, secretShown{Secret: secret, Until: changed.Callback.FormerUntil})
}

func (s *Service) uncalling(v *page.Visit) (d broker.Destination, e edit, err error) {
	sum, err := s.asked(v)
	if err != nil {
		return d, e, err
	}
	d = sum.Destination
	f := v.Form("uncall", seen(d)).Or(at(v, d.ID)).Dangerous()
	return d, edit{
		form:  f,
		apply: func(draft *broker.DestinationDraft) { draft.Callback = nil },
		show: func() error {
			return v.Show("uncall", page.View{Title: v.T("uncall.title"), Crumbs: crumbs(v, d), Form: f})
		},
	}, nil
}

func (s *Service) askRemoveCallback(v *page.Visit) error {
	_, e, err := s.uncalling(v)
	if err != nil {
		return err
	}
	return e.show()
}

func (s *Service) removeCallback(v *page.Visit) error {
	d, e, err := s.uncalling(v)
	if err != nil {
		return err
	}
	return s.changeTo(v, d.ID, e, "uncall.done")
}

// testCallback calls the destination now and shows what came of it.
func (s *Service) testCallback(v *page.Visit) error {
	sum, err := s.asked(v)
	if err != nil {
		return err
	}
	trial, err := s.Try(v.Request().Context(), v.Who(), sum.ID)
	if err != nil {
		return err
	}
	return v.Show("trial", page.View{Title: v.T("trial.title"), Crumbs: crumbs(v, sum.Destination), Data: map[string]any{
		"Trial": trial, "Milliseconds": trial.Took.Milliseconds(), "URL": at(v, sum.ID),
	}})
}
