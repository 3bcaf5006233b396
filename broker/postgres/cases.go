package postgres

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/broker/record"
)

// PutCase implements broker.Tx.
func (t *tx) PutCase(c broker.Case) error {
	if err := t.writable(); err != nil {
		return err
	}
	id, sender, destination := string(c.ID), string(c.Sender), string(c.Destination)
	if !storable([]any{id, sender, destination}) {
		return errUnstorable()
	}
	opened, err := t.isOpen(c.ID)
	if err != nil {
		return err
	}
	if !opened {
		if err := t.listCase(id, sender, destination); err != nil {
			return err
		}
	}
	t.opened[c.ID] = true
	return t.save([]lock{alone(aCase, id), shared(casesFrom, sender), shared(casesAt, destination)}, record.NewCase(c),
		"insert into cases (record, id) values ($1, $2) on conflict (id) do update set record = excluded.record", id)
}

// listCase enters a new case into the lists of its sender and its destination.
func (t *tx) listCase(id, sender, destination string) error {
	t.tally(senderLists.tally(sender), 1)
	t.tally(destinationLists.tally(destination), 1)
	return t.put(nil, `with sent as (insert into sender_cases (case_id, sender) values ($1, $2))
		insert into destination_cases (case_id, destination) values ($1, $3)`, id, sender, destination)
}

// isOpen reports whether a case is there; it is locked from then on.
func (t *tx) isOpen(id broker.CaseID) (bool, error) {
	if opened, known := t.opened[id]; known {
		return opened, nil
	}
	_, err := t.Case(id)
	return t.opened[id], ignoreNoRow(err)
}

// Case implements broker.Tx.
func (t *tx) Case(id broker.CaseID) (broker.Case, error) {
	c, err := fetch[record.Case](t, []lock{alone(aCase, string(id))}, "select record from cases where id = $1", string(id))
	if err == nil || errors.Is(err, broker.ErrNoRow) {
		t.opened[id] = err == nil
	}
	return c, err
}

// SenderCases implements broker.Tx.
func (t *tx) SenderCases(c broker.ClientID, p broker.Page) ([]broker.Case, int, error) {
	return page[record.Case](t, senderLists, []string{string(c)}, p)
}

// DestinationCases implements broker.Tx.
func (t *tx) DestinationCases(ds []broker.DestinationID, p broker.Page) ([]broker.Case, int, error) {
	return page[record.Case](t, destinationLists, texts(ds), p)
}

// AppendEvent implements broker.Tx.
func (t *tx) AppendEvent(e broker.Event) error {
	if err := t.writable(); err != nil {
		return err
	}
	if !storable([]any{string(e.ID), string(e.Case), string(e.Submission), e.Token}) {
		return errUnstorable()
	}
	nth, err := t.mayAppend(e)
	if err != nil {
		return err
	}
	locks := []lock{shared(eventsOf, string(e.Submission))}
	var token *string
	if e.Token != "" {
		token = &e.Token
	} else {
		locks = append(locks, shared(theUnsigned, ""))
		t.tally(theUnsigned, 1)
		t.hint |= EventsWritten
	}
	r := record.NewEvent(e)
	r.Claims, r.Token = nil, "" // in columns of their own
	return t.save(locks, r, `insert into events (record, case_id, number, id, submission, nth, claims, token) values ($1, $2, $3, $4, $5, $6, $7, $8)`,
		string(e.Case), e.Number, string(e.ID), string(e.Submission), nth, bytes.Clone(e.Claims), token)
}

// mayAppend refuses an event that is not the next of its case, and returns its number among those of its submission. It also learns about the
// submission and the case, which are mostly written next.
func (t *tx) mayAppend(e broker.Event) (nth int, err error) {
	var (
		taken, opened bool
		last          int
		at            place
	)
	locks := []lock{alone(anEvent, string(e.ID)), alone(aCase, string(e.Case)), alone(aSubmission, string(e.Submission))}
	err = t.askOne(locks, []any{&taken, &last, &nth, &opened, &at.there, &at.waits, &at.pending.Count, &at.pending.Bytes}, `select
		exists (select from events where id = $1),
		coalesce((select max(number) from events where case_id = $2), 0),
		coalesce((select max(nth) from events where submission = $3), 0) + 1,
		exists (select from cases where id = $2),
		s.id is not null, `+placeColumns+`
		from (values ($3::text)) as asked (id) left join submissions s using (id)`, string(e.ID), string(e.Case), string(e.Submission))
	switch {
	case err != nil:
		return 0, err
	case taken:
		return 0, broker.Conflict.New("duplicate-event", "an event with jti %s is stored already", e.ID)
	case e.Number != last+1:
		return 0, broker.Conflict.New("event-out-of-order", "the next event of case %s is number %d, not %d", e.Case, last+1, e.Number)
	}
	t.places[e.Submission], t.opened[e.Case] = at, opened
	return nth, nil
}

