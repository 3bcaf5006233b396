package account

import (
	"errors"
	"time"

	"github.com/vierkant/vierkant/broker"
)

// Config is what Accounts need; Store and Now are required.
type Config struct {
	Store broker.Store
	Now   func() time.Time // wall clock

	// Founding lets people who belong to few organisations make further ones, which they own. Otherwise operators make them.
	Founding bool

	// Post owes a letter, in the transaction of what it is about. Nil: nobody is written to, and links are lost.
	Post func(broker.Tx, Letter) error
}

// Accounts are the organisations and people of an environment.
type Accounts struct{ cfg Config }

// New checks the configuration.
func New(cfg Config) (*Accounts, error) {
	if cfg.Store == nil || cfg.Now == nil {
		return nil, errors.New("account: config lacks Store or Now")
	}
	if cfg.Post == nil {
		cfg.Post = func(broker.Tx, Letter) error { return nil }
	}
	return &Accounts{cfg}, nil
}

// Bounds of lists that are gone through as a whole.
const (
	MaxMembers = 1000 // of an organisation
	MaxOrgs    = 100  // of a person
	MaxTokens  = 50   // of a person
	MaxOpen    = 1000 // proposals of an organisation
	MaxFounded = 10   // organisations of a person who makes a further one; more are for operators to make
)

// note writes into the audit log of an organisation, or of the installation.
func (a *Accounts) note(tx broker.Tx, who broker.Caller, org broker.OrgID, deed, subject, detail string) error {
	return broker.Note(tx, a.cfg.Now(), who, broker.Deed{Org: org, Deed: deed, Subject: subject, Detail: detail})
}

// present reports whether there is an entry.
func present(tx broker.Tx, kind broker.EntryKind, id string) (bool, error) {
	_, err := tx.Entry(kind, id)
	if errors.Is(err, broker.ErrNoRow) {
		return false, nil
	}
	return err == nil, err
}

// clip bounds what a message repeats of a stranger's input.
func clip[T ~string](s T) T {
	const most = 64
	if len(s) <= most {
		return s
	}
	return s[:most] + "…"
}
