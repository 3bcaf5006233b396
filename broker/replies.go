package broker

import (
	"context"

	"github.com/vierkant/vierkant/crypto/set"
)

// Replies goes back and forth in a case: the destination begins, the sender may answer (FIT-Connect contract 3.6).
type Replies struct{ Exchange }

// ReplyAnnouncement is what is said before a reply is sent.
type ReplyAnnouncement struct {
	Case        CaseID
	Attachments []AttachmentID
}

// Announce opens a reply in a case that the caller is a party of.
func (s *Replies) Announce(ctx context.Context, who Caller, a ReplyAnnouncement, again Repeat) (Submission, error) {
	if err := s.requireAuthor(who); err != nil {
		return Submission{}, err
	}
	if err := checkAttachments(a.Attachments, s.Limits); err != nil {
		return Submission{}, err
	}
	o := opening{who: who, again: again}
	admit := func(tx Tx) (err error) {
		if found, err := o.repeated(tx); err != nil || found {
			return err
		}
		o.c, o.office, err = s.admit(tx, who, a.Case)
		return err
	}
	open := func(tx Tx) error {
		return s.begin(tx, &o, Submission{Destination: o.c.Destination, Announced: a.Attachments}, nil)
	}
	return s.announce(ctx, &o, admit, open)
}

// admit returns the case if the caller may reply in it now, and whose its destination is.
func (s *Replies) admit(tx Tx, who Caller, id CaseID) (Case, OrgID, error) {
	c, err := (&Cases{s.core}).readable(tx, who, id)
	if err != nil {
		return c, "", err
	}
	d, err := openForContent(tx, Submission{Kind: KindReply, Destination: c.Destination})
	if err != nil {
		return c, "", err
	}
	return c, d.Org, mayReply(tx, c, who.Client == c.Sender)
}

// mayReply refuses a reply to nothing: a destination replies to what was submitted to it, a sender to what was replied.
func mayReply(tx Tx, c Case, sender bool) error {
	to, sentence := KindSubmission, "nothing was submitted in this case yet: a destination replies to a submission"
	if sender {
		to, sentence = KindReply, "the destination has not replied in this case: the sender answers a reply; to send more, announce a further submission with this caseId"
	}
	for p := (Page{Limit: MaxPage}); ; p.Offset += MaxPage {
		all, total, err := tx.CaseSubmissions(c.ID, to, p)
		if err != nil {
			return err
		}
		for _, one := range all {
			if one.FromSender() != sender && !one.Submitted.IsZero() {
				return nil
			}
		}
		if p.Offset+MaxPage >= total {
			return Unprocessable.New("nothing-to-reply-to", "%s", sentence)
		}
	}
}

// List returns the replies that wait for the caller: those to it as a sender, or at its destinations, or at one of them.
func (s *Replies) List(ctx context.Context, who Caller, at DestinationID, p Page) (waiting []Submission, total int, err error) {
	return s.list(ctx, who, p, func(tx Tx) ([]Inbox, error) {
		if !who.Has(ScopeSubscribe) {
			return []Inbox{RepliesTo(who.Client)}, onlyForSubscribers(at)
		}
		from, err := fetchable(tx, who, at)
		return inboxes(from, RepliesAt), err
	})
}

// Accept accepts a reply for its addressee. tags are those of the parts that were fetched; nil: they were not compared.
func (s *Replies) Accept(ctx context.Context, who Caller, id SubmissionID, tags *set.AuthenticationTags) error {
	return s.settle(ctx, who, id, accepted, func(tx Tx, sub Submission) (set.Payload, error) {
		tags, err := acceptedTags(tx, sub, tags)
		return set.Payload{AuthenticationTags: &tags}, err
	})
}

// Reject rejects a reply for its addressee.
func (s *Replies) Reject(ctx context.Context, who Caller, id SubmissionID, problems []set.Problem) error {
	if len(problems) == 0 {
		return badRequest("problems is required: at least one, each with a type")
	}
	payload := set.Payload{Problems: problems}
	if _, err := set.ParsePayload(payload.Bytes()); err != nil {
		return Invalid.Wrap(err, "bad-request", "%s", err)
	}
	return s.settle(ctx, who, id, rejected, func(Tx, Submission) (set.Payload, error) { return payload, nil })
}

// settle has the broker issue the event of a decision, since a sender has no key to sign with.
func (s *Replies) settle(ctx context.Context, who Caller, id SubmissionID, what act, content func(Tx, Submission) (set.Payload, error)) error {
	if err := s.requireAddressee(who); err != nil {
		return err
	}
	var sub Submission
	rule := func(tx Tx) (err error) {
		if sub, err = s.addressed(tx, who, id); err != nil {
			return err
		}
		_, err = sub.State.Next(KindReply, events[KindReply][what], AuthorService)
		return err
	}
	return s.decide(ctx, rule, func(tx Tx) error {
		payload, err := content(tx, sub)
		if err != nil {
			return err
		}
		c, err := tx.Case(sub.Case)
		if err != nil {
			return err
		}
		sub.Decided = s.Deadline()
		return s.advance(tx, &c, &sub, what, payload)
	})
}
