package bolt

import (
	"bytes"

	"go.etcd.io/bbolt"

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
	at, n := lastBefore(c, end)
	for collect := t.collectSubmissions(&all); err == nil && bytes.HasPrefix(at, list) && len(all) < limit; at, n = c.Prev() {
		err = collect(n)
	}
	return all, err
}

// lastBefore moves a cursor to the last entry before a key.
func lastBefore(c *bbolt.Cursor, end key) (at, value []byte) {
	if at, _ := c.Seek(end); at == nil {
		return c.Last()
	}
	return c.Prev()
}
