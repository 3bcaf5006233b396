package golive

import (
	"errors"

	"github.com/vierkant/vierkant/broker"
)

// Subject is what a checklist is of.
type Subject struct {
	Kind   Kind
	ID     string
	Org    broker.OrgID
	Name   string
	Digest string // SHA-256, in hex, of how it is set up here; another one: something else was tested
}

// subject is a Subject as the store has it: one of both.
type subject struct {
	client      *broker.Client
	destination *broker.Destination
}

func (s subject) id() string {
	if s.client != nil {
		return string(s.client.ID)
	}
	return string(s.destination.ID)
}

func (s subject) org() broker.OrgID {
	if s.client != nil {
		return s.client.Org
	}
	return s.destination.Org
}

func (s subject) kind() Kind {
	switch {
	case s.destination != nil:
		return Destination
	case s.client.Kind == broker.Subscriber:
		return Subscriber
	}
	return Sender
}

func (s subject) view() (v Subject, err error) {
	v = Subject{Kind: s.kind(), ID: s.id(), Org: s.org()}
	if s.client != nil {
		v.Name = s.client.Name
	} else {
		v.Name = s.destination.Name
	}
	v.Digest, err = s.digest()
	return v, err
}

// find returns what an id names in the caller's organisation, if the caller has the right there.
func (s *Service) find(tx broker.Tx, who broker.Caller, id string, to broker.Right) (one subject, err error) {
	d, err := tx.Destination(broker.DestinationID(id))
	switch {
	case err == nil:
		one.destination = &d
	case errors.Is(err, broker.ErrNoRow):
		c, err := tx.Client(broker.ClientID(id))
		if err != nil {
			return subject{}, noSubject(err, id)
		}
		one.client = &c
	default:
		return subject{}, err
	}
	if who.Known() && one.org() != who.Org {
		return subject{}, noSubject(broker.ErrNoRow, id)
	}
	return one, who.Entitled(one.org(), to)
}

func noSubject(err error, id string) error {
	return broker.OrNotFound(err, "subject-not-found", "there is no destination and no client %.40q in this organisation", id)
}

// subjectsOf returns a page of all destinations and clients of an organisation.
func subjectsOf(tx broker.Tx, org broker.OrgID, p broker.Page) (all []subject, total int, err error) {
	_, first, err := tx.Destinations(org, broker.Page{Limit: 1})
	if err != nil {
		return nil, 0, err
	}
	if p.Offset < first {
		destinations, _, err := tx.Destinations(org, p)
		if err != nil {
			return nil, 0, err
		}
		for i := range destinations {
			all = append(all, subject{destination: &destinations[i]})
		}
	}
	clients, n, err := clientsOf(tx, org, broker.Page{Offset: max(0, p.Offset-first), Limit: max(1, p.Limit-len(all))})
	if len(all) < p.Limit {
		all = append(all, clients...)
	}
	return all, first + n, err
}

func clientsOf(tx broker.Tx, org broker.OrgID, p broker.Page) (all []subject, total int, err error) {
	entries, total, err := tx.EntriesOf(broker.ClientEntries, string(org), p)
	if err != nil {
		return nil, 0, err
	}
	for _, e := range entries {
		c, err := tx.Client(broker.ClientID(e.ID))
		if err != nil {
			return nil, 0, err
		}
		all = append(all, subject{client: &c})
	}
	return all, total, nil
}
