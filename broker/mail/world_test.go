package mail_test

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"mime"
	"mime/multipart"
	"net/mail"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/vierkant/vierkant/broker"
	outgoing "github.com/vierkant/vierkant/broker/mail"
	"github.com/vierkant/vierkant/testenv/postbox"
)

const (
	contact = "amt@stadt.example"
	base    = "https://test.broker.example"
)

var (
	machine = broker.Operator("")
	page    = broker.Page{Limit: broker.MaxPage}
)

// clock stands still unless it is moved.
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

// world is mails on a real store, of an organisation, with a mail server.
type world struct {
	*outgoing.Mails
	t     testing.TB
	cfg   outgoing.Config
	store broker.Store
	clock *clock
	org   broker.OrgID
	owner broker.Caller
	box   *postbox.Server
}

// newWorld has a mail server that takes everything, and an organisation whose contact is confirmed. Nothing is sent before run.
func newWorld(t testing.TB, store broker.Store, change ...func(*outgoing.Config, *postbox.Config)) *world {
	t.Helper()
	w := &world{t: t, store: store, clock: &clock{now: time.Date(2026, 11, 22, 8, 0, 0, 0, time.UTC)}, org: broker.NewID[broker.OrgID]()}
	w.owner = broker.PersonCaller("p", w.org, broker.RoleOwner)
	var box postbox.Config
	cfg := outgoing.Config{
		Store: store, Now: w.clock.Now, Log: slog.New(slog.DiscardHandler), From: "Vierkant <vierkant@broker.example>", URL: base, Environment: "test",
		Look: 5 * time.Millisecond, Send: w.overSMTP, Wrap: swap, Unwrap: swap,
	}
	for _, c := range change {
		c(&cfg, &box)
	}
	w.box = startBox(t, box)
	w.cfg = cfg
	w.Mails = w.node(cfg)
	w.update(func(tx broker.Tx) error { return tx.PutOrg(broker.Org{ID: w.org, Name: "Stadt Beispiel"}) })
	w.approve(contact)
	return w
}

// swap stands for wrapping: what it makes is not what it was given, and undone by itself. It minds the context.
func swap(b []byte, context string) ([]byte, error) {
	out := bytes.Clone(b)
	for i := range out {
		out[i] ^= context[i%len(context)] | 0x80
	}
	return out, nil
}

// node makes mails as they are on one node.
func (w *world) node(cfg outgoing.Config) *outgoing.Mails {
	w.t.Helper()
	mails, err := outgoing.New(cfg)
	must(w.t, err)
	return mails
}

// overSMTP sends to the mail server of this world.
func (w *world) overSMTP(ctx context.Context, from, to string, message []byte) error {
	return outgoing.SMTP{Server: w.box.Address(), Encryption: outgoing.Plain}.Send(ctx, from, to, message)
}

// withoutServer keeps mails.
func withoutServer(c *outgoing.Config, _ *postbox.Config) { c.Send = nil }

func startBox(t testing.TB, cfg postbox.Config) *postbox.Server {
	t.Helper()
	box, err := postbox.Start(cfg)
	must(t, err)
	t.Cleanup(func() { box.Close() })
	return box
}

// run sends until the test, or stop, ends it.
func (w *world) run() (stop func()) { return w.runs(w.Mails) }

func (w *world) runs(mails *outgoing.Mails) (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		mails.Run(ctx)
	}()
	stop = sync.OnceFunc(func() { cancel(); <-done })
	w.t.Cleanup(stop)
	return stop
}

func (w *world) update(fn func(broker.Tx) error) {
	w.t.Helper()
	must(w.t, w.store.Update(context.Background(), fn))
}

func (w *world) approve(address string) {
	w.t.Helper()
	_, err := w.Mark(context.Background(), machine, address)
	must(w.t, err)
}

