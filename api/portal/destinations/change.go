package destinations

import (
	"time"

	"github.com/vierkant/vierkant/api/portal/page"
	"github.com/vierkant/vierkant/broker"
)

// seenField holds when the destination was changed that a form is about, so that nobody undoes what somebody else did meanwhile.
const seenField = "seen"

func seen(d broker.Destination) *page.Field {
	return page.Hidden(seenField, d.Changed.UTC().Format(time.RFC3339Nano))
}

// sawIn is what the visitor saw. What cannot be read is something that nobody can have seen.
func sawIn(f *page.Form) time.Time {
	at, err := time.Parse(time.RFC3339Nano, f.Value(seenField))
	if err != nil {
		return time.Unix(1, 0)
	}
	return at
}

// edit is a change that a form is about.
type edit struct {
	form  *page.Form
	apply func(*broker.DestinationDraft)
	show  func() error // the form again
}

func (e edit) draft(now broker.DestinationDraft) (broker.DestinationDraft, error) {
	e.apply(&now)
	now.Seen = sawIn(e.form)
	return now, nil
}

// check has the service tell what is wrong with a change.
func (s *Service) check(v *page.Visit, id broker.DestinationID, e edit) error {
	e.form.Read()
	found, err := s.Destinations.CheckChange(v.Request().Context(), v.Who(), id, e.draft)
	if err == nil {
		tell(v, e.form, found)
	}
	return err
}

// change checks a change and makes it. If it was made the error is nil and done is true.
func (s *Service) change(v *page.Visit, id broker.DestinationID, e edit) (done bool, err error) {
	if err := s.check(v, id, e); err != nil {
		return false, refuse(e.form, err, e.show)
	}
	if e.form.Failed() {
		return false, e.show()
	}
	if _, err := s.Destinations.Change(v.Request().Context(), v.Who(), id, e.draft); err != nil {
		return false, refuse(e.form, err, e.show)
	}
	return true, nil
}

// changeTo is change that leads to the destination's page.
func (s *Service) changeTo(v *page.Visit, id broker.DestinationID, e edit, notice string) error {
	done, err := s.change(v, id, e)
	if !done {
		return err
	}
	return v.Done(at(v, id), notice)
}

// editing is the form of what is said of a destination as a whole.
func (s *Service) editing(v *page.Visit) (d broker.Destination, e edit, err error) {
	sum, err := s.asked(v)
	if err != nil {
		return d, e, err
	}
	d = sum.Destination
	now := broker.DestinationDraft{Name: d.Name, Contact: d.Contact, MetadataVersions: d.MetadataVersions, ReplyChannels: d.ReplyChannels}
	f := v.Form("destination", append(append(basics(now), technics(now)...), seen(d))...).Or(at(v, d.ID))
	return d, edit{
		form: f,
		apply: func(draft *broker.DestinationDraft) {
			readBasics(f, draft)
			readTechnics(f, draft)
		},
		show: func() error {
			return v.Show("form-page", page.View{Title: v.T("edit.title"), Crumbs: crumbs(v, d), Form: f, Scripts: []string{"check.js"}})
		},
	}, nil
}

func (s *Service) askEdit(v *page.Visit) error {
	_, e, err := s.editing(v)
	if err != nil {
		return err
	}
	return e.show()
}

func (s *Service) edit(v *page.Visit) error {
	d, e, err := s.editing(v)
	if err != nil {
		return err
	}
	return s.changeTo(v, d.ID, e, "edit.done")
}

func (s *Service) checkEdit(v *page.Visit) error {
	d, e, err := s.editing(v)
	if err != nil {
		return err
	}
	return s.reportOn(v, d.ID, e)
}

// reportOn tells a script what is wrong with a change.
func (s *Service) reportOn(v *page.Visit, id broker.DestinationID, e edit) error {
	if err := s.check(v, id, e); err != nil {
		return err
	}
	return report(v, e.form)
}
