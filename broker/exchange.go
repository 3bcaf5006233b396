package broker

import (
	"context"
	"crypto/sha256"
	"io"
	"slices"

	"github.com/vierkant/vierkant/crypto/seal"
)

// Exchange is what submissions and replies have in common: their author uploads and submits parts, their addressee fetches them.
type Exchange struct {
	*core
	kind SubmissionKind
}

// fromAnyone are the scopes of whoever may write or read replies.
var fromAnyone = []Scope{ScopeSend, ScopeSubscribe}

func (s Exchange) requireAuthor(who Caller) error {
	if s.kind == KindReply {
		return who.Require(fromAnyone...)
	}
	return who.Require(ScopeSend)
}

func (s Exchange) requireAddressee(who Caller) error {
	if s.kind == KindReply {
		return who.Require(fromAnyone...)
	}
	return who.Require(ScopeSubscribe)
}

// notFound turns ErrNoRow into what a caller is told of one that is not there, or not for its eyes.
func (s Exchange) notFound(err error, id SubmissionID) error {
	return OrNotFound(err, string(s.kind)+"-not-found", "there is no %s %s", s.kind, id)
}

// find returns one of this kind; of the other kind there is none.
func (s Exchange) find(tx Tx, id SubmissionID) (Submission, error) {
	sub, err := tx.Submission(id)
	if err == nil && sub.Kind != s.kind {
		err = ErrNoRow
	}
	return sub, s.notFound(err, id)
}

// own returns one that the caller announced; a foreign one is as unknown as none, and so is one that was never submitted and is deleted by now.
func (s Exchange) own(tx Tx, who Caller, id SubmissionID) (Submission, error) {
	sub, err := s.find(tx, id)
	if err == nil && (sub.Author != who.Client || sub.State == StateDeleted && sub.Submitted.IsZero()) {
		err = s.notFound(ErrNoRow, id)
	}
	if err != nil || sub.FromSender() {
		return sub, err
	}
	d, err := tx.Destination(sub.Destination)
	if err != nil {
		return sub, err
	}
	return sub, d.requireAssigned(who)
}

// list returns a page of what waits in the caller's inboxes.
func (s Exchange) list(ctx context.Context, who Caller, p Page, inboxes func(Tx) ([]Inbox, error)) (waiting []Submission, total int, err error) {
	if err := s.requireAddressee(who); err != nil {
		return nil, 0, err
	}
	if err := p.Check(); err != nil {
		return nil, 0, err
	}
	err = s.Store.View(ctx, func(tx Tx) error {
		from, err := inboxes(tx)
		if err == nil {
			waiting, total, err = tx.Waiting(from, p)
		}
		return err
	})
	return waiting, total, err
}

// waiting returns one whose content the caller may fetch now.
func (s Exchange) waiting(tx Tx, who Caller, id SubmissionID) (Submission, error) {
	sub, err := s.addressed(tx, who, id)
	if err == nil && !sub.State.Retrievable() {
		err = NotFound.New(string(s.kind)+"-not-found", "the %s %s cannot be fetched: it is %s", s.kind, id, sub.State)
	}
	return sub, err
}

// addressed returns one that goes to the caller: to a sender, or to a subscriber of the destination.
func (s Exchange) addressed(tx Tx, who Caller, id SubmissionID) (Submission, error) {
	sub, err := s.find(tx, id)
	if err != nil {
		return sub, err
	}
	if !sub.FromSender() {
		if sub.Sender != who.Client {
			err = s.notFound(ErrNoRow, id)
		}
		return sub, err
	}
	if !who.Has(ScopeSubscribe) {
		return sub, s.notFound(ErrNoRow, id)
	}
	d, err := tx.Destination(sub.Destination)
	if err != nil {
		return sub, err
	}
	return sub, d.mayFetch(who)
}

// sealedFor narrows rules to keys of the addressee, where the broker knows them: a part sealed for another key is refused at the door, not
// discovered days later. The key of a sender stands in sealed metadata.
func (s Exchange) sealedFor(tx Tx, sub Submission, rules seal.Rules) (seal.Rules, error) {
	if !sub.FromSender() {
		return rules, nil
	}
	kids, err := s.encryptionKIDs(tx, sub.Destination)
	return rules.For(kids...), err
}

