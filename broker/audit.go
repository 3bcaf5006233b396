package broker

import "time"

// DeedEntries is the audit log: who did what, in lists of organisations.
const DeedEntries EntryKind = "deed"

// DeedID names a line of the audit log.
type DeedID string

// Deed is a line of the audit log. It is written in the transaction of what it tells of, so that neither is there without the other, and never
// changed.
type Deed struct {
	ID      DeedID
	Org     OrgID  // whose; none: the installation's
	Who     string // Caller.Name
	Deed    string // "route.published": a noun and what was done to it
	Subject string // which one
	Detail  string // for people; no secrets, and nothing of what is sealed
	At      time.Time
}

// deedRecord is Deed as it is stored.
type deedRecord struct {
	ID      DeedID    `json:"id"`
	Org     OrgID     `json:"org,omitempty"`
	Who     string    `json:"who"`
	Deed    string    `json:"deed"`
	Subject string    `json:"subject,omitempty"`
	Detail  string    `json:"detail,omitempty"`
	At      time.Time `json:"at"`
}

// Note writes into the audit log that somebody did something. It gives the deed its ID, Who and At.
func Note(tx Tx, now time.Time, who Caller, d Deed) error {
	return note(tx, now, who.Name(), d)
}

// NoteItself writes into the audit log what the broker did by itself.
func NoteItself(tx Tx, now time.Time, d Deed) error { return note(tx, now, "the broker", d) }

func note(tx Tx, now time.Time, who string, d Deed) error {
	d.ID, d.Who, d.At = NewID[DeedID](), who, now.UTC()
	return WriteEntry(tx, DeedEntries, string(d.ID), string(d.Org), deedRecord(d))
}

// Deeds lists the audit log of an organisation, oldest first; the one of the installation under "". Who may see it is for the caller to decide.
func Deeds(tx Tx, org OrgID, p Page) ([]Deed, int, error) {
	return EntriesAs(deedRecord.domain)(tx.EntriesOf(DeedEntries, string(org), p))
}

// AllDeeds lists the audit logs of all, oldest first.
func AllDeeds(tx Tx, p Page) ([]Deed, int, error) {
	return EntriesAs(deedRecord.domain)(tx.Entries(DeedEntries, p))
}

func (r deedRecord) domain() Deed { return Deed(r) }
