package client_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/vierkant/vierkant/api/client"
	"github.com/vierkant/vierkant/api/wire"
	"github.com/vierkant/vierkant/crypto/keys"
	"github.com/vierkant/vierkant/crypto/seal"
	"github.com/vierkant/vierkant/crypto/set"
)

const schemaReply = "https://schema.vierkant.example/rueckfrage/1.0.0/rueckfrage.schema.json"

// serveReplies adds what the contract has of replies.
func (b *broker) serveReplies(mux *http.ServeMux, v2 string) {
	mux.HandleFunc("POST "+v2+"/replies", b.announceReply)
	mux.HandleFunc("GET "+v2+"/replies", b.listReplies)
	mux.HandleFunc("PUT "+v2+"/replies/{id}", b.submit)
	mux.HandleFunc("GET "+v2+"/replies/{id}", b.reply)
	mux.HandleFunc("PUT "+v2+"/replies/{id}/attachments/{attachment}", b.upload)
	mux.HandleFunc("GET "+v2+"/replies/{id}/attachments/{attachment}", b.attachment)
	mux.HandleFunc("PUT "+v2+"/replies/{id}/accept", func(w http.ResponseWriter, r *http.Request) {
		var in wire.AcceptReply
		b.decide(w, r, &in, set.AcceptReply, func() set.Payload {
			return set.Payload{AuthenticationTags: (*set.AuthenticationTags)(in.AuthenticationTags)}
		})
	})
	mux.HandleFunc("PUT "+v2+"/replies/{id}/reject", func(w http.ResponseWriter, r *http.Request) {
		var in wire.RejectReply
		b.decide(w, r, &in, set.RejectReply, func() (payload set.Payload) {
			for _, p := range in.Problems {
				payload.Problems = append(payload.Problems, set.Problem(p))
			}
			return payload
		})
	})
}

func (b *broker) decide(w http.ResponseWriter, r *http.Request, in any, event string, payload func() set.Payload) {
	reply := b.submissions[r.PathValue("id")]
	if err := json.Unmarshal([]byte(b.body(r)), in); err != nil || reply == nil {
		b.problem(w, 400, "no decision")
		return
	}
	b.record(reply.SubmissionRef, event, payload())
	w.WriteHeader(http.StatusNoContent)
}

func (b *broker) announceReply(w http.ResponseWriter, r *http.Request) {
	var in wire.AnnounceReply
	if err := json.Unmarshal([]byte(b.body(r)), &in); err != nil {
		b.problem(w, 400, err.Error())
		return
	}
	key := r.Header.Get("Idempotency-Key")
	reply := b.announced[key]
	if reply == nil || key == "" {
		reply = &wire.FetchedV2{SubmissionV2: wire.SubmissionV2{
			SubmissionRef: wire.SubmissionRef{
				DestinationID: destinationID, SubmissionID: fmt.Sprintf("4e900000-0000-4000-8000-%012d", len(b.submissions)), CaseID: in.CaseID,
			},
			Attachments: in.AnnouncedAttachments,
		}}
		b.announced[key] = reply
		b.submissions[reply.SubmissionID], b.replies[reply.SubmissionID] = reply, true
		b.record(reply.SubmissionRef, set.CreateSubmission, set.Payload{})
	}
	b.answer(w, http.StatusCreated, replyRef(reply))
}

func replyRef(r *wire.FetchedV2) wire.ReplyRef {
	return wire.ReplyRef{DestinationID: r.DestinationID, ReplyID: r.SubmissionID, CaseID: r.CaseID}
}

func (b *broker) listReplies(w http.ResponseWriter, _ *http.Request) {
	list := wire.ReplyList{Replies: []wire.ReplyRef{}}
	for id := range b.replies {
		list.Replies = append(list.Replies, replyRef(b.submissions[id]))
	}
	list.Count, list.TotalCount = len(list.Replies), len(list.Replies)
	b.answer(w, 200, list)
}

func (b *broker) reply(w http.ResponseWriter, r *http.Request) {
	reply := b.submissions[r.PathValue("id")]
	if reply == nil {
		b.problem(w, 404, "no such reply")
		return
	}
	b.answer(w, 200, wire.FetchedReply{
		Reply:             wire.Reply{ReplyRef: replyRef(reply), Attachments: reply.Attachments},
		EncryptedMetadata: reply.EncryptedMetadata, EncryptedData: reply.EncryptedData,
	})
}

