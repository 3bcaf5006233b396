package node_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/vierkant/vierkant/api/client"
	"github.com/vierkant/vierkant/api/wire"
	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/cmd/node"
	"github.com/vierkant/vierkant/crypto/set"
	"github.com/vierkant/vierkant/testenv"
)

// crowd is senders and an authority that use several nodes, and take no for an answer only if it says "later".
type crowd struct {
	office
	nodes []string // their URLs
	http  *http.Client
	hook  *listener

	next    atomic.Int64 // request
	refused atomic.Int64 // answers that said "later"
	done    atomic.Int64 // applications that came through

	mu      sync.Mutex
	parcels []*parcel // guarded by mu
}

// parcel is an application that was announced with success.
type parcel struct {
	id, caseID     string
	metadata, data string
	attachments    map[string]string // sealed, by id
	accepted       string            // token of the decision, if it was taken
	through        bool              // nothing more will be done with it; guarded by crowd.mu
}

// gather has the crowd use nodes; the authority is told of submissions by callbacks.
func gather(t testing.TB, n *node.Node, addresses ...string) *crowd {
	t.Helper()
	c := &crowd{
		office: seedOffice(t, n), nodes: addresses, hook: newListener(t),
		http: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 64}},
	}
	t.Cleanup(c.http.CloseIdleConnections)
	services := n.Broker.Destinations
	d, err := services.Public(t.Context(), c.Destinations[0])
	if err != nil {
		t.Fatal(err)
	}
	_, err = services.Change(t.Context(), broker.Operator(d.Org), d.ID, func(draft broker.DestinationDraft) (broker.DestinationDraft, error) {
		draft.Callback = &broker.CallbackDraft{URL: c.hook.server.URL, Secret: strings.Repeat("Geheimnis", 5)}
		return draft, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// answer is what a node said.
type answer struct {
	status int
	header http.Header
	body   []byte
}

// later reports whether it says, as it should, that a repeat may help.
func (a answer) later() bool {
	var problem wire.Problem
	return a.status == http.StatusServiceUnavailable && a.header.Get("Retry-After") != "" &&
		a.header.Get("Content-Type") == "application/problem+json" && json.Unmarshal(a.body, &problem) == nil && problem.Status == a.status
}

// ask makes one request, at the next node.
func (c *crowd) ask(ctx context.Context, as, method, path, contentType, body string) (answer, error) {
	base := c.nodes[int(c.next.Add(1))%len(c.nodes)]
	request, err := http.NewRequestWithContext(ctx, method, base+path, strings.NewReader(body))
	if err != nil {
		return answer{}, err
	}
	request.Header.Set("Content-Type", contentType)
	if as != "" {
		request.Header.Set("Authorization", "Bearer "+as)
	}
	response, err := c.http.Do(request)
	if err != nil {
		return answer{}, err
	}
	defer response.Body.Close()
	raw, err := io.ReadAll(response.Body)
	return answer{response.StatusCode, response.Header, raw}, err
}

// insist repeats a request until it is answered with success. Who repeats may be told of a conflict, if it was done before; every
// other answer is an error.
func (c *crowd) insist(ctx context.Context, as, method, path, contentType, body string, want int) ([]byte, error) {
	for again := false; ; again = true {
		a, err := c.ask(ctx, as, method, path, contentType, body)
		cutShort := errors.Is(err, io.ErrUnexpectedEOF) && method == "GET"
		switch {
		case err == nil && (a.status == want || again && a.status == http.StatusConflict):
			return a.body, nil
		case err == nil && a.later(), cutShort:
			c.refused.Add(1)
		case err != nil:
			return nil, fmt.Errorf("%s %s: %w", method, path, err)
		default:
			return nil, fmt.Errorf("%s %s: got %d %v %s, want %d or 503 with Retry-After and a problem", method, path, a.status, a.header, a.body, want)
		}
		select {
		case <-time.After(time.Duration(10+rand.IntN(40)) * time.Millisecond): // a sender's pause, shortened
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

func (c *crowd) logIn(ctx context.Context, who node.Credentials) (string, error) {
	form := url.Values{"grant_type": {"client_credentials"}, "client_id": {who.ClientID}, "client_secret": {who.ClientSecret}}
	raw, err := c.insist(ctx, "", "POST", "/token", "application/x-www-form-urlencoded", form.Encode(), http.StatusOK)
	if err != nil {
		return "", err
	}
	var token wire.Token
	err = json.Unmarshal(raw, &token)
	return token.AccessToken, err
}

// patience is more than anything here takes on a busy machine.
const patience = 3 * time.Minute

// work has so many senders send, one application after the other, until enough says so after one. It reports what should not be.
func (c *crowd) work(t testing.TB, senders int, enough func() bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	var team sync.WaitGroup
	for range senders {
		team.Go(func() {
			for !enough() {
				if err := c.send(ctx); err != nil {
					t.Error(err)
					return
				}
				c.done.Add(1)
			}
		})
	}
	team.Wait()
}

// many is enough after so many more applications.
func (c *crowd) many(n int64) func() bool {
	limit := c.done.Load() + n
	return func() bool { return c.done.Load() >= limit }
}

const (
	submissions = "/submission-api/v2/submissions"
	joseType    = "application/jose"
	jsonType    = "application/json"
)

// send takes one application from the token to, mostly, the authority's decision.
func (c *crowd) send(ctx context.Context) error {
	sender, err := c.logIn(ctx, c.Sender)
	if err != nil {
		return err
	}
	p, err := c.announce(ctx, sender)
	if err != nil {
		return err
	}
	for id, body := range p.attachments {
		if _, err := c.insist(ctx, sender, "PUT", submissions+"/"+p.id+"/attachments/"+id, joseType, body, http.StatusNoContent); err != nil {
			return err
		}
	}
	body := text(wire.Submit{EncryptedMetadata: p.metadata, EncryptedData: p.data})
	if _, err := c.insist(ctx, sender, "PUT", submissions+"/"+p.id, jsonType, body, http.StatusOK); err != nil {
		return err
	}
	if err := c.fetch(ctx, p); err != nil {
		return err
	}
	if rand.IntN(3) > 0 {
		err = c.accept(ctx, p)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	p.through = err == nil
	return err
}

// through lists the applications that came to their end.
func (c *crowd) through() (all []*parcel) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, p := range c.parcels {
		if p.through {
			all = append(all, p)
		}
	}
	return all
}

func (c *crowd) announce(ctx context.Context, sender string) (*parcel, error) {
	kid := c.keys.Decryption[0].KID
	p := &parcel{metadata: sealed(kid, 1000), data: sealed(kid, 2000), attachments: map[string]string{
		uuid.NewString(): sealed(kid, 3000), uuid.NewString(): sealed(kid, 600_000), // in the record, and in chunks
	}}
	raw, err := c.insist(ctx, sender, "POST", submissions, jsonType, text(c.announcement(p)), http.StatusCreated)
	if err != nil {
		return nil, err
	}
	var ref wire.SubmissionRef
	err = json.Unmarshal(raw, &ref)
	p.id, p.caseID = ref.SubmissionID, ref.CaseID
	c.mu.Lock()
	defer c.mu.Unlock()
	c.parcels = append(c.parcels, p)
	return p, err
}

func (c *crowd) announcement(p *parcel) wire.AnnounceV2 {
	return wire.AnnounceV2{
		DestinationID: string(c.Destinations[0]), Region: "DE", AnnouncedAttachments: append([]string{}, slices.Collect(maps.Keys(p.attachments))...),
		PublicService: wire.PublicService{Name: "Gewerbe", Identifier: testenv.BusinessRegistration},
	}
}

// fetch compares what the authority gets with what was sent, byte for byte.
func (c *crowd) fetch(ctx context.Context, p *parcel) error {
	subscriber, err := c.logIn(ctx, c.Subscriber)
	if err != nil {
		return err
	}
	raw, err := c.insist(ctx, subscriber, "GET", submissions+"/"+p.id, "", "", http.StatusOK)
	if err != nil {
		return err
	}
	var f wire.FetchedV2
	if err := json.Unmarshal(raw, &f); err != nil || f.EncryptedData != p.data || f.EncryptedMetadata != p.metadata {
		return fmt.Errorf("submission %s: %v, or it is not what was submitted", p.id, err)
	}
	for id, want := range p.attachments {
		got, err := c.insist(ctx, subscriber, "GET", submissions+"/"+p.id+"/attachments/"+id, "", "", http.StatusOK)
		if err != nil || string(got) != want {
			return fmt.Errorf("attachment %s: got %d bytes, %v; want the %d that were uploaded", id, len(got), err, len(want))
		}
	}
	return nil
}

func (c *crowd) accept(ctx context.Context, p *parcel) error {
	tags := p.tags()
	claims, err := set.Claims{
		Schema: set.SchemaURI(set.CurrentVersion), ID: uuid.NewString(), Issuer: string(c.Destinations[0]), IssuedAt: time.Now().Unix(),
		Subject: "submission:" + p.id, Transaction: "case:" + p.caseID, Event: set.AcceptSubmission,
		Payload: set.Payload{AuthenticationTags: &tags}.Bytes(),
	}.Bytes()
	if err != nil {
		return err
	}
	token, err := set.Sign(claims, c.keys.Signing.KID, c.keys.Signing.Secret)
	if err != nil {
		return err
	}
	subscriber, err := c.logIn(ctx, c.Subscriber)
	if err != nil {
		return err
	}
	p.accepted = token
	_, err = c.insist(ctx, subscriber, "POST", "/submission-api/v2/cases/"+p.caseID+"/events", joseType, token, http.StatusNoContent)
	return err
}

// verify holds what the nodes tell in the end against what they acknowledged.
func (c *crowd) verify(t testing.TB, base string) {
	t.Helper()
	reader, err := client.New(c.config(base, c.Sender))
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range c.parcels {
		log, err := reader.Events(t.Context(), client.Ref{
			DestinationID: client.DestinationID(c.Destinations[0]), SubmissionID: client.SubmissionID(p.id), CaseID: client.CaseID(p.caseID),
		})
		if err != nil {
			t.Errorf("submission %s: %v", p.id, err)
			continue
		}
		if err := p.check(log, c.hook); err != nil {
			t.Errorf("submission %s: %v", p.id, err)
		}
	}
}

// check wants each act once and in order, what it was about, and no notification without a call.
func (p *parcel) check(log client.Log, hook *listener) error {
	want, got := []string{set.CreateSubmission, set.SubmitSubmission}, []string(nil)
	if p.accepted != "" {
		want = append(want, set.AcceptSubmission)
	}
	for _, e := range log {
		if e.Type != set.NotifySubmission {
			got = append(got, e.Type)
		} else if !hook.heard(p.id) {
			return fmt.Errorf("the log tells of a %s that was not made", e.Payload.NotifyType)
		}
	}
	if !slices.Equal(got, want) {
		return fmt.Errorf("the log tells %q, want %q", got, want)
	}
	if p.accepted != "" && log[len(log)-1].Token != p.accepted {
		return errors.New("the last event is not the decision")
	}
	return log.CheckTags(client.SubmissionID(p.id), p.tags())
}

func (p *parcel) tags() set.AuthenticationTags {
	tags := set.AuthenticationTags{Metadata: tag(p.metadata), Data: tag(p.data), Attachments: map[string]string{}}
	for id, body := range p.attachments {
		tags.Attachments[id] = tag(body)
	}
	return tags
}

func tag(part string) string { return part[strings.LastIndexByte(part, '.')+1:] }

// sealed makes a part that nobody can open, with a ciphertext of n bytes: the form is right, the content random.
func sealed(kid string, n int) string {
	header := fmt.Sprintf(`{"alg":"RSA-OAEP-256","enc":"A256GCM","kid":%q,"cty":"application/json"}`, kid)
	parts := []string{base64.RawURLEncoding.EncodeToString([]byte(header))}
	for _, size := range []int{512, 12, n, 16} {
		raw := make([]byte, size)
		for i := range raw {
			raw[i] = byte(rand.Uint32())
		}
		parts = append(parts, base64.RawURLEncoding.EncodeToString(raw))
	}
	return strings.Join(parts, ".")
}

// text encodes what cannot fail to encode.
func text(v any) string {
	raw, _ := json.Marshal(v)
	return string(bytes.TrimSpace(raw))
}
