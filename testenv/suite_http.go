package testenv

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// Media types of the contract.
const (
	jsonType    = "application/json"
	joseType    = "application/jose"
	patchType   = "application/merge-patch+json"
	formType    = "application/x-www-form-urlencoded"
	problemType = "application/problem+json"
)

// call is one request. Of doc, body and stream at most one is set.
type call struct {
	method, url string
	token       string // bearer; empty: no Authorization
	contentType string // empty: none
	doc         any    // is sent as JSON
	body        []byte
	stream      io.Reader // of size bytes
	size        int64     // -1 if it is not to be announced
	header      http.Header
	client      *http.Client // nil: the session's
	impatient   bool         // take "too many requests" for an answer
}

// userAgent is how the suite names itself.
const userAgent = "vierkant-conformance"

// text returns what will be sent, doc included.
func (c call) text() []byte {
	if c.doc == nil {
		return c.body
	}
	return []byte(compactJSON(c.doc))
}

// compactJSON is a document as it is sent.
func compactJSON(doc any) string {
	raw, _ := json.Marshal(doc) // documents of a case consist of what encodes
	return string(raw)
}

func (c call) request(t *trial) (*http.Request, error) {
	body := c.stream
	if body == nil {
		body = bytes.NewReader(c.text())
	}
	r, err := http.NewRequestWithContext(t.ctx, c.method, c.url, body)
	if err != nil {
		return nil, err
	}
	if c.stream != nil {
		r.ContentLength = c.size
	}
	r.Header.Set("User-Agent", userAgent)
	for name, values := range c.header {
		r.Header[name] = values
	}
	if c.token != "" {
		r.Header.Set("Authorization", "Bearer "+c.token)
	}
	if c.contentType != "" {
		r.Header.Set("Content-Type", c.contentType)
	}
	return r, nil
}

// do makes a call and reads its answer to the end. A broker that wants fewer requests is obeyed: the call is made again later.
func (t *trial) do(c call) *answer {
	const most = 5
	a := t.once(c)
	for i := 1; i < most && a.status == http.StatusTooManyRequests && !c.impatient && c.stream == nil; i++ {
		t.wait(retryAfter(a.header))
		a = t.once(c)
	}
	return a
}

// retryAfter is how long a broker asks to wait, within reason.
func retryAfter(header http.Header) time.Duration {
	const shortest, longest = time.Second, time.Minute
	seconds, _ := strconv.Atoi(header.Get("Retry-After")) // 0 if there is none
	return min(max(time.Duration(seconds)*time.Second, shortest), longest)
}

func (t *trial) wait(pause time.Duration) {
	timer := time.NewTimer(pause)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-t.ctx.Done():
	}
}

// once makes a call once.
func (t *trial) once(c call) *answer {
	a := &answer{t: t, call: c.method + " " + pathOf(c.url)}
	if t.ended() {
		return a
	}
	if !strings.Contains(c.url, "://") {
		t.skip("needs an address that the world does not give")
		return a
	}
	r, err := c.request(t)
	if err != nil {
		t.fail("%s: %w", a.call, withoutURL(err))
		return a
	}
	client := c.client
	if client == nil {
		client = t.client
	}
	response, err := client.Do(r)
	if err != nil {
		t.fail("%s: %w", a.call, withoutURL(err))
		return a
	}
	defer response.Body.Close()
	a.status, a.header = response.StatusCode, response.Header
	if a.body, err = io.ReadAll(response.Body); err != nil {
		t.fail("%s: body of the answer: %w", a.call, err)
	}
	if t.cfg.Watch != nil && err == nil {
		t.cfg.Watch(r, c.text(), response, a.body)
	}
	return a
}

func (t *trial) get(url, token string) *answer {
	return t.do(call{method: http.MethodGet, url: url, token: token})
}

// sendJSON makes a call with a JSON document.
func (t *trial) sendJSON(method, url, token string, doc any) *answer {
	return t.do(call{method: method, url: url, token: token, contentType: jsonType, doc: doc})
}

// sendJOSE makes a call with a JWE or a SET.
func (t *trial) sendJOSE(method, url, token, compact string) *answer {
	return t.do(call{method: method, url: url, token: token, contentType: joseType, body: []byte(compact)})
}

// pathOf leaves out what a report does not need or must not have: one case puts a secret into the query.
func pathOf(address string) string {
	path, query, _ := strings.Cut(address, "?")
	if u, err := url.Parse(path); err == nil {
		path = u.RequestURI()
	}
	if query == "" || strings.Contains(query, "secret") {
		return path
	}
	return path + "?" + query
}

// withoutURL takes the address out of an error, since the call is named already, and without secrets.
func withoutURL(err error) error {
	var withURL *url.Error
	if errors.As(err, &withURL) {
		return withURL.Err
	}
	return err
}

// answer is what came back.
type answer struct {
	t      *trial
	call   string // for messages
	status int
	header http.Header
	body   []byte
	parsed any // of body, once asked for
}

func (a *answer) fail(format string, args ...any) {
	a.t.fail("%s: "+format, append([]any{a.call}, args...)...)
}

// is asks for one of the statuses. An error must be a good problem document as well, and a destination or a key must look like one.
func (a *answer) is(statuses ...int) *answer {
	if a.t.ended() {
		return a
	}
	for _, want := range statuses {
		if a.status != want {
			continue
		}
		if want >= http.StatusBadRequest {
			a.checkProblem()
		}
		a.checkShape()
		return a
	}
	a.fail("got status %d, want %s; the body was %s", a.status, strings.Trim(fmt.Sprint(statuses), "[]"), a.excerpt())
	return a
}

// empty asks for an answer without a body.
func (a *answer) empty() *answer {
	if !a.t.ended() && len(a.body) > 0 {
		a.fail("got the body %s, want none", a.excerpt())
	}
	return a
}

// has asks for a header; want "" means any value.
func (a *answer) has(name, want string) *answer {
	if got := a.header.Get(name); !a.t.ended() && (got == "" || want != "" && !strings.EqualFold(got, want)) {
		a.fail("got the header %s %q, want %q", name, got, want)
	}
	return a
}

// excerpt is the body for a message, unless a token is in it.
func (a *answer) excerpt() string {
	const most = 300
	if bytes.Contains(a.body, []byte("access_token")) {
		return "one with a token"
	}
	if len(a.body) > most {
		return fmt.Sprintf("%q…", a.body[:most])
	}
	return fmt.Sprintf("%q", a.body)
}
