package bolt

import (
	"bytes"
	"encoding/binary"
	"fmt"

	"github.com/vierkant/vierkant/broker/record"
	"github.com/vierkant/vierkant/broker/transfer"
)

// movedAs says in which kind each bucket is moved, or by which import it is made anew: no bucket is left out.
var movedAs = [bucketCount]transfer.Kind{
	meta: transfer.Marks,

	orgs:    transfer.Orgs,
	clients: transfer.Clients,

	destinationNumbers:    transfer.Destinations,
	destinations:          transfer.Destinations,
	destinationsOfOrg:     transfer.Destinations,
	destinationsOfClient:  transfer.Destinations,
	destinationKeyNumbers: transfer.DestinationKeys,
	destinationKeys:       transfer.DestinationKeys,

	submissionNumbers: transfer.Submissions,
	submissions:       transfer.Submissions,
	waiting:           transfer.Waiting,
	submissionsOfCase: transfer.CaseSubmissions,
	ledgers:           transfer.Submissions,
	pending:           transfer.Submissions,
	attachments:       transfer.Attachments,
	bodies:            transfer.Bodies,

	caseNumbers:        transfer.Cases,
	cases:              transfer.Cases,
	casesOfSender:      transfer.SenderCases,
	casesAtDestination: transfer.DestinationCases,
	events:             transfer.Events,
	eventIDs:           transfer.Events,
	eventsOfSubmission: transfer.Events,
	unsigned:           transfer.Unsigned,

	deliveryNumbers: transfer.Deliveries,
	deliveries:      transfer.Deliveries,
	owed:            transfer.Deliveries,
	due:             transfer.Deliveries,
	over:            transfer.Deliveries,
	deliveriesTo:    transfer.Deliveries,
	deliveriesOf:    transfer.Deliveries,

	timers:    transfer.Timers,
	timersDue: transfer.Timers,

	receiptNumbers: transfer.Receipts,
	receipts:       transfer.Receipts,
	receiptsByAge:  transfer.Receipts,

	serviceKeyNumbers: transfer.ServiceKeys,
	serviceKeys:       transfer.ServiceKeys,

	routeNumbers: transfer.Routes,
	routes:       transfer.Routes,

	entryNumbers:   transfer.Entries,
	entries:        transfer.Entries,
	entriesOfOwner: transfer.Entries,
}

// exports read the kinds.
var exports = map[transfer.Kind]func(*tx, emit) error{
	transfer.Orgs:             exportRecords[record.Org](orgs),
	transfer.Clients:          exportRecords[record.Client](clients),
	transfer.Destinations:     exportRecords[record.Destination](destinations),
	transfer.DestinationKeys:  exportRecords[record.DestinationKey](destinationKeys),
	transfer.Submissions:      exportSubmissions,
	transfer.Waiting:          exportWaiting,
	transfer.Attachments:      exportAttachments,
	transfer.Bodies:           exportBodies,
	transfer.Cases:            exportCases,
	transfer.CaseSubmissions:  exportInCases,
	transfer.SenderCases:      exportCaseLists(casesOfSender),
	transfer.DestinationCases: exportCaseLists(casesAtDestination),
	transfer.Events:           exportEvents,
	transfer.Unsigned:         exportUnsigned,
	transfer.Deliveries:       exportRecords[record.Delivery](deliveries),
	transfer.Timers:           exportRecords[record.Timer](timers),
	transfer.Receipts:         exportRecords[record.Receipt](receipts),
	transfer.ServiceKeys:      exportRecords[record.ServiceKey](serviceKeys),
	transfer.Routes:           exportRecords[record.Route](routes),
	transfer.Entries:          exportLists[record.Entry](entries),
	transfer.Totals:           exportTotals,
}

// each visits the entries of a bucket under a prefix, in the order of their keys.
func (t *tx) each(k bucket, prefix key, visit func(at key, value []byte) error) error {
	c := t.bucket(k).Cursor()
	for at, value := c.Seek(prefix); at != nil && bytes.HasPrefix(at, prefix); at, value = c.Next() {
		if err := visit(at, value); err != nil {
			return err
		}
	}
	return nil
}

// eachEntry visits the entries of all lists of a bucket that begin with a prefix, without their lengths.
func (t *tx) eachEntry(k bucket, prefix key, visit func(at key, value []byte) error) error {
	return t.each(k, prefix, func(at key, value []byte) error {
		if number(at) == 0 {
			return nil
		}
		return visit(at, value)
	})
}

// exportRecords reads a bucket that has what it holds in the order of the kind.
func exportRecords[R any](k bucket) func(*tx, emit) error {
	return func(t *tx, out emit) error {
		return t.each(k, nil, func(_ key, raw []byte) error { return out(asRow[R](raw)) })
	}
}

// exportLists reads a bucket of lists that has what they hold in the order of the kind.
func exportLists[R any](k bucket) func(*tx, emit) error {
	return func(t *tx, out emit) error {
		return t.eachEntry(k, nil, func(_ key, raw []byte) error { return out(asRow[R](raw)) })
	}
}

// asRow reads a record that is a row as it is.
func asRow[R any](raw []byte) func() (any, error) {
	return func() (any, error) { return transfer.Decode[R](raw) }
}

func exportSubmissions(t *tx, out emit) error {
	return t.each(submissionNumbers, nil, func(_ key, n []byte) error {
		raw := t.get(submissions, n)
		if raw == nil {
			return nil // only its name is known, by an event or an attachment
		}
		return out(func() (any, error) {
			r, err := transfer.Decode[submissionRecord](raw)
			return r.Submission, err
		})
	})
}

