package node_test

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/vierkant/vierkant/api/client"
	"github.com/vierkant/vierkant/api/wire"
	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/broker/rehearsal"
	"github.com/vierkant/vierkant/cmd/node"
	"github.com/vierkant/vierkant/testenv"
)

// rehearsing is a running node with an authority that is called, and a sender that keeps its token from one call to the next.
type rehearsing struct {
	office
	t      *testing.T
	cfg    node.Config
	base   string
	sender *client.Client
	waited atomic.Int64 // pauses of the sender
	calls  chan string  // the submission that each callback names
}

func rehearse(t *testing.T) *rehearsing {
	t.Helper()
	r := &rehearsing{t: t, cfg: madeConfig(t), calls: make(chan string, 100)}
	receiver := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, request *http.Request) {
		var body struct{ SubmissionIDs []string }
		if json.NewDecoder(request.Body).Decode(&body) == nil && len(body.SubmissionIDs) == 1 {
			r.calls <- body.SubmissionIDs[0]
		}
	}))
	t.Cleanup(receiver.Close)
	r.cfg.AllowHTTPCallbacks = true
	n := start(t, r.cfg)
	t.Cleanup(func() { stop(t, n) })
	r.base = n.URLs().Base
	r.office = seedCalled(t, n, &broker.CallbackDraft{URL: receiver.URL, Secret: rand.Text() + rand.Text()})
	config := r.config(r.base, r.Sender)
	config.Wait = func(ctx context.Context, d time.Duration) error {
		r.waited.Add(1)
		if d < time.Second {
			t.Errorf("the client waits %s, want what Retry-After says and more", d)
		}
		return ctx.Err()
	}
	var err error
	if r.sender, err = client.New(config); err != nil {
		t.Fatal(err)
	}
	return r
}

// bad begins a fault.
func (r *rehearsing) bad(f node.FaultDraft) {
	r.t.Helper()
	if err := call(r.t, r.cfg, http.MethodPost, "/test/faults", f, nil); err != nil {
		r.t.Fatal(err)
	}
}

// send sends an application and returns its id.
func (r *rehearsing) send() string {
	r.t.Helper()
	receipt, err := r.sender.Sender().Send(r.t.Context(), client.Application{
		Destination: client.DestinationID(r.Destinations[0]), Service: testenv.BusinessRegistration, Region: "DE",
		Data: client.Data{Content: []byte(`{}`), MIMEType: "application/json", SchemaURI: testenv.Draft("", broker.Contact{}, "DE", testenv.BusinessRegistration).Services[0].Schemas[0].URI},
	})
	if err != nil {
		r.t.Fatal(err)
	}
	return string(receipt.SubmissionID)
}

func (r *rehearsing) faults() []node.FaultState {
	r.t.Helper()
	var all node.FaultList
	if err := call(r.t, r.cfg, http.MethodGet, "/test/faults", nil, &all); err != nil {
		r.t.Fatal(err)
	}
	return all.Faults
}

// called takes the next callback, which has to be about a submission.
func (r *rehearsing) called(id string) {
	r.t.Helper()
	select {
	case got := <-r.calls:
		if got != id {
			r.t.Errorf("called because of %s, want %s", got, id)
		}
	case <-time.After(patience):
		r.t.Fatalf("not called because of %s", id)
	}
}

