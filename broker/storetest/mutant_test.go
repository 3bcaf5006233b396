package storetest

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/vierkant/vierkant/broker"
)

// The mutants: each is the model with one mistake that a store may well make.
type (
	newestFirst    struct{ *model }
	totalOfPage    struct{ *model }
	stillWaiting   struct{ *model }
	losesItsPlace  struct{ *model }
	signsAgain     struct{ *model }
	skipsOne       struct{ *model }
	leavesKeys     struct{ *model }
	dueTooLate     struct{ *model }
	anyOrderAtOnce struct{ *model }
	movesToTheEnd  struct{ *model }
	takesTwice     struct{ *model }
	countsSigned   struct{ *model }
	forgetsZero    struct{ *model }
	keepsBodies    struct{ *model }
	wrongLog       struct{ *model }
	writesInViews  struct{ *model }
	oneInbox       struct{ *model }
	mixesKinds     struct{ *model }
	blamesSender   struct{ *model }
	keepsBytes     struct{ *model }
	opensAgain     struct{ *model }
	mergesLists    struct{ *model }
	forgetsNow     struct{ *model }
	forgetsNewest  struct{ *model }
	keepsTheFirst  struct{ *model }
	sharesKeys     struct{ *model }
	stillDue       struct{ *model }
	mixesQueues    struct{ *model }
	leavesPending  struct{ *model }
	leavesLogs     struct{ *model }
	repeatsMark    struct{ *model }
	mixesSides     struct{ *model }
)

func (t newestFirst) Unsigned(limit int) ([]broker.Event, error) {
	all, err := t.model.Unsigned(whole.Limit)
	slices.Reverse(all)
	return all[:min(limit, len(all))], err
}

func (t totalOfPage) Waiting(from []broker.Inbox, p broker.Page) ([]broker.Submission, int, error) {
	all, _, err := t.model.Waiting(from, p)
	return all, len(all), err
}

func (t stillWaiting) PutSubmission(s broker.Submission) error {
	if s.State != broker.StateRejected {
		return t.model.PutSubmission(s)
	}
	return t.submissions.put(t.model, s, func(has broker.Submission) bool { return has.ID == s.ID })
}

func (t losesItsPlace) PutSubmission(s broker.Submission) error {
	t.waiting = slices.DeleteFunc(t.waiting, func(id broker.SubmissionID) bool { return id == s.ID && !t.view })
	t.submissions = slices.DeleteFunc(t.submissions, func(has broker.Submission) bool { return has.ID == s.ID && !t.view })
	return t.model.PutSubmission(s)
}

func (t signsAgain) SignEvent(ref broker.EventRef, token string) (string, error) {
	e, err := t.Event(ref)
	if err != nil {
		return "", err
	}
	e.Token = token
	return token, t.events.put(t.model, e, func(has broker.Event) bool { return has.Ref() == ref })
}

func (t skipsOne) SubmissionEvents(s broker.SubmissionID, p broker.Page) ([]broker.Event, int, error) {
	if p.Offset > 0 {
		p.Offset++
	}
	return t.model.SubmissionEvents(s, p)
}

func (t leavesKeys) DeleteDestination(id broker.DestinationID) error {
	if _, err := t.Destination(id); err != nil {
		return err
	}
	return t.destinations.remove(t.model, func(d broker.Destination) bool { return d.ID == id })
}

func (t dueTooLate) DueDeliveries(now time.Time, limit int) ([]broker.Delivery, error) {
	return t.model.DueDeliveries(now.Add(-time.Nanosecond), limit)
}

func (t anyOrderAtOnce) DueDeliveries(now time.Time, limit int) ([]broker.Delivery, error) {
	all, err := t.model.DueDeliveries(now, whole.Limit)
	slices.SortFunc(all, func(a, b broker.Delivery) int {
		if c := a.NotBefore.Compare(b.NotBefore); c != 0 {
			return c
		}
		return slices.Compare([]byte(a.ID), []byte(b.ID))
	})
	return all[:min(limit, len(all))], err
}

func (t movesToTheEnd) PutRoute(r broker.Route) error {
	return errors.Join(t.DeleteRoute(r.ID), t.model.PutRoute(r))
}

func (t takesTwice) AppendEvent(e broker.Event) error {
	if e.Number != len(t.log(e.Case))+1 {
		return broker.Conflict
	}
	return t.events.put(t.model, e, func(broker.Event) bool { return false })
}

func (t countsSigned) SigningBacklog() (broker.Backlog, error) {
	b, err := t.model.SigningBacklog()
	if b.Count > 0 {
		b.Count = len(t.events)
	}
	return b, err
}