// replyKey is the sender's.
func replyKey(t testing.TB) keys.Private {
	key := as(t, servicePair, keys.Encryption, "reply-wrapKey")
	key.Chain = nil
	return key
}

func question() client.Reply {
	return client.Reply{
		Data:        client.Data{Content: []byte(`{"frage":"Wann?"}`), MIMEType: "application/json", SchemaURI: schemaReply},
		Attachments: []client.Attachment{{Filename: "bescheid.pdf", MIMEType: "application/pdf", Open: client.Bytes([]byte("%PDF-1.4 bescheid"))}},
	}
}

// conversation is a submission that was fetched, and the reply to it.
type conversation struct {
	*broker
	sent    client.Receipt
	fetched *client.Fetched
	replied client.Receipt
}

func converse(t testing.TB) conversation {
	t.Helper()
	c := conversation{broker: newBroker(t)}
	a := application()
	a.ReplyChannel = client.ReplyTo(replyKey(t).Public)
	c.sent = send(t, c.broker, a)
	var err error
	if c.fetched, err = c.subscriber().Fetch(context.Background(), c.sent.SubmissionID); err != nil {
		t.Fatalf("Fetch: %v", err)
	}
	if c.replied, err = c.subscriber().Reply(context.Background(), c.fetched, question()); err != nil {
		t.Fatalf("Reply: %v", err)
	}
	return c
}

// TestConversation goes both ways: the destination replies, the sender opens, accepts and answers, the destination opens and accepts.
func TestConversation(t *testing.T) {
	t.Parallel()
	ctx, c := context.Background(), converse(t)
	sender, subscriber := c.client().Sender(), c.subscriber()
	if c.replied.CaseID != c.sent.CaseID || c.replied.ReplyID == "" || c.replied.SubmissionID != "" || len(c.replied.Tags.Attachments) != 1 {
		t.Errorf("receipt of the reply = %+v", c.replied)
	}
	waiting, total, err := sender.Replies(ctx, client.Page{})
	if err != nil || total != 1 || len(waiting) != 1 || waiting[0] != c.replied.Ref {
		t.Fatalf("Replies = %v, %d, %v, want %v", waiting, total, err, c.replied.Ref)
	}
	got, err := sender.FetchReply(ctx, waiting[0], replyKey(t))
	if err != nil {
		t.Fatalf("FetchReply: %v", err)
	}
	defer got.Close()
	if got.Ref != c.replied.Ref || string(got.Data.Content) != `{"frage":"Wann?"}` || got.Data.SchemaURI != schemaReply ||
		len(got.Attachments) != 1 || content(t, got.Attachments[0]) != "%PDF-1.4 bescheid" || !got.Tags.Equal(c.replied.Tags) {
		t.Errorf("fetched %+v", got)
	}
	if err := sender.AcceptReply(ctx, got); err != nil {
		t.Fatalf("AcceptReply: %v", err)
	}
	answered, err := sender.Answer(ctx, got.Ref, question())
	if err != nil {
		t.Fatalf("Answer: %v", err)
	}
	all, err := subscriber.WaitingReplies(ctx, destinationID)
	if err != nil || len(all) != 2 {
		t.Fatalf("WaitingReplies = %v, %v, want two: this broker shows all to everybody", all, err)
	}
	answer, err := subscriber.FetchReply(ctx, answered.ReplyID)
	if err != nil {
		t.Fatalf("FetchReply: %v", err)
	}
	defer answer.Close()
	if err := subscriber.Accept(ctx, answer); err != nil {
		t.Fatalf("Accept: %v", err)
	}
	log, err := sender.Events(ctx, answered)
	if err != nil || log.State(answered) != client.Accepted || log.State(c.replied.ReplyID) != client.Accepted || log.State(c.sent) != client.Submitted {
		t.Errorf("states %s, %s, %s, %v; want accepted, accepted, submitted", log.State(answered), log.State(c.replied), log.State(c.sent), err)
	}
	if own := log.Of(answered); len(own) != 3 || own[2].ByService || own[2].Type != set.AcceptReply || log.Of(c.replied)[2].Issuer != c.issuer() {
		t.Errorf("the acceptances are %+v", own)
	}
	evidence, _, err := c.client().Evidence(ctx, answered.Ref)
	if err != nil || evidence.ReplyID != answered.ReplyID || evidence.SubmissionID != "" {
		t.Errorf("Evidence of %+v, %v", evidence.Ref, err)
	}
}

