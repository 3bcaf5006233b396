package storetest

import (
	"fmt"
	"time"

	"github.com/vierkant/vierkant/broker"
)

// So many things of each kind take part in a program: few, so that steps meet.
const (
	someOrgs         = 2
	someClients      = 3
	someDestinations = 4
	someKeys         = 3 // of a destination, or of a use
	someSubmissions  = 7
	someAttachments  = 3 // of a submission
	someCases        = 3
	someEvents       = 40
	someDeliveries   = 6
	someTimers       = 4 // of a queue
	someQueues       = 2
	someReceipts     = 3 // of a client
	someRoutes       = 3
	someKinds        = 2
	someEntries      = 4 // of a kind
	someOwners       = 3
	someBodies       = 4
)

// named returns the identifier of thing n: a UUID, as on the wire. Things of different kinds share them, and their order is not that of n.
func named[T ~string](n int) T {
	return T(fmt.Sprintf("%08x-0000-4000-8000-%012x", (n+1)*7919%65536, n))
}

// kidOf returns the name of key n: one is as long as they may be, one the beginning of another.
func kidOf(n int) string {
	return [...]string{"zweit-schlüssel", "zweit", "a234567890123456789012345678901234567890123456789012345678901234"}[n]
}

func stateOf(n int) broker.State {
	return [...]broker.State{
		broker.StateSubmitted, broker.StateForwarded, broker.StateIncomplete, broker.StateAccepted, broker.StateRejected, broker.StateDeleted,
	}[n]
}

func useOf(n int) broker.KeyUse {
	return [...]broker.KeyUse{broker.ServiceKeys, broker.PortalKeys, broker.TokenKeys}[n]
}

// instants are when deliveries and timers are due: some are the same, some a nanosecond apart, some far away.
func instant(n int) time.Time {
	return [...]time.Time{
		epoch, epoch.UTC(), epoch.Add(time.Nanosecond), epoch.Add(time.Hour), epoch.Add(-time.Hour),
		{}, time.Date(1820, 1, 1, 0, 0, 0, 5, time.UTC), time.Date(2500, 1, 1, 0, 0, 0, 0, time.UTC),
	}[n]
}

const someInstants = 8

// caseOf returns to which case submission n belongs.
func caseOf(n int) int { return [...]int{0, 0, 1, 0, 2, 0, 1}[n] }

// asCase gives case n what belongs to it for good. Cases 0 and 1 are at one destination, 0 and 2 of one sender.
func asCase(c *broker.Case, n int) {
	c.ID = named[broker.CaseID](n)
	c.Sender, c.Destination = named[broker.ClientID](n%2), named[broker.DestinationID](n/2)
}

// asSubmission gives submission n what belongs to it for good: the first ones are submissions, then there are replies of the sender, and last those of
// a subscriber.
func asSubmission(s *broker.Submission, n int) {
	var c broker.Case
	asCase(&c, caseOf(n))
	s.ID, s.Kind, s.Case, s.Destination, s.Sender, s.Author = named[broker.SubmissionID](n), broker.KindSubmission, c.ID, c.Destination, c.Sender, c.Sender
	s.Org, s.Office, s.Created = named[broker.OrgID](0), named[broker.OrgID](caseOf(n)%2), instant(n/2)
	if n >= 3 {
		s.Kind = broker.KindReply
	}
	if n >= 5 {
		s.Author = named[broker.ClientID](2)
	}
}

// ledgerOf returns one of the ledgers in which submissions of programs stand.
func ledgerOf(n int) broker.Ledger {
	return [...]broker.Ledger{
		broker.SentBy(named[broker.OrgID](0)), broker.SentFrom(named[broker.ClientID](0)), broker.SentFrom(named[broker.ClientID](1)),
		broker.ReceivedBy(named[broker.OrgID](0)), broker.ReceivedBy(named[broker.OrgID](1)),
		broker.ReceivedAt(named[broker.DestinationID](0)), broker.ReceivedAt(named[broker.DestinationID](1)),
	}[n]
}

const someLedgers = 7

// asDelivery gives delivery n what belongs to it for good: whom it tells, and of which submission.
func asDelivery(d *broker.Delivery, n int) {
	d.ID, d.Destination, d.Sender = named[broker.DeliveryID](n), named[broker.DestinationID](n%2), ""
	if n >= 3 {
		d.Sender = named[broker.ClientID](n % 2)
	}
	d.Submission = named[broker.SubmissionID](n % 4)
}

// receiver returns one of those whom deliveries of programs tell.
func receiver(n int) broker.Receiver {
	var d broker.Delivery
	asDelivery(&d, n+1)
	return d.Receiver()
}

const someReceivers = 4

// queueOf returns a queue of timers: one is the beginning of the other.
func queueOf(n int) broker.TimerQueue { return [...]broker.TimerQueue{"mail", "mails"}[n] }

// timerID returns the name of a timer in its queue: one is the beginning of another.
func timerID(n int) string { return [...]string{"case 1", "case 11", "§ %_'", ""}[n] }

// inbox returns one of the inboxes in which submissions of programs wait.
func inbox(n int) broker.Inbox {
	return [...]broker.Inbox{
		broker.SubmissionsAt(named[broker.DestinationID](0)), broker.SubmissionsAt(named[broker.DestinationID](1)),
		broker.RepliesAt(named[broker.DestinationID](0)), broker.RepliesAt(named[broker.DestinationID](1)),
		broker.RepliesTo(named[broker.ClientID](0)), broker.RepliesTo(named[broker.ClientID](1)),
	}[n]
}

// receiptKey returns what a client calls a request: one is the beginning of another.
func receiptKey(n int) string { return [...]string{"anfrage/1", "anfrage/11", "§ %_'"}[n] }

// kindOf returns a kind of entries: one is the beginning of the other.
func kindOf(n int) broker.EntryKind { return [...]broker.EntryKind{"deed", "deeds"}[n] }

// entryID returns the name of an entry in its kind, which owners choose: one is the beginning of another.
func entryID(n int) string { return [...]string{"Bauamt/1", "Bauamt/11", "§ %_'", ""}[n] }

// ownerOf returns whose list an entry stands in: nobody's, that of an organisation, or one that looks like more.
func ownerOf(n int) string { return [...]string{"", named[string](0), "deeds of s"}[n] }
