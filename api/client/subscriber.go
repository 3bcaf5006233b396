package client

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"

	"github.com/vierkant/vierkant/crypto/keys"
	"github.com/vierkant/vierkant/crypto/set"
)

// Keys are the private keys of one destination.
type Keys struct {
	Decryption []keys.Private // the present one, and older ones as long as something may wait that was sealed to them
	Signing    keys.Private   // signs accept, reject and forward
}

// check says whether each key is for what it shall be used for.
func (k Keys) check() error {
	if k.Signing.Secret == nil || k.Signing.For() != keys.Signature || k.Signing.KID == "" {
		return fmt.Errorf("signing key %q: expected a private key for PS512 with a kid", k.Signing.KID)
	}
	return k.checkDecryption()
}

func (k Keys) checkDecryption() error {
	if len(k.Decryption) == 0 {
		return errors.New("expected at least one decryption key")
	}
	for _, key := range k.Decryption {
		if key.Secret == nil || key.For() != keys.Encryption || key.KID == "" {
			return fmt.Errorf("decryption key %q: expected a private key for RSA-OAEP-256 with a kid", key.KID)
		}
	}
	return nil
}

// Subscriber is the side of the authority: the case-management system.
type Subscriber struct {
	client *Client
	keys   map[DestinationID]Keys
}

// Subscriber returns the receiving side for the destinations whose keys are given. The error is [ErrConfig] if a key is not for what
// it shall be used for.
func (c *Client) Subscriber(byDestination map[DestinationID]Keys) (*Subscriber, error) {
	s := &Subscriber{client: c, keys: make(map[DestinationID]Keys, len(byDestination))}
	for given, own := range byDestination {
		id, err := ParseID(given)
		if err == nil {
			err = own.check()
		}
		if err != nil {
			return nil, fmt.Errorf("%w: destination %q: %w", ErrConfig, given, err)
		}
		s.keys[id] = own
	}
	return s, nil
}

// keysOf returns the keys of a destination.
func (s *Subscriber) keysOf(id DestinationID) (Keys, error) {
	own, ok := s.keys[id]
	if !ok {
		return Keys{}, fmt.Errorf("%w: no keys for destination %s", ErrConfig, id)
	}
	return own, nil
}

// Page asks for a part of a list; the zero Page for the first 500 items.
type Page struct {
	Offset int
	Limit  int // 1 to 500; 0 is 500
}

// maxWaiting bounds what waits at once; far beyond that something is wrong with the service.
const maxWaiting = 1_000_000

// Waiting names all submissions that wait at a destination, or at all of the client's if id is "": every page of the list, or an
// error.
func (s *Subscriber) Waiting(ctx context.Context, id DestinationID) ([]Ref, error) {
	return s.client.waiting(ctx, submission, id)
}

// List names the submissions that wait at a destination, or at all of the client's if id is "", and how many there are in all.
func (s *Subscriber) List(ctx context.Context, id DestinationID, p Page) (waiting []Ref, total int, err error) {
	return s.client.list(ctx, submission, id, p)
}

func (c *Client) waiting(ctx context.Context, k kind, at DestinationID) ([]Ref, error) {
	list := page[Ref](func(ctx context.Context, offset, limit int) ([]Ref, int, error) {
		return c.list(ctx, k, at, Page{Offset: offset, Limit: limit})
	})
	return list.all(ctx, maxWaiting)
}

func (c *Client) list(ctx context.Context, k kind, at DestinationID, p Page) (waiting []Ref, total int, err error) {
	if p.Limit == 0 {
		p.Limit = pageSize
	}
	query := url.Values{"offset": {strconv.Itoa(p.Offset)}, "limit": {strconv.Itoa(p.Limit)}}
	if at != "" {
		query.Set("destinationId", string(at))
	}
	a, err := c.transport.do(ctx, call{method: http.MethodGet, url: c.base.submission + k.path() + "?" + query.Encode(), token: true})
	if err != nil {
		return nil, 0, err
	}
	if waiting, total, err = k.readList(a); err != nil {
		return nil, 0, err
	}
	return waiting, max(total, p.Offset+len(waiting)), nil
}

// Events reads and verifies the event log of a case; see [Client.Events].
func (s *Subscriber) Events(ctx context.Context, ref Ref) (Log, error) {
	return s.client.Events(ctx, ref)
}

// Accept tells sender and service, in a signed event that repeats the authentication tags, that the submission, or the sender's answer to
// a reply, was received and is sound. Persist it before: the service gives it away no more afterwards (FIT-Connect contract 13.2). Tags that are not those in
// its event log are a [*TagError].
//
// An event is posted once and never repeated by itself. If the answer is lost, [Subscriber.Events] tells whether the decision was
// stored; posting again is then refused as [ErrConflict], which also means that there was a decision before.
func (s *Subscriber) Accept(ctx context.Context, f *Fetched) error {
	submitted, _, err := f.Log.submitted(f)
	if err != nil {
		return err
	}
	if err := f.Log.CheckTags(f, f.Tags); err != nil {
		return err
	}
	return s.post(ctx, f.Ref, submitted.Schema, "accept", set.Payload{AuthenticationTags: &f.Tags})
}

// Reject tells sender and service, in a signed event, why the submission or answer is not taken; see [Code.Problem]. About repeating it, see
// [Subscriber.Accept].
func (s *Subscriber) Reject(ctx context.Context, ref Ref, problems ...set.Problem) error {
	if len(problems) == 0 {
		return errors.New("reject: expected at least one problem")
	}
	return s.decide(ctx, ref, "reject", set.Payload{Problems: problems})
}

// Forward tells sender and service that the submission was passed on to a system behind this one and that the decision is still to
// come. About repeating it, see [Subscriber.Accept].
func (s *Subscriber) Forward(ctx context.Context, ref Ref) error {
	if ref.kind() == reply {
		return errors.New("forward: expected a submission: replies are accepted or rejected")
	}
	return s.decide(ctx, ref, "forward", set.Payload{})
}

// decide posts an event in the payload version that the service used for the submit event of the same submission: other versions
// may be refused (FIT-Connect contract 6.4).
func (s *Subscriber) decide(ctx context.Context, ref Ref, verb string, payload set.Payload) error {
	ref, err := ref.Canonical()
	if err != nil {
		return err
	}
	log, err := s.client.Events(ctx, ref)
	if err != nil {
		return err
	}
	submitted, _, err := log.submitted(ref)
	if err != nil {
		submitted.Schema = "" // the service refuses an event about it, in any version
	}
	return s.post(ctx, ref, submitted.Schema, verb, payload)
}

func (s *Subscriber) post(ctx context.Context, ref Ref, schema, verb string, payload set.Payload) error {
	own, err := s.keysOf(ref.DestinationID)
	if err != nil {
		return err
	}
	claims, err := set.Claims{
		Schema: first(schema, set.SchemaURI(set.CurrentVersion)), ID: newID[string](), Issuer: string(ref.DestinationID),
		IssuedAt: s.client.now().Unix(), Subject: ref.Subject(), Transaction: "case:" + string(ref.CaseID),
		Event: ref.kind().event(verb), Payload: payload.Bytes(),
	}.Bytes()
	if err != nil {
		return err
	}
	token, err := set.Sign(claims, own.Signing.KID, own.Signing.Secret)
	if err != nil {
		return err
	}
	_, err = s.client.transport.do(ctx, call{
		method: http.MethodPost, url: s.client.base.submission + "/v2/cases/" + string(ref.CaseID) + "/events",
		token: true, once: true, contentType: jose, body: token,
	})
	return err
}
