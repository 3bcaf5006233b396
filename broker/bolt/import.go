package bolt

import (
	"fmt"

	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/broker/record"
	"github.com/vierkant/vierkant/broker/transfer"
)

// imports write a row of each kind. Where the methods of broker.Tx keep what a move has to give anew, like numbers and lists in the order of
// the rows, they do it here, too.
var imports = map[transfer.Kind]func(t *tx, raw []byte) error{
	transfer.Orgs:             importBy((*tx).PutOrg, record.Org.Domain),
	transfer.Clients:          importBy((*tx).PutClient, record.Client.Domain),
	transfer.Destinations:     importBy((*tx).PutDestination, record.Destination.Domain),
	transfer.DestinationKeys:  importBy((*tx).PutDestinationKey, record.DestinationKey.Domain),
	transfer.Submissions:      importRow(importSubmission),
	transfer.Waiting:          importRow(importWaiting),
	transfer.Attachments:      importBy((*tx).PutAttachment, record.Attachment.Domain),
	transfer.Bodies:           importRow(importBody),
	transfer.Cases:            importRow(importCase),
	transfer.CaseSubmissions:  importRow(importInCase),
	transfer.SenderCases:      importRow(importCaseTo(casesOfSender, func(r *caseRecord) *uint64 { return &r.Sent })),
	transfer.DestinationCases: importRow(importCaseTo(casesAtDestination, func(r *caseRecord) *uint64 { return &r.Arrived })),
	transfer.Events:           importRow(importEvent),
	transfer.Unsigned:         importRow(importUnsigned),
	transfer.Deliveries:       importBy((*tx).PutDelivery, record.Delivery.Domain),
	transfer.Timers:           importBy((*tx).PutTimer, record.Timer.Domain),
	transfer.Receipts:         importBy((*tx).PutReceipt, record.Receipt.Domain),
	transfer.ServiceKeys:      importBy((*tx).PutServiceKey, record.ServiceKey.Domain),
	transfer.Routes:           importBy((*tx).PutRoute, record.Route.Domain),
	transfer.Entries:          importBy((*tx).PutEntry, record.Entry.Domain),
	transfer.Totals:           importRow(importTotal),
}

func importRow[R any](write func(*tx, R) error) func(*tx, []byte) error {
	return func(t *tx, raw []byte) error {
		r, err := transfer.Decode[R](raw)
		if err != nil {
			return err
		}
		return write(t, r)
	}
}

// importBy writes what a record stands for.
func importBy[R, D any](put func(*tx, D) error, domain func(R) D) func(*tx, []byte) error {
	return importRow(func(t *tx, r R) error { return put(t, domain(r)) })
}

// importSubmission writes a submission that neither waits yet nor is in the list of its case: in which order they are is a kind of its own.
func importSubmission(t *tx, r record.Submission) error {
	n, err := t.claim(submissionNumbers, []byte(r.ID))
	if err != nil {
		return err
	}
	s := r.Domain()
	if err := t.enter(n, s); err != nil {
		return err
	}
	if err := t.countPending(s.Author, broker.Pending{}, pendingOf(s)); err != nil {
		return err
	}
	return t.save(submissions, num(n), submissionRecord{r, 0})
}

func importWaiting(t *tx, r transfer.WaitingRow) error {
	n, _ := t.numberOf(submissionNumbers, []byte(r.Submission))
	s, err := load[submissionRecord](t, submissions, num(n))
	if err != nil {
		return fmt.Errorf("submission %s, which waits: %w", r.Submission, err)
	}
	if s.Place, err = t.next(waiting); err != nil {
		return err
	}
	if err := t.insert(waiting, text(r.Inbox), s.Place, num(n)); err != nil {
		return err
	}
	return t.save(submissions, num(n), s)
}

func importBody(t *tx, r transfer.BodyRow) error {
	k, ok := bodyKey(broker.BodyID(r.ID))
	if !ok {
		return fmt.Errorf("%q is no name of a body", r.ID)
	}
	return t.put(bodies, k, append([]byte{}, r.Body...))
}

// importCase writes a case that is in no list yet: in which order they are is a kind of its own.
func importCase(t *tx, r record.Case) error {
	n, err := t.claim(caseNumbers, []byte(r.ID))
	if err != nil {
		return err
	}
	return t.save(cases, num(n), caseRecord{Case: r})
}

