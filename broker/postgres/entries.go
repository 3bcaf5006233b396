package postgres

import (
	"errors"

	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/broker/record"
)

// ofOwner names the list of what an owner has of a kind.
func ofOwner(k broker.EntryKind, owner string) string { return string(k) + " " + owner }

// entryLocks names an entry that is written, and the lists that it is in.
func entryLocks(e broker.Entry) []lock {
	return []lock{
		alone(anEntry, string(e.Kind)+" "+e.ID),
		shared(entriesOf, string(e.Kind)), shared(entriesOwned, ofOwner(e.Kind, e.Owner)),
	}
}

// PutEntry implements broker.Tx.
func (t *tx) PutEntry(e broker.Entry) error {
	switch was, err := t.entryAlone(e.Kind, e.ID); {
	case err == nil:
		if err := e.Replace(was); err != nil {
			return err
		}
	case errors.Is(err, broker.ErrNoRow):
		t.tallyEntry(e, 1)
	default:
		return err
	}
	t.hint |= EntriesChanged
	return t.save(entryLocks(e), record.NewEntry(e), `insert into entries (record, kind, id, owner) values ($1, $2, $3, $4)
		on conflict (kind, id) do update set record = excluded.record`, string(e.Kind), e.ID, e.Owner)
}

// entryAlone reads an entry that is about to be written.
func (t *tx) entryAlone(k broker.EntryKind, id string) (e broker.Entry, err error) {
	if err := t.writable(); err != nil {
		return e, err
	}
	return fetch[record.Entry](t, []lock{alone(anEntry, string(k)+" "+id)}, "select record from entries where kind = $1 and id = $2", string(k), id)
}

// tallyEntry counts in the lists that an entry is in.
func (t *tx) tallyEntry(e broker.Entry, n int64) {
	t.tally(kindTally(e.Kind), n)
	t.tally(ownedTally(ofOwner(e.Kind, e.Owner)), n)
}

// Entry implements broker.Tx.
func (t *tx) Entry(k broker.EntryKind, id string) (broker.Entry, error) {
	return fetch[record.Entry](t, []lock{shared(anEntry, string(k)+" "+id)}, "select record from entries where kind = $1 and id = $2", string(k), id)
}

// Entries implements broker.Tx.
func (t *tx) Entries(k broker.EntryKind, p broker.Page) (all []broker.Entry, total int, err error) {
	list := alone(entriesOf, string(k))
	if total, err = t.total(list, kindTally(k)); err != nil || p.Offset >= total {
		return nil, total, err
	}
	all, err = fetchAll[record.Entry](t, nil, "select record from entries where kind = $1 order by place offset $2 limit $3", string(k), p.Offset, p.Limit)
	return all, total, err
}

// EntriesOf implements broker.Tx.
func (t *tx) EntriesOf(k broker.EntryKind, owner string, p broker.Page) (all []broker.Entry, total int, err error) {
	list := alone(entriesOwned, ofOwner(k, owner))
	if total, err = t.total(list, ownedTally(ofOwner(k, owner))); err != nil || p.Offset >= total {
		return nil, total, err
	}
	all, err = fetchAll[record.Entry](t, nil, "select record from entries where kind = $1 and owner = $2 order by place offset $3 limit $4",
		string(k), owner, p.Offset, p.Limit)
	return all, total, err
}

// DeleteEntry implements broker.Tx.
func (t *tx) DeleteEntry(k broker.EntryKind, id string) error {
	was, err := t.entryAlone(k, id)
	if errors.Is(err, broker.ErrNoRow) {
		return nil
	}
	if err != nil {
		return err
	}
	t.tallyEntry(was, -1)
	t.hint |= EntriesChanged
	return t.remove(entryLocks(was), "delete from entries where kind = $1 and id = $2", string(k), id)
}
