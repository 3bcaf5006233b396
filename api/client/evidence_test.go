package client_test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/vierkant/vierkant/api/client"
	"github.com/vierkant/vierkant/crypto/keys"
	"github.com/vierkant/vierkant/crypto/set"
)

// evidence is that of an accepted submission: announced and submitted by the service, accepted by the destination.
func evidence(t *testing.T) (client.Evidence, client.Log) {
	t.Helper()
	ctx, b := context.Background(), newBroker(t)
	b.serviceKeys = append(b.serviceKeys, as(t, destinationPair, keys.Signature, "service-next").Public)
	receipt := send(t, b, application())
	subscriber := b.subscriber()
	fetched, err := subscriber.Fetch(ctx, receipt.SubmissionID)
	if err != nil {
		t.Fatal(err)
	}
	if len(fetched.Evidence.Tokens) != 2 || len(fetched.Evidence.DestinationKeys.Keys) != 0 {
		t.Errorf("fetched with evidence of %d events and %d keys of the destination, want 2 and none",
			len(fetched.Evidence.Tokens), len(fetched.Evidence.DestinationKeys.Keys))
	}
	if err := subscriber.Accept(ctx, fetched); err != nil {
		t.Fatal(err)
	}
	e, log, err := b.client().Evidence(ctx, receipt.Ref)
	if err != nil {
		t.Fatal(err)
	}
	return e, log
}

// TestEvidenceIsKept and verified again, with nothing but itself.
func TestEvidenceIsKept(t *testing.T) {
	t.Parallel()
	e, log := evidence(t)
	stored, err := json.Marshal(e)
	if err != nil {
		t.Fatal(err)
	}
	var loaded client.Evidence
	if err := json.Unmarshal(stored, &loaded); err != nil {
		t.Fatalf("Unmarshal: %v", err)
	}
	if again, err := json.Marshal(loaded); err != nil || string(again) != string(stored) {
		t.Errorf("written again it is %s, %v; want %s", again, err, stored)
	}
	again, err := loaded.Verify(keys.Test(), time.Now())
	if err != nil || again.State(e.SubmissionID) != client.Accepted || len(again) != 3 || again[2].Token != log[2].Token {
		t.Errorf("Verify = %d events, %v; want the 3 of an acceptance", len(again), err)
	}
	if len(e.ServiceKeys.Keys) != 1 || len(e.DestinationKeys.Keys) != 1 {
		t.Errorf("%d keys of the service and %d of the destination, want the one of each that signed", len(e.ServiceKeys.Keys), len(e.DestinationKeys.Keys))
	}
	var members map[string]any
	if err := json.Unmarshal(stored, &members); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"submissionUrl", "destinationId", "submissionId", "caseId", "eventLog", "serviceKeys", "destinationKeys"} {
		if members[name] == nil {
			t.Errorf("%s lacks %s", stored, name)
		}
	}
}

func TestEvidenceIsReadStrictly(t *testing.T) {
	t.Parallel()
	e, _ := evidence(t)
	sound, err := json.Marshal(e)
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"unknown member":      strings.Replace(string(sound), "{", `{"x":1,`, 1),
		"member twice":        strings.Replace(string(sound), "{", `{"caseId":"`+otherID+`",`, 1),
		"member in two cases": strings.Replace(string(sound), "{", `{"CaseId":"`+otherID+`",`, 1),
		"something behind":    string(sound) + "{}",
		"cut off":             string(sound[:len(sound)-1]),
		"other type":          `{"eventLog":"x"}`,
		"private key":         strings.Replace(string(sound), `"kty"`, `"d":"AQAB","kty"`, 1),
		"list":                `[]`,
	} {
		if err := json.Unmarshal([]byte(text), new(client.Evidence)); err == nil {
			t.Errorf("%s: got no error", name)
		}
	}
}

// TestEvidenceFindsAnyFlip changes one bit at a time all over every token. The error names the entry, and its type unless that is
// what was changed.
func TestEvidenceFindsAnyFlip(t *testing.T) {
	t.Parallel()
	e, log := evidence(t)
	for i, token := range e.Tokens {
		dot, last := strings.IndexByte(token, '.'), strings.LastIndexByte(token, '.')
		for at := range len(token) {
			near := at < 2 || at == dot || at == last || at > len(token)-3
			if !near && at%29 != i {
				continue
			}
			flipped := []byte(token)
			flipped[at] ^= 1 << (at % 7)
			tokens := append([]string(nil), e.Tokens...)
			tokens[i] = string(flipped)
			changed := e
			changed.Tokens = tokens
			_, err := changed.Verify(keys.Test(), time.Now())
			var event *client.EventError
			if !errors.As(err, &event) || event.Number != i+1 {
				t.Fatalf("event %d, byte %d of %d (%d, %d): %v, want an EventError", i+1, at, len(token), dot, last, err)
			}
			inClaims := at >= dot && at <= last
			if !inClaims && event.Type != log[i].Type || inClaims && event.Type == "" && saysType(string(flipped), log[i].Type) {
				t.Errorf("event %d, byte %d: named as %q, want %q", i+1, at, event.Type, log[i].Type)
			}
		}
	}
}

// saysType reports whether the claims can still be read, and name the type.
func saysType(token, event string) bool {
	parts := strings.Split(token, ".")
	claims, err := base64.RawURLEncoding.DecodeString(parts[min(1, len(parts)-1)])
	return err == nil && strings.Contains(string(claims), event)
}

