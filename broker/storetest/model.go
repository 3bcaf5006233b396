package storetest

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/vierkant/vierkant/broker"
)

// model is the contract of broker.Tx written down as plainly as it can be: lists in the order in which things came, searched from the
// front. Random programs compare a store with it, and it has to pass the contract itself, like any store.
//
// A copy of a model shares nothing that changes: see clone.
type model struct {
	view  bool // writes fail
	hooks []func()

	orgs            table[broker.Org]
	clients         table[broker.Client]
	destinations    table[broker.Destination]
	destinationKeys table[broker.DestinationKey]
	submissions     table[broker.Submission]
	waiting         table[broker.SubmissionID] // in the order in which they were submitted
	attachments     table[broker.Attachment]
	cases           table[broker.Case]
	events          table[broker.Event] // of all cases
	deliveries      table[broker.Delivery]
	timers          table[broker.Timer]
	receipts        table[broker.Receipt]
	serviceKeys     table[broker.ServiceKey]
	routes          table[broker.Route]
	entries         table[broker.Entry]
	bodies          table[body]
	lastBody        int
	bodyName        broker.BodyID // of the next body, as the store named it; none: a name of its own
}

var _ broker.Tx = (*model)(nil)

type body struct {
	id      broker.BodyID
	content []byte
}

var errInView = errors.New("write inside View")

// clone returns a model that may be changed, or thrown away, without the other one noticing.
func (m *model) clone(view bool) *model {
	return &model{
		view: view,
		orgs: slices.Clone(m.orgs), clients: slices.Clone(m.clients),
		destinations: slices.Clone(m.destinations), destinationKeys: slices.Clone(m.destinationKeys),
		submissions: slices.Clone(m.submissions), waiting: slices.Clone(m.waiting), attachments: slices.Clone(m.attachments),
		cases: slices.Clone(m.cases), events: slices.Clone(m.events), deliveries: slices.Clone(m.deliveries), timers: slices.Clone(m.timers), receipts: slices.Clone(m.receipts),
		serviceKeys: slices.Clone(m.serviceKeys), routes: slices.Clone(m.routes), entries: slices.Clone(m.entries),
		bodies: slices.Clone(m.bodies), lastBody: m.lastBody,
	}
}

// Now implements broker.Tx.
func (m *model) Now() (time.Time, error) { return time.Now(), nil }

func (m *model) OnCommit(fn func()) { m.hooks = append(m.hooks, fn) }

func (m *model) PutOrg(o broker.Org) error {
	return m.orgs.put(m, o, func(has broker.Org) bool { return has.ID == o.ID })
}

func (m *model) Org(id broker.OrgID) (broker.Org, error) {
	return m.orgs.find(func(o broker.Org) bool { return o.ID == id })
}

func (m *model) PutClient(c broker.Client) error {
	return m.clients.put(m, c, func(has broker.Client) bool { return has.ID == c.ID })
}

func (m *model) Client(id broker.ClientID) (broker.Client, error) {
	return m.clients.find(func(c broker.Client) bool { return c.ID == id })
}

func (m *model) PutDestination(d broker.Destination) error {
	return m.destinations.put(m, d, func(has broker.Destination) bool { return has.ID == d.ID })
}

func (m *model) Destination(id broker.DestinationID) (broker.Destination, error) {
	return m.destinations.find(func(d broker.Destination) bool { return d.ID == id })
}

func (m *model) DeleteDestination(id broker.DestinationID) error {
	if _, err := m.Destination(id); err != nil && !m.view {
		return err
	}
	if err := m.destinationKeys.remove(m, func(k broker.DestinationKey) bool { return k.Destination == id }); err != nil {
		return err
	}
	return m.destinations.remove(m, func(d broker.Destination) bool { return d.ID == id })
}

func (m *model) Destinations(org broker.OrgID, p broker.Page) ([]broker.Destination, int, error) {
	return cut(m.destinations.where(func(d broker.Destination) bool { return d.Org == org }), p)
}