func exportWaiting(t *tx, out emit) error {
	return t.eachEntry(waiting, nil, func(at key, n []byte) error {
		return out(func() (any, error) {
			r, err := load[submissionRecord](t, submissions, n)
			return transfer.WaitingRow{Inbox: firstText(at), Submission: r.ID}, err
		})
	})
}

// firstText reads the text that a key begins with.
func firstText(k key) string { return string(k[2 : 2+binary.BigEndian.Uint16(k)]) }

func exportAttachments(t *tx, out emit) error {
	return t.each(submissionNumbers, nil, func(_ key, n []byte) error {
		return t.each(attachments, n, func(_ key, raw []byte) error { return out(asRow[record.Attachment](raw)) })
	})
}

func exportBodies(t *tx, out emit) error {
	return t.each(bodies, nil, func(at key, body []byte) error {
		return out(func() (any, error) { return transfer.BodyRow{ID: string(nameOfBody(at)), Body: body}, nil })
	})
}

func exportCases(t *tx, out emit) error {
	return t.each(caseNumbers, nil, func(_ key, n []byte) error {
		raw := t.get(cases, n)
		if raw == nil {
			return nil // only its name is known, by an event
		}
		return out(func() (any, error) {
			r, err := transfer.Decode[caseRecord](raw)
			return r.Case, err
		})
	})
}

func exportInCases(t *tx, out emit) error {
	return t.each(caseNumbers, nil, func(id key, c []byte) error {
		return t.eachEntry(submissionsOfCase, c, func(at key, n []byte) error {
			return out(func() (any, error) {
				r, err := load[submissionRecord](t, submissions, n)
				return transfer.InCaseRow{Case: string(id), Kind: firstText(at[len(c):]), Nth: int(number(at)), Submission: r.ID}, err
			})
		})
	})
}

func exportCaseLists(k bucket) func(*tx, emit) error {
	return func(t *tx, out emit) error {
		return t.eachEntry(k, nil, func(at key, n []byte) error {
			return out(func() (any, error) {
				r, err := load[record.Case](t, cases, n)
				return transfer.CaseRow{Of: firstText(at), Case: r.ID}, err
			})
		})
	}
}

func exportEvents(t *tx, out emit) error {
	return t.each(caseNumbers, nil, func(_ key, n []byte) error {
		return t.eachEntry(events, n, func(at key, raw []byte) error {
			return out(func() (any, error) {
				r, err := transfer.Decode[eventRecord](raw)
				if err != nil {
					return nil, err
				}
				nth, err := t.nth(r, at)
				return transfer.EventRow{Event: r.Event, Nth: nth}, err
			})
		})
	})
}

// nth returns the number of an event among those of its submission. These are few, and mostly of one case.
func (t *tx) nth(r eventRecord, at key) (int, error) {
	n, _ := t.numberOf(submissionNumbers, []byte(r.Submission))
	c := t.bucket(eventsOfSubmission).Cursor()
	for k, ref := c.Seek(num(n).num(1)); inList(k, num(n)); k, ref = c.Next() {
		if bytes.Equal(ref, at) {
			return int(number(k)), nil
		}
	}
	return 0, fmt.Errorf("event %s is not among those of its submission: the file is damaged", r.ID)
}

func exportUnsigned(t *tx, out emit) error {
	return t.eachEntry(unsigned, nil, func(_ key, ref []byte) error {
		return out(func() (any, error) {
			r, err := load[eventRecord](t, events, ref)
			return transfer.UnsignedRow{Case: r.Case, Number: r.Number}, err
		})
	})
}

func exportTotals(t *tx, out emit) error {
	for _, read := range []func(emit) error{
		t.lengths(transfer.DestinationsOf, destinationsOfOrg), t.lengths(transfer.WaitingAt, waiting),
		t.lengths(transfer.CasesFrom, casesOfSender), t.lengths(transfer.CasesAt, casesAtDestination),
		t.allPending(transfer.PendingOf, func(p pendingRecord) int64 { return int64(p.Count) }),
		t.allPending(transfer.BytesPendingOf, func(p pendingRecord) int64 { return p.Bytes }),
		t.lengths(transfer.EntriesOfKind, entries), t.lengths(transfer.EntriesOfOwner, entriesOfOwner),
		t.lengths(transfer.DeliveriesTo, deliveriesTo),
		t.length(transfer.AllUnsigned, unsigned), t.length(transfer.OwedDeliveries, owed),
	} {
		if err := read(out); err != nil {
			return err
		}
	}
	return nil
}

// lengths reads how long the lists of a bucket are, which begin with their owners.
func (t *tx) lengths(list transfer.List, k bucket) func(emit) error {
	return func(out emit) error {
		return t.each(k, nil, func(at key, value []byte) error {
			if number(at) != 0 {
				return nil
			}
			return outTotal(out, transfer.TotalRow{List: list, Of: firstText(at), N: int64(number(value))})
		})
	}
}

// length reads how long the list is that a bucket is.
func (t *tx) length(list transfer.List, k bucket) func(emit) error {
	return func(out emit) error {
		return outTotal(out, transfer.TotalRow{List: list, N: int64(t.count(k, nil))})
	}
}

// allPending reads one of the numbers that are kept of what is pending.
func (t *tx) allPending(list transfer.List, of func(pendingRecord) int64) func(emit) error {
	return func(out emit) error {
		return t.each(pending, nil, func(author key, raw []byte) error {
			p, err := transfer.Decode[pendingRecord](raw)
			if err != nil {
				return err
			}
			return outTotal(out, transfer.TotalRow{List: list, Of: string(author), N: of(p)})
		})
	}
}

func outTotal(out emit, row transfer.TotalRow) error {
	if row.N == 0 {
		return nil
	}
	return out(func() (any, error) { return row, nil })
}
