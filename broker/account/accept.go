package account

import (
	"context"

	"github.com/vierkant/vierkant/broker"
)

// Invited is an invitation as the one who has its link sees it.
type Invited struct {
	Invitation
	OrgName string
	Known   bool // somebody has the address already, and signs in to accept
}

// maxInvitationCode is longer than any code that was given out.
const maxInvitationCode = 64

// InvitationByCode returns what a link is for. Whoever has the link may ask; NotFound if it is good no more.
func (a *Accounts) InvitationByCode(ctx context.Context, code string) (i Invited, err error) {
	err = a.cfg.Store.View(ctx, func(tx broker.Tx) error {
		r, err := a.invitation(tx, code)
		if err != nil {
			return err
		}
		org, err := tx.Org(r.Org)
		if err != nil {
			return err
		}
		known, err := present(tx, emailEntries, FoldEmail(r.Email))
		i = Invited{Invitation: r.domain(), OrgName: org.Name, Known: known}
		return err
	})
	return i, err
}

// invitation finds one that is open, by its code.
func (a *Accounts) invitation(tx broker.Tx, code string) (invitationRecord, error) {
	if len(code) > maxInvitationCode {
		return invitationRecord{}, noInvitation(broker.ErrNoRow)
	}
	id, err := broker.ReadEntry[InvitationID](tx, invitationCodes, broker.Digest(code))
	if err != nil {
		return invitationRecord{}, noInvitation(err)
	}
	r, err := broker.ReadEntry[invitationRecord](tx, invitationEntries, string(id))
	if err == nil && !a.cfg.Now().Before(r.Expires) {
		err = broker.ErrNoRow
	}
	return r, noInvitation(err)
}

func noInvitation(err error) error {
	return broker.OrNotFound(err, "invitation-not-found", "this invitation was accepted, withdrawn, or has run out: ask who invited you for another one")
}

// AcceptInvitation makes the person who asks a member. The invitation is for the address that the person has: who has another one is asked to sign in
// as the one who was invited.
func (a *Accounts) AcceptInvitation(ctx context.Context, who broker.Caller, code string) (m Member, err error) {
	if err := mustBePerson(who); err != nil {
		return Member{}, err
	}
	err = a.cfg.Store.Update(ctx, func(tx broker.Tx) error {
		r, err := a.invitation(tx, code)
		if err != nil {
			return err
		}
		p, err := readPerson(tx, who.Person)
		if err != nil {
			return err
		}
		if FoldEmail(p.Email) != FoldEmail(r.Email) {
			return broker.Forbidden.New("invited-somebody-else", "the invitation is for another mail address than yours: sign in with the account of that address, or have yourself invited with yours")
		}
		m, err = a.accept(tx, r, p)
		return err
	})
	return m, err
}

// mustBePerson refuses all who are none: what somebody does for themselves is done by no client, and by no operator at the machine.
func mustBePerson(who broker.Caller) error {
	switch {
	case !who.Known():
		return who.Require()
	case who.Person == "":
		return broker.Forbidden.New("forbidden", "only a person may do this, who is signed in")
	}
	return nil
}

// Join makes a person with the address of an invitation, whom nobody knew, and a member of them, in a transaction of whoever gives the person a way to sign in. An
// address that somebody has is a Conflict: who has the link need not be that person.
func (a *Accounts) Join(tx broker.Tx, code, name string) (Member, error) {
	if err := broker.CheckName("the name of a person", name); err != nil {
		return Member{}, err
	}
	r, err := a.invitation(tx, code)
	if err != nil {
		return Member{}, err
	}
	id := broker.NewID[broker.PersonID]()
	p, err := a.createAs(tx, broker.PersonCaller(id, "", ""), id, NewPerson{Name: name, Email: r.Email})
	if err != nil {
		return Member{}, err
	}
	return a.accept(tx, r, p)
}

// accept ends an invitation with a member.
func (a *Accounts) accept(tx broker.Tx, r invitationRecord, p Person) (Member, error) {
	who := broker.PersonCaller(p.ID, "", "")
	if err := roomFor(tx, r.Org); err != nil {
		return Member{}, err
	}
	if err := r.drop(tx); err != nil {
		return Member{}, err
	}
	m, err := a.join(tx, who, r.Org, p, r.Role)
	if err != nil {
		return Member{}, err
	}
	return m, a.note(tx, who, r.Org, "invitation.accepted", string(r.ID), "invited by "+r.By)
}