func (t forgetsZero) NextDelivery() (time.Time, error) {
	for _, d := range t.deliveries {
		if d.NotBefore.IsZero() {
			return epoch, nil
		}
	}
	return t.model.NextDelivery()
}

func (t keepsBodies) DeleteBody(broker.BodyID) error { return nil }

func (t wrongLog) EventByID(id broker.EventID) (broker.Event, error) {
	e, err := t.model.EventByID(id)
	if err != nil {
		return e, err
	}
	return t.Event(broker.EventRef{Case: e.Case, Number: len(t.log(e.Case))})
}

func (t writesInViews) PutCase(c broker.Case) error {
	return t.cases.put(&model{}, c, func(has broker.Case) bool { return has.ID == c.ID })
}

func (t oneInbox) Waiting(from []broker.Inbox, p broker.Page) ([]broker.Submission, int, error) {
	var all []broker.Submission
	for _, inbox := range from {
		for _, id := range t.waiting {
			if s, _ := t.Submission(id); s.Inbox() == inbox || broker.SubmissionsAt(s.Destination) == inbox {
				all = append(all, s)
			}
		}
	}
	return cut(all, p)
}

func (t mixesKinds) CaseSubmissions(c broker.CaseID, _ broker.SubmissionKind, p broker.Page) ([]broker.Submission, int, error) {
	return cut(t.submissions.where(func(s broker.Submission) bool { return s.Case == c }), p)
}

func (t blamesSender) Pending(c broker.ClientID) (sum broker.Pending, _ error) {
	for _, s := range t.submissions {
		if s.Sender == c && s.State == broker.StateIncomplete {
			sum = broker.Pending{Count: sum.Count + 1, Bytes: sum.Bytes + s.Uploaded}
		}
	}
	return sum, nil
}

func (t keepsBytes) Pending(author broker.ClientID) (broker.Pending, error) {
	p, err := t.model.Pending(author)
	p.Bytes = 0
	for _, s := range t.submissions.where(func(s broker.Submission) bool { return s.Author == author }) {
		p.Bytes += s.Uploaded
	}
	return p, err
}

func (t opensAgain) PutCase(c broker.Case) error {
	err := t.model.PutCase(c)
	if i := slices.IndexFunc(t.cases, func(has broker.Case) bool { return has.ID == c.ID }); err == nil {
		t.cases = append(slices.Delete(t.cases, i, i+1), c)
	}
	return err
}

func (t mergesLists) DestinationCases(ds []broker.DestinationID, p broker.Page) ([]broker.Case, int, error) {
	return cut(t.cases.where(func(c broker.Case) bool { return slices.Contains(ds, c.Destination) }), p)
}

func (t forgetsNow) ForgetReceipts(before time.Time, limit int) (int, error) {
	return t.model.ForgetReceipts(before.Add(time.Nanosecond), limit)
}

func (t forgetsNewest) ForgetReceipts(before time.Time, limit int) (n int, err error) {
	old := t.receipts.where(func(r broker.Receipt) bool { return r.Made.Before(before) })
	for ; n < min(limit, len(old)) && err == nil; n++ {
		newest := slices.MaxFunc(old, func(a, b broker.Receipt) int { return a.Made.Compare(b.Made) })
		is := func(r broker.Receipt) bool { return r.Client == newest.Client && r.Key == newest.Key }
		old, err = slices.DeleteFunc(slices.Clone(old), is), t.receipts.remove(t.model, is)
	}
	return n, err
}

func (t keepsTheFirst) PutReceipt(r broker.Receipt) error {
	if _, err := t.Receipt(r.Client, r.Key); err == nil && !t.view {
		return nil
	}
	return t.model.PutReceipt(r)
}

func (t sharesKeys) Receipt(_ broker.ClientID, key string) (broker.Receipt, error) {
	return t.receipts.find(func(r broker.Receipt) bool { return r.Key == key })
}

func (t stillDue) DueDeliveries(now time.Time, limit int) ([]broker.Delivery, error) {
	all := t.deliveries.where(func(d broker.Delivery) bool { return !d.NotBefore.After(now) })
	slices.SortStableFunc(all, func(a, b broker.Delivery) int { return a.NotBefore.Compare(b.NotBefore) })
	return all[:min(limit, len(all))], nil
}

func (t mixesQueues) NextTimer(broker.TimerQueue) (time.Time, error) {
	return earliest(t.timers, func(t broker.Timer) time.Time { return t.At })
}

func (t leavesPending) DeleteCase(id broker.CaseID) error {
	before := slices.Clone(t.submissions)
	err := t.model.DeleteCase(id)
	if !t.view {
		t.submissions = slices.DeleteFunc(before, func(s broker.Submission) bool { return s.Case == id && s.State != broker.StateIncomplete })
	}
	return err
}

