package client_test

import (
	"context"
	"encoding/base64"
	"errors"
	"math/big"
	"strings"
	"testing"
	"time"

	"github.com/vierkant/vierkant/api/client"
	"github.com/vierkant/vierkant/crypto/keys"
	"github.com/vierkant/vierkant/crypto/set"
)

// event makes one of the service and lets a test change it before it is signed.
func (s submission) event(event string, payload set.Payload, change func(*set.Claims)) string {
	s.t.Helper()
	claims := s.claims(s.SubmissionRef, event, payload)
	claims.ID = "ffffffff-0000-4000-8000-000000000001"
	if change != nil {
		change(&claims)
	}
	return s.sign(claims, s.keys.service)
}

// decision makes an event of the destination.
func (s submission) decision(event string, payload set.Payload, change func(*set.Claims), key keys.Private) string {
	s.t.Helper()
	claims := s.claims(s.SubmissionRef, event, payload)
	claims.ID, claims.Issuer = "ffffffff-0000-4000-8000-000000000002", destinationID
	if change != nil {
		change(&claims)
	}
	return s.sign(claims, key)
}

// reheader signs nothing: it puts another header in front of what was signed.
func reheader(token, header string) string {
	_, rest, _ := strings.Cut(token, ".")
	return base64.RawURLEncoding.EncodeToString([]byte(header)) + "." + rest
}

