package client

import (
	"encoding/base64"
	"errors"
	"fmt"
	"path"
	"regexp"
	"strings"
	"time"

	"github.com/vierkant/vierkant/crypto/keys"
	"github.com/vierkant/vierkant/crypto/set"
	"github.com/vierkant/vierkant/schemas"
)

// maxSkew is how far clocks may differ before a time of issue is not plausible.
const maxSkew = 5 * time.Minute

// EventError means: an entry of an event log does not hold. Nothing of the log is to be believed then.
type EventError struct {
	Case   CaseID
	Number int    // place in the log, 1 is the oldest
	Type   string // event URI as the entry claims it, not verified: for people; "" if it could not be read
	ID     string // jti in the same sense
	Err    error  // what does not hold
}

// Error names the event and the reason.
func (e *EventError) Error() string {
	name := path.Base(e.Type)
	if e.Type == "" {
		name = "unreadable"
	}
	return fmt.Sprintf("event %d of case %s (%s, %s): %v", e.Number, e.Case, name, first(e.ID, "without jti"), e.Err)
}

func (e *EventError) Unwrap() error { return e.Err }

// verifier checks the entries of one log in their order (FIT-Connect contract 6.6), without any network. What it remembers is
// what later entries are held against.
type verifier struct {
	evidence Evidence
	policy   keys.Policy
	now      time.Time
	registry *schemas.Registry

	states map[string]State // by subject
	submit map[string]Event // by subject
	ids    map[string]bool  // jti
	last   time.Time        // issue of the service's last event
}

func newVerifier(e Evidence, policy keys.Policy, now time.Time, registry *schemas.Registry) *verifier {
	return &verifier{
		evidence: e, policy: policy, now: now, registry: registry,
		states: map[string]State{}, submit: map[string]Event{}, ids: map[string]bool{},
	}
}

// verify returns what it could read of the event even if the event does not hold.
func (v *verifier) verify(raw string) (Event, error) {
	token, err := set.Parse(raw)
	if err != nil {
		return Event{Type: claimedType(raw)}, err
	}
	e, err := v.event(token)
	if err != nil {
		return e, err
	}
	for _, check := range []func(Event, set.Token) error{
		v.checkPayload, v.checkSubject, v.checkTime, v.checkSignature, v.checkOrder, v.checkTags,
	} {
		if err := check(e, token); err != nil {
			return e, err
		}
	}
	return e, nil
}

var eventURI = regexp.MustCompile(regexp.QuoteMeta(strings.TrimSuffix(set.CreateSubmission, "create-submission")) + "[a-z]+-[a-z]+")

// claimedType finds what a broken token says of its type, to tell people which entry it is. It is not to be believed.
func claimedType(raw string) string {
	parts := strings.SplitN(raw[:min(len(raw), set.MaxToken)], ".", 3)
	if len(parts) < 2 {
		return ""
	}
	text := notBase64.ReplaceAllString(parts[1], "A") // what is left stays in its place
	claims, _ := base64.RawURLEncoding.DecodeString(text[:len(text)/4*4])
	return eventURI.FindString(string(claims))
}

var notBase64 = regexp.MustCompile(`[^A-Za-z0-9_-]`)

// event translates the claims and finds out who speaks.
func (v *verifier) event(token set.Token) (Event, error) {
	claims := token.Claims
	e := Event{
		Type: claims.Event, Subject: claims.Subject, Issuer: claims.Issuer, Issued: time.Unix(claims.IssuedAt, 0).UTC(),
		ID: claims.ID, Schema: claims.Schema, Token: token.Raw,
	}
	switch e.Issuer {
	case v.evidence.Service:
		e.ByService = true
	case string(v.evidence.DestinationID):
	default:
		return e, fmt.Errorf("expected as issuer the service %s or the destination %s, found %.200q",
			v.evidence.Service, v.evidence.DestinationID, e.Issuer)
	}
	var err error
	e.Payload, err = set.ParsePayload(claims.Payload)
	return e, err
}