func (t leavesLogs) DeleteCase(id broker.CaseID) error {
	before := slices.Clone(t.events)
	err := t.model.DeleteCase(id)
	t.events = before
	return err
}

func (t repeatsMark) Ledger(l broker.Ledger, before broker.Mark, limit int) ([]broker.Submission, error) {
	if !before.IsZero() {
		before.ID += "0"
	}
	return t.model.Ledger(l, before, limit)
}

func (t mixesSides) Ledger(l broker.Ledger, before broker.Mark, limit int) ([]broker.Submission, error) {
	if of, id := l.Parts(); of == broker.LedgerOfDestinations {
		l = broker.SentBy(broker.OrgID(id))
	}
	return t.model.Ledger(l, before, limit)
}

// TestMutants has random programs find each of the mistakes, and tell it in a few lines.
func TestMutants(t *testing.T) {
	t.Parallel()
	const (
		programs = 20
		enough   = 14 // lines
	)
	mutants := map[string]func(*model) broker.Tx{
		"the newest unsigned event comes first":         func(m *model) broker.Tx { return newestFirst{m} },
		"the total of waiting is that of the page":      func(m *model) broker.Tx { return totalOfPage{m} },
		"a rejected submission still waits":             func(m *model) broker.Tx { return stillWaiting{m} },
		"a forwarded submission goes to the end":        func(m *model) broker.Tx { return losesItsPlace{m} },
		"a signed event is signed again":                func(m *model) broker.Tx { return signsAgain{m} },
		"a page begins one too late":                    func(m *model) broker.Tx { return skipsOne{m} },
		"the keys of a deleted destination stay":        func(m *model) broker.Tx { return leavesKeys{m} },
		"a delivery is due only after its moment":       func(m *model) broker.Tx { return dueTooLate{m} },
		"what is due at once is in order of its names":  func(m *model) broker.Tx { return anyOrderAtOnce{m} },
		"a route put again goes to the end":             func(m *model) broker.Tx { return movesToTheEnd{m} },
		"an event may come twice":                       func(m *model) broker.Tx { return takesTwice{m} },
		"signed events count as unsigned":               func(m *model) broker.Tx { return countsSigned{m} },
		"the zero time is not the earliest":             func(m *model) broker.Tx { return forgetsZero{m} },
		"a deleted body stays":                          func(m *model) broker.Tx { return keepsBodies{m} },
		"an event is found as the last of its case":     func(m *model) broker.Tx { return wrongLog{m} },
		"a view may write":                              func(m *model) broker.Tx { return writesInViews{m} },
		"replies wait among submissions":                func(m *model) broker.Tx { return oneInbox{m} },
		"replies are among the submissions of a case":   func(m *model) broker.Tx { return mixesKinds{m} },
		"what a subscriber has pending is the sender's": func(m *model) broker.Tx { return blamesSender{m} },
		"what was uploaded stays pending":               func(m *model) broker.Tx { return keepsBytes{m} },
		"a case put again goes to the end":              func(m *model) broker.Tx { return opensAgain{m} },
		"cases of several destinations are mixed":       func(m *model) broker.Tx { return mergesLists{m} },
		"a receipt is forgotten at the very moment":     func(m *model) broker.Tx { return forgetsNow{m} },
		"the newest receipts are forgotten first":       func(m *model) broker.Tx { return forgetsNewest{m} },
		"a receipt made again stays as it was":          func(m *model) broker.Tx { return keepsTheFirst{m} },
		"clients share the keys of their requests":      func(m *model) broker.Tx { return sharesKeys{m} },
		"a callback that is over is due":                func(m *model) broker.Tx { return stillDue{m} },
		"queues of timers are one":                      func(m *model) broker.Tx { return mixesQueues{m} },
		"what is incomplete survives its case":          func(m *model) broker.Tx { return leavesPending{m} },
		"the log survives its case":                     func(m *model) broker.Tx { return leavesLogs{m} },
		"a page of a ledger repeats its mark":           func(m *model) broker.Tx { return repeatsMark{m} },
		"a ledger is that of the other side":            func(m *model) broker.Tx { return mixesSides{m} },
	}
	for name, mutant := range mutants {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			open := inMemory(func(tx broker.Tx) broker.Tx { return mutant(tx.(*model)) })
			for seed := range uint64(programs) {
				found := compare(t, open, generate(thrown(seed, programBytes/2)))
				if found == nil {
					continue
				}
				if found.program.size() > enough || found.why == nil {
					t.Errorf("program %d is not short: %s", seed, found)
				}
				t.Log(found)
				return
			}
			t.Errorf("%d programs did not find it", programs)
		})
	}
}