// sealReply seals to the sender.
func (c conversation) sealReply(cty, plain string) string {
	c.t.Helper()
	jwe, err := seal.Seal(replyKey(c.t).Public, cty, []byte(plain))
	if err != nil {
		c.t.Fatal(err)
	}
	return jwe
}

// TestFetchReplyFindsTampering breaks one thing of a reply at a time.
func TestFetchReplyFindsTampering(t *testing.T) {
	t.Parallel()
	rejected := func(code client.Code) func(error) bool {
		return func(err error) bool {
			var unsound *client.RejectError
			return errors.As(err, &unsound) && unsound.Problems[0].Type == set.ProblemPrefix+string(code) && unsound.Ref.ReplyID != ""
		}
	}
	says := func(text string) func(error) bool {
		return func(err error) bool {
			var unsound *client.RejectError
			return err != nil && !errors.As(err, &unsound) && strings.Contains(err.Error(), text)
		}
	}
	for _, tc := range []struct {
		name   string
		tamper func(c conversation, r submission, asked *client.Ref)
		want   func(error) bool
	}{
		{"metadata exchanged", func(c conversation, r submission, _ *client.Ref) {
			r.EncryptedMetadata = c.sealReply(seal.JSON, "{}")
		}, rejected(client.IncorrectAuthenticationTag)},
		{"data changed", func(_ conversation, r submission, _ *client.Ref) { r.EncryptedData = flip(r.EncryptedData) }, rejected(client.EncryptionIssue)},
		{"attachment changed", func(_ conversation, r submission, _ *client.Ref) {
			r.sealed[r.attachment(0)] = flip(r.sealed[r.attachment(0)])
		}, rejected(client.EncryptionIssue)},
		{"other data with their tag", func(c conversation, r submission, _ *client.Ref) {
			r.EncryptedData = c.sealReply(seal.JSON, `{"frage":"Wo?"}`)
			c.log[r.CaseID] = c.log[r.CaseID][:3]
			tags := c.tags(r.FetchedV2)
			c.record(r.SubmissionRef, set.SubmitSubmission, set.Payload{AuthenticationTags: &tags})
		}, rejected(client.HashMismatch)},
		{"metadata break their schema", func(c conversation, r submission, _ *client.Ref) {
			r.EncryptedMetadata = c.sealReply(seal.JSON, `{"$schema":"https://schema.fitko.de/fit-connect/metadata/2.1.0/metadata.schema.json"}`)
			c.log[r.CaseID] = c.log[r.CaseID][:3]
			tags := c.tags(r.FetchedV2)
			c.record(r.SubmissionRef, set.SubmitSubmission, set.Payload{AuthenticationTags: &tags})
		}, rejected(client.SchemaViolation)},
		{"event changed", func(c conversation, r submission, _ *client.Ref) {
			c.log[r.CaseID][3] = flipEnd(c.log[r.CaseID][3])
		}, says("event 4 of case")},
		{"submit not in the log", func(c conversation, r submission, _ *client.Ref) {
			c.log[r.CaseID] = c.log[r.CaseID][:3]
		}, rejected(client.InvalidEventLog)},
		{"announcement not in the log", func(c conversation, r submission, _ *client.Ref) {
			c.log[r.CaseID] = c.log[r.CaseID][:2]
		}, says("nothing is said about reply")},
		{"of another case", func(_ conversation, _ submission, asked *client.Ref) {
			asked.CaseID = "ca5e0000-0000-4000-8000-ffffffffffff"
		}, says("is not of case")},
		{"of another destination", func(_ conversation, _ submission, asked *client.Ref) { asked.DestinationID = otherID }, says("is not of case")},
		{"another id", func(_ conversation, r submission, _ *client.Ref) {
			r.SubmissionID = "4e900000-0000-4000-8000-ffffffffffff"
		}, says("asked for reply")},
		{"no id", func(_ conversation, r submission, _ *client.Ref) { r.SubmissionID = "" }, says("reply id: ")},
		{"a submission is asked for", func(c conversation, _ submission, asked *client.Ref) { *asked = c.sent.Ref }, says("expected the id of a reply")},
		{"sealed to the destination", func(_ conversation, r submission, _ *client.Ref) {
			r.EncryptedData = r.seal(seal.JSON, "{}")
		}, says(`is sealed to key "destination-wrapKey" of the sender`)},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			c := converse(t)
			asked := c.replied.Ref
			tc.tamper(c, submission{c.broker, c.submissions[string(c.replied.ReplyID)]}, &asked)
			got, err := c.client().Sender().FetchReply(context.Background(), asked, replyKey(t))
			if got != nil || !tc.want(err) {
				t.Errorf("FetchReply = %v, %v", got, err)
			}
			if left, _ := os.ReadDir(c.scratch); len(left) > 0 && c.fetched.Close() == nil {
				if left, _ = os.ReadDir(c.scratch); len(left) > 0 {
					t.Errorf("%d folders with plaintext were left", len(left))
				}
			}
		})
	}
}

