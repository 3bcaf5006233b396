package tracking_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/broker/storetest/stores"
	"github.com/vierkant/vierkant/broker/tracking"
)

const (
	office  = broker.OrgID("office")
	sending = broker.OrgID("sending")
	all     = 2300 // more than is looked through for two pages
)

var epoch = time.Date(2026, 11, 22, 8, 0, 0, 0, time.UTC)

func id(n int) broker.SubmissionID {
	return broker.SubmissionID(fmt.Sprintf("%08x-0000-4000-8000-%012d", n*7919%65536, n))
}

// written puts submissions, of which every 500th was rejected, and every third is only announced. It takes many transactions: the database
// gives each of them a few seconds, however busy the machine is.
func written(t *testing.T, store broker.Store) *tracking.Tracking {
	t.Helper()
	update(t, store, func(tx broker.Tx) error {
		return errors.Join(tx.PutDestination(broker.Destination{ID: "destination", Org: office, Name: "Amt"}), tx.PutClient(broker.Client{ID: "client", Org: sending, Name: "Dienst"}))
	})
	const batch = 100
	for first := 0; first < all; first += batch {
		update(t, store, func(tx broker.Tx) (err error) {
			for n := first; n < first+batch; n++ {
				s := submission(n)
				err = errors.Join(err, tx.PutSubmission(s), tx.PutCase(broker.Case{ID: s.Case, Sender: "client", Org: sending, Destination: "destination", Created: s.Created}))
			}
			return err
		})
	}
	return tracked(t, store)
}

// tracked looks into a store.
func tracked(t *testing.T, store broker.Store) *tracking.Tracking {
	t.Helper()
	made, err := tracking.New(tracking.Config{
		Store: store, Keyring: new(broker.Keyring), Issuer: "https://broker.example", Deadline: time.Now, // lists ask for no key
		Sign: func(_ context.Context, events []broker.Event) ([]broker.Event, error) { return events, nil },
	})
	if err != nil {
		t.Fatal(err)
	}
	return made
}

func submission(n int) broker.Submission {
	s := broker.Submission{
		ID: id(n), Kind: broker.KindSubmission, Case: broker.CaseID(id(n)), Destination: "destination", Sender: "client", Author: "client", Org: sending,
		Office: office, Opens: true, State: broker.StateSubmitted, Created: epoch.Add(time.Duration(n/2) * time.Second), Submitted: epoch,
	}
	switch {
	case n%500 == 0:
		s.State = broker.StateRejected
	case n%3 == 1:
		s.State, s.Submitted = broker.StateIncomplete, time.Time{}
	}
	return s
}

func update(t *testing.T, store broker.Store, write func(broker.Tx) error) {
	t.Helper()
	if err := store.Update(t.Context(), write); err != nil {
		t.Fatal(err)
	}
}

// TestLists reads all from page to page on both stores, and finds what a filter wants by looking on, so far at a time.
func TestLists(t *testing.T) {
	stores.OnBoth(t, func(t *testing.T, store broker.Store) {
		made := written(t, store)
		member := broker.PersonCaller("person", office, broker.RoleReader)
		everything := walk(t, made, member, tracking.Query{Side: tracking.Received, Limit: 499})
		if want := all - all/3 + 1; len(everything.items) < want-3 || len(everything.items) > want+3 || everything.short > 1 {
			t.Errorf("got %d, some %d of them in pages that were not full, want about %d", len(everything.items), everything.short, want)
		}
		for i, e := range everything.items[1:] {
			if before := everything.items[i]; e.Created.After(before.Created) || e.Created.Equal(before.Created) && e.ID >= before.ID {
				t.Errorf("%s stands behind %s", e.ID, before.ID)
			}
		}
		rejected := walk(t, made, member, tracking.Query{Side: tracking.Received, State: broker.StateRejected, Limit: 3})
		if len(rejected.items) != 5 || rejected.pages != 3 {
			t.Errorf("got %d that were rejected on %d pages, want 5 on 3", len(rejected.items), rejected.pages)
		}
		some := walk(t, made, broker.PersonCaller("person", sending, broker.RoleReader), tracking.Query{
			Side: tracking.Sent, Client: "client", From: epoch.Add(10 * time.Second), Until: epoch.Add(12 * time.Second), Limit: 2,
		})
		if len(some.items) != 4 || some.items[0].ClientName != "Dienst" {
			t.Errorf("got %+v of two seconds, want four", some.items)
		}
		for _, stranger := range []broker.Caller{broker.PersonCaller("person", "another", broker.RoleOwner), {}} {
			page, err := made.Submissions(t.Context(), stranger, tracking.Query{Side: tracking.Received, Destination: "destination", Limit: 1})
			if err == nil || len(page.Items) > 0 {
				t.Errorf("%s sees %+v, %v", stranger.Name(), page.Items, err)
			}
		}
	})
}

