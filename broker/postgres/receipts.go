package postgres

import (
	"time"

	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/broker/record"
)

func receiptLocks(c broker.ClientID, key string) []lock {
	return []lock{alone(aReceipt, string(c)+" "+key), shared(theReceipts, "")}
}

// PutReceipt implements broker.Tx.
func (t *tx) PutReceipt(r broker.Receipt) error {
	made, nano := instant(r.Made)
	return t.save(receiptLocks(r.Client, r.Key), record.NewReceipt(r), `insert into receipts (record, client, key, made, made_nano) values ($1, $2, $3, $4, $5)
		on conflict (client, key) do update set record = excluded.record, made = excluded.made, made_nano = excluded.made_nano`,
		string(r.Client), r.Key, made, nano)
}

// Receipt implements broker.Tx.
func (t *tx) Receipt(c broker.ClientID, key string) (broker.Receipt, error) {
	return fetch[record.Receipt](t, receiptLocks(c, key), "select record from receipts where client = $1 and key = $2", string(c), key)
}

// ForgetReceipts implements broker.Tx.
func (t *tx) ForgetReceipts(before time.Time, limit int) (n int, err error) {
	if err := t.writable(); err != nil {
		return 0, err
	}
	t.dirty = true
	made, nano := instant(before)
	// By ctid, which nobody moves meanwhile: a join might read all there are.
	err = t.askOne([]lock{alone(theReceipts, "")}, []any{&n}, `with gone as (delete from receipts where ctid = any (array(
			select ctid from receipts where (made, made_nano) < ($1, $2) order by made, made_nano, place limit $3)) returning 1)
		select count(*) from gone`, made, nano, limit)
	return n, err
}
