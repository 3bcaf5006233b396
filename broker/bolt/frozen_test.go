package bolt

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/broker/storetest"
)

// TestNamedBlobs names a blob in each place where records may, and in some where nobody thought of it.
func TestNamedBlobs(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "broker.db")
	s := open(t, path)
	name := func(n int) broker.BlobID { return broker.BlobID(fmt.Sprintf("%032x", 0xabc000+n)) }
	err := s.Update(t.Context(), func(tx broker.Tx) error {
		value := fmt.Sprintf(`{"blob":"%s","sha256":"%s"}`, name(3), strings.Repeat("ab", 32))
		other := fmt.Sprintf(`{"file":%q,"text":"{\"blob\":\"%s\"}","no":"%s0"}`, name(4), name(5), name(6))
		return errors.Join(
			tx.PutSubmission(broker.Submission{ID: "s", Case: "c", Destination: "d", Sender: "x", Author: "x", Metadata: broker.Sealed{Body: broker.Body{Blob: name(0)}}, Data: broker.Sealed{Body: broker.Body{Blob: name(1)}}}),
			tx.PutAttachment(broker.Attachment{Submission: "s", ID: "a", Sealed: broker.Sealed{Body: broker.Body{Blob: name(2)}}}),
			tx.PutEntry(broker.Entry{Kind: "k", ID: "one", Value: []byte(value)}),
			tx.PutEntry(broker.Entry{Kind: "k", ID: "two", Value: []byte(other)}),
		)
	})
	if err := errors.Join(err, s.Close()); err != nil {
		t.Fatal(err)
	}
	want := map[broker.BlobID]bool{name(0): true, name(1): true, name(2): true, name(3): true, name(4): false, name(5): false}
	a, err := OpenFrozen(path)
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	got := map[broker.BlobID]bool{}
	for n, err := range a.NamedBlobs(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		got[n.ID] = n.Sure
	}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

// TestOpenFrozen changes nothing of what it opens, and refuses what it would have to change.
func TestOpenFrozen(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "broker.db")
	s := open(t, path)
	if err := errors.Join(storetest.OneOfEach(s), s.Close()); err != nil {
		t.Fatal(err)
	}
	before, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	a, err := OpenFrozen(path)
	if err != nil {
		t.Fatal(err)
	}
	if empty, err := a.IsEmpty(t.Context()); empty || err != nil {
		t.Errorf("got %t, %v: it has one of each", empty, err)
	}
	if err := a.Close(); err != nil {
		t.Error(err)
	}
	if after, err := os.ReadFile(path); err != nil || !slices.Equal(before, after) {
		t.Errorf("it was changed: %v", err)
	}
	if _, err := OpenFrozen(firstRelease(t)); !errors.Is(err, ErrOlder) {
		t.Errorf("the first release: got %v, want %v", err, ErrOlder)
	}
	if _, err := OpenFrozen(filepath.Join(t.TempDir(), "none")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("none: got %v, want %v", err, os.ErrNotExist)
	}
}
