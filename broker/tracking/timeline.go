package tracking

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"strings"
	"time"

	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/crypto/set"
)

// Timeline is a part of the event log of a case, oldest first.
type Timeline struct {
	Case   broker.CaseID
	Events []Event
	Total  int
	Whole  bool // it ends as its case remembers, as far as its end is in this part
}

// Event is one entry of the log: who said what and when, and whether that holds.
type Event struct {
	Number     int
	ID         broker.EventID
	Submission broker.SubmissionID
	Kind       broker.SubmissionKind // of the submission
	Type       string                // event URI
	By         Party                 // who issued it
	Issuer     string                // as it calls itself: an URL, or the id of the destination
	Issued     time.Time             // as the issuer says; zero: it says nothing that can be read
	Recorded   time.Time             // when it came to the log
	KID        string                // of the key that signed; none: it is not signed yet
	Token      string                // compact JWS
	Verdict    Verdict

	Notified string        // of who was informed: how
	Problems []set.Problem // of what was rejected, and warnings with what was accepted
	Deletion *set.Deletion // what was deleted
}

// Party is one that issues events.
type Party string

// The parties.
const (
	ByService     Party = "service"     // the broker itself
	ByDestination Party = "destination" // a subscriber, with the destination's key
)

// Timeline returns a part of the log of a case that the caller's organisation is a party of.
func (t *Tracking) Timeline(ctx context.Context, who broker.Caller, id broker.CaseID, p broker.Page) (l Timeline, err error) {
	if err := p.Check(); err != nil {
		return l, err
	}
	err = t.Store.View(ctx, func(tx broker.Tx) error {
		c, _, err := ownCase(tx, who, id)
		if err != nil {
			return err
		}
		l, err = t.timeline(tx, c, p)
		return err
	})
	return l, err
}

func (t *Tracking) timeline(tx broker.Tx, c broker.Case, p broker.Page) (l Timeline, err error) {
	log, total, err := tx.Events(c.ID, p)
	if err != nil {
		return l, err
	}
	v := &verifier{Tracking: t, tx: tx, c: c}
	if v.before, err = before(tx, log); err != nil {
		return l, err
	}
	l = Timeline{Case: c.ID, Total: total, Whole: endsAsRemembered(c, log, total)}
	for _, e := range log {
		shown, err := v.event(e)
		if err != nil {
			return l, err
		}
		l.Events = append(l.Events, shown)
	}
	return l, nil
}

// before is the event that a part of a log follows; the zero one if it is the beginning, or if that event is missing: then what follows it does not hold.
func before(tx broker.Tx, log []broker.Event) (broker.Event, error) {
	if len(log) == 0 || log[0].Number == 1 {
		return broker.Event{}, nil
	}
	e, err := tx.Event(broker.EventRef{Case: log[0].Case, Number: log[0].Number - 1})
	if errors.Is(err, broker.ErrNoRow) {
		return broker.Event{}, nil
	}
	return e, err
}

func endsAsRemembered(c broker.Case, log []broker.Event, total int) bool {
	if total != c.Events {
		return false
	}
	if len(log) == 0 || log[len(log)-1].Number < total {
		return true
	}
	return bytes.Equal(log[len(log)-1].Chain, c.Chain)
}

// Event returns one entry of the log of a case.
func (t *Tracking) Event(ctx context.Context, who broker.Caller, id broker.CaseID, number int) (Event, error) {
	l, err := t.Timeline(ctx, who, id, broker.Page{Offset: max(number-1, 0), Limit: 1})
	if err == nil && (len(l.Events) == 0 || l.Events[0].Number != number) {
		err = broker.NotFound.New("event-not-found", "the log of the case %s has no event %d", id, number)
	}
	if err != nil {
		return Event{}, err
	}
	return l.Events[0], nil
}

// show is what an event says, which it may have been altered to.
func show(e broker.Event) (shown Event, claims set.Claims, token *set.Token) {
	shown = Event{
		Number: e.Number, ID: e.ID, Submission: e.Submission, Kind: broker.KindSubmission, Type: e.Type, By: ByService,
		Recorded: e.Recorded, Token: e.Token,
	}
	if strings.HasPrefix(e.Subject(), string(broker.KindReply)) {
		shown.Kind = broker.KindReply
	}
	if e.Claims == nil {
		shown.By = ByDestination
	}
	var err error
	if e.Token == "" {
		claims, err = set.ParseClaims(e.Claims)
	} else if parsed, parseErr := set.Parse(e.Token); parseErr == nil {
		claims, token, shown.KID = parsed.Claims, &parsed, parsed.KID
	} else {
		err = parseErr
	}
	if err != nil {
		return shown, claims, nil
	}
	shown.Issuer, shown.Issued = claims.Issuer, time.Unix(claims.IssuedAt, 0).UTC()
	shown.say(claims.Payload)
	return shown, claims, token
}

// say reads what an event says beyond its name. What cannot be read is not shown; it was between the two sides.
func (e *Event) say(payload json.RawMessage) {
	said, err := set.ParsePayload(payload)
	if err != nil {
		return
	}
	e.Notified, e.Problems, e.Deletion = said.NotifyType, said.Problems, said.Deletion
}
