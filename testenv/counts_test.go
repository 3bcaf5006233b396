package testenv_test

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/vierkant/vierkant/api/wire"
	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/cmd/node"
	"github.com/vierkant/vierkant/crypto/keys"
	"github.com/vierkant/vierkant/crypto/set"
	"github.com/vierkant/vierkant/testenv"
)

// TestCounts holds what each request costs against what it may cost: durable transactions, syncs, private-key operations. The node works
// in the foreground only, so that what was counted when the answer is there was done for the answer; and all of it over real HTTP, one
// request after the other. A commit is two syncs of the store's file.
func TestCounts(t *testing.T) {
	t.Parallel()
	c := newCounting(t)
	var (
		durable = node.Counts{Updates: 1, Commits: 1}
		large   = node.Counts{Updates: 1, Commits: 1, FileSyncs: 1, FolderSyncs: 1}
		twoSign = node.Counts{Updates: 1, Commits: 1, PrivateKeyOps: 2}
		nothing = node.Counts{}
	)
	for _, row := range []struct {
		request string
		want    node.Counts
		make    request
	}{
		{"token", node.Counts{PrivateKeyOps: 1}, c.fetchToken()},
		{"announce", durable, c.post("/submissions", announcement(c.at, nil))},
		{"announce for a destination that is not there", nothing, refused404(c.post("/submissions", announcement(testenv.Destination{ID: uuid.NewString(), Service: c.at.Service}, nil)))},
		{"upload of 1 KiB", durable, c.upload(c.open, 0, 1<<10)},
		{"upload of 64 KiB", durable, c.upload(c.open, 0, 64<<10)},
		{"upload of 1 MiB", large, c.upload(c.open, 1, 1<<20)},
		{"upload of 1 MiB over the one before", large, c.upload(c.open, 1, 1<<20)},
		{"upload of what was not announced", nothing, refused422(c.upload(parcelRef{c.open.ref, []string{uuid.NewString()}}, 0, 1<<20))},
		{"submit of 10 KiB", durable, c.submit(c.open.ref, c.small)},
		{"the same submit again", nothing, c.submit(c.open.ref, c.small)},
		{"submit of 1 MiB", large, c.submit(c.empty.ref, c.big)},
		{"list", nothing, c.get(c.asSubscriber, "/submissions?limit=500")},
		{"get", nothing, c.get(c.asSubscriber, "/submissions/"+c.open.ref.SubmissionID)},
		{"get of 1 MiB", nothing, c.get(c.asSubscriber, "/submissions/"+c.empty.ref.SubmissionID)},
		{"download of 64 KiB", nothing, c.get(c.asSubscriber, c.open.path(0))},
		{"download of 1 MiB", nothing, c.get(c.asSubscriber, c.open.path(1))},
		{"events, two of them unsigned", twoSign, c.get(c.asSender, "/cases/"+c.open.ref.CaseID+"/events")},
		{"events, signed", nothing, c.get(c.asSender, "/cases/"+c.open.ref.CaseID+"/events")},
		{"events of the submission", nothing, c.get(c.asSubscriber, "/submissions/"+c.open.ref.SubmissionID+"/events")},
		{"post event", durable, c.postEvent(c.open.ref)},
		{"post event that comes too late", nothing, refused409(c.postEvent(c.open.ref))},
		{"events with one of the subscriber's", nothing, c.get(c.asSender, "/cases/"+c.open.ref.CaseID+"/events")},
	} {
		before := c.node.Counts()
		if err := row.make(t.Context()); err != nil {
			t.Fatalf("%s: %v", row.request, err)
		}
		if got, want := difference(c.node.Counts(), before), row.want; got != want {
			t.Errorf("%s: got %+v, want %+v", row.request, got, want)
		}
	}
}

func difference(after, before node.Counts) node.Counts {
	return node.Counts{
		Updates: after.Updates - before.Updates, Commits: after.Commits - before.Commits,
		FileSyncs: after.FileSyncs - before.FileSyncs, FolderSyncs: after.FolderSyncs - before.FolderSyncs,
		PrivateKeyOps: after.PrivateKeyOps - before.PrivateKeyOps,
	}
}

// request makes one request.
type request func(context.Context) error

// counting is a node that works in the foreground only, with a destination that wants callbacks.
type counting struct {
	node                   *node.Node
	env                    testenv.Environment
	at                     testenv.Destination
	encryption, signing    keys.Private
	random                 *rand.ChaCha8
	asSender, asSubscriber caller

	open, empty parcelRef // announced: with two attachments, and with none
	small, big  []byte    // bodies of submits
}

// parcelRef is an announced submission and its attachments.
type parcelRef struct {
	ref         wire.SubmissionRef
	attachments []string
}

func (p parcelRef) path(attachment int) string {
	return "/submissions/" + p.ref.SubmissionID + "/attachments/" + p.attachments[attachment]
}

func newCounting(t *testing.T) *counting {
	t.Helper()
	c := &counting{random: newRandom()}
	c.start(t)
	c.seed(t)
	c.prepare(t)
	return c
}

func (c *counting) start(t *testing.T) {
	t.Helper()
	test, err := node.ByName("test")
	if err != nil {
		t.Fatal(err)
	}
	c.node, err = node.Open(t.Context(), node.Config{
		Environment: test, Data: t.TempDir(), Listen: "127.0.0.1:0", AllowHTTPCallbacks: true, Foreground: true,
		Log: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.node.Stop(context.Background()) })
	if err := c.node.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	urls := c.node.URLs()
	c.env = testenv.Environment{TokenURL: urls.Token, SubmissionURL: urls.Submission}
}

