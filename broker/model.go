package broker

import (
	"encoding/json"
	"strings"
	"time"
)

// Org is an organisation: it owns clients, destinations and routes.
type Org struct {
	ID      OrgID
	Name    string
	Created time.Time
}

// ClientKind says on which side of the broker an API client stands.
type ClientKind string

// The two kinds of API clients.
const (
	Sender     ClientKind = "sender"
	Subscriber ClientKind = "subscriber"
)

// Client is an API client of an organisation.
type Client struct {
	ID           ClientID
	Org          OrgID
	Name         string
	Kind         ClientKind
	Manage       bool    // a subscriber that may also manage destinations
	Grants       []Grant // of a sender: where and what it may send; none: everything
	SecretDigest []byte  // SHA-256 of the secret, which is 256 random bits of ours
	Disabled     bool
	Created      time.Time

	SecretUntil  time.Time  // when the secret ends; zero: never
	SecretWarned int        // of how many days before that somebody was told last; 0: of none
	FormerDigest []byte     // of the secret before; none: it is good no more
	FormerUntil  time.Time  // until when it is
	ShownTo      []PersonID // who was shown a secret, ever, and so may act as the client
}

// Grant is one permission to send: a service, or every one if empty, in a region and all below it.
type Grant struct {
	Region  string // "DE…"
	Service string // URN, or empty
}

// Service is a public service as a submission names it.
type Service struct {
	Identifier  string // URN
	Name        string
	Description string
}

// SubmissionKind tells an application from a reply.
type SubmissionKind string

// A reply is a submission inside an existing case that may go in either direction; its life, parts and deadlines are the same
// (FIT-Connect contract 3.6).
const (
	KindSubmission SubmissionKind = "submission"
	KindReply      SubmissionKind = "reply"
)

// Submission is one sealed application, or a reply to one. Its content is elsewhere (Body); this is what the broker knows of it.
type Submission struct {
	ID          SubmissionID
	Kind        SubmissionKind
	Case        CaseID
	Destination DestinationID
	Sender      ClientID // of the case, whoever announced
	Org         OrgID    // the sender's
	Office      OrgID    // the destination's
	Author      ClientID // announced it: Sender, or for a reply a subscriber of the destination
	Opens       bool     // its case is opened with it
	Service     Service
	Region      string // "DE…" as announced, or empty
	State       State
	Announced   []AttachmentID // in the order announced
	Uploaded    int64          // bytes of the attachments that are there
	Metadata    Sealed         // zero until submitted
	Data        Sealed         // zero until submitted
	Digest      []byte         // SHA-256 over both sealed parts as submitted; it outlives the content
	Callback    *Callback      // where the author wants to be told of events; nil: nowhere
	Notified    []string       // notify types that the log has
	Reminded    int            // of how many reminders the last was sent, or came too late to be

	// On the clock of deadlines; zero until it happened.
	Created, Submitted, Decided time.Time
}

// FromSender reports whether the sender of the case is the author, and a subscriber the addressee, and not the other way round.
func (s Submission) FromSender() bool { return s.Author == s.Sender }

// Inbox names the list in which it waits for its addressee.
func (s Submission) Inbox() Inbox {
	switch {
	case s.Kind == KindSubmission:
		return SubmissionsAt(s.Destination)
	case s.FromSender():
		return RepliesAt(s.Destination)
	}
	return RepliesTo(s.Sender)
}

// Inbox is a list of what waits for one addressee.
type Inbox string

// The inboxes of a destination, for submissions and for answers of senders, and that of a sender, for replies.
func SubmissionsAt(d DestinationID) Inbox { return Inbox(d) }
func RepliesAt(d DestinationID) Inbox     { return Inbox("replies at " + d) }
func RepliesTo(c ClientID) Inbox          { return Inbox("replies to " + c) }

// Sealed is one JWE as the broker knows it: what its front says, and where its bytes are.
type Sealed struct {
	KID    string // header "kid"
	Tag    string // fifth part, verbatim; recorded, since only the addressee can verify it
	Digest []byte // SHA-256 of the whole; none for what older programs took in
	Body   Body
}