// TestEventsFindsTampering breaks one thing in a log at a time; each must be found, and the error must name the event and the
// reason.
func TestEventsFindsTampering(t *testing.T) {
	t.Parallel()
	none := set.Payload{}
	problems := set.Payload{Problems: []set.Problem{client.TechnicalError.Problem("other", "x")}}
	for _, tc := range []struct {
		name   string
		tamper func(s submission, log []string) []string
		number int    // of the event that is named; 0: the log as a whole
		reason string // part of the message
	}{
		{"signature changed", func(_ submission, log []string) []string { log[1] = flipEnd(log[1]); return log }, 2, "signature"},
		{"claims changed", func(_ submission, log []string) []string {
			parts := strings.Split(log[1], ".")
			claims, _ := base64.RawURLEncoding.DecodeString(parts[1])
			parts[1] = base64.RawURLEncoding.EncodeToString([]byte(strings.Replace(string(claims), `"metadata":"`, `"metadata":"A`, 1)))
			log[1] = strings.Join(parts, ".")
			return log
		}, 2, "signature"},
		{"signed by a foreign key", func(s submission, log []string) []string {
			foreign := s.keys.signing
			foreign.KID = s.keys.service.KID
			log[0] = s.sign(s.claims(s.SubmissionRef, set.CreateSubmission, none), foreign)
			return log
		}, 1, "signature"},
		{"unknown kid of the service", func(s submission, log []string) []string {
			renamed := s.keys.service
			renamed.KID = "service-unknown"
			log[0] = s.sign(s.claims(s.SubmissionRef, set.CreateSubmission, none), renamed)
			return log
		}, 1, "service-unknown"},
		{"unknown kid of the destination", func(s submission, log []string) []string {
			renamed := s.keys.signing
			renamed.KID = "destination-unknown"
			return append(log, s.decision(set.RejectSubmission, problems, nil, renamed))
		}, 3, "destination-unknown"},
		{"encryption key as signing key", func(s submission, log []string) []string {
			renamed := s.keys.signing
			renamed.KID = s.keys.encryption.KID
			return append(log, s.decision(set.RejectSubmission, problems, nil, renamed))
		}, 3, "alg"},
		{"weak key of the service", func(s submission, log []string) []string {
			weak := s.keys.service.Public
			short := *weak.Key
			short.N = new(big.Int).Rsh(short.N, 2048)
			weak.Key, weak.Chain = &short, nil
			s.serviceKeys = []keys.Public{weak}
			return log
		}, 1, "4096"},
		{"weak key of the destination", func(s submission, log []string) []string {
			weak := s.keys.signing.Public
			weak.Chain = nil
			s.jwks[weak.KID] = weak
			return append(log, s.decision(set.RejectSubmission, problems, nil, s.keys.signing))
		}, 3, "x5c"},
		{"foreign service as issuer", func(s submission, log []string) []string {
			log[1] = s.event(set.SubmitSubmission, none, func(c *set.Claims) { c.Issuer = "https://elsewhere.example/submission-api" })
			return log
		}, 2, "issuer"},
		{"foreign destination as issuer", func(s submission, log []string) []string {
			return append(log, s.decision(set.RejectSubmission, problems, func(c *set.Claims) { c.Issuer = otherID }, s.keys.signing))
		}, 3, "issuer"},
		{"service accepts", func(s submission, log []string) []string {
			return append(log, s.event(set.AcceptSubmission, none, nil))
		}, 3, "may not issue"},
		{"destination submits", func(s submission, log []string) []string {
			return append(log, s.decision(set.SubmitSubmission, none, nil, s.keys.signing))
		}, 3, "may not issue"},
		{"unknown event", func(s submission, log []string) []string {
			return append(log, s.event("https://elsewhere.example/events/accept-submission", none, nil))
		}, 3, "no event of the contract"},
		{"of another case", func(s submission, log []string) []string {
			return append(log, s.event(set.NotifySubmission, none, func(c *set.Claims) { c.Transaction = "case:" + otherID }))
		}, 3, "txn"},
		{"of another kind of thing", func(s submission, log []string) []string {
			return append(log, s.event(set.NotifySubmission, none, func(c *set.Claims) { c.Subject = "reply:" + otherID }))
		}, 3, "sub"},
		{"of a submission that was never announced", func(s submission, log []string) []string {
			return append(log, s.event(set.NotifySubmission, none, func(c *set.Claims) { c.Subject = "submission:" + otherID }))
		}, 3, "not announced"},
		{"from the future", func(s submission, log []string) []string {
			return append(log, s.event(set.NotifySubmission, none, func(c *set.Claims) { c.IssuedAt += 3600 }))
		}, 3, "future"},
		{"dated back", func(s submission, log []string) []string {
			return append(log, s.decision(set.RejectSubmission, problems, func(c *set.Claims) { c.IssuedAt -= 3600 }, s.keys.signing))
		}, 3, "before what it follows"},
		{"other tags in the acceptance", func(s submission, log []string) []string {
			tags := s.tags(s.FetchedV2)
			tags.Data = tags.Metadata
			return append(log, s.decision(set.AcceptSubmission, set.Payload{AuthenticationTags: &tags}, nil, s.keys.signing))
		}, 3, `["data"]`},
		{"unknown payload schema", func(s submission, log []string) []string {
			return append(log, s.event(set.NotifySubmission, none, func(c *set.Claims) { c.Schema = set.SchemaURI("2.0.0") }))
		}, 3, "schema"},
		{"payload breaks its schema", func(s submission, log []string) []string {
			return append(log, s.decision(set.RejectSubmission, none, nil, s.keys.signing))
		}, 3, "problems"},
		{"decided twice", func(s submission, log []string) []string {
			return append(log, s.decision(set.RejectSubmission, problems, nil, s.keys.signing),
				s.decision(set.AcceptSubmission, none, func(c *set.Claims) { c.ID = otherID }, s.keys.signing))
		}, 4, "that is rejected"},
		{"jti twice", func(s submission, log []string) []string {
			again := s.event(set.NotifySubmission, none, nil)
			return append(log, again, again)
		}, 4, "jti"},
		{"cut off in front", func(_ submission, log []string) []string { return log[1:] }, 1, "not announced"},
		{"cut off behind", func(_ submission, log []string) []string { return log[:1] }, 0, "no submit-submission"},
		{"order turned round", func(_ submission, log []string) []string { return []string{log[1], log[0]} }, 1, "not announced"},
		{"emptied", func(_ submission, _ []string) []string { return nil }, 0, "nothing is said about"},
		{"page withheld", func(s submission, log []string) []string { s.total = 1; return log }, 0, "ends after 2 of 3"},
		{"no token", func(_ submission, log []string) []string { return append(log, "hello") }, 3, "token"},
		{"header without kid", func(_ submission, log []string) []string {
			log[0] = reheader(log[0], `{"alg":"PS512","typ":"secevent+jwt"}`)
			return log
		}, 1, "kid"},
		{"header alg none", func(_ submission, log []string) []string {
			log[0] = reheader(log[0], `{"alg":"none","typ":"secevent+jwt","kid":"service-verify"}`)
			return log
		}, 1, "alg"},
		{"header names a key to fetch", func(_ submission, log []string) []string {
			log[0] = reheader(log[0], `{"alg":"PS512","typ":"secevent+jwt","kid":"service-verify","jku":"https://elsewhere.example"}`)
			return log
		}, 1, "jku"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			b := newBroker(t)
			a := application()
			a.Attachments = nil
			receipt := send(t, b, a)
			s := submission{b, b.submissions[string(receipt.SubmissionID)]}
			b.change(func() { b.log[s.CaseID] = tc.tamper(s, b.log[s.CaseID]) })
			log, err := b.client().Sender().Events(context.Background(), receipt)
			if err == nil {
				t.Fatalf("Events = %v, want an error", log)
			}
			var event *client.EventError
			if got := errors.As(err, &event); got != (tc.number > 0) {
				t.Fatalf("Events: %v; an EventError: %v, want %v", err, got, tc.number > 0)
			}
			if event != nil && event.Number != tc.number {
				t.Errorf("Events: %v, want event %d", err, tc.number)
			}
			if !strings.Contains(err.Error(), tc.reason) {
				t.Errorf("Events: %v, want the reason %q", err, tc.reason)
			}
		})
	}
}

