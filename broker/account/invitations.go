package account

import (
	"context"
	"crypto/rand"
	"errors"
	"net/url"
	"strings"
	"time"

	"github.com/vierkant/vierkant/broker"
)

// Bounds of invitations.
const (
	InvitationsLast = 7 * 24 * time.Hour
	InvitePause     = 24 * time.Hour // between two letters to one address from one organisation, whatever became of the first
	MaxInvitations  = 100            // of an organisation that are open
)

const (
	invitationEntries broker.EntryKind = "invitation"      // owner: the organisation
	invitationCodes   broker.EntryKind = "invitation-code" // hex SHA-256 of the code → which one
	invitedEntries    broker.EntryKind = "invited"         // organisation and address → when a letter was last owed; owner: the organisation
)

// Invitations run out by timers of this queue, by the wall clock: the ID is that of an invitation, or one of invitedEntries behind invitedPrefix.
const invitationTimers broker.TimerQueue = "invitation"

const invitedPrefix = "invited "

// InvitationPath is where the link of an invitation leads, below the public URL.
const InvitationPath = "/portal/invitation"

// InvitationID names an invitation.
type InvitationID string

// Invitation is what an owner offered somebody: to belong to an organisation in a role. There is one as long as it is open; what became of it stands in
// the audit log.
type Invitation struct {
	ID      InvitationID
	Org     broker.OrgID
	Email   string
	Role    broker.Role
	Made    time.Time
	By      string // broker.Caller.Name
	Expires time.Time
}

// invitationRecord is Invitation as it is stored.
type invitationRecord struct {
	ID      InvitationID `json:"id"`
	Org     broker.OrgID `json:"org"`
	Email   string       `json:"email"`
	Role    broker.Role  `json:"role"`
	Made    time.Time    `json:"made"`
	By      string       `json:"by"`
	Expires time.Time    `json:"expires"`
	Code    string       `json:"code"` // the key of its code
}

func (r invitationRecord) domain() Invitation {
	return Invitation{ID: r.ID, Org: r.Org, Email: r.Email, Role: r.Role, Made: r.Made, By: r.By, Expires: r.Expires}
}

// Letter is what somebody is told by mail with a link that nobody else may have.
type Letter struct {
	To      string
	Org     broker.OrgID
	Link    string // path below the public URL
	Expires time.Time
	By      string // for people: who writes
	Role    broker.Role
}

// Invite offers somebody to belong to org in a role. The letter that is owed has a link with a code of 128 random bits, of which only the digest is
// kept here. Owners may, and operators. The same address is written to once a day at most.
func (a *Accounts) Invite(ctx context.Context, who broker.Caller, org broker.OrgID, email string, role broker.Role) (i Invitation, err error) {
	if err := who.Entitled(org, broker.RightPeople); err != nil {
		return Invitation{}, err
	}
	if err := checkRole(role); err != nil {
		return Invitation{}, err
	}
	if err := CheckEmail(email); err != nil {
		return Invitation{}, err
	}
	code, now := rand.Text(), a.cfg.Now().UTC()
	r := invitationRecord{
		ID: broker.NewID[InvitationID](), Org: org, Email: email, Role: role, Made: now, By: who.Name(), Expires: now.Add(InvitationsLast), Code: broker.Digest(code),
	}
	rule := func(tx broker.Tx) error { return r.acceptable(tx, now) }
	return r.domain(), broker.Decide(ctx, a.cfg.Store, rule, func(tx broker.Tx) error {
		if err := r.put(tx); err != nil {
			return err
		}
		if err := a.post(tx, who, r, code); err != nil {
			return err
		}
		return a.note(tx, who, org, "invitation.made", string(r.ID), email+" as "+string(role))
	})
}

// post owes the letter.
func (a *Accounts) post(tx broker.Tx, who broker.Caller, r invitationRecord, code string) error {
	by, err := nameOf(tx, who)
	if err != nil {
		return err
	}
	return a.cfg.Post(tx, Letter{
		To: r.Email, Org: r.Org, Link: InvitationPath + "?" + url.Values{"code": {code}}.Encode(), Expires: r.Expires, By: by, Role: r.Role,
	})
}

// nameOf says to people who somebody is.
func nameOf(tx broker.Tx, who broker.Caller) (string, error) {
	if who.Person == "" {
		return who.Name(), nil
	}
	p, err := readPerson(tx, who.Person)
	return p.Name, err
}

