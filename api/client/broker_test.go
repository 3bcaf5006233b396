package client_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/vierkant/vierkant/api/client"
	"github.com/vierkant/vierkant/api/wire"
	"github.com/vierkant/vierkant/crypto/attest"
	"github.com/vierkant/vierkant/crypto/keys"
	"github.com/vierkant/vierkant/crypto/set"
)

const (
	destinationID = "0a10bf46-1e4c-4a0e-9a10-6a1a2f6f9d01"
	otherID       = "b1f7a3f0-52ab-4a53-9c5c-94d7b5f0c702"
	serviceKey    = "99050012104000"
	serviceURN    = "urn:de:fim:leika:leistung:" + serviceKey
	schemaJSON    = "https://schema.vierkant.example/gewerbeanmeldung/1.0.0/gewerbeanmeldung.schema.json"
	schemaXML     = "https://schema.vierkant.example/gewerbeanmeldung/1.0.0/gewerbeanmeldung.xsd"
)

// broker is a service that speaks the contract and lets tests change everything it holds: what a broken or hostile one could
// say. Its cryptography is real.
type broker struct {
	t    testing.TB
	url  string
	keys pairs

	scratch string // where its clients open attachments

	// before, if it answers true, has answered instead.
	before func(http.ResponseWriter, *http.Request) bool

	mu          sync.Mutex
	requests    []string
	tokens      int // issued
	destination wire.DestinationV2
	jwks        map[string]keys.Public // of the destination, by the kid they are asked for
	serviceKeys []keys.Public
	portalKeys  []keys.Public
	routes      []wire.Route
	submissions map[string]*wire.FetchedV2 // and replies, which differ in names only
	replies     map[string]bool            // which of them are replies
	announced   map[string]*wire.FetchedV2 // by Idempotency-Key
	sealed      map[string]string          // attachments by id
	log         map[string][]string
	total       int // what the log claims to hold beyond what it has
	patched     []string
}

func newBroker(t testing.TB) *broker {
	b := &broker{
		t: t, scratch: t.TempDir(), keys: newPairs(t), jwks: map[string]keys.Public{}, submissions: map[string]*wire.FetchedV2{},
		replies: map[string]bool{}, announced: map[string]*wire.FetchedV2{},
		sealed: map[string]string{}, log: map[string][]string{},
	}
	b.jwks[b.keys.encryption.KID] = b.keys.encryption.Public
	b.jwks[b.keys.signing.KID] = b.keys.signing.Public
	b.serviceKeys = []keys.Public{b.keys.service.Public}
	b.portalKeys = []keys.Public{b.keys.portal.Public}
	b.destination = wire.DestinationV2{
		Destination: wire.Destination{
			DestinationID: destinationID, Status: client.Active, EncryptionKID: b.keys.encryption.KID,
			MetadataVersions: []string{"1.0.0", "2.1.0"},
		},
		PublicServices: []wire.OfferedService{{
			Identifier: serviceURN, Regions: []string{"DE05515", "DE147"},
			SubmissionSchemas: []wire.SubmissionSchema{
				{SchemaURI: schemaJSON, MIMEType: "application/json"}, {SchemaURI: schemaXML, MIMEType: "application/xml"},
			},
		}},
	}
	server := httptest.NewServer(b.handler())
	t.Cleanup(server.Close)
	b.url = server.URL
	b.routes = []wire.Route{b.route("05515", destinationID)}
	return b
}

// config is that of a client of this broker that never waits.
func (b *broker) config() client.Config {
	return client.Config{
		TokenURL: b.url + "/token", SubmissionURL: b.issuer(), DestinationURL: b.url + "/destination-api",
		RoutingURL: b.url + "/routing-api", PortalURL: b.url + "/portal", ClientID: "client", ClientSecret: "secret",
		Policy: keys.Test(), Wait: func(context.Context, time.Duration) error { return nil }, Scratch: b.scratch,
	}
}

func (b *broker) client() *client.Client {
	b.t.Helper()
	c, err := client.New(b.config())
	if err != nil {
		b.t.Fatal(err)
	}
	return c
}

func (b *broker) subscriber() *client.Subscriber {
	b.t.Helper()
	return b.subscriberOf(b.config())
}

func (b *broker) subscriberOf(config client.Config) *client.Subscriber {
	b.t.Helper()
	c, err := client.New(config)
	if err != nil {
		b.t.Fatal(err)
	}
	return b.subscriberBy(c)
}

