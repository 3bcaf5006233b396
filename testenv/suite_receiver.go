package testenv

import (
	"bytes"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/vierkant/vierkant/crypto/hook"
)

const (
	callbackPatience = 20 * time.Second // how long a callback may take, a first repeat included
	maxCallback      = 1 << 20          // bytes of a body
)

// received is one callback as it came in.
type received struct {
	header http.Header
	body   []byte
	at     time.Time
}

// callee takes callbacks on loopback.
type callee struct {
	url, secret string
	calls       chan received
}

// receive starts a callee that answers with the statuses in turn, and with the last of them from then on.
func (t *trial) receive(statuses ...int) *callee {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	t.must("listen for callbacks", err)
	if err != nil {
		return &callee{}
	}
	const backlog = 64
	r := &callee{
		url: "http://" + listener.Addr().String() + "/callback?x=1", secret: strings.Repeat("s", 30) + newID(),
		calls: make(chan received, backlog),
	}
	server := &http.Server{Handler: r.handler(statuses), ReadHeaderTimeout: callbackPatience}
	go func() { _ = server.Serve(listener) }() // ends by Close
	t.atEnd(func() { _ = server.Close() })
	return r
}

func (r *callee) handler(statuses []int) http.Handler {
	turn := make(chan int, len(statuses))
	for _, status := range statuses {
		turn <- status
	}
	latest := statuses[len(statuses)-1]
	return http.HandlerFunc(func(w http.ResponseWriter, request *http.Request) {
		body, err := io.ReadAll(io.LimitReader(request.Body, maxCallback))
		if err != nil {
			return
		}
		r.calls <- received{request.Header.Clone(), body, time.Now()}
		status := latest
		select {
		case status = <-turn:
		default:
		}
		w.Header().Set("Location", r.url) // for those that redirect
		w.WriteHeader(status)
	})
}

// next waits for a callback.
func (t *trial) next(r *callee) received {
	if t.ended() {
		return received{}
	}
	timer := time.NewTimer(callbackPatience)
	defer timer.Stop()
	select {
	case call := <-r.calls:
		return call
	case <-timer.C:
		t.fail("no callback came within %s", callbackPatience)
	case <-t.ctx.Done():
		t.fail("no callback came: %w", t.ctx.Err())
	}
	return received{}
}

// calledOffice makes an active destination that calls the receiver, if this world allows that.
func (t *trial) calledOffice(r *callee) office {
	if t.ended() {
		return office{}
	}
	c := t.create(with("callback", map[string]any{"url": r.url, "secret": r.secret}))
	a := t.do(c)
	if a.status == http.StatusBadRequest {
		t.skip("needs a broker that allows callbacks to http on this machine")
	}
	o := office{pair: t.keyPair(), id: a.is(http.StatusCreated).text("destinationId"), service: service}
	t.patch(o, map[string]any{"status": "active"}).is(http.StatusOK)
	return o
}

// callbackBase is where the types of callbacks begin (FIT-Connect contract 9.3).
const callbackBase = "https://schema.fitko.de/fit-connect/submission-api/callbacks/"

// authentic asks for a callback that tells a destination of this submission and of no other.
func (t *trial) authentic(call received, secret string, s submission) {
	t.must("id in the callback", uuid.Validate(s.id))
	t.authenticCall(call, secret, map[string]any{
		"type": callbackBase + "new-submissions", "submissionIds": []any{s.id}, "submissions": []any{s.ref()},
	})
}

// authenticCall asks for a callback as the contract has it, which says this and nothing else (FIT-Connect contract 9.1, 9.3).
func (t *trial) authenticCall(call received, secret string, want map[string]any) {
	if t.ended() {
		return
	}
	timestamp, authentication := call.header.Get(hook.HeaderTimestamp), call.header.Get(hook.HeaderAuthentication)
	t.must("callback", hook.Verify(secret, timestamp, authentication, call.body, call.at))
	equal(t, "hash of the callback in lower case", authentication, strings.ToLower(authentication))
	equal(t, "content type of the callback", call.header.Get("Content-Type"), jsonType)
	var got any
	t.must("body of the callback", json.Unmarshal(call.body, &got))
	t.sameJSON("callback", got, want)
	t.holds(!bytes.ContainsAny(call.body, " \n\t"), "a body without white space")
}

// eventually repeats a question until the answer is yes.
func (t *trial) eventually(what string, ask func() bool) {
	const pause = 50 * time.Millisecond
	ticker := time.NewTicker(pause)
	defer ticker.Stop()
	deadline := time.NewTimer(callbackPatience)
	defer deadline.Stop()
	for !t.ended() && !ask() {
		select {
		case <-ticker.C:
		case <-deadline.C:
			t.fail("want %s within %s", what, callbackPatience)
		case <-t.ctx.Done():
			t.fail("want %s: %w", what, t.ctx.Err())
		}
	}
}
