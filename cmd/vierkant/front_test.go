package main_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// front is a reverse proxy before the test environment. It is told to change answers about one submission or case and leaves all
// others alone, so that many scripts may use it at once.
type front struct {
	url    string
	prefix string // of the paths, which the environment behind does not have
	behind string // host and port

	mu    sync.Mutex
	rules map[string]rule // by the id in the path
}

// rule changes an answer.
type rule func(*http.Response) error

func newFront(t *testing.T) *front {
	t.Helper()
	f := &front{rules: map[string]rule{}}
	server := httptest.NewServer(f.forward(f.change))
	t.Cleanup(server.Close)
	f.url = server.URL
	return f
}

// stand puts the proxy before the environment with this public URL, which ends with its port.
func (f *front) stand(public string) {
	f.prefix = strings.TrimPrefix(public, f.url)
	f.behind = "127.0.0.1:" + path.Base(public)
}

func (f *front) change(answer *http.Response) error {
	f.mu.Lock()
	var applied rule
	for id, rule := range f.rules {
		if strings.Contains(answer.Request.URL.Path, id) {
			applied = rule
		}
	}
	f.mu.Unlock()
	if applied == nil || answer.StatusCode >= 300 {
		return nil
	}
	return applied(answer)
}

// forward makes a proxy before the test environment.
func (f *front) forward(change rule) *httputil.ReverseProxy {
	return &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) {
			r.SetURL(&url.URL{Scheme: "http", Host: f.behind})
			r.Out.URL.Path = strings.TrimPrefix(r.Out.URL.Path, f.prefix)
			r.Out.URL.RawPath = strings.TrimPrefix(r.Out.URL.RawPath, f.prefix)
		},
		ModifyResponse: change,
		ErrorLog:       log.New(io.Discard, "", 0),
	}
}

// bad writes a world whose broker answers badly: "busy" asks to come back later, "lossy" does what it is asked and loses its answers to
// the last step of sending and to questions about the log, "forgetful" loses the answer to the first attempt of each announcement.
func (s *stage) bad(ts *testscript.TestScript, _ bool, args []string) {
	var handler http.Handler = s.front.forward(func(answer *http.Response) error {
		asked := answer.Request
		isSubmit := asked.Method == http.MethodPut && !strings.Contains(asked.URL.Path, "/attachments/")
		if isSubmit || strings.HasSuffix(asked.URL.Path, "/events") {
			return errLost
		}
		return nil
	})
	if args[0] == "forgetful" {
		handler = s.front.forward(forgetful())
	}
	if args[0] == "busy" {
		handler = http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Retry-After", "120")
			w.WriteHeader(http.StatusServiceUnavailable)
		})
	}
	server := httptest.NewServer(handler)
	ts.Defer(server.Close)
	own := ts.ReadFile(ownWorld)
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), []byte(strings.ReplaceAll(own, s.front.url, server.URL)), 0o600))
}

// forgetful knows announcements by their keys.
func forgetful() rule {
	var known sync.Map
	return func(answer *http.Response) error {
		key := answer.Request.Header.Get("Idempotency-Key")
		if _, again := known.LoadOrStore(key, true); again || key == "" {
			return nil
		}
		return errLost
	}
}

// errLost makes a proxy answer 502 in place of the answer.
var errLost = errors.New("lost")

// tamper makes a rule: metadata.PART, data.PART, attachment.PART with PART header, key, iv, ciphertext or tag;
// event.NUMBER.PART with PART header, payload or signature, oldest 1; attachment.cut-once, attachment.cut-always; decision.lost; nothing.
func (s *stage) tamper(ts *testscript.TestScript, _ bool, args []string) {
	made, err := ruleOf(args[0])
	ts.Check(err)
	s.front.mu.Lock()
	defer s.front.mu.Unlock()
	s.front.rules[args[1]] = made
}

func ruleOf(what string) (rule, error) {
	part, piece, _ := strings.Cut(what, ".")
	if part == "event" {
		number, piece, _ := strings.Cut(piece, ".")
		n, err := strconv.Atoi(number)
		return inLog(n, piece), err
	}
	switch what {
	case "nothing":
		return nil, nil
	case "decision.lost":
		return lost, nil
	case "attachment.cut-once":
		return cut(1), nil
	case "attachment.cut-always":
		return cut(1 << 30), nil
	}
	switch part {
	case "metadata":
		return inMember("encryptedMetadata", piece), nil
	case "data":
		return inMember("encryptedData", piece), nil
	case "attachment":
		return inAttachment(piece), nil
	}
	return nil, fmt.Errorf("cannot tamper with %s", what)
}

// lost loses the answer to an event that was posted, or to a decision that the service signs.
func lost(answer *http.Response) error {
	if last := path.Base(answer.Request.URL.Path); answer.Request.Method == http.MethodPost || last == "accept" || last == "reject" {
		return errLost
	}
	return nil
}

