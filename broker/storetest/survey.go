package storetest

import (
	"fmt"
	"time"

	"github.com/vierkant/vierkant/broker"
)

// survey asks for everything that a program can have written: each thing by its name, each list whole and in pages, each count.
func survey() (all []step) {
	for _, part := range [][]step{
		pages(whole), pages(broker.Page{Limit: 1}), pages(broker.Page{Offset: 1, Limit: 2}), pages(broker.Page{Offset: 9, Limit: 1}),
		casePages(whole), casePages(broker.Page{Offset: 1, Limit: 1}), entryPages(whole), entryPages(broker.Page{Offset: 1, Limit: 2}),
		deliveryPages(whole), deliveryPages(broker.Page{Offset: 1, Limit: 1}), surveyTimers(),
		surveyOwners(), surveyEntries(), surveyDestinations(), surveySubmissions(), surveyLedgers(), surveyCases(), surveyWork(),
	} {
		all = append(all, part...)
	}
	return all
}

// pages reads a page of each list that has pages.
func pages(p broker.Page) (all []step) {
	at := fmt.Sprintf("%d from %d", p.Limit, p.Offset)
	for n := range someOrgs {
		all = append(all, readPage(fmt.Sprintf("Destinations(org %d, %s)", n, at), func(tx broker.Tx) ([]broker.Destination, int, error) {
			return tx.Destinations(named[broker.OrgID](n), p)
		}))
	}
	for _, which := range [][]int{{0}, {2, 1}, {3, 0, 5, 2, 1, 4}} {
		all = append(all, readPage(fmt.Sprintf("Waiting(inboxes %d, %s)", which, at), func(tx broker.Tx) ([]broker.Submission, int, error) {
			return tx.Waiting(each(which, inbox), p)
		}))
	}
	for n := range someCases {
		all = append(all, readPage(fmt.Sprintf("Events(case %d, %s)", n, at), func(tx broker.Tx) ([]broker.Event, int, error) {
			return tx.Events(named[broker.CaseID](n), p)
		}))
	}
	for n := range someSubmissions {
		all = append(all, readPage(fmt.Sprintf("SubmissionEvents(submission %d, %s)", n, at), func(tx broker.Tx) ([]broker.Event, int, error) {
			return tx.SubmissionEvents(named[broker.SubmissionID](n), p)
		}))
	}
	return all
}

// casePages reads a page of each list of cases, and of what is in a case.
func casePages(p broker.Page) (all []step) {
	at := fmt.Sprintf("%d from %d", p.Limit, p.Offset)
	for _, which := range [][]int{{0}, {3, 1, 0}} {
		all = append(all, readPage(fmt.Sprintf("DestinationCases(destinations %d, %s)", which, at), func(tx broker.Tx) ([]broker.Case, int, error) {
			return tx.DestinationCases(each(which, named[broker.DestinationID]), p)
		}))
	}
	for n := range 2 {
		all = append(all, readPage(fmt.Sprintf("SenderCases(client %d, %s)", n, at), func(tx broker.Tx) ([]broker.Case, int, error) {
			return tx.SenderCases(named[broker.ClientID](n), p)
		}))
	}
	for n := range someCases {
		for _, kind := range []broker.SubmissionKind{broker.KindSubmission, broker.KindReply} {
			all = append(all, readPage(fmt.Sprintf("CaseSubmissions(case %d, %s, %s)", n, kind, at), func(tx broker.Tx) ([]broker.Submission, int, error) {
				return tx.CaseSubmissions(named[broker.CaseID](n), kind, p)
			}))
		}
	}
	return all
}

