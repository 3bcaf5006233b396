package record

import (
	"time"

	"github.com/vierkant/vierkant/broker"
)

// Case is broker.Case as it is stored.
type Case struct {
	ID          string    `json:"id"`
	Sender      string    `json:"sender"`
	Org         string    `json:"org"`
	Destination string    `json:"dest"`
	Events      int       `json:"events,omitempty"`
	LastIssued  int64     `json:"iat,omitempty"`
	Chain       []byte    `json:"chain,omitempty"`
	Callback    *Callback `json:"callback,omitempty"`
	Created     time.Time `json:"created,omitzero"`
	Changed     time.Time `json:"changed,omitzero"`
	Last        time.Time `json:"last,omitzero"`
}

// NewCase writes it down.
func NewCase(c broker.Case) Case {
	return Case{
		ID: string(c.ID), Sender: string(c.Sender), Org: string(c.Org), Destination: string(c.Destination),
		Events: c.Events, LastIssued: c.LastIssued, Chain: c.Chain, Callback: NewCallback(c.Callback), Created: c.Created.UTC(), Changed: c.Changed.UTC(), Last: c.Last.UTC(),
	}
}

// Domain reads it back.
func (r Case) Domain() broker.Case {
	return broker.Case{
		ID: broker.CaseID(r.ID), Sender: broker.ClientID(r.Sender), Org: broker.OrgID(r.Org), Destination: broker.DestinationID(r.Destination),
		Events: r.Events, LastIssued: r.LastIssued, Chain: r.Chain, Callback: r.Callback.Domain(), Created: r.Created, Changed: r.Changed, Last: r.Last,
	}
}

// Event is broker.Event as it is stored.
type Event struct {
	Case       string    `json:"case"`
	Number     int       `json:"n"`
	ID         string    `json:"jti"`
	Submission string    `json:"sub"`
	Type       string    `json:"type"`
	Claims     []byte    `json:"claims,omitempty"` // bytes and not JSON: they are signed as they are
	Token      string    `json:"token,omitempty"`
	Chain      []byte    `json:"chain,omitempty"`
	Recorded   time.Time `json:"recorded,omitzero"`
}

// NewEvent writes it down.
func NewEvent(e broker.Event) Event {
	return Event{
		Case: string(e.Case), Number: e.Number, ID: string(e.ID), Submission: string(e.Submission), Type: e.Type,
		Claims: e.Claims, Token: e.Token, Chain: e.Chain, Recorded: e.Recorded.UTC(),
	}
}

// Domain reads it back.
func (r Event) Domain() broker.Event {
	return broker.Event{
		Case: broker.CaseID(r.Case), Number: r.Number, ID: broker.EventID(r.ID), Submission: broker.SubmissionID(r.Submission), Type: r.Type,
		Claims: r.Claims, Token: r.Token, Chain: r.Chain, Recorded: r.Recorded,
	}
}
