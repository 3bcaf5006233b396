package bolt

import (
	"bytes"

	"github.com/vierkant/vierkant/broker"
)

// ledgerKey is where a mark is in a ledger.
func ledgerKey(l broker.Ledger, m broker.Mark) key {
	return append(text(string(l)).time(m.Created), m.ID...)
}

// enter enters a new submission into its ledgers.
func (t *tx) enter(n uint64, s broker.Submission) error {
	for _, l := range s.Ledgers() {
		if err := t.put(ledgers, ledgerKey(l, broker.MarkOf(s)), num(n)); err != nil {
			return err
		}
	}
	return nil
}

// strike takes a submission out of its ledgers.
func (t *tx) strike(s broker.Submission) error {
	for _, l := range s.Ledgers() {
		if err := t.delete(ledgers, ledgerKey(l, broker.MarkOf(s))); err != nil {
			return err
		}
	}
	return nil
}

// Ledger implements broker.Tx.
func (t *tx) Ledger(l broker.Ledger, before broker.Mark, limit int) (all []broker.Submission, err error) {
	list := text(string(l))
	end := append(bytes.Clone(list), bytes.Repeat([]byte{0xff}, timeSize+1)...) // behind every time
	if !before.IsZero() {
		end = ledgerKey(l, before)
	}
	c := t.bucket(ledgers).Cursor()
	at, n := c.Seek(end)
	if at == nil {
		at, n = c.Last() // may itself be before the end: Prev would leave it out
	} else {
		at, n = c.Prev()
	}
	for collect := t.collectSubmissions(&all); err == nil && bytes.HasPrefix(at, list) && len(all) < limit; at, n = c.Prev() {
		err = collect(n)
	}
	return all, err
}
