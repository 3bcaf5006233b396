package testenv_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"path"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/vierkant/vierkant/api/wire"
	"github.com/vierkant/vierkant/crypto/hook"
	"github.com/vierkant/vierkant/testenv"
)

// hearer is an endpoint for callbacks that notes of which submissions it was told. Each submission owes one callback, so calls that tell of
// the same are one delivery, repeated.
//
// A node makes a call only while its lease on the delivery lasts for another timeout of calls, and no node makes one that another has a
// lease on. So two calls of a delivery are never under way at the same time, and begin at least a timeout apart; a quarter of it leaves
// room for a slow machine.
type hearer struct {
	server *httptest.Server
	secret string
	step   func()
	now    func() time.Time
	apart  time.Duration // between two calls of one delivery, at least

	// Set before the first call, if at all.
	linger func() time.Duration // how long to take for an answer
	heard  func(id string)      // told of a submission for the first time, before the answer

	mu     sync.Mutex
	told   map[string]int       // guarded by mu: how often, by submission
	begun  map[string]time.Time // guarded by mu: the last call, by submission
	within map[string]bool      // guarded by mu: calls that are under way, by submission
	wrong  error                // guarded by mu: the first thing that was not right
	news   chan struct{}        // has one element after a call
}

func newHearer(t *testing.T, step func(), now func() time.Time, callTimeout time.Duration) *hearer {
	r := &hearer{
		secret: strings.Repeat("Geheimnis", 5), step: step, now: now, apart: callTimeout / 4,
		linger: func() time.Duration { return 0 }, heard: func(string) {},
		told: map[string]int{}, begun: map[string]time.Time{}, within: map[string]bool{}, news: make(chan struct{}, 1),
	}
	r.server = httptest.NewServer(r)
	t.Cleanup(r.server.Close)
	return r
}

// register has the destination call here.
func (r *hearer) register(t *testing.T, subscriber caller, env testenv.Environment, at testenv.Destination) {
	t.Helper()
	patch := asJSON(map[string]any{"callback": map[string]string{"url": r.server.URL, "secret": r.secret}})
	address := env.DestinationURL + "/v1/destinations/" + at.ID
	if _, err := subscriber.call(t.Context(), "PATCH", address, "application/merge-patch+json", bytes.NewReader(patch), 200); err != nil {
		t.Fatal(err)
	}
}

// ServeHTTP takes a call.
func (r *hearer) ServeHTTP(w http.ResponseWriter, request *http.Request) {
	r.step()
	body, err := io.ReadAll(request.Body)
	if err != nil {
		return // the program died in the middle
	}
	id, err := r.read(request.Header, body)
	if err != nil {
		r.complain(err)
		return
	}
	r.enter(id)
	r.pause(request.Context())
	r.leave(id)
	w.WriteHeader(http.StatusOK)
	w.(http.Flusher).Flush()
	r.step()
	select {
	case r.news <- struct{}{}:
	default:
	}
}

// read returns the submission that a call tells of.
func (r *hearer) read(h http.Header, body []byte) (id string, err error) {
	if err := hook.Verify(r.secret, h.Get(hook.HeaderTimestamp), h.Get(hook.HeaderAuthentication), body, r.now()); err != nil {
		return "", err
	}
	var callback struct {
		Type        string               `json:"type"`
		Submissions []wire.SubmissionRef `json:"submissions"`
	}
	if err := json.Unmarshal(body, &callback); err != nil {
		return "", err
	}
	if path.Base(callback.Type) != "new-submissions" || len(callback.Submissions) != 1 {
		return "", fmt.Errorf("got %s, want new-submissions about one", body)
	}
	return callback.Submissions[0].SubmissionID, nil
}

// enter notes that a call has begun.
func (r *hearer) enter(id string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	before, repeated := r.begun[id]
	r.begun[id] = r.now()
	r.told[id]++
	switch since := r.begun[id].Sub(before); {
	case r.within[id]:
		r.wrongly(fmt.Errorf("submission %s is delivered while it is being delivered", id))
	case repeated && since < r.apart:
		r.wrongly(fmt.Errorf("submission %s is delivered again after %s, while a lease lasts", id, since))
	}
	if !repeated {
		r.heard(id)
	}
	r.within[id] = true
}

func (r *hearer) leave(id string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.within, id)
}

// pause takes its time, unless the caller goes away.
func (r *hearer) pause(ctx context.Context) {
	select {
	case <-time.After(r.linger()):
	case <-ctx.Done():
	}
}

func (r *hearer) complain(err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.wrongly(err)
}

// wrongly keeps the first complaint. The caller holds mu.
func (r *hearer) wrongly(err error) {
	if r.wrong == nil {
		r.wrong = err
	}
}

// patience is for what has to happen soon. On a machine that is so busy that calls time out, they are repeated after 5, 15 and 45 seconds.
const patience = 2 * time.Minute

// await returns when the receiver was told of all these submissions, and of nothing else.
func (r *hearer) await(t *testing.T, ids []string) {
	t.Helper()
	timeout := time.After(patience)
	for missing := r.missing(t, ids); len(missing) > 0; missing = r.missing(t, ids) {
		select {
		case <-r.news:
		case <-timeout:
			t.Fatalf("%d of %d owed callbacks have not arrived: %v", len(missing), len(ids), missing)
		}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.told) > len(ids) {
		t.Errorf("told of %d submissions, but only %d were submitted", len(r.told), len(ids))
	}
}

func (r *hearer) missing(t *testing.T, ids []string) (missing []string) {
	t.Helper()
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.wrong != nil {
		t.Fatalf("callback: %v", r.wrong)
	}
	for _, id := range ids {
		if r.told[id] == 0 {
			missing = append(missing, id)
		}
	}
	return missing
}

// count describes the calls.
func (r *hearer) count() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	repeats := -len(r.told)
	for _, calls := range r.told {
		repeats += calls
	}
	return fmt.Sprintf("%d callbacks taken and %d repeats", len(r.told), repeats)
}
