package client

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/vierkant/vierkant/api/wire"
)

const (
	jose     = "application/jose"
	octets   = "application/octet-stream"
	identity = "identity" // no content coding

	quickly    = 30 * time.Second // for calls whose bodies are small on both sides
	smallLimit = 4 << 20          // bytes of an answer that holds no sealed content
)

// transport makes calls: with a token, with repeats where they are harmless, with bounds on time and size. It follows no
// redirect: a token is for one service, and keys count for the address they came from.
type transport struct {
	http   *http.Client
	tokens *tokens
	fixed  string // a token that is not fetched, in place of tokens
	agent  string
	now    func() time.Time
	wait   func(context.Context, time.Duration) error
	idle   time.Duration // how long a large transfer may stand still

	notices *notices // nil: nobody wants to know
}

// call is one request of the contract.
type call struct {
	method      string
	url         string
	token       bool   // needs an access token
	once        bool   // must not be repeated: it may have had its effect
	key         string // Idempotency-Key: whoever knows it takes repeats for the same request
	contentType string // of body
	accept      string
	body        string
	stream      *upload // sent instead of body
	ranged      bool    // the answer is read as a [download]
	from        int64   // byte that a ranged answer shall begin with
	limit       int64   // bytes of the answer; 0 is smallLimit
	large       bool    // body or answer may take longer than quickly, as long as it does not stand still
	want        []int   // statuses that are a success; none: any 2xx
}

// upload is a body that is never whole in memory. Each attempt opens it anew.
type upload struct {
	open   func() (io.ReadCloser, error)
	length int64
}

func (c call) String() string {
	path := c.url
	if parsed, err := url.Parse(c.url); err == nil {
		path = parsed.Path // the query of a search is nobody's business
	}
	return c.method + " " + path
}

type answer struct {
	request string
	status  int
	header  http.Header
	body    []byte
}

// decode reads the body as one strict JSON document of the wire.
func (a answer) decode(into any) error {
	if err := wire.Decode(a.body, into); err != nil {
		return fmt.Errorf("%s: answer: %w", a.request, err)
	}
	return nil
}

// do makes the call and returns a success, else a [*Problem] or an error without an answer.
func (t *transport) do(ctx context.Context, c call) (answer, error) {
	var a answer
	err := t.persist(ctx, c, new(int), func(token string) (err error) {
		a, err = t.attempt(ctx, c, token)
		return err
	})
	return a, err
}

// persist makes attempts until one succeeds or there shall be no more. It counts the repeats, which a caller may have begun with.
func (t *transport) persist(ctx context.Context, c call, repeats *int, attempt func(token string) error) error {
	renewed := false
	for {
		token, err := t.token(ctx, c)
		if err != nil {
			return err
		}
		err = attempt(token)
		switch {
		case err == nil:
			return nil
		case c.token && t.tokens != nil && !renewed && errors.Is(err, ErrUnauthorized):
			renewed = true // expired early, or revoked; nothing was done, so this is harmless for any call
			t.tokens.drop(ctx, token)
		case c.once || !t.again(ctx, *repeats, err):
			return err
		default:
			*repeats++
		}
	}
}

func (t *transport) token(ctx context.Context, c call) (string, error) {
	if !c.token {
		return "", nil
	}
	if t.fixed != "" {
		return t.fixed, nil
	}
	if t.tokens == nil {
		return "", fmt.Errorf("%s: %w: a token is needed: set TokenURL, ClientID and ClientSecret", c, ErrConfig)
	}
	return t.tokens.get(ctx, t)
}

// attempt makes the request once.
func (t *transport) attempt(ctx context.Context, c call, token string) (answer, error) {
	if !c.large {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, quickly)
		defer cancel()
	}
	response, err := t.ask(ctx, c, token)
	if err != nil {
		return answer{}, err
	}
	defer response.Body.Close()
	body, err := readBody(response, c)
	return answer{request: c.String(), status: response.StatusCode, header: response.Header, body: body}, err
}

