package record

import (
	"time"

	"github.com/vierkant/vierkant/broker"
)

// Delivery is broker.Delivery as it is stored.
type Delivery struct {
	ID          string    `json:"id"`
	Type        string    `json:"type"`
	Kind        string    `json:"kind,omitempty"`
	Destination string    `json:"dest"`
	Sender      string    `json:"sender,omitempty"`
	Submission  string    `json:"sub,omitempty"`
	Case        string    `json:"case,omitempty"`
	Attempt     int       `json:"attempt,omitempty"`
	NotBefore   time.Time `json:"due,omitzero"`
	Lease       string    `json:"lease,omitempty"`
	Created     time.Time `json:"created,omitzero"`
	Replayed    time.Time `json:"replayed,omitzero"`
	Over        time.Time `json:"over,omitzero"`
	GivenUp     bool      `json:"givenup,omitempty"`
	Attempts    []Attempt `json:"attempts,omitempty"`
}

// NewDelivery writes it down.
func NewDelivery(d broker.Delivery) Delivery {
	return Delivery{
		ID: string(d.ID), Type: string(d.Type), Kind: string(d.Kind),
		Destination: string(d.Destination), Sender: string(d.Sender),
		Submission: string(d.Submission), Case: string(d.Case),
		Attempt: d.Attempt, NotBefore: d.NotBefore.UTC(), Lease: d.Lease, Created: d.Created.UTC(),
		Replayed: d.Replayed.UTC(), Over: d.Over.UTC(), GivenUp: d.GivenUp, Attempts: convert(d.Attempts, NewAttempt),
	}
}

// Domain reads it back.
func (r Delivery) Domain() broker.Delivery {
	return broker.Delivery{
		ID: broker.DeliveryID(r.ID), Type: broker.CallbackType(r.Type), Kind: broker.SubmissionKind(r.Kind),
		Destination: broker.DestinationID(r.Destination),
		Sender:      broker.ClientID(r.Sender), Submission: broker.SubmissionID(r.Submission), Case: broker.CaseID(r.Case),
		Attempt: r.Attempt, NotBefore: r.NotBefore, Lease: r.Lease, Created: r.Created,
		Replayed: r.Replayed, Over: r.Over, GivenUp: r.GivenUp, Attempts: convert(r.Attempts, Attempt.Domain),
	}
}

// Attempt is broker.Attempt as it is stored.
type Attempt struct {
	At     time.Time `json:"at,omitzero"`
	Took   int64     `json:"ns,omitempty"`
	Status int       `json:"status,omitempty"`
	Reason string    `json:"reason,omitempty"`
}

// NewAttempt writes it down.
func NewAttempt(a broker.Attempt) Attempt {
	return Attempt{At: a.At.UTC(), Took: int64(a.Took), Status: a.Status, Reason: a.Reason}
}

// Domain reads it back.
func (r Attempt) Domain() broker.Attempt {
	return broker.Attempt{At: r.At, Took: time.Duration(r.Took), Status: r.Status, Reason: r.Reason}
}

// Timer is broker.Timer as it is stored.
type Timer struct {
	Queue string    `json:"queue"`
	ID    string    `json:"id"`
	At    time.Time `json:"at,omitzero"`
}

// NewTimer writes it down.
func NewTimer(t broker.Timer) Timer { return Timer{Queue: string(t.Queue), ID: t.ID, At: t.At.UTC()} }

// Domain reads it back.
func (r Timer) Domain() broker.Timer {
	return broker.Timer{Queue: broker.TimerQueue(r.Queue), ID: r.ID, At: r.At}
}
