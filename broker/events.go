package broker

import (
	"context"
	"errors"
	"strings"

	"github.com/vierkant/vierkant/crypto/keys"
	"github.com/vierkant/vierkant/crypto/set"
)

// Cases is the event log that both sides read.
type Cases struct{ *core }

// advance issues an event of the broker about a submission or a reply: it applies the life cycle, writes the event, the submission and
// its case, and owes the callbacks that follow.
func (k *core) advance(tx Tx, c *Case, sub *Submission, what act, content set.Payload) error {
	event := events[sub.Kind][what]
	next, err := sub.State.Next(sub.Kind, event, AuthorService)
	if err != nil {
		return err
	}
	claims := set.Claims{
		Schema: set.SchemaURI(set.CurrentVersion), ID: NewID[string](), Issuer: k.Issuer, IssuedAt: max(k.Now().Unix(), c.LastIssued),
		Subject: uuidURN(string(sub.Kind), sub.ID), Transaction: uuidURN("case", c.ID), Event: event, Payload: content.Bytes(),
	}
	fact, err := claims.Bytes()
	if err != nil {
		return err
	}
	c.LastIssued = claims.IssuedAt
	sub.State = next
	e := Event{ID: EventID(claims.ID), Submission: sub.ID, Type: event, Claims: fact}
	if err := k.record(tx, c, sub, what, e); err != nil {
		return err
	}
	tx.OnCommit(k.eventsWritten.Set)
	return k.happened(tx, *sub, what, "")
}

// record appends an event to the log of its case, writes submission and case beside it, and owes the callbacks that follow.
func (k *core) record(tx Tx, c *Case, sub *Submission, what act, e Event) error {
	now := k.Now()
	c.Events++
	c.Changed, c.Last = now, k.Deadline()
	e.Case, e.Number, e.Recorded = c.ID, c.Events, now
	e.Chain = k.chain.Link(c.Chain, e)
	c.Chain = e.Chain
	if err := tx.AppendEvent(e); err != nil {
		return err
	}
	if err := tx.PutSubmission(*sub); err != nil {
		return err
	}
	if err := tx.PutCase(*c); err != nil {
		return err
	}
	return k.tell(tx, *c, *sub, what)
}

// Log is a part of an event log: signed tokens, oldest first, and how many there are in all.
type Log struct {
	Tokens []string
	Total  int
}

// Events returns the log of a case to its sender and to the subscribers of its destination.
func (s *Cases) Events(ctx context.Context, who Caller, id CaseID, p Page) (Log, error) {
	return s.log(ctx, who, p, func(tx Tx) ([]Event, int, error) {
		c, err := s.readable(tx, who, id)
		if err != nil {
			return nil, 0, err
		}
		events, total, err := tx.Events(id, p)
		if err == nil && len(events) > 0 {
			err = c.checkEnd(events[len(events)-1])
		}
		return events, total, err
	})
}

// SubmissionEvents returns the part of the log that is about one submission.
func (s *Cases) SubmissionEvents(ctx context.Context, who Caller, id SubmissionID, p Page) (Log, error) {
	return s.log(ctx, who, p, func(tx Tx) ([]Event, int, error) {
		submissions := Exchange{s.core, KindSubmission}
		sub, err := submissions.find(tx, id)
		if err != nil {
			return nil, 0, err
		}
		if _, err := s.readable(tx, who, sub.Case); err != nil {
			if errors.Is(err, NotFound) {
				err = submissions.notFound(ErrNoRow, id)
			}
			return nil, 0, err
		}
		return tx.SubmissionEvents(id, p)
	})
}

func (s *Cases) log(ctx context.Context, who Caller, p Page, read func(Tx) ([]Event, int, error)) (Log, error) {
	if err := who.Require(ScopeSend, ScopeSubscribe); err != nil {
		return Log{}, err
	}
	if err := p.Check(); err != nil {
		return Log{}, err
	}
	var (
		events []Event
		l      Log
	)
	if err := s.Store.View(ctx, func(tx Tx) (err error) {
		if events, l.Total, err = read(tx); err != nil {
			return err
		}
		return s.chain.Check(tx, events...)
	}); err != nil {
		return Log{}, err
	}
	signed, err := s.Sign(ctx, events)
	if err != nil {
		return Log{}, err
	}
	s.Shown(who, events)
	l.Tokens = make([]string, len(signed))
	for i, e := range signed {
		l.Tokens[i] = e.Token
	}
	return l, nil
}