func (b *broker) subscriberBy(c *client.Client) *client.Subscriber {
	b.t.Helper()
	s, err := c.Subscriber(map[client.DestinationID]client.Keys{
		destinationID: {Decryption: []keys.Private{b.keys.encryption}, Signing: b.keys.signing},
	})
	if err != nil {
		b.t.Fatal(err)
	}
	return s
}

func (b *broker) issuer() string { return b.url + "/submission-api" }

// lock gives a test the state of the broker.
func (b *broker) change(do func()) {
	b.mu.Lock()
	defer b.mu.Unlock()
	do()
}

func (b *broker) handler() http.Handler {
	mux := http.NewServeMux()
	const v2 = "/submission-api/v2"
	mux.HandleFunc("POST /token", b.token)
	mux.HandleFunc("GET /submission-api/.well-known/jwks.json", func(w http.ResponseWriter, _ *http.Request) { b.answer(w, 200, keys.Set{Keys: b.serviceKeys}) })
	mux.HandleFunc("GET /portal/.well-known/jwks.json", func(w http.ResponseWriter, _ *http.Request) { b.answer(w, 200, keys.Set{Keys: b.portalKeys}) })
	mux.HandleFunc("GET "+v2+"/destinations/{id}", func(w http.ResponseWriter, _ *http.Request) { b.answer(w, 200, b.destination) })
	mux.HandleFunc("GET "+v2+"/destinations/{id}/keys/{kid}", b.key)
	mux.HandleFunc("POST "+v2+"/submissions", b.announce)
	mux.HandleFunc("GET "+v2+"/submissions", b.list)
	mux.HandleFunc("PUT "+v2+"/submissions/{id}", b.submit)
	mux.HandleFunc("GET "+v2+"/submissions/{id}", b.submission)
	mux.HandleFunc("PUT "+v2+"/submissions/{id}/attachments/{attachment}", b.upload)
	mux.HandleFunc("GET "+v2+"/submissions/{id}/attachments/{attachment}", b.attachment)
	mux.HandleFunc("GET "+v2+"/cases/{id}/events", b.events)
	mux.HandleFunc("POST "+v2+"/cases/{id}/events", b.post)
	b.serveReplies(mux, v2)
	mux.HandleFunc("GET /routing-api/v2/routes", func(w http.ResponseWriter, _ *http.Request) {
		b.answer(w, 200, wire.RouteList{Counted: wire.Counted{Count: len(b.routes), TotalCount: len(b.routes)}, Routes: b.routes})
	})
	mux.HandleFunc("GET /routing-api/v2/areas", b.areas)
	mux.HandleFunc("/destination-api/v1/destinations", b.manage)
	mux.HandleFunc("/destination-api/v1/destinations/", b.manage)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b.mu.Lock()
		defer b.mu.Unlock()
		b.requests = append(b.requests, r.Method+" "+r.URL.Path)
		if b.before != nil && b.before(w, r) {
			return
		}
		mux.ServeHTTP(w, r)
	})
}

// count says how many requests began like this.
func (b *broker) count(prefix string) int {
	b.mu.Lock()
	defer b.mu.Unlock()
	n := 0
	for _, request := range b.requests {
		if strings.HasPrefix(request, prefix) {
			n++
		}
	}
	return n
}