// TestReplyRefuses what cannot be sealed to anybody, before anything reaches the service.
func TestReplyRefuses(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name   string
		change func(f *client.Fetched, r *client.Reply)
		want   func(error) bool
	}{
		{"no reply channel", func(f *client.Fetched, _ *client.Reply) { f.Metadata.ReplyChannel = nil }, is(client.ErrNoReplyChannel)},
		{"another reply channel", func(f *client.Fetched, _ *client.Reply) {
			f.Metadata.ReplyChannel = &client.ReplyChannel{DeMail: &client.DeMail{Address: "a@b.example"}}
		}, is(client.ErrNoReplyChannel)},
		{"a key for signatures", func(f *client.Fetched, _ *client.Reply) {
			f.Metadata.ReplyChannel.FitConnect.EncryptionPublicKey.Alg = keys.PS512
		}, func(err error) bool {
			var unfit *client.KeyError
			return errors.As(err, &unfit) && unfit.KID == "reply-wrapKey"
		}},
		{"data are no JSON", func(_ *client.Fetched, r *client.Reply) { r.Data.Content = []byte("{") }, is(client.ErrInvalid)},
		{"data without schema", func(_ *client.Fetched, r *client.Reply) { r.Data.SchemaURI = "" }, is(client.ErrInvalid)},
		{"attachment named like a path", func(_ *client.Fetched, r *client.Reply) { r.Attachments[0].Filename = "../a" }, is(client.ErrInvalid)},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			c, r := converse(t), question()
			before := c.count("POST ")
			tc.change(c.fetched, &r)
			_, err := c.subscriber().Reply(context.Background(), c.fetched, r)
			if !tc.want(err) {
				t.Errorf("Reply: %v", err)
			}
			if after := c.count("POST "); after > before+1 { // a token
				t.Error("something reached the service")
			}
		})
	}
}

func is(kind error) func(error) bool { return func(err error) bool { return errors.Is(err, kind) } }

// TestAnswerChecksTheKey of the destination, as Send does.
func TestAnswerChecksTheKey(t *testing.T) {
	t.Parallel()
	c := converse(t)
	unfit := c.keys.encryption.Public
	unfit.Chain = nil
	c.change(func() { c.jwks[unfit.KID] = unfit })
	_, err := c.client().Sender().Answer(context.Background(), c.sent.Ref, question())
	var keyError *client.KeyError
	if !errors.As(err, &keyError) {
		t.Errorf("Answer: %v, want a KeyError: no certificate", err)
	}
	c.change(func() { c.destination.MetadataVersions = []string{"1.0.0"} })
	if _, err := c.client().Sender().Answer(context.Background(), c.sent.Ref, question()); !errors.Is(err, client.ErrNotOffered) {
		t.Errorf("Answer: %v, want ErrNotOffered", err)
	}
	c.change(func() {
		c.destination.MetadataVersions = []string{"2.1.0"}
		c.jwks[unfit.KID] = c.keys.encryption.Public
	})
	c.before = func(w http.ResponseWriter, r *http.Request) bool {
		if r.Method == http.MethodPost && strings.HasSuffix(r.URL.Path, "/replies") {
			b := wire.ReplyRef{DestinationID: destinationID, ReplyID: "4e900000-0000-4000-8000-ffffffffffff", CaseID: "ca5e0000-0000-4000-8000-ffffffffffff"}
			c.answer(w, http.StatusCreated, b)
			return true
		}
		return false
	}
	if _, err := c.client().Sender().Answer(context.Background(), c.sent.Ref, question()); err == nil || !strings.Contains(err.Error(), "in case") {
		t.Errorf("Answer: %v, want an error about the other case", err)
	}
}

