package team

import (
	"strconv"

	"github.com/vierkant/vierkant/api/portal/page"
	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/broker/account"
)

// soon is within how many days the end of a key needs attention.
const soon = 30

// countable is how many is many, so that nobody waits for how many exactly.
const countable = 100

func counted(n int) string {
	if n < countable {
		return strconv.Itoa(n)
	}
	return strconv.Itoa(countable) + "+"
}

// point is something that needs attention.
type point struct {
	Text, Path string
}

// task is something that people come for.
type task struct {
	Name, Path string // Name is in the keys of its texts
}

// home is the first page of an organisation: what needs attention, and where to go.
func (s service) home(v *page.Visit) error {
	o, err := s.Accounts.Org(ctx(v), v.Who(), v.Org())
	if err != nil {
		return err
	}
	points, err := s.points(v)
	if err != nil {
		return err
	}
	return v.Show("home", page.View{Title: o.Name, Data: struct {
		Org    broker.Org
		Role   broker.Role
		Points []point
		Tasks  []task
	}{o, v.Who().Role, points, tasks(v)}})
}

// tasks are what people come for most, in the order in which a new organisation does them, without what the visitor may not do.
func tasks(v *page.Visit) (all []task) {
	for _, one := range []struct {
		task
		need broker.Right
	}{
		{task{"client", "/clients/new"}, broker.RightClients},
		{task{"destination", "/destinations/new"}, broker.RightDraft},
		{task{"route", "/routes/edit"}, broker.RightDraft},
		{task{"submission", "/submissions"}, broker.RightRead},
		{task{"diagnosis", "/find"}, broker.RightRead},
		{task{"golive", "/golive"}, broker.RightRead},
	} {
		if v.May(one.need) {
			all = append(all, task{one.Name, v.Home() + one.Path})
		}
	}
	return all
}

// points asks the services what waits for somebody.
func (s service) points(v *page.Visit) (all []point, err error) {
	one := broker.Page{Limit: 1}
	for _, ask := range []struct {
		text, path string
		count      func() (int, error)
	}{
		{"home.proposals", "/proposals", func() (int, error) {
			_, n, err := s.Accounts.Proposals(ctx(v), v.Who(), v.Org(), true, one)
			return n, err
		}},
		{"home.keys", "/keys", func() (int, error) {
			return s.Keys.Ending(ctx(v), v.Who(), v.Org(), soon, countable)
		}},
		{"home.callbacks", "/callbacks", func() (int, error) {
			_, n, err := s.Deliveries.Troubled(ctx(v), v.Who(), one)
			return n, err
		}},
		{"home.addresses", "/mails", func() (int, error) { return s.unconfirmed(v) }},
		{"home.owners", "/team", func() (int, error) { return s.lonely(v) }},
	} {
		n, err := ask.count()
		if err != nil {
			return nil, err
		}
		if n > 0 {
			all = append(all, point{v.T(ask.text, counted(n)), v.Home() + ask.path})
		}
	}
	return all, nil
}

// unconfirmed counts the addresses to which no mail goes yet.
func (s service) unconfirmed(v *page.Visit) (n int, err error) {
	addresses, _, err := s.Mails.Addresses(ctx(v), v.Who(), v.Org(), broker.Page{Limit: broker.MaxPage})
	for _, a := range addresses {
		if a.Confirmed.IsZero() {
			n++
		}
	}
	return n, err
}

// lonely is 1 for an organisation with one person only: nobody can release what that person proposes.
func (s service) lonely(v *page.Visit) (int, error) {
	members, _, err := s.Accounts.Members(ctx(v), v.Who(), v.Org(), broker.Page{Limit: broker.MaxPage})
	able := 0
	for _, m := range members {
		if !m.Disabled && releases(m) {
			able++
		}
	}
	if able == 1 {
		return 1, err
	}
	return 0, err
}

func releases(m account.Member) bool {
	return broker.PersonCaller(m.ID, m.Org, m.Role).May(broker.RightRelease)
}