func (b *broker) answer(w http.ResponseWriter, status int, document any) {
	body, err := json.Marshal(document)
	if err != nil {
		b.t.Error(err)
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write(body)
}

func (b *broker) problem(w http.ResponseWriter, status int, detail string) {
	w.Header().Set("Content-Type", "application/problem+json")
	b.answer(w, status, wire.Problem{Type: "about:blank", Title: http.StatusText(status), Status: status, Detail: detail})
}

func (b *broker) token(w http.ResponseWriter, r *http.Request) {
	if r.FormValue("client_secret") != "secret" || r.FormValue("grant_type") != "client_credentials" || r.Form.Has("scope") {
		b.answer(w, http.StatusUnauthorized, wire.TokenError{Error: "invalid_client", Description: "unknown client or wrong secret"})
		return
	}
	b.tokens++
	b.answer(w, 200, wire.Token{AccessToken: fmt.Sprintf("token-%d", b.tokens), TokenType: "Bearer", ExpiresIn: 1800})
}

func (b *broker) key(w http.ResponseWriter, r *http.Request) {
	key, found := b.jwks[r.PathValue("kid")]
	if !found || r.PathValue("id") != destinationID {
		b.problem(w, 404, "no such key")
		return
	}
	b.answer(w, 200, key)
}

func (b *broker) body(r *http.Request) string {
	body, _ := io.ReadAll(r.Body) // a client that gives up is none of the broker's business
	return string(body)
}

func (b *broker) announce(w http.ResponseWriter, r *http.Request) {
	var announced wire.AnnounceV2
	if err := json.NewDecoder(r.Body).Decode(&announced); err != nil {
		b.problem(w, 400, err.Error())
		return
	}
	key := r.Header.Get("Idempotency-Key")
	if before := b.announced[key]; before != nil && key != "" {
		b.answer(w, http.StatusCreated, before.SubmissionRef)
		return
	}
	n := len(b.submissions)
	submission := &wire.FetchedV2{SubmissionV2: wire.SubmissionV2{
		SubmissionRef: wire.SubmissionRef{
			DestinationID: announced.DestinationID, SubmissionID: fmt.Sprintf("5ab00000-0000-4000-8000-%012d", n),
			CaseID: fmt.Sprintf("ca5e0000-0000-4000-8000-%012d", n),
		},
		Attachments: announced.AnnouncedAttachments, PublicService: announced.PublicService, Region: announced.Region,
	}}
	b.submissions[submission.SubmissionID] = submission
	b.announced[key] = submission
	b.record(submission.SubmissionRef, set.CreateSubmission, set.Payload{})
	b.answer(w, http.StatusCreated, submission.SubmissionRef)
}

func (b *broker) upload(w http.ResponseWriter, r *http.Request) {
	b.sealed[r.PathValue("attachment")] = b.body(r)
	w.WriteHeader(http.StatusNoContent)
}

func (b *broker) submit(w http.ResponseWriter, r *http.Request) {
	submission := b.submissions[r.PathValue("id")]
	var parts wire.Submit
	if err := json.Unmarshal([]byte(b.body(r)), &parts); err != nil || submission == nil {
		b.problem(w, 400, "no submit")
		return
	}
	if submission.EncryptedMetadata != "" {
		b.problem(w, 409, "submitted before")
		return
	}
	submission.EncryptedMetadata, submission.EncryptedData = parts.EncryptedMetadata, parts.EncryptedData
	tags := b.tags(submission)
	b.record(submission.SubmissionRef, set.SubmitSubmission, set.Payload{AuthenticationTags: &tags})
	b.answer(w, 200, submission.SubmissionV2)
}

// tags are those of what the broker holds of a submission now.
func (b *broker) tags(submission *wire.FetchedV2) set.AuthenticationTags {
	tags := set.AuthenticationTags{Metadata: tagOf(submission.EncryptedMetadata), Data: tagOf(submission.EncryptedData), Attachments: map[string]string{}}
	for _, id := range submission.Attachments {
		tags.Attachments[id] = tagOf(b.sealed[id])
	}
	return tags
}

func tagOf(jwe string) string { return jwe[strings.LastIndexByte(jwe, '.')+1:] }

func (b *broker) list(w http.ResponseWriter, _ *http.Request) {
	list := wire.SubmissionList{Submissions: []wire.SubmissionRef{}}
	for id, submission := range b.submissions {
		if b.replies[id] {
			continue
		}
		list.Submissions = append(list.Submissions, submission.SubmissionRef)
	}
	list.Count, list.TotalCount = len(list.Submissions), len(list.Submissions)
	b.answer(w, 200, list)
}

func (b *broker) submission(w http.ResponseWriter, r *http.Request) {
	submission := b.submissions[r.PathValue("id")]
	if submission == nil {
		b.problem(w, 404, "no such submission")
		return
	}
	b.answer(w, 200, submission)
}

func (b *broker) attachment(w http.ResponseWriter, r *http.Request) {
	sealed, found := b.sealed[r.PathValue("attachment")]
	if !found {
		b.problem(w, 404, "no such attachment")
		return
	}
	w.Header().Set("Content-Type", "application/jose")
	_, _ = io.WriteString(w, sealed)
}

func (b *broker) events(w http.ResponseWriter, r *http.Request) {
	log, found := b.log[r.PathValue("id")]
	if !found {
		b.problem(w, 404, "no such case")
		return
	}
	page := wire.EventLog{EventLog: []string{}}
	if r.URL.Query().Get("offset") == "0" {
		page.EventLog = log
	}
	page.TotalCount = len(log) + b.total
	b.answer(w, 200, page)
}

// post takes an event, and refuses a second decision.
func (b *broker) post(w http.ResponseWriter, r *http.Request) {
	raw := b.body(r)
	token, err := set.Parse(raw)
	if err != nil || r.Header.Get("Content-Type") != "application/jose" {
		b.problem(w, 400, fmt.Sprint(err))
		return
	}
	decided := func(raw string) bool {
		earlier, err := set.Parse(raw)
		return err == nil && earlier.Claims.Subject == token.Claims.Subject && (earlier.Claims.Event == set.AcceptSubmission || earlier.Claims.Event == set.RejectSubmission)
	}
	id := r.PathValue("id")
	if slices.ContainsFunc(b.log[id], decided) {
		b.problem(w, 409, "decided before")
		return
	}
	if err := token.Verify(b.keys.signing.Public); err != nil {
		b.problem(w, 422, err.Error())
		return
	}
	b.log[id] = append(b.log[id], raw)
	w.WriteHeader(http.StatusNoContent)
}

// claims are those of an event of the service.
func (b *broker) claims(ref wire.SubmissionRef, event string, payload set.Payload) set.Claims {
	subject := "submission:"
	if b.replies[ref.SubmissionID] {
		subject, event = "reply:", strings.Replace(event, "-submission", "-reply", 1)
	}
	return set.Claims{
		Schema: set.SchemaURI(set.CurrentVersion), ID: fmt.Sprintf("e0e00000-0000-4000-8000-%06d%06d", len(b.log), len(b.log[ref.CaseID])),
		Issuer: b.issuer(), IssuedAt: time.Now().Unix(), Subject: subject + ref.SubmissionID, Transaction: "case:" + ref.CaseID,
		Event: event, Payload: payload.Bytes(),
	}
}

// record appends an event of the service to the log.
func (b *broker) record(ref wire.SubmissionRef, event string, payload set.Payload) {
	b.log[ref.CaseID] = append(b.log[ref.CaseID], b.sign(b.claims(ref, event, payload), b.keys.service))
}

func (b *broker) sign(claims set.Claims, key keys.Private) string {
	raw, err := claims.Bytes()
	if err != nil {
		b.t.Error(err)
		return ""
	}
	token, err := set.Sign(raw, key.KID, key.Secret)
	if err != nil {
		b.t.Error(err)
	}
	return token
}

func (b *broker) areas(w http.ResponseWriter, r *http.Request) {
	if words := r.URL.Query()["areaSearchexpression"]; !slices.Equal(words, []string{"Münster", "48143"}) {
		b.problem(w, 400, fmt.Sprintf("unexpected expressions %q", words))
		return
	}
	w.Header().Set("Content-Type", "application/problem+json") // as the specification has it (FIT-Connect contract 5.3)
	b.answer(w, 200, wire.AreaList{
		Counted: wire.Counted{Count: 1, TotalCount: 1},
		Areas:   []wire.Area{{ID: "055150000000", Name: "Münster, Stadt", Type: "Kreisfreie Stadt"}},
	})
}

// addressing is what the portal attests.
func (b *broker) addressing(ars, destination string) attest.Claims {
	return attest.Claims{
		SubmissionHost: strings.TrimPrefix(b.url, "http://"), Issuer: b.url + "/portal", DestinationID: destination,
		Services: []attest.Service{{Regions: []string{ars}, Services: []string{serviceURN}}},
		IssuedAt: time.Now(), ID: "a77e5700-0000-4000-8000-000000000000",
	}
}

func (b *broker) route(ars, destination string) wire.Route {
	return wire.Route{
		DestinationID: destination, RouteInfo: wire.RouteInfo{DestinationName: "Stadt Musterstadt, Gewerbeamt"},
		DestinationSignature: b.attest(b.addressing(ars, destination), b.keys.portal),
	}
}

func (b *broker) attest(claims attest.Claims, key keys.Private) string {
	b.t.Helper()
	raw, err := attest.Sign(claims, key.KID, key.Secret)
	if err != nil {
		b.t.Error(err)
	}
	return raw
}

// manage notes what is written and answers with the destination.
func (b *broker) manage(w http.ResponseWriter, r *http.Request) {
	shown := wire.DestinationV1{Destination: b.destination.Destination, Services: b.destination.PublicServices}
	if r.Method != http.MethodGet {
		b.patched = append(b.patched, r.Header.Get("Content-Type")+" "+b.body(r))
	}
	switch {
	case r.Method == http.MethodGet && strings.HasSuffix(r.URL.Path, "/destinations"):
		b.answer(w, 200, wire.DestinationListV1{Counted: wire.Counted{Count: 1, TotalCount: 1}, Destinations: []wire.DestinationV1{shown}})
	case r.Method == http.MethodPost:
		b.answer(w, http.StatusCreated, shown)
	case r.Method == http.MethodDelete:
		w.WriteHeader(http.StatusNoContent)
	default:
		b.answer(w, 200, shown)
	}
}
