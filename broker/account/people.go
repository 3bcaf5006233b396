package account

import (
	"context"
	"time"

	"github.com/vierkant/vierkant/broker"
)

const (
	personEntries broker.EntryKind = "person"
	emailEntries  broker.EntryKind = "person-email" // folded address → whose it is
)

// Person is somebody who may act for organisations.
type Person struct {
	ID       broker.PersonID
	Name     string
	Email    string         // as it was given
	Language string         // in which mails and pages speak: de or en; empty: not chosen
	Orgs     []broker.OrgID // that the person belongs to, in the order of joining
	Platform bool           // an operator of the platform
	Disabled bool
	Created  time.Time
}

// personRecord is Person as it is stored.
type personRecord struct {
	ID       broker.PersonID `json:"id"`
	Name     string          `json:"name"`
	Email    string          `json:"email"`
	Language string          `json:"language,omitempty"`
	Orgs     []broker.OrgID  `json:"orgs,omitempty"`
	Platform bool            `json:"platform,omitempty"`
	Disabled bool            `json:"disabled,omitempty"`
	Created  time.Time       `json:"created"`
}

// NewPerson describes somebody.
type NewPerson struct{ Name, Email string }

// Check refuses a name or address that is none.
func (n NewPerson) Check() error {
	if err := broker.CheckName("the name of a person", n.Name); err != nil {
		return err
	}
	return CheckEmail(n.Email)
}

func readPerson(tx broker.Tx, id broker.PersonID) (Person, error) {
	r, err := broker.ReadEntry[personRecord](tx, personEntries, string(id))
	return Person(r), noPerson(err, id)
}

func (p Person) put(tx broker.Tx) error {
	return broker.WriteEntry(tx, personEntries, string(p.ID), "", personRecord(p))
}

// byEmail finds a person; ErrNoRow.
func byEmail(tx broker.Tx, email string) (Person, error) {
	id, err := broker.ReadEntry[broker.PersonID](tx, emailEntries, FoldEmail(email))
	if err != nil {
		return Person{}, err
	}
	return readPerson(tx, id)
}

// take makes the address the person's.
func (p Person) take(tx broker.Tx, email string) error {
	taken, err := present(tx, emailEntries, FoldEmail(email))
	if err == nil && taken {
		return broker.Conflict.New("person-exists", "somebody else has this mail address")
	}
	if err != nil {
		return err
	}
	return broker.WriteEntry(tx, emailEntries, FoldEmail(email), "", p.ID)
}

// create makes a person.
func (a *Accounts) create(tx broker.Tx, who broker.Caller, n NewPerson) (Person, error) {
	return a.createAs(tx, who, broker.NewID[broker.PersonID](), n)
}

// createAs is for people who make themselves: they are known by their own id while they do.
func (a *Accounts) createAs(tx broker.Tx, who broker.Caller, id broker.PersonID, n NewPerson) (Person, error) {
	p := Person{ID: id, Name: n.Name, Email: n.Email, Created: a.cfg.Now().UTC()}
	if err := p.take(tx, n.Email); err != nil {
		return Person{}, err
	}
	if err := p.put(tx); err != nil {
		return Person{}, err
	}
	return p, a.note(tx, who, "", "person.added", string(p.ID), "")
}

// AddPerson makes a person who belongs to no organisation yet. Only operators may; owners add members.
func (a *Accounts) AddPerson(ctx context.Context, who broker.Caller, n NewPerson) (p Person, err error) {
	if err := who.RequireOperator(); err != nil {
		return Person{}, err
	}
	if err := n.Check(); err != nil {
		return Person{}, err
	}
	err = a.cfg.Store.Update(ctx, func(tx broker.Tx) (err error) {
		p, err = a.create(tx, who, n)
		return err
	})
	return p, err
}

// People lists all, in the order in which they were added. Only operators may; an organisation has members.
func (a *Accounts) People(ctx context.Context, who broker.Caller, p broker.Page) (all []Person, total int, err error) {
	if err := who.RequireOperator(); err != nil {
		return nil, 0, err
	}
	if err := p.Check(); err != nil {
		return nil, 0, err
	}
	err = a.cfg.Store.View(ctx, func(tx broker.Tx) error {
		all, total, err = broker.EntriesAs(func(r personRecord) Person { return Person(r) })(tx.Entries(personEntries, p))
		return err
	})
	return all, total, err
}

// Person returns somebody: whoever asks, or for operators anybody. Of a colleague there is Member.
func (a *Accounts) Person(ctx context.Context, who broker.Caller, id broker.PersonID) (p Person, err error) {
	if err := selfOrOperator(who, id); err != nil {
		return Person{}, err
	}
	err = a.cfg.Store.View(ctx, func(tx broker.Tx) (err error) {
		p, err = readPerson(tx, id)
		return err
	})
	return p, err
}