func (m *model) AssignedDestinations(c broker.ClientID) ([]broker.Destination, error) {
	return m.destinations.where(func(d broker.Destination) bool { return d.AssignedTo(c) }), nil
}

func (m *model) PutDestinationKey(k broker.DestinationKey) error {
	return m.destinationKeys.put(m, k, func(has broker.DestinationKey) bool {
		return has.Destination == k.Destination && has.KID == k.KID
	})
}

func (m *model) DestinationKey(d broker.DestinationID, kid string) (broker.DestinationKey, error) {
	return m.destinationKeys.find(func(k broker.DestinationKey) bool { return k.Destination == d && k.KID == kid })
}

func (m *model) DestinationKeys(d broker.DestinationID) ([]broker.DestinationKey, error) {
	return m.destinationKeys.where(func(k broker.DestinationKey) bool { return k.Destination == d }), nil
}

func (m *model) PutSubmission(s broker.Submission) error {
	was, _ := m.Submission(s.ID)
	same := func(has broker.Submission) bool { return has.ID == s.ID }
	if err := m.submissions.put(m, s, same); err != nil {
		return err
	}
	waits := s.State.Retrievable()
	if was.State.Retrievable() && waits {
		return nil // it keeps its place
	}
	m.waiting = slices.DeleteFunc(m.waiting, func(id broker.SubmissionID) bool { return id == s.ID })
	if waits {
		m.waiting = append(m.waiting, s.ID)
	}
	return nil
}

func (m *model) Submission(id broker.SubmissionID) (broker.Submission, error) {
	return m.submissions.find(func(s broker.Submission) bool { return s.ID == id })
}

func (m *model) Waiting(from []broker.Inbox, p broker.Page) ([]broker.Submission, int, error) {
	var all []broker.Submission
	for _, inbox := range from {
		for _, id := range m.waiting {
			if s, _ := m.Submission(id); s.Inbox() == inbox {
				all = append(all, s)
			}
		}
	}
	return cut(all, p)
}

func (m *model) CaseSubmissions(c broker.CaseID, k broker.SubmissionKind, p broker.Page) ([]broker.Submission, int, error) {
	return cut(m.submissions.where(func(s broker.Submission) bool { return s.Case == c && s.Kind == k }), p)
}

func (m *model) Ledger(l broker.Ledger, before broker.Mark, limit int) ([]broker.Submission, error) {
	all := m.submissions.where(func(s broker.Submission) bool {
		return slices.Contains(s.Ledgers(), l) && (before.IsZero() || compareMarks(broker.MarkOf(s), before) < 0)
	})
	slices.SortFunc(all, func(a, b broker.Submission) int { return compareMarks(broker.MarkOf(b), broker.MarkOf(a)) })
	return all[:min(limit, len(all))], nil
}

func compareMarks(a, b broker.Mark) int {
	return cmp.Or(a.Created.Compare(b.Created), cmp.Compare(a.ID, b.ID))
}

func (m *model) Pending(author broker.ClientID) (sum broker.Pending, _ error) {
	for _, s := range m.submissions {
		if s.Author == author && s.State == broker.StateIncomplete {
			sum.Count++
			sum.Bytes += s.Uploaded
		}
	}
	return sum, nil
}

func (m *model) PutAttachment(a broker.Attachment) error {
	return m.attachments.put(m, a, func(has broker.Attachment) bool { return has.Submission == a.Submission && has.ID == a.ID })
}

func (m *model) Attachment(s broker.SubmissionID, id broker.AttachmentID) (broker.Attachment, error) {
	return m.attachments.find(func(a broker.Attachment) bool { return a.Submission == s && a.ID == id })
}

func (m *model) Attachments(s broker.SubmissionID) ([]broker.Attachment, error) {
	all := m.attachments.where(func(a broker.Attachment) bool { return a.Submission == s })
	slices.SortFunc(all, func(a, b broker.Attachment) int { return cmp.Compare(a.ID, b.ID) })
	return all, nil
}

