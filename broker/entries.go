package broker

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
