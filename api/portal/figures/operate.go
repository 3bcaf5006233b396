package figures

import (
	"net/url"
	"slices"
	"time"

	"github.com/vierkant/vierkant/api/portal/page"
	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/broker/operation"
)

// state is what the page of the operation shows.
type state struct {
	operation.Report
	Facts    []fact
	Wrong    []operation.Finding // what somebody has to know, the worst first
	Well     []operation.Finding
	Waiting  []waiting
	Paused   []endpoint
	Expiring []expiring
}

type waiting struct {
	operation.Slow
	Age string
}

type endpoint struct {
	broker.Endpoint
	Kind, ID, Host, Age string
}

type expiring struct {
	broker.DestinationKey
	Left string
	Over bool
}

// operation is how the installation is.
func (s service) operation(v *page.Visit) error {
	r, err := s.Operation.Report(v.Request().Context(), v.Who())
	if err != nil {
		return err
	}
	w := s.writer(v)
	data := state{Report: r, Facts: w.state(r)}
	for _, f := range r.Findings {
		if f.Grade == operation.Well {
			data.Well = append(data.Well, f)
		} else {
			data.Wrong = append(data.Wrong, f)
		}
	}
	slices.SortStableFunc(data.Wrong, func(a, b operation.Finding) int { return rank(a) - rank(b) })
	for _, one := range r.Waiting.Slowest {
		data.Waiting = append(data.Waiting, waiting{one, w.span(r.Deadline.Sub(one.Oldest))})
	}
	for _, e := range r.Endpoints {
		kind, id := e.Receiver.Parts()
		data.Paused = append(data.Paused, endpoint{e, kind, id, hostOf(e.URL), w.span(r.At.Sub(e.Since))})
	}
	for _, k := range r.Keys.Soonest {
		left := k.Expires.Sub(r.At)
		data.Expiring = append(data.Expiring, expiring{k, w.span(left.Abs()), left <= 0})
	}
	return v.Show("operation", page.View{Title: v.T("operation.title"), Data: data, Wide: true})
}

func rank(f operation.Finding) int {
	return slices.Index([]operation.Grade{operation.Trouble, operation.Note}, f.Grade)
}

// hostOf is all of an endpoint's URL that is not between an organisation and its system.
func hostOf(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	return u.Host
}

// state is the figures that stand for themselves.
func (w writer) state(r operation.Report) []fact {
	all := []fact{
		{w.T("operation.waiting"), w.count(r.Waiting.Count)},
		{w.T("operation.signing"), w.backlog(r.Signing, r.At)},
		{w.T("operation.callbacks"), w.backlog(r.Callbacks, r.At)},
		{w.T("operation.lag"), w.lag(r.Lag)},
		{w.T("operation.endpoints"), w.count(r.AllEndpoints)},
	}
	if r.Disk.Total > 0 {
		all = append(all, fact{w.T("operation.disk"), w.T("operation.disk.free", w.bytes(float64(r.Disk.Free)), w.bytes(float64(r.Disk.Total)))})
	}
	if n := r.Notice; n != nil {
		all = append(all, fact{w.T("operation.notice"), w.T("operation.notice.until", w.day(n.Until.In(w.zone))+n.Until.In(w.zone).Format(", 15:04"))})
	}
	return all
}

func (w writer) backlog(b broker.Backlog, now time.Time) string {
	if b.Count == 0 {
		return w.T("operation.none")
	}
	return w.T("operation.backlog", w.count(b.Count), w.span(now.Sub(b.Oldest)))
}

func (w writer) lag(d time.Duration) string {
	if d == 0 {
		return w.T("operation.none")
	}
	return w.span(d)
}
