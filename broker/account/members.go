package account

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/vierkant/vierkant/broker"
)

const memberEntries broker.EntryKind = "member" // "org/person"; owner: the organisation

// Member is a person in an organisation.
type Member struct {
	Person
	Org   broker.OrgID
	Role  broker.Role
	Since time.Time
}

// memberRecord is what is stored of a Member beside the Person.
type memberRecord struct {
	Org    broker.OrgID    `json:"org"`
	Person broker.PersonID `json:"person"`
	Role   broker.Role     `json:"role"`
	Since  time.Time       `json:"since"`
}

func memberID(org broker.OrgID, person broker.PersonID) string {
	return string(org) + "/" + string(person)
}

func (r memberRecord) put(tx broker.Tx) error {
	return broker.WriteEntry(tx, memberEntries, memberID(r.Org, r.Person), string(r.Org), r)
}

// member returns what a person is in an organisation; NotFound.
func member(tx broker.Tx, org broker.OrgID, person broker.PersonID) (memberRecord, error) {
	r, err := broker.ReadEntry[memberRecord](tx, memberEntries, memberID(org, person))
	return r, noPerson(err, person)
}

// with puts the person to it, for those of the organisation: other organisations of the person are not theirs to know.
func (r memberRecord) with(p Person) Member {
	p.Orgs = []broker.OrgID{r.Org}
	return Member{Person: p, Org: r.Org, Role: r.Role, Since: r.Since}
}

func (r memberRecord) load(tx broker.Tx) (Member, error) {
	p, err := readPerson(tx, r.Person)
	return r.with(p), err
}

func checkRole(role broker.Role) error {
	if !slices.Contains(broker.Roles(), role) {
		return broker.Invalid.New("bad-request", "a role is one of %s, not %q", broker.Roles(), clip(role))
	}
	return nil
}

// Members lists those of an organisation, in the order of joining.
func (a *Accounts) Members(ctx context.Context, who broker.Caller, org broker.OrgID, p broker.Page) (all []Member, total int, err error) {
	if err := who.MayList(org, p); err != nil {
		return nil, 0, err
	}
	err = a.cfg.Store.View(ctx, func(tx broker.Tx) error {
		records, n, err := broker.DecodeEntries[memberRecord](tx.EntriesOf(memberEntries, string(org), p))
		all, total = make([]Member, len(records)), n
		for i := 0; i < len(records) && err == nil; i++ {
			all[i], err = records[i].load(tx)
		}
		return err
	})
	return all, total, err
}

// Member returns one.
func (a *Accounts) Member(ctx context.Context, who broker.Caller, org broker.OrgID, person broker.PersonID) (m Member, err error) {
	if err := who.Entitled(org, broker.RightRead); err != nil {
		return Member{}, err
	}
	err = a.cfg.Store.View(ctx, func(tx broker.Tx) error {
		r, err := member(tx, org, person)
		if err != nil {
			return err
		}
		m, err = r.load(tx)
		return err
	})
	return m, err
}

// AddMember has the person with the address belong to org in a role. An address that nobody has yet becomes a person with the name; a person who
// is there keeps the own name, and n.Name may be empty.
func (a *Accounts) AddMember(ctx context.Context, who broker.Caller, org broker.OrgID, n NewPerson, role broker.Role) (m Member, err error) {
	if err := who.Entitled(org, broker.RightPeople); err != nil {
		return Member{}, err
	}
	if err := checkRole(role); err != nil {
		return Member{}, err
	}
	if err := CheckEmail(n.Email); err != nil {
		return Member{}, err
	}
	err = a.cfg.Store.Update(ctx, func(tx broker.Tx) error {
		if err := roomFor(tx, org); err != nil {
			return err
		}
		p, err := a.findOrCreate(tx, who, n)
		if err != nil {
			return err
		}
		m, err = a.join(tx, who, org, p, role)
		return err
	})
	return m, err
}

// roomFor refuses an organisation that is not there, or has as many members as it may.
func roomFor(tx broker.Tx, org broker.OrgID) error {
	if _, err := tx.Org(org); err != nil {
		return broker.NoOrg(err, org)
	}
	_, total, err := tx.EntriesOf(memberEntries, string(org), broker.Page{Limit: 1})
	if err == nil && total >= MaxMembers {
		return broker.Conflict.New("too-many-members", "an organisation has at most %d members", MaxMembers)
	}
	return err
}

func (a *Accounts) findOrCreate(tx broker.Tx, who broker.Caller, n NewPerson) (Person, error) {
	p, err := byEmail(tx, n.Email)
	if !errors.Is(err, broker.ErrNoRow) {
		return p, err
	}
	if err := n.Check(); err != nil {
		return Person{}, err
	}
	return a.create(tx, who, n)
}

