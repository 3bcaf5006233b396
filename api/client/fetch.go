package client

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"strings"

	"github.com/vierkant/vierkant/api/wire"
	"github.com/vierkant/vierkant/crypto/keys"
	"github.com/vierkant/vierkant/crypto/seal"
	"github.com/vierkant/vierkant/crypto/set"
)

// Limits of what is fetched, in bytes. The contract does not say whether its megabytes are 10⁶ or 2²⁰ bytes: senders take the lower
// reading, receivers the higher.
const (
	attachmentLimit = 500 << 20
	submissionLimit = 256 << 20 // of the answer with sealed metadata and data, which services limit to some 32 MiB each
)

// Fetched is a submission of which everything held: event log, authentication tags, keys, hashes, metadata, and that the
// destination offers what it is about (FIT-Connect contract 10.7); or a reply, of which the same held but that it is about a service.
// Only [Subscriber.Fetch], [Subscriber.FetchReply] and [Sender.FetchReply] make one. Whether the data obey their own schema is for the
// receiver to judge.
type Fetched struct {
	Ref
	// As announced, "" for a reply. Neither sealed nor signed by the sender: the delivery service could have changed them.
	Service     string // URN
	ServiceName string
	Region      string // "DE…", or ""

	Metadata    Metadata
	RawMetadata []byte // as the sender wrote them
	Data        ReceivedData
	Attachments []ReceivedAttachment

	Tags     set.AuthenticationTags // of the sealed parts, as fetched
	Log      Log                    // of the case, verified
	Evidence Evidence               // the same log, to keep

	folder string // of the attachments' plaintext; "" if there are none
}

// Close removes the plaintext of the attachments that was not moved away. Everything else stays, so that a closed submission can
// still be accepted. It may be called more than once.
func (f *Fetched) Close() error {
	if f.folder == "" {
		return nil
	}
	return os.RemoveAll(f.folder)
}

// ReceivedData is the opened data of a submission; empty if it has none, which only the first generation allows.
type ReceivedData struct {
	Content   []byte
	MIMEType  string
	SchemaURI string
}

// ReceivedAttachment is an opened attachment, joined from its fragments if it was in some.
type ReceivedAttachment struct {
	AttachmentInfo
	Path string // of the plaintext, mode 0600, until [Fetched.Close]; it may be renamed away, and its name means nothing
	Size int64  // bytes
}

// Open opens the plaintext for reading.
func (a ReceivedAttachment) Open() (*os.File, error) { return os.Open(a.Path) }

// RejectError means: the submission or reply is not sound, and whoever sent it is to be told so with [Subscriber.Reject] or
// [Sender.RejectReply]. Nothing of its content was handed out.
type RejectError struct {
	Ref      Ref
	Problems []set.Problem // all that were found, at least one
}

// Error lists the problems.
func (e *RejectError) Error() string {
	texts := make([]string, len(e.Problems))
	for i, p := range e.Problems {
		texts[i] = fmt.Sprintf("%s (%s): %s", strings.TrimPrefix(p.Type, set.ProblemPrefix), p.Instance, p.Detail)
	}
	return fmt.Sprintf("%s is to be rejected: %s", name(e.Ref), strings.Join(texts, "; "))
}

// MissingKeyError means: a part was sealed to a key that the destination has published, or may have, but that is not among the Keys
// given. May have: the kid is a thumbprint (RFC 7638), by which the service cannot be asked. A sender may always have made the key of a
// reply to it. The submission or reply may be fine: it must not be rejected for that.
type MissingKeyError struct {
	Ref      Ref
	KID      string
	ToSender bool // it is a reply key of the sender, not one of the destination
}

// Error names the key.
func (e *MissingKeyError) Error() string {
	owner := "destination " + string(e.Ref.DestinationID)
	if e.ToSender {
		owner = "the sender"
	}
	return fmt.Sprintf("%s is sealed to key %q of %s, whose private half was not given", name(e.Ref), e.KID, owner)
}

