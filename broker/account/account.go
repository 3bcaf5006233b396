package account

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/vierkant/vierkant/broker"
)

// Config is what Accounts need; all fields are required.
type Config struct {
	Store broker.Store
	Now   func() time.Time // wall clock
}

// Accounts are the organisations and people of an environment.
type Accounts struct{ cfg Config }

// New checks the configuration.
func New(cfg Config) (*Accounts, error) {
	if cfg.Store == nil || cfg.Now == nil {
		return nil, errors.New("account: config lacks Store or Now")
	}
	return &Accounts{cfg}, nil
}

// Bounds of lists that are gone through as a whole.
const (
	MaxMembers = 1000 // of an organisation
	MaxOrgs    = 100  // of a person
	MaxTokens  = 50   // of a person
	MaxOpen    = 1000 // proposals of an organisation
)

// decide runs rule on a read transaction, so that a refusal costs no lock, and then again with write in one that is durable.
func (a *Accounts) decide(ctx context.Context, rule, write func(broker.Tx) error) error {
	if err := a.cfg.Store.View(ctx, rule); err != nil {
		return err
	}
	return a.cfg.Store.Update(ctx, func(tx broker.Tx) error {
		if err := rule(tx); err != nil {
			return err
		}
		return write(tx)
	})
}

// note writes into the audit log of an organisation, or of the installation.
func (a *Accounts) note(tx broker.Tx, who broker.Caller, org broker.OrgID, deed, subject, detail string) error {
	return broker.Note(tx, a.cfg.Now(), who, broker.Deed{Org: org, Deed: deed, Subject: subject, Detail: detail})
}

// read reads the value of an entry.
func read[R any](tx broker.Tx, kind broker.EntryKind, id string) (r R, err error) {
	e, err := tx.Entry(kind, id)
	if err != nil {
		return r, err
	}
	return value[R](e)
}

func value[R any](e broker.Entry) (r R, err error) {
	if err := json.Unmarshal(e.Value, &r); err != nil {
		return r, fmt.Errorf("the %s %s cannot be read: %w", e.Kind, e.ID, err)
	}
	return r, nil
}

// write writes an entry with a value.
func write(tx broker.Tx, kind broker.EntryKind, id, owner string, r any) error {
	raw, err := json.Marshal(r)
	if err != nil {
		return err
	}
	return tx.PutEntry(broker.Entry{Kind: kind, ID: id, Owner: owner, Value: raw})
}

// present reports whether there is an entry.
func present(tx broker.Tx, kind broker.EntryKind, id string) (bool, error) {
	_, err := tx.Entry(kind, id)
	if errors.Is(err, broker.ErrNoRow) {
		return false, nil
	}
	return err == nil, err
}

// each reads every entry that an owner has of a kind, page by page, until visit has seen enough.
func each[R any](tx broker.Tx, kind broker.EntryKind, owner string, visit func(R) (more bool, err error)) error {
	for offset, total := 0, 1; offset < total; offset += broker.MaxPage {
		entries, n, err := tx.EntriesOf(kind, owner, broker.Page{Offset: offset, Limit: broker.MaxPage})
		if err != nil {
			return err
		}
		total = n
		for _, e := range entries {
			r, err := value[R](e)
			if err != nil {
				return err
			}
			if more, err := visit(r); err != nil || !more {
				return err
			}
		}
	}
	return nil
}

// list converts a page of entries.
func list[R, D any](entries []broker.Entry, total int, err error, domain func(R) (D, error)) ([]D, int, error) {
	if err != nil {
		return nil, 0, err
	}
	all := make([]D, len(entries))
	for i, e := range entries {
		r, err := value[R](e)
		if err != nil {
			return nil, 0, err
		}
		if all[i], err = domain(r); err != nil {
			return nil, 0, err
		}
	}
	return all, total, nil
}

// clip bounds what a message repeats of a stranger's input.
func clip[T ~string](s T) T {
	const most = 64
	if len(s) <= most {
		return s
	}
	return s[:most] + "…"
}
