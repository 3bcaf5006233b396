package testenv_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"time"

	"github.com/google/uuid"

	"github.com/vierkant/vierkant/api/wire"
	"github.com/vierkant/vierkant/crypto/set"
)

// known is what a client knows of something that it asked for.
type known int

const (
	notAsked     known = iota
	noAnswer           // asked for, and then the connection broke: done or not done
	acknowledged       // answered with success: done
)

// parcel is one application as its sender knows it. It was announced with an answer: of an announcement without one, the sender
// does not know the id.
type parcel struct {
	id, caseID     string
	attachments    []*attachment
	metadata, data []byte // sealed
	submitted      known

	verdict string // token of the authority's decision; "" if it takes none
	event   string // its type
	decided known

	log []string // tokens as they were read last
}

// attachment is one sealed body on its way.
type attachment struct {
	id     string
	body   []byte
	stored known
}

// sender is an online service that sends one application after the other, and the authority's system that decides on some.
type sender struct {
	*load
	random *rand.Rand
	bytes  *rand.ChaCha8

	parcels []*parcel
	cut     error // why it stopped: the program died
}

func newSender(l *load, seed, number uint64) *sender {
	random := rand.New(rand.NewPCG(seed, number))
	var chaCha [32]byte
	for i := range chaCha {
		chaCha[i] = byte(random.Uint32())
	}
	return &sender{load: l, random: random, bytes: rand.NewChaCha8(chaCha)}
}

// work finishes what was begun in earlier rounds and then sends so many new applications, until a connection breaks. An error is an
// answer that should not have been.
func (s *sender) work(ctx context.Context, fresh int) error {
	s.cut = nil
	for _, p := range s.parcels {
		if err := s.carry(ctx, p); err != nil {
			return s.broken(err)
		}
	}
	for range fresh {
		p, err := s.begin(ctx)
		if err == nil {
			err = s.carry(ctx, p)
		}
		if err != nil {
			return s.broken(err)
		}
	}
	return nil
}

// broken tells a connection that broke, which is what happens to the senders of a program that is killed, from what is wrong. Who is told to wait
// comes again, too: all senders are one client, and of what is large one waits for the other, at a slow machine for too long.
func (s *sender) broken(err error) error {
	if unanswered(err) || answered(err, http.StatusTooManyRequests) || s.excused && answered(err, http.StatusServiceUnavailable) {
		s.cut = err
		return nil
	}
	return err
}

// begin announces a new application.
func (s *sender) begin(ctx context.Context) (*parcel, error) {
	p := &parcel{metadata: s.seal(2 << 10), data: s.seal(s.size(10 << 10))}
	var ids []string
	for range s.random.IntN(4) {
		a := &attachment{id: uuid.NewString()}
		p.attachments = append(p.attachments, a)
		ids = append(ids, a.id)
	}
	s.step()
	ref, err := s.asSender.announce(ctx, s.at, ids...)
	if err != nil {
		return nil, err
	}
	p.id, p.caseID = ref.SubmissionID, ref.CaseID
	s.parcels = append(s.parcels, p)
	s.step()
	return p, nil
}

// carry takes an application as far as it goes.
func (s *sender) carry(ctx context.Context, p *parcel) error {
	for _, a := range p.attachments {
		if a.stored == acknowledged {
			continue
		}
		a.body = s.seal(s.size(32 << 10)) // other bytes than those that got no answer: only these count then
		if err := s.ask(ctx, &a.stored, "PUT", "/submissions/"+p.id+"/attachments/"+a.id, joseType, a.body, 204); err != nil {
			return err
		}
	}
	if p.submitted != acknowledged {
		s.handedIn(p)
		body := asJSON(wire.Submit{EncryptedMetadata: string(p.metadata), EncryptedData: string(p.data)})
		if err := s.ask(ctx, &p.submitted, "PUT", "/submissions/"+p.id, jsonType, body, 200); err != nil {
			return err
		}
		if err := errors.Join(s.consider(p), s.look(ctx, p)); err != nil {
			return err
		}
	}
	if !s.decides || p.verdict == "" || p.decided == acknowledged {
		return nil
	}
	return s.tell(ctx, p)
}

