package team

import (
	"github.com/vierkant/vierkant/api/portal/page"
	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/broker/account"
	"github.com/vierkant/vierkant/broker/mail"
)

// allOrgs lists all organisations, for operators of the platform.
func (s service) allOrgs(v *page.Visit) error {
	all, total, err := s.Accounts.Orgs(ctx(v), v.Who(), v.Page())
	if err != nil {
		return err
	}
	return v.Show("all-orgs", page.View{Title: v.T("platform.orgs"), Wide: true, Data: struct {
		Orgs  []broker.Org
		Pager page.Pager
	}{all, v.Pager(len(all), total)}})
}

// people lists those in whose name or address stands what is searched for.
func (s service) people(v *page.Visit) error {
	wanted := v.QueryParam("search")
	if len(wanted) > 200 {
		wanted = ""
	}
	all, total, err := s.Accounts.FindPeople(ctx(v), v.Who(), wanted, v.Page())
	if err != nil {
		return err
	}
	return v.Show("people", page.View{Title: v.T("platform.people"), Wide: true, Data: struct {
		People []account.Person
		Pager  page.Pager
		Wanted string
	}{all, v.Pager(len(all), total), wanted}})
}

// person shows one, with what operators may do.
func (s service) person(v *page.Visit) error {
	who, err := id[broker.PersonID](v, "person")
	if err != nil {
		return err
	}
	p, err := s.Accounts.Person(ctx(v), v.Who(), who)
	if err != nil {
		return err
	}
	orgs, err := s.orgsOf(v, p)
	if err != nil {
		return err
	}
	return v.Show("person", page.View{Title: p.Name, Crumbs: []page.Crumb{{Text: v.T("platform.people"), Path: v.URL("/platform/people")}}, Data: struct {
		Person account.Person
		Orgs   []broker.Org
		Me     bool
		Forms  []*page.Form
	}{p, orgs, p.ID == v.Who().Person, marks(v, p)}})
}

func (s service) orgsOf(v *page.Visit, p account.Person) (all []broker.Org, err error) {
	for _, org := range p.Orgs {
		o, err := s.Accounts.Org(ctx(v), v.Who(), org)
		if err != nil {
			return nil, err
		}
		all = append(all, o)
	}
	return all, nil
}

// marks are the forms of what operators may do with a person.
func marks(v *page.Visit, p account.Person) []*page.Form {
	if p.ID == v.Who().Person {
		return nil
	}
	shut, rise := "disable", "appoint"
	if p.Disabled {
		shut = "enable"
	}
	if p.Platform {
		rise = "dismiss"
	}
	var all []*page.Form
	for _, name := range []string{shut, rise} {
		f := v.Form(name).To(v.URL("/platform/people/" + string(p.ID) + "/" + name))
		if name == "disable" || name == "appoint" {
			f.Dangerous()
		}
		all = append(all, f)
	}
	return all
}

// mark does one of them.
func (s service) mark(v *page.Visit) error {
	who, err := id[broker.PersonID](v, "person")
	if err != nil {
		return err
	}
	var p account.Person
	switch v.Param("deed") {
	case "disable", "enable":
		p, err = s.Accounts.Disable(ctx(v), v.Who(), who, v.Param("deed") == "disable")
	case "appoint", "dismiss":
		p, err = s.Accounts.Appoint(ctx(v), v.Who(), who, v.Param("deed") == "appoint")
	default:
		return errNoPage()
	}
	if err != nil {
		return err
	}
	return v.Done(v.URL("/platform/people/"+string(who)), v.Param("deed")+".done", p.Name)
}

func errNoPage() error { return broker.NotFound.New("not-found", "there is no such page") }

// allMails is the outbox of the whole installation.
func (s service) allMails(v *page.Visit) error {
	all, total, err := s.Mails.All(ctx(v), v.Who(), v.Page())
	if err != nil {
		return err
	}
	return v.Show("mails", page.View{Title: v.T("platform.mails"), Wide: true, Data: outbox{
		Mails: all, Pager: v.Pager(len(all), total), All: true, Base: v.URL("/platform/mails"),
	}})
}

// anyMail shows a mail of whomever.
func (s service) anyMail(v *page.Visit) error {
	one, err := id[mail.ID](v, "mail")
	if err != nil {
		return err
	}
	m, text, err := s.Mails.Any(ctx(v), v.Who(), one)
	if err != nil {
		return err
	}
	crumbs := []page.Crumb{{Text: v.T("platform.mails"), Path: v.URL("/platform/mails")}}
	return v.Show("mail", page.View{Title: text.Subject, Crumbs: crumbs, Data: letter{m, text}})
}

// allAddresses lists addresses, and confirms one without a mail because somebody knows whose it is.
func (s service) allAddresses(v *page.Visit) error {
	f := v.Form("mark", page.Email("address").Require().As("off").Is(v.QueryParam("address"))).At("bad-request", "address")
	if sent(v) && f.Read() {
		a, err := s.Mails.Mark(ctx(v), v.Who(), f.Value("address"))
		if err == nil {
			return v.Done(v.URL("/platform/addresses"), "mark.done", a.Address)
		}
		if !f.Refuse(err) {
			return err
		}
	}
	all, total, err := s.Mails.AllAddresses(ctx(v), v.Who(), v.Page())
	if err != nil {
		return err
	}
	crumbs := []page.Crumb{{Text: v.T("platform.mails"), Path: v.URL("/platform/mails")}}
	return v.Show("addresses", page.View{Title: v.T("platform.addresses"), Crumbs: crumbs, Wide: true, Form: f, Data: outbox{
		Addresses: all, Pager: v.Pager(len(all), total), All: true,
	}})
}