func (m *model) AddBody(content []byte) (broker.BodyID, error) {
	m.lastBody++
	id := cmp.Or(m.bodyName, broker.BodyID(fmt.Sprintf("body-%d", m.lastBody)))
	return id, m.bodies.put(m, body{id, slices.Clone(content)}, func(body) bool { return false })
}

func (m *model) Body(id broker.BodyID) ([]byte, error) {
	b, err := m.bodies.find(func(b body) bool { return b.id == id })
	return slices.Clone(b.content), err
}

func (m *model) DeleteBody(id broker.BodyID) error {
	return m.bodies.remove(m, func(b body) bool { return b.id == id })
}

func (m *model) PutCase(c broker.Case) error {
	return m.cases.put(m, c, func(has broker.Case) bool { return has.ID == c.ID })
}

func (m *model) Case(id broker.CaseID) (broker.Case, error) {
	return m.cases.find(func(c broker.Case) bool { return c.ID == id })
}

func (m *model) SenderCases(sender broker.ClientID, p broker.Page) ([]broker.Case, int, error) {
	return cut(m.cases.where(func(c broker.Case) bool { return c.Sender == sender }), p)
}

func (m *model) DestinationCases(ds []broker.DestinationID, p broker.Page) ([]broker.Case, int, error) {
	var all []broker.Case
	for _, d := range ds {
		all = append(all, m.cases.where(func(c broker.Case) bool { return c.Destination == d })...)
	}
	return cut(all, p)
}

func (m *model) DeleteCase(id broker.CaseID) error {
	if m.view {
		return errInView
	}
	inside := map[broker.SubmissionID]bool{}
	for _, e := range m.log(id) {
		inside[e.Submission] = true
	}
	for _, s := range m.submissions {
		if s.Case == id {
			inside[s.ID] = true
		}
	}
	small := map[broker.BodyID]bool{}
	for _, s := range m.submissions.where(func(s broker.Submission) bool { return inside[s.ID] }) {
		small[s.Metadata.Body.Record], small[s.Data.Body.Record] = true, true
	}
	for _, a := range m.attachments.where(func(a broker.Attachment) bool { return inside[a.Submission] }) {
		small[a.Sealed.Body.Record] = true
	}
	return errors.Join(
		m.bodies.remove(m, func(b body) bool { return small[b.id] }),
		m.attachments.remove(m, func(a broker.Attachment) bool { return inside[a.Submission] }),
		m.deliveries.remove(m, func(d broker.Delivery) bool { return inside[d.Submission] }),
		m.waiting.remove(m, func(id broker.SubmissionID) bool { return inside[id] }),
		m.submissions.remove(m, func(s broker.Submission) bool { return inside[s.ID] }),
		m.events.remove(m, func(e broker.Event) bool { return e.Case == id }),
		m.cases.remove(m, func(c broker.Case) bool { return c.ID == id }),
	)
}

func (m *model) AppendEvent(e broker.Event) error {
	_, err := m.EventByID(e.ID)
	isNew := errors.Is(err, broker.ErrNoRow)
	if log := m.log(e.Case); !m.view && (!isNew || e.Number != len(log)+1) {
		return broker.Conflict
	}
	return m.events.put(m, e, func(broker.Event) bool { return false })
}

func (m *model) log(c broker.CaseID) []broker.Event {
	return m.events.where(func(e broker.Event) bool { return e.Case == c })
}

func (m *model) Event(ref broker.EventRef) (broker.Event, error) {
	return m.events.find(func(e broker.Event) bool { return e.Ref() == ref })
}

func (m *model) EventByID(id broker.EventID) (broker.Event, error) {
	return m.events.find(func(e broker.Event) bool { return e.ID == id })
}

func (m *model) Events(c broker.CaseID, p broker.Page) ([]broker.Event, int, error) {
	return cut(m.log(c), p)
}

func (m *model) SubmissionEvents(s broker.SubmissionID, p broker.Page) ([]broker.Event, int, error) {
	return cut(m.events.where(func(e broker.Event) bool { return e.Submission == s }), p)
}

