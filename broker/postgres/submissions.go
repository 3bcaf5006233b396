package postgres

import (
	"bytes"
	"encoding/hex"
	"errors"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/broker/record"
)

// place is what the transaction knows of a submission: where it waits, if it does.
type place struct {
	destination broker.DestinationID
	waits       bool
}

// PutSubmission implements broker.Tx.
func (t *tx) PutSubmission(s broker.Submission) error {
	if err := t.writable(); err != nil {
		return err
	}
	was, err := t.place(s.ID)
	if err != nil {
		return err
	}
	is := place{s.Destination, s.State.Retrievable()}
	t.places[s.ID] = is
	locks := []lock{alone(aSubmission, string(s.ID))}
	if was.waits {
		locks = append(locks, shared(waitingAt, string(was.destination)))
	}
	if is.waits {
		locks = append(locks, shared(waitingAt, string(is.destination)))
	}
	if was.waits && was != is {
		if err := t.leave(locks, s.ID, was.destination); err != nil {
			return err
		}
	}
	r := record.NewSubmission(s)
	switch {
	case is.waits && was != is:
		t.tally(waitingTally(is.destination), 1)
		return t.save(locks, r, `with joined as (insert into waiting (destination, place, submission) values ($3, nextval('places'), $2) returning place)
			insert into submissions (record, id, destination, waiting) select $1, $2, $3, place from joined
			on conflict (id) do update set record = excluded.record, destination = excluded.destination, waiting = excluded.waiting`,
			string(s.ID), string(s.Destination))
	default:
		return t.save(locks, r, `insert into submissions (record, id, destination) values ($1, $2, $3)
			on conflict (id) do update set record = excluded.record, destination = excluded.destination`, string(s.ID), string(s.Destination))
	}
}

// leave takes a submission out of the list of those that wait.
func (t *tx) leave(locks []lock, id broker.SubmissionID, d broker.DestinationID) error {
	t.tally(waitingTally(d), -1)
	return t.put(locks, `with gone as (delete from waiting w using submissions s where s.id = $1 and w.destination = s.destination and w.place = s.waiting)
		update submissions set waiting = null where id = $1`, string(id))
}

// place returns where a submission waits; it is locked from then on.
func (t *tx) place(id broker.SubmissionID) (place, error) {
	if p, known := t.places[id]; known {
		return p, nil
	}
	_, err := t.Submission(id)
	if errors.Is(err, broker.ErrNoRow) {
		err = nil
	}
	return t.places[id], err
}

// Submission implements broker.Tx.
func (t *tx) Submission(id broker.SubmissionID) (s broker.Submission, err error) {
	if t.plan == nil {
		return t.lookUp(id)
	}
	var (
		raw []byte
		at  place
	)
	if err := t.askOne([]lock{alone(aSubmission, string(id))}, []any{&raw, &at.destination, &at.waits},
		"select record, destination, waiting is not null from submissions where id = $1", string(id)); err != nil {
		return s, err
	}
	t.places[id] = at
	return decode[record.Submission](raw)
}

// beside is what a View asks for together with a submission, since it is mostly asked for next, and small: keys, of which there may be many, stay
// away. An Update does not do so, since it locks names before it reads what they name.
type beside struct {
	submission  broker.SubmissionID
	attachments []string // records
	destination broker.DestinationID
	its         []byte // record of the destination; nil: there is none
}

// lookUp is Submission in a View.
func (t *tx) lookUp(id broker.SubmissionID) (s broker.Submission, err error) {
	var raw []byte
	found := beside{submission: id}
	if err := t.askOne(nil, []any{&raw, &found.attachments, &found.destination, &found.its}, `select s.record,
		array(select a.record::text from attachments a where a.submission = s.id order by a.id), s.destination, d.record
		from submissions s left join destinations d on d.id = s.destination where s.id = $1`, string(id)); err != nil {
		return s, err
	}
	t.beside = &found
	return decode[record.Submission](raw)
}

// Waiting implements broker.Tx.
func (t *tx) Waiting(ds []broker.DestinationID, p broker.Page) (all []broker.Submission, total int, err error) {
	if err := t.writeTallies(); err != nil {
		return nil, 0, err
	}
	w := newWaitingPage(ds)
	err = t.ask(w.locks, func(rows pgx.Rows) error {
		var (
			list string
			n    int
		)
		err := rows.Scan(&list, &n)
		w.lengths[list] = n
		return err
	}, "select list, sum(n)::bigint from tallies where list = any($1) group by list", w.lists)
	if err != nil {
		return nil, 0, err
	}
	total = w.cut(p)
	if len(w.ids) == 0 {
		return nil, total, nil
	}
	all, err = fetchAll[record.Submission](t, nil, `select s.record
		from unnest($1::text[], $2::bigint[], $3::bigint[]) with ordinality as part (destination, skip, most, nth)
		cross join lateral (select place, submission from waiting w where w.destination = part.destination order by place offset skip limit most) w
		join submissions s on s.id = w.submission order by nth, place`, w.ids, w.skips, w.mosts)
	return all, total, err
}

// waitingPage finds out which part of which list a page is.
type waitingPage struct {
	from    []broker.DestinationID
	lists   []string
	locks   []lock
	lengths map[string]int

	ids          []string
	skips, mosts []int64
}

func newWaitingPage(ds []broker.DestinationID) *waitingPage {
	w := &waitingPage{lengths: make(map[string]int, len(ds))}
	for _, d := range ds {
		if !storable([]any{string(d)}) {
			continue
		}
		w.from = append(w.from, d)
		w.lists = append(w.lists, waitingTally(d))
		w.locks = append(w.locks, alone(waitingAt, string(d)))
	}
	return w
}

// cut cuts the page out of the lists, one after the other, and returns how long they are together.
func (w *waitingPage) cut(p broker.Page) (total int) {
	skip, left := p.Offset, p.Limit
	for _, d := range w.from {
		n := w.lengths[waitingTally(d)]
		total += n
		if skip >= n {
			skip -= n
			continue
		}
		if take := min(n-skip, left); take > 0 {
			w.ids = append(w.ids, string(d))
			w.skips = append(w.skips, int64(skip))
			w.mosts = append(w.mosts, int64(take))
			left -= take
		}
		skip = 0
	}
	return total
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