func surveyOwners() (all []step) {
	for n := range someOrgs {
		all = append(all, read(fmt.Sprintf("Org(org %d)", n), func(tx broker.Tx) (broker.Org, error) {
			return tx.Org(named[broker.OrgID](n))
		}))
	}
	for n := range someClients {
		all = append(all, read(fmt.Sprintf("Client(client %d)", n), func(tx broker.Tx) (broker.Client, error) {
			return tx.Client(named[broker.ClientID](n))
		}), read(fmt.Sprintf("AssignedDestinations(client %d)", n), func(tx broker.Tx) ([]broker.Destination, error) {
			return tx.AssignedDestinations(named[broker.ClientID](n))
		}), read(fmt.Sprintf("Pending(client %d)", n), func(tx broker.Tx) (broker.Pending, error) {
			return tx.Pending(named[broker.ClientID](n))
		}))
		for k := range someReceipts {
			all = append(all, read(fmt.Sprintf("Receipt(client %d, %q)", n, receiptKey(k)), func(tx broker.Tx) (broker.Receipt, error) {
				return tx.Receipt(named[broker.ClientID](n), receiptKey(k))
			}))
		}
	}
	for n := range 3 {
		use := useOf(n)
		all = append(all, read(fmt.Sprintf("ServiceKeys(%s)", use), func(tx broker.Tx) ([]broker.ServiceKey, error) { return tx.ServiceKeys(use) }))
	}
	return append(all, read("Routes()", broker.Tx.Routes))
}

func surveyEntries() (all []step) {
	for k := range someKinds {
		for n := range someEntries {
			all = append(all, read(fmt.Sprintf("Entry(%s, %q)", kindOf(k), entryID(n)), func(tx broker.Tx) (broker.Entry, error) {
				return tx.Entry(kindOf(k), entryID(n))
			}))
		}
	}
	return all
}

// entryPages reads a page of each list of entries.
func entryPages(p broker.Page) (all []step) {
	at := fmt.Sprintf("%d from %d", p.Limit, p.Offset)
	for k := range someKinds {
		all = append(all, readPage(fmt.Sprintf("Entries(%s, %s)", kindOf(k), at), func(tx broker.Tx) ([]broker.Entry, int, error) {
			return tx.Entries(kindOf(k), p)
		}))
		for n := range someOwners {
			all = append(all, readPage(fmt.Sprintf("EntriesOf(%s, %q, %s)", kindOf(k), ownerOf(n), at), func(tx broker.Tx) ([]broker.Entry, int, error) {
				return tx.EntriesOf(kindOf(k), ownerOf(n), p)
			}))
		}
	}
	return all
}

// deliveryPages reads a page of each list of deliveries.
func deliveryPages(p broker.Page) (all []step) {
	at := fmt.Sprintf("%d from %d", p.Limit, p.Offset)
	for n := range someReceivers {
		all = append(all, readPage(fmt.Sprintf("DeliveriesTo(%s, %s)", receiver(n), at), func(tx broker.Tx) ([]broker.Delivery, int, error) {
			return tx.DeliveriesTo(receiver(n), p)
		}))
	}
	for n := range 4 {
		all = append(all, readPage(fmt.Sprintf("DeliveriesOf(submission %d, %s)", n, at), func(tx broker.Tx) ([]broker.Delivery, int, error) {
			return tx.DeliveriesOf(named[broker.SubmissionID](n), p)
		}))
	}
	return all
}

func surveyTimers() (all []step) {
	for n := range someQueues {
		q := queueOf(n)
		all = append(all, read(fmt.Sprintf("NextTimer(%s)", q), func(tx broker.Tx) (time.Time, error) { return tx.NextTimer(q) }))
		for i := range someInstants {
			all = append(all, read(fmt.Sprintf("DueTimers(%s, %s)", q, stamp(instant(i))), func(tx broker.Tx) ([]broker.Timer, error) {
				return tx.DueTimers(q, instant(i), 1+i)
			}))
		}
		for i := range someTimers {
			all = append(all, read(fmt.Sprintf("Timer(%s, %q)", q, timerID(i)), func(tx broker.Tx) (broker.Timer, error) { return tx.Timer(q, timerID(i)) }))
		}
	}
	return all
}

func surveyDestinations() (all []step) {
	for n := range someDestinations {
		id := named[broker.DestinationID](n)
		all = append(all, read(fmt.Sprintf("Destination(destination %d)", n), func(tx broker.Tx) (broker.Destination, error) {
			return tx.Destination(id)
		}), read(fmt.Sprintf("DestinationKeys(destination %d)", n), func(tx broker.Tx) ([]broker.DestinationKey, error) {
			return tx.DestinationKeys(id)
		}))
		for k := range someKeys {
			all = append(all, read(fmt.Sprintf("DestinationKey(destination %d, %.15q)", n, kidOf(k)), func(tx broker.Tx) (broker.DestinationKey, error) {
				return tx.DestinationKey(id, kidOf(k))
			}))
		}
	}
	return all
}