// Body says where the bytes of a sealed part are: a small one is in the Store under Record, a large one in Blobs
// under Blob. The zero Body has no bytes.
type Body struct {
	Record BodyID
	Blob   BlobID
	Size   int64
}

// Present reports whether there are bytes at all.
func (b Body) Present() bool { return b.Record != "" || b.Blob != "" }

// Attachment is an uploaded attachment of a submission.
type Attachment struct {
	ID         AttachmentID
	Submission SubmissionID
	Sealed     Sealed
	Uploaded   time.Time
}

// Case is the container of submissions and their event log. All its submissions have one sender and one destination, so
// that nobody reads in a log of what was sent to somebody else.
type Case struct {
	ID          CaseID
	Sender      ClientID
	Org         OrgID // the sender's
	Destination DestinationID
	Events      int       // how many the log has
	LastIssued  int64     // "iat" of the last event, Unix seconds
	Chain       []byte    // HMAC over the log up to its last event
	Callback    *Callback // of the sender, from its latest submission that named one
	Created     time.Time
	Changed     time.Time
	Last        time.Time // when the last event was, on the clock of deadlines; zero, of older programs: Changed
}

// Event is one entry of a case's log. It is a fact from the moment it is stored: Claims are its exact bytes. Token is the
// signed form; it is empty until the broker's signature was made, and never changes afterwards.
type Event struct {
	Case       CaseID
	Number     int // 1 is the first of the case
	ID         EventID
	Submission SubmissionID
	Type       string // event URI
	Claims     []byte // exact claim bytes of an event of the broker; nil for a subscriber's token
	Token      string // compact JWS
	Chain      []byte // HMAC(chain of the event before ‖ claims or token)
	Recorded   time.Time
}

// EventRef names one event.
type EventRef struct {
	Case   CaseID
	Number int
}

// Subject names what the event is about, as its token does.
func (e Event) Subject() string {
	kind := KindSubmission
	if _, ok := actOf(e.Type, KindReply); ok {
		kind = KindReply
	}
	return uuidURN(string(kind), e.Submission)
}

// Ref returns the event's name.
func (e Event) Ref() EventRef { return EventRef{e.Case, e.Number} }

// Backlog measures what waits: unsigned events, or owed callbacks.
type Backlog struct {
	Count  int
	Oldest time.Time // zero when nothing waits
}

// Pending is what a client has announced and not submitted.
type Pending struct {
	Count int
	Bytes int64 // uploaded
}

// Receipt remembers a request that its client gave a name of its own (Idempotency-Key), so that a repeat is answered as the first was.
type Receipt struct {
	Client     ClientID
	Key        string       // the client's
	Digest     []byte       // SHA-256 over what was asked
	Submission SubmissionID // that it made or submitted
	Made       time.Time
}

// CallbackType is what a callback tells, the last part of its type URI (FIT-Connect contract 9.3).
type CallbackType string

// What is told: that submissions wait at a destination, that replies wait for whoever is told, that there are events about what it sent.
const (
	NewSubmissions CallbackType = "new-submissions"
	NewReplies     CallbackType = "new-replies"
	NewEvents      CallbackType = "new-events"
)

// Receiver is whom a callback tells: "destination <id>" or "sender <client id>".
type Receiver string

// The two kinds of receivers.
func ToDestination(d DestinationID) Receiver { return Receiver("destination " + d) }
func ToSender(c ClientID) Receiver           { return Receiver("sender " + c) }

// Parts returns which kind of receiver it is, and its id.
func (r Receiver) Parts() (kind, id string) {
	kind, id, _ = strings.Cut(string(r), " ")
	return kind, id
}

