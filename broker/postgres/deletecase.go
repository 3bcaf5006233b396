package postgres

import (
	"github.com/jackc/pgx/v5"

	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/broker/record"
)

// inside is what belongs to a case that is to be deleted.
type inside struct {
	submissions []string // ids, also of those of which only the log knows
	locks       []lock   // of all that is written
	bodies      []string
}

// DeleteCase implements broker.Tx.
func (t *tx) DeleteCase(id broker.CaseID) error {
	if err := t.writable(); err != nil {
		return err
	}
	if !storable([]any{string(id)}) {
		return nil
	}
	var in inside
	for _, part := range []func(broker.CaseID, *inside) error{t.unlistCase, t.unsignLog, t.lookInside, t.unlistSubmissions, t.listBodies} {
		if err := part(id, &in); err != nil {
			return err
		}
	}
	if err := t.dropDeliveriesOf(in.submissions); err != nil {
		return err
	}
	if err := t.put(in.locks, `with a as (delete from attachments where submission = any($2)),
			b as (delete from bodies where id = any($3)),
			w as (delete from waiting w using submissions s where s.id = any($2) and w.inbox = s.inbox and w.place = s.waiting),
			s as (delete from submissions where id = any($2)),
			l as (delete from case_submissions where case_id = $1),
			e as (delete from events where case_id = $1),
			o as (delete from sender_cases where case_id = $1),
			d as (delete from destination_cases where case_id = $1)
		delete from cases where id = $1`, string(id), in.submissions, in.bodies); err != nil {
		return err
	}
	t.opened[id] = false
	for _, s := range in.submissions {
		t.places[broker.SubmissionID(s)] = place{}
	}
	return nil
}

// unlistCase counts a case no longer.
func (t *tx) unlistCase(id broker.CaseID, in *inside) error {
	c, err := t.Case(id)
	if err != nil {
		return ignoreNoRow(err) // what is inside may be there
	}
	t.tally(senderLists.tally(string(c.Sender)), -1)
	t.tally(destinationLists.tally(string(c.Destination)), -1)
	in.locks = append(in.locks, shared(casesFrom, string(c.Sender)), shared(casesAt, string(c.Destination)))
	return nil
}

// unsignLog counts the events of a case no longer. Its log is locked with it.
func (t *tx) unsignLog(id broker.CaseID, in *inside) error {
	return t.ask([]lock{alone(aCase, string(id))}, func(rows pgx.Rows) error {
		var (
			event, submission string
			owed              bool
		)
		err := rows.Scan(&event, &submission, &owed)
		in.locks = append(in.locks, alone(anEvent, event), shared(eventsOf, submission))
		if owed {
			t.tally(theUnsigned, -1)
			in.locks = append(in.locks, shared(theUnsigned, ""))
		}
		return err
	}, "select id, submission, token is null from events where case_id = $1", string(id))
}

// lookInside finds the submissions of a case, and those of which only its log knows.
func (t *tx) lookInside(id broker.CaseID, in *inside) error {
	raws, err := t.askAll([]lock{alone(submissionsOf, string(id))}, `select submission from case_submissions where case_id = $1
		union select submission from events where case_id = $1`, string(id))
	for _, raw := range raws {
		in.submissions = append(in.submissions, string(raw))
	}
	return err
}

// unlistSubmissions counts submissions no longer, and collects their small bodies.
func (t *tx) unlistSubmissions(_ broker.CaseID, in *inside) error {
	all, err := fetchAll[record.Submission](t, in.submissionsAlone(), "select record from submissions where id = any($1)", in.submissions)
	for _, s := range all {
		was := placeOf(s)
		t.tally(pendingTally(s.Author), int64(-was.pending.Count))
		t.tally(bytesTally(s.Author), -was.pending.Bytes)
		t.tally(inboxes.tally(string(s.Inbox())), -presence(was.waits))
		in.locks = append(in.locks, submissionLocks(s, was, place{there: true})...)
		in.body(s.Metadata.Body.Record)
		in.body(s.Data.Body.Record)
	}
	return err
}

// listBodies collects the small bodies of attachments, which are locked with their submissions.
func (t *tx) listBodies(_ broker.CaseID, in *inside) error {
	all, err := fetchAll[record.Attachment](t, in.submissionsAlone(), "select record from attachments where submission = any($1)", in.submissions)
	for _, a := range all {
		in.body(a.Sealed.Body.Record)
	}
	return err
}

func (in *inside) submissionsAlone() (locks []lock) {
	for _, s := range in.submissions {
		locks = append(locks, alone(aSubmission, s))
	}
	return locks
}

func (in *inside) body(id broker.BodyID) {
	if id == "" || unstorable(string(id)) {
		return
	}
	in.bodies = append(in.bodies, string(id))
	in.locks = append(in.locks, alone(aBody, string(id)))
}

// dropDeliveriesOf removes the callbacks that tell of submissions.
func (t *tx) dropDeliveriesOf(submissions []string) error {
	var lists []lock
	for _, s := range submissions {
		lists = append(lists, alone(deliveriesOf, s))
	}
	return t.dropDeliveries(fetchAll[record.Delivery](t, lists, "select record from deliveries where submission = any($1) order by place", submissions))
}
