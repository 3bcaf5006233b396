package node_test

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/vierkant/vierkant/api/wire"
	"github.com/vierkant/vierkant/broker"
)

// written is a log that is read while it is written.
type written struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (w *written) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.text.Write(p)
}

func (w *written) String() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.text.String()
}

// await waits until the log has a text.
func (w *written) await(t *testing.T, text string) {
	t.Helper()
	limit := time.After(patience)
	for tick := time.Tick(10 * time.Millisecond); !strings.Contains(w.String(), text); {
		select {
		case <-tick:
		case <-limit:
			t.Fatalf("the log does not get %q:\n%s", text, w.String())
		}
	}
}

// private is what people and programs send that must never be in a log. Each is a word that nothing else has.
type private struct {
	t     *testing.T
	words []string
}

func (p *private) word(prefix string) string {
	w := prefix + strings.ToLower(rand.Text()[:10])
	p.words = append(p.words, w)
	return w
}

// want fails for each that is in the log.
func (p *private) want(log string) {
	p.t.Helper()
	for _, w := range p.words {
		if at := strings.Index(log, w); at >= 0 {
			p.t.Errorf("%q is in the log: …%s…", w, log[max(0, at-200):min(len(log), at+100)])
		}
	}
}

// TestLogsHaveNothingOfPeople sends names, addresses, tokens and secrets in all places of requests, good and bad, to a node that logs all it can.
func TestLogsHaveNothingOfPeople(t *testing.T) {
	t.Parallel()
	var log written
	p := &private{t: t}
	cfg := madeConfig(t)
	cfg.Log = slog.New(slog.NewJSONHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	cfg.BehindProxy, cfg.TrustedProxies, cfg.AllowHTTPCallbacks = true, []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}, true
	n := start(t, cfg)
	defer stop(t, n)

	refusing := httptest.NewServer(http.NotFoundHandler())
	defer refusing.Close()
	secret := p.word("s") + rand.Text() + rand.Text()
	o := seedCalled(t, n, &broker.CallbackDraft{URL: refusing.URL + "/" + p.word("path") + "?q=" + p.word("query"), Secret: secret})
	p.words = append(p.words, o.Sender.ClientSecret, o.Subscriber.ClientSecret)
	receipt := o.send(t, n.URLs().Base)
	p.words = append(p.words, string(receipt.CaseID))
	log.await(t, "callback failed")

	var person wire.Person
	name, mail := p.word("Erika"), p.word("erika")+"@example.org"
	operate(t, cfg, http.MethodPost, "/people", asText(map[string]string{"name": name, "email": mail}), &person)
	var made wire.NewPersonalToken
	operate(t, cfg, http.MethodPost, "/people/"+person.PersonID+"/tokens", asText(map[string]any{"name": p.word("laptop"), "days": 1}), &made)
	p.words = append(p.words, made.Token)

	send := func(method, path, token, body string) {
		r, err := http.NewRequest(method, n.URLs().Base+path, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Authorization", "Bearer "+token)
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("X-Forwarded-For", "203.0.113.77")
		r.Header.Set("X-Request-Id", p.word("id"))
		r.Header.Set("User-Agent", p.word("agent"))
		answer, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer answer.Body.Close()
		io.Copy(io.Discard, answer.Body)
		if id := answer.Header.Get("X-Request-Id"); id == "" || !strings.Contains(log.String(), id) {
			t.Errorf("%s %s: the id %q of the answer is not in the log", method, path, id)
		}
	}
	p.words = append(p.words, "203.0.113.77")
	for _, path := range []string{
		"/manage-api/v1/people?q=", "/manage-api/v1/me?", "/submission-api/v2/submissions/", "/submission-api/v2/cases/", "/nowhere/",
		"/routing-api/v2/areas?areaSearchexpression=", "/routing-api/v2/routes?leikaKey=", "/token?",
	} {
		for _, method := range []string{http.MethodGet, http.MethodPost, "BREW"} {
			send(method, path+p.word("w"), made.Token, `{"name":"`+p.word("n")+`","email":"`+mail+`"}`)
			send(method, path+p.word("w"), p.word("token"), p.word("body"))
		}
	}
	p.want(log.String())
}

func asText(value any) string {
	raw, _ := json.Marshal(value)
	return string(raw)
}

// TestLogsHaveNoAddresses has package http itself complain, of a caller that does not speak TLS.
func TestLogsHaveNoAddresses(t *testing.T) {
	t.Parallel()
	var log written
	cfg := madeConfig(t)
	cfg.Log = slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	cfg.TLSCertificate, cfg.TLSKey = filepath.Join(cfg.Data, "tls.pem"), filepath.Join(cfg.Data, "tls.key")
	cfg.Listen = freeAddress(t)
	certify(t, cfg, 1, time.Now().Add(time.Hour))
	n := start(t, cfg)
	defer stop(t, n)
	c, err := net.Dial("tcp", cfg.Listen)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	io.WriteString(c, "this is no TLS at all\r\n\r\n")
	log.await(t, "TLS handshake error from a caller: ")
	if mine := c.LocalAddr().String(); strings.Contains(log.String(), mine) {
		t.Errorf("the address %s is in the log:\n%s", mine, log.String())
	}
}