// tell posts the decision on an application.
func (l *load) tell(ctx context.Context, p *parcel) error {
	return l.ask(ctx, &p.decided, "POST", "/cases/"+p.caseID+"/events", joseType, []byte(p.verdict), 204)
}

// ask makes a request and notes what is known of it.
func (l *load) ask(ctx context.Context, k *known, method, path, contentType string, body []byte, want int) error {
	as := l.asSender
	if method == "POST" {
		as = l.asSubscriber
	}
	*k = noAnswer
	l.step()
	if _, err := as.call(ctx, method, path, contentType, &stepping{bytes.NewReader(body), l.step}, want); err != nil {
		return err
	}
	*k = acknowledged
	l.step()
	return nil
}

// consider lets the authority decide on every fourth application; the content of the others stays to be looked at.
func (s *sender) consider(p *parcel) error {
	if !s.decides || s.random.IntN(4) > 0 {
		return nil
	}
	return s.decide(p, s.random.IntN(2) == 0)
}

// decide makes the decision on an application.
func (l *load) decide(p *parcel, accept bool) error {
	tags := set.AuthenticationTags{Metadata: tagOf(p.metadata), Data: tagOf(p.data), Attachments: map[string]string{}}
	for _, a := range p.attachments {
		tags.Attachments[a.id] = tagOf(a.body)
	}
	payload := set.Payload{AuthenticationTags: &tags}
	p.event = set.AcceptSubmission
	if !accept {
		p.event = set.RejectSubmission
		payload = set.Payload{Problems: []set.Problem{{Type: set.ProblemPrefix + "other", Title: "Nicht zuständig"}}}
	}
	claims, err := set.Claims{
		Schema: set.SchemaURI(set.CurrentVersion), ID: uuid.NewString(), Issuer: l.at.ID, IssuedAt: time.Now().Unix(),
		Subject: "submission:" + p.id, Transaction: "case:" + p.caseID, Event: p.event, Payload: payload.Bytes(),
	}.Bytes()
	if err != nil {
		return fmt.Errorf("decide on %s: %w", p.id, err)
	}
	p.verdict, err = set.Sign(claims, l.signKey.KID, l.signKey.Secret)
	return err
}

// look reads every third log while others write: what it shows must never change again.
func (s *sender) look(ctx context.Context, p *parcel) error {
	if s.random.IntN(3) > 0 {
		return nil
	}
	s.step()
	tokens, err := s.readLog(ctx, s.asSender, p)
	if err != nil {
		return err
	}
	p.log = tokens
	s.step()
	return nil
}

// readLog reads the log of an application's case, and has the witness look at it.
func (l *load) readLog(ctx context.Context, as caller, p *parcel) ([]string, error) {
	raw, err := as.call(ctx, "GET", "/cases/"+p.caseID+"/events", "", nil, 200)
	if err != nil {
		return nil, err
	}
	var log wire.EventLog
	if err := json.Unmarshal(raw, &log); err != nil {
		return nil, err
	}
	return log.EventLog, l.witness.see(log.EventLog)
}

// size is mostly small, and now and then more than the store takes itself.
func (s *sender) size(usual int) int {
	const large, largest = 64 << 10, 1 << 20
	if s.random.IntN(3) == 0 {
		return large + 1 + s.random.IntN(largest-large)
	}
	return 1<<10 + s.random.IntN(usual)
}

func (s *sender) seal(size int) []byte { return sealed(s.sealKey, s.bytes, size) }

// stepping is a body that takes a step with every piece that is sent of it.
type stepping struct {
	body *bytes.Reader
	step func()
}

// Size lets the length be announced.
func (s *stepping) Size() int64 { return s.body.Size() }

// Read gives small pieces, so that there is something between the first and the last.
func (s *stepping) Read(p []byte) (int, error) {
	s.step()
	return s.body.Read(p[:min(len(p), 32<<10)])
}
