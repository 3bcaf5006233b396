package broker

import (
	"encoding/json"
	"time"
)

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
	d.ID, d.Who, d.At = NewID[DeedID](), who.Name(), now.UTC()
	raw, err := json.Marshal(deedRecord(d))
	if err != nil {
		return err
	}
	return tx.PutEntry(Entry{Kind: DeedEntries, ID: string(d.ID), Owner: string(d.Org), Value: raw})
}

// Deeds lists the audit log of an organisation, oldest first; the one of the installation under "". Who may see it is for the caller to decide.
func Deeds(tx Tx, org OrgID, p Page) ([]Deed, int, error) {
	entries, total, err := tx.EntriesOf(DeedEntries, string(org), p)
	return deedsOf(entries, total, err)
}

// AllDeeds lists the audit logs of all, oldest first.
func AllDeeds(tx Tx, p Page) ([]Deed, int, error) {
	entries, total, err := tx.Entries(DeedEntries, p)
	return deedsOf(entries, total, err)
}

func deedsOf(entries []Entry, total int, err error) ([]Deed, int, error) {
	if err != nil {
		return nil, 0, err
	}
	all := make([]Deed, len(entries))
	for i, e := range entries {
		var r deedRecord
		if err := json.Unmarshal(e.Value, &r); err != nil {
			return nil, 0, err
		}
		all[i] = Deed(r)
	}
	return all, total, nil
}
