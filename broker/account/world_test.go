package account_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/broker/account"
	"github.com/vierkant/vierkant/broker/blobdir"
	"github.com/vierkant/vierkant/broker/storetest/stores"
	"github.com/vierkant/vierkant/crypto/keys"
)

// world is accounts and clients on a real store, with a clock that stands still unless it is moved.
type world struct {
	*account.Accounts
	clients      *broker.Clients
	uses         *broker.ClientUses
	warned       *[]string // name and days of secrets that end
	destinations *broker.Destinations
	store        broker.Store
	clock        *clock
	letters      *letters
}

// letters are those that were owed.
type letters struct {
	mu  sync.Mutex
	all []account.Letter // guarded by mu
}

func (l *letters) post(tx broker.Tx, one account.Letter) error {
	tx.OnCommit(func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		l.all = append(l.all, one)
	})
	return nil
}

func (l *letters) last(t testing.TB) account.Letter {
	t.Helper()
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.all) == 0 {
		t.Fatal("there is no letter")
	}
	return l.all[len(l.all)-1]
}

type clock struct {
	mu  sync.Mutex
	now time.Time // guarded by mu
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// machine is the operator at the machine.
var machine = broker.Operator("")

// page is the first page of a list.
var page = broker.Page{Limit: broker.MaxPage}

// onBothStores runs a test on each kind of store.
func onBothStores(t *testing.T, test func(t *testing.T, w *world)) {
	t.Helper()
	stores.OnBoth(t, func(t *testing.T, store broker.Store) { test(t, newWorld(t, store)) })
}

func newWorld(t testing.TB, store broker.Store) *world {
	t.Helper()
	dir := t.TempDir()
	clock := &clock{now: time.Date(2026, 11, 22, 8, 0, 0, 0, time.UTC)}
	wrapper, err := keys.CreateWrapper(filepath.Join(dir, "key"))
	must(t, err)
	blobs, err := blobdir.Open(filepath.Join(dir, "blobs"))
	must(t, err)
	t.Cleanup(func() { blobs.Close() })
	keyring, err := broker.OpenKeyring(t.Context(), broker.KeyringConfig{Store: store, Wrapper: wrapper, Now: clock.Now})
	must(t, err)
	var warned []string
	b, err := broker.New(broker.Config{
		Store: store, Blobs: blobs, Wrapper: wrapper, Keyring: keyring, Policy: keys.Test(),
		Issuer: "https://vierkant.example/submission-api", Portal: "https://vierkant.example/portal",
		Sign: func(_ context.Context, all []broker.Event) ([]broker.Event, error) { return all, nil },
		Now:  clock.Now, Deadline: clock.Now, Limits: broker.Limits{Clients: 3},
		SecretEnds: func(tx broker.Tx, c broker.Client) error {
			tx.OnCommit(func() { warned = append(warned, fmt.Sprint(c.Name, " ", c.SecretWarned)) })
			return nil
		},
	})
	must(t, err)
	letters := &letters{}
	accounts, err := account.New(account.Config{Store: store, Now: clock.Now, Post: letters.post})
	must(t, err)
	return &world{Accounts: accounts, clients: b.Clients, uses: b.ClientUses, warned: &warned, destinations: b.Destinations, store: store, clock: clock, letters: letters}
}

// takeWarned returns of which secrets somebody was told since it was last called.
func (w *world) takeWarned() []string {
	got := *w.warned
	*w.warned = nil
	slices.Sort(got)
	return got
}

// updates counts the transactions that write.
type updates struct {
	broker.Store
	n int
}

func (u *updates) Update(ctx context.Context, fn func(broker.Tx) error) error {
	u.n++
	return u.Store.Update(ctx, fn)
}

// org makes an organisation.
func (w *world) org(t testing.TB, name string) broker.OrgID {
	t.Helper()
	o, err := w.clients.RegisterOrg(t.Context(), machine, name)
	must(t, err)
	return o.ID
}

// join makes a member and returns the caller that the member's token makes.
func (w *world) join(t testing.TB, org broker.OrgID, name string, role broker.Role) broker.Caller {
	t.Helper()
	m, err := w.AddMember(t.Context(), machine, org, account.NewPerson{Name: name, Email: name + "@stadt.example"}, role)
	must(t, err)
	who, err := w.Authenticate(t.Context(), w.token(t, m.ID), org)
	must(t, err)
	return who
}

// platform makes an operator of the platform.
func (w *world) platform(t testing.TB, name string) broker.Caller {
	t.Helper()
	p, err := w.AddPerson(t.Context(), machine, account.NewPerson{Name: name, Email: name + "@betrieb.example"})
	must(t, err)
	_, err = w.Appoint(t.Context(), machine, p.ID, true)
	must(t, err)
	who, err := w.Authenticate(t.Context(), w.token(t, p.ID), "")
	must(t, err)
	return who
}

func (w *world) token(t testing.TB, person broker.PersonID) string {
	t.Helper()
	_, token, err := w.IssueToken(t.Context(), machine, person, "test", 0)
	must(t, err)
	return token
}

// client registers a client that manages destinations and returns it as it asks.
func (w *world) client(t testing.TB, by broker.Caller) broker.Caller {
	t.Helper()
	c, _, err := w.clients.Register(t.Context(), by, broker.NewClient{Name: "cms", Kind: broker.Subscriber, Manage: true})
	must(t, err)
	who, err := w.clients.Caller(t.Context(), c.ID, c.Scopes())
	must(t, err)
	return who
}

// deeds returns the whole audit log, as lines.
func (w *world) deeds(t testing.TB) (all []string) {
	t.Helper()
	for p := page; ; p.Offset += p.Limit {
		log, total, err := w.Log(t.Context(), machine, "", p)
		must(t, err)
		for _, d := range log {
			all = append(all, d.Who+" "+d.Deed+" "+d.Subject)
		}
		if len(all) >= total {
			return all
		}
	}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// code returns the code of a refusal; "" is none.
func code(t testing.TB, err error) string {
	t.Helper()
	if err == nil {
		return ""
	}
	var refusal *broker.Error
	if !errors.As(err, &refusal) {
		t.Fatalf("not a refusal: %v", err)
	}
	return refusal.Code
}
