package tracking

import (
	"context"
	"encoding/json"
	"errors"

	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/crypto/keys"
	"github.com/vierkant/vierkant/crypto/set"
)

// Evidence is the signed event log of a case with the keys that it names: all that is needed to verify it again without the broker.
type Evidence struct {
	Issuer          string // of the broker's events
	Submission      broker.SubmissionID
	Kind            broker.SubmissionKind
	Case            broker.CaseID
	Destination     broker.DestinationID
	Tokens          []string // oldest first
	ServiceKeys     []keys.Public
	DestinationKeys []keys.Public
}

// evidenceFile is Evidence as "vierkant verify" and the Go client read it.
type evidenceFile struct {
	Issuer          string   `json:"submissionUrl"`
	Destination     string   `json:"destinationId"`
	Submission      string   `json:"submissionId,omitempty"` // one of the two is there
	Reply           string   `json:"replyId,omitempty"`
	Case            string   `json:"caseId"`
	Tokens          []string `json:"eventLog"`
	ServiceKeys     keys.Set `json:"serviceKeys"`
	DestinationKeys keys.Set `json:"destinationKeys"`
}

// MarshalJSON writes the file that can be verified without the broker. It is the same whoever hands it out.
func (e Evidence) MarshalJSON() ([]byte, error) {
	f := evidenceFile{
		Issuer: e.Issuer, Destination: string(e.Destination), Case: string(e.Case), Tokens: e.Tokens,
		ServiceKeys: keys.Set{Keys: e.ServiceKeys}, DestinationKeys: keys.Set{Keys: e.DestinationKeys},
	}
	if e.Kind == broker.KindReply {
		f.Reply = string(e.Submission)
	} else {
		f.Submission = string(e.Submission)
	}
	return json.Marshal(f)
}

// MaxEvidence bounds how many events are handed out at a time.
const MaxEvidence = 10_000

// Evidence returns the log of the case of a submission or a reply. Events that are not signed yet are signed first.
func (t *Tracking) Evidence(ctx context.Context, who broker.Caller, id broker.SubmissionID) (e Evidence, err error) {
	var log []broker.Event
	err = t.Store.View(ctx, func(tx broker.Tx) error {
		s, err := own(tx, who, id)
		if err != nil {
			return err
		}
		e = Evidence{Issuer: t.Issuer, Submission: s.ID, Kind: s.Kind, Case: s.Case, Destination: s.Destination}
		if log, err = wholeLog(tx, s.Case); err != nil {
			return err
		}
		return t.Keyring.Chain().Check(tx, log...)
	})
	if err != nil {
		return Evidence{}, err
	}
	if log, err = t.Sign(ctx, log); err != nil {
		return Evidence{}, err
	}
	for _, one := range log {
		e.Tokens = append(e.Tokens, one.Token)
	}
	return e, t.Store.View(ctx, func(tx broker.Tx) error { return t.gatherKeys(tx, &e) })
}

func wholeLog(tx broker.Tx, id broker.CaseID) (log []broker.Event, err error) {
	for {
		some, total, err := tx.Events(id, broker.Page{Offset: len(log), Limit: broker.MaxPage})
		if err != nil {
			return nil, err
		}
		if total > MaxEvidence {
			return nil, broker.Unprocessable.New("log-too-long", "the log of the case has %d events; at most %d are handed out at a time: read it page by page", total, MaxEvidence)
		}
		if log = append(log, some...); len(log) >= total || len(some) == 0 {
			return log, nil
		}
	}
}

// gatherKeys adds the keys that the tokens name. One that there is not is left out, and so the event that names it does not hold.
func (t *Tracking) gatherKeys(tx broker.Tx, e *Evidence) error {
	e.ServiceKeys, e.DestinationKeys = nil, nil
	v := &verifier{Tracking: t, tx: tx, c: broker.Case{Destination: e.Destination}}
	seen := map[string]bool{}
	for _, raw := range e.Tokens {
		token, err := set.Parse(raw)
		if err != nil {
			continue
		}
		by, into := ByService, &e.ServiceKeys
		if token.Claims.Issuer != t.Issuer {
			by, into = ByDestination, &e.DestinationKeys
		}
		if name := string(by) + " " + token.KID; !seen[name] {
			seen[name] = true
			if err := v.addKey(by, token.KID, into); err != nil {
				return err
			}
		}
	}
	return nil
}

func (v *verifier) addKey(by Party, kid string, into *[]keys.Public) error {
	key, err := v.key(by, kid)
	if errors.Is(err, broker.ErrNoRow) {
		return nil
	}
	*into = append(*into, key)
	return err
}