// everywhere changes bits in all pieces of a part, one after the other, at three places each, and demands each time that a command fails
// and names the part: everywhere PART ID TEXT ARGUMENT...
func (s *stage) everywhere(ts *testscript.TestScript, _ bool, args []string) {
	part, id, text, command := args[0], args[1], args[2], args[3:]
	pieces := piecesOfJWE()
	if strings.HasPrefix(part, "event.") {
		pieces = piecesOfJWS()
	}
	for _, piece := range pieces {
		for _, where := range []string{"begin", "middle", "end"} {
			s.tamper(ts, false, []string{part + "." + piece + "@" + where, id})
			fails(ts, false, append([]string{"1"}, command...))
			if said := ts.ReadFile("stderr"); !strings.Contains(said, text) {
				ts.Fatalf("a bit at the %s of the %s of %s: the message does not name %q", where, piece, part, text)
			}
		}
	}
	s.tamper(ts, false, []string{"nothing", id})
}

// spoil changes one bit of every file of a saved submission after the other, at some places each, and demands each time that it is found.
func spoil(ts *testscript.TestScript, _ bool, args []string) {
	const places = 5
	folder := ts.MkAbs(args[0])
	ts.Check(filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		whole, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		name, _ := filepath.Rel(folder, path)
		for i := range places {
			spoiled := bytes.Clone(whole)
			spoiled[i*(len(whole)-1)/(places-1)] ^= 1 << i
			ts.Check(os.WriteFile(path, spoiled, 0o600))
			fails(ts, false, []string{"1", "verify", folder})
			if said := ts.ReadFile("stderr"); !strings.Contains(said, "("+strings.TrimSuffix(name, filepath.Ext(name))) {
				ts.Fatalf("place %d of %s: the message does not name the file", i, name)
			}
		}
		return os.WriteFile(path, whole, 0o600)
	}))
}

// inMember changes a sealed part in the answer about a submission.
func inMember(name, piece string) rule {
	return func(answer *http.Response) error {
		if !isGet(answer) || strings.Contains(answer.Request.URL.Path, "/attachments/") {
			return nil
		}
		return rewrite(answer, func(body []byte) ([]byte, error) {
			var document map[string]any
			if err := json.Unmarshal(body, &document); err != nil {
				return nil, err
			}
			sealed, _ := document[name].(string)
			document[name] = flipPiece(sealed, piece)
			return json.Marshal(document)
		})
	}
}

func inAttachment(piece string) rule {
	return func(answer *http.Response) error {
		if !isGet(answer) || !strings.Contains(answer.Request.URL.Path, "/attachments/") {
			return nil
		}
		return rewrite(answer, func(body []byte) ([]byte, error) { return []byte(flipPiece(string(body), piece)), nil })
	}
}

// inLog changes one token of an event log.
func inLog(number int, piece string) rule {
	return func(answer *http.Response) error {
		if !isGet(answer) {
			return nil
		}
		return rewrite(answer, func(body []byte) ([]byte, error) {
			var document map[string]any
			if err := json.Unmarshal(body, &document); err != nil {
				return nil, err
			}
			log, _ := document["eventLog"].([]any)
			if number > len(log) {
				return body, nil
			}
			token, _ := log[number-1].(string)
			log[number-1] = flipPiece(token, piece)
			return json.Marshal(document)
		})
	}
}

// piecesOfJWE and piecesOfJWS are what tamper calls the parts of the compact forms.
func piecesOfJWE() []string { return []string{"header", "key", "iv", "ciphertext", "tag"} }

func piecesOfJWS() []string { return []string{"header", "payload", "signature"} }

// flipPiece flips a bit of a piece of a compact JWE or JWS: at its begin, in the middle (also if nothing is said) or at its end. Of two
// neighbours in the alphabet, the first and the second and so on, each differs from the other in its lowest bit.
func flipPiece(compact, piece string) string {
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	names := piecesOfJWE()
	pieces := strings.Split(compact, ".")
	if len(pieces) == len(piecesOfJWS()) {
		names = piecesOfJWS()
	}
	piece, where, _ := strings.Cut(piece, "@")
	at := slices.Index(names, piece)
	text := []byte(pieces[at])
	i := map[string]int{"": len(text) / 2, "begin": 0, "middle": len(text) / 2, "end": len(text) - 1}[where]
	text[i] = alphabet[strings.IndexByte(alphabet, text[i])^1]
	pieces[at] = string(text)
	return strings.Join(pieces, ".")
}

func isGet(answer *http.Response) bool { return answer.Request.Method == http.MethodGet }

func rewrite(answer *http.Response, change func([]byte) ([]byte, error)) error {
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		return err
	}
	answer.Body.Close()
	if body, err = change(body); err != nil {
		return err
	}
	answer.Body, answer.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
	answer.Header.Set("Content-Length", strconv.Itoa(len(body)))
	return nil
}

// cut breaks off so many transfers of an attachment in the middle.
func cut(times int) rule {
	var mu sync.Mutex
	return func(answer *http.Response) error {
		mu.Lock()
		defer mu.Unlock()
		if times == 0 || !isGet(answer) || !strings.Contains(answer.Request.URL.Path, "/attachments/") {
			return nil
		}
		times--
		answer.Body = &broken{answer.Body, answer.ContentLength / 2}
		return nil
	}
}

// broken is a body that ends with an error.
type broken struct {
	io.ReadCloser
	left int64
}

func (b *broken) Read(p []byte) (int, error) {
	if b.left <= 0 {
		return 0, errors.New("cut")
	}
	n, err := b.ReadCloser.Read(p[:min(int64(len(p)), b.left)])
	b.left -= int64(n)
	return n, err
}
