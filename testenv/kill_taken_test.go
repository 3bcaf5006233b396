//go:build linux

package testenv_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/vierkant/vierkant/crypto/hook"
	"github.com/vierkant/vierkant/crypto/set"
)

// TestKillAfterTaken kills the broker between a receiver's 200 and its record: the receiver stops the process, answers in full, and only then kills it, so
// that the answer was given and cannot have been read. After the next start that call is made again, under the same webhook-id and with the same
// body, and nothing else is other than it was.
func TestKillAfterTaken(t *testing.T) {
	if testing.Short() {
		t.Skip("starts the program")
	}
	t.Parallel()
	binary := buildProgram(t)
	for store, begin := range map[string]func(t *testing.T, binary string) *victim{"files": newUp, "postgres": newServe} {
		t.Run(store, func(t *testing.T) {
			t.Parallel()
			v := begin(t, binary)
			l := newLoad(t, v.env, v.callTimeout, seedOf(t))
			l.decides = false
			r := newKiller(t, v)
			r.register(t, l)

			before := l.send(t, nil)
			eventually(t, "the log to say that the authority was called", func() bool { return l.calledOf(t, before) == 1 })
			log := before.log
			during := l.send(t, r.aim)
			<-v.ended
			v.revive(t, l)

			l.logIn(t)
			eventually(t, "the call to be made again", func() bool { return l.calledOf(t, during) == 1 })
			for _, p := range []*parcel{before, during} {
				if err := l.check(t.Context(), p); err != nil {
					t.Errorf("submission %s: %v", p.id, err)
				}
			}
			if !slices.Equal(before.log, log) {
				t.Errorf("the log of the other submission has changed: got %d events, want %d", len(before.log), len(log))
			}
			if calls := r.of(before.id); len(calls) != 1 {
				t.Errorf("the other submission: got %d calls, want 1", len(calls))
			}
			if calls := r.of(during.id); len(calls) != 2 || calls[0] != calls[1] {
				t.Errorf("got %v, want the same call twice", calls)
			}
		})
	}
}

// send sends an application; ready is told of its id before it is complete.
func (l *load) send(t *testing.T, ready func(id string)) *parcel {
	t.Helper()
	p, err := l.senders[0].begin(t.Context())
	if err == nil && ready != nil {
		ready(p.id)
	}
	if err == nil {
		err = l.senders[0].carry(t.Context(), p)
	}
	if err != nil && !unanswered(err) { // the process may be killed before its answer to the sender
		t.Fatal(err)
	}
	return p
}

// calledOf reads the log of an application and returns how often it says that the authority was called.
func (l *load) calledOf(t *testing.T, p *parcel) (n int) {
	t.Helper()
	if err := l.checkLog(t.Context(), p); err != nil {
		t.Fatal(err)
	}
	for _, raw := range p.log {
		token, err := set.Parse(raw)
		if err != nil {
			t.Fatal(err)
		}
		payload, err := set.ParsePayload(token.Claims.Payload)
		if err != nil {
			t.Fatal(err)
		}
		if path.Base(token.Claims.Event) == "notify-submission" && payload.NotifyType == set.NotifiedByCallback {
			n++
		}
	}
	return n
}

// killer is a receiver that answers 200, and once kills who called.
type killer struct {
	*httptest.Server
	t      *testing.T
	victim *victim

	mu     sync.Mutex
	target string   // guarded by mu: the submission at whose call to kill; none: not yet, or done
	calls  []string // guarded by mu: webhook-id and body
}

func newKiller(t *testing.T, v *victim) *killer {
	r := &killer{t: t, victim: v}
	r.Server = httptest.NewServer(r)
	t.Cleanup(r.Close)
	return r
}

func (r *killer) register(t *testing.T, l *load) {
	t.Helper()
	patch := asJSON(map[string]any{"callback": map[string]string{"url": r.URL, "secret": strings.Repeat("Geheimnis", 5)}})
	if _, err := l.asSubscriber.call(t.Context(), "PATCH", l.env.DestinationURL+"/v1/destinations/"+l.at.ID, "application/merge-patch+json", bytes.NewReader(patch), 200); err != nil {
		t.Fatal(err)
	}
}

func (r *killer) aim(id string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.target = id
}

// of returns the calls that told of a submission.
func (r *killer) of(id string) (all []string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, call := range r.calls {
		if strings.Contains(call, id) {
			all = append(all, call)
		}
	}
	return all
}

// note takes a call down, and reports whether it is the one at which to kill.
func (r *killer) note(call string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.calls = append(r.calls, call)
	kills := r.target != "" && strings.Contains(call, r.target)
	if kills {
		r.target = ""
	}
	return kills
}

// ServeHTTP takes a call.
func (r *killer) ServeHTTP(w http.ResponseWriter, request *http.Request) {
	body, err := io.ReadAll(request.Body)
	if err != nil {
		return
	}
	kills := r.note(request.Header.Get(hook.HeaderID) + " " + string(body))
	if kills {
		if err := r.victim.freeze(); err != nil {
			r.t.Errorf("the process cannot be stopped: %v", err)
		}
	}
	w.Header().Set("Content-Length", "0")
	w.WriteHeader(http.StatusOK)
	w.(http.Flusher).Flush()
	if kills {
		r.victim.strike()
	}
}

// freeze stops the process, and returns when no thread of it runs.
func (p *program) freeze() error {
	if err := p.cmd.Process.Signal(syscall.SIGSTOP); err != nil {
		return err
	}
	threads, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/stat", p.cmd.Process.Pid))
	for _, thread := range threads {
		err = errors.Join(err, awaitStopped(thread))
	}
	return err
}

func awaitStopped(thread string) error {
	for {
		raw, err := os.ReadFile(thread)
		if err != nil {
			return err
		}
		if _, state, _ := strings.Cut(string(raw), ") "); strings.HasPrefix(state, "T") {
			return nil
		}
		runtime.Gosched()
	}
}
