package postgres

import (
	"bytes"
	"encoding/hex"

	"github.com/google/uuid"

	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/broker/record"
)

// place is what the transaction knows of a submission; zero if it is not there.
type place struct {
	there, waits bool
	pending      broker.Pending // what it adds to that of its author
}

// placeColumns is the SQL of all but there.
const placeColumns = "waiting is not null, (pending is not null)::int, coalesce(pending, 0)"

func placeOf(s broker.Submission) place {
	at := place{there: true, waits: s.State.Retrievable()}
	if s.State == broker.StateIncomplete {
		at.pending = broker.Pending{Count: 1, Bytes: s.Uploaded}
	}
	return at
}

// PutSubmission implements broker.Tx.
func (t *tx) PutSubmission(s broker.Submission) error {
	if err := t.writable(); err != nil {
		return err
	}
	if !storable(append(ledgerValues(s), string(s.ID), string(s.Inbox()), string(s.Case), string(s.Kind), string(s.Author))) {
		return errUnstorable()
	}
	was, err := t.place(s.ID)
	if err != nil {
		return err
	}
	is := placeOf(s)
	t.places[s.ID] = is
	locks := submissionLocks(s, was, is)
	t.tally(pendingTally(s.Author), int64(is.pending.Count-was.pending.Count))
	t.tally(bytesTally(s.Author), is.pending.Bytes-was.pending.Bytes)
	t.tally(inboxes.tally(string(s.Inbox())), presence(is.waits)-presence(was.waits))
	if !was.there {
		if err := t.listInCase(locks, s); err != nil {
			return err
		}
	}
	return t.write(locks, s, was, is)
}

// submissionLocks names a submission and the lists that a change of it changes.
func submissionLocks(s broker.Submission, was, is place) []lock {
	locks := []lock{alone(aSubmission, string(s.ID)), {submissionsOf + " " + string(s.Case), !was.there}}
	if was.waits || is.waits {
		locks = append(locks, shared(waitingAt, string(s.Inbox())))
	}
	if was.pending != is.pending {
		locks = append(locks, shared(pendingOf, string(s.Author)))
	}
	return locks
}

// listInCase gives a new submission the next number of its kind in its case.
func (t *tx) listInCase(locks []lock, s broker.Submission) error {
	return t.put(locks, `insert into case_submissions (case_id, kind, nth, submission)
		select $1, $2, coalesce(max(nth), 0) + 1, $3::text from case_submissions where case_id = $1 and kind = $2`,
		string(s.Case), string(s.Kind), string(s.ID))
}

// write writes a submission, and has it enter or leave its inbox.
func (t *tx) write(locks []lock, s broker.Submission, was, is place) error {
	id, inbox, pending, r := string(s.ID), string(s.Inbox()), pendingBytes(is), record.NewSubmission(s)
	switch {
	case !was.there:
		return t.save(locks, r, `with joined as (insert into waiting (inbox, place, submission) select $3::text, nextval('places'), $2::text where $5::bool returning place)
			insert into submissions (record, id, inbox, pending, waiting, `+ledgerColumns+`)
			values ($1, $2, $3, $4::bigint, (select place from joined), $6, $7, $8, $9, $10, $11)`,
			append([]any{id, inbox, pending, is.waits}, ledgerValues(s)...)...)
	case is.waits && !was.waits:
		return t.save(locks, r, `with joined as (insert into waiting (inbox, place, submission) values ($3, nextval('places'), $2) returning place)
			update submissions set record = $1, pending = $4::bigint, waiting = joined.place from joined where id = $2`, id, inbox, pending)
	case was.waits && !is.waits:
		return t.save(locks, r, `with gone as (delete from waiting w using submissions s where s.id = $2 and w.inbox = s.inbox and w.place = s.waiting)
			update submissions set record = $1, pending = $3, waiting = null where id = $2`, id, pending)
	default:
		return t.save(locks, r, "update submissions set record = $1, pending = $3 where id = $2", id, pending)
	}
}

// pendingBytes is the column pending; null where nothing is.
func pendingBytes(at place) *int64 {
	if at.pending.Count == 0 {
		return nil
	}
	return &at.pending.Bytes
}

// place returns what there is to know of a submission; it is locked from then on.
func (t *tx) place(id broker.SubmissionID) (place, error) {
	if p, known := t.places[id]; known {
		return p, nil
	}
	_, err := t.Submission(id)
	return t.places[id], ignoreNoRow(err)
}

// Submission implements broker.Tx.
func (t *tx) Submission(id broker.SubmissionID) (s broker.Submission, err error) {
	if t.plan == nil {
		return t.lookUp(id)
	}
	var raw []byte
	at := place{there: true}
	if err := t.askOne([]lock{alone(aSubmission, string(id))}, []any{&raw, &at.waits, &at.pending.Count, &at.pending.Bytes},
		"select record, "+placeColumns+" from submissions where id = $1", string(id)); err != nil {
		return s, err
	}
	t.places[id] = at
	return decode[record.Submission](raw)
}

