package account

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/vierkant/vierkant/broker"
)

const tokenEntries broker.EntryKind = "token" // hex SHA-256 of the token; owner: the person

// TokenPrefix begins every personal token, so that people and programs that look for leaked secrets know one when they see it.
const TokenPrefix = "vkp_"

// How long a token is good.
const (
	DefaultLife = 90 * 24 * time.Hour
	MaxLife     = 366 * 24 * time.Hour
)

// TokenID names a token. It is no secret.
type TokenID string

// Token is what is known of a personal token.
type Token struct {
	ID       TokenID
	Person   broker.PersonID
	Name     string // for its owner: what it is for
	Issued   time.Time
	IssuedBy string // broker.Caller.Name
	Expires  time.Time
}

// tokenRecord is Token as it is stored.
type tokenRecord struct {
	ID       TokenID         `json:"id"`
	Person   broker.PersonID `json:"person"`
	Name     string          `json:"name"`
	Issued   time.Time       `json:"issued"`
	IssuedBy string          `json:"by"`
	Expires  time.Time       `json:"expires"`
}

// newToken returns 256 random bits, base64url without padding, behind the prefix.
func newToken() string { return TokenPrefix + broker.NewSecret() }

// IssueToken makes a token for a person and returns it, shown this once. Only that person may, or the operator of the machine: the first one comes
// from there. life zero means DefaultLife.
func (a *Accounts) IssueToken(ctx context.Context, who broker.Caller, person broker.PersonID, name string, life time.Duration) (t Token, token string, err error) {
	if err := selfOrMachine(who, person); err != nil {
		return Token{}, "", err
	}
	if life == 0 {
		life = DefaultLife
	}
	if life < 0 || life > MaxLife {
		return Token{}, "", broker.Invalid.New("bad-request", "a token is good for at most %d days", MaxLife/24/time.Hour)
	}
	if err := broker.CheckName("the name of a token", name); err != nil {
		return Token{}, "", err
	}
	now := a.cfg.Now().UTC()
	t = Token{ID: broker.NewID[TokenID](), Person: person, Name: name, Issued: now, IssuedBy: who.Name(), Expires: now.Add(life)}
	token = newToken()
	return t, token, a.cfg.Store.Update(ctx, func(tx broker.Tx) error {
		if err := roomForToken(tx, person, now); err != nil {
			return err
		}
		if err := broker.WriteEntry(tx, tokenEntries, broker.Digest(token), string(person), tokenRecord(t)); err != nil {
			return err
		}
		return a.note(tx, who, "", "token.issued", string(t.ID), "for person "+string(person))
	})
}

// roomForToken refuses a person who is not there, or has too many tokens; those that have expired make room.
func roomForToken(tx broker.Tx, person broker.PersonID, now time.Time) error {
	if _, err := readPerson(tx, person); err != nil {
		return err
	}
	entries, _, err := tx.EntriesOf(tokenEntries, string(person), broker.Page{Limit: MaxTokens})
	if err != nil {
		return err
	}
	good := 0
	for _, e := range entries {
		r, err := broker.DecodeEntry[tokenRecord](e)
		if err != nil {
			return err
		}
		if now.Before(r.Expires) {
			good++
		} else if err := tx.DeleteEntry(tokenEntries, e.ID); err != nil {
			return err
		}
	}
	if good >= MaxTokens {
		return broker.Conflict.New("too-many-tokens", "a person has at most %d tokens: revoke some", MaxTokens)
	}
	return nil
}

// Tokens lists those of a person that were not revoked, in the order in which they were issued.
func (a *Accounts) Tokens(ctx context.Context, who broker.Caller, person broker.PersonID, p broker.Page) (all []Token, total int, err error) {
	if err := selfOrOperator(who, person); err != nil {
		return nil, 0, err
	}
	if err := p.Check(); err != nil {
		return nil, 0, err
	}
	err = a.cfg.Store.View(ctx, func(tx broker.Tx) error {
		all, total, err = broker.EntriesAs(func(r tokenRecord) Token { return Token(r) })(tx.EntriesOf(tokenEntries, string(person), p))
		return err
	})
	return all, total, err
}

