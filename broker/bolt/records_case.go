package bolt

import (
	"time"

	"github.com/vierkant/vierkant/broker"
)

type caseRecord struct {
	ID          string    `json:"id"`
	Sender      string    `json:"sender"`
	Org         string    `json:"org"`
	Destination string    `json:"dest"`
	Events      int       `json:"events,omitempty"`
	LastIssued  int64     `json:"iat,omitempty"`
	Chain       []byte    `json:"chain,omitempty"`
	Created     time.Time `json:"created,omitzero"`
	Changed     time.Time `json:"changed,omitzero"`
}

func newCaseRecord(c broker.Case) caseRecord {
	return caseRecord{
		ID: string(c.ID), Sender: string(c.Sender), Org: string(c.Org), Destination: string(c.Destination),
		Events: c.Events, LastIssued: c.LastIssued, Chain: c.Chain, Created: c.Created.UTC(), Changed: c.Changed.UTC(),
	}
}

func (r caseRecord) domain() broker.Case {
	return broker.Case{
		ID: broker.CaseID(r.ID), Sender: broker.ClientID(r.Sender), Org: broker.OrgID(r.Org), Destination: broker.DestinationID(r.Destination),
		Events: r.Events, LastIssued: r.LastIssued, Chain: r.Chain, Created: r.Created, Changed: r.Changed,
	}
}

type eventRecord struct {
	Case       string    `json:"case"`
	Number     int       `json:"n"`
	ID         string    `json:"jti"`
	Submission string    `json:"sub"`
	Type       string    `json:"type"`
	Claims     []byte    `json:"claims,omitempty"` // bytes and not JSON: they are signed as they are
	Token      string    `json:"token,omitempty"`
	Chain      []byte    `json:"chain,omitempty"`
	Recorded   time.Time `json:"recorded,omitzero"`

	Place uint64 `json:"place,omitempty"` // number in unsigned; zero once there is a token
}

func newEventRecord(e broker.Event, place uint64) eventRecord {
	return eventRecord{
		Case: string(e.Case), Number: e.Number, ID: string(e.ID), Submission: string(e.Submission), Type: e.Type,
		Claims: e.Claims, Token: e.Token, Chain: e.Chain, Recorded: e.Recorded.UTC(),
		Place: place,
	}
}

func (r eventRecord) domain() broker.Event {
	return broker.Event{
		Case: broker.CaseID(r.Case), Number: r.Number, ID: broker.EventID(r.ID), Submission: broker.SubmissionID(r.Submission), Type: r.Type,
		Claims: r.Claims, Token: r.Token, Chain: r.Chain, Recorded: r.Recorded,
	}
}
