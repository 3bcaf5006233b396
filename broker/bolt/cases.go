package bolt

import (
	"errors"
	"fmt"

	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/broker/record"
)

// PutCase implements broker.Tx.
func (t *tx) PutCase(c broker.Case) error {
	n, err := t.claim(caseNumbers, []byte(c.ID))
	if err != nil {
		return err
	}
	r, err := load[caseRecord](t, cases, num(n))
	r.Case = record.NewCase(c)
	if errors.Is(err, broker.ErrNoRow) {
		err = t.listCase(n, &r)
	}
	if err != nil {
		return err
	}
	return t.save(cases, num(n), r)
}

// listCase enters a new case into the lists of its sender and its destination.
func (t *tx) listCase(n uint64, r *caseRecord) (err error) {
	if r.Sent, err = t.append(casesOfSender, text(r.Sender), num(n)); err != nil {
		return err
	}
	r.Arrived, err = t.append(casesAtDestination, text(r.Destination), num(n))
	return err
}

// Case implements broker.Tx.
func (t *tx) Case(id broker.CaseID) (c broker.Case, err error) {
	n, known := t.numberOf(caseNumbers, []byte(id))
	if !known {
		return c, broker.ErrNoRow
	}
	return fetch[caseRecord](t, cases, num(n))
}

// SenderCases implements broker.Tx.
func (t *tx) SenderCases(c broker.ClientID, p broker.Page) (all []broker.Case, total int, err error) {
	total, err = t.pages(casesOfSender, []key{text(string(c))}, p, t.collectCases(&all))
	return all, total, err
}

// DestinationCases implements broker.Tx.
func (t *tx) DestinationCases(ds []broker.DestinationID, p broker.Page) (all []broker.Case, total int, err error) {
	lists := make([]key, len(ds))
	for i, d := range ds {
		lists[i] = text(string(d))
	}
	total, err = t.pages(casesAtDestination, lists, p, t.collectCases(&all))
	return all, total, err
}

func (t *tx) collectCases(into *[]broker.Case) func([]byte) error {
	return func(n []byte) error {
		c, err := fetch[caseRecord](t, cases, n)
		*into = append(*into, c)
		return err
	}
}

// AppendEvent implements broker.Tx.
func (t *tx) AppendEvent(e broker.Event) error {
	if err := t.mayAppend(e); err != nil {
		return err
	}
	c, err := t.claim(caseNumbers, []byte(e.Case))
	if err != nil {
		return err
	}
	place, err := t.indexEvent(e, num(c).num(uint64(e.Number)))
	if err != nil {
		return err
	}
	raw, err := encode(events, eventRecord{record.NewEvent(e), place})
	if err != nil {
		return err
	}
	return t.insert(events, num(c), uint64(e.Number), raw)
}

// mayAppend refuses an event that is not the next of its case, before anything is written.
func (t *tx) mayAppend(e broker.Event) error {
	if t.get(eventIDs, []byte(e.ID)) != nil {
		return broker.Conflict.New("duplicate-event", "an event with jti %s is stored already", e.ID)
	}
	last := 0
	if c, known := t.numberOf(caseNumbers, []byte(e.Case)); known {
		last = t.count(events, num(c))
	}
	if e.Number != last+1 {
		return broker.Conflict.New("event-out-of-order", "the next event of case %s is number %d, not %d", e.Case, last+1, e.Number)
	}
	return nil
}

// indexEvent enters an event into the indexes, and returns its place among the unsigned: zero for none.
func (t *tx) indexEvent(e broker.Event, ref key) (place uint64, err error) {
	if err := t.put(eventIDs, []byte(e.ID), ref); err != nil {
		return 0, err
	}
	s, err := t.claim(submissionNumbers, []byte(e.Submission))
	if err != nil {
		return 0, err
	}
	if err := t.add(eventsOfSubmission, num(s), ref); err != nil {
		return 0, err
	}
	if e.Token != "" {
		return 0, nil
	}
	if place, err = t.next(unsigned); err != nil {
		return 0, err
	}
	return place, t.insert(unsigned, nil, place, ref)
}

// eventKey is where an event is; known is false where there cannot be one.
func (t *tx) eventKey(ref broker.EventRef) (at key, known bool) {
	c, known := t.numberOf(caseNumbers, []byte(ref.Case))
	if !known || ref.Number < 1 {
		return nil, false
	}
	return num(c).num(uint64(ref.Number)), true
}

// Event implements broker.Tx.
func (t *tx) Event(ref broker.EventRef) (e broker.Event, err error) {
	at, known := t.eventKey(ref)
	if !known {
		return e, broker.ErrNoRow
	}
	return fetch[eventRecord](t, events, at)
}

// EventByID implements broker.Tx.
func (t *tx) EventByID(id broker.EventID) (e broker.Event, err error) {
	at := t.get(eventIDs, []byte(id))
	if at == nil {
		return e, broker.ErrNoRow
	}
	return fetch[eventRecord](t, events, at)
}

// Events implements broker.Tx.
func (t *tx) Events(id broker.CaseID, p broker.Page) (all []broker.Event, total int, err error) {
	c, known := t.numberOf(caseNumbers, []byte(id))
	if !known {
		return nil, 0, nil
	}
	err = t.densePage(events, num(c), p, func(raw []byte) error {
		r, err := decode[eventRecord](events, raw)
		all = append(all, r.Domain())
		return err
	})
	return all, t.count(events, num(c)), err
}

// SubmissionEvents implements broker.Tx.
func (t *tx) SubmissionEvents(id broker.SubmissionID, p broker.Page) (all []broker.Event, total int, err error) {
	s, known := t.numberOf(submissionNumbers, []byte(id))
	if !known {
		return nil, 0, nil
	}
	err = t.densePage(eventsOfSubmission, num(s), p, t.collectEvents(&all))
	return all, t.count(eventsOfSubmission, num(s)), err
}

func (t *tx) collectEvents(into *[]broker.Event) func([]byte) error {
	return func(at []byte) error {
		e, err := fetch[eventRecord](t, events, at)
		*into = append(*into, e)
		return err
	}
}

// SignEvent implements broker.Tx.
func (t *tx) SignEvent(ref broker.EventRef, token string) (string, error) {
	if err := t.writable(); err != nil {
		return "", err
	}
	if token == "" {
		return "", fmt.Errorf("sign event %d of case %s: the token is empty", ref.Number, ref.Case)
	}
	at, known := t.eventKey(ref)
	if !known {
		return "", broker.ErrNoRow
	}
	r, err := load[eventRecord](t, events, at)
	if err != nil || r.Token != "" {
		return r.Token, err
	}
	if err := t.remove(unsigned, nil, r.Place); err != nil {
		return "", err
	}
	r.Token, r.Place = token, 0
	return token, t.save(events, at, r)
}

// Unsigned implements broker.Tx.
func (t *tx) Unsigned(limit int) (all []broker.Event, err error) {
	err = t.walk(unsigned, nil, 1, 0, limit, t.collectEvents(&all))
	return all, err
}

// SigningBacklog implements broker.Tx.
func (t *tx) SigningBacklog() (broker.Backlog, error) {
	oldest, err := t.Unsigned(1)
	if err != nil || len(oldest) == 0 {
		return broker.Backlog{}, err
	}
	return broker.Backlog{Count: t.count(unsigned, nil), Oldest: oldest[0].Recorded}, nil
}
