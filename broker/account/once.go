package account

import (
	"context"

	"github.com/vierkant/vierkant/broker"
)

const onceEntries broker.EntryKind = "session-form"

// maxOnce is how many forms that were sent in a session are remembered, the latest.
const maxOnce = 64

// Once refuses, as Conflict, a form that was sent in a session already; each shown form has a name of its own. What Once let pass and failed is
// given back by Again.
func (a *Accounts) Once(ctx context.Context, s SessionID, form string) error {
	id := onceID(s, form)
	return a.cfg.Store.Update(ctx, func(tx broker.Tx) error {
		sent, err := present(tx, onceEntries, id)
		if err != nil {
			return err
		}
		if sent {
			return broker.Conflict.New("form-sent", "this form was sent already: look whether it did what it should before it is filled in again")
		}
		if err := forgetForms(tx, s); err != nil {
			return err
		}
		return broker.WriteEntry(tx, onceEntries, id, string(s), a.cfg.Now().UTC())
	})
}

// forgetForms makes room for one more.
func forgetForms(tx broker.Tx, s SessionID) error {
	oldest, total, err := tx.EntriesOf(onceEntries, string(s), broker.Page{Limit: maxOnce})
	for i := 0; err == nil && i < len(oldest) && total-i >= maxOnce; i++ {
		err = tx.DeleteEntry(onceEntries, oldest[i].ID)
	}
	return err
}

// forgetAllForms is for a session that is over.
func forgetAllForms(tx broker.Tx, s SessionID) error {
	all, _, err := tx.EntriesOf(onceEntries, string(s), broker.Page{Limit: maxOnce})
	for i := 0; err == nil && i < len(all); i++ {
		err = tx.DeleteEntry(onceEntries, all[i].ID)
	}
	return err
}

// Again lets a form be sent another time, because it did nothing.
func (a *Accounts) Again(ctx context.Context, s SessionID, form string) error {
	return a.cfg.Store.Update(ctx, func(tx broker.Tx) error { return tx.DeleteEntry(onceEntries, onceID(s, form)) })
}

func onceID(s SessionID, form string) string { return broker.Digest(string(s) + " " + form) }