// Delivery is a callback that a committed transaction owes. URL and secret are read when the call is made, those of a destination from
// the destination, so that a changed secret takes effect at once. One that is over is kept, so that what became of it can be read.
type Delivery struct {
	ID          DeliveryID
	Type        CallbackType
	Kind        SubmissionKind // of what it is about; none, of older programs, is a submission
	Destination DestinationID
	Sender      ClientID // who is told, if it is the sender of the case and not the destination
	Submission  SubmissionID
	Case        CaseID
	Attempt     int       // how many were begun
	NotBefore   time.Time // due at; while claimed, the end of the lease
	Lease       string    // random per claim; only its holder may report on it
	Created     time.Time
	Replayed    time.Time // when it was owed anew; zero: never
	Over        time.Time // when it was taken or given up; zero: it is owed
	GivenUp     bool
	Attempts    []Attempt // latest last, at most MaxAttempts
}

// MaxAttempts is how many attempts a delivery remembers.
const MaxAttempts = 32

// Attempt is one call that was made for a delivery.
type Attempt struct {
	At     time.Time
	Took   time.Duration
	Status int    // of the answer; 0: there was none
	Reason string // why it did not succeed: short, with neither the URL nor a secret
}

// Begun is since when it has been tried: it is given up some time after that.
func (d Delivery) Begun() time.Time {
	if d.Replayed.IsZero() {
		return d.Created
	}
	return d.Replayed
}

// Receiver returns whom it tells.
func (d Delivery) Receiver() Receiver {
	if d.Sender != "" {
		return ToSender(d.Sender)
	}
	return ToDestination(d.Destination)
}

// KeyUse says what a key of the broker itself is for.
type KeyUse string

// The broker's own keys.
const (
	ServiceKeys KeyUse = "service" // sign events; issuer is the Submission API
	PortalKeys  KeyUse = "portal"  // sign addressing information; issuer is the portal
	TokenKeys   KeyUse = "token"   // sign access tokens
)

// KeyState is where a key of the broker stands in its life.
type KeyState string

// A key is published as next before it is used, and stays published as retired while anything it signed lives.
const (
	KeyNext    KeyState = "next"
	KeyCurrent KeyState = "current"
	KeyRetired KeyState = "retired"
)

// ServiceKey is a key pair of the broker itself.
type ServiceKey struct {
	Use     KeyUse
	KID     string
	State   KeyState
	Public  json.RawMessage // JWK
	Private []byte          // PKCS #8, wrapped by the key file
	Created time.Time       // published since
	Changed time.Time       // in its state since
}

// Coverage is what a route publishes: each of the services in each of the regions.
type Coverage struct {
	Services []string // URNs
	Regions  []string // "DE…"
	Schemas  []string // URIs of those that the destination offers for the services and that are taken there; none: all it offers
}

// Route is one publication: a destination serves this coverage. Its addressing information is signed once, when it is published.
type Route struct {
	ID          RouteID
	Org         OrgID
	Key         string // its owner's name for it, unique among those of Org; none, of older programs: the ID
	Destination DestinationID
	Name        string // the authority's name, for people
	Coverage    []Coverage
	Priority    int       // at the same region the highest are answered
	From, Until time.Time // in force from, and before; zero: open
	Offline     bool      // keeps its place and is not answered
	Info        RouteInfo
	Adoption    AdoptionID // of a template that it was made of; none: by hand
	Signature   string     // destinationSignature, compact JWS
	Published   time.Time  // first; what is changed keeps its age
}

// InForce reports whether the route counts at an instant.
func (r Route) InForce(at time.Time) bool {
	return !at.Before(r.From) && (r.Until.IsZero() || at.Before(r.Until))
}

// Page asks for a part of a list.
type Page struct {
	Offset int // 0 is the first
	Limit  int // at most so many; 1 to MaxPage
}

// MaxPage and DefaultPage bound a page of every list of the wire (FIT-Connect contract 3.0).
const (
	MaxPage     = 500
	DefaultPage = 100
)

// Check refuses a page outside the bounds.
func (p Page) Check() error {
	if p.Limit < 1 || p.Limit > MaxPage {
		return Invalid.New("bad-request", "limit must be 1 to %d", MaxPage)
	}
	if p.Offset < 0 {
		return Invalid.New("bad-request", "offset must be 0 or more")
	}
	return nil
}
