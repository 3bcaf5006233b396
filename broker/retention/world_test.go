package retention_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/broker/retention"
	"github.com/vierkant/vierkant/broker/signer"
	"github.com/vierkant/vierkant/broker/storetest/stores"
	"github.com/vierkant/vierkant/crypto/keys"
	"github.com/vierkant/vierkant/crypto/seal"
	"github.com/vierkant/vierkant/crypto/set"
)

const (
	service = "urn:de:fim:leika:leistung:99050012104000"
	secret  = "a-secret-that-only-broker-and-receiver-know"
	day     = 24 * time.Hour
)

// pairs are the key pairs of this test binary, each about a second of work.
var pairs = sync.OnceValues(func() (p struct{ encryption, signing keys.Private }, err error) {
	if p.encryption, err = keys.Generate(keys.Encryption, "test", time.Now(), time.Hour); err != nil {
		return p, err
	}
	p.signing, err = keys.Generate(keys.Signature, "test", time.Now(), time.Hour)
	return p, err
})

// clock is the clock of deadlines, which stands still unless it is moved.
type clock struct {
	start time.Time
	ahead atomic.Int64
	moved broker.Signal
}

func newClock() *clock {
	return &clock{start: time.Now().Truncate(time.Second), moved: make(broker.Signal, 1)}
}

func (c *clock) now() time.Time { return c.start.Add(time.Duration(c.ahead.Load())) }

func (c *clock) forward(d time.Duration) {
	c.ahead.Add(int64(d))
	c.moved.Set()
}

func quiet() *slog.Logger { return slog.New(slog.DiscardHandler) }

// reminders are what was owed, as far as it was committed.
type reminders struct {
	mu  sync.Mutex
	all map[broker.SubmissionID][]int
}

func (r *reminders) remind(tx broker.Tx, s broker.Submission, nth int) error {
	tx.OnCommit(func() {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.all[s.ID] = append(r.all[s.ID], nth)
	})
	return nil
}

func (r *reminders) timedOut(tx broker.Tx, s broker.Submission) error {
	return r.remind(tx, s, timedOut)
}

// timedOut stands for the mail that it is too late.
const timedOut = 99

func (r *reminders) of(id broker.SubmissionID) []int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.all[id]
}

// node is a broker on a place.
type node struct {
	*broker.Broker
	store broker.Store
	blobs broker.Blobs
}

// world is an organisation with its clients and one destination, and the nodes that serve it.
type world struct {
	node
	at      stores.Place
	wrapper *keys.Wrapper
	clock   *clock
	mails   *reminders
	periods broker.Periods

	sender, subscriber broker.Caller
	destination        broker.DestinationID
}

func newWorld(t testing.TB, at stores.Place) *world { return newWorldWith(t, at, broker.Periods{}) }

func newWorldWith(t testing.TB, at stores.Place, periods broker.Periods) *world {
	t.Helper()
	w := &world{at: at, periods: periods, clock: newClock(), mails: &reminders{all: map[broker.SubmissionID][]int{}}}
	var err error
	w.wrapper, err = keys.CreateWrapper(filepath.Join(t.TempDir(), "key"))
	must(t, err)
	w.node = w.another(t)
	w.join(t)
	return w
}

// another is one more node.
func (w *world) another(t testing.TB) node {
	t.Helper()
	store, blobs := w.at()
	return w.serve(t, store, blobs)
}

func (w *world) serve(t testing.TB, store broker.Store, blobs broker.Blobs) node {
	t.Helper()
	keyring, err := broker.OpenKeyring(context.Background(), broker.KeyringConfig{
		Store: store, Wrapper: w.wrapper, Now: time.Now,
		Make: map[broker.KeyUse]func() (broker.KeyPair, error){broker.ServiceKeys: func() (broker.KeyPair, error) {
			p, err := pairs()
			return broker.KeyPair{KID: p.signing.KID, Public: public(t, p.signing), Private: p.signing.Secret}, err
		}},
	})
	must(t, err)
	sign, err := signer.New(signer.Config{Store: store, Keyring: keyring, Log: quiet()})
	must(t, err)
	b, err := broker.New(broker.Config{
		Store: store, Blobs: blobs, Wrapper: w.wrapper, Keyring: keyring,
		Policy: keys.Test(), Callbacks: broker.CallbackRule{Insecure: true},
		Issuer: "https://vierkant.example/submission-api", Portal: "https://vierkant.example/portal",
		Sign: sign.Sign, Now: time.Now, Deadline: w.clock.now, Remind: w.mails.remind, TimedOut: w.mails.timedOut, Periods: w.periods,
	})
	must(t, err)
	return node{b, store, blobs}
}

