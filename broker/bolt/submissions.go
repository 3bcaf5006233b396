package bolt

import (
	"errors"

	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/broker/record"
)

// PutSubmission implements broker.Tx.
func (t *tx) PutSubmission(s broker.Submission) error {
	n, err := t.claim(submissionNumbers, []byte(s.ID))
	if err != nil {
		return err
	}
	was, err := load[submissionRecord](t, submissions, num(n))
	if err != nil && !errors.Is(err, broker.ErrNoRow) {
		return err
	}
	place, err := t.queue(n, was, s)
	if err != nil {
		return err
	}
	return t.save(submissions, num(n), submissionRecord{record.NewSubmission(s), place})
}

// queue keeps the list of waiting submissions right, and returns the place that the submission has in it from now on: zero for
// none. Who waits already keeps the place.
func (t *tx) queue(n uint64, was submissionRecord, s broker.Submission) (place uint64, err error) {
	waits := s.State.Retrievable()
	stays := waits && was.Destination == string(s.Destination)
	if was.Place != 0 && stays {
		return was.Place, nil
	}
	if was.Place != 0 {
		if err := t.remove(waiting, text(was.Destination), was.Place); err != nil {
			return 0, err
		}
	}
	if !waits {
		return 0, nil
	}
	if place, err = t.next(waiting); err != nil {
		return 0, err
	}
	return place, t.insert(waiting, text(string(s.Destination)), place, num(n))
}

// Submission implements broker.Tx.
func (t *tx) Submission(id broker.SubmissionID) (s broker.Submission, err error) {
	n, known := t.numberOf(submissionNumbers, []byte(id))
	if !known {
		return s, broker.ErrNoRow
	}
	return fetch[submissionRecord](t, submissions, num(n))
}

// Waiting implements broker.Tx.
func (t *tx) Waiting(ds []broker.DestinationID, p broker.Page) (all []broker.Submission, total int, err error) {
	for _, d := range ds {
		list := text(string(d))
		n := t.count(waiting, list)
		total += n
		if p.Offset >= n {
			p.Offset -= n
			continue
		}
		before := len(all)
		if err := t.page(waiting, list, p, t.collectSubmissions(&all)); err != nil {
			return nil, 0, err
		}
		p = broker.Page{Limit: p.Limit - (len(all) - before)}
	}
	return all, total, nil
}

func (t *tx) collectSubmissions(into *[]broker.Submission) func([]byte) error {
	return func(n []byte) error {
		s, err := fetch[submissionRecord](t, submissions, n)
		*into = append(*into, s)
		return err
	}
}

// PutAttachment implements broker.Tx.
func (t *tx) PutAttachment(a broker.Attachment) error {
	n, err := t.claim(submissionNumbers, []byte(a.Submission))
	if err != nil {
		return err
	}
	return t.save(attachments, append(num(n), a.ID...), record.NewAttachment(a))
}

// Attachment implements broker.Tx.
func (t *tx) Attachment(s broker.SubmissionID, id broker.AttachmentID) (a broker.Attachment, err error) {
	n, known := t.numberOf(submissionNumbers, []byte(s))
	if !known {
		return a, broker.ErrNoRow
	}
	return fetch[record.Attachment](t, attachments, append(num(n), id...))
}

// Attachments implements broker.Tx.
func (t *tx) Attachments(s broker.SubmissionID) ([]broker.Attachment, error) {
	n, known := t.numberOf(submissionNumbers, []byte(s))
	if !known {
		return nil, nil
	}
	return fetchAll[record.Attachment](t, attachments, num(n))
}

// AddBody implements broker.Tx.
func (t *tx) AddBody(body []byte) (broker.BodyID, error) {
	n, err := t.next(bodies)
	if err != nil {
		return "", err
	}
	own := append([]byte{}, body...) // the caller keeps its own, and an empty one is not nil
	return bodyID(n), t.put(bodies, num(n), own)
}

// Body implements broker.Tx.
func (t *tx) Body(id broker.BodyID) ([]byte, error) {
	n, ok := bodyNumber(id)
	if !ok {
		return nil, broker.ErrNoRow
	}
	raw := t.get(bodies, num(n))
	if raw == nil {
		return nil, broker.ErrNoRow
	}
	return append([]byte{}, raw...), nil
}

// DeleteBody implements broker.Tx.
func (t *tx) DeleteBody(id broker.BodyID) error {
	n, ok := bodyNumber(id)
	if !ok {
		return t.writable()
	}
	return t.delete(bodies, num(n))
}