// RevokeToken makes a token good no more, at once. The person may, and operators: what leaked is revoked by whoever hears of it.
func (a *Accounts) RevokeToken(ctx context.Context, who broker.Caller, person broker.PersonID, id TokenID) error {
	if err := selfOrOperator(who, person); err != nil {
		return err
	}
	return a.cfg.Store.Update(ctx, func(tx broker.Tx) error {
		key, err := findToken(tx, person, id)
		if err != nil {
			return err
		}
		if err := tx.DeleteEntry(tokenEntries, key); err != nil {
			return err
		}
		return a.note(tx, who, "", "token.revoked", string(id), "of person "+string(person))
	})
}

// findToken returns where a person's token is kept.
func findToken(tx broker.Tx, person broker.PersonID, id TokenID) (key string, err error) {
	entries, _, err := tx.EntriesOf(tokenEntries, string(person), broker.Page{Limit: MaxTokens})
	if err != nil {
		return "", err
	}
	for _, e := range entries {
		if r, err := broker.DecodeEntry[tokenRecord](e); err != nil || r.ID == id {
			return e.ID, err
		}
	}
	return "", noToken(broker.ErrNoRow, id)
}

// Authenticate returns who a personal token speaks for, in the role that the person has in org now. Without org it is the only organisation of the
// person, or none: then the person is known and may do what needs no organisation. A token that is not good, and a person who is disabled, is
// Unauthenticated; an organisation that is not the person's is NotFound.
func (a *Accounts) Authenticate(ctx context.Context, token string, org broker.OrgID) (who broker.Caller, err error) {
	if !strings.HasPrefix(token, TokenPrefix) {
		return broker.Caller{}, errNoToken()
	}
	err = a.cfg.Store.View(ctx, func(tx broker.Tx) error {
		p, err := a.holder(tx, token)
		if err != nil {
			return err
		}
		who, err = p.acting(tx, org)
		return err
	})
	return who, err
}

// holder returns whose token it is.
func (a *Accounts) holder(tx broker.Tx, token string) (Person, error) {
	t, err := broker.ReadEntry[tokenRecord](tx, tokenEntries, broker.Digest(token))
	if errors.Is(err, broker.ErrNoRow) {
		return Person{}, errNoToken()
	}
	if err != nil {
		return Person{}, err
	}
	if !a.cfg.Now().Before(t.Expires) {
		return Person{}, broker.Unauthenticated.New("unauthorized", "the personal token has expired: issue a new one")
	}
	p, err := readPerson(tx, t.Person)
	if errors.Is(err, broker.NotFound) || err == nil && p.Disabled {
		return Person{}, errNoToken()
	}
	return p, err
}

// acting returns the person as the caller that acts for org.
func (p Person) acting(tx broker.Tx, org broker.OrgID) (broker.Caller, error) {
	if p.Platform {
		return p.operating(tx, org)
	}
	if org == "" && len(p.Orgs) == 1 {
		org = p.Orgs[0]
	}
	if org == "" {
		return broker.PersonCaller(p.ID, "", ""), nil
	}
	m, err := broker.ReadEntry[memberRecord](tx, memberEntries, memberID(org, p.ID))
	if err != nil {
		return broker.Caller{}, broker.NoOrg(err, org)
	}
	return broker.PersonCaller(p.ID, org, m.Role), nil
}

func (p Person) operating(tx broker.Tx, org broker.OrgID) (broker.Caller, error) {
	who := broker.PlatformCaller(p.ID)
	if org == "" {
		return who, nil
	}
	_, err := tx.Org(org)
	who.Org = org
	return who, broker.NoOrg(err, org)
}

func errNoToken() error {
	return broker.Unauthenticated.New("unauthorized", "unknown, revoked or expired personal token, or the person is disabled")
}