// checkPayload holds the claims against the schema that they name.
func (v *verifier) checkPayload(_ Event, token set.Token) error {
	jws, err := keys.ParseCompact(token.Raw, set.MaxToken)
	if err != nil {
		return err
	}
	return v.registry.SETPayload(jws.Payload)
}

// checkSubject checks that the event belongs to this case and befalls something that its type is about, and that its issuer may
// say so.
func (v *verifier) checkSubject(e Event, token set.Token) error {
	if want := "case:" + string(v.evidence.CaseID); token.Claims.Transaction != want {
		return fmt.Errorf("expected txn %s, found %q", want, token.Claims.Transaction)
	}
	kind, h, known := about(e.Type)
	if !known {
		return errors.New("no event of the contract")
	}
	if !strings.HasPrefix(e.Subject, kind+":") {
		return fmt.Errorf("expected a %s as sub, found %q", kind, e.Subject)
	}
	if e.ByService && !h.service || !e.ByService && !h.destination {
		return fmt.Errorf("the issuer %s may not issue this event", e.Issuer)
	}
	return nil
}

// checkTime refuses what was issued in the future, what the service issued before its own last event, and what a destination
// issued before there was anything to say: so nobody with an old key gets its validity back by dating an event back.
func (v *verifier) checkTime(e Event, _ set.Token) error {
	if e.Issued.After(v.now.Add(maxSkew)) {
		return fmt.Errorf("issued in the future: %s, now is %s", stamp(e.Issued), stamp(v.now))
	}
	after := v.submit[e.Subject].Issued
	if e.ByService {
		after = v.last
	}
	if !after.IsZero() && e.Issued.Before(after.Add(-maxSkew)) {
		return fmt.Errorf("issued at %s, before what it follows (%s)", stamp(e.Issued), stamp(after))
	}
	if e.ByService {
		v.last = e.Issued
	}
	return nil
}

func stamp(t time.Time) string { return t.UTC().Format(time.RFC3339) }

func (v *verifier) checkSignature(e Event, token set.Token) error {
	key, err := v.key(e, token.KID)
	if err != nil {
		return err
	}
	return token.Verify(key)
}

// key returns the issuer's key, judged for the moment of issue: what was signed with a key that was good stays good.
func (v *verifier) key(e Event, kid string) (keys.Public, error) {
	if e.ByService {
		return keySet{keySetOf(v.evidence.Service), v.evidence.ServiceKeys}.signatureKey(kid, v.now)
	}
	owner := string(v.evidence.DestinationID)
	key, found := v.evidence.DestinationKeys.Lookup(kid)
	if !found {
		return keys.Public{}, &KeyError{owner, kid, errors.New("the destination has no such key")}
	}
	if err := v.policy.Check(key, keys.Signature, e.Issued); err != nil {
		return keys.Public{}, &KeyError{owner, kid, err}
	}
	return key, nil
}

// checkOrder follows the life cycle of what the event is about, and refuses a jti that was there before.
func (v *verifier) checkOrder(e Event, _ set.Token) error {
	if v.ids[e.ID] {
		return errors.New("the jti occurs twice in the log")
	}
	v.ids[e.ID] = true
	state := v.states[e.Subject]
	next, allowed := state.after(e.Type)
	if !allowed {
		kind, _, _ := strings.Cut(e.Subject, ":")
		return fmt.Errorf("cannot happen to a %s that is %s", kind, first(string(state), "not announced"))
	}
	v.states[e.Subject] = next
	return nil
}

// checkTags holds the tags of later events against those of the submit event.
func (v *verifier) checkTags(e Event, _ set.Token) error {
	tags := e.Payload.AuthenticationTags
	if strings.HasPrefix(path.Base(e.Type), "submit-") {
		v.submit[e.Subject] = e
		return nil
	}
	if tags == nil {
		return nil
	}
	submitted := v.submit[e.Subject].Payload.AuthenticationTags
	if submitted == nil {
		return errors.New("names authentication tags although the submit event does not")
	}
	if parts := differing(*submitted, *tags); len(parts) > 0 {
		return fmt.Errorf("authentication tags differ from those of the submit event: %q", parts)
	}
	return nil
}
