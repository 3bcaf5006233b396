package client

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/vierkant/vierkant/crypto/keys"
	"github.com/vierkant/vierkant/crypto/set"
	"github.com/vierkant/vierkant/schemas"
)

// Evidence is the event log of a case with all that is needed to verify it again without the service: long after the service
// has deleted the case (FIT-Connect contract 7.3), or in front of somebody who does not trust whoever kept it. As JSON it can be
// stored and read again; reading refuses unknown members, and two of one name.
//
// It proves what happened as far as the keys in it are the right ones. [Client.Evidence] gets them from the configured service;
// who reads Evidence from elsewhere and knows the keys otherwise puts these in their place before [Evidence.Verify]. It does not
// prove that nothing came after: no event names the next, so a log whose last events were cut off holds as well. What is there
// happened; an acceptance that is not there may have.
type Evidence struct {
	Service         string   `json:"submissionUrl"` // base URL, issuer of the service's events
	Ref                      // the submission or reply whose case it is
	Tokens          []string `json:"eventLog"`        // signed events, oldest first
	ServiceKeys     keys.Set `json:"serviceKeys"`     // those that a token names
	DestinationKeys keys.Set `json:"destinationKeys"` // those that a token names
}

// UnmarshalJSON reads what json.Marshal wrote, and nothing else.
func (e *Evidence) UnmarshalJSON(raw []byte) error {
	type plain Evidence // without this method
	var read plain
	if err := keys.UnmarshalStrict(raw, new(json.RawMessage)); err != nil {
		return fmt.Errorf("evidence: %w", err)
	}
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&read); err != nil {
		return fmt.Errorf("evidence: %w", err)
	}
	*e = Evidence(read)
	return nil
}

// Verify checks every entry of the log without any network, as [Client.Events] does after fetching it (FIT-Connect contract 6.6):
// header, payload schema, issuer, its key, the signature, its right to issue this event, case and subject, time of issue, the
// order of events, and that all of them mean the same parts. Keys of the destination are judged by the policy as of the time of
// issue, and nothing may be issued after now. An entry that does not hold is an [*EventError], and so is one whose key is not
// there. A log that lacks the announcement of what Ref names is an error too. One that lacks its end is not: see [Evidence].
func (e Evidence) Verify(policy keys.Policy, now time.Time) (Log, error) {
	registry, err := schemas.New()
	if err != nil {
		return nil, err
	}
	return e.verify(policy, now, registry)
}

func (e Evidence) verify(policy keys.Policy, now time.Time, registry *schemas.Registry) (Log, error) {
	if len(policy.Rules) == 0 {
		return nil, fmt.Errorf("%w: expected a Policy: keys.Test or keys.Strict", ErrConfig)
	}
	ref, err := e.Ref.Canonical()
	if err != nil {
		return nil, err
	}
	e.Ref = ref
	v := newVerifier(e, policy, now, registry)
	log := make(Log, 0, len(e.Tokens))
	for i, raw := range e.Tokens {
		event, err := v.verify(raw)
		if err != nil {
			return nil, &EventError{Case: ref.CaseID, Number: i + 1, Type: printable(event.Type), ID: printable(event.ID), Err: err}
		}
		log = append(log, event)
	}
	if log.State(ref) == "" {
		return nil, fmt.Errorf("event log of case %s: nothing is said about %s", ref.CaseID, name(ref))
	}
	return log, nil
}

// maxSigners bounds how many keys of a destination one log may name. A destination has a few in ten years.
const maxSigners = 100

// Evidence reads the event log of a case with the keys that it names, and verifies it: see [Evidence.Verify] for what that
// means and for its errors. The keys come from the configured service. One that the service does not have, or that is none, is
// left out, and so the event that names it does not hold.
func (c *Client) Evidence(ctx context.Context, ref Ref) (Evidence, Log, error) {
	e, err := c.gather(ctx, ref)
	if err != nil {
		return Evidence{}, nil, err
	}
	log, err := e.verify(c.policy, c.now(), c.registry)
	if err != nil {
		return Evidence{}, nil, err
	}
	return e, log, nil
}

// gather fetches and judges nothing.
func (c *Client) gather(ctx context.Context, ref Ref) (Evidence, error) {
	ref, err := ref.Canonical()
	if err != nil {
		return Evidence{}, err
	}
	e := Evidence{Service: c.base.submission, Ref: ref}
	if e.Tokens, err = c.eventLog(ref.CaseID).all(ctx, maxEvents); err != nil {
		return Evidence{}, fmt.Errorf("event log of case %s: %w", ref.CaseID, err)
	}
	published, err := c.keySet(ctx, c.base.submission)
	if err != nil {
		return Evidence{}, err
	}
	for _, raw := range e.Tokens {
		found, err := c.gatherKey(ctx, &e, published.set, raw)
		if err != nil {
			return Evidence{}, err
		}
		if !found {
			break // the verdict is clear: this entry does not hold, if not one before it
		}
	}
	return e, nil
}

// gatherKey adds the key that a token names; false if it names none that there is.
func (c *Client) gatherKey(ctx context.Context, e *Evidence, published keys.Set, raw string) (found bool, err error) {
	token, err := set.Parse(raw)
	if err != nil {
		return false, nil
	}
	switch token.Claims.Issuer {
	case e.Service:
		key, found := published.Lookup(token.KID)
		if _, known := e.ServiceKeys.Lookup(token.KID); found && !known {
			e.ServiceKeys.Keys = append(e.ServiceKeys.Keys, key)
		}
		return found, nil
	case string(e.DestinationID):
		return c.gatherSigner(ctx, e, token.KID)
	}
	return false, nil
}

// gatherSigner adds a key of the destination.
func (c *Client) gatherSigner(ctx context.Context, e *Evidence, kid string) (found bool, err error) {
	if _, known := e.DestinationKeys.Lookup(kid); known {
		return true, nil
	}
	if len(e.DestinationKeys.Keys) == maxSigners {
		return false, fmt.Errorf("event log of case %s: expected signatures by at most %d keys of the destination", e.CaseID, maxSigners)
	}
	key, err := c.publishedKey(ctx, e.DestinationID, kid)
	var unfit *KeyError
	if errors.As(err, &unfit) || errors.Is(err, ErrNotFound) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	e.DestinationKeys.Keys = append(e.DestinationKeys.Keys, key)
	return true, nil
}