func (m *model) SignEvent(ref broker.EventRef, token string) (string, error) {
	e, err := m.Event(ref)
	switch {
	case m.view:
		return "", errInView
	case err != nil || e.Token != "":
		return e.Token, err
	}
	e.Token = token
	return token, m.events.put(m, e, func(has broker.Event) bool { return has.Ref() == ref })
}

func (m *model) Unsigned(limit int) ([]broker.Event, error) {
	all := m.events.where(func(e broker.Event) bool { return e.Token == "" })
	return all[:min(limit, len(all))], nil
}

func (m *model) SigningBacklog() (broker.Backlog, error) {
	all := m.events.where(func(e broker.Event) bool { return e.Token == "" })
	if len(all) == 0 {
		return broker.Backlog{}, nil
	}
	return broker.Backlog{Count: len(all), Oldest: all[0].Recorded}, nil
}

func (m *model) PutDelivery(d broker.Delivery) error {
	return m.deliveries.put(m, d, func(has broker.Delivery) bool { return has.ID == d.ID })
}

func (m *model) Delivery(id broker.DeliveryID) (broker.Delivery, error) {
	return m.deliveries.find(func(d broker.Delivery) bool { return d.ID == id })
}

func (m *model) owed() []broker.Delivery {
	return m.deliveries.where(func(d broker.Delivery) bool { return d.Over.IsZero() })
}

func (m *model) DueDeliveries(now time.Time, limit int) ([]broker.Delivery, error) {
	all := slices.DeleteFunc(m.owed(), func(d broker.Delivery) bool { return d.NotBefore.After(now) })
	slices.SortStableFunc(all, func(a, b broker.Delivery) int { return a.NotBefore.Compare(b.NotBefore) })
	return all[:min(limit, len(all))], nil
}

func (m *model) NextDelivery() (time.Time, error) {
	return earliest(m.owed(), func(d broker.Delivery) time.Time { return d.NotBefore })
}

func earliest[T any](all []T, when func(T) time.Time) (time.Time, error) {
	if len(all) == 0 {
		return time.Time{}, broker.ErrNoRow
	}
	return when(slices.MinFunc(all, func(a, b T) int { return when(a).Compare(when(b)) })), nil
}

func (m *model) DeliveriesTo(r broker.Receiver, p broker.Page) ([]broker.Delivery, int, error) {
	return cut(m.deliveries.where(func(d broker.Delivery) bool { return d.Receiver() == r }), p)
}

func (m *model) DeliveriesOf(s broker.SubmissionID, p broker.Page) ([]broker.Delivery, int, error) {
	return cut(m.deliveries.where(func(d broker.Delivery) bool { return d.Submission == s }), p)
}

func (m *model) DeleteDelivery(id broker.DeliveryID) error {
	return m.deliveries.remove(m, func(d broker.Delivery) bool { return d.ID == id })
}

func (m *model) ForgetDeliveries(before time.Time, limit int) (int, error) {
	old := m.deliveries.where(func(d broker.Delivery) bool { return !d.Over.IsZero() && d.Over.Before(before) })
	slices.SortStableFunc(old, func(a, b broker.Delivery) int { return a.Over.Compare(b.Over) })
	old = old[:min(limit, len(old))]
	return len(old), m.deliveries.remove(m, func(has broker.Delivery) bool {
		return slices.ContainsFunc(old, func(d broker.Delivery) bool { return has.ID == d.ID })
	})
}

func (m *model) DeliveryBacklog() (broker.Backlog, error) {
	owed := m.owed()
	if len(owed) == 0 {
		return broker.Backlog{}, nil
	}
	return broker.Backlog{Count: len(owed), Oldest: owed[0].Created}, nil
}

func (m *model) PutTimer(t broker.Timer) error {
	return m.timers.put(m, t, func(has broker.Timer) bool { return has.Queue == t.Queue && has.ID == t.ID })
}

