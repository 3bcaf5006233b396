package broker

import (
	"encoding/json"
	"fmt"
	"iter"
)

// EntryKind says what an entry is. The package that owns a kind has it as a constant, in lower-case letters, digits and hyphens: stores tell
// kinds from owners by the space between them.
type EntryKind string

// Entry is a record of the administration: a person, a grant, a proposal, a deed. There are few of them beside submissions, and they are
// only ever read by their names or as a list; so they share one place in the store, and a new kind needs neither a table nor methods
// of its own. Rejected: a noun for each, as submissions and cases are, with a dozen tables that nobody searches. What is large, like a catalogue of
// areas, is a blob that an entry names.
type Entry struct {
	Kind  EntryKind
	ID    string // unique in its kind
	Owner string // whose list it stands in, mostly an OrgID; may be empty, which is a list like any other
	Value []byte // JSON of the package that owns the kind
}

// Replace refuses, for stores, an entry that would take the place of another owner's.
func (e Entry) Replace(was Entry) error {
	if e.Owner != was.Owner {
		return Conflict.New("conflict", "this name is somebody else's")
	}
	return nil
}

// WriteEntry puts an entry with a value.
func WriteEntry(tx Tx, k EntryKind, id, owner string, value any) error {
	raw, err := json.Marshal(value)
	if err != nil {
		return err
	}
	return tx.PutEntry(Entry{Kind: k, ID: id, Owner: owner, Value: raw})
}

// ReadEntry reads the value of an entry; ErrNoRow if there is none.
func ReadEntry[R any](tx Tx, k EntryKind, id string) (r R, err error) {
	e, err := tx.Entry(k, id)
	if err != nil {
		return r, err
	}
	return DecodeEntry[R](e)
}

// DecodeEntry reads the value of an entry that was read.
func DecodeEntry[R any](e Entry) (r R, err error) {
	if err := json.Unmarshal(e.Value, &r); err != nil {
		return r, fmt.Errorf("the %s %s cannot be read: %w", e.Kind, e.ID, err)
	}
	return r, nil
}

// DecodeEntries reads the values of a page of entries, as a list of Tx returns them.
func DecodeEntries[R any](entries []Entry, total int, err error) ([]R, int, error) {
	return EntriesAs(func(r R) R { return r })(entries, total, err)
}

// EntriesAs makes of a page of entries what their values stand for.
func EntriesAs[R, D any](domain func(R) D) func(entries []Entry, total int, err error) ([]D, int, error) {
	return func(entries []Entry, total int, err error) ([]D, int, error) {
		if err != nil {
			return nil, 0, err
		}
		all := make([]D, len(entries))
		for i, e := range entries {
			r, err := DecodeEntry[R](e)
			if err != nil {
				return nil, 0, err
			}
			all[i] = domain(r)
		}
		return all, total, nil
	}
}

// EachEntry goes through a list to its end, page by page. After an error there is nothing more.
func EachEntry(list func(Page) ([]Entry, int, error)) iter.Seq2[Entry, error] {
	return func(yield func(Entry, error) bool) {
		for offset, total := 0, 1; offset < total; offset += MaxPage {
			entries, n, err := list(Page{Offset: offset, Limit: MaxPage})
			if err != nil {
				yield(Entry{}, err)
				return
			}
			total = n
			for _, e := range entries {
				if !yield(e, nil) {
					return
				}
			}
		}
	}
}
