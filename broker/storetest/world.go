package storetest

import (
	"fmt"
	"time"

	"github.com/vierkant/vierkant/broker"
)

// world is one of everything, belonging together.
type world struct {
	org     broker.Org
	client  broker.Client
	dest    broker.Destination
	key     broker.DestinationKey
	sub     broker.Submission
	reply   broker.Submission
	att     broker.Attachment
	c       broker.Case
	e       broker.Event
	owed    broker.Delivery
	done    broker.Delivery
	timer   broker.Timer
	own     broker.ServiceKey
	route   broker.Route
	body    []byte
	receipt broker.Receipt
	entry   broker.Entry
}

func newWorld(f *filler) *world {
	w := &world{
		org: filled[broker.Org](f), client: filled[broker.Client](f), dest: filled[broker.Destination](f),
		key: filled[broker.DestinationKey](f), sub: filled[broker.Submission](f), reply: filled[broker.Submission](f), att: filled[broker.Attachment](f),
		c: filled[broker.Case](f), owed: filled[broker.Delivery](f), done: filled[broker.Delivery](f), timer: filled[broker.Timer](f), own: filled[broker.ServiceKey](f),
		route: filled[broker.Route](f), body: filled[[]byte](f), receipt: filled[broker.Receipt](f),
		entry: filled[broker.Entry](f),
	}
	w.dest.Org, w.dest.Clients = w.org.ID, []broker.ClientID{w.client.ID}
	w.key.Destination = w.dest.ID
	w.c.Sender, w.c.Destination = w.client.ID, w.dest.ID
	for _, s := range []*broker.Submission{&w.sub, &w.reply} {
		s.Kind, s.Destination, s.Case, s.Sender, s.Author = broker.KindSubmission, w.dest.ID, w.c.ID, w.client.ID, w.client.ID
		s.State = broker.StateSubmitted
	}
	w.reply.Kind, w.reply.Author, w.reply.State = broker.KindReply, filled[broker.ClientID](f), broker.StateIncomplete
	w.att.Submission = w.sub.ID
	w.own.Use = broker.TokenKeys
	w.entry.Kind, w.timer.Queue = "kind", "queue"
	w.owed.Over, w.owed.Sender, w.owed.Submission = time.Time{}, "", w.sub.ID
	w.done.Submission = w.reply.ID
	w.e = event(f, w.c.ID, 1, w.sub.ID)
	return w
}

// write puts everything. It sets the name of the body anew on each run.
func (w *world) write(tx broker.Tx) error {
	puts := []func() error{
		func() error { return tx.PutOrg(w.org) },
		func() error { return tx.PutClient(w.client) },
		func() error { return tx.PutDestination(w.dest) },
		func() error { return tx.PutDestinationKey(w.key) },
		func() (err error) { w.sub.Data.Body.Record, err = tx.AddBody(w.body); return err },
		func() error { return tx.PutSubmission(w.sub) },
		func() error { return tx.PutSubmission(w.reply) },
		func() error { return tx.PutAttachment(w.att) },
		func() error { return tx.PutCase(w.c) },
		func() error { return tx.AppendEvent(w.e) },
		func() error { return tx.PutDelivery(w.done) },
		func() error { return tx.PutDelivery(w.owed) },
		func() error { return tx.PutTimer(w.timer) },
		func() error { return tx.PutReceipt(w.receipt) },
		func() error { return tx.PutServiceKey(w.own) },
		func() error { return tx.PutRoute(w.route) },
		func() error { return tx.PutEntry(w.entry) },
	}
	for _, put := range puts {
		if err := put(); err != nil {
			return err
		}
	}
	return nil
}

// check finds everything, and in every list.
func (w *world) check(h *harness) {
	h.Helper()
	if _, err := try(h, func(tx broker.Tx) (int, error) { return 0, w.read(tx) }); err != nil {
		h.Error(err)
	}
}

// read compares everything with what is there.
func (w *world) read(tx broker.Tx) error {
	for _, check := range []func(broker.Tx) error{w.readSingly, w.readOwnerLists, w.readSubmissionLists, w.readWork} {
		if err := check(tx); err != nil {
			return err
		}
	}
	return nil
}

func (w *world) readSingly(tx broker.Tx) error {
	return first(
		expect("org", w.org)(tx.Org(w.org.ID)),
		expect("client", w.client)(tx.Client(w.client.ID)),
		expect("destination", w.dest)(tx.Destination(w.dest.ID)),
		expect("key", w.key)(tx.DestinationKey(w.dest.ID, w.key.KID)),
		expect("submission", w.sub)(tx.Submission(w.sub.ID)),
		expect("reply", w.reply)(tx.Submission(w.reply.ID)),
		expect("attachment", w.att)(tx.Attachment(w.sub.ID, w.att.ID)),
		expect("body", w.body)(tx.Body(w.sub.Data.Body.Record)),
		expect("case", w.c)(tx.Case(w.c.ID)),
		expect("event", w.e)(tx.Event(w.e.Ref())),
		expect("event by id", w.e)(tx.EventByID(w.e.ID)),
		expect("delivery", w.owed)(tx.Delivery(w.owed.ID)),
		expect("delivery that is over", w.done)(tx.Delivery(w.done.ID)),
		expect("timer", w.timer)(tx.Timer(w.timer.Queue, w.timer.ID)),
		expect("receipt", w.receipt)(tx.Receipt(w.receipt.Client, w.receipt.Key)),
		expect("entry", w.entry)(tx.Entry(w.entry.Kind, w.entry.ID)),
	)
}

