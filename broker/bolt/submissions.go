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
	if errors.Is(err, broker.ErrNoRow) {
		err = errors.Join(t.listInCase(n, s), t.enter(n, s))
	}
	if err != nil {
		return err
	}
	if err := t.countPending(s.Author, pendingOf(was.Domain()), pendingOf(s)); err != nil {
		return err
	}
	place, err := t.queue(n, was.Place, s)
	if err != nil {
		return err
	}
	return t.save(submissions, num(n), submissionRecord{record.NewSubmission(s), place})
}

// queue keeps the inbox of a submission right, given its place there so far, and returns the one from now on: zero for none. Who waits
// already keeps the place.
func (t *tx) queue(n, was uint64, s broker.Submission) (place uint64, err error) {
	inbox, waits := text(string(s.Inbox())), s.State.Retrievable()
	if waits == (was != 0) {
		return was, nil
	}
	if !waits {
		return 0, t.remove(waiting, inbox, was)
	}
	if place, err = t.next(waiting); err != nil {
		return 0, err
	}
	return place, t.insert(waiting, inbox, place, num(n))
}

// listInCase enters a new submission into the list of its kind in its case.
func (t *tx) listInCase(n uint64, s broker.Submission) error {
	c, err := t.claim(caseNumbers, []byte(s.Case))
	if err != nil {
		return err
	}
	return t.add(submissionsOfCase, num(c).text(string(s.Kind)), num(n))
}

// pendingOf is what a submission adds to what is pending of its author.
func pendingOf(s broker.Submission) broker.Pending {
	if s.State != broker.StateIncomplete {
		return broker.Pending{}
	}
	return broker.Pending{Count: 1, Bytes: s.Uploaded}
}

// countPending counts what a submission adds to what is pending, given what it added before.
func (t *tx) countPending(author broker.ClientID, was, is broker.Pending) error {
	if was == is {
		return nil
	}
	p, err := t.Pending(author)
	if err != nil {
		return err
	}
	p.Count += is.Count - was.Count
	p.Bytes += is.Bytes - was.Bytes
	if p == (broker.Pending{}) {
		return t.delete(pending, []byte(author))
	}
	return t.save(pending, []byte(author), pendingRecord(p))
}

// Pending implements broker.Tx.
func (t *tx) Pending(author broker.ClientID) (broker.Pending, error) {
	p, err := fetch[pendingRecord](t, pending, []byte(author))
	if errors.Is(err, broker.ErrNoRow) {
		err = nil
	}
	return p, err
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
func (t *tx) Waiting(from []broker.Inbox, p broker.Page) (all []broker.Submission, total int, err error) {
	for _, inbox := range from {
		list := text(string(inbox))
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

// CaseSubmissions implements broker.Tx.
func (t *tx) CaseSubmissions(id broker.CaseID, k broker.SubmissionKind, p broker.Page) (all []broker.Submission, total int, err error) {
	c, known := t.numberOf(caseNumbers, []byte(id))
	if !known {
		return nil, 0, nil
	}
	list := num(c).text(string(k))
	err = t.densePage(submissionsOfCase, list, p, t.collectSubmissions(&all))
	return all, t.count(submissionsOfCase, list), err
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
	k, ok := bodyKey(id)
	if !ok {
		return nil, broker.ErrNoRow
	}
	raw := t.get(bodies, k)
	if raw == nil {
		return nil, broker.ErrNoRow
	}
	return append([]byte{}, raw...), nil
}

// DeleteBody implements broker.Tx.
func (t *tx) DeleteBody(id broker.BodyID) error {
	k, ok := bodyKey(id)
	if !ok {
		return t.writable()
	}
	return t.delete(bodies, k)
}
