package api_test

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/vierkant/vierkant/api/problem"
	"github.com/vierkant/vierkant/api/wire"
	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/crypto/set"
)

// answer is what came back.
type answer struct {
	t      testing.TB
	status int
	header http.Header
	body   []byte
	what   string
}

// option alters a request.
type option func(*http.Request)

func as(c client) option {
	return func(r *http.Request) {
		if c.token != "" {
			r.Header.Set("Authorization", "Bearer "+c.token)
		}
	}
}

func typed(mediaType string) option {
	return func(r *http.Request) { r.Header.Set("Content-Type", mediaType) }
}

func with(name, value string) option {
	return func(r *http.Request) { r.Header.Set(name, value) }
}

// call makes a request; a body is JSON unless an option says otherwise.
func (w *world) call(method, path, body string, options ...option) answer {
	w.t.Helper()
	r, err := http.NewRequest(method, w.url+path, strings.NewReader(body))
	if err != nil {
		w.t.Fatal(err)
	}
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	for _, o := range options {
		o(r)
	}
	return w.do(r)
}

func (w *world) do(r *http.Request) answer {
	w.t.Helper()
	sent := sentBody(w.t, r)
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		w.t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		w.t.Fatal(err)
	}
	a := answer{w.t, resp.StatusCode, resp.Header, body, r.Method + " " + r.URL.Path}
	checkDescribed(w.t, r, sent, a)
	return a
}

func (a answer) decode(into any) {
	a.t.Helper()
	if a.status >= 300 {
		a.t.Fatalf("%s: got %d %s", a.what, a.status, a.body)
	}
	if err := json.Unmarshal(a.body, into); err != nil {
		a.t.Fatalf("%s: %v in %s", a.what, err, a.body)
	}
}

// want checks a status.
func (a answer) want(t testing.TB, status int) answer {
	t.Helper()
	if a.status != status {
		t.Fatalf("%s: got %d %s, want %d", a.what, a.status, a.body, status)
	}
	return a
}

// wantProblem checks a problem document: status in both places, type, and words that its detail has.
func (a answer) wantProblem(t testing.TB, status int, code string, words ...string) {
	t.Helper()
	a.want(t, status)
	if got := a.header.Get("Content-Type"); got != "application/problem+json" {
		t.Errorf("%s: got content type %q, want a problem", a.what, got)
	}
	var p wire.Problem
	if err := json.Unmarshal(a.body, &p); err != nil {
		t.Fatalf("%s: %v in %s", a.what, err, a.body)
	}
	if want := (problem.Writer{Pages: publicURL + problem.Folder}).Type(code); p.Type != want || p.Status != status || p.Title == "" {
		t.Errorf("%s: got %s, want type %s and status %d", a.what, a.body, want, status)
	}
	if want := "urn:uuid:" + a.header.Get("X-Request-Id"); p.Instance != want {
		t.Errorf("%s: got instance %q, want %q", a.what, p.Instance, want)
	}
	for _, word := range words {
		if !strings.Contains(p.Detail, word) {
			t.Errorf("%s: got detail %q, want it to say %q", a.what, p.Detail, word)
		}
	}
}

// draft is the body of a destination to be created.
func draft(t testing.TB, changes map[string]any) string {
	t.Helper()
	p, err := pairs()
	if err != nil {
		t.Fatal(err)
	}
	d := map[string]any{
		"name":                "Ordnungsamt Musterstadt",
		"contactInformation":  map[string]any{"legalName": "Stadt Musterstadt", "email": "post@musterstadt.example"},
		"services":            []any{offer(nil)},
		"encryptionKid":       p.encryption.KID,
		"encryptionPublicKey": p.encryption.Public,
		"signingPublicKey":    p.signing.Public,
		"metadataVersions":    []string{"1.0.0", "2.1.0"},
	}
	return changed(t, d, changes)
}

func offer(changes map[string]any) map[string]any {
	o := map[string]any{
		"identifier": service, "regions": []string{"DE"},
		"submissionSchemas": []any{map[string]any{"schemaUri": "https://schema.example.org/a.json", "mimeType": "application/json"}},
	}
	for name, value := range changes {
		o[name] = value
	}
	return o
}

