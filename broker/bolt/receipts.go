package bolt

import (
	"bytes"
	"time"

	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/broker/record"
)

// receiptName is what a receipt is known by.
func receiptName(c broker.ClientID, key string) []byte { return append(text(string(c)), key...) }

// PutReceipt implements broker.Tx.
func (t *tx) PutReceipt(r broker.Receipt) error {
	n, err := t.claim(receiptNumbers, receiptName(r.Client, r.Key))
	if err != nil {
		return err
	}
	if raw := t.get(receipts, num(n)); raw != nil {
		was, err := decode[record.Receipt](receipts, raw)
		if err != nil {
			return err
		}
		if err := t.delete(receiptsByAge, timeKey(was.Made, n)); err != nil {
			return err
		}
	}
	is := record.NewReceipt(r)
	if err := t.put(receiptsByAge, timeKey(is.Made, n), num(n)); err != nil {
		return err
	}
	return t.save(receipts, num(n), is)
}

// Receipt implements broker.Tx.
func (t *tx) Receipt(c broker.ClientID, name string) (r broker.Receipt, err error) {
	n, known := t.numberOf(receiptNumbers, receiptName(c, name))
	if !known {
		return r, broker.ErrNoRow
	}
	return fetch[record.Receipt](t, receipts, num(n))
}

// ForgetReceipts implements broker.Tx.
func (t *tx) ForgetReceipts(before time.Time, limit int) (int, error) {
	if err := t.writable(); err != nil {
		return 0, err
	}
	old := t.numbersBefore(receiptsByAge, before, limit)
	for _, n := range old {
		if err := t.forget(n); err != nil {
			return 0, err
		}
	}
	return len(old), nil
}

// numbersBefore returns the oldest numbers of a bucket that has them by time.
func (t *tx) numbersBefore(k bucket, before time.Time, limit int) (old []uint64) {
	end := timeKey(before, 0)
	c := t.bucket(k).Cursor()
	for at, _ := c.First(); at != nil && bytes.Compare(at, end) < 0 && len(old) < limit; at, _ = c.Next() {
		old = append(old, number(at))
	}
	return old
}

func (t *tx) forget(n uint64) error {
	r, err := fetch[record.Receipt](t, receipts, num(n))
	if err != nil {
		return err
	}
	if err := t.delete(receiptsByAge, timeKey(r.Made, n)); err != nil {
		return err
	}
	if err := t.delete(receiptNumbers, receiptName(r.Client, r.Key)); err != nil {
		return err
	}
	return t.delete(receipts, num(n))
}
