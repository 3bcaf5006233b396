package team

import (
	"github.com/vierkant/vierkant/api/portal/page"
	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/broker/mail"
)

// mails lists the addresses that an organisation named, and its outbox, as it goes on.
func (s service) mails(v *page.Visit) error {
	addresses, _, err := s.Mails.Addresses(ctx(v), v.Who(), v.Org(), broker.Page{Limit: broker.MaxPage})
	if err != nil {
		return err
	}
	all, total, err := s.Mails.List(ctx(v), v.Who(), v.Org(), v.Page())
	if err != nil {
		return err
	}
	return v.Show("mails", page.View{Title: v.T("mails.title"), Wide: true, Data: outbox{
		Addresses: addresses, Mails: all, Pager: v.Pager(len(all), total), Asks: v.May(broker.RightDraft), Base: v.Home() + "/mails",
	}})
}

// outbox is what a page shows of mails.
type outbox struct {
	Addresses []mail.Address
	Mails     []mail.Mail
	Pager     page.Pager
	Asks      bool // may have a request for confirmation sent
	All       bool // of all organisations
	Base      string
}

// ask has a request for confirmation sent to an address.
func (s service) ask(v *page.Visit) error {
	f := v.Form("ask", page.Email("address").Require().As("off").Is(v.QueryParam("address"))).Or(v.Home()+"/mails").
		At("address-asked", "address").At("bad-request", "address")
	if sent(v) && f.Read() {
		a, err := s.Mails.Ask(ctx(v), v.Who(), v.Org(), f.Value("address"))
		if err == nil && !a.Confirmed.IsZero() {
			return v.Done(v.Home()+"/mails", "ask.known", a.Address)
		}
		if err == nil {
			return v.Done(v.Home()+"/mails", "ask.done", a.Address)
		}
		if !f.Refuse(err) {
			return err
		}
	}
	crumbs := []page.Crumb{{Text: v.T("home"), Path: v.Home()}, {Text: v.T("mails.title"), Path: v.Home() + "/mails"}}
	return v.Show("ask", page.View{Title: v.T("ask.title"), Crumbs: crumbs, Form: f, Data: v.May(broker.RightDraft)})
}

// letter is a mail with its text.
type letter struct {
	mail.Mail
	mail.Text
}

// mail shows one.
func (s service) mail(v *page.Visit) error {
	one, err := id[mail.ID](v, "mail")
	if err != nil {
		return err
	}
	m, text, err := s.Mails.Get(ctx(v), v.Who(), v.Org(), one)
	if err != nil {
		return err
	}
	crumbs := []page.Crumb{{Text: v.T("home"), Path: v.Home()}, {Text: v.T("mails.title"), Path: v.Home() + "/mails"}}
	return v.Show("mail", page.View{Title: text.Subject, Crumbs: crumbs, Data: letter{m, text}})
}

// confirm makes an address one to which mail goes, for whoever has the code from a mail. Opening the link does nothing yet: programs that look at mails open links, too.
func (s service) confirm(v *page.Visit) error {
	f := v.Form("confirm", page.Text("code").Require().As("off").Is(v.QueryParam("code")).Most(64).Typewritten()).At("code-not-found", "code")
	if sent(v) && f.Read() {
		a, err := s.Mails.Confirm(ctx(v), f.Value("code"))
		if err == nil {
			return v.Show("confirmed", page.View{Title: v.T("confirmed.title"), Data: a.Address})
		}
		if !refuse(v, f, "code", err) {
			return err
		}
	}
	return v.Show("confirm", page.View{Title: v.T("confirm.title"), Form: f})
}
