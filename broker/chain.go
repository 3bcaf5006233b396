package broker

import (
	"crypto/hmac"
	"crypto/sha256"
	"fmt"

	"github.com/vierkant/vierkant/crypto/keys"
)

// Chain ties each event of a case to all before it by an HMAC: whoever alters, inserts or drops one in the store, without the key
// file, is found out by the next reader. Cutting off the end and setting the case back with it is not seen here; the two sides hold
// the signed events.
type Chain struct{ key []byte }

// NewChain returns the chain that a key file makes.
func NewChain(w *keys.Wrapper) Chain { return Chain{w.MACKey("event chain")} }

// Link is the HMAC of an event that follows one with the HMAC before, nil for the first.
func (c Chain) Link(before []byte, e Event) []byte {
	mac := hmac.New(sha256.New, c.key)
	mac.Write(before)
	if e.Claims != nil {
		mac.Write(e.Claims)
	} else {
		mac.Write([]byte(e.Token))
	}
	return mac.Sum(nil)
}

// Check refuses events that are not what was written. They may be any of any case; those that follow each other save looking up the
// one before.
func (c Chain) Check(tx Tx, events ...Event) error {
	var before Event
	for _, e := range events {
		previous := EventRef{e.Case, e.Number - 1}
		switch {
		case e.Number == 1:
			before = Event{}
		case before.Ref() != previous:
			var err error
			if before, err = tx.Event(previous); err != nil {
				return fmt.Errorf("event %d of case %s: %w", previous.Number, e.Case, err)
			}
		}
		if !hmac.Equal(c.Link(before.Chain, e), e.Chain) {
			return fmt.Errorf("event log of case %s: event %d is not the one that was written: the store was altered or damaged", e.Case, e.Number)
		}
		before = e
	}
	return nil
}

// checkEnd refuses a log whose last event is not the one that its case remembers.
func (c Case) checkEnd(last Event) error {
	if last.Number == c.Events && !hmac.Equal(last.Chain, c.Chain) || last.Number > c.Events {
		return fmt.Errorf("event log of case %s: it does not end as its case remembers: the store was altered or damaged", c.ID)
	}
	return nil
}

// CheckLog refuses the log of a case that is not, from its first event to its last, what was written.
func (c Chain) CheckLog(tx Tx, of Case) error {
	const atOnce = 1000
	var last Event
	for seen := 0; ; {
		events, total, err := tx.Events(of.ID, Page{Offset: seen, Limit: atOnce})
		if err != nil {
			return err
		}
		if err := c.Check(tx, events...); err != nil {
			return err
		}
		if len(events) > 0 {
			last = events[len(events)-1]
		}
		if seen += len(events); seen >= total || len(events) == 0 {
			break
		}
	}
	if last.Number != of.Events {
		return fmt.Errorf("event log of case %s: it has %d events, and %d were written: the store was altered or damaged", of.ID, last.Number, of.Events)
	}
	return of.checkEnd(last)
}