// Fetch gets a submission, verifies its event log, compares the authentication tags, opens and checks it, and only then hands it out
// (FIT-Connect contract 10.7, 13.2). Attachments are opened on their way into files below [Config.Scratch], which are there until
// [Fetched.Close], or gone if anything does not hold. So these may hold for a while what turns out to be another's: only what is
// returned was checked.
//
// Errors: [*RejectError] with all problems found if the submission is not sound; [*EventError] if the event log does not hold, which
// is not the sender's fault; [*MissingKeyError]; [*Problem], [ErrNotFound] among them once a decision was made, also while this was
// fetched; those of the file system, which name the place. The sender is blamed for a sealed part that cannot be read only if it came
// whole, in one answer, as what it is: what a proxy says in its place, or what was put together from several answers, is a broken
// transfer and worth another try.
func (s *Subscriber) Fetch(ctx context.Context, id SubmissionID) (*Fetched, error) {
	return s.opener(submission).fetch(ctx, string(id))
}

// opener is the side that gets what is sent: it fetches, checks and opens submissions or replies.
type opener struct {
	client *Client
	kind   kind
	within Ref // whose destination and case it has to be of, if it names some

	// keys are those that parts for the addressee may be sealed to, at this destination or from it.
	keys func(DestinationID) ([]keys.Private, error)
	// isMissing reports whether a key that is not among them is, or may be, one of the addressee's.
	isMissing func(context.Context, DestinationID, string) (bool, error)

	toSender bool // the addressee is no destination, and offers nothing
}

// opener opens what goes to a destination.
func (s *Subscriber) opener(k kind) *opener {
	decryption := func(id DestinationID) ([]keys.Private, error) {
		own, err := s.keysOf(id)
		return own.Decryption, err
	}
	return &opener{client: s.client, kind: k, keys: decryption, isMissing: s.client.isMissing}
}

func (s *opener) fetch(ctx context.Context, id string) (*Fetched, error) {
	e, err := s.download(ctx, id)
	if err != nil {
		return nil, err
	}
	f, err := s.check(ctx, e)
	if err == nil {
		return f, nil
	}
	if removing := (&Fetched{folder: e.folder}).Close(); removing != nil {
		return nil, errors.Join(err, removing)
	}
	return nil, err
}

// check takes all steps from a sealed submission or reply to one of which everything held.
func (s *opener) check(ctx context.Context, e *envelope) (*Fetched, error) {
	for _, step := range []func(context.Context, *envelope) error{s.checkLog, s.checkKeys, s.fetchAttachments, s.checkTags} {
		if err := step(ctx, e); err != nil {
			return nil, err
		}
	}
	return s.open(ctx, e)
}

// envelope is a submission or reply as it was fetched, sealed.
type envelope struct {
	ref     Ref
	service wire.PublicService
	region  string

	sealedMetadata, sealedData string
	uploads                    []AttachmentID
	folder                     string                 // of the plaintext of uploads; "" if there are none
	parts                      map[AttachmentID]*part // of the uploads that could be fetched

	evidence  Evidence
	log       Log
	submitted Event
	tags      set.AuthenticationTags // of the sealed parts
	problems  []set.Problem
}

func (e *envelope) report(code Code, instance, detail string, args ...any) {
	e.problems = append(e.problems, code.Problem(instance, fmt.Sprintf(detail, args...)))
}

// verdict is the error of all problems so far, nil if there are none.
func (e *envelope) verdict() error {
	if len(e.problems) == 0 {
		return nil
	}
	return &RejectError{Ref: e.ref, Problems: e.problems}
}

