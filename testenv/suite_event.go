package testenv

import (
	"crypto/rsa"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/vierkant/vierkant/crypto/keys"
	"github.com/vierkant/vierkant/crypto/set"
)

// eventBase is where the names of events begin (FIT-Connect contract 7).
const eventBase = "https://schema.fitko.de/fit-connect/events/"

// pssSalt is the salt of PS512, in bytes (RFC 7518 3.5).
const pssSalt = 64

// setHeader is the header of a security event token that a case may change (FIT-Connect contract 6.4).
func setHeader(kid string) map[string]any {
	return map[string]any{"typ": "secevent+jwt", "alg": keys.PS512, "kid": kid}
}

// setClaims are the claims of a subscriber's token that a case may change.
func setClaims(o office, submissionID, caseID, event string, payload map[string]any) map[string]any {
	if payload == nil {
		payload = map[string]any{}
	}
	return map[string]any{
		"$schema": set.SchemaURI("1.2.2"), "jti": newID(), "iss": o.id, "iat": time.Now().Unix(),
		"sub": "submission:" + submissionID, "txn": "case:" + caseID, "events": map[string]any{event: payload},
	}
}

// sign makes a token of a header and claims, as they are.
func (t *trial) sign(header, claims map[string]any, key *rsa.PrivateKey) string {
	return t.jws(compactJSON(header), compactJSON(claims), signPSS(key, pssSalt))
}

func (t *trial) jws(header, claims string, sign func([]byte) ([]byte, error)) string {
	if t.ended() {
		return ""
	}
	token, err := jws(header, claims, sign)
	t.must("sign", err)
	return token
}

func (t *trial) signedEvent(o office, submissionID, caseID, event string, payload map[string]any) string {
	return t.sign(setHeader(o.signing.KID), setClaims(o, submissionID, caseID, event, payload), o.signing.Secret)
}

// event is a good token about a submission.
func (t *trial) event(s submission, event string, payload map[string]any) string {
	return t.signedEvent(s.office, s.id, s.caseID, event, payload)
}

func (t *trial) accept(s submission) string {
	return t.event(s, set.AcceptSubmission, map[string]any{"authenticationTags": s.tags()})
}

func (t *trial) reject(s submission) string {
	return t.event(s, set.RejectSubmission, map[string]any{"problems": []any{
		map[string]any{"type": set.ProblemPrefix + "hash-mismatch", "title": "Hash mismatch", "detail": "The hash differs.", "instance": "data"},
	}})
}

func (t *trial) forward(s submission) string { return t.event(s, set.ForwardSubmission, nil) }

// post sends a token to the case of a submission.
func (t *trial) post(s submission, token string) *answer {
	return t.sendJOSE(http.MethodPost, t.submissions("/cases/"+s.caseID+"/events"), t.subscriber(), token)
}

// entry is one token of an event log, taken apart.
type entry struct {
	raw            string
	header, claims map[string]any
	event          string // the one member of events
	payload        any
}

// log reads what a case's log says about a submission, as its sender.
func (t *trial) log(s submission) []entry {
	var about []entry
	for _, e := range t.caseLog(s.caseID, t.sender()) {
		if e.claims["sub"] == "submission:"+s.id {
			about = append(about, e)
		}
	}
	return about
}

// caseLog reads the log of a case.
func (t *trial) caseLog(caseID, token string) []entry {
	return t.entries(t.get(t.submissions("/cases/"+caseID+"/events?limit=500"), token))
}

// entries takes an event log apart. That somebody found something by polling is left out: it may be noted at any time, and any
// list that another case asks for may be the cause.
func (t *trial) entries(a *answer) []entry {
	return slices.DeleteFunc(t.allEntries(a), entry.byPolling)
}

func (t *trial) allEntries(a *answer) []entry {
	a.page("eventLog", 0)
	var all []entry
	for _, raw := range a.texts("eventLog") {
		all = append(all, t.entry(raw))
	}
	return all
}

// byPolling tells of an addressee that polled (FIT-Connect contract 7.1).
func (e entry) byPolling() bool {
	how, _ := lookUp(e.payload, "notifyType")
	return how == set.NotifiedByPolling && (e.event == set.NotifySubmission || e.event == set.NotifyReply)
}

func (t *trial) entry(raw string) entry {
	e := entry{raw: raw}
	parts := strings.Split(raw, ".")
	if t.ended() || len(parts) != 3 {
		t.fail("got a token of %d parts in the event log, want 3", len(parts))
		return e
	}
	e.header, e.claims = t.decode("header of an event", parts[0]), t.decode("claims of an event", parts[1])
	events, _ := e.claims["events"].(map[string]any)
	for name, payload := range events {
		e.event, e.payload = name, payload
	}
	equal(t, "events in one token", len(events), 1)
	return e
}

// last returns the last entry of a log, an empty one if there is none.
func last(log []entry) entry {
	if len(log) == 0 {
		return entry{}
	}
	return log[len(log)-1]
}

// events lists the names of a log's events.
func events(log []entry) string {
	var names []string
	for _, e := range log {
		names = append(names, strings.TrimPrefix(e.event, eventBase))
	}
	return strings.Join(names, " ")
}

// wantLog asks for these events about a submission, in this order.
func (t *trial) wantLog(s submission, want ...string) []entry {
	log := t.log(s)
	equal(t, "events", events(log), strings.Join(want, " "))
	return log
}

// checkTags asks for the tags of what was sent in the submit-submission event.
func (t *trial) checkTags(s submission) {
	for _, e := range t.log(s) {
		if e.event != set.SubmitSubmission {
			continue
		}
		got, _ := lookUp(e.payload, "authenticationTags")
		t.sameJSON("authenticationTags", got, s.tags())
		return
	}
	t.fail("no submit-submission event in the log")
}

// sameJSON compares two values by what they are in JSON.
func (t *trial) sameJSON(what string, got, want any) {
	equal(t, what, compactJSON(got), compactJSON(want))
}

// serviceKey fetches the key of the service under a kid.
func (t *trial) serviceKey(kid string) keys.Public {
	return t.keyOf(t.env.SubmissionURL, kid)
}

// keyOf fetches a key from the key set below a base URL.
func (t *trial) keyOf(base, kid string) keys.Public {
	a := t.get(base+"/.well-known/jwks.json", "").is(http.StatusOK)
	if t.ended() {
		return keys.Public{}
	}
	all, err := keys.ParseSet(a.body)
	t.must("key set of "+base, err)
	key, found := all.Lookup(kid)
	t.holds(found || t.ended(), "the key %q in the key set of %s", kid, base)
	return key
}

// verify checks the signature of an entry by the key of its issuer (FIT-Connect contract 6.6).
func (t *trial) verify(e entry) {
	kid, _ := e.header["kid"].(string)
	issuer, _ := e.claims["iss"].(string)
	var key keys.Public
	if issuer == t.env.Issuer {
		key = t.serviceKey(kid)
	} else {
		key = t.publishedKey(issuer, kid)
	}
	if t.ended() {
		return
	}
	token, err := set.Parse(e.raw)
	t.must("event "+e.event, err)
	if err == nil {
		t.must("signature of "+e.event, token.Verify(key))
	}
}

// publishedKey fetches a key of a destination.
func (t *trial) publishedKey(destination, kid string) keys.Public {
	a := t.get(t.submissions("/destinations/"+destination+"/keys/"+kid), "").is(http.StatusOK)
	if t.ended() {
		return keys.Public{}
	}
	key, err := keys.ParsePublic(a.body)
	t.must("key of the destination", err)
	return key
}
