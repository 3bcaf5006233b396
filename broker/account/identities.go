package account

import (
	"context"
	"errors"
	"time"

	"github.com/vierkant/vierkant/broker"
)

const identityEntries broker.EntryKind = "identity" // digest of issuer and subject; owner: the person

// MaxIdentities is how many a person has.
const MaxIdentities = 10

// IdentityID names an identity.
type IdentityID string

// Identity is somebody at an OpenID provider who is a person here. It is found by issuer and subject together, and by nothing else: a mail address says who
// reads mail at the provider, not who it is.
type Identity struct {
	ID       IdentityID
	Person   broker.PersonID
	Provider string // its name in the configuration, when it was linked
	Issuer   string
	Subject  string
	Linked   time.Time
}

// identityRecord is Identity as it is stored.
type identityRecord struct {
	ID       IdentityID      `json:"id"`
	Person   broker.PersonID `json:"person"`
	Provider string          `json:"provider"`
	Issuer   string          `json:"issuer"`
	Subject  string          `json:"subject"`
	Linked   time.Time       `json:"linked"`
}

// identityKey keeps issuer and subject apart: neither holds a NUL.
func identityKey(issuer, subject string) string { return broker.Digest(issuer + "\x00" + subject) }

// IdentityOf finds whose an identity is; broker.ErrNoRow.
func IdentityOf(tx broker.Tx, issuer, subject string) (Identity, error) {
	r, err := broker.ReadEntry[identityRecord](tx, identityEntries, identityKey(issuer, subject))
	return Identity(r), err
}

// Link makes an identity a person's, in the transaction in which both were proved. One that is somebody else's is a Conflict; one that is the person's already is none.
func (a *Accounts) Link(tx broker.Tx, person broker.PersonID, i Identity) error {
	was, err := IdentityOf(tx, i.Issuer, i.Subject)
	if err == nil && was.Person == person {
		return nil
	}
	if err == nil {
		return broker.Conflict.New("identity-taken", "this account at the provider is linked to another person here: sign in with it, or use another one")
	}
	if !errors.Is(err, broker.ErrNoRow) {
		return err
	}
	_, n, err := tx.EntriesOf(identityEntries, string(person), broker.Page{Limit: 1})
	if err != nil {
		return err
	}
	if n >= MaxIdentities {
		return broker.Conflict.New("too-many-identities", "a person has at most %d linked accounts: unlink some", MaxIdentities)
	}
	i.ID, i.Person, i.Linked = broker.NewID[IdentityID](), person, a.cfg.Now().UTC()
	if err := broker.WriteEntry(tx, identityEntries, identityKey(i.Issuer, i.Subject), string(person), identityRecord(i)); err != nil {
		return err
	}
	return a.note(tx, broker.PersonCaller(person, "", ""), "", "identity.linked", string(i.ID), i.Provider)
}

// Identities lists those of a person. The person may, and operators.
func (a *Accounts) Identities(ctx context.Context, who broker.Caller, person broker.PersonID) (all []Identity, err error) {
	if err := selfOrOperator(who, person); err != nil {
		return nil, err
	}
	err = a.cfg.Store.View(ctx, func(tx broker.Tx) error {
		if _, err := readPerson(tx, person); err != nil {
			return err
		}
		all, _, err = broker.EntriesAs(func(r identityRecord) Identity { return Identity(r) })(
			tx.EntriesOf(identityEntries, string(person), broker.Page{Limit: broker.MaxPage}))
		return err
	})
	return all, err
}

// Unlink has an identity let nobody in any more. The person may, and operators: what was taken over at the provider is shut out by whoever hears of it.
func (a *Accounts) Unlink(ctx context.Context, who broker.Caller, person broker.PersonID, id IdentityID) error {
	all, err := a.Identities(ctx, who, person)
	if err != nil {
		return err
	}
	for _, i := range all {
		if i.ID == id {
			return a.cfg.Store.Update(ctx, func(tx broker.Tx) error {
				if err := tx.DeleteEntry(identityEntries, identityKey(i.Issuer, i.Subject)); err != nil {
					return err
				}
				return a.note(tx, who, "", "identity.unlinked", string(id), "of person "+string(person))
			})
		}
	}
	return broker.NotFound.New("identity-not-found", "this person has no linked account %s", clip(id))
}