// ask makes the request once and returns an answer that is a success, with its body still to be read and closed.
func (t *transport) ask(ctx context.Context, c call, token string) (*http.Response, error) {
	request, sent, err := t.request(ctx, c, token)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", c, err)
	}
	do := t.http.Do
	if c.large {
		do = t.patientlyDo
	}
	response, err := do(request)
	if failed := sent.failure(); failed != nil { // whatever came of it
		closeBody(response)
		return nil, failed
	}
	if err != nil {
		return nil, &brokenError{c.String(), cause(err)}
	}
	t.notices.heed(response.Header)
	if c.wants(response.StatusCode) {
		return response, nil
	}
	defer response.Body.Close()
	a := answer{request: c.String(), status: response.StatusCode, header: response.Header}
	a.body, _ = io.ReadAll(io.LimitReader(response.Body, 64<<10)) // a broken problem is still a problem
	return nil, problemOf(a, t.now())
}

func closeBody(response *http.Response) {
	if response != nil {
		_ = response.Body.Close()
	}
}

// source is the stream that one attempt sends. It notes why it could not be read to its end, which net/http does not always
// tell.
type source struct {
	io.ReadCloser
	mu     sync.Mutex
	closed bool
	err    error
}

func (s *source) Read(p []byte) (int, error) {
	n, err := s.ReadCloser.Read(p)
	s.mu.Lock()
	defer s.mu.Unlock()
	if err != nil && err != io.EOF && !s.closed { // after Close an error means nothing
		s.err = err
	}
	return n, err
}

func (s *source) Close() error {
	s.mu.Lock()
	s.closed = true
	s.mu.Unlock()
	return s.ReadCloser.Close()
}

// failure returns what was noted; nil for no source.
func (s *source) failure() error {
	if s == nil {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.err
}

// cause drops what [url.Error] repeats: method and address, which may hold a search.
func cause(err error) error {
	var outer *url.Error
	if errors.As(err, &outer) {
		return outer.Err
	}
	return err
}

func (c call) wants(status int) bool {
	if len(c.want) == 0 {
		return status >= 200 && status < 300
	}
	return slices.Contains(c.want, status)
}

// request makes a request, and opens what it sends if that is a stream.
func (t *transport) request(ctx context.Context, c call, token string) (*http.Request, *source, error) {
	request, err := http.NewRequestWithContext(ctx, c.method, c.url, strings.NewReader(c.body)) // sets Content-Length
	if err != nil {
		return nil, nil, err
	}
	t.describe(request, c, token)
	if c.stream == nil {
		return request, nil, nil
	}
	body, err := c.stream.open()
	if err != nil {
		return nil, nil, err
	}
	sent := &source{ReadCloser: body}
	request.Body, request.GetBody, request.ContentLength = sent, nil, c.stream.length
	return request, sent, nil
}

// describe sets the header.
func (t *transport) describe(request *http.Request, c call, token string) {
	request.Header.Set("User-Agent", t.agent)
	request.Header.Set("Cache-Control", "no-cache") // keys must be those of this moment (FIT-Connect contract 13.1)
	request.Header.Set("Accept", first(c.accept, "application/json, application/problem+json"))
	if c.contentType != "" {
		request.Header.Set("Content-Type", c.contentType)
	}
	if token != "" {
		request.Header.Set("Authorization", "Bearer "+token)
	}
	if c.key != "" {
		request.Header.Set("Idempotency-Key", c.key)
	}
	if c.ranged {
		request.Header.Set("Accept-Encoding", identity) // a place in a compressed answer would be another one
	}
	if c.from > 0 {
		request.Header.Set("Range", fmt.Sprintf("bytes=%d-", c.from))
	}
}

// readBody reads the answer up to its limit, into one piece of memory if its length is known.
func readBody(response *http.Response, c call) ([]byte, error) {
	limit := c.limit
	if limit == 0 {
		limit = smallLimit
	}
	if response.ContentLength > limit {
		return nil, fmt.Errorf("%s: expected an answer of at most %d bytes, found %d", c, limit, response.ContentLength)
	}
	body := bytes.NewBuffer(make([]byte, 0, max(response.ContentLength, 0)+bytes.MinRead))
	n, err := body.ReadFrom(io.LimitReader(response.Body, limit+1))
	if err != nil {
		return nil, &brokenError{c.String(), err}
	}
	if n > limit {
		return nil, fmt.Errorf("%s: expected an answer of at most %d bytes, found more", c, limit)
	}
	return body.Bytes(), nil
}
