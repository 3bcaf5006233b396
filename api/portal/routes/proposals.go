package routes

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"strings"

	"github.com/vierkant/vierkant/api/portal/page"
	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/broker/account"
	"github.com/vierkant/vierkant/broker/publication"
	"github.com/vierkant/vierkant/broker/template"
)

// proposals lists those that are open, or all, the oldest first.
func (s *Service) proposals(v *page.Visit) error {
	all := v.QueryParam("all") != ""
	some, total, err := s.cfg.Accounts.Proposals(v.Request().Context(), v.Who(), v.Org(), !all, v.Page())
	if err != nil {
		return err
	}
	rows := make([]map[string]any, len(some))
	for i, p := range some {
		rows[i] = map[string]any{"Proposal": p, "Subject": subject(v, p.Subject), "By": s.person(v, p.By), "Address": proposalPath(v, p.ID)}
	}
	return v.Show("proposals", page.View{Title: v.T("menu.proposals"), Wide: true, Data: map[string]any{
		"Rows": rows, "Pager": v.Pager(len(rows), total), "All": all, "FourEyes": s.cfg.Publication.Rule().FourEyes,
	}})
}

func proposalPath(v *page.Visit, id account.ProposalID) string {
	return v.Home() + "/proposals/" + string(id)
}

// subject is what a proposal is about, for people.
func subject(v *page.Visit, name string) string {
	switch name {
	case publication.Subject:
		return v.T("subject.routes")
	case template.Subject:
		return v.T("subject.template")
	case subjectKey:
		return v.T("subject.key")
	}
	return name
}

const subjectKey = "destination key" // keycare.Subject

// person is the name of who did something, as members know it; of others it is what is written in the record.
func (s *Service) person(v *page.Visit, name string) string {
	id, person := strings.CutPrefix(name, "person ")
	if !person {
		return name
	}
	m, err := s.cfg.Accounts.Member(v.Request().Context(), v.Who(), v.Org(), broker.PersonID(id))
	if err != nil {
		return name
	}
	return m.Name
}

// ownProposal is the one that the path names, if it is the organisation's: an operator may see others elsewhere.
func (s *Service) ownProposal(v *page.Visit) (account.Proposal, error) {
	id := account.ProposalID(v.Param("proposal"))
	p, err := s.cfg.Accounts.Proposal(v.Request().Context(), v.Who(), id)
	if err == nil && p.Org != v.Org() {
		err = broker.NotFound.New("proposal-not-found", "there is no proposal %.40s in this organisation", id)
	}
	return p, err
}

func (s *Service) proposal(v *page.Visit) error {
	p, err := s.ownProposal(v)
	if err != nil {
		return err
	}
	return s.showProposal(v, p, nil)
}

// deciding is what one may do about a proposal.
type deciding struct {
	Release, Refuse, Withdraw *page.Form // nil: it is not allowed
	Why                       string     // one may not release it
	Releasers                 []account.Member
}

// showProposal shows it with what may be done about it; failed is the form that has to be mended, nil for none.
func (s *Service) showProposal(v *page.Visit, p account.Proposal, failed *page.Form) error {
	d, err := s.cfg.Accounts.Decide(v.Request().Context(), v.Who(), p.ID)
	if err != nil {
		return err
	}
	can := deciding{Releasers: d.Releasers}
	for _, one := range []struct {
		into    **page.Form
		refusal error
		form    *page.Form
	}{
		{&can.Release, d.Release, releaseForm(v, p)}, {&can.Refuse, d.Refuse, endForm(v, p, "refuse")}, {&can.Withdraw, d.Withdraw, endForm(v, p, "withdraw")},
	} {
		if one.refusal != nil {
			continue
		}
		*one.into = one.form
		if failed != nil && failed.Name == one.form.Name {
			*one.into = failed
		}
	}
	can.Why = s.whyNot(v, d.Release)
	data := map[string]any{"Proposal": p, "Subject": subject(v, p.Subject), "By": s.person(v, p.By), "ClosedBy": s.person(v, p.ClosedBy), "Can": can, "Value": indented(p.Value), "Raw": proposalPath(v, p.ID) + "/value"}
	if p.State == account.Open {
		if err := s.told(v, p, data); err != nil {
			return err
		}
	}
	return v.Show("proposal", page.View{
		Title: v.T("proposal.title", subject(v, p.Subject)), Form: failed, Wide: true, Data: data,
		Crumbs: []page.Crumb{{Text: v.T("home"), Path: v.Home()}, {Text: v.T("menu.proposals"), Path: v.Home() + "/proposals"}},
	})
}