func (w *world) owe(l outgoing.Letter) {
	w.t.Helper()
	if l.Org == "" {
		l.Org = w.org
	}
	w.update(func(tx broker.Tx) error { return outgoing.Owe(tx, w.clock.Now(), l) })
}

// changed tells of a key: such mails are not gathered.
func (w *world) changed(to, kid string) {
	w.t.Helper()
	w.owe(outgoing.Letter{Template: outgoing.KeyChanged, To: to, Fact: outgoing.Fact{Destination: "d", Name: "Amt", ID: kid, By: "person p"}})
}

// mails are those in the outbox of the organisation.
func (w *world) mails() []outgoing.Mail {
	w.t.Helper()
	all, total, err := w.List(context.Background(), w.owner, w.org, page)
	must(w.t, err)
	if total != len(all) {
		w.t.Fatalf("got %d mails of %d", len(all), total)
	}
	return all
}

// becomes waits until the only mail of the organisation to an address is so.
func (w *world) becomes(to, what string, is func(outgoing.Mail) bool) outgoing.Mail {
	w.t.Helper()
	var last []outgoing.Mail
	for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); <-time.After(time.Millisecond) {
		last = last[:0]
		for _, m := range w.mails() {
			if m.To == to {
				last = append(last, m)
			}
		}
		if len(last) == 1 && is(last[0]) {
			return last[0]
		}
	}
	w.t.Fatalf("it did not become %s: %+v", what, last)
	return outgoing.Mail{}
}

func state(s outgoing.State) func(outgoing.Mail) bool {
	return func(m outgoing.Mail) bool { return m.State == s }
}

// received waits for so many mails.
func (w *world) received(n int) []message {
	w.t.Helper()
	timeout := time.After(20 * time.Second)
	for {
		mails, more := w.box.Mails()
		if len(mails) >= n {
			all := make([]message, len(mails))
			for i, m := range mails {
				all[i] = read(w.t, m)
			}
			return all
		}
		select {
		case <-more:
		case <-timeout:
			w.t.Fatalf("got %d mails, want %d", len(mails), n)
		}
	}
}

// message is a mail as its reader sees it.
type message struct {
	to, subject string
	header      mail.Header
	plain, html string
}

// read takes a message apart as a mail program does.
func read(t testing.TB, m postbox.Mail) message {
	t.Helper()
	parsed, err := mail.ReadMessage(strings.NewReader(string(m.Text)))
	must(t, err)
	subject, err := new(mime.WordDecoder).DecodeHeader(parsed.Header.Get("Subject"))
	must(t, err)
	kind, parameters, err := mime.ParseMediaType(parsed.Header.Get("Content-Type"))
	must(t, err)
	if kind != "multipart/alternative" {
		t.Fatalf("got the type %s", kind)
	}
	got := message{to: m.To, subject: subject, header: parsed.Header}
	parts := multipart.NewReader(parsed.Body, parameters["boundary"])
	got.plain = nextPart(t, parts, "text/plain; charset=utf-8")
	got.html = nextPart(t, parts, "text/html; charset=utf-8")
	if _, err := parts.NextPart(); err != io.EOF {
		t.Errorf("got a third part, or %v", err)
	}
	return got
}

func nextPart(t testing.TB, parts *multipart.Reader, kind string) string {
	t.Helper()
	p, err := parts.NextPart()
	must(t, err)
	if got := p.Header.Get("Content-Type"); got != kind {
		t.Errorf("got the type %s, want %s", got, kind)
	}
	text, err := io.ReadAll(p)
	must(t, err)
	return string(text)
}

// code is the one in a request for confirmation.
func (m message) code(t testing.TB) string {
	t.Helper()
	code := regexp.MustCompile(`[A-Z2-7]{5}(-[A-Z2-7]{5,6}){4}`).FindString(m.plain)
	if code == "" || !strings.Contains(m.html, code) {
		t.Fatalf("there is no code in %s", m.plain)
	}
	return code
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