func (c *counting) seed(t *testing.T) {
	t.Helper()
	for use, key := range map[keys.Use]*keys.Private{keys.Encryption: &c.encryption, keys.Signature: &c.signing} {
		var err error
		if *key, err = keys.Generate(use, "Zählstelle", time.Now(), time.Hour); err != nil {
			t.Fatal(err)
		}
	}
	contact := broker.Contact{LegalName: "Zählstelle", Email: "zaehlstelle@musterland.example"}
	draft := testenv.Draft("Zählstelle", contact, "DE", testenv.BusinessRegistration)
	draft.Callback = &broker.CallbackDraft{URL: "http://127.0.0.1:9/", Secret: strings.Repeat("x", 32)}
	made, err := c.node.Seed(t.Context(), node.Seed{
		Organisation: "Musterland", Sender: "Onlinedienst", Subscriber: "Fachverfahren",
		Destinations: []node.SeedDestination{{Draft: draft, Encryption: c.encryption, Signing: c.signing}},
	})
	if err != nil {
		t.Fatal(err)
	}
	c.env.Sender, c.env.Subscriber = &made.Sender, &made.Subscriber
	c.at = testenv.Destination{ID: string(made.Destinations[0]), Service: testenv.BusinessRegistration, Region: "DE"}
}

// prepare makes what later requests are about, and the first large upload, which also makes folders.
func (c *counting) prepare(t *testing.T) {
	t.Helper()
	connections := newClient(1)
	var err error
	if c.asSender, err = logIn(t.Context(), connections, c.env, c.env.Sender); err != nil {
		t.Fatal(err)
	}
	if c.asSubscriber, err = logIn(t.Context(), connections, c.env, c.env.Subscriber); err != nil {
		t.Fatal(err)
	}
	c.open.attachments = []string{uuid.NewString(), uuid.NewString()}
	for _, p := range []*parcelRef{&c.open, &c.empty} {
		if p.ref, err = c.asSender.announce(t.Context(), c.at, p.attachments...); err != nil {
			t.Fatal(err)
		}
	}
	if err := c.upload(c.open, 1, 1<<20)(t.Context()); err != nil {
		t.Fatal(err)
	}
	c.small, c.big = c.content(10<<10), c.content(1<<20)
}

// content is the body of a submit of so many bytes.
func (c *counting) content(size int) []byte {
	return asJSON(wire.Submit{EncryptedMetadata: string(c.seal(2 << 10)), EncryptedData: string(c.seal(size - 2<<10))})
}

func (c *counting) seal(size int) []byte { return sealed(c.encryption.KID, c.random, size) }

func (c *counting) fetchToken() request {
	return func(ctx context.Context) error {
		_, err := logIn(ctx, c.asSender.http, c.env, c.env.Sender)
		return err
	}
}

func (c *counting) post(path string, body []byte) request {
	return func(ctx context.Context) error {
		_, err := c.asSender.call(ctx, http.MethodPost, path, jsonType, bytes.NewReader(body), 201)
		return err
	}
}

func (c *counting) upload(to parcelRef, attachment, size int) request {
	return func(ctx context.Context) error {
		_, err := c.asSender.call(ctx, http.MethodPut, to.path(attachment), joseType, bytes.NewReader(c.seal(size)), 204)
		return err
	}
}

func (c *counting) submit(ref wire.SubmissionRef, body []byte) request {
	return func(ctx context.Context) error {
		_, err := c.asSender.call(ctx, http.MethodPut, "/submissions/"+ref.SubmissionID, jsonType, bytes.NewReader(body), 200)
		return err
	}
}

func (c *counting) get(as caller, path string) request {
	return func(ctx context.Context) error {
		_, err := as.call(ctx, http.MethodGet, path, "", nil, 200)
		return err
	}
}

// postEvent rejects a submission.
func (c *counting) postEvent(ref wire.SubmissionRef) request {
	return func(ctx context.Context) error {
		claims, err := set.Claims{
			Schema: set.SchemaURI(set.CurrentVersion), ID: uuid.NewString(), Issuer: c.at.ID, IssuedAt: time.Now().Unix(),
			Subject: "submission:" + ref.SubmissionID, Transaction: "case:" + ref.CaseID, Event: set.RejectSubmission,
			Payload: set.Payload{Problems: []set.Problem{{Type: set.ProblemPrefix + "other"}}}.Bytes(),
		}.Bytes()
		if err != nil {
			return err
		}
		token, err := set.Sign(claims, c.signing.KID, c.signing.Secret)
		if err != nil {
			return err
		}
		_, err = c.asSubscriber.call(ctx, http.MethodPost, "/cases/"+ref.CaseID+"/events", joseType, strings.NewReader(token), 204)
		return err
	}
}

func refused404(make request) request { return refusedWith(404, make) }
func refused409(make request) request { return refusedWith(409, make) }
func refused422(make request) request { return refusedWith(422, make) }

// refusedWith wants a request to be refused with this status.
func refusedWith(status int, make request) request {
	return func(ctx context.Context) error {
		err := make(ctx)
		if r, ok := err.(*refusal); !ok || r.status != status {
			return fmt.Errorf("got %v, want a refusal with status %d", err, status)
		}
		return nil
	}
}
