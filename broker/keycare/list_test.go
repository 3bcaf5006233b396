package keycare_test

import (
	"crypto/x509"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/broker/keycare"
	"github.com/vierkant/vierkant/broker/storetest/stores"
	"github.com/vierkant/vierkant/crypto/keys"
)

// pairUntil is a pair of the authority whose certificates end after some days, the signing key's a day later.
func (w *world) pairUntil(n, days int) (encryption, signing keys.Private) {
	w.t.Helper()
	until := func(days int) func(*x509.Certificate) {
		return func(c *x509.Certificate) { c.NotAfter = w.clock.Now().Add(time.Duration(days) * day) }
	}
	encryption, _ = w.authority.Pair(w.t, n, "Stadt", until(days))
	_, signing = w.authority.Pair(w.t, n, "Stadt", until(days+1))
	return encryption, signing
}

// listed are the kids of the keys of the organisation, page by page, so many on each.
func (w *world) listed(within, limit int) (kids []string) {
	w.t.Helper()
	for offset, more := 0, true; more; offset += limit {
		var page []keycare.Key
		var err error
		page, more, err = w.keeper.Keys(w.t.Context(), w.who, w.org, within, broker.Page{Offset: offset, Limit: limit})
		must(w.t, err)
		for _, key := range page {
			kids = append(kids, key.KID)
		}
	}
	return kids
}

func (w *world) wantListed(what string, within int, want ...string) {
	w.t.Helper()
	for limit := 1; limit <= len(want)+1; limit++ {
		if got := w.listed(within, limit); !slices.Equal(got, want) {
			w.t.Errorf("%s, within %d days, by %d: got %q, want %q", what, within, limit, got, want)
		}
	}
	for _, most := range []int{1, 100} {
		if n, err := w.keeper.Ending(w.t.Context(), w.who, w.org, within, most); err != nil || n != min(len(want), most) {
			w.t.Errorf("%s, within %d days: counted %d of at most %d, %v, want %d", what, within, n, most, err, len(want))
		}
	}
}

// The list is in the order in which certificates end, follows what becomes of keys, and is put right where an older program left it.
func TestList(t *testing.T) {
	onBothStores(t, func(t *testing.T, w *world) {
		late, lateSigning := w.pairUntil(0, 300)
		early, earlySigning := w.pairUntil(1, 20)
		next, _ := w.pairUntil(2, 100)
		w.destination(late, lateSigning)
		id := w.destination(early, earlySigning)
		w.wantListed("added", 0, early.KID, earlySigning.KID, late.KID, lateSigning.KID)
		w.wantListed("added", 30, early.KID, earlySigning.KID)

		w.replace(id, early, next, earlySigning)
		w.wantListed("replaced", 0, earlySigning.KID, next.KID, late.KID, lateSigning.KID, early.KID)
		w.wantListed("replaced", 30, earlySigning.KID)

		w.unlist(id, next.KID, earlySigning.KID)
		w.wantListed("unknown to an older program", 0, late.KID, lateSigning.KID, early.KID)
		w.round()
		w.wantListed("put right", 0, earlySigning.KID, next.KID, late.KID, lateSigning.KID, early.KID)

		w.decommission(id)
		w.round()
		w.wantListed("decommissioned", 30)
	})
}

// unlist has keys be as an older program left them.
func (w *world) unlist(d broker.DestinationID, kids ...string) {
	w.t.Helper()
	must(w.t, w.store.Update(w.t.Context(), func(tx broker.Tx) (err error) {
		for _, kid := range kids {
			err = errors.Join(err, tx.DeleteTimer(broker.TimerQueue("keys of "+string(w.org)), string(d)+" "+kid))
		}
		return err
	}))
}

// decommission takes a destination out of use, as time allows.
func (w *world) decommission(id broker.DestinationID) {
	w.t.Helper()
	for _, status := range []broker.DestinationStatus{broker.DestinationInactive, broker.DestinationDecommissioned} {
		_, err := w.broker.Destinations.Change(w.t.Context(), w.who, id, func(d broker.DestinationDraft) (broker.DestinationDraft, error) {
			d.Status = status
			return d, nil
		})
		must(w.t, err)
		w.clock.forward(31 * day)
	}
}

// What is deleted stands in no list.
func TestListOfDeleted(t *testing.T) {
	onBothStores(t, func(t *testing.T, w *world) {
		encryption, signing := w.pairUntil(0, 20)
		id := w.created(encryption, signing)
		w.wantListed("created", 30, encryption.KID, signing.KID)
		must(t, w.broker.Destinations.Delete(t.Context(), w.who, id))
		w.wantListed("deleted", 0)
		must(t, w.store.View(t.Context(), func(tx broker.Tx) error {
			left, err := tx.DueTimers(broker.TimerQueue("keys of "+string(w.org)), time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC), 10)
			if len(left) > 0 {
				t.Errorf("there is left %v", left)
			}
			return err
		}))
	})
}

// Another organisation's keys are none of anybody's business.
func TestListIsTheOrganisations(t *testing.T) {
	t.Parallel()
	w := newWorld(t, stores.Files(t))
	encryption, signing := w.pairUntil(0, 20)
	w.destination(encryption, signing)
	stranger := broker.PersonCaller("person", "another", broker.RoleOwner)
	if page, _, err := w.keeper.Keys(t.Context(), stranger, w.org, 0, broker.Page{Limit: 10}); err == nil || len(page) > 0 {
		t.Errorf("a stranger sees %+v, %v", page, err)
	}
	if page, _, err := w.keeper.Keys(t.Context(), stranger, "another", 0, broker.Page{Limit: 10}); err != nil || len(page) > 0 {
		t.Errorf("another organisation has %+v, %v, want none", page, err)
	}
	if n, err := w.keeper.Ending(t.Context(), stranger, w.org, 30, 100); err == nil || n > 0 {
		t.Errorf("a stranger counts %d, %v", n, err)
	}
}