func surveySubmissions() (all []step) {
	for n := range someSubmissions {
		id := named[broker.SubmissionID](n)
		all = append(all, read(fmt.Sprintf("Submission(submission %d)", n), func(tx broker.Tx) (broker.Submission, error) {
			return tx.Submission(id)
		}), read(fmt.Sprintf("Attachments(submission %d)", n), func(tx broker.Tx) ([]broker.Attachment, error) {
			return tx.Attachments(id)
		}))
		for a := range someAttachments {
			all = append(all, read(fmt.Sprintf("Attachment(submission %d, attachment %d)", n, a), func(tx broker.Tx) (broker.Attachment, error) {
				return tx.Attachment(id, named[broker.AttachmentID](a))
			}))
		}
	}
	for n := range someBodies {
		all = append(all, step{fmt.Sprintf("Body(body %d)", n), func(s side, _ *model) (any, error) { return s.Body(s.bodies[n]) }})
	}
	return all
}

// surveyLedgers reads each ledger whole, from some submissions on, and from an instant on.
func surveyLedgers() (all []step) {
	for n := range someLedgers {
		marks := []broker.Mark{{}, {Created: instant(2)}}
		for _, i := range []int{1, 4} {
			var s broker.Submission
			asSubmission(&s, i)
			marks = append(marks, broker.MarkOf(s))
		}
		for i, before := range marks {
			limit := []int{whole.Limit, 1, 2}[i%3]
			all = append(all, read(fmt.Sprintf("Ledger(%s, %s %s, %d)", ledgerOf(n), stamp(before.Created), before.ID, limit), func(tx broker.Tx) ([]broker.Submission, error) {
				return tx.Ledger(ledgerOf(n), before, limit)
			}))
		}
	}
	return all
}

func surveyCases() (all []step) {
	for n := range someCases {
		id := named[broker.CaseID](n)
		all = append(all, read(fmt.Sprintf("Case(case %d)", n), func(tx broker.Tx) (broker.Case, error) { return tx.Case(id) }))
		for number := range 4 {
			all = append(all, read(fmt.Sprintf("Event(case %d, number %d)", n, number), func(tx broker.Tx) (broker.Event, error) {
				return tx.Event(broker.EventRef{Case: id, Number: number})
			}))
		}
	}
	for n := range someEvents {
		all = append(all, read(fmt.Sprintf("EventByID(event %d)", n), func(tx broker.Tx) (broker.Event, error) {
			return tx.EventByID(named[broker.EventID](n))
		}))
	}
	return all
}

func surveyWork() []step {
	all := []step{
		read("SigningBacklog()", broker.Tx.SigningBacklog),
		read("DeliveryBacklog()", broker.Tx.DeliveryBacklog),
		read("NextDelivery()", broker.Tx.NextDelivery),
	}
	for _, limit := range []int{1, 3, whole.Limit} {
		all = append(all, read(fmt.Sprintf("Unsigned(%d)", limit), func(tx broker.Tx) ([]broker.Event, error) { return tx.Unsigned(limit) }))
	}
	for n := range someInstants {
		all = append(all, due(instant(n), whole.Limit))
	}
	all = append(all, due(epoch.Add(-time.Nanosecond), whole.Limit), due(epoch.Add(time.Hour), 2))
	for n := range someDeliveries {
		all = append(all, read(fmt.Sprintf("Delivery(delivery %d)", n), func(tx broker.Tx) (broker.Delivery, error) {
			return tx.Delivery(named[broker.DeliveryID](n))
		}))
	}
	return all
}

func due(now time.Time, limit int) step {
	return read(fmt.Sprintf("DueDeliveries(%s, %d)", stamp(now), limit), func(tx broker.Tx) ([]broker.Delivery, error) {
		return tx.DueDeliveries(now, limit)
	})
}
