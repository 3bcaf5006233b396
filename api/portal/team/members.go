package team

import (
	"github.com/vierkant/vierkant/api/portal/page"
	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/broker/account"
)

// roles are what a member may be, as options.
func roles() []string {
	all := make([]string, 0, len(broker.Roles()))
	for _, r := range broker.Roles() {
		all = append(all, string(r))
	}
	return all
}

// members lists the people of an organisation, and who was invited.
func (s service) members(v *page.Visit) error {
	all, total, err := s.Accounts.Members(ctx(v), v.Who(), v.Org(), v.Page())
	if err != nil {
		return err
	}
	invited, _, err := s.Accounts.Invitations(ctx(v), v.Who(), v.Org(), broker.Page{Limit: account.MaxInvitations})
	if err != nil {
		return err
	}
	return v.Show("members", page.View{Title: v.T("members.title"), Wide: true, Data: struct {
		Members []account.Member
		Pager   page.Pager
		Invited []account.Invitation
		Manages bool
		Me      broker.PersonID
	}{all, v.Pager(len(all), total), invited, v.May(broker.RightPeople), v.Who().Person}})
}

func (s service) crumbs(v *page.Visit, more ...page.Crumb) []page.Crumb {
	return append([]page.Crumb{{Text: v.T("home"), Path: v.Home()}, {Text: v.T("members.title"), Path: v.Home() + "/team"}}, more...)
}

// invite has somebody asked to belong to the organisation.
func (s service) invite(v *page.Visit) error {
	f := v.Form("invite", page.Email("email").Require().As("off"), page.Radio("role", roles()...).Require()).
		Or(v.Home()+"/team").At("invited-already", "email").At("person-exists", "email").At("bad-request", "email")
	if sent(v) && f.Read() {
		i, err := s.Accounts.Invite(ctx(v), v.Who(), v.Org(), f.Value("email"), broker.Role(f.Value("role")))
		if err == nil {
			return v.Done(v.Home()+"/team", "invite.done", i.Email)
		}
		if !f.Refuse(err) {
			return err
		}
	}
	return v.Show("invite", page.View{Title: v.T("invite.title"), Crumbs: s.crumbs(v), Form: f, Data: v.May(broker.RightPeople)})
}

// withdraw takes an invitation back.
func (s service) withdraw(v *page.Visit) error {
	invitation, err := id[account.InvitationID](v, "invitation")
	if err != nil {
		return err
	}
	if err := s.Accounts.WithdrawInvitation(ctx(v), v.Who(), v.Org(), invitation); err != nil {
		return err
	}
	return v.Done(v.Home()+"/team", "withdraw.done")
}

// member shows a person, whose role can be changed.
func (s service) member(v *page.Visit) error {
	person, err := id[broker.PersonID](v, "person")
	if err != nil {
		return err
	}
	m, err := s.Accounts.Member(ctx(v), v.Who(), v.Org(), person)
	if err != nil {
		return err
	}
	f := v.Form("role", page.Radio("role", roles()...).Require().Is(string(m.Role))).Or(v.Home()+"/team").At("last-owner", "role")
	if sent(v) && f.Read() {
		_, err := s.Accounts.SetRole(ctx(v), v.Who(), v.Org(), person, broker.Role(f.Value("role")))
		if err == nil {
			return v.Done(v.Home()+"/team", "role.done", m.Name)
		}
		if !f.Refuse(err) {
			return err
		}
	}
	return v.Show("member", page.View{Title: m.Name, Crumbs: s.crumbs(v), Form: f, Data: struct {
		Member  account.Member
		Manages bool
		Me      bool
	}{m, v.May(broker.RightPeople), m.ID == v.Who().Person}})
}

// remove asks before a person is out.
func (s service) remove(v *page.Visit) error {
	person, err := id[broker.PersonID](v, "person")
	if err != nil {
		return err
	}
	m, err := s.Accounts.Member(ctx(v), v.Who(), v.Org(), person)
	if err != nil {
		return err
	}
	f := v.Form("remove").Or(v.Home() + "/team").Dangerous()
	if sent(v) && f.Read() {
		err := s.Accounts.RemoveMember(ctx(v), v.Who(), v.Org(), person)
		switch {
		case err == nil && person == v.Who().Person:
			return v.Done(v.URL(page.HomePath), "remove.left")
		case err == nil:
			return v.Done(v.Home()+"/team", "remove.done", m.Name)
		case !f.Refuse(err):
			return err
		}
	}
	return v.Show("remove", page.View{
		Title: v.T("remove.title", m.Name), Crumbs: s.crumbs(v, page.Crumb{Text: m.Name, Path: v.Home() + "/team/" + string(m.ID)}), Form: f, Data: m,
	})
}
