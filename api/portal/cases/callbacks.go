package cases

import (
	"net/url"
	"slices"
	"time"

	"github.com/vierkant/vierkant/api/portal/page"
	"github.com/vierkant/vierkant/broker"
)

// cockpit is who is called, and where that is in trouble.
type cockpit struct {
	Trouble      []endpoint
	More         int // endpoints in trouble that are not shown
	Destinations []calledDestination
	Pager        page.Pager
}

type endpoint struct {
	broker.Endpoint
	Kind, ID string // of the receiver
	Path     string
}

type calledDestination struct {
	broker.Destination
	Path string
	URL  string // where it is called; "": it looks for itself
}

// callbacks is the cockpit: endpoints in trouble first, then all destinations.
func (s *Service) callbacks(v *page.Visit) error {
	ctx := v.Request().Context()
	trouble, total, err := s.Deliveries.Troubled(ctx, v.Who(), broker.Page{Limit: page.PageSize})
	if err != nil {
		return err
	}
	destinations, all, err := s.Destinations.List(ctx, v.Who(), v.Page())
	if err != nil {
		return err
	}
	data := cockpit{Trouble: endpoints(v, trouble), More: total - len(trouble), Pager: v.Pager(len(destinations), all)}
	for _, d := range destinations {
		called := calledDestination{Destination: d, Path: v.Home() + pathCallbacks + "/" + string(d.ID)}
		if d.Callback != nil {
			called.URL = d.Callback.URL
		}
		data.Destinations = append(data.Destinations, called)
	}
	return v.Show("callbacks", page.View{Title: v.T("callbacks.title"), Data: data, Wide: true})
}

func endpoints(v *page.Visit, all []broker.Endpoint) (shown []endpoint) {
	for _, e := range all {
		kind, receiver := e.Receiver.Parts()
		shown = append(shown, endpoint{e, kind, receiver, v.Home() + pathCallbacks + "/" + receiver})
	}
	return shown
}

// called is a receiver and what was told to it.
type called struct {
	broker.CallbackStatus
	Kind, ID   string
	Path       string
	Trouble    []endpoint
	Deliveries []delivery // the latest first
	Pager      page.Pager
	MayAct     bool // test, resume, replay
	MayChange  bool // the secret
	Test       *page.Form
	Resume     *page.Form
}

// delivery is a callback as pages show it.
type delivery struct {
	broker.Delivery
	Path, About string
	State, Look string
}

// receiver is the page of one destination or client.
func (s *Service) receiver(v *page.Visit) error {
	c, err := s.called(v)
	if err != nil {
		return err
	}
	ctx := v.Request().Context()
	all, total, err := s.Deliveries.To(ctx, v.Who(), c.ID, fromTheEnd(v.Page(), c.Kept))
	if err != nil {
		return err
	}
	slices.Reverse(all)
	for _, d := range all {
		c.Deliveries = append(c.Deliveries, deliveryOf(v, d))
	}
	c.Pager = v.Pager(len(all), total)
	if c.MayAct && c.URL != "" {
		c.Test = v.Form("test").To(c.Path + "/test")
	}
	if c.MayAct && len(c.Trouble) > 0 {
		c.Resume = v.Form("resume").To(c.Path + "/resume")
	}
	return v.Show("receiver", page.View{Title: v.T("receiver."+c.Kind, short(c.ID)), Crumbs: receiverCrumbs(v), Data: c, Wide: true})
}

// fromTheEnd is the part of a list of so many, oldest first, that is a page of the same list with the latest first.
func fromTheEnd(p broker.Page, total int) broker.Page {
	end := max(total-p.Offset, 0)
	begin := max(end-p.Limit, 0)
	return broker.Page{Offset: begin, Limit: max(end-begin, 1)}
}

func (s *Service) called(v *page.Visit) (c called, err error) {
	asked, err := id[string](v, "receiver")
	if err != nil {
		return c, err
	}
	if c.CallbackStatus, err = s.Deliveries.Status(v.Request().Context(), v.Who(), asked); err != nil {
		return c, err
	}
	c.Kind, c.ID = c.Receiver.Parts()
	c.Path, c.Trouble = v.Home()+pathCallbacks+"/"+c.ID, endpoints(v, c.CallbackStatus.Trouble)
	c.MayAct = v.May(broker.RightDraft) || v.May(broker.RightRelease)
	c.MayChange = v.May(broker.RightDraft) && c.URL != ""
	return c, nil
}

func receiverCrumbs(v *page.Visit) []page.Crumb {
	return []page.Crumb{{Text: v.T("home"), Path: v.Home()}, {Text: v.T("callbacks.title"), Path: v.Home() + pathCallbacks}}
}

func deliveryOf(v *page.Visit, d broker.Delivery) delivery {
	shown := delivery{
		Delivery: d, Path: v.Home() + pathDeliveries + "/" + url.PathEscape(string(d.ID)), About: v.Home() + pathSubmissions + "/" + string(d.Submission),
		State: "delivery.taken", Look: "success",
	}
	switch {
	case d.Over.IsZero():
		shown.State, shown.Look = "delivery.owed", "warning"
	case d.GivenUp:
		shown.State, shown.Look = "delivery.given-up", "danger"
	}
	return shown
}

// Last is when it was last attempted; zero: never.
func (d delivery) Last() time.Time {
	if len(d.Attempts) == 0 {
		return time.Time{}
	}
	return d.Attempts[len(d.Attempts)-1].At
}

// ShortID and ShortAbout are the beginnings of ids, by which people tell things apart in a list.
func (d delivery) ShortID() string    { return short(string(d.ID)) }
func (d delivery) ShortAbout() string { return short(string(d.Submission)) }
func (e endpoint) ShortID() string    { return short(e.ID) }
