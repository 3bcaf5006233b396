package client

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"path"
	"strings"
	"time"

	"github.com/vierkant/vierkant/crypto/keys"
	"github.com/vierkant/vierkant/crypto/set"
)

// maxSkew is how far clocks may differ before a time of issue is not plausible.
const maxSkew = 5 * time.Minute

// EventError means: an entry of an event log does not hold. Nothing of the log is to be believed then.
type EventError struct {
	Case   CaseID
	Number int    // place in the log, 1 is the oldest
	Type   string // event URI, "" if the entry could not be read
	ID     string // jti, "" if the entry could not be read
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

// verifier checks the entries of one log in their order (FIT-Connect contract 6.6). What it remembers is what later entries
// are held against.
type verifier struct {
	client *Client
	ref    Ref
	own    keySet                 // of the service
	known  map[string]keys.Public // keys of the destination by kid

	states map[string]State // by subject
	submit map[string]Event // by subject
	ids    map[string]bool  // jti
	last   time.Time        // issue of the service's last event
}

func (c *Client) verifyLog(ctx context.Context, ref Ref, own keySet, tokens []string) (Log, error) {
	v := &verifier{
		client: c, ref: ref, own: own, known: map[string]keys.Public{},
		states: map[string]State{}, submit: map[string]Event{}, ids: map[string]bool{},
	}
	log := make(Log, 0, len(tokens))
	for i, raw := range tokens {
		e, err := v.verify(ctx, raw)
		if err != nil && isJudgement(err) {
			err = &EventError{Case: ref.CaseID, Number: i + 1, Type: printable(e.Type), ID: e.ID, Err: err}
		}
		if err != nil {
			return nil, err
		}
		log = append(log, e)
	}
	return log, nil
}

// isJudgement tells a finding about an event from a key that could not be fetched just now. A key that the service does not
// have is a finding.
func isJudgement(err error) bool {
	var (
		problem *Problem
		broken  *brokenError
	)
	if errors.As(err, &problem) {
		return problem.Status == http.StatusNotFound
	}
	return !errors.As(err, &broken) && !errors.Is(err, context.Canceled) && !errors.Is(err, context.DeadlineExceeded)
}

// verify returns what it could read of the event even if the event does not hold.
func (v *verifier) verify(ctx context.Context, raw string) (Event, error) {
	token, err := set.Parse(raw)
	if err != nil {
		return Event{}, err
	}
	e, err := v.event(token)
	if err != nil {
		return e, err
	}
	for _, check := range []func(context.Context, Event, set.Token) error{
		v.checkPayload, v.checkSubject, v.checkTime, v.checkSignature, v.checkOrder, v.checkTags,
	} {
		if err := check(ctx, e, token); err != nil {
			return e, err
		}
	}
	return e, nil
}

// event translates the claims and finds out who speaks.
func (v *verifier) event(token set.Token) (Event, error) {
	claims := token.Claims
	e := Event{
		Type: claims.Event, Subject: claims.Subject, Issuer: claims.Issuer, Issued: time.Unix(claims.IssuedAt, 0).UTC(),
		ID: claims.ID, Schema: claims.Schema, Token: token.Raw,
	}
	switch e.Issuer {
	case v.client.base.submission:
		e.ByService = true
	case string(v.ref.DestinationID):
	default:
		return e, fmt.Errorf("expected as issuer the service %s or the destination %s, found %.200q",
			v.client.base.submission, v.ref.DestinationID, e.Issuer)
	}
	var err error
	e.Payload, err = set.ParsePayload(claims.Payload)
	return e, err
}

// checkPayload holds the claims against the schema that they name.
func (v *verifier) checkPayload(_ context.Context, _ Event, token set.Token) error {
	jws, err := keys.ParseCompact(token.Raw, set.MaxToken)
	if err != nil {
		return err
	}
	return v.client.registry.SETPayload(jws.Payload)
}

// checkSubject checks that the event belongs to this case and befalls something that its type is about, and that its issuer may
// say so.
func (v *verifier) checkSubject(_ context.Context, e Event, token set.Token) error {
	if want := "case:" + string(v.ref.CaseID); token.Claims.Transaction != want {
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
func (v *verifier) checkTime(_ context.Context, e Event, _ set.Token) error {
	if now := v.client.now(); e.Issued.After(now.Add(maxSkew)) {
		return fmt.Errorf("issued in the future: %s, now is %s", stamp(e.Issued), stamp(now))
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

func (v *verifier) checkSignature(ctx context.Context, e Event, token set.Token) error {
	key, err := v.key(ctx, e, token.KID)
	if err != nil {
		return err
	}
	return token.Verify(key)
}

// key returns the issuer's key, judged for the moment of issue: what was signed with a key that was good stays good.
func (v *verifier) key(ctx context.Context, e Event, kid string) (keys.Public, error) {
	if e.ByService {
		return v.own.signatureKey(kid, v.client)
	}
	key, fetched := v.known[kid]
	if !fetched {
		var err error
		if key, err = v.client.destinationKey(ctx, v.ref.DestinationID, kid, keys.Signature, e.Issued); err != nil {
			return keys.Public{}, err
		}
		v.known[kid] = key
		return key, nil
	}
	if err := v.client.policy.Check(key, keys.Signature, e.Issued); err != nil {
		return keys.Public{}, &KeyError{string(v.ref.DestinationID), kid, err}
	}
	return key, nil
}

// checkOrder follows the life cycle of what the event is about, and refuses a jti that was there before.
func (v *verifier) checkOrder(_ context.Context, e Event, _ set.Token) error {
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
func (v *verifier) checkTags(_ context.Context, e Event, _ set.Token) error {
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