// download gets everything but attachments.
func (s *opener) download(ctx context.Context, id string) (*envelope, error) {
	id, err := ParseID(id)
	if err != nil {
		return nil, fmt.Errorf("%s id: %w", s.kind, err)
	}
	a, err := s.client.transport.do(ctx, call{
		method: http.MethodGet, url: s.client.base.submission + s.kind.path() + "/" + id, token: true, large: true, limit: submissionLimit,
	})
	if err != nil {
		return nil, err
	}
	e, err := s.kind.readFetched(a)
	if err != nil {
		return nil, err
	}
	if e.ref.ID() != id {
		return nil, fmt.Errorf("asked for %s %s, got %s", s.kind, id, e.ref.ID())
	}
	if s.within != (Ref{}) && (s.within.DestinationID != e.ref.DestinationID || s.within.CaseID != e.ref.CaseID) {
		return nil, fmt.Errorf("%s is not of case %s at destination %s, but of case %s at %s",
			name(e.ref), s.within.CaseID, s.within.DestinationID, e.ref.CaseID, e.ref.DestinationID)
	}
	if _, err := s.keys(e.ref.DestinationID); err != nil {
		return nil, err
	}
	return e, nil
}

// checkLog verifies the event log and finds the event that says what was submitted.
func (s *opener) checkLog(ctx context.Context, e *envelope) error {
	var err error
	if e.evidence, e.log, err = s.client.Evidence(ctx, e.ref); err != nil {
		return err
	}
	if e.submitted, _, err = e.log.submitted(e.ref); err != nil {
		e.report(InvalidEventLog, Elsewhere, "expected exactly one submit-%s event with authentication tags", s.kind)
	}
	return e.verdict()
}

// checkTags compares the parts at hand with those that the event log says were submitted. Metadata and data are opened only after
// that held; attachments were, on their way, and nobody has looked into them yet.
func (s *opener) checkTags(_ context.Context, e *envelope) error {
	logged := *e.submitted.Payload.AuthenticationTags
	e.tags.Metadata = e.compareTag(InMetadata, logged.Metadata, e.sealedMetadata)
	switch {
	case e.sealedData != "":
		e.tags.Data = e.compareTag(InData, logged.Data, e.sealedData)
	case logged.Data != "":
		e.report(MissingData, InData, "the submit-%s event has a tag of data, the %[1]s has none", s.kind)
	}
	names := byID(logged.Attachments)
	if !sameIDs(names, e.uploads) {
		e.report(AttachmentsMismatch, Elsewhere, "the %s has %d attachments, the submit-%[1]s event names others (%[3]d)",
			s.kind, len(e.uploads), len(names))
	}
	for _, id := range e.uploads {
		want, named := names[id]
		if part, fetched := e.parts[id]; named && fetched {
			e.noteAttachment(id, e.judgeTag(InAttachment(id), want, part.info, part.broken))
		}
	}
	return e.verdict()
}

func (e *envelope) noteAttachment(id AttachmentID, tag string) {
	if e.tags.Attachments == nil {
		e.tags.Attachments = map[string]string{}
	}
	e.tags.Attachments[string(id)] = tag
}

// compareTag reads the tag of a sealed part and holds it against the logged one. Submissions of both generations are met here, so
// the rules for the header are the wider ones.
func (e *envelope) compareTag(instance, logged, jwe string) string {
	info, err := seal.Inspect(jwe, seal.V1())
	return e.judgeTag(instance, logged, info, err)
}

func (e *envelope) judgeTag(instance, logged string, info seal.Info, broken error) string {
	switch {
	case broken != nil:
		e.report(EncryptionIssue, instance, "%v", broken)
	case info.Tag != logged:
		e.report(IncorrectAuthenticationTag, instance, "the authentication tag differs from that in the submit-%s event", e.ref.kind())
	}
	return info.Tag
}

// sameIDs reports whether the list has each named one once and nothing else.
func sameIDs[T any](named map[AttachmentID]T, list []AttachmentID) bool {
	listed := idSet{}
	for _, id := range list {
		if _, ok := named[id]; !ok || !listed.add(id) {
			return false
		}
	}
	return len(named) == len(list)
}