type walked struct {
	items        []tracking.Entry
	pages, short int
}

func walk(t *testing.T, made *tracking.Tracking, who broker.Caller, q tracking.Query) (w walked) {
	t.Helper()
	for {
		page, err := made.Submissions(t.Context(), who, q)
		if err != nil {
			t.Fatal(err)
		}
		w.items, w.pages = append(w.items, page.Items...), w.pages+1
		if len(page.Items) < q.Limit {
			w.short++
		}
		if page.Next.IsZero() {
			return w
		}
		if q.After, err = tracking.ParseMark(tracking.FormatMark(page.Next)); err != nil {
			t.Fatal(err)
		}
	}
}

// TestCases has one for each submission that was sent.
func TestCases(t *testing.T) {
	t.Parallel()
	made := written(t, stores.Files(t))
	page, err := made.Cases(t.Context(), broker.PersonCaller("person", office, broker.RoleReader), tracking.Query{Side: tracking.Received, State: broker.StateRejected, Limit: 2})
	if err != nil || len(page.Items) != 2 || page.Items[0].Opened.DestinationName != "Amt" || page.Items[0].Last().State != broker.StateRejected {
		t.Errorf("got %+v, %v", page.Items, err)
	}
}

// TestCasesOfWhatWasNeverSent lists a case once on each side, also if what opened it never came to the authority: to it the case begins with what did.
func TestCasesOfWhatWasNeverSent(t *testing.T) {
	stores.OnBoth(t, func(t *testing.T, store broker.Store) {
		put := func(tx broker.Tx, n, opener int, state broker.State) error {
			s := broker.Submission{
				ID: id(n), Kind: broker.KindSubmission, Case: broker.CaseID(id(opener)), Destination: "destination", Sender: "client", Author: "client", Org: sending,
				Office: office, Opens: n == opener, State: state, Created: epoch.Add(time.Duration(n) * time.Second),
			}
			if state == broker.StateSubmitted {
				s.Submitted = s.Created
			}
			return errors.Join(tx.PutSubmission(s), tx.PutCase(broker.Case{ID: s.Case, Sender: "client", Org: sending, Destination: "destination", Created: epoch}))
		}
		if err := store.Update(t.Context(), func(tx broker.Tx) error {
			return errors.Join(
				tx.PutDestination(broker.Destination{ID: "destination", Org: office}), tx.PutClient(broker.Client{ID: "client", Org: sending}),
				put(tx, 1, 1, broker.StateDeleted), put(tx, 2, 1, broker.StateIncomplete), put(tx, 3, 1, broker.StateSubmitted), put(tx, 4, 1, broker.StateSubmitted),
				put(tx, 5, 5, broker.StateIncomplete),
				put(tx, 6, 6, broker.StateSubmitted), put(tx, 7, 6, broker.StateSubmitted),
			)
		}); err != nil {
			t.Fatal(err)
		}
		made := tracked(t, store)
		wantCases(t, made, broker.PersonCaller("person", office, broker.RoleReader), tracking.Received, "6: 6 7, 3: 3 4")
		wantCases(t, made, broker.PersonCaller("person", sending, broker.RoleReader), tracking.Sent, "6: 6 7, 5: 5, 1: 1 2 3 4")
	})
}

// wantCases compares a list of cases, one on each page, with what opened each, and what is in it.
func wantCases(t *testing.T, made *tracking.Tracking, who broker.Caller, side tracking.Side, want string) {
	t.Helper()
	number := map[broker.SubmissionID]int{}
	for n := range 10 {
		number[id(n)] = n
	}
	var got []string
	q := tracking.Query{Side: side, Limit: 1}
	for {
		page, err := made.Cases(t.Context(), who, q)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range page.Items {
			line := fmt.Sprint(number[c.Opened.ID], ":")
			for _, e := range c.Entries {
				line += fmt.Sprint(" ", number[e.ID])
			}
			got = append(got, line)
		}
		if q.After = page.Next; q.After.IsZero() {
			break
		}
	}
	if strings.Join(got, ", ") != want {
		t.Errorf("%s: got %q, want %q", side, strings.Join(got, ", "), want)
	}
}
