package cases

import (
	"time"

	"github.com/vierkant/vierkant/api/portal/page"
	"github.com/vierkant/vierkant/broker"
)

// tested is what came of a call that was made to see whether it can be.
type tested struct {
	broker.Trial
	Path string // of the receiver
}

// test calls a destination now, and shows what came of it.
func (s *Service) test(v *page.Visit) error {
	asked, err := id[broker.DestinationID](v, "receiver")
	if err != nil {
		return err
	}
	trial, err := s.Try(v.Request().Context(), v.Who(), asked)
	if err != nil {
		return err
	}
	path := v.Home() + pathCallbacks + "/" + string(asked)
	crumbs := append(receiverCrumbs(v), page.Crumb{Text: v.T("receiver.destination", short(string(asked))), Path: path})
	return v.Show("trial", page.View{Title: v.T("trial.title"), Crumbs: crumbs, Data: tested{trial, path}})
}

// resume has a receiver called again.
func (s *Service) resume(v *page.Visit) error {
	asked, err := id[string](v, "receiver")
	if err != nil {
		return err
	}
	if _, err := s.Deliveries.Resume(v.Request().Context(), v.Who(), asked); err != nil {
		return err
	}
	return v.Done(v.Home()+pathCallbacks+"/"+asked, "resume.done")
}

// replayForm asks since when, and what.
func replayForm(v *page.Visit, c called) *page.Form {
	return v.Form("replay", page.Date("since").Require(), page.Radio("which", "undelivered", "all").Require().Is("undelivered")).Or(c.Path).
		At("too-many-callbacks", "since")
}

func (s *Service) askReplay(v *page.Visit) error {
	c, err := s.called(v)
	if err != nil {
		return err
	}
	return showForm(v, c, "replay.title", replayForm(v, c))
}

func showForm(v *page.Visit, c called, title string, f *page.Form) error {
	crumbs := append(receiverCrumbs(v), page.Crumb{Text: v.T("receiver."+c.Kind, short(c.ID)), Path: c.Path})
	return v.Show("deed", page.View{Title: v.T(title), Crumbs: crumbs, Form: f, Data: title + ".about"})
}

// replay makes callbacks again.
func (s *Service) replay(v *page.Visit) error {
	c, err := s.called(v)
	if err != nil {
		return err
	}
	f := replayForm(v, c)
	if f.Read() {
		which := broker.Which{Since: dayIn(v, f, "since", 0), Undelivered: f.Value("which") == "undelivered"}
		if f.Failed() {
			return showForm(v, c, "replay.title", f)
		}
		n, err := s.Deliveries.ReplayTo(v.Request().Context(), v.Who(), c.ID, which)
		if err == nil {
			return v.Done(c.Path, "replay.done", n)
		}
		if !f.Refuse(err) {
			return err
		}
	}
	return showForm(v, c, "replay.title", f)
}

// overlaps are for how long the secret before is good, by their names.
func overlaps() map[string]time.Duration {
	const day = 24 * time.Hour
	return map[string]time.Duration{"none": 0, "day": day, "week": 7 * day}
}

func secretForm(v *page.Visit, c called) *page.Form {
	return v.Form("secret", page.Radio("overlap", "day", "week", "none").Require().Is("day"), page.Password("own", "off")).Or(c.Path)
}

func (s *Service) askSecret(v *page.Visit) error {
	c, err := s.called(v)
	if err != nil {
		return err
	}
	return showForm(v, c, "secret.title", secretForm(v, c))
}

// rotated is a secret on the one page that shows it.
type rotated struct {
	Secret, Path string
	Until        time.Time // until when the one before is good
}

// secret gives a destination's callback a new secret, and shows it once.
func (s *Service) secret(v *page.Visit) error {
	c, err := s.called(v)
	if err != nil {
		return err
	}
	f := secretForm(v, c)
	if f.Read() {
		d, secret, err := s.Destinations.CallbackSecret(v.Request().Context(), v.Who(), broker.DestinationID(c.ID), f.Value("own"), overlaps()[f.Value("overlap")])
		if err == nil {
			return v.Show("rotated", page.View{Title: v.T("secret.made"), Crumbs: receiverCrumbs(v), Data: rotated{secret, c.Path, d.Callback.FormerUntil}})
		}
		if !f.Refuse(err) {
			return err
		}
	}
	return showForm(v, c, "secret.title", f)
}

// one is a callback with all its attempts.
type one struct {
	delivery
	Replay   *page.Form
	Receiver string // address of its page
}

func (s *Service) delivery(v *page.Visit) error {
	asked, err := id[broker.DeliveryID](v, "delivery")
	if err != nil {
		return err
	}
	d, err := s.Deliveries.Get(v.Request().Context(), v.Who(), asked)
	if err != nil {
		return err
	}
	kind, receiver := d.Receiver().Parts()
	data := one{delivery: deliveryOf(v, d), Receiver: v.Home() + pathCallbacks + "/" + receiver}
	if v.May(broker.RightDraft) || v.May(broker.RightRelease) {
		data.Replay = v.Form("again").To(data.Path + "/replay")
	}
	crumbs := append(receiverCrumbs(v), page.Crumb{Text: v.T("receiver."+kind, short(receiver)), Path: data.Receiver})
	return v.Show("delivery", page.View{Title: v.T("delivery.one", short(string(d.ID))), Crumbs: crumbs, Data: data})
}

// replayOne makes one callback again.
func (s *Service) replayOne(v *page.Visit) error {
	asked, err := id[broker.DeliveryID](v, "delivery")
	if err != nil {
		return err
	}
	if _, err := s.Deliveries.Replay(v.Request().Context(), v.Who(), asked); err != nil {
		return err
	}
	return v.Done(v.Home()+pathDeliveries+"/"+string(asked), "again.done")
}
