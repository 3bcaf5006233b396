package account_test

import (
	"errors"
	"testing"
	"time"

	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/broker/account"
)

// What nobody decided about in its time is not released any more, and is closed by nobody.
func TestProposalsExpire(t *testing.T) {
	onBothStores(t, func(t *testing.T, w *world) {
		org := w.org(t, "Stadt")
		anna, olga := w.join(t, org, "anna", broker.RoleDeveloper), w.join(t, org, "olga", broker.RoleOperator)
		usual := w.propose(t, anna, org)
		brief := w.wish(t, anna, account.Wish{Org: org, Subject: "routes", Value: aChange, Lasts: 24 * time.Hour})
		expire := func() { t.Helper(); must(t, w.ExpireProposals(t.Context())) }
		state := func(p account.Proposal) account.ProposalState {
			t.Helper()
			p, err := w.Proposal(t.Context(), anna, p.ID)
			must(t, err)
			return p.State
		}

		w.clock.advance(24*time.Hour - time.Second)
		expire()
		if got := state(brief); got != account.Open {
			t.Fatalf("got %s a second before its end, want it open", got)
		}
		w.clock.advance(time.Second)
		_, err := w.release(t, olga, brief.ID, brief.Digest)
		if got := code(t, err); got != "proposal-expired" || !errors.Is(err, broker.Conflict) {
			t.Errorf("released at its end: got %v, want it refused", err)
		}
		expire()
		expire() // finds nothing more to do
		closed, err := w.Proposal(t.Context(), anna, brief.ID)
		must(t, err)
		if closed.State != account.Expired || closed.ClosedBy != "nobody" || !closed.Closed.Equal(brief.Ends()) {
			t.Errorf("got %+v, want it closed by nobody at its end", closed)
		}
		if _, err := w.release(t, olga, brief.ID, brief.Digest); code(t, err) != "proposal-expired" {
			t.Errorf("released when closed: got %v, want to be told why not", err)
		}
		if _, total, err := w.Proposals(t.Context(), anna, org, true, page); err != nil || total != 1 || state(usual) != account.Open {
			t.Errorf("got %d open ones and %v, want the usual one", total, err)
		}
		if got, want := usual.Ends(), usual.Made.Add(account.ProposalsLast); !got.Equal(want) {
			t.Errorf("it waits until %s, want %s", got, want)
		}
		_, err = w.release(t, olga, usual.ID, usual.Digest)
		must(t, err)
		w.clock.advance(account.ProposalsLast)
		expire()
		if got := state(usual); got != account.Released {
			t.Errorf("what was released is %s now", got)
		}
	})
}
