// Package storetest is the contracts of broker.Store and broker.Blobs as tests that every implementation must pass. An
// implementation calls TestStore or TestBlobs from a test of its own and adds what is particular to it.
//
// What the contract does not promise is not tested: which memory a list uses when it is empty, whether a panic of a function
// comes back as an error or as the panic, what an error's text says. What it promises is tested through the interface alone, so that
// a test can be read as the sentence it holds the implementation to. The functions given to Update return what they find
// instead of failing the test in place: they may run elsewhere, and more than once.
//
// # Random programs
//
// What nobody thought of is found by random programs: the store and a model, a second reading of the contract in lists and loops, run the
// same transactions, some of which fail or are followed by a restart, and after each of them everything that can be read is
// compared. A program that tells them apart is shortened and printed. It comes from a seed, which a failure names:
//
//	VIERKANT_STORE_SEED=7 go test -run TestContract/random ./broker/bolt        # this program first
//	VIERKANT_STORE_PROGRAMS=5000 go test -run TestContract/random ./broker/bolt # many, fresh ones
//
// FuzzStore has the fuzzer write the programs. That they find mistakes is tested on stores that make them (TestMutants).
//
// # How the contract is read
//
//   - What fn sees and does in Update is as if all Updates had come one after the other (serializable), also for what it looked for and did
//     not find. How a store sees to that, and how often it runs fn, is its own affair.
//   - Lists are in the order in which things were first put, whatever their times say and however often they are put again; one that was deleted
//     and is put again is new. Among deliveries due at the same instant, too, the older comes first, and so it is with receipts.
//   - What a thing belongs to is set when it is first put, and stays: of a submission its kind, case, destination, sender and author, and whose
//     the last two are, of a case its sender and destination, of a callback whom it tells and of which submission. An event about a submission is in the log of the case that
//     the submission is in. What a store does with one that changes them, or has none, is not tested.
//   - The time that a thing came (Created, Added, Published, Recorded) never changes, and never goes back from one thing to the next: whether an
//     order goes by it is not tested.
//   - Names are UUIDs, as on the wire, and key names of up to 64 bytes. Texts are UTF-8 without the character NUL; instants have nanoseconds.
//
// Only tests import this package.
package storetest

import (
	"context"
	"errors"
	"testing"

	"github.com/vierkant/vierkant/broker"
)

// TestStore runs the contract of broker.Store. open returns the store that keeps its data in dir, where another one may have
// kept its data before and was closed.
func TestStore(t *testing.T, open func(t testing.TB, dir string) broker.Store) {
	tests := []struct {
		name string
		run  func(*harness)
	}{
		{"every field survives", everyField},
		{"an empty store", emptyStore},
		{"memory is the caller's", ownMemory},
		{"destinations", destinations},
		{"assigned destinations", assignedDestinations},
		{"destination keys", destinationKeys},
		{"waiting submissions", waiting},
		{"waiting is paged across destinations", waitingPages},
		{"inboxes", inboxes},
		{"submissions of a case", caseSubmissions},
		{"ledgers", ledgers},
		{"pending", pending},
		{"attachments", attachments},
		{"bodies", bodies},
		{"lists of cases", caseLists},
		{"event log", eventLog},
		{"event conflicts", eventConflicts},
		{"signing", signing},
		{"signing once", signingOnce},
		{"deliveries", deliveries},
		{"deliveries that are over", overDeliveries},
		{"timers", timers},
		{"deleted cases", deletedCases},
		{"receipts", receipts},
		{"service keys", serviceKeys},
		{"routes", routes},
		{"entries", entries},
		{"entries are their owner's", entryOwners},
		{"a failed function leaves nothing", rollback},
		{"a function sees what it wrote", ownWrites},
		{"a view writes nothing", readOnly},
		{"a view is consistent", consistentView},
		{"views and updates do not wait for each other", viewBesideUpdate},
		{"what follows a commit", onCommit},
		{"contexts that are over", contexts},
		{"the store's clock", storeClock},
		{"no update is lost", noLostUpdate},
		{"failures beside others", failuresBesideOthers},
		{"panics beside others", panicsBesideOthers},
		{"random programs", randomPrograms},
		{"random deeds at once", randomDeeds},
		{"no write skew", noWriteSkew},
		{"only the first changes what all read", checkAndChange},
		{"only one appends a number", sameNumber},
		{"leases", leases},
		{"large values", largeValues},
		{"empty values", emptyValues},
		{"the same instant", sameInstant},
		{"restarts", restarts},
		{"reopened", reopened},
		{"closed", closed},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			h := &harness{T: t, open: open, dir: t.TempDir()}
			h.store = open(t, h.dir)
			t.Cleanup(func() { h.store.Close() })
			test.run(h)
		})
	}
}

// harness is a test with a store of its own.
type harness struct {
	*testing.T
	open  func(t testing.TB, dir string) broker.Store
	dir   string
	store broker.Store
}

// update runs functions in one transaction that must succeed.
func (h *harness) update(fns ...func(broker.Tx) error) {
	h.Helper()
	err := h.store.Update(context.Background(), func(tx broker.Tx) error {
		for _, fn := range fns {
			if err := fn(tx); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		h.Fatalf("Update: %v", err)
	}
}

// reopen closes the store and opens what it kept.
func (h *harness) reopen() {
	h.Helper()
	if err := h.store.Close(); err != nil {
		h.Fatalf("Close: %v", err)
	}
	h.store = h.open(h.T, h.dir)
}

// try reads in a View.
func try[T any](h *harness, read func(broker.Tx) (T, error)) (got T, err error) {
	err = h.store.View(context.Background(), func(tx broker.Tx) (err error) {
		got, err = read(tx)
		return err
	})
	return got, err
}

// must reads in a View that must succeed.
func must[T any](h *harness, read func(broker.Tx) (T, error)) T {
	h.Helper()
	got, err := try(h, read)
	if err != nil {
		h.Fatalf("View: %v", err)
	}
	return got
}

// list is a page and the total that came with it.
type list[T any] struct {
	Page  []T
	Total int
}

// paged reads a page.
func paged[T any](h *harness, read func(broker.Tx) ([]T, int, error)) list[T] {
	h.Helper()
	return must(h, func(tx broker.Tx) (l list[T], err error) {
		l.Page, l.Total, err = read(tx)
		return l, err
	})
}

// same compares values: instants as instants, and no list is as good as an empty one.
func same[T any](h *harness, what string, got, want T) {
	h.Helper()
	if !equal(want, got) {
		h.Errorf("%s (-want +got):\n%s", what, diff(want, got))
	}
}

// is checks an error by errors.Is.
func is(h *harness, what string, got, want error) {
	h.Helper()
	if !errors.Is(got, want) {
		h.Errorf("%s: got error %v, want %v", what, got, want)
	}
}

// whole is a page that holds every list of these tests.
var whole = broker.Page{Limit: broker.MaxPage}

// each applies a name to all elements: each(list, id).
func each[A, B any](all []A, f func(A) B) []B {
	var out []B
	for _, a := range all {
		out = append(out, f(a))
	}
	return out
}
