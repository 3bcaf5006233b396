package tracking

import (
	"context"
	"errors"

	"github.com/vierkant/vierkant/broker"
)

// Found is what an id names.
type Found struct {
	Submission  broker.SubmissionID // a submission or a reply
	Case        broker.CaseID       // of the submission, or by itself
	Destination broker.DestinationID
	Client      broker.ClientID
	Delivery    broker.DeliveryID // a callback
	Receiver    string            // whom the callback tells: the id of a destination or a client
}

// Find says what an id names that the caller's organisation is a party of, or owns.
func (t *Tracking) Find(ctx context.Context, who broker.Caller, id string) (f Found, err error) {
	if err := who.Entitled(who.Org, broker.RightRead); err != nil {
		return f, err
	}
	err = t.Store.View(ctx, func(tx broker.Tx) error {
		for _, look := range []func(broker.Tx, broker.Caller, string) (Found, error){findSubmission, findCase, findDestination, findClient, findDelivery} {
			f, err = look(tx, who, id)
			if err == nil || !errors.Is(err, broker.NotFound) && !errors.Is(err, broker.ErrNoRow) {
				return err
			}
		}
		f = Found{}
		return broker.NotFound.New("nothing-found", "there is nothing with the id %s that this organisation is a party of", id)
	})
	return f, err
}

func findSubmission(tx broker.Tx, who broker.Caller, id string) (Found, error) {
	s, err := own(tx, who, broker.SubmissionID(id))
	return Found{Submission: s.ID, Case: s.Case}, err
}

func findCase(tx broker.Tx, who broker.Caller, id string) (Found, error) {
	c, _, err := ownCase(tx, who, broker.CaseID(id))
	return Found{Case: c.ID}, err
}

func findDestination(tx broker.Tx, who broker.Caller, id string) (Found, error) {
	d, err := tx.Destination(broker.DestinationID(id))
	if err == nil && d.Org != who.Org {
		err = broker.ErrNoRow
	}
	return Found{Destination: d.ID}, err
}

func findClient(tx broker.Tx, who broker.Caller, id string) (Found, error) {
	c, err := tx.Client(broker.ClientID(id))
	if err == nil && c.Org != who.Org {
		err = broker.ErrNoRow
	}
	return Found{Client: c.ID}, err
}

// findDelivery finds a callback, by what its receiver got as webhook-id.
func findDelivery(tx broker.Tx, who broker.Caller, id string) (Found, error) {
	d, err := tx.Delivery(broker.DeliveryID(id))
	if err != nil {
		return Found{}, err
	}
	_, receiver := d.Receiver().Parts()
	look := findDestination
	if d.Sender != "" {
		look = findClient
	}
	_, err = look(tx, who, receiver)
	return Found{Delivery: d.ID, Receiver: receiver, Case: d.Case, Submission: d.Submission}, err
}