func (w *world) join(t testing.TB) {
	t.Helper()
	ctx := context.Background()
	org, err := w.Clients.RegisterOrg(ctx, broker.Operator(""), "Stadt")
	must(t, err)
	caller := func(n broker.NewClient) broker.Caller {
		c, _, err := w.Clients.Register(ctx, broker.Operator(org.ID), n)
		must(t, err)
		return broker.Caller{Client: c.ID, Org: c.Org, Scopes: c.Scopes()}
	}
	w.sender = caller(broker.NewClient{Name: "sender", Kind: broker.Sender})
	w.subscriber = caller(broker.NewClient{Name: "subscriber", Kind: broker.Subscriber, Manage: true})
	p, err := pairs()
	must(t, err)
	d, err := w.Destinations.Create(ctx, w.subscriber, broker.DestinationDraft{
		Name: "Amt", Contact: broker.Contact{LegalName: "Stadt", Email: "amt@stadt.example"},
		Services: []broker.OfferedService{{
			Identifier: service, Regions: []string{"DE"},
			Schemas: []broker.SubmissionSchema{{URI: "https://schema.example/a.json", MIMEType: seal.JSON}},
		}},
		EncryptionKID: p.encryption.KID, MetadataVersions: []string{"2.1.0"},
		Callback: &broker.CallbackDraft{URL: "http://127.0.0.1:1/authority", Secret: secret},
	}, public(t, p.encryption), public(t, p.signing))
	must(t, err)
	_, err = w.Destinations.Change(ctx, w.subscriber, d.ID, func(d broker.DestinationDraft) (broker.DestinationDraft, error) {
		d.Status = broker.DestinationActive
		return d, nil
	})
	must(t, err)
	w.destination = d.ID
}

// announce opens a submission with an attachment of a size and uploads that.
func (w *world) announce(t testing.TB, attachment []byte) broker.Submission {
	t.Helper()
	id := broker.NewID[broker.AttachmentID]()
	sub, err := w.Submissions.Announce(t.Context(), w.sender, broker.Announcement{
		Destination: w.destination, Service: broker.Service{Identifier: service}, Attachments: []broker.AttachmentID{id},
		Callback: &broker.CallbackDraft{URL: "http://127.0.0.1:1/service", Secret: secret},
	}, broker.Repeat{})
	must(t, err)
	must(t, w.Submissions.Upload(t.Context(), w.sender, broker.V2(), sub.ID, id, bytes.NewReader(attachment)))
	return sub
}

// submit sends an application with an attachment.
func (w *world) submit(t testing.TB) broker.Submission {
	t.Helper()
	sealed := sealedOnce(t)
	sub := w.announce(t, sealed)
	sub, err := w.Submissions.Submit(t.Context(), w.sender, broker.V2(), sub.ID, sealed, sealed, broker.Repeat{})
	must(t, err)
	return sub
}

// reply sends a reply of the destination, or of the sender, into a case.
func (w *world) reply(t testing.TB, who broker.Caller, in broker.CaseID) broker.Submission {
	t.Helper()
	sub, err := w.Replies.Announce(t.Context(), who, broker.ReplyAnnouncement{Case: in}, broker.Repeat{})
	must(t, err)
	sealed := sealedOnce(t)
	sub, err = w.Replies.Submit(t.Context(), who, broker.V2(), sub.ID, sealed, sealed, broker.Repeat{})
	must(t, err)
	return sub
}

// decide has the destination say what becomes of a submission.
func (w *world) decide(t testing.TB, sub broker.Submission, event string) {
	t.Helper()
	p, err := pairs()
	must(t, err)
	payload := set.Payload{}
	if event == set.RejectSubmission {
		payload.Problems = []set.Problem{{Type: "about:blank"}}
	}
	claims, err := set.Claims{
		Schema: set.SchemaURI(set.CurrentVersion), ID: broker.NewID[string](), Issuer: string(w.destination), IssuedAt: time.Now().Unix(),
		Subject: "submission:" + string(sub.ID), Transaction: "case:" + string(sub.Case), Event: event, Payload: payload.Bytes(),
	}.Bytes()
	must(t, err)
	token, err := set.Sign(claims, p.signing.KID, p.signing.Secret)
	must(t, err)
	must(t, w.Cases.Post(t.Context(), w.subscriber, broker.V2(), sub.Case, token))
}

var sealedParts sync.Map

