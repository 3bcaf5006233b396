package tracking

import (
	"slices"
	"time"

	"github.com/vierkant/vierkant/broker"
)

// Side is on which side of submissions an organisation asks.
type Side string

// The two sides.
const (
	Sent     Side = "sent"     // by its clients, and the replies in their cases
	Received Side = "received" // at its destinations
)

// Query says what is listed. Zero fields narrow nothing but Side and Limit, which are required.
type Query struct {
	Side        Side
	Kind        broker.SubmissionKind
	State       broker.State
	Destination broker.DestinationID
	Client      broker.ClientID // of those that sent; only for Sent
	Service     string          // URN
	From, Until time.Time       // announced at or after, and before
	After       broker.Mark     // where the page before ended
	Limit       int             // 1 to broker.MaxPage
}

// Bounds of what is read for a page.
const (
	maxLooked = 1000 // submissions
	atOnce    = 200  // when something narrows the list; else as many as the page has, and one more
)

// States are those to narrow a list by.
func States() []broker.State {
	return []broker.State{
		broker.StateIncomplete, broker.StateSubmitted, broker.StateForwarded, broker.StateAccepted, broker.StateRejected, broker.StateDeleted,
	}
}

func badRequest(detail string, args ...any) error {
	return broker.Invalid.New("bad-request", detail, args...)
}

func (q Query) check() error {
	switch {
	case q.Side != Sent && q.Side != Received:
		return badRequest("side must be %s or %s", Sent, Received)
	case q.Kind != "" && q.Kind != broker.KindSubmission && q.Kind != broker.KindReply:
		return badRequest("kind must be %s or %s", broker.KindSubmission, broker.KindReply)
	case q.State != "" && !slices.Contains(States(), q.State):
		return badRequest("state must be one of %v", States())
	case q.Client != "" && q.Side != Sent:
		return badRequest("clientId narrows what was sent; leave it out to list what was received")
	case !q.From.IsZero() && !q.Until.IsZero() && !q.From.Before(q.Until):
		return badRequest("from must be before until")
	}
	return broker.Page{Limit: q.Limit}.Check()
}

// ledger is what has to be read for a query, if it is for the organisation's eyes.
func (q Query) ledger(tx broker.Tx, org broker.OrgID) (broker.Ledger, error) {
	switch {
	case q.Client != "":
		c, err := tx.Client(q.Client)
		if err == nil && c.Org != org {
			err = broker.ErrNoRow
		}
		return broker.SentFrom(q.Client), broker.OrNotFound(err, "client-not-found", "the organisation has no client %s", q.Client)
	case q.Side == Sent:
		return broker.SentBy(org), nil
	case q.Destination != "":
		d, err := tx.Destination(q.Destination)
		if err == nil && d.Org != org {
			err = broker.ErrNoRow
		}
		return broker.ReceivedAt(q.Destination), broker.OrNotFound(err, "destination-not-found", "the organisation has no destination %s", q.Destination)
	}
	return broker.ReceivedBy(org), nil
}

// has reports whether a submission of the ledger is meant, and is for the eyes of the side that asks.
func (q Query) has(s broker.Submission) bool {
	is := sides{sent: q.Side == Sent, received: q.Side == Received}
	return is.sees(s) &&
		(q.Kind == "" || s.Kind == q.Kind) &&
		(q.State == "" || s.State == q.State) &&
		(q.Destination == "" || s.Destination == q.Destination) &&
		(q.Service == "" || s.Service.Identifier == q.Service)
}

// narrowed reports whether much of what is read may not be meant.
func (q Query) narrowed() bool {
	return q.Kind != "" || q.State != "" || q.Service != "" || q.Side == Sent && q.Destination != ""
}

// first is where a page begins.
func (q Query) first() broker.Mark {
	if until := (broker.Mark{Created: q.Until}); q.After.IsZero() || !q.Until.IsZero() && q.Until.Before(q.After.Created) {
		return until
	}
	return q.After
}

// walk reads a ledger from the latest back, until add has added what makes a page. next is where to go on; zero: that was all.
func (q Query) walk(tx broker.Tx, l broker.Ledger, add func(broker.Submission) (int, error)) (next broker.Mark, err error) {
	chunk := q.Limit + 1
	if q.narrowed() {
		chunk = atOnce
	}
	next = q.first()
	for found, looked := 0, 0; looked < maxLooked; looked += chunk {
		all, err := tx.Ledger(l, next, chunk)
		if err != nil {
			return next, err
		}
		for _, s := range all {
			switch {
			case s.Created.Before(q.From):
				return broker.Mark{}, nil
			case found == q.Limit:
				return next, nil
			case q.has(s):
				if found, err = add(s); err != nil {
					return next, err
				}
			}
			next = broker.MarkOf(s)
		}
		if len(all) < chunk {
			return broker.Mark{}, nil
		}
	}
	return next, nil
}