// TestTheClientSurvivesFaults has everything go wrong that can be asked for, one after the other.
func TestTheClientSurvivesFaults(t *testing.T) {
	t.Parallel()
	r := rehearse(t)
	r.called(r.send())

	r.bad(node.FaultDraft{Kind: rehearsal.Unavailable, Client: broker.ClientID(r.Sender.ClientID), Next: 3, Time: "1s"})
	r.called(r.send())
	if got := r.waited.Swap(0); got != 3 {
		t.Errorf("503 to the next three requests: the client waited %d times", got)
	}
	r.bad(node.FaultDraft{Kind: rehearsal.ExpiredToken, Client: broker.ClientID(r.Sender.ClientID), Next: 1})
	r.called(r.send())
	if got := r.waited.Swap(0); got != 0 || len(r.faults()) != 0 {
		t.Errorf("an expired token: the client waited %d times, and %+v is left", got, r.faults())
	}
	r.bad(node.FaultDraft{Kind: rehearsal.CallbackTwice, Client: broker.ClientID(r.Subscriber.ClientID), Next: 1, Times: 3})
	repeated := r.send()
	for range 3 {
		r.called(repeated)
	}
	r.bad(node.FaultDraft{Kind: rehearsal.CallbackLate, Next: 1, Time: "1s"})
	began := time.Now()
	late := r.send()
	if r.called(late); time.Since(began) < time.Second {
		t.Errorf("a callback that was to be 1 s late came after %s", time.Since(began))
	}
	r.bad(node.FaultDraft{Kind: rehearsal.CallbackFailed, Next: 1})
	r.called(r.send()) // after the pause of a real failure
	if left := r.faults(); len(left) != 0 {
		t.Errorf("faults that are used up: got %+v", left)
	}
	var log wire.Audit
	operate(t, r.cfg, http.MethodGet, "/audit", "", &log)
	begun := 0
	for _, d := range log.Deeds {
		if d.Deed == "fault.begun" {
			begun++
		}
	}
	if begun != 5 {
		t.Errorf("got %d faults in the audit log, want 5", begun)
	}
}

// TestFaultsConcernWhomTheyShould asks as another client, and after they were cleared.
func TestFaultsConcernWhomTheyShould(t *testing.T) {
	t.Parallel()
	r := rehearse(t)
	r.bad(node.FaultDraft{Kind: rehearsal.Unavailable, Client: broker.ClientID(r.Subscriber.ClientID), For: "1h"})
	r.bad(node.FaultDraft{Kind: rehearsal.CallbackFailed, Client: broker.ClientID(r.Sender.ClientID)})
	r.called(r.send())
	impatient := r.config(r.base, r.Subscriber)
	impatient.Wait = func(context.Context, time.Duration) error { return context.Canceled }
	c, err := client.New(impatient)
	if err != nil {
		t.Fatal(err)
	}
	subscriber, err := c.Subscriber(nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := subscriber.Waiting(t.Context(), ""); !client.Retryable(err) {
		t.Errorf("the subscriber: got %v, want a 503", err)
	}
	if err := call(t, r.cfg, http.MethodDelete, "/test/faults", nil, nil); err != nil {
		t.Fatal(err)
	}
	if waiting, err := subscriber.Waiting(t.Context(), ""); err != nil || len(waiting) != 1 {
		t.Errorf("after all was cleared: got %v, %v", waiting, err)
	}
}

func TestFaultsAreRefused(t *testing.T) {
	t.Parallel()
	cfg := madeConfig(t)
	refused := func(cfg node.Config, in any, want string) {
		t.Helper()
		if err := call(t, cfg, http.MethodPost, "/test/faults", in, nil); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%+v: got %v, want %q", in, err, want)
		}
	}
	unavailable := node.FaultDraft{Kind: rehearsal.Unavailable}
	refused(cfg, unavailable, "start it first")
	n := start(t, cfg)
	refused(cfg, node.FaultDraft{Kind: "fire"}, `no fault "fire"`)
	refused(cfg, node.FaultDraft{Kind: rehearsal.Unavailable, For: "soon"}, "no duration")
	refused(cfg, node.FaultDraft{Kind: rehearsal.Unavailable, Time: "soon"}, "no duration")
	refused(cfg, node.FaultDraft{Kind: rehearsal.Unavailable, Client: "nobody"}, "no client nobody")
	if err := call(t, cfg, http.MethodDelete, "/test/faults?id=none", nil, nil); err == nil || !strings.Contains(err.Error(), "ended by itself") {
		t.Errorf("clear what is not there: got %v", err)
	}
	stop(t, n)
	for _, name := range []string{"reference", "production"} {
		cfg := madeConfig(t)
		cfg.Environment = environment(name)
		n := start(t, cfg)
		refused(cfg, unavailable, "no faults on request in "+name)
		stop(t, n)
	}
}
