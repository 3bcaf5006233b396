package broker

import (
	"bytes"
	"context"
	"crypto/sha256"
	"time"
)

// Repeat is the name that a client gave a request so that it can send it again without doing it again, and what it asked for. Without a Key
// nothing is remembered.
type Repeat struct {
	Key    string
	Digest []byte // over all that was asked
}

// RepeatOf names a request by its key; asked is all that makes it this request: operation, path and body. An empty key names nothing.
func RepeatOf(key string, asked ...[]byte) Repeat {
	if key == "" {
		return Repeat{}
	}
	digest := sha256.New()
	writeParts(digest, asked...)
	return Repeat{Key: key, Digest: digest.Sum(nil)}
}

// find returns what the first of these requests made or submitted.
func (r Repeat) find(tx Tx, who Caller) (sub Submission, found bool, err error) {
	if r.Key == "" {
		return Submission{}, false, nil
	}
	receipt, err := tx.Receipt(who.Client, r.Key)
	if isNoRow(err) {
		return Submission{}, false, nil
	}
	if err != nil {
		return Submission{}, false, err
	}
	if !bytes.Equal(receipt.Digest, r.Digest) {
		return Submission{}, false, Unprocessable.New("idempotency-key-reused", "this Idempotency-Key stands for another request that was done before: choose a new key for each new request")
	}
	sub, err = tx.Submission(receipt.Submission)
	return sub, err == nil, err
}

// keep remembers the request, in the transaction that does it.
func (r Repeat) keep(tx Tx, who Caller, id SubmissionID, now time.Time) error {
	if r.Key == "" {
		return nil
	}
	return tx.PutReceipt(Receipt{Client: who.Client, Key: r.Key, Digest: r.Digest, Submission: id, Made: now})
}

// receiptTime is how long a repeat is known as one: as long as a submission may wait for its decision (FIT-Connect contract 7.3).
const receiptTime = 14 * 24 * time.Hour

// ForgetReceipts removes what nobody repeats any more.
func (b *Broker) ForgetReceipts(ctx context.Context) error {
	const batch = 500
	before := b.core.Now().Add(-receiptTime)
	for n := batch; n == batch; {
		if err := b.core.Store.Update(ctx, func(tx Tx) (err error) {
			n, err = tx.ForgetReceipts(before, batch)
			return err
		}); err != nil {
			return err
		}
	}
	return nil
}
