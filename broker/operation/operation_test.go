package operation_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/broker/blobdir"
	"github.com/vierkant/vierkant/broker/keycare"
	"github.com/vierkant/vierkant/broker/operation"
	"github.com/vierkant/vierkant/broker/storetest/stores"
	"github.com/vierkant/vierkant/crypto/keys"
)

// world is a broker with records that nobody made by its services: what is looked at are lists.
type world struct {
	store     broker.Store
	operation *operation.Operation
	now       time.Time
}

func onBothStores(t *testing.T, test func(t *testing.T, w *world)) {
	t.Helper()
	stores.OnBoth(t, func(t *testing.T, store broker.Store) { test(t, newWorld(t, store)) })
}

func newWorld(t testing.TB, store broker.Store) *world {
	t.Helper()
	w := &world{store: store, now: time.Now().Truncate(time.Second)}
	clock := func() time.Time { return w.now }
	dir := t.TempDir()
	wrapper, err := keys.CreateWrapper(filepath.Join(dir, "key"))
	must(t, err)
	blobs, err := blobdir.Open(filepath.Join(dir, "blobs"))
	must(t, err)
	t.Cleanup(func() { blobs.Close() })
	keyring, err := broker.OpenKeyring(t.Context(), broker.KeyringConfig{Store: store, Wrapper: wrapper, Now: clock})
	must(t, err)
	b, err := broker.New(broker.Config{
		Store: store, Blobs: blobs, Wrapper: wrapper, Keyring: keyring, Policy: keys.Test(),
		Issuer: "https://vierkant.example/submission-api", Portal: "https://vierkant.example/portal",
		Sign: func(_ context.Context, all []broker.Event) ([]broker.Event, error) { return all, nil }, Now: clock, Deadline: clock,
	})
	must(t, err)
	keeper, err := keycare.New(keycare.Config{Store: store, Now: clock, Log: slog.New(slog.DiscardHandler)})
	must(t, err)
	w.operation, err = operation.New(operation.Config{
		Store: store, Deliveries: b.Deliveries, Notices: b.Notices, Keys: keeper, Now: clock, Deadline: clock,
		Examine: func(context.Context) []operation.Finding { return nil }, Disk: func() operation.Disk { return operation.Disk{} },
	})
	must(t, err)
	return w
}

// open makes an organisation with so many destinations.
func (w *world) open(t testing.TB, name string, destinations int) (all []broker.DestinationID) {
	t.Helper()
	org := broker.Org{ID: broker.NewID[broker.OrgID](), Name: name, Created: w.now}
	must(t, w.store.Update(t.Context(), func(tx broker.Tx) error {
		all = nil
		if err := errors.Join(tx.PutOrg(org), tx.PutEntry(broker.Entry{Kind: broker.OrgEntries, ID: string(org.ID), Value: []byte("{}")})); err != nil {
			return err
		}
		for n := range destinations {
			d := broker.Destination{ID: broker.NewID[broker.DestinationID](), Org: org.ID, Name: fmt.Sprintf("%s %d", name, n), Status: broker.DestinationActive, Created: w.now}
			if err := tx.PutDestination(d); err != nil {
				return err
			}
			all = append(all, d.ID)
		}
		return nil
	}))
	return all
}

// wait has something wait at a destination since some time.
func (w *world) wait(t testing.TB, at broker.DestinationID, since time.Duration) {
	t.Helper()
	sender := broker.NewID[broker.ClientID]()
	must(t, w.store.Update(t.Context(), func(tx broker.Tx) error {
		c := broker.Case{ID: broker.NewID[broker.CaseID](), Sender: sender, Destination: at, Created: w.now, Changed: w.now}
		if err := tx.PutCase(c); err != nil {
			return err
		}
		return tx.PutSubmission(broker.Submission{
			ID: broker.NewID[broker.SubmissionID](), Kind: broker.KindSubmission, Case: c.ID, Destination: at, Sender: sender, Author: sender,
			State: broker.StateSubmitted, Created: w.now.Add(-since), Submitted: w.now.Add(-since),
		})
	}))
}