// whyNot says why somebody may not release, in the words of the page where it has some.
func (s *Service) whyNot(v *page.Visit, err error) string {
	var known *broker.Error
	if !errors.As(err, &known) {
		return ""
	}
	switch known.Code {
	case "second-person-needed":
		return v.T("decide.second")
	case "forbidden":
		return v.T("decide.role")
	case "proposal-closed":
		return v.T("decide.closed")
	}
	return known.Detail
}

// told adds what the proposal would do now.
func (s *Service) told(v *page.Visit, p account.Proposal, data map[string]any) error {
	ctx, n := v.Request().Context(), s.names(v)
	switch p.Subject {
	case publication.Subject:
		_, set, plan, err := s.cfg.Publication.Proposed(ctx, v.Who(), p.ID)
		data["Plan"], data["Comment"], data["Refused"] = n.plan(plan), set.Comment, plan.Refused()
		return err
	case template.Subject:
		_, now, then, err := s.cfg.Templates.Proposed(ctx, v.Who(), p.ID)
		if now.Version == 0 {
			now.Content = template.Content{}
		}
		data["Lines"] = n.compareAll(n.contentLines(now.Content), n.contentLines(then))
		return err
	}
	return nil
}

// maxShown is how much of a value is shown on the page; a larger one is downloaded.
const maxShown = 32 << 10

func indented(raw json.RawMessage) string {
	if len(raw) > maxShown {
		return ""
	}
	var out bytes.Buffer
	if err := json.Indent(&out, raw, "", "  "); err != nil {
		return string(raw)
	}
	return out.String()
}

// value is what was proposed, byte for byte: its SHA-256 is the digest.
func (s *Service) value(v *page.Visit) error {
	p, err := s.ownProposal(v)
	if err != nil {
		return err
	}
	return v.Download("proposal.json", "application/json", p.Value)
}

func releaseForm(v *page.Visit, p account.Proposal) *page.Form {
	return v.Form("release", page.Hidden("digest", p.Digest)).To(proposalPath(v, p.ID) + "/release")
}

const maxNote = 1024

// endForm is the form with which a proposal is refused or withdrawn.
func endForm(v *page.Visit, p account.Proposal, name string) *page.Form {
	return v.Form(name, page.Area("note").Most(maxNote).Lines(2)).To(proposalPath(v, p.ID) + "/" + name).Dangerous()
}

// release does what was proposed. The digest is that of what the person was shown.
func (s *Service) release(v *page.Visit) error {
	return s.decide(v, releaseForm, func(ctx context.Context, p account.Proposal, f *page.Form) (account.Proposal, error) {
		return s.cfg.Releases.Do(ctx, v.Who(), p, f.Value("digest"))
	})
}

func (s *Service) refuse(v *page.Visit) error {
	return s.decide(v, ending("refuse"), func(ctx context.Context, p account.Proposal, f *page.Form) (account.Proposal, error) {
		return s.cfg.Accounts.Refuse(ctx, v.Who(), p.ID, f.Value("note"))
	})
}

func (s *Service) withdraw(v *page.Visit) error {
	return s.decide(v, ending("withdraw"), func(ctx context.Context, p account.Proposal, f *page.Form) (account.Proposal, error) {
		return s.cfg.Accounts.Withdraw(ctx, v.Who(), p.ID, f.Value("note"))
	})
}

func ending(name string) func(*page.Visit, account.Proposal) *page.Form {
	return func(v *page.Visit, p account.Proposal) *page.Form { return endForm(v, p, name) }
}

// decide does something about a proposal. If that is refused, the proposal is shown as it is now, which may be closed.
func (s *Service) decide(v *page.Visit, form func(*page.Visit, account.Proposal) *page.Form, do func(context.Context, account.Proposal, *page.Form) (account.Proposal, error)) error {
	p, err := s.ownProposal(v)
	if err != nil {
		return err
	}
	f := form(v, p)
	if !f.Read() {
		return s.showProposal(v, p, f)
	}
	_, err = do(v.Request().Context(), p, f)
	if f.Refuse(err) {
		if p, err = s.ownProposal(v); err != nil {
			return err
		}
		return s.showProposal(v, p, f)
	}
	if err != nil {
		return err
	}
	return v.Done(proposalPath(v, p.ID), "decided."+f.Name)
}
