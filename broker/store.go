package broker

import (
	"context"
	"io"
	"time"
)

// Store keeps records. An implementation proves itself with broker/storetest.
type Store interface {
	// View runs fn on a consistent state, that of one moment while it ran. It holds no lock that writers wait for, so fn is short:
	// copy out, return, then talk to the network. fn may run more than once, so each run sets anew what it leaves outside.
	View(ctx context.Context, fn func(Tx) error) error

	// Update runs fn in a transaction and returns nil only when what fn wrote is durable. An error of fn takes back all it
	// wrote and is returned as it is. fn may run more than once, and other callers' functions may share the
	// commit: it changes nothing outside but variables that it sets anew on each run. A context that ends while waiting may leave the
	// function done or undone, never half done.
	Update(ctx context.Context, fn func(Tx) error) error

	// Close waits for running transactions and releases the store.
	Close() error
}

// Tx reads and writes inside one transaction. What is not there is ErrNoRow. A write inside View fails. Values given and
// returned are the caller's to keep. Lists are ordered as said, oldest first, and return with the page how many there are in all.
type Tx interface {
	// OnCommit runs fn after the transaction is durable, never otherwise; fn must not block.
	OnCommit(fn func())
	// Now is the time by the store's own clock, which is one for all nodes that share the store: what one node writes for another
	// to compare with, like the end of a lease, is measured by it. In one transaction it does not go back.
	Now() (time.Time, error)

	PutOrg(Org) error
	Org(OrgID) (Org, error)

	PutClient(Client) error
	Client(ClientID) (Client, error)

	PutDestination(Destination) error
	Destination(DestinationID) (Destination, error)
	// DeleteDestination removes a destination and its keys.
	DeleteDestination(DestinationID) error
	// Destinations lists those that org owns, in the order they were created.
	Destinations(org OrgID, p Page) ([]Destination, int, error)
	// AssignedDestinations lists all that the client is assigned to, in the order they were created.
	AssignedDestinations(ClientID) ([]Destination, error)
	PutDestinationKey(DestinationKey) error
	DestinationKey(d DestinationID, kid string) (DestinationKey, error)
	// DestinationKeys lists all of a destination in the order they were added.
	DestinationKeys(DestinationID) ([]DestinationKey, error)

	// PutSubmission writes a submission and keeps right what follows from it: the inboxes, in which exactly the Retrievable states wait,
	// the list of its case, what is pending, and its ledgers. Kind, Case, Destination, Sender, Author, Org, Office and Created stay as they were
	// first written.
	PutSubmission(Submission) error
	Submission(SubmissionID) (Submission, error)
	// Waiting lists retrievable submissions, inbox by inbox in the order given, each in the order in which they were submitted. The total
	// is kept, not counted.
	Waiting(from []Inbox, p Page) ([]Submission, int, error)
	// CaseSubmissions lists the submissions, or the replies, of a case in the order they were announced. The total is kept.
	CaseSubmissions(c CaseID, k SubmissionKind, p Page) ([]Submission, int, error)
	// Ledger lists submissions and replies of a ledger, the latest first: those before a mark, by the time of their announcement and then by
	// ID, at most limit. In an Update those that another transaction announces at the moment may be left out.
	Ledger(l Ledger, before Mark, limit int) ([]Submission, error)
	// Pending measures what an author has that is incomplete. It is kept, not counted.
	Pending(author ClientID) (Pending, error)
	PutAttachment(Attachment) error
	Attachment(SubmissionID, AttachmentID) (Attachment, error)
	// Attachments lists the uploaded ones of a submission, by id.
	Attachments(SubmissionID) ([]Attachment, error)
	// AddBody keeps a small body under a name that the store gives.
	AddBody([]byte) (BodyID, error)
	Body(BodyID) ([]byte, error)
	// DeleteBody removes a body; one that is not there is no error.
	DeleteBody(BodyID) error

	// PutCase writes a case. Sender and Destination stay as they were first written.
	PutCase(Case) error
	Case(CaseID) (Case, error)
	// SenderCases lists a sender's cases in the order they were opened. The total is kept.
	SenderCases(c ClientID, p Page) ([]Case, int, error)
	// DestinationCases lists cases, destination by destination in the order given, each in the order they were opened. The total is kept.
	DestinationCases(ds []DestinationID, p Page) ([]Case, int, error)
	// DeleteCase removes a case and all that belongs to it: its log, its submissions and replies, their attachments and small bodies, the
	// callbacks that tell of them. Large bodies are left. One that is not there is no error.
	DeleteCase(CaseID) error
	// AppendEvent adds the next event of a case: its Number must be one more than there are, and its ID new, else Conflict.
	AppendEvent(Event) error
	Event(EventRef) (Event, error)
	// EventByID finds an event by its "jti".
	EventByID(EventID) (Event, error)
	// Events lists the log of a case.
	Events(c CaseID, p Page) ([]Event, int, error)
	// SubmissionEvents lists the events of one submission.
	SubmissionEvents(s SubmissionID, p Page) ([]Event, int, error)
	// SignEvent stores the signed token of an event that has none, and returns the token that stands: the given one, or
	// the one that was there before.
	SignEvent(ref EventRef, token string) (string, error)
	// Unsigned lists events without a token, oldest first, at most limit.
	Unsigned(limit int) ([]Event, error)
	// SigningBacklog measures the events without a token.
	SigningBacklog() (Backlog, error)

	// PutDelivery writes a delivery, which is owed as long as it is not over. Destination, Sender and Submission stay as they were first written.
	PutDelivery(Delivery) error
	Delivery(DeliveryID) (Delivery, error)
	// DueDeliveries lists owed ones with NotBefore at or before now, most overdue first, at most limit. In an Update those that another
	// transaction is changing at the moment may be left out.
	DueDeliveries(now time.Time, limit int) ([]Delivery, error)
	// NextDelivery returns the earliest NotBefore of all that are owed; ErrNoRow when nothing is.
	NextDelivery() (time.Time, error)
	// DeliveriesTo lists those to a receiver, owed and over, in the order in which they came to be owed. The total is kept.
	DeliveriesTo(r Receiver, p Page) ([]Delivery, int, error)
	// DeliveriesOf lists those about a submission, owed and over, in the same order.
	DeliveriesOf(s SubmissionID, p Page) ([]Delivery, int, error)
	// ForgetDeliveries removes at most limit of those that were over before t, oldest first, and tells how many.
	ForgetDeliveries(before time.Time, limit int) (int, error)
	// DeleteDelivery removes a delivery; one that is not there is no error.
	DeleteDelivery(DeliveryID) error
	// DeliveryBacklog measures owed callbacks.
	DeliveryBacklog() (Backlog, error)

	// PutTimer writes a timer; it replaces the one of the same queue and ID.
	PutTimer(Timer) error
	Timer(q TimerQueue, id string) (Timer, error)
	// DeleteTimer removes a timer; one that is not there is no error.
	DeleteTimer(q TimerQueue, id string) error
	// DueTimers lists those of a queue with At at or before now, most overdue first, those of one instant by ID, at most limit. In an Update those that
	// another transaction is changing at the moment may be left out.
	DueTimers(q TimerQueue, now time.Time, limit int) ([]Timer, error)
	// NextTimer returns the earliest At of a queue; ErrNoRow when it is empty.
	NextTimer(q TimerQueue) (time.Time, error)

	// PutReceipt remembers a request; a second one of the same client and key replaces it.
	PutReceipt(Receipt) error
	Receipt(c ClientID, key string) (Receipt, error)
	// ForgetReceipts removes at most limit of those that were made before t, oldest first, and tells how many.
	ForgetReceipts(before time.Time, limit int) (int, error)

	PutServiceKey(ServiceKey) error
	// ServiceKeys lists the broker's own keys of a use, in the order they were created.
	ServiceKeys(KeyUse) ([]ServiceKey, error)

	PutRoute(Route) error
	// DeleteRoute removes a route; one that is not there is no error.
	DeleteRoute(RouteID) error
	// Routes lists all, in the order they were published.
	Routes() ([]Route, error)

	// PutEntry writes an entry. Its Owner stays as it was first written: with another one it is a Conflict.
	PutEntry(Entry) error
	Entry(k EntryKind, id string) (Entry, error)
	// Entries lists all of a kind in the order in which they were first put. The total is kept, not counted.
	Entries(k EntryKind, p Page) ([]Entry, int, error)
	// EntriesOf lists those of a kind that owner has, in the same order. The total is kept.
	EntriesOf(k EntryKind, owner string, p Page) ([]Entry, int, error)
	// DeleteEntry removes an entry; one that is not there is no error.
	DeleteEntry(k EntryKind, id string) error
}

// Blobs keeps large bodies.
type Blobs interface {
	// Put reads r to its end and keeps the bytes under a fresh name. When it returns, they are durable. An error of r, or of the
	// disk, leaves nothing behind.
	Put(ctx context.Context, r io.Reader) (BlobID, int64, error)
	// Open returns the bytes; what is not there is ErrNoRow. An *os.File, where there is one, is returned as such, so
	// that a download may be handed to the kernel.
	Open(ctx context.Context, id BlobID) (io.ReadSeekCloser, error)
	// Delete removes a blob; one that is not there is no error. Readers that hold it open read on.
	Delete(ctx context.Context, id BlobID) error
}

// Fill is for implementations of Blobs: it reads until buf is full or r fails or ends. Unlike io.ReadFull it passes on every error of r
// untouched.
func Fill(r io.Reader, buf []byte) (n int, err error) {
	for n < len(buf) && err == nil {
		var m int
		m, err = r.Read(buf[n:])
		n += m
	}
	return n, err
}
