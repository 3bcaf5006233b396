package bolt

import (
	"bytes"
	"context"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.etcd.io/bbolt"

	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/broker/blobdir"
	"github.com/vierkant/vierkant/crypto/keys"
)

// TestAlteredLog changes one byte of a stored event behind the broker's back: the log of that case must not be handed out any more.
func TestAlteredLog(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	path := filepath.Join(folder, "broker.db")
	wrapper, err := keys.CreateWrapper(filepath.Join(folder, "key"))
	if err != nil {
		t.Fatal(err)
	}
	store := open(t, path)
	sender := broker.Caller{Client: "sender", Scopes: []broker.Scope{broker.ScopeSend}}
	b := serviceOver(t, store, folder, wrapper)
	sub := announceOne(t, store, b, sender)
	all := broker.Page{Limit: broker.MaxPage}
	if _, err := b.Cases.Events(t.Context(), sender, sub.Case, all); err != nil {
		t.Fatalf("the log as it was written: %v", err)
	}
	if err := store.Close(); err != nil {
		t.Fatal(err)
	}
	alterFirst(t, path, []byte("iat"), []byte("iaT"))

	store = open(t, path)
	_, err = serviceOver(t, store, folder, wrapper).Cases.Events(t.Context(), sender, sub.Case, all)
	if err == nil || !strings.Contains(err.Error(), "event 1 is not the one that was written") {
		t.Errorf("the altered log: got %v", err)
	}
}

// serviceOver returns the services over a store; events are handed out without a signature, which is not what is tested.
func serviceOver(t testing.TB, store *Store, folder string, wrapper *keys.Wrapper) *broker.Broker {
	t.Helper()
	blobs, err := blobdir.Open(filepath.Join(folder, "blobs"))
	if err != nil {
		t.Fatal(err)
	}
	blobs.Close() // nothing here is large, and its folder is wanted a second time
	b, err := broker.New(broker.Config{
		Store: store, Blobs: blobs, Wrapper: wrapper, Keyring: new(broker.Keyring), Policy: keys.Test(),
		Issuer: "https://broker.example/submission-api", Portal: "https://broker.example/portal",
		Sign: func(_ context.Context, events []broker.Event) ([]broker.Event, error) { return events, nil },
		Now:  time.Now, Deadline: time.Now,
	})
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func announceOne(t testing.TB, store *Store, b *broker.Broker, sender broker.Caller) broker.Submission {
	t.Helper()
	const service = "urn:de:fim:leika:leistung:99050012104000"
	destination := broker.Destination{
		ID: broker.NewID[broker.DestinationID](), Status: broker.DestinationActive,
		Services: []broker.OfferedService{{Identifier: service, Regions: []string{"DE"}}},
	}
	if err := store.Update(t.Context(), func(tx broker.Tx) error { return tx.PutDestination(destination) }); err != nil {
		t.Fatal(err)
	}
	sub, err := b.Submissions.Announce(t.Context(), sender, broker.Announcement{Destination: destination.ID, Service: broker.Service{Identifier: service}}, broker.Repeat{})
	if err != nil {
		t.Fatal(err)
	}
	return sub
}

// alterFirst replaces bytes in the claims of the first event that has them.
func alterFirst(t testing.TB, path string, from, to []byte) {
	t.Helper()
	db, err := bbolt.Open(path, 0o600, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	err = db.Update(func(b *bbolt.Tx) error {
		bucket := b.Bucket([]byte(layout[events].name))
		c := bucket.Cursor()
		for at, raw := c.First(); at != nil; at, raw = c.Next() {
			r, err := decode[eventRecord](events, raw)
			if err != nil || !bytes.Contains(r.Claims, from) {
				continue
			}
			r.Claims = bytes.Replace(r.Claims, from, to, 1)
			altered, err := encode(events, r)
			if err != nil {
				return err
			}
			return bucket.Put(bytes.Clone(at), altered)
		}
		t.Error("there is no event to alter")
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