// readable returns a case that the caller is a party of. To a sender a foreign case is as unknown as none; a subscriber
// that is not assigned to the destination is told so.
func (s *Cases) readable(tx Tx, who Caller, id CaseID) (Case, error) {
	c, err := tx.Case(id)
	if err != nil {
		return c, noCase(err, id)
	}
	if c.Sender == who.Client {
		return c, nil
	}
	if !who.Has(ScopeSubscribe) {
		return c, noCase(nil, id)
	}
	d, err := tx.Destination(c.Destination)
	if err != nil {
		return c, err
	}
	return c, d.requireAssigned(who)
}

// Post takes a security event token that a subscriber signed (FIT-Connect contract 6.5). It is stored verbatim, in one
// transaction with the state it leads to.
func (s *Cases) Post(ctx context.Context, who Caller, g Generation, id CaseID, raw string) error {
	if err := who.Require(ScopeSubscribe); err != nil {
		return err
	}
	token, parseErr := set.Parse(raw)
	if errors.Is(parseErr, set.ErrSyntax) {
		return tokenError(parseErr)
	}
	var (
		p   posted
		key DestinationKey
	)
	admit := func(tx Tx) (err error) {
		if p.c, err = s.readable(tx, who, id); err != nil {
			return err
		}
		if parseErr != nil {
			return tokenError(parseErr)
		}
		if err := token.CheckSchema(g.Payloads); err != nil {
			return schemaError(err, g.Payloads)
		}
		key, err = s.admit(tx, &p, token)
		return err
	}
	if err := s.Store.View(ctx, admit); err != nil {
		return err
	}
	if err := verify(token, key); err != nil {
		return err
	}
	return s.Store.Update(ctx, func(tx Tx) error {
		if err := admit(tx); err != nil {
			return err
		}
		return s.accept(tx, &p, token, who.Client)
	})
}

// posted is what a posted token is about.
type posted struct {
	c    Case
	sub  Submission
	what act
	next State
}

// admit checks what a token says against the case, its submission and its destination, and returns the key that it
// must verify with.
func (s *Cases) admit(tx Tx, p *posted, token set.Token) (DestinationKey, error) {
	claims := token.Claims
	if want := uuidURN("case", p.c.ID); claims.Transaction != want {
		return DestinationKey{}, invalidEvent("txn must be %s, the case it is posted to", want)
	}
	var err error
	if p.sub, err = subjectOf(tx, claims.Subject, p.c); err != nil {
		return DestinationKey{}, err
	}
	if claims.Issuer != string(p.sub.Destination) {
		return DestinationKey{}, invalidEvent("iss must be %s, the destination of the case", p.sub.Destination)
	}
	key, err := tx.DestinationKey(p.sub.Destination, token.KID)
	if isNoRow(err) || err == nil && key.Encryption {
		return DestinationKey{}, invalidEvent("the header kid must name a signing key of the destination")
	}
	if err != nil {
		return DestinationKey{}, err
	}
	if err := checkTags(claims, p.sub, tx); err != nil {
		return DestinationKey{}, err
	}
	if p.next, err = p.sub.State.Next(p.sub.Kind, claims.Event, AuthorSubscriber); err != nil {
		return DestinationKey{}, err
	}
	p.what, _ = actOf(claims.Event, p.sub.Kind)
	return key, unusedID(tx, eventID(token))
}

// checkTags compares the tags of an accept with those of the submit. Everything else in a payload is between the two
// sides; parsing the token checked its shape.
func checkTags(claims set.Claims, sub Submission, tx Tx) error {
	if what, ok := actOf(claims.Event, sub.Kind); !ok || what != accepted || !sub.State.Retrievable() {
		return nil
	}
	said, err := set.ParsePayload(claims.Payload)
	if err != nil || said.AuthenticationTags == nil {
		return err
	}
	_, err = acceptedTags(tx, sub, said.AuthenticationTags)
	return err
}