func (w *world) report(t testing.TB) operation.Report {
	t.Helper()
	r, err := w.operation.Report(t.Context(), broker.Operator(""))
	must(t, err)
	return r
}

func TestSlowest(t *testing.T) {
	onBothStores(t, func(t *testing.T, w *world) {
		if got := w.report(t).Waiting; got.Count != 0 || len(got.Slowest) != 0 {
			t.Errorf("an empty installation: got %+v", got)
		}
		w.open(t, "Neu", 0)
		w.open(t, "Leer", 3)
		city, village := w.open(t, "Stadt", 150), w.open(t, "Dorf", 1)
		for i := range 60 {
			w.wait(t, city[2*i], time.Duration(i)*time.Hour)
		}
		w.wait(t, city[2], 30*time.Minute) // after the one that waits for an hour
		w.wait(t, village[0], 1000*time.Hour)
		if got := w.report(t).Waiting.Count; got != 0 {
			t.Errorf("within half a minute: got %d, want the answer of before", got)
		}
		w.now = w.now.Add(time.Minute)
		got := w.report(t).Waiting
		if got.Count != 62 || len(got.Slowest) != 50 {
			t.Fatalf("got %d at %d destinations, want 62, and 50 of 61 listed", got.Count, len(got.Slowest))
		}
		if first := got.Slowest[0]; first.Destination != village[0] || first.Org.Name != "Dorf" || first.Count != 1 {
			t.Errorf("first: got %+v, want the one of the village", first)
		}
		if !slices.IsSortedFunc(got.Slowest, func(a, b operation.Slow) int { return a.Oldest.Compare(b.Oldest) }) {
			t.Error("the one at which one waits longest is not first")
		}
		if last := got.Slowest[49]; last.Destination != city[2*11] {
			t.Errorf("last: got %+v, want the 12th of the city", last)
		}
	})
}

// TestCrowded has more wait at some destinations than fits into a page.
func TestCrowded(t *testing.T) {
	t.Parallel()
	w := newWorld(t, stores.Files(t))
	all := w.open(t, "Stadt", 5)
	for i := range broker.MaxPage + 1 {
		w.wait(t, all[2], 3*time.Hour-time.Duration(i)*time.Second)
	}
	w.wait(t, all[1], 4*time.Hour)
	w.wait(t, all[4], 2*time.Hour)
	got := w.report(t).Waiting
	var counts []int
	for _, s := range got.Slowest {
		counts = append(counts, s.Count)
	}
	if want := []int{1, broker.MaxPage + 1, 1}; got.Count != broker.MaxPage+3 || !slices.Equal(counts, want) {
		t.Errorf("got %d, at each %v, want %v", got.Count, counts, want)
	}
}

func TestOnlyOperators(t *testing.T) {
	t.Parallel()
	w := newWorld(t, stores.Files(t))
	for name, row := range map[string]struct {
		who  broker.Caller
		want error
	}{
		"nobody":   {broker.Caller{}, broker.Forbidden},
		"owner":    {broker.PersonCaller("p", "o", broker.RoleOwner), broker.Forbidden},
		"operator": {broker.PlatformCaller("p"), nil},
	} {
		if _, err := w.operation.Report(t.Context(), row.who); !errors.Is(err, row.want) {
			t.Errorf("%s: got %v, want %v", name, err, row.want)
		}
	}
}

// BenchmarkReport reads a report of 5,000 destinations, at all of which something waits, and at few.
func BenchmarkReport(b *testing.B) {
	for name, every := range map[string]int{"all": 1, "few": 100} {
		for kind, place := range stores.Kinds() {
			b.Run(name+"/"+kind, func(b *testing.B) {
				store, _ := place(b)()
				w := newWorld(b, store)
				for i, d := range w.open(b, "Land", 5000) {
					if i%every == 0 {
						w.wait(b, d, time.Duration(i)*time.Minute)
					}
				}
				for b.Loop() {
					w.now = w.now.Add(time.Minute) // past what is kept
					w.report(b)
				}
			})
		}
	}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
