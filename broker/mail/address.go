package mail

import (
	"errors"
	"time"

	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/broker/account"
)

// Bounds of requests for confirmation.
const (
	// AskPause is how long after a request the next one goes to the same address at the earliest.
	AskPause = 24 * time.Hour
	// MaxAsked is how many requests without an answer follow from use alone; then somebody has to ask for one.
	MaxAsked = 3
	// MaxAddresses bounds the addresses that one organisation names; further ones are asked for nothing, and so get no mail.
	MaxAddresses = 10_000
)

// Address is a mail address that somebody named, and whether whoever reads mail there agreed.
type Address struct {
	Address   string // as it was first given
	Added     time.Time
	Asked     time.Time // when a request for confirmation was last owed; zero: never
	Confirmed time.Time // zero: it is not
	By        string    // how: ByCode, or the name of an operator
}

// ByCode is how an address is confirmed by whoever reads mail there.
const ByCode = "code"

// addressRecord is Address as it is stored.
type addressRecord struct {
	Address    string    `json:"address"`
	Added      time.Time `json:"added"`
	Asked      time.Time `json:"asked,omitzero"`
	Unanswered int       `json:"unanswered,omitempty"` // requests since then
	Request    ID        `json:"request,omitempty"`    // the last of them
	Confirmed  time.Time `json:"confirmed,omitzero"`
	By         string    `json:"by,omitempty"`
}

func (r addressRecord) domain() Address {
	return Address{Address: r.Address, Added: r.Added, Asked: r.Asked, Confirmed: r.Confirmed, By: r.By}
}

func (r addressRecord) confirmed() bool { return !r.Confirmed.IsZero() }

// addressKey is by what an address is kept. What is none has a key that no address has.
func addressKey(address string) string {
	if account.CheckEmail(address) != nil {
		return ""
	}
	return account.FoldEmail(address)
}

func readAddress(tx broker.Tx, address string) (addressRecord, error) {
	return broker.ReadEntry[addressRecord](tx, addressEntries, addressKey(address))
}

func (r addressRecord) put(tx broker.Tx) error {
	return broker.WriteEntry(tx, addressEntries, addressKey(r.Address), "", r)
}

// isConfirmed reports whether mail may go to an address.
func isConfirmed(tx broker.Tx, address string) (bool, error) {
	since, err := Confirmed(tx, address)
	return !since.IsZero(), err
}

// Confirmed tells since when mail may go to an address; the zero time: it may not.
func Confirmed(tx broker.Tx, address string) (time.Time, error) {
	r, err := readAddress(tx, address)
	if errors.Is(err, broker.ErrNoRow) {
		return time.Time{}, nil
	}
	return r.Confirmed, err
}

// Introduce notes, in the transaction that names it, that an organisation wants mails at an address, and owes a request for confirmation if it is time for one.
// What is no address, and one that is known, costs nothing.
func Introduce(tx broker.Tx, now time.Time, org broker.OrgID, address string) error {
	return introduce(tx, now, org, address)
}

func introduce(tx broker.Tx, now time.Time, org broker.OrgID, address string) error {
	if account.CheckEmail(address) != nil {
		return nil
	}
	if known, err := use(tx, org, address); err != nil || !known {
		return err
	}
	r, err := readAddress(tx, address)
	switch {
	case errors.Is(err, broker.ErrNoRow):
		return addressRecord{Address: address, Added: now.UTC()}.ask(tx, now, org)
	case err != nil || r.confirmed() || r.Unanswered >= MaxAsked || r.early(now):
		return err
	}
	return r.ask(tx, now, org)
}

// early reports whether a further request would come too soon.
func (r addressRecord) early(now time.Time) bool { return now.Before(r.Asked.Add(AskPause)) }

// ask owes a request for confirmation, unless the last one could not be sent yet.
func (r addressRecord) ask(tx broker.Tx, now time.Time, org broker.OrgID) error {
	if owed, err := isOwed(tx, r.Request); err != nil || owed {
		return err
	}
	m := mailRecord{
		ID: broker.NewID[ID](), Org: org, Template: confirmation, To: r.Address, Created: now.UTC(), Latest: now.UTC(), State: StateOwed, Count: 1,
	}
	if err := m.put(tx); err != nil {
		return err
	}
	r.Asked, r.Request = now.UTC(), m.ID
	r.Unanswered++
	if err := r.put(tx); err != nil {
		return err
	}
	return m.wait(tx, now)
}

func isOwed(tx broker.Tx, id ID) (bool, error) {
	_, err := tx.Entry(owedEntries, string(id))
	if errors.Is(err, broker.ErrNoRow) {
		return false, nil
	}
	return err == nil, err
}

// userID is under what it is kept that an organisation named an address.
func userID(org broker.OrgID, address string) string { return string(org) + " " + addressKey(address) }

// use notes that an organisation names an address. It reports whether there was room for that.
func use(tx broker.Tx, org broker.OrgID, address string) (bool, error) {
	id := userID(org, address)
	_, err := tx.Entry(userEntries, id)
	if !errors.Is(err, broker.ErrNoRow) {
		return err == nil, err
	}
	_, n, err := tx.EntriesOf(userEntries, string(org), broker.Page{Limit: 1})
	if err != nil || n >= MaxAddresses {
		return false, err
	}
	return true, broker.WriteEntry(tx, userEntries, id, string(org), address)
}