// acceptedTags returns the tags of what is accepted, which must be those that the addressee names, if it names any.
func acceptedTags(tx Tx, sub Submission, said *set.AuthenticationTags) (set.AuthenticationTags, error) {
	want, err := tagsOf(tx, sub)
	if err == nil && said != nil && !said.Equal(want) {
		err = invalidEvent("authenticationTags differ from those of the event with which the %s was submitted: the accepted parts are not the submitted ones", sub.Kind)
	}
	return want, err
}

// eventID is how a token's jti is compared: two spellings of one UUID are one.
func eventID(token set.Token) EventID { return EventID(strings.ToLower(token.Claims.ID)) }

func unusedID(tx Tx, id EventID) error {
	switch _, err := tx.EventByID(id); {
	case err == nil:
		return Conflict.New("duplicate-event", "an event with jti %s is stored already", id)
	case isNoRow(err):
		return nil
	default:
		return err
	}
}

// accept writes the token and the state it leads to. Content of a decided submission stays until its deadline, but is out of reach at once.
func (s *Cases) accept(tx Tx, p *posted, token set.Token, by ClientID) error {
	p.sub.State = p.next
	if p.what == accepted || p.what == rejected {
		p.sub.Decided = s.Deadline()
	}
	// A subscriber's clock may be wrong; the log's own times must not run ahead with it.
	p.c.LastIssued = max(p.c.LastIssued, min(token.Claims.IssuedAt, s.Now().Unix()))
	event := Event{ID: eventID(token), Submission: p.sub.ID, Type: token.Claims.Event, Token: token.Raw}
	if err := s.record(tx, &p.c, &p.sub, p.what, event); err != nil {
		return err
	}
	return s.happened(tx, p.sub, p.what, by)
}

func verify(token set.Token, key DestinationKey) error {
	public, err := keys.ParsePublic(key.JWK)
	if err != nil {
		return err
	}
	if err := token.Verify(public); err != nil {
		return Unprocessable.Wrap(err, "invalid-event", "the signature does not verify with the destination's key %s", key.KID)
	}
	return nil
}

// subjectOf returns what a token is about: a submission of the case, or a reply of its sender.
func subjectOf(tx Tx, subject string, c Case) (Submission, error) {
	kind, text, _ := strings.Cut(subject, ":")
	id, err := ParseID[SubmissionID](text)
	if err != nil {
		return Submission{}, invalidEvent("sub must name a submission or a reply of the case: submission:<uuid> or reply:<uuid>")
	}
	sub, err := tx.Submission(id)
	if err != nil && !isNoRow(err) {
		return Submission{}, err
	}
	if err != nil || sub.Case != c.ID || string(sub.Kind) != kind {
		return Submission{}, invalidEvent("sub must name a submission or a reply of the case; %s is none", clip(subject))
	}
	if !sub.FromSender() {
		return Submission{}, invalidEvent("the reply was sent by the destination itself: its addressee, the sender of the case, decides on it")
	}
	return sub, nil
}

func invalidEvent(detail string, args ...any) error {
	return Unprocessable.New("invalid-event", detail, args...)
}

// schemaError is for a payload schema that is missing or of a version that is not taken.
func schemaError(err error, taken set.Versions) error {
	if errors.Is(err, set.ErrSchemaVersion) {
		return Unprocessable.Wrap(err, "payload-schema-not-supported", "%s: expected a $schema of version %s", err, strings.Join(taken, " or "))
	}
	return tokenError(err)
}

// tokenError gives what can be wrong with a token in itself its kind.
func tokenError(err error) error {
	switch {
	case errors.Is(err, set.ErrSyntax):
		return Invalid.Wrap(err, "invalid-set", "%s", err)
	default:
		return Unprocessable.Wrap(err, "invalid-event", "%s", err)
	}
}
