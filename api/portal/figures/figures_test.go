package figures_test

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/vierkant/vierkant/api/portal/portaltest"
	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/cmd/node"
	"github.com/vierkant/vierkant/crypto/keys"
	"github.com/vierkant/vierkant/crypto/seal"
	"github.com/vierkant/vierkant/crypto/set"
)

const (
	service = "urn:de:fim:leika:leistung:99050012104000"
	secret  = "a-secret-that-only-broker-and-receiver-know"
	day     = 24 * time.Hour
)

// clock is that of the node, which goes on from when the test began only if it is moved.
type clock struct {
	mu  sync.Mutex
	now time.Time // guarded by mu
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) forward(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// world is an organisation that sends to itself, on a node that does nothing by itself.
type world struct {
	*portaltest.World
	clock              *clock
	sender, subscriber broker.Caller
	destination        broker.DestinationID
	sent               int // bytes of sealed content
}

// hostile is a name that a page must escape, and a spreadsheet must not take for a formula.
const hostile = `=<script>alert("1")</script>`

func start(t *testing.T, change ...func(*node.Config)) *world {
	t.Helper()
	w := &world{clock: &clock{now: time.Now()}}
	w.World = portaltest.Start(t, append(change, func(c *node.Config) { c.Now, c.Foreground = w.clock.Now, true })...)
	caller := func(n broker.NewClient) broker.Caller {
		c, _, err := w.Node.Broker.Clients.Register(t.Context(), broker.Operator(w.Org), n)
		must(t, err)
		return broker.Caller{Client: c.ID, Org: c.Org, Scopes: c.Scopes()}
	}
	w.sender = caller(broker.NewClient{Name: "Antragsportal", Kind: broker.Sender})
	w.subscriber = caller(broker.NewClient{Name: "Fachverfahren", Kind: broker.Subscriber, Manage: true})
	w.destination = w.open(t)
	return w
}

var pairs = sync.OnceValues(func() (p struct{ encryption, signing keys.Private }, err error) {
	if p.encryption, err = keys.Generate(keys.Encryption, "test", time.Now(), 365*day); err != nil {
		return p, err
	}
	p.signing, err = keys.Generate(keys.Signature, "test", time.Now(), 365*day)
	return p, err
})

func (w *world) open(t *testing.T) broker.DestinationID {
	t.Helper()
	p, err := pairs()
	must(t, err)
	encryption, err := json.Marshal(p.encryption.Public)
	must(t, err)
	signing, err := json.Marshal(p.signing.Public)
	must(t, err)
	d, err := w.Node.Broker.Destinations.Create(t.Context(), w.subscriber, broker.DestinationDraft{
		Name: hostile, Contact: broker.Contact{LegalName: "Stadt", Email: "amt@stadt.example"},
		Services: []broker.OfferedService{{
			Identifier: service, Regions: []string{"DE"}, Schemas: []broker.SubmissionSchema{{URI: "https://schema.example/a.json", MIMEType: seal.JSON}},
		}},
		EncryptionKID: p.encryption.KID, MetadataVersions: []string{"2.1.0"},
		Callback: &broker.CallbackDraft{URL: "http://127.0.0.1:1/secret-path", Secret: secret},
	}, encryption, signing)
	must(t, err)
	_, err = w.Node.Broker.Destinations.Change(t.Context(), w.subscriber, d.ID, func(d broker.DestinationDraft) (broker.DestinationDraft, error) {
		d.Status = broker.DestinationActive
		return d, nil
	})
	must(t, err)
	return d.ID
}

func (w *world) submit(t *testing.T) broker.Submission {
	t.Helper()
	p, err := pairs()
	must(t, err)
	sealed, err := seal.Seal(p.encryption.Public, seal.JSON, bytes.Repeat([]byte("x"), 10_000))
	must(t, err)
	w.sent += 2 * len(sealed)
	sub, err := w.Node.Broker.Submissions.Announce(t.Context(), w.sender, broker.Announcement{
		Destination: w.destination, Service: broker.Service{Identifier: service},
	}, broker.Repeat{})
	must(t, err)
	sub, err = w.Node.Broker.Submissions.Submit(t.Context(), w.sender, broker.V2(), sub.ID, []byte(sealed), []byte(sealed), broker.Repeat{})
	must(t, err)
	return sub
}

// decide accepts, or rejects for a reason.
func (w *world) decide(t *testing.T, sub broker.Submission, reason string) {
	t.Helper()
	p, err := pairs()
	must(t, err)
	event, payload := set.AcceptSubmission, set.Payload{}
	if reason != "" {
		event, payload.Problems = set.RejectSubmission, []set.Problem{{Type: set.ProblemPrefix + reason}}
	}
	claims, err := set.Claims{
		Schema: set.SchemaURI(set.CurrentVersion), ID: broker.NewID[string](), Issuer: string(w.destination), IssuedAt: w.clock.Now().Unix(),
		Subject: "submission:" + string(sub.ID), Transaction: "case:" + string(sub.Case), Event: event, Payload: payload.Bytes(),
	}.Bytes()
	must(t, err)
	token, err := set.Sign(claims, p.signing.KID, p.signing.Secret)
	must(t, err)
	must(t, w.Node.Broker.Cases.Post(t.Context(), w.subscriber, broker.V2(), sub.Case, token))
}

// call tells the authority of what waits; it answers with a status.
func (w *world) call(t *testing.T, status int) {
	t.Helper()
	all, _, err := w.Node.Broker.Deliveries.Claim(t.Context(), time.Minute, 1)
	must(t, err)
	for _, d := range all {
		r := broker.Result{URL: "http://127.0.0.1:1/secret-path", Attempt: broker.Attempt{At: w.clock.Now(), Status: status, Reason: "the receiver failed"}}
		if status == http.StatusNoContent {
			must(t, w.Node.Broker.Deliveries.Delivered(t.Context(), d, r))
			continue
		}
		_, err := w.Node.Broker.Deliveries.Failed(t.Context(), d, r, w.clock.Now())
		must(t, err)
	}
}

// live has some days pass, on which this and that happens.
func (w *world) live(t *testing.T, days int) {
	t.Helper()
	reasons := []string{"schema-violation", "missing-attachment", "", "hash-mismatch", "technical-error", "x", "encryption-issue", "missing-data"}
	for i := range days {
		for n := range 1 + i*3%5 {
			sub := w.submit(t)
			w.call(t, map[bool]int{true: http.StatusNoContent, false: http.StatusServiceUnavailable}[(i+n)%4 > 0])
			w.clock.forward(time.Duration(1+(i*n)%7) * 17 * time.Minute)
			reason := ""
			if n > 0 {
				reason = reasons[(i+n)%len(reasons)]
			}
			w.decide(t, sub, reason)
		}
		_, err := w.Node.Figures.Fold(t.Context())
		must(t, err)
		w.clock.forward(day - time.Duration(w.clock.Now().Hour())*time.Hour + 9*time.Hour)
	}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestPage(t *testing.T) {
	t.Parallel()
	w := start(t)
	reader := w.Person(t, broker.RoleReader)
	reader.Get(reader.Home+"/figures").Want(http.StatusOK, "In diesem Zeitraum ist nichts geschehen", "Kennzahlen").Lacks("<svg class=\"chart\"", "<script>alert")
	w.decide(t, w.submit(t), "")
	w.decide(t, w.submit(t), "schema-violation")
	w.call(t, http.StatusServiceUnavailable)
	_, err := w.Node.Figures.Fold(t.Context())
	must(t, err)
	for _, of := range []string{"", "sent", "destination:" + string(w.destination), "client:" + string(w.sender.Client)} {
		for _, period := range []string{"", "24h", "7d", "30d", "1y"} {
			a := reader.Get(reader.Home + "/figures?" + url.Values{"of": {of}, "period": {period}}.Encode())
			a.Want(http.StatusOK, `role="img"`, "Zeit bis zur Annahme", "Schema verletzt", "Datenmenge", "&lt;script&gt;").Lacks("<script>alert", "style=", "NaN")
		}
	}
	reader.Lang = "en"
	reader.Get(reader.Home+"/figures?period=24h").Want(http.StatusOK, "Time to acceptance", "schema violation", "within 1 min").Lacks("angenommen")
	reader.Get(reader.Home+"/figures?of=client:"+string(w.subscriber.Client)).Want(http.StatusOK, "Nothing happened", string(w.subscriber.Client))
}

// TestStrangers holds that nobody sees figures of others, and that what is no question gets an answer.
func TestStrangers(t *testing.T) {
	t.Parallel()
	w := start(t)
	other := w.PersonOf(t, w.Organisation(t, "Nachbar"), broker.RoleOwner)
	owner := w.Person(t, broker.RoleOwner)
	home := owner.Home
	for _, file := range []string{"/figures", "/figures.csv"} {
		other.Get(home + file).Want(http.StatusNotFound)
		other.Get(other.Home + file + "?of=destination:" + string(w.destination)).Want(http.StatusNotFound)
		other.Get(other.Home + file + "?of=client:" + string(w.sender.Client)).Want(http.StatusNotFound)
		owner.Get(home + file + "?of=destination:%3Cscript%3E").Want(http.StatusBadRequest).Lacks("<script>")
		owner.Get(home+file+"?of=everything").Want(http.StatusBadRequest, "nicht die erwartete Form")
		owner.Get(home+file+"?period=century").Want(http.StatusBadRequest, "nicht die erwartete Form")
		owner.Get("/platform" + file).Want(http.StatusForbidden)
		w.Operator(t).Get("/platform" + file).Want(http.StatusOK)
	}
	owner.Get("/platform/operation").Want(http.StatusForbidden)
}

func TestFile(t *testing.T) {
	t.Parallel()
	w := start(t)
	w.decide(t, w.submit(t), "")
	w.decide(t, w.submit(t), "hash-mismatch")
	_, err := w.Node.Figures.Fold(t.Context())
	must(t, err)
	reader := w.Person(t, broker.RoleReader)
	for of, name := range map[string]string{
		"": "received", "sent": "sent", "destination:" + string(w.destination): "'" + hostile, "client:" + string(w.sender.Client): "Antragsportal",
	} {
		a := reader.Get(reader.Home + "/figures.csv?" + url.Values{"of": {of}, "period": {"7d"}}.Encode()).Want(http.StatusOK)
		rows, err := csv.NewReader(strings.NewReader(a.Body)).ReadAll()
		must(t, err)
		if len(rows) != 8 {
			t.Fatalf("got %d rows, want a head and 7 days", len(rows))
		}
		got := map[string]string{}
		for i, column := range rows[0] {
			got[column] = rows[7][i]
		}
		for column, want := range map[string]string{
			"of": name, "announced": "2", "accepted": "1", "rejected": "1", "rejected:hash-mismatch": "1", "acceptanceP50": "60", "callbacksTaken": "0",
		} {
			if got[column] != want {
				t.Errorf("%s: got %s %q, want %q", of, column, got[column], want)
			}
		}
		if kind := a.Header.Get("Content-Disposition"); !strings.HasPrefix(kind, "attachment") {
			t.Errorf("got Content-Disposition %q", kind)
		}
	}
}

func TestOperation(t *testing.T) {
	t.Parallel()
	w := start(t)
	w.Operator(t).Get("/platform/operation").Want(http.StatusOK, "Nirgends wartet eine Einreichung", "Kein Endpunkt macht Schwierigkeiten", "Betrieb")
	w.submit(t)
	w.call(t, http.StatusServiceUnavailable)
	w.clock.forward(3 * time.Hour)
	operator := w.Operator(t) // sessions do not last that long
	must(t, w.Node.Broker.Notices.Announce(t.Context(), broker.Operator(""), broker.Notice{From: w.clock.Now(), Until: w.clock.Now().Add(day)}))
	operator.Get("/platform/operation").Want(http.StatusOK, "&lt;script&gt;", "3 Std.", "127.0.0.1:1", "gestört", "Wartung angekündigt", "Stadt Musterhausen").
		Lacks("<script>alert", "secret-path")
	operator.Lang = "en"
	operator.Get("/platform/operation").Want(http.StatusOK, "Slow destinations", "failing", "events that wait for their signature")
}

// TestInBrowser looks at all pages, small and large, light and dark, German and English.
func TestInBrowser(t *testing.T) {
	t.Parallel()
	w := start(t)
	w.live(t, 10)
	w.submit(t)
	w.clock.forward(26 * time.Hour)
	w.Browse(t, "testdata/figures.mjs", map[string]any{"reader": w.Person(t, broker.RoleReader).Secret, "operator": w.Operator(t).Secret})
}