// TestReplyLosesAnswers: announcement and submit are repeated, and the event log settles what is open.
func TestReplyLosesAnswers(t *testing.T) {
	t.Parallel()
	for _, method := range []string{http.MethodPost, http.MethodPut} {
		t.Run(method, func(t *testing.T) {
			t.Parallel()
			c, r := converse(t), question()
			r.Attachments = nil
			lost := false
			c.before = func(_ http.ResponseWriter, request *http.Request) bool {
				if lost || request.Method != method || !strings.Contains(request.URL.Path, "/replies") {
					return false
				}
				lost = true
				discard := &discarded{header: http.Header{}}
				if method == http.MethodPost {
					c.announceReply(discard, request)
				} else {
					request.SetPathValue("id", request.URL.Path[strings.LastIndexByte(request.URL.Path, '/')+1:])
					c.submit(discard, request)
				}
				panic(http.ErrAbortHandler)
			}
			receipt, err := c.subscriber().Reply(context.Background(), c.fetched, r)
			if err != nil || !lost || len(c.replies) != 2 {
				t.Errorf("Reply = %v, %v with %d replies, want one more than before", receipt, err, len(c.replies))
			}
		})
	}
	t.Run("submit and log", func(t *testing.T) {
		t.Parallel()
		c, r := converse(t), question()
		r.Attachments = nil
		c.before = func(_ http.ResponseWriter, r *http.Request) bool {
			if r.Method == http.MethodPut || strings.Contains(r.URL.Path, "/cases/") {
				panic(http.ErrAbortHandler)
			}
			return false
		}
		_, err := c.subscriber().Reply(context.Background(), c.fetched, r)
		var unconfirmed *client.UnconfirmedError
		if !errors.As(err, &unconfirmed) || unconfirmed.Receipt.ReplyID == "" || client.Retryable(err) || !strings.Contains(err.Error(), "reply 4e9") {
			t.Errorf("Reply: %v, want an UnconfirmedError with the receipt", err)
		}
	})
}

// TestDecideReplies: decisions name a reply, and reasons.
func TestDecideReplies(t *testing.T) {
	t.Parallel()
	ctx, c := context.Background(), converse(t)
	sender, problem := c.client().Sender(), client.SchemaViolation.Problem(client.InData, "frage is missing")
	if err := sender.RejectReply(ctx, c.replied.Ref); err == nil {
		t.Error("rejected without a reason")
	}
	if err := sender.RejectReply(ctx, c.sent.Ref, problem); err == nil {
		t.Error("rejected a submission as a reply")
	}
	if err := c.subscriber().Forward(ctx, c.replied.Ref); err == nil {
		t.Error("forwarded a reply")
	}
	if _, err := sender.FetchReply(ctx, c.replied.Ref); !errors.Is(err, client.ErrConfig) {
		t.Errorf("FetchReply without a key: %v, want ErrConfig", err)
	}
	if err := sender.RejectReply(ctx, c.replied.Ref, problem); err != nil {
		t.Fatal(err)
	}
	log, err := sender.Events(ctx, c.replied)
	if err != nil || log.State(c.replied) != client.Rejected || log.Of(c.replied)[2].Payload.Problems[0] != problem {
		t.Errorf("the log says %s, %v", log.State(c.replied), err)
	}
}

// TestNewReplyKey is one that may be used, without a certificate.
func TestNewReplyKey(t *testing.T) {
	t.Parallel()
	key, err := client.NewReplyKey()
	if err != nil {
		t.Fatal(err)
	}
	if err := keys.Uncertified().Check(key.Public, keys.Encryption, time.Now()); err != nil || len(key.Chain) > 0 {
		t.Errorf("%v, %d certificates", err, len(key.Chain))
	}
	raw, err := json.Marshal(client.ReplyTo(key.Public))
	if err != nil || strings.Contains(string(raw), `"x5c"`) || strings.Contains(string(raw), `"d"`) || !strings.Contains(string(raw), client.ProcessStandard) {
		t.Errorf("channel %s, %v", raw, err)
	}
}