func (m *model) Timer(q broker.TimerQueue, id string) (broker.Timer, error) {
	return m.timers.find(func(t broker.Timer) bool { return t.Queue == q && t.ID == id })
}

func (m *model) DeleteTimer(q broker.TimerQueue, id string) error {
	return m.timers.remove(m, func(t broker.Timer) bool { return t.Queue == q && t.ID == id })
}

func (m *model) DueTimers(q broker.TimerQueue, now time.Time, limit int) ([]broker.Timer, error) {
	all := m.timers.where(func(t broker.Timer) bool { return t.Queue == q && !t.At.After(now) })
	slices.SortFunc(all, func(a, b broker.Timer) int { return cmp.Or(a.At.Compare(b.At), cmp.Compare(a.ID, b.ID)) })
	return all[:min(limit, len(all))], nil
}

func (m *model) NextTimer(q broker.TimerQueue) (time.Time, error) {
	return earliest(m.timers.where(func(t broker.Timer) bool { return t.Queue == q }), func(t broker.Timer) time.Time { return t.At })
}

func (m *model) PutReceipt(r broker.Receipt) error {
	return m.receipts.put(m, r, func(has broker.Receipt) bool { return has.Client == r.Client && has.Key == r.Key })
}

func (m *model) Receipt(c broker.ClientID, key string) (broker.Receipt, error) {
	return m.receipts.find(func(r broker.Receipt) bool { return r.Client == c && r.Key == key })
}

func (m *model) ForgetReceipts(before time.Time, limit int) (int, error) {
	old := m.receipts.where(func(r broker.Receipt) bool { return r.Made.Before(before) })
	slices.SortStableFunc(old, func(a, b broker.Receipt) int { return a.Made.Compare(b.Made) })
	old = old[:min(limit, len(old))]
	return len(old), m.receipts.remove(m, func(has broker.Receipt) bool {
		return slices.ContainsFunc(old, func(r broker.Receipt) bool { return has.Client == r.Client && has.Key == r.Key })
	})
}

func (m *model) PutServiceKey(k broker.ServiceKey) error {
	return m.serviceKeys.put(m, k, func(has broker.ServiceKey) bool { return has.Use == k.Use && has.KID == k.KID })
}

func (m *model) ServiceKeys(use broker.KeyUse) ([]broker.ServiceKey, error) {
	return m.serviceKeys.where(func(k broker.ServiceKey) bool { return k.Use == use }), nil
}

func (m *model) PutRoute(r broker.Route) error {
	return m.routes.put(m, r, func(has broker.Route) bool { return has.ID == r.ID })
}

func (m *model) DeleteRoute(id broker.RouteID) error {
	return m.routes.remove(m, func(r broker.Route) bool { return r.ID == id })
}

func (m *model) Routes() ([]broker.Route, error) {
	return m.routes.where(func(broker.Route) bool { return true }), nil
}

func (m *model) PutEntry(e broker.Entry) error {
	if was, err := m.Entry(e.Kind, e.ID); err == nil && was.Owner != e.Owner && !m.view {
		return broker.Conflict
	}
	return m.entries.put(m, e, func(has broker.Entry) bool { return has.Kind == e.Kind && has.ID == e.ID })
}

func (m *model) Entry(k broker.EntryKind, id string) (broker.Entry, error) {
	return m.entries.find(func(e broker.Entry) bool { return e.Kind == k && e.ID == id })
}

func (m *model) Entries(k broker.EntryKind, p broker.Page) ([]broker.Entry, int, error) {
	return cut(m.entries.where(func(e broker.Entry) bool { return e.Kind == k }), p)
}

func (m *model) EntriesOf(k broker.EntryKind, owner string, p broker.Page) ([]broker.Entry, int, error) {
	return cut(m.entries.where(func(e broker.Entry) bool { return e.Kind == k && e.Owner == owner }), p)
}

func (m *model) DeleteEntry(k broker.EntryKind, id string) error {
	return m.entries.remove(m, func(e broker.Entry) bool { return e.Kind == k && e.ID == id })
}
