package bolt

import (
	"errors"

	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/broker/record"
)

// DeleteCase implements broker.Tx. Numbers are never given again, so nothing that is overlooked could ever be taken for a part of another case.
func (t *tx) DeleteCase(id broker.CaseID) error {
	n, known := t.numberOf(caseNumbers, []byte(id))
	if !known {
		return t.writable()
	}
	inside, err := t.submissionsInside(num(n))
	if err != nil {
		return err
	}
	for s := range inside {
		if err := t.deleteSubmission(s); err != nil {
			return err
		}
	}
	if err := t.deleteLog(num(n)); err != nil {
		return err
	}
	if err := t.unlistCase(num(n)); err != nil {
		return err
	}
	if err := t.clear(submissionsOfCase, num(n)); err != nil {
		return err
	}
	if err := t.delete(cases, num(n)); err != nil {
		return err
	}
	return t.delete(caseNumbers, []byte(id))
}

// submissionsInside are those of a case, and those of which only its log knows.
func (t *tx) submissionsInside(c key) (map[broker.SubmissionID]bool, error) {
	inside := map[broker.SubmissionID]bool{}
	err := t.eachEntry(submissionsOfCase, c, func(_ key, n []byte) error {
		r, err := load[submissionRecord](t, submissions, n)
		inside[broker.SubmissionID(r.ID)] = true
		return err
	})
	if err != nil {
		return nil, err
	}
	err = t.eachEntry(events, c, func(_ key, raw []byte) error {
		r, err := decode[eventRecord](events, raw)
		inside[broker.SubmissionID(r.Submission)] = true
		return err
	})
	return inside, err
}

// deleteSubmission removes a submission with what hangs on it; the log of its case is not its own.
func (t *tx) deleteSubmission(id broker.SubmissionID) error {
	n, known := t.numberOf(submissionNumbers, []byte(id))
	if !known {
		return nil
	}
	for _, remove := range []func(n uint64) error{t.unlistSubmission, t.deleteAttachments, t.deleteDeliveriesOf} {
		if err := remove(n); err != nil {
			return err
		}
	}
	if err := t.clear(eventsOfSubmission, num(n)); err != nil {
		return err
	}
	if err := t.delete(submissions, num(n)); err != nil {
		return err
	}
	return t.delete(submissionNumbers, []byte(id))
}

// unlistSubmission takes a submission out of its ledgers, its inbox and what is pending, and removes its small bodies.
func (t *tx) unlistSubmission(n uint64) error {
	r, err := load[submissionRecord](t, submissions, num(n))
	if errors.Is(err, broker.ErrNoRow) {
		return nil // only its name is known
	}
	if err != nil {
		return err
	}
	s := r.Domain()
	if err := t.strike(s); err != nil {
		return err
	}
	if err := t.countPending(s.Author, pendingOf(s), broker.Pending{}); err != nil {
		return err
	}
	if r.Place != 0 {
		if err := t.remove(waiting, text(string(s.Inbox())), r.Place); err != nil {
			return err
		}
	}
	if err := t.DeleteBody(s.Metadata.Body.Record); err != nil {
		return err
	}
	return t.DeleteBody(s.Data.Body.Record)
}

func (t *tx) deleteAttachments(n uint64) error {
	all, err := fetchAll[record.Attachment](t, attachments, num(n))
	if err != nil {
		return err
	}
	for _, a := range all {
		if err := t.DeleteBody(a.Sealed.Body.Record); err != nil {
			return err
		}
	}
	return t.clear(attachments, num(n))
}

func (t *tx) deleteDeliveriesOf(n uint64) error {
	var all []uint64
	err := t.eachEntry(deliveriesOf, num(n), func(at key, _ []byte) error {
		all = append(all, number(at))
		return nil
	})
	for _, d := range all {
		err = errors.Join(err, t.dropDelivery(d))
	}
	return err
}

// deleteLog removes the events of a case.
func (t *tx) deleteLog(c key) error {
	log, err := t.logOf(c)
	if err != nil {
		return err
	}
	for _, e := range log {
		if err := t.delete(eventIDs, []byte(e.ID)); err != nil {
			return err
		}
		if e.Place == 0 {
			continue
		}
		if err := t.remove(unsigned, nil, e.Place); err != nil {
			return err
		}
	}
	return t.clear(events, c)
}

func (t *tx) logOf(c key) (log []eventRecord, err error) {
	err = t.eachEntry(events, c, func(_ key, raw []byte) error {
		r, err := decode[eventRecord](events, raw)
		log = append(log, r)
		return err
	})
	return log, err
}

// unlistCase takes a case out of the lists of its sender and its destination.
func (t *tx) unlistCase(c key) error {
	r, err := load[caseRecord](t, cases, c)
	if errors.Is(err, broker.ErrNoRow) {
		return nil // only its name is known
	}
	if err != nil {
		return err
	}
	if err := t.remove(casesOfSender, text(r.Sender), r.Sent); err != nil {
		return err
	}
	return t.remove(casesAtDestination, text(r.Destination), r.Arrived)
}