// TestEvidenceIsIncomplete: what is missing or exchanged is found.
func TestEvidenceIsIncomplete(t *testing.T) {
	t.Parallel()
	e, _ := evidence(t)
	for _, tc := range []struct {
		name   string
		change func(e *client.Evidence)
		number int // of the event that does not hold; 0: the log as a whole
		reason string
	}{
		{"no key of the service", func(e *client.Evidence) { e.ServiceKeys = keys.Set{} }, 1, "service-verify"},
		{"other key of the service", func(e *client.Evidence) {
			other := as(t, destinationPair, keys.Signature, "service-verify").Public
			e.ServiceKeys = keys.Set{Keys: []keys.Public{other}}
		}, 1, "signature"},
		{"no key of the destination", func(e *client.Evidence) { e.DestinationKeys = keys.Set{} }, 3, "destination-verify"},
		{"weak key of the destination", func(e *client.Evidence) {
			weak := e.DestinationKeys.Keys[0]
			weak.Chain = nil
			e.DestinationKeys = keys.Set{Keys: []keys.Public{weak}}
		}, 3, "x5c"},
		{"other service", func(e *client.Evidence) { e.Service = "https://elsewhere.example/submission-api" }, 1, "issuer"},
		{"other destination", func(e *client.Evidence) { e.DestinationID = otherID }, 3, "issuer"},
		{"other case", func(e *client.Evidence) { e.CaseID = otherID }, 1, "txn"},
		{"other submission", func(e *client.Evidence) { e.SubmissionID = otherID }, 0, otherID},
		{"no id", func(e *client.Evidence) { e.CaseID = "" }, 0, "case id"},
		{"no tokens", func(e *client.Evidence) { e.Tokens = nil }, 0, "nothing is said"},
		{"entry dropped", func(e *client.Evidence) { e.Tokens = []string{e.Tokens[0], e.Tokens[2]} }, 2, "incomplete"},
		{"entry twice", func(e *client.Evidence) { e.Tokens = append(e.Tokens[:1:1], e.Tokens...) }, 2, "jti"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			changed := e
			tc.change(&changed)
			_, err := changed.Verify(keys.Test(), time.Now())
			var event *client.EventError
			if err == nil || !strings.Contains(err.Error(), tc.reason) || errors.As(err, &event) != (tc.number > 0) {
				t.Fatalf("Verify: %v, want the reason %q", err, tc.reason)
			}
			if event != nil && (event.Number != tc.number || !strings.HasPrefix(event.Type, strings.TrimSuffix(set.CreateSubmission, "create-submission"))) {
				t.Errorf("Verify: %v, want event %d with its type", err, tc.number)
			}
		})
	}
	if _, err := e.Verify(keys.Policy{}, time.Now()); !errors.Is(err, client.ErrConfig) {
		t.Errorf("Verify without rules: %v, want ErrConfig", err)
	}
	if _, err := e.Verify(keys.Test(), time.Now().Add(-time.Hour)); err == nil || !strings.Contains(err.Error(), "future") {
		t.Errorf("Verify an hour before: %v, want an event from the future", err)
	}
}

// TestEvidenceNeedsTheService: a key that cannot be fetched just now is no finding.
func TestEvidenceNeedsTheService(t *testing.T) {
	t.Parallel()
	ctx, b := context.Background(), newBroker(t)
	receipt := send(t, b, application())
	problem := client.TechnicalError.Problem(client.Elsewhere, "x")
	if err := b.subscriber().Reject(ctx, receipt.Ref, problem); err != nil {
		t.Fatal(err)
	}
	b.change(func() { b.before = onKeys(503) })
	_, _, err := b.client().Evidence(ctx, receipt.Ref)
	var event *client.EventError
	if !client.Retryable(err) || errors.As(err, &event) {
		t.Errorf("Evidence while keys cannot be had: %v, want an error worth repeating", err)
	}
	b.change(func() { b.before = onKeys(404) })
	if _, _, err := b.client().Evidence(ctx, receipt.Ref); !errors.As(err, &event) || event.Number != 3 {
		t.Errorf("Evidence without the key: %v, want an EventError about event 3", err)
	}
}

// FuzzEvidence: what was kept by others may be anything. What is read is written and read again as the same, and nothing of it is
// believed.
func FuzzEvidence(f *testing.F) {
	f.Add([]byte(`{}`))
	f.Add([]byte(`{"submissionUrl":"https://b.example","destinationId":"` + destinationID + `","submissionId":"` + otherID + `","caseId":"` + otherID +
		`","eventLog":["a.b.c","..",""],"serviceKeys":{"keys":[]},"destinationKeys":{"keys":[{"kty":"EC"}]}}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		var e, again client.Evidence
		if json.Unmarshal(raw, &e) != nil {
			return
		}
		stored, err := json.Marshal(e)
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(stored, &again); err != nil || len(again.Tokens) != len(e.Tokens) || again.Ref != e.Ref {
			t.Errorf("%s is not read as it was written: %v", stored, err)
		}
		if log, err := e.Verify(keys.Test(), time.Now()); err == nil {
			t.Errorf("Verify of %s = %v, want an error", raw, log)
		}
	})
}

// onKeys answers instead when a key of the destination is asked for.
func onKeys(code int) func(http.ResponseWriter, *http.Request) bool {
	return func(w http.ResponseWriter, r *http.Request) bool {
		asked := strings.Contains(r.URL.Path, "/keys/")
		if asked {
			w.WriteHeader(code)
		}
		return asked
	}
}

func BenchmarkVerify(b *testing.B) {
	broker := newBroker(b)
	receipt := send(b, broker, application())
	e, _, err := broker.client().Evidence(context.Background(), receipt.Ref)
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if _, err := e.Verify(keys.Test(), time.Now()); err != nil {
			b.Fatal(err)
		}
	}
}