// changed is a document with some members replaced, or left out where the value is nil.
func changed(t testing.TB, document, changes map[string]any) string {
	t.Helper()
	for name, value := range changes {
		document[name] = value
		if value == nil {
			delete(document, name)
		}
	}
	raw, err := json.Marshal(document)
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

// destination makes one of the subscriber's and returns its id.
func (w *world) destination(changes map[string]any) string {
	w.t.Helper()
	var d wire.DestinationV1
	w.call(http.MethodPost, "/destination-api/v1/destinations", draft(w.t, changes), as(w.subscriber)).decode(&d)
	return d.DestinationID
}

// active makes a destination that takes submissions.
func (w *world) active() string {
	w.t.Helper()
	id := w.destination(nil)
	w.patch(id, `{"status":"active"}`).want(w.t, http.StatusOK)
	return id
}

func (w *world) patch(id, merge string) answer {
	w.t.Helper()
	return w.call(http.MethodPatch, "/destination-api/v1/destinations/"+id, merge, as(w.subscriber), typed("application/merge-patch+json"))
}

// announcement is the body of an announcement.
func announcement(t testing.TB, destination string, changes map[string]any) string {
	t.Helper()
	return changed(t, map[string]any{
		"destinationId": destination, "announcedAttachments": []string{},
		"publicService": map[string]any{"name": "Gewerbeanmeldung", "identifier": service},
	}, changes)
}

// announce opens a submission of the sender.
func (w *world) announce(destination string, attachments ...string) wire.SubmissionRef {
	w.t.Helper()
	var ref wire.SubmissionRef
	body := announcement(w.t, destination, map[string]any{"announcedAttachments": append([]string{}, attachments...)})
	w.call(http.MethodPost, "/submission-api/v2/submissions", body, as(w.sender)).want(w.t, http.StatusCreated).decode(&ref)
	return ref
}

func (w *world) upload(submission, attachment, jwe string, options ...option) answer {
	w.t.Helper()
	path := "/submission-api/v2/submissions/" + submission + "/attachments/" + attachment
	return w.call(http.MethodPut, path, jwe, append([]option{as(w.sender), typed("application/jose")}, options...)...)
}

func (w *world) submit(submission, body string, options ...option) answer {
	w.t.Helper()
	return w.call(http.MethodPut, "/submission-api/v2/submissions/"+submission, body, append([]option{as(w.sender)}, options...)...)
}

func submitBody(t testing.TB, metadata, data string) string {
	t.Helper()
	raw, err := json.Marshal(wire.Submit{EncryptedMetadata: metadata, EncryptedData: data})
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

// submitted takes a submission through to the destination.
func (w *world) submitted(destination string) wire.SubmissionRef {
	w.t.Helper()
	ref := w.announce(destination)
	body := submitBody(w.t, sealed(w.t, "application/json", "{}"), sealed(w.t, "application/json", `{"a":1}`))
	w.submit(ref.SubmissionID, body).want(w.t, http.StatusOK)
	return ref
}

// event is a token about a submission, signed by the destination.
func (w *world) event(destination string, ref wire.SubmissionRef, name string) string {
	w.t.Helper()
	p := must(pairs())(w.t)
	claims := set.Claims{
		Schema: set.SchemaURI("1.2.2"), ID: broker.NewID[string](), Issuer: destination, IssuedAt: w.clock.Now().Unix(),
		Subject: name[strings.LastIndex(name, "-")+1:] + ":" + ref.SubmissionID, Transaction: "case:" + ref.CaseID, Event: "https://schema.fitko.de/fit-connect/events/" + name,
	}
	if strings.HasPrefix(name, "reject-") {
		claims.Payload = json.RawMessage(`{"problems":[{"type":"https://example.org/p","title":"No","detail":"No","instance":"other"}]}`)
	}
	raw := must(claims.Bytes())(w.t)
	return must(set.Sign(raw, p.signing.KID, p.signing.Secret))(w.t)
}
