package clients

import (
	"strconv"
	"time"

	"github.com/vierkant/vierkant/api/portal/page"
	"github.com/vierkant/vierkant/api/portal/snippets"
	"github.com/vierkant/vierkant/broker"
)

// overlaps are for how many hours the secret before may be chosen to be good.
var overlaps = []string{"0", "1", "24", "72", "168", "720"}

func rotating(v *page.Visit, c broker.KnownClient) *page.Form {
	lasts := "0"
	if !c.SecretUntil.IsZero() {
		lasts = "365"
	}
	return v.Form("secret",
		page.Radio("overlap", overlaps...).Is("72").Require(), page.Select("lasts", lives...).Is(lasts).Require(),
	).Or(at(v, c.ID))
}

func (s *Service) askSecret(v *page.Visit) error {
	c, err := s.client(v)
	if err != nil {
		return err
	}
	return showRotation(v, c, rotating(v, c))
}

func showRotation(v *page.Visit, c broker.KnownClient, f *page.Form) error {
	return v.Show("rotate", page.View{Title: v.T("secret.title"), Crumbs: crumbs(v, c.Client), Form: f, Data: cardOf(v, c)})
}

func (s *Service) rotate(v *page.Visit) error {
	c, err := s.client(v)
	if err != nil {
		return err
	}
	f := rotating(v, c)
	if !f.Read() {
		return showRotation(v, c, f)
	}
	r, err := rotation(v, f)
	if err != nil {
		return err
	}
	changed, secret, err := s.Clients.Rotate(v.Request().Context(), v.Who(), c.ID, r)
	if err != nil {
		return refused(err, f, func() error { return showRotation(v, c, f) })
	}
	return s.showSecret(v, changed, secret)
}

func rotation(v *page.Visit, f *page.Form) (r broker.Rotation, err error) {
	hours, err := strconv.Atoi(f.Value("overlap"))
	if err != nil {
		return r, err
	}
	r.Overlap = time.Duration(hours) * time.Hour
	r.Until, err = until(v, f)
	return r, err
}

// exportSecret brings the secret into the environment of a program, and not into the history of a shell.
const exportSecret = "read -rs " + snippets.SecretVariable + " && export " + snippets.SecretVariable

// shown is a secret on the one page that shows it.
type shown struct {
	card
	Secret string
	Export string
}

func (s *Service) showSecret(v *page.Visit, c broker.KnownClient, secret string) error {
	return v.Show("secret", page.View{Title: v.T("secret.shown.title"), Crumbs: crumbs(v, c.Client), Data: shown{
		card: cardOf(v, c), Secret: secret, Export: exportSecret,
	}})
}

// deed is something that is asked about once more before it is done.
type deed struct {
	form      string
	dangerous bool
	do        func(v *page.Visit, id broker.ClientID) error
}

func (s *Service) ending() deed {
	return deed{"end", true, func(v *page.Visit, id broker.ClientID) error {
		_, err := s.Clients.EndFormer(v.Request().Context(), v.Who(), id)
		return err
	}}
}

func (s *Service) disabling() deed { return s.switching("disable", true) }

func (s *Service) enabling() deed { return s.switching("enable", false) }

func (s *Service) switching(form string, off bool) deed {
	return deed{form, off, func(v *page.Visit, id broker.ClientID) error {
		_, err := s.Clients.Disable(v.Request().Context(), v.Who(), id, off)
		return err
	}}
}

func (s *Service) askEnd(v *page.Visit) error     { return s.ask(v, s.ending()) }
func (s *Service) endFormer(v *page.Visit) error  { return s.carryOut(v, s.ending()) }
func (s *Service) askDisable(v *page.Visit) error { return s.ask(v, s.disabling()) }
func (s *Service) disable(v *page.Visit) error    { return s.carryOut(v, s.disabling()) }
func (s *Service) askEnable(v *page.Visit) error  { return s.ask(v, s.enabling()) }
func (s *Service) enable(v *page.Visit) error     { return s.carryOut(v, s.enabling()) }

func (d deed) formOn(v *page.Visit, id broker.ClientID) *page.Form {
	f := v.Form(d.form).Or(at(v, id))
	if d.dangerous {
		f.Dangerous()
	}
	return f
}

// ask shows what follows from a deed.
func (s *Service) ask(v *page.Visit, d deed) error {
	c, err := s.client(v)
	if err != nil {
		return err
	}
	return s.showDeed(v, d, c, d.formOn(v, c.ID))
}

func (s *Service) showDeed(v *page.Visit, d deed, c broker.KnownClient, f *page.Form) error {
	places, err := s.places(v, c)
	if err != nil {
		return err
	}
	return v.Show(d.form, page.View{
		Title: v.T(d.form + ".title"), Crumbs: crumbs(v, c.Client), Form: f, Data: detail{card: cardOf(v, c), Destinations: places},
	})
}

func (s *Service) carryOut(v *page.Visit, d deed) error {
	c, err := s.client(v)
	if err != nil {
		return err
	}
	f := d.formOn(v, c.ID)
	if !f.Read() {
		return s.showDeed(v, d, c, f)
	}
	if err := d.do(v, c.ID); err != nil {
		return refused(err, f, func() error { return s.showDeed(v, d, c, f) })
	}
	return v.Done(at(v, c.ID), d.form+".done")
}