// Upload takes one announced attachment in, as a stream. A second upload of the same attachment replaces the first
// until all is submitted.
func (s Exchange) Upload(ctx context.Context, who Caller, g Generation, id SubmissionID, att AttachmentID, body io.Reader) error {
	if err := s.requireAuthor(who); err != nil {
		return err
	}
	var (
		rules seal.Rules
		most  bound
	)
	if err := s.Store.View(ctx, func(tx Tx) error {
		sub, err := s.uploadable(tx, who, id, att)
		if err != nil {
			return err
		}
		if most, err = s.room(tx, who, sub, att); err != nil {
			return err
		}
		rules, err = s.sealedFor(tx, sub, g.Attachment)
		return err
	}); err != nil {
		return err
	}
	digest := sha256.New()
	in, err := s.take(ctx, io.TeeReader(body, digest), rules, most)
	if err != nil {
		return err
	}
	in.Digest = digest.Sum(nil)
	var replaced Body
	err = s.Store.Update(ctx, func(tx Tx) (err error) {
		replaced, err = s.attach(tx, who, id, att, &in)
		return err
	})
	if err != nil {
		s.discardIfRefused(ctx, err, in.Body)
		return err
	}
	s.discard(ctx, replaced)
	return nil
}

// attach writes an attachment that was taken in, and returns the body of the one that it replaces.
func (s Exchange) attach(tx Tx, who Caller, id SubmissionID, att AttachmentID, in *intake) (replaced Body, err error) {
	sub, err := s.uploadable(tx, who, id, att)
	if err != nil {
		return Body{}, err
	}
	others, err := uploadedBeside(tx, id, att)
	if err != nil {
		return Body{}, err
	}
	sub.Uploaded = others + in.Body.Size
	if room := s.Limits.beside(others); in.Body.Size > room.most { // others came at the same time
		return Body{}, room.refusal(nil)
	}
	if replaced, err = s.replace(tx, id, att); err != nil {
		return Body{}, err
	}
	if err := in.put(tx); err != nil {
		return Body{}, err
	}
	if err := tx.PutAttachment(Attachment{ID: att, Submission: id, Sealed: in.Sealed, Uploaded: s.Now()}); err != nil {
		return Body{}, err
	}
	return replaced, tx.PutSubmission(sub)
}

// uploadable returns the caller's own one while it may still take this attachment.
func (s Exchange) uploadable(tx Tx, who Caller, id SubmissionID, att AttachmentID) (Submission, error) {
	sub, err := s.own(tx, who, id)
	if err != nil {
		return sub, err
	}
	if sub.State != StateIncomplete {
		return sub, Unprocessable.New("submission-state-invalid", "the %s is %s: attachments are uploaded before it is submitted", s.kind, sub.State)
	}
	if !slices.Contains(sub.Announced, att) {
		return sub, Unprocessable.New("attachment-not-announced", "the attachment %s was not announced with this %s", att, s.kind)
	}
	return sub, stillMaySend(tx, who, sub)
}

// stillMaySend refuses a submission that the scopes of the token do not cover, or not any more. Replies follow their case.
func stillMaySend(tx Tx, who Caller, sub Submission) error {
	if sub.Kind != KindSubmission || who.sendsEverything() {
		return nil
	}
	d, err := tx.Destination(sub.Destination)
	if err != nil {
		return err
	}
	return who.maySend(d, sub.Service.Identifier, sub.Region)
}

// replace forgets the attachment that stood there before, and returns its body for the blob to be deleted later.
func (s Exchange) replace(tx Tx, id SubmissionID, att AttachmentID) (Body, error) {
	before, err := tx.Attachment(id, att)
	switch {
	case err == nil && before.Sealed.Body.Record != "":
		return Body{}, tx.DeleteBody(before.Sealed.Body.Record)
	case err == nil:
		return before.Sealed.Body, nil
	case isNoRow(err):
		return Body{}, nil
	}
	return Body{}, err
}
