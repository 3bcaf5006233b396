package tracking

import (
	"context"
	"errors"
	"time"

	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/broker/diagnosis"
)

// Config is what is tracked in. All fields are required.
type Config struct {
	Store   broker.Store
	Keyring *broker.Keyring // the broker's own keys
	Issuer  string          // "iss" of the broker's events

	Deadline func() time.Time // clock of deadlines, by which submissions have their age

	// Sign returns the events with their tokens, making and storing those that are missing.
	Sign func(ctx context.Context, unsigned []broker.Event) ([]broker.Event, error)
}

// Tracking answers what became of submissions.
type Tracking struct{ Config }

// New checks the configuration.
func New(cfg Config) (*Tracking, error) {
	if cfg.Store == nil || cfg.Keyring == nil || cfg.Issuer == "" || cfg.Deadline == nil || cfg.Sign == nil {
		return nil, errors.New("tracking: Store, Keyring, Issuer, Deadline and Sign are required")
	}
	return &Tracking{cfg}, nil
}

// sides are those on which an organisation is: one, both or none.
type sides struct{ sent, received bool }

func sidesOf(org, sender, office broker.OrgID) sides {
	return sides{sent: org == sender, received: org == office}
}

// sees reports whether a side may know that there is a submission: of what is not submitted only its author does.
func (s sides) sees(sub broker.Submission) bool {
	switch {
	case !sub.Submitted.IsZero():
		return s.sent || s.received
	case sub.FromSender():
		return s.sent
	}
	return s.received
}

// Entry is a submission or a reply as one of its sides sees it.
type Entry struct {
	ID              broker.SubmissionID
	Kind            broker.SubmissionKind
	Case            broker.CaseID
	Destination     broker.DestinationID
	DestinationName string          // of an own one
	Client          broker.ClientID // of the sender's side only
	ClientName      string
	FromSender      bool // and not to it
	Service         broker.Service
	Region          string
	State           broker.State
	Attachments     int
	Turn            diagnosis.Turn

	Created, Submitted, Decided time.Time // on the clock of deadlines; zero until it happened
}

// Since is since when it is in its state, as far as the submission itself tells.
func (e Entry) Since() time.Time {
	for _, at := range []time.Time{e.Decided, e.Submitted} {
		if !at.IsZero() {
			return at
		}
	}
	return e.Created
}

// reader makes entries in one transaction. Names are read once.
type reader struct {
	tx           broker.Tx
	org          broker.OrgID
	destinations map[broker.DestinationID]string
	clients      map[broker.ClientID]string
}

func newReader(tx broker.Tx, org broker.OrgID) *reader {
	return &reader{tx, org, map[broker.DestinationID]string{}, map[broker.ClientID]string{}}
}

func (r *reader) entry(s broker.Submission) (e Entry, err error) {
	e = Entry{
		ID: s.ID, Kind: s.Kind, Case: s.Case, Destination: s.Destination, FromSender: s.FromSender(), Service: s.Service, Region: s.Region,
		State: s.State, Attachments: len(s.Announced), Created: s.Created, Submitted: s.Submitted, Decided: s.Decided,
	}
	if s.Office == r.org {
		if e.DestinationName, err = named(r.destinations, s.Destination, r.destinationName); err != nil {
			return e, err
		}
	}
	if s.Org == r.org {
		e.Client = s.Sender
		if e.ClientName, err = named(r.clients, s.Sender, r.clientName); err != nil {
			return e, err
		}
	}
	e.Turn, err = diagnosis.TurnOf(r.tx, s)
	return e, err
}

// named returns the name of a thing, reading it if it is not known yet.
func named[T comparable](known map[T]string, id T, read func(T) (string, error)) (string, error) {
	if name, ok := known[id]; ok {
		return name, nil
	}
	name, err := read(id)
	if err != nil && !errors.Is(err, broker.ErrNoRow) {
		return "", err
	}
	known[id] = name
	return name, nil
}

func (r *reader) destinationName(id broker.DestinationID) (string, error) {
	d, err := r.tx.Destination(id)
	return d.Name, err
}

func (r *reader) clientName(id broker.ClientID) (string, error) {
	c, err := r.tx.Client(id)
	return c.Name, err
}
