package broker

import (
	"context"
	"time"
)

// forgetBatch is how many callbacks are forgotten in one transaction.
const forgetBatch = 500

// Forget removes callbacks that have been over for longer than keep, and endpoints that have not been called for so long: whoever comes back
// after that begins anew, also one that was stopped.
func (s *Deliveries) Forget(ctx context.Context, keep time.Duration) error {
	for n := forgetBatch; n == forgetBatch; {
		if err := s.Store.Update(ctx, func(tx Tx) error {
			now, err := tx.Now()
			if err != nil {
				return err
			}
			n, err = tx.ForgetDeliveries(now.Add(-keep), forgetBatch)
			return err
		}); err != nil {
			return err
		}
	}
	return s.Store.Update(ctx, func(tx Tx) error {
		old, err := s.troubles(tx, func(e Endpoint) bool { return s.Now().Sub(e.Last.At) > keep })
		for _, e := range old {
			if err := tx.DeleteEntry(endpointEntries, endpointID(e.Receiver, e.URL)); err != nil {
				return err
			}
		}
		return err
	})
}

// Troubles counts the endpoints in trouble by how they are treated.
func (s *Deliveries) Troubles(ctx context.Context) (count map[EndpointState]int, err error) {
	err = s.Store.View(ctx, func(tx Tx) error {
		count = map[EndpointState]int{EndpointFailing: 0, EndpointPaused: 0, EndpointStopped: 0}
		_, err := s.troubles(tx, func(e Endpoint) bool {
			count[e.State()]++
			return false
		})
		return err
	})
	return count, err
}

// troubles returns the endpoints in trouble, of all organisations, that are wanted.
func (s *Deliveries) troubles(tx Tx, wanted func(Endpoint) bool) (all []Endpoint, err error) {
	for entry, err := range EachEntry(func(p Page) ([]Entry, int, error) { return tx.Entries(endpointEntries, p) }) {
		if err != nil {
			return nil, err
		}
		r, err := DecodeEntry[endpointRecord](entry)
		if err != nil {
			return nil, err
		}
		if e := r.domain(); wanted(e) {
			all = append(all, e)
		}
	}
	return all, nil
}