const eventColumns = "record, claims, coalesce(token, '')"

// events asks for events.
func (t *tx) events(locks []lock, sql string, args ...any) (all []broker.Event, err error) {
	var raws [][]byte
	err = t.ask(locks, func(rows pgx.Rows) error {
		var (
			raw []byte
			e   broker.Event
		)
		err := rows.Scan(&raw, &e.Claims, &e.Token)
		raws, all = append(raws, raw), append(all, e)
		return err
	}, "select "+eventColumns+" from events "+sql, args...)
	for i, raw := range raws {
		var r record.Event
		if err := json.Unmarshal(raw, &r); err != nil {
			return nil, fmt.Errorf("the record of an event cannot be read: %w", err)
		}
		r.Claims, r.Token = all[i].Claims, all[i].Token
		all[i] = r.Domain()
	}
	return all, err
}

// Event implements broker.Tx.
func (t *tx) Event(ref broker.EventRef) (broker.Event, error) {
	return only(t.events([]lock{alone(aCase, string(ref.Case))}, "where case_id = $1 and number = $2", string(ref.Case), ref.Number))
}

// EventByID implements broker.Tx.
func (t *tx) EventByID(id broker.EventID) (broker.Event, error) {
	return only(t.events([]lock{alone(anEvent, string(id))}, "where id = $1", string(id)))
}

// Events implements broker.Tx. Numbers are dense, so the last one is the total.
func (t *tx) Events(id broker.CaseID, p broker.Page) (all []broker.Event, total int, err error) {
	log := []lock{alone(aCase, string(id))}
	err = t.askOne(log, []any{&total}, "select coalesce(max(number), 0) from events where case_id = $1", string(id))
	if err != nil || p.Offset >= total {
		return nil, total, ignoreNoRow(err)
	}
	all, err = t.events(log, "where case_id = $1 and number > $2 order by number limit $3", string(id), p.Offset, p.Limit)
	return all, total, err
}

// SubmissionEvents implements broker.Tx.
func (t *tx) SubmissionEvents(id broker.SubmissionID, p broker.Page) (all []broker.Event, total int, err error) {
	log := []lock{alone(eventsOf, string(id))}
	err = t.askOne(log, []any{&total}, "select coalesce(max(nth), 0) from events where submission = $1", string(id))
	if err != nil || p.Offset >= total {
		return nil, total, ignoreNoRow(err)
	}
	all, err = t.events(log, "where submission = $1 and nth > $2 order by nth limit $3", string(id), p.Offset, p.Limit)
	return all, total, err
}

// SignEvent implements broker.Tx.
func (t *tx) SignEvent(ref broker.EventRef, token string) (string, error) {
	if err := t.writable(); err != nil {
		return "", err
	}
	if token == "" {
		return "", fmt.Errorf("sign event %d of case %s: the token is empty", ref.Number, ref.Case)
	}
	var id, submission, stands string
	err := t.askOne([]lock{alone(aCase, string(ref.Case))}, []any{&id, &submission, &stands},
		"select id, submission, coalesce(token, '') from events where case_id = $1 and number = $2", string(ref.Case), ref.Number)
	if err != nil || stands != "" {
		return stands, err
	}
	t.tally(theUnsigned, -1)
	return token, t.put([]lock{alone(anEvent, id), shared(eventsOf, submission), shared(theUnsigned, "")},
		"update events set token = $3 where case_id = $1 and number = $2", string(ref.Case), ref.Number, token)
}

// Unsigned implements broker.Tx.
func (t *tx) Unsigned(limit int) ([]broker.Event, error) {
	return t.events([]lock{alone(theUnsigned, "")}, "where token is null order by place limit $1", limit)
}

// SigningBacklog implements broker.Tx.
func (t *tx) SigningBacklog() (b broker.Backlog, err error) {
	oldest, err := t.Unsigned(1)
	if err != nil || len(oldest) == 0 {
		return b, err
	}
	b.Oldest = oldest[0].Recorded
	b.Count, err = t.total(alone(theUnsigned, ""), theUnsigned)
	return b, err
}