// sealedOnce is what all submissions of a test binary contain.
func sealedOnce(t testing.TB) []byte { return sealedOf(t, 10) }

// sealedOf is a sealed part of about so many bytes.
func sealedOf(t testing.TB, size int) []byte {
	t.Helper()
	if known, ok := sealedParts.Load(size); ok {
		return known.([]byte)
	}
	p, err := pairs()
	must(t, err)
	sealed, err := seal.Seal(p.encryption.Public, seal.JSON, []byte(strings.Repeat("x", size)))
	must(t, err)
	sealedParts.Store(size, []byte(sealed))
	return []byte(sealed)
}

// pass moves the clock and does what is due.
func (w *world) pass(t testing.TB, d time.Duration) {
	t.Helper()
	w.clock.forward(d)
	for {
		n, err := w.Retention.Act(t.Context(), 3)
		must(t, err)
		if n == 0 {
			return
		}
	}
}

// log returns the events of a case, by the last part of their URIs.
func (n node) log(t testing.TB, c broker.CaseID) (names []string) {
	t.Helper()
	must(t, n.store.View(t.Context(), func(tx broker.Tx) error {
		log, _, err := tx.Events(c, broker.Page{Limit: broker.MaxPage})
		names = nil
		for _, e := range log {
			names = append(names, filepath.Base(e.Type))
		}
		return err
	}))
	return names
}

func (n node) submission(t testing.TB, id broker.SubmissionID) (sub broker.Submission) {
	t.Helper()
	must(t, n.store.View(t.Context(), func(tx broker.Tx) (err error) { sub, err = tx.Submission(id); return err }))
	return sub
}

// told returns who is owed callbacks about a submission, and of which type.
func (n node) told(t testing.TB, id broker.SubmissionID) (all []string) {
	t.Helper()
	must(t, n.store.View(t.Context(), func(tx broker.Tx) error {
		owed, _, err := tx.DeliveriesOf(id, broker.Page{Limit: broker.MaxPage})
		all = nil
		for _, d := range owed {
			who, _, _ := strings.Cut(string(d.Receiver()), " ")
			all = append(all, string(d.Type)+" to the "+who)
		}
		return err
	}))
	return all
}

// timer says when somebody looks again, from the start of the clock on; a negative one is for never.
func (w *world) timer(t testing.TB, about broker.Timer) (at time.Duration) {
	t.Helper()
	must(t, w.store.View(t.Context(), func(tx broker.Tx) error {
		timer, err := tx.Timer(about.Queue, about.ID)
		at = timer.At.Sub(w.clock.start)
		if errors.Is(err, broker.ErrNoRow) {
			at = -1
			return nil
		}
		return err
	}))
	return at
}

// sweeper is one of a node.
func (w *world) sweeper(t testing.TB, n node, change ...func(*retention.Config)) *retention.Sweeper {
	t.Helper()
	cfg := retention.Config{Store: n.store, Retention: n.Retention, Deadline: w.clock.now, Log: quiet(), Pause: time.Microsecond}
	for _, f := range change {
		f(&cfg)
	}
	s, err := retention.New(cfg)
	must(t, err)
	return s
}

// start runs a sweeper and returns what ends it.
func start(t testing.TB, s *retention.Sweeper, wake broker.Signal) (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { defer close(done); s.Run(ctx, wake) }()
	stop = func() { cancel(); <-done }
	t.Cleanup(stop)
	return stop
}

// await waits until something is so, which only a commit that leaves an event can make so.
func (n node) await(t testing.TB, so func() bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	for !so() {
		select {
		case <-ctx.Done():
			t.Fatal("it is not so yet")
		case <-n.EventsWritten:
		}
	}
}

// lines is a log whose lines can be counted, and waited for.
type lines struct {
	wrote chan struct{}
	mu    sync.Mutex
	all   []string
}

func newLines() *lines { return &lines{wrote: make(chan struct{}, 1)} }

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.all = append(l.all, string(p))
	select {
	case l.wrote <- struct{}{}:
	default:
	}
	return len(p), nil
}

// await waits for a line.
func (l *lines) await(t testing.TB, text string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	for l.with(text) == 0 {
		select {
		case <-ctx.Done():
			t.Fatalf("no line has %q", text)
		case <-l.wrote:
		}
	}
}

func (l *lines) with(text string) (n int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, line := range l.all {
		if strings.Contains(line, text) {
			n++
		}
	}
	return n
}

func public(t testing.TB, k keys.Private) json.RawMessage {
	t.Helper()
	raw, err := k.Public.MarshalJSON()
	must(t, err)
	return raw
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
