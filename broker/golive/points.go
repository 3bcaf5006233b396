package golive

import "slices"

// Kind says what goes live.
type Kind string

// The kinds of subjects.
const (
	Sender      Kind = "sender"
	Subscriber  Kind = "subscriber"
	Destination Kind = "destination"
)

// Kinds returns all.
func Kinds() []Kind { return []Kind{Destination, Sender, Subscriber} }

// Point names a line of a checklist. One of an organisation's own is a UUID.
type Point string

// The points that everybody has.
const (
	TokenIssued        Point = "token-issued"
	TokenRenewed       Point = "token-renewed"
	SubmissionSent     Point = "submission-sent"
	AttachmentSent     Point = "attachment-sent"
	SubmissionReceived Point = "submission-received"
	AttachmentReceived Point = "attachment-received"
	SubmissionAccepted Point = "submission-accepted"
	SubmissionRejected Point = "submission-rejected"
	RejectionSeen      Point = "rejection-seen"
	ReplySent          Point = "reply-sent"
	ReplyAccepted      Point = "reply-accepted"
	CallbackTaken      Point = "callback-taken"
	ReminderSent       Point = "reminder-sent"
	FaultRehearsed     Point = "fault-rehearsed"

	Assigned         Point = "assigned"
	Active           Point = "active"
	KeysFit          Point = "keys-fit"
	ContactConfirmed Point = "contact-confirmed"
	RoutePublished   Point = "route-published"

	DataProtection  Point = "data-protection"
	Training        Point = "training"
	ServiceComplete Point = "service-complete"
)

// Source says how a point comes to be done; see the package.
type Source string

// The sources.
const (
	Witnessed Source = "witnessed"
	Seen      Source = "seen"
	Declared  Source = "declared"
)

// definition is a point as the checklists of a kind have it.
type definition struct {
	point    Point
	source   Source
	optional bool   // it counts for nothing, but is good to have
	title    string // for people
}

// definitions lists the points of a kind in the order in which one gets to them.
func definitions(k Kind) []definition {
	return map[Kind][]definition{Sender: ofSender(), Subscriber: ofSubscriber(), Destination: ofDestination()}[k]
}

func ofSender() []definition {
	return []definition{
		{TokenIssued, Witnessed, false, "An access token was issued to the client."},
		{TokenRenewed, Witnessed, false, "The client fetched a new access token after an earlier one had expired."},
		{SubmissionSent, Witnessed, false, "The client sent a submission."},
		{AttachmentSent, Witnessed, false, "The client sent a submission with an attachment."},
		{SubmissionAccepted, Witnessed, false, "A submission of the client was accepted."},
		{RejectionSeen, Witnessed, false, "A submission of the client was rejected, and the client read that in the event log."},
		{CallbackTaken, Witnessed, true, "The client took a signed callback."},
		{ReplyAccepted, Witnessed, true, "The client accepted a reply."},
		{FaultRehearsed, Witnessed, true, "The client met a fault on request."},
		{DataProtection, Declared, false, "The agreements on data protection are made."},
		{Training, Declared, false, "Those who will work with it are trained."},
	}
}

func ofSubscriber() []definition {
	return []definition{
		{TokenIssued, Witnessed, false, "An access token was issued to the client."},
		{TokenRenewed, Witnessed, false, "The client fetched a new access token after an earlier one had expired."},
		{Assigned, Seen, false, "The client is assigned to a destination."},
		{SubmissionAccepted, Witnessed, false, "The client accepted a submission."},
		{SubmissionRejected, Witnessed, false, "The client rejected a submission."},
		{ReplySent, Witnessed, true, "The client sent a reply."},
		{FaultRehearsed, Witnessed, true, "The client met a fault on request."},
		{DataProtection, Declared, false, "The agreements on data protection are made."},
		{Training, Declared, false, "Those who will work with it are trained."},
	}
}

func ofDestination() []definition {
	return []definition{
		{Active, Seen, false, "The destination is active."},
		{KeysFit, Seen, false, "The keys in force pass the rules of the next environment."},
		{ContactConfirmed, Seen, false, "The mail address of the contact is confirmed."},
		{RoutePublished, Seen, false, "A route to the destination is published."},
		{SubmissionReceived, Witnessed, false, "A submission was received."},
		{AttachmentReceived, Witnessed, false, "A submission with an attachment was received."},
		{SubmissionAccepted, Witnessed, false, "A submission was accepted."},
		{SubmissionRejected, Witnessed, false, "A submission was rejected by the authority."},
		{ReplySent, Witnessed, false, "A reply was sent."},
		{CallbackTaken, Witnessed, false, "A signed callback was taken."},
		{ReminderSent, Witnessed, false, "A reminder was sent to the contact."},
		{FaultRehearsed, Witnessed, true, "A callback met a fault on request."},
		{DataProtection, Declared, false, "The agreements on data protection are made."},
		{Training, Declared, false, "Those who will work with it are trained."},
		{ServiceComplete, Declared, false, "The description of the service is complete."},
	}
}

// declarable reports whether a point that everybody has is one that is ticked in the checklists of a kind.
func declarable(k Kind, p Point) bool {
	return slices.ContainsFunc(definitions(k), func(d definition) bool { return d.point == p && d.source == Declared })
}