// acceptable refuses an invitation of somebody who belongs to the organisation, or was written to already, and one too many.
func (r invitationRecord) acceptable(tx broker.Tx, now time.Time) error {
	if err := roomFor(tx, r.Org); err != nil {
		return err
	}
	if err := r.newcomer(tx); err != nil {
		return err
	}
	last, err := broker.ReadEntry[time.Time](tx, invitedEntries, r.invited())
	if err == nil && now.Before(last.Add(InvitePause)) {
		return broker.Conflict.New("invited-already", "an invitation went to this address less than a day ago: wait for its answer, or invite again after %s", last.Add(InvitePause).Format(time.RFC3339))
	}
	if err != nil && !errors.Is(err, broker.ErrNoRow) {
		return err
	}
	_, open, err := tx.EntriesOf(invitationEntries, string(r.Org), broker.Page{Limit: 1})
	if err == nil && open >= MaxInvitations {
		return broker.Conflict.New("too-many-invitations", "an organisation has at most %d open invitations: withdraw some, or wait until they have run out", MaxInvitations)
	}
	return err
}

func (r invitationRecord) newcomer(tx broker.Tx) error {
	p, err := byEmail(tx, r.Email)
	if errors.Is(err, broker.ErrNoRow) {
		return nil
	}
	if err != nil {
		return err
	}
	return notMember(tx, r.Org, p.ID)
}

// invited is the key under which is kept when the address was last written to.
func (r invitationRecord) invited() string { return string(r.Org) + " " + FoldEmail(r.Email) }

func (r invitationRecord) put(tx broker.Tx) error {
	if err := broker.WriteEntry(tx, invitationEntries, string(r.ID), string(r.Org), r); err != nil {
		return err
	}
	if err := broker.WriteEntry(tx, invitationCodes, r.Code, "", r.ID); err != nil {
		return err
	}
	if err := broker.WriteEntry(tx, invitedEntries, r.invited(), string(r.Org), r.Made); err != nil {
		return err
	}
	if err := tx.PutTimer(broker.Timer{Queue: invitationTimers, ID: invitedPrefix + r.invited(), At: r.Made.Add(InvitePause)}); err != nil {
		return err
	}
	return tx.PutTimer(broker.Timer{Queue: invitationTimers, ID: string(r.ID), At: r.Expires})
}

// drop ends an invitation: its link leads nowhere any more.
func (r invitationRecord) drop(tx broker.Tx) error {
	if err := tx.DeleteEntry(invitationEntries, string(r.ID)); err != nil {
		return err
	}
	if err := tx.DeleteEntry(invitationCodes, r.Code); err != nil {
		return err
	}
	return tx.DeleteTimer(invitationTimers, string(r.ID))
}

// Invitations lists those of an organisation that are open, in the order in which they were made. It takes the right to read.
func (a *Accounts) Invitations(ctx context.Context, who broker.Caller, org broker.OrgID, p broker.Page) (all []Invitation, total int, err error) {
	if err := who.MayList(org, p); err != nil {
		return nil, 0, err
	}
	err = a.cfg.Store.View(ctx, func(tx broker.Tx) error {
		all, total, err = broker.EntriesAs(invitationRecord.domain)(tx.EntriesOf(invitationEntries, string(org), p))
		return err
	})
	return all, total, err
}

// WithdrawInvitation takes one back. Owners may, and operators.
func (a *Accounts) WithdrawInvitation(ctx context.Context, who broker.Caller, org broker.OrgID, id InvitationID) error {
	if err := who.Entitled(org, broker.RightPeople); err != nil {
		return err
	}
	return a.cfg.Store.Update(ctx, func(tx broker.Tx) error {
		r, err := broker.ReadEntry[invitationRecord](tx, invitationEntries, string(id))
		if err == nil && r.Org != org {
			err = broker.ErrNoRow
		}
		if err != nil {
			return broker.OrNotFound(err, "invitation-not-found", "the organisation has no open invitation %s: list them", clip(id))
		}
		if err := r.drop(tx); err != nil {
			return err
		}
		return a.note(tx, who, org, "invitation.withdrawn", string(id), r.Email)
	})
}

// ExpireInvitations ends those that nobody accepted in time.
func (a *Accounts) ExpireInvitations(ctx context.Context) error {
	for more := true; more; {
		now := a.cfg.Now()
		err := a.cfg.Store.Update(ctx, func(tx broker.Tx) error {
			due, err := tx.DueTimers(invitationTimers, now, broker.MaxPage)
			more = len(due) == broker.MaxPage
			for _, t := range due {
				err = errors.Join(err, runOut(tx, now, t))
			}
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func runOut(tx broker.Tx, now time.Time, t broker.Timer) error {
	if err := tx.DeleteTimer(invitationTimers, t.ID); err != nil {
		return err
	}
	if key, is := strings.CutPrefix(t.ID, invitedPrefix); is {
		return tx.DeleteEntry(invitedEntries, key)
	}
	r, err := broker.ReadEntry[invitationRecord](tx, invitationEntries, t.ID)
	if errors.Is(err, broker.ErrNoRow) {
		return nil
	}
	if err != nil {
		return err
	}
	if err := r.drop(tx); err != nil {
		return err
	}
	return broker.NoteItself(tx, now, broker.Deed{Org: r.Org, Deed: "invitation.expired", Subject: t.ID, Detail: r.Email})
}