// importInCase also knows cases of which there is only the name.
func importInCase(t *tx, r transfer.InCaseRow) error {
	s, known := t.numberOf(submissionNumbers, []byte(r.Submission))
	if !known {
		return fmt.Errorf("submission %s, which is in case %s: %w", r.Submission, r.Case, broker.ErrNoRow)
	}
	c, err := t.claim(caseNumbers, []byte(r.Case))
	if err != nil {
		return err
	}
	return t.insert(submissionsOfCase, num(c).text(r.Kind), uint64(r.Nth), num(s))
}

// importCaseTo enters a case at the end of a list, and notes its place there. That a case has arrived of which there is the name is for the
// comparison to see.
func importCaseTo(k bucket, place func(*caseRecord) *uint64) func(*tx, transfer.CaseRow) error {
	return func(t *tx, r transfer.CaseRow) error {
		n, known := t.numberOf(caseNumbers, []byte(r.Case))
		if !known {
			return fmt.Errorf("case %s, which %s has in a list: %w", r.Case, r.Of, broker.ErrNoRow)
		}
		at, err := t.append(k, text(r.Of), num(n))
		if err != nil {
			return err
		}
		c, err := load[caseRecord](t, cases, num(n))
		if err != nil {
			return ignoreNoRow(err)
		}
		*place(&c) = at
		return t.save(cases, num(n), c)
	}
}

// importEvent writes an event that is not to be signed yet: in which order they are is a kind of its own.
func importEvent(t *tx, r transfer.EventRow) error {
	c, err := t.claim(caseNumbers, []byte(r.Case))
	if err != nil {
		return err
	}
	s, err := t.claim(submissionNumbers, []byte(r.Submission))
	if err != nil {
		return err
	}
	at := num(c).num(uint64(r.Number))
	if err := t.put(eventIDs, []byte(r.ID), at); err != nil {
		return err
	}
	if err := t.insert(eventsOfSubmission, num(s), uint64(r.Nth), at); err != nil {
		return err
	}
	raw, err := encode(events, eventRecord{r.Event, 0})
	if err != nil {
		return err
	}
	return t.insert(events, num(c), uint64(r.Number), raw)
}

func importUnsigned(t *tx, r transfer.UnsignedRow) error {
	at, _ := t.eventKey(broker.EventRef{Case: broker.CaseID(r.Case), Number: r.Number})
	e, err := load[eventRecord](t, events, at)
	if err != nil {
		return fmt.Errorf("event %d of case %s, which is to be signed: %w", r.Number, r.Case, err)
	}
	if e.Place, err = t.next(unsigned); err != nil {
		return err
	}
	if err := t.insert(unsigned, nil, e.Place, at); err != nil {
		return err
	}
	return t.save(events, at, e)
}

// importTotal holds the length that a list has by now against the one that it had.
func importTotal(t *tx, r transfer.TotalRow) error {
	n, err := t.total(r)
	if err != nil {
		return err
	}
	if n != r.N {
		return fmt.Errorf("%s %s: %d arrived, the source says %d", r.List, r.Of, n, r.N)
	}
	return nil
}

// total returns what N of a row would be here.
func (t *tx) total(r transfer.TotalRow) (int64, error) {
	lists := map[transfer.List]struct {
		bucket bucket
		prefix key
	}{
		transfer.DestinationsOf: {destinationsOfOrg, text(r.Of)},
		transfer.WaitingAt:      {waiting, text(r.Of)},
		transfer.CasesFrom:      {casesOfSender, text(r.Of)},
		transfer.CasesAt:        {casesAtDestination, text(r.Of)},
		transfer.EntriesOfKind:  {entries, text(r.Of)},
		transfer.EntriesOfOwner: {entriesOfOwner, text(r.Of)},
		transfer.DeliveriesTo:   {deliveriesTo, text(r.Of)},
		transfer.AllUnsigned:    {unsigned, nil},
		transfer.OwedDeliveries: {owed, nil},
	}
	if l, known := lists[r.List]; known {
		return int64(t.count(l.bucket, l.prefix)), nil
	}
	p, err := t.Pending(broker.ClientID(r.Of))
	switch r.List {
	case transfer.PendingOf:
		return int64(p.Count), err
	case transfer.BytesPendingOf:
		return p.Bytes, err
	}
	return 0, fmt.Errorf("this store keeps no length of %q", r.List)
}
