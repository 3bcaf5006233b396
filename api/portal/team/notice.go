package team

import (
	"time"

	"github.com/vierkant/vierkant/api/portal/page"
	"github.com/vierkant/vierkant/broker"
)

// notice announces maintenance, or shows what is announced.
func (s service) notice(v *page.Visit) error {
	now, told := s.Notices.Current()
	f := v.Form("notice",
		page.Date("day").Require(), page.Text("from").Require().Most(5).As("off"), page.Text("until").Require().Most(5).As("off"),
		page.Check("readonly"), page.Text("text").Most(200)).At("bad-request", "until")
	if sent(v) && f.Read() {
		n, fits := announced(v, f)
		if fits {
			err := s.Notices.Announce(ctx(v), v.Who(), n)
			if err == nil {
				return v.Done(v.URL("/platform/notice"), "notice.done")
			}
			if !f.Refuse(err) {
				return err
			}
		}
	}
	return v.Show("notice", page.View{Title: v.T("platform.notice"), Form: f, Data: struct {
		Notice broker.Notice
		Told   bool
		Back   *page.Form
	}{now, told, v.Form("nonotice").To(v.URL("/platform/notice/withdraw"))}})
}

// announced reads a notice out of a form: a day, and the hours of those who live here. What ends before it begins ends on the next day.
func announced(v *page.Visit, f *page.Form) (n broker.Notice, fits bool) {
	n = broker.Notice{ReadOnly: f.Checked("readonly"), Text: f.Value("text")}
	day, err := dayOf(f.Value("day"))
	if err != nil {
		f.Wrong("day", v.T("audit.day"))
		return n, false
	}
	for _, hour := range []struct {
		name string
		into *time.Time
	}{{"from", &n.From}, {"until", &n.Until}} {
		at, err := time.Parse("15:04", f.Value(hour.name))
		if err != nil {
			f.Wrong(hour.name, v.T("notice.hour"))
			return n, false
		}
		*hour.into = time.Date(day.Year(), day.Month(), day.Day(), at.Hour(), at.Minute(), 0, 0, day.Location())
	}
	if n.Until.Before(n.From) {
		n.Until = n.Until.AddDate(0, 0, 1)
	}
	return n, true
}

// withdrawNotice takes it back.
func (s service) withdrawNotice(v *page.Visit) error {
	if err := s.Notices.Withdraw(ctx(v), v.Who()); err != nil {
		return err
	}
	return v.Done(v.URL("/platform/notice"), "notice.withdrawn")
}
