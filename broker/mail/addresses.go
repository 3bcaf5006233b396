package mail

import (
	"context"
	"time"

	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/broker/account"
)

// Confirm makes an address one to which mail goes, by the code from a mail to it. Whoever has the code may; it is good once.
func (m *Mails) Confirm(ctx context.Context, code string) (a Address, err error) {
	err = m.cfg.Store.Update(ctx, func(tx broker.Tx) error {
		now := m.cfg.Now()
		c, err := findCode(tx, now, code)
		if err != nil {
			return err
		}
		a, err = m.confirm(tx, now, c.Address, ByCode)
		return err
	})
	m.wake.Set()
	return a, err
}

// Mark confirms an address without a mail, because somebody knows whose it is. Only operators may.
func (m *Mails) Mark(ctx context.Context, who broker.Caller, address string) (a Address, err error) {
	if err := who.RequireOperator(); err != nil {
		return Address{}, err
	}
	if err := account.CheckEmail(address); err != nil {
		return Address{}, err
	}
	err = m.cfg.Store.Update(ctx, func(tx broker.Tx) error {
		now := m.cfg.Now()
		if a, err = m.confirm(tx, now, address, who.Name()); err != nil {
			return err
		}
		return broker.Note(tx, now, who, broker.Deed{Deed: "address.confirmed", Subject: address})
	})
	m.wake.Set()
	return a, err
}

// confirm lets mail go to an address, and what waited for that be sent.
func (m *Mails) confirm(tx broker.Tx, now time.Time, address, by string) (Address, error) {
	r, err := readAddress(tx, address)
	if isNoRow(err) {
		r, err = addressRecord{Address: address, Added: now.UTC()}, nil
	}
	if err != nil {
		return Address{}, err
	}
	if !r.confirmed() {
		r.Confirmed, r.By = now.UTC(), by
	}
	r.Unanswered = 0
	if err := r.put(tx); err != nil {
		return Address{}, err
	}
	if err := dropCodes(tx, address, 0); err != nil {
		return Address{}, err
	}
	return r.domain(), endWait(tx, now, forAddress(addressKey(address)))
}

// Ask has a request for confirmation sent to an address of an organisation, which need not be named by it before. It takes the right to draft: whoever has
// it could enter the address as that of a contact.
func (m *Mails) Ask(ctx context.Context, who broker.Caller, org broker.OrgID, address string) (a Address, err error) {
	if err := who.Entitled(org, broker.RightDraft); err != nil {
		return Address{}, err
	}
	if err := account.CheckEmail(address); err != nil {
		return Address{}, err
	}
	err = m.cfg.Store.Update(ctx, func(tx broker.Tx) error {
		if err := m.ask(tx, org, address); err != nil {
			return err
		}
		r, err := readAddress(tx, address)
		a = r.domain()
		return err
	})
	m.wake.Set()
	return a, err
}

func (m *Mails) ask(tx broker.Tx, org broker.OrgID, address string) error {
	now := m.cfg.Now()
	room, err := use(tx, org, address)
	if err != nil {
		return err
	}
	if !room {
		return broker.Conflict.New("too-many-addresses", "an organisation names at most %d mail addresses", MaxAddresses)
	}
	r, err := readAddress(tx, address)
	switch {
	case isNoRow(err):
		r = addressRecord{Address: address, Added: now.UTC()}
	case err != nil:
		return err
	case r.confirmed():
		return nil
	case r.early(now):
		next := r.Asked.Add(AskPause).UTC().Format(time.RFC3339)
		return broker.Conflict.New("address-asked", "a mail with a code was sent to this address less than a day ago: look for it, also among the spam, or ask again after %s", next)
	}
	return r.ask(tx, now, org)
}

// Addresses lists those that an organisation named, in the order in which it did. It takes the right to read.
func (m *Mails) Addresses(ctx context.Context, who broker.Caller, org broker.OrgID, p broker.Page) (all []Address, total int, err error) {
	if err := who.MayList(org, p); err != nil {
		return nil, 0, err
	}
	err = m.cfg.Store.View(ctx, func(tx broker.Tx) error {
		var named []string
		named, total, err = broker.DecodeEntries[string](tx.EntriesOf(userEntries, string(org), p))
		all = make([]Address, len(named))
		for i, address := range named {
			r, err := readAddress(tx, address)
			if err != nil {
				return err
			}
			all[i] = r.domain()
		}
		return err
	})
	return all, total, err
}

// Named returns an address that an organisation named, the zero Address if it did not. It takes the right to read.
func (m *Mails) Named(ctx context.Context, who broker.Caller, org broker.OrgID, address string) (a Address, err error) {
	if err := who.Entitled(org, broker.RightRead); err != nil {
		return Address{}, err
	}
	err = m.cfg.Store.View(ctx, func(tx broker.Tx) error {
		a = Address{}
		if _, err := tx.Entry(userEntries, userID(org, address)); err != nil {
			return ignoreNoRow(err)
		}
		r, err := readAddress(tx, address)
		a = r.domain()
		return err
	})
	return a, err
}

func ignoreNoRow(err error) error {
	if isNoRow(err) {
		return nil
	}
	return err
}

// AllAddresses lists those that anybody named. Only operators may.
func (m *Mails) AllAddresses(ctx context.Context, who broker.Caller, p broker.Page) (all []Address, total int, err error) {
	if err := mayListAll(who, p); err != nil {
		return nil, 0, err
	}
	err = m.cfg.Store.View(ctx, func(tx broker.Tx) error {
		all, total, err = broker.EntriesAs(addressRecord.domain)(tx.Entries(addressEntries, p))
		return err
	})
	return all, total, err
}

func mayListAll(who broker.Caller, p broker.Page) error {
	if err := who.RequireOperator(); err != nil {
		return err
	}
	return p.Check()
}
