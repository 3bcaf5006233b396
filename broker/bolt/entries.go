package bolt

import (
	"errors"

	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/broker/record"
)

// entryName is what an entry is known by.
func entryName(k broker.EntryKind, id string) []byte { return append(text(string(k)), id...) }

// ofOwner begins the list of what an owner has of a kind. Both are in one text, so that a move, which names a list by its owner, needs no
// second name.
func ofOwner(k broker.EntryKind, owner string) key { return text(string(k) + " " + owner) }

// PutEntry implements broker.Tx.
func (t *tx) PutEntry(e broker.Entry) error {
	switch was, err := t.Entry(e.Kind, e.ID); {
	case err == nil:
		if err := e.Replace(was); err != nil {
			return err
		}
	case !errors.Is(err, broker.ErrNoRow):
		return err
	}
	n, err := t.claim(entryNumbers, entryName(e.Kind, e.ID))
	if err != nil {
		return err
	}
	if err := t.insert(entriesOfOwner, ofOwner(e.Kind, e.Owner), n, num(n)); err != nil {
		return err
	}
	raw, err := encode(entries, record.NewEntry(e))
	if err != nil {
		return err
	}
	return t.insert(entries, text(string(e.Kind)), n, raw)
}

// Entry implements broker.Tx.
func (t *tx) Entry(k broker.EntryKind, id string) (e broker.Entry, err error) {
	n, known := t.numberOf(entryNumbers, entryName(k, id))
	if !known {
		return e, broker.ErrNoRow
	}
	return fetch[record.Entry](t, entries, text(string(k)).num(n))
}

// Entries implements broker.Tx.
func (t *tx) Entries(k broker.EntryKind, p broker.Page) (all []broker.Entry, total int, err error) {
	list := text(string(k))
	err = t.page(entries, list, p, func(raw []byte) error {
		r, err := decode[record.Entry](entries, raw)
		all = append(all, r.Domain())
		return err
	})
	return all, t.count(entries, list), err
}

// EntriesOf implements broker.Tx.
func (t *tx) EntriesOf(k broker.EntryKind, owner string, p broker.Page) (all []broker.Entry, total int, err error) {
	list := ofOwner(k, owner)
	err = t.page(entriesOfOwner, list, p, func(n []byte) error {
		e, err := fetch[record.Entry](t, entries, append(text(string(k)), n...))
		all = append(all, e)
		return err
	})
	return all, t.count(entriesOfOwner, list), err
}

// DeleteEntry implements broker.Tx.
func (t *tx) DeleteEntry(k broker.EntryKind, id string) error {
	name := entryName(k, id)
	n, known := t.numberOf(entryNumbers, name)
	if !known {
		return t.writable()
	}
	was, err := load[record.Entry](t, entries, text(string(k)).num(n))
	if err != nil {
		return err
	}
	if err := t.remove(entriesOfOwner, ofOwner(k, was.Owner), n); err != nil {
		return err
	}
	if err := t.remove(entries, text(string(k)), n); err != nil {
		return err
	}
	return t.delete(entryNumbers, name)
}