// flipEnd changes the last but one character.
func flipEnd(token string) string {
	at, other := len(token)-2, byte('A')
	if token[at] == other {
		other = 'B'
	}
	return token[:at] + string(other) + token[at+1:]
}

// TestEventsKnowsAnotherSubmission: what was sent is not what the log says was submitted.
func TestEventsKnowsAnotherSubmission(t *testing.T) {
	t.Parallel()
	b := newBroker(t)
	receipt := send(t, b, application())
	receipt.Tags.Data = receipt.Tags.Metadata
	for id := range receipt.Tags.Attachments {
		delete(receipt.Tags.Attachments, id)
		break
	}
	_, err := b.client().Sender().Events(context.Background(), receipt)
	var tags *client.TagError
	if !errors.As(err, &tags) || len(tags.Parts) != 2 || tags.Parts[1] != "data" {
		t.Errorf("Events: %v, want a TagError about an attachment and the data", err)
	}
}

// TestEventsOfALongLife goes through all that may happen, several submissions of one case and a reply included.
func TestEventsOfALongLife(t *testing.T) {
	t.Parallel()
	b := newBroker(t)
	a := application()
	a.Attachments = nil
	receipt := send(t, b, a)
	s := submission{b, b.submissions[string(receipt.SubmissionID)]}
	numbered := func(n byte) func(*set.Claims) {
		return func(c *set.Claims) { c.ID = "ffffffff-0000-4000-8000-0000000000" + string([]byte{'1', n}) }
	}
	reply := func(n byte) func(*set.Claims) {
		return func(c *set.Claims) { numbered(n)(c); c.Subject = "reply:" + otherID }
	}
	tags := receipt.Tags
	b.change(func() {
		b.log[s.CaseID] = append(b.log[s.CaseID],
			s.event(set.NotifySubmission, set.Payload{AuthenticationTags: &tags, NotifyType: set.NotifiedByCallback}, numbered('0')),
			s.decision(set.ForwardSubmission, set.Payload{}, numbered('1'), b.keys.signing),
			s.event(set.CreateReply, set.Payload{}, reply('2')),
			s.decision(set.AcceptSubmission, set.Payload{}, numbered('3'), b.keys.signing),
			s.event(set.SubmitReply, set.Payload{AuthenticationTags: &tags}, reply('4')),
			s.event(set.AcceptReply, set.Payload{AuthenticationTags: &tags}, reply('5')),
			s.event(set.DeleteSubmission, set.Payload{}, numbered('6')),
		)
	})
	log, err := b.client().Events(context.Background(), receipt.Ref)
	if err != nil {
		t.Fatalf("Events: %v", err)
	}
	if got := log.State(receipt.SubmissionID); got != client.Deleted || len(log) != 9 || len(log.Of(receipt.SubmissionID)) != 6 {
		t.Errorf("state %s after %d events, %d about the submission, want deleted after 9, 6", got, len(log), len(log.Of(receipt.SubmissionID)))
	}
	if got, want := time.Since(log[0].Issued), time.Minute; got > want || log[0].Token != b.log[s.CaseID][0] {
		t.Errorf("first event issued %s ago, want less than %s, with its token", got, want)
	}
}