// PersonOf returns the person of an address. Only operators may.
func (a *Accounts) PersonOf(ctx context.Context, who broker.Caller, email string) (p Person, err error) {
	if err := who.RequireOperator(); err != nil {
		return Person{}, err
	}
	err = a.cfg.Store.View(ctx, func(tx broker.Tx) error {
		p, err = byEmail(tx, email)
		return broker.OrNotFound(err, "person-not-found", "nobody has the mail address %s", clip(email))
	})
	return p, err
}

// Change gives a person the name, and the operator of the machine, who alone may, another address: somebody's own address is changed where the new one is
// confirmed by mail (package signin), or a leaked token would be enough to choose another password.
func (a *Accounts) Change(ctx context.Context, who broker.Caller, id broker.PersonID, n NewPerson) (p Person, err error) {
	if err := selfOrMachine(who, id); err != nil {
		return Person{}, err
	}
	if err := n.Check(); err != nil {
		return Person{}, err
	}
	return p, a.cfg.Store.Update(ctx, func(tx broker.Tx) error {
		if p, err = readPerson(tx, id); err != nil {
			return err
		}
		if n.Email != p.Email && who.Person != "" {
			return broker.Forbidden.New("address-unconfirmed", "another mail address takes a confirmation from there: change it in the portal, on the page of your account")
		}
		if err := p.move(tx, n.Email); err != nil {
			return err
		}
		p.Name, p.Email = n.Name, n.Email
		if err := p.put(tx); err != nil {
			return err
		}
		return a.note(tx, who, "", "person.changed", string(id), "")
	})
}

// move takes another address in place of the person's.
func (p Person) move(tx broker.Tx, email string) error {
	if FoldEmail(email) == FoldEmail(p.Email) {
		return nil
	}
	if err := p.take(tx, email); err != nil {
		return err
	}
	return tx.DeleteEntry(emailEntries, FoldEmail(p.Email))
}

// Disable shuts a person out at once, of every organisation, or lets them in again. Only operators may, and nobody themselves.
func (a *Accounts) Disable(ctx context.Context, who broker.Caller, id broker.PersonID, disabled bool) (Person, error) {
	deed := "person.enabled"
	if disabled {
		deed = "person.disabled"
	}
	return a.mark(ctx, who, id, deed, func(p *Person) *bool { return &p.Disabled }, disabled)
}

// Appoint makes a person an operator of the platform, or takes that back. Only operators may, and nobody for themselves.
func (a *Accounts) Appoint(ctx context.Context, who broker.Caller, id broker.PersonID, platform bool) (Person, error) {
	deed := "platform-operator.dismissed"
	if platform {
		deed = "platform-operator.appointed"
	}
	return a.mark(ctx, who, id, deed, func(p *Person) *bool { return &p.Platform }, platform)
}

// mark sets one of the marks that operators put on a person.
func (a *Accounts) mark(ctx context.Context, who broker.Caller, id broker.PersonID, deed string, which func(*Person) *bool, to bool) (p Person, err error) {
	if err := who.RequireOperator(); err != nil {
		return Person{}, err
	}
	if who.Person == id {
		return Person{}, broker.Forbidden.New("forbidden", "nobody does this to themselves: ask another operator")
	}
	return p, a.cfg.Store.Update(ctx, func(tx broker.Tx) error {
		if p, err = readPerson(tx, id); err != nil {
			return err
		}
		if *which(&p) == to {
			return nil
		}
		*which(&p) = to
		if err := p.put(tx); err != nil {
			return err
		}
		if p.Disabled {
			if err := a.EndOthers(tx, who, id, ""); err != nil {
				return err
			}
		}
		return a.note(tx, who, "", deed, string(id), "")
	})
}

// selfOrOperator lets people ask about themselves, and operators about anybody; for others there is no such person.
func selfOrOperator(who broker.Caller, id broker.PersonID) error {
	switch {
	case !who.Known():
		return who.Require()
	case who.Person == id && id != "", who.RequireOperator() == nil:
		return nil
	}
	return noPerson(broker.ErrNoRow, id)
}

// selfOrMachine refuses all but the person, and the operator of the machine: not one of the platform, who could become somebody else.
func selfOrMachine(who broker.Caller, id broker.PersonID) error {
	if err := selfOrOperator(who, id); err != nil {
		return err
	}
	if who.Person != "" && who.Person != id {
		return broker.Forbidden.New("forbidden", "only the person may do this, or the operator at the machine")
	}
	return nil
}

// SetLanguage notes in which language a person wants pages: de or en. The person may.
func (a *Accounts) SetLanguage(ctx context.Context, who broker.Caller, language string) error {
	if who.Person == "" {
		return who.Require()
	}
	if language != "de" && language != "en" {
		return broker.Invalid.New("bad-request", "language must be de or en")
	}
	return a.cfg.Store.Update(ctx, func(tx broker.Tx) error {
		p, err := readPerson(tx, who.Person)
		if err != nil || p.Language == language {
			return err
		}
		p.Language = language
		return p.put(tx)
	})
}
