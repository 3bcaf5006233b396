package team

import (
	"github.com/vierkant/vierkant/api/portal/page"
	"github.com/vierkant/vierkant/broker"
)

// orgs is where everybody begins: the organisations of whoever is signed in. Who has one only is led to it.
func (s service) orgs(v *page.Visit) error {
	mine := v.Signed().Orgs
	if len(mine) == 1 && !v.Signed().Person.Platform && v.QueryParam("all") == "" {
		return v.Done(v.URL("/orgs/"+string(mine[0].ID)), "")
	}
	return v.Show("orgs", page.View{Title: v.T("orgs.title"), Data: struct {
		Orgs     []broker.Org
		MayFound bool
		Platform bool
	}{mine, s.Accounts.MayFound(v.Who()), v.Signed().Person.Platform}})
}

// found makes an organisation.
func (s service) found(v *page.Visit) error {
	f := v.Form("found", page.Text("name").Require().As("organization").Most(100)).Or(v.URL(page.HomePath))
	if sent(v) && f.Read() {
		o, err := s.Accounts.Found(ctx(v), v.Who(), f.Value("name"))
		if err == nil {
			return v.Done(v.URL("/orgs/"+string(o.ID)), "found.done", o.Name)
		}
		if !f.Refuse(err) {
			return err
		}
	}
	return v.Show("found", page.View{Title: v.T("found.title"), Form: f, Data: s.Accounts.MayFound(v.Who())})
}

// sent reports whether a form comes with the request.
func sent(v *page.Visit) bool { return v.Request().Method != "GET" }