// beside is what a View asks for together with a submission, since it is mostly asked for next, and small: keys, of which there may be many, stay
// away. An Update does not do so, since it locks names before it reads what they name.
type beside struct {
	submission  broker.SubmissionID
	attachments []string             // records
	destination broker.DestinationID // the inbox, which is that of a submission; a reply's is none
	its         []byte               // record of the destination; nil: there is none
}

// lookUp is Submission in a View.
func (t *tx) lookUp(id broker.SubmissionID) (s broker.Submission, err error) {
	var raw []byte
	found := beside{submission: id}
	if err := t.askOne(nil, []any{&raw, &found.attachments, &found.destination, &found.its}, `select s.record,
		array(select a.record::text from attachments a where a.submission = s.id order by a.id), s.inbox, d.record
		from submissions s left join destinations d on d.id = s.inbox where s.id = $1`, string(id)); err != nil {
		return s, err
	}
	t.beside = &found
	return decode[record.Submission](raw)
}

// Waiting implements broker.Tx.
func (t *tx) Waiting(from []broker.Inbox, p broker.Page) ([]broker.Submission, int, error) {
	return page[record.Submission](t, inboxes, texts(from), p)
}

// CaseSubmissions implements broker.Tx. Numbers are dense, so the last one is the total.
func (t *tx) CaseSubmissions(c broker.CaseID, k broker.SubmissionKind, p broker.Page) (all []broker.Submission, total int, err error) {
	list := []lock{alone(submissionsOf, string(c))}
	err = t.askOne(list, []any{&total}, "select coalesce(max(nth), 0) from case_submissions where case_id = $1 and kind = $2", string(c), string(k))
	if err != nil || p.Offset >= total {
		return nil, total, ignoreNoRow(err)
	}
	all, err = fetchAll[record.Submission](t, list, `select s.record
		from (select nth, submission from case_submissions where case_id = $1 and kind = $2 and nth > $3 order by nth limit $4) l
		join submissions s on s.id = l.submission order by nth`, string(c), string(k), p.Offset, p.Limit)
	return all, total, err
}

// Pending implements broker.Tx.
func (t *tx) Pending(author broker.ClientID) (broker.Pending, error) {
	count, bytes := pendingTally(author), bytesTally(author)
	sums, err := t.totals([]lock{alone(pendingOf, string(author))}, []string{count, bytes})
	return broker.Pending{Count: sums[count], Bytes: int64(sums[bytes])}, err
}

// PutAttachment implements broker.Tx.
func (t *tx) PutAttachment(a broker.Attachment) error {
	return t.save([]lock{alone(aSubmission, string(a.Submission))}, record.NewAttachment(a),
		`insert into attachments (record, submission, id) values ($1, $2, $3)
		on conflict (submission, id) do update set record = excluded.record`, string(a.Submission), string(a.ID))
}

// Attachment implements broker.Tx.
func (t *tx) Attachment(s broker.SubmissionID, id broker.AttachmentID) (broker.Attachment, error) {
	return fetch[record.Attachment](t, []lock{alone(aSubmission, string(s))},
		"select record from attachments where submission = $1 and id = $2", string(s), string(id))
}

// Attachments implements broker.Tx.
func (t *tx) Attachments(s broker.SubmissionID) ([]broker.Attachment, error) {
	if t.beside != nil && t.beside.submission == s {
		return decodeAll[record.Attachment](t.beside.attachments)
	}
	return fetchAll[record.Attachment](t, []lock{alone(aSubmission, string(s))},
		"select record from attachments where submission = $1 order by id", string(s))
}

// AddBody implements broker.Tx. The name needs no lock: nobody knows it.
func (t *tx) AddBody(body []byte) (broker.BodyID, error) {
	if err := t.writable(); err != nil {
		return "", err
	}
	name, err := uuid.NewV7()
	if err != nil {
		return "", err
	}
	id := hex.EncodeToString(name[:])
	own := append([]byte{}, body...) // the caller keeps its own, and an empty one is not null
	return broker.BodyID(id), t.put(nil, "insert into bodies (id, body) values ($1, $2)", id, own)
}

// Body implements broker.Tx.
func (t *tx) Body(id broker.BodyID) (body []byte, err error) {
	err = t.askOne([]lock{shared(aBody, string(id))}, []any{&body}, "select body from bodies where id = $1", string(id))
	return bytes.Clone(body), err
}

// DeleteBody implements broker.Tx.
func (t *tx) DeleteBody(id broker.BodyID) error {
	return t.remove([]lock{alone(aBody, string(id))}, "delete from bodies where id = $1", string(id))
}