// notMember refuses a person who belongs to the organisation.
func notMember(tx broker.Tx, org broker.OrgID, person broker.PersonID) error {
	there, err := present(tx, memberEntries, memberID(org, person))
	if err == nil && there {
		return broker.Conflict.New("person-exists", "this person belongs to the organisation already: change the role instead")
	}
	return err
}

func (a *Accounts) join(tx broker.Tx, who broker.Caller, org broker.OrgID, p Person, role broker.Role) (Member, error) {
	if err := notMember(tx, org, p.ID); err != nil {
		return Member{}, err
	}
	if len(p.Orgs) >= MaxOrgs {
		return Member{}, broker.Conflict.New("too-many-organisations", "a person belongs to at most %d organisations", MaxOrgs)
	}
	p.Orgs = append(p.Orgs, org)
	r := memberRecord{Org: org, Person: p.ID, Role: role, Since: a.cfg.Now().UTC()}
	if err := p.put(tx); err != nil {
		return Member{}, err
	}
	if err := r.put(tx); err != nil {
		return Member{}, err
	}
	return r.with(p), a.note(tx, who, org, "member.added", string(p.ID), string(role))
}

// SetRole gives a member another role.
func (a *Accounts) SetRole(ctx context.Context, who broker.Caller, org broker.OrgID, person broker.PersonID, role broker.Role) (m Member, err error) {
	if err := who.Entitled(org, broker.RightPeople); err != nil {
		return Member{}, err
	}
	if err := checkRole(role); err != nil {
		return Member{}, err
	}
	var r memberRecord
	rule := func(tx broker.Tx) (err error) {
		if r, err = member(tx, org, person); err != nil {
			return err
		}
		if m, err = r.load(tx); err != nil || role == broker.RoleOwner {
			return err
		}
		return keepsOwner(tx, r)
	}
	return m, broker.Decide(ctx, a.cfg.Store, rule, func(tx broker.Tx) error {
		was := r.Role
		if r.Role, m.Role = role, role; was == role {
			return nil
		}
		if err := r.put(tx); err != nil {
			return err
		}
		return a.note(tx, who, org, "member.role-changed", string(person), string(was)+" to "+string(role))
	})
}

// RemoveMember has a person no longer belong to org. Owners may, and whoever leaves.
func (a *Accounts) RemoveMember(ctx context.Context, who broker.Caller, org broker.OrgID, person broker.PersonID) error {
	needed := broker.RightPeople
	if who.Person == person {
		needed = broker.RightRead
	}
	if err := who.Entitled(org, needed); err != nil {
		return err
	}
	rule := func(tx broker.Tx) error {
		r, err := member(tx, org, person)
		if err != nil {
			return err
		}
		return keepsOwner(tx, r)
	}
	return broker.Decide(ctx, a.cfg.Store, rule, func(tx broker.Tx) error {
		if err := leave(tx, org, person); err != nil {
			return err
		}
		return a.note(tx, who, org, "member.removed", string(person), "")
	})
}

func leave(tx broker.Tx, org broker.OrgID, person broker.PersonID) error {
	p, err := readPerson(tx, person)
	if err != nil {
		return err
	}
	p.Orgs = slices.DeleteFunc(p.Orgs, func(o broker.OrgID) bool { return o == org })
	if err := p.put(tx); err != nil {
		return err
	}
	return tx.DeleteEntry(memberEntries, memberID(org, person))
}

// keepsOwner refuses to do without the last owner who can act.
func keepsOwner(tx broker.Tx, without memberRecord) error {
	if without.Role != broker.RoleOwner {
		return nil
	}
	owners, err := Owners(tx, without.Org)
	if err != nil || slices.ContainsFunc(owners, func(p Person) bool { return p.ID != without.Person }) {
		return err
	}
	return broker.Conflict.New("last-owner", "this is the last owner of the organisation who can act: make somebody else an owner first")
}

// Owners returns those of an organisation who can act, in the order of joining. Who may ask is for the caller to decide.
func Owners(tx broker.Tx, org broker.OrgID) (all []Person, err error) {
	members := func(p broker.Page) ([]broker.Entry, int, error) { return tx.EntriesOf(memberEntries, string(org), p) }
	for e, err := range broker.EachEntry(members) {
		if err != nil {
			return nil, err
		}
		r, err := broker.DecodeEntry[memberRecord](e)
		if err != nil {
			return nil, err
		}
		if r.Role != broker.RoleOwner {
			continue
		}
		p, err := readPerson(tx, r.Person)
		if err != nil {
			return nil, err
		}
		if !p.Disabled {
			all = append(all, p)
		}
	}
	return all, nil
}