func (w *world) readOwnerLists(tx broker.Tx) error {
	return first(
		expectOne("destinations", w.dest)(tx.Destinations(w.org.ID, whole)),
		expect("assigned destinations", []broker.Destination{w.dest})(tx.AssignedDestinations(w.client.ID)),
		expect("destination keys", []broker.DestinationKey{w.key})(tx.DestinationKeys(w.dest.ID)),
		expect("routes", []broker.Route{w.route})(tx.Routes()),
		expectOne("entries", w.entry)(tx.Entries(w.entry.Kind, whole)),
		expectOne("entries of the owner", w.entry)(tx.EntriesOf(w.entry.Kind, w.entry.Owner, whole)),
		expect("service keys", []broker.ServiceKey{w.own})(tx.ServiceKeys(w.own.Use)),
	)
}

func (w *world) readSubmissionLists(tx broker.Tx) error {
	return first(
		expectOne("waiting", w.sub)(tx.Waiting([]broker.Inbox{w.sub.Inbox(), w.reply.Inbox()}, whole)),
		expectOne("submissions of the case", w.sub)(tx.CaseSubmissions(w.c.ID, broker.KindSubmission, whole)),
		expectOne("replies of the case", w.reply)(tx.CaseSubmissions(w.c.ID, broker.KindReply, whole)),
		expectOne("cases of the sender", w.c)(tx.SenderCases(w.client.ID, whole)),
		expectOne("cases at the destination", w.c)(tx.DestinationCases([]broker.DestinationID{w.dest.ID}, whole)),
		expect("pending", broker.Pending{Count: 1, Bytes: w.reply.Uploaded})(tx.Pending(w.reply.Author)),
		expect("attachments", []broker.Attachment{w.att})(tx.Attachments(w.sub.ID)),
		expectOne("events", w.e)(tx.Events(w.c.ID, whole)),
		expectOne("submission events", w.e)(tx.SubmissionEvents(w.sub.ID, whole)),
	)
}

func (w *world) readWork(tx broker.Tx) error {
	return first(
		expect("unsigned", []broker.Event{w.e})(tx.Unsigned(10)),
		expect("signing backlog", broker.Backlog{Count: 1, Oldest: w.e.Recorded})(tx.SigningBacklog()),
		expect("due deliveries", []broker.Delivery{w.owed})(tx.DueDeliveries(w.owed.NotBefore, 10)),
		expect("next delivery", w.owed.NotBefore)(tx.NextDelivery()),
		expectOne("deliveries to the destination", w.owed)(tx.DeliveriesTo(broker.ToDestination(w.owed.Destination), whole)),
		expectOne("deliveries to a sender", w.done)(tx.DeliveriesTo(broker.ToSender(w.done.Sender), whole)),
		expectOne("deliveries of the submission", w.owed)(tx.DeliveriesOf(w.sub.ID, whole)),
		expectOne("deliveries of the reply", w.done)(tx.DeliveriesOf(w.reply.ID, whole)),
		expect("due timers", []broker.Timer{w.timer})(tx.DueTimers(w.timer.Queue, w.timer.At, 10)),
		expect("next timer", w.timer.At)(tx.NextTimer(w.timer.Queue)),
		expect("delivery backlog", broker.Backlog{Count: 1, Oldest: w.owed.Created})(tx.DeliveryBacklog()),
	)
}

// expect compares what a read returns.
func expect[T any](what string, want T) func(T, error) error {
	return func(got T, err error) error {
		if err != nil {
			return fmt.Errorf("%s: %w", what, err)
		}
		if !equal(want, got) {
			return fmt.Errorf("%s (-want +got):\n%s", what, diff(want, got))
		}
		return nil
	}
}

// expectOne compares a paged list that has one entry.
func expectOne[T any](what string, want T) func([]T, int, error) error {
	return func(got []T, total int, err error) error {
		return expect(what, list[T]{[]T{want}, 1})(list[T]{got, total}, err)
	}
}

func first(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// reopened finds everything again after a restart, and goes on.
func reopened(h *harness) {
	f := &filler{}
	w := newWorld(f)
	h.update(w.write)
	h.reopen()
	w.check(h)
	h.reopen()
	w.check(h)

	next := event(f, w.c.ID, 2, w.sub.ID)
	appendAll(h, next)
	second := w.sub
	second.ID = filled[broker.SubmissionID](f)
	h.update(func(tx broker.Tx) error { return tx.PutSubmission(second) })
	same(h, "the log goes on", pagedEvents(h, func(tx broker.Tx) ([]broker.Event, int, error) { return tx.Events(w.c.ID, whole) }),
		list[broker.EventID]{[]broker.EventID{w.e.ID, next.ID}, 2})
	same(h, "the queue goes on", waitingPage(h, whole, w.sub.Inbox()), list[broker.SubmissionID]{[]broker.SubmissionID{w.sub.ID, second.ID}, 2})
}
