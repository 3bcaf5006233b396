package client

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/vierkant/vierkant/api/wire"
	"github.com/vierkant/vierkant/crypto/keys"
	"github.com/vierkant/vierkant/crypto/seal"
	"github.com/vierkant/vierkant/crypto/set"
)

// ProcessStandard is the one that [ReplyTo] names: data and attachments in a reply, of a schema that the metadata of the reply name, and no
// process beyond that. A reply channel has to name at least one (FIT-Connect contract 10.6).
const ProcessStandard = "https://schema.vierkant.example/process-standards/reply/1.0.0"

// ErrNoReplyChannel means: the sender did not ask to be answered through the broker.
var ErrNoReplyChannel = errors.New("no reply channel through the broker")

// Reply is what a destination replies to a submission, or a sender answers to a reply (FIT-Connect contract 3.6).
type Reply struct {
	Data        Data // its schema is a matter between both sides: no destination offers any for replies
	Attachments []Attachment

	// What else the metadata say; each may be left out.
	Author    *Author
	Reference *Reference
}

func (r Reply) content() content {
	return content{r.Data, r.Attachments, Metadata{Author: r.Author, Reference: r.Reference}}
}

// NewReplyKey makes the key pair of a sender for replies to one application. It takes about a second. Keep the private half as long as
// replies may come; the public one goes into [Application.ReplyChannel] by [ReplyTo]. Nothing of a reply is signed by its author: that
// it comes from the authority is known from the event log, as far as the service is believed, and from the key, which nobody but that
// authority was told. So make one for each application.
func NewReplyKey() (keys.Private, error) {
	key, err := keys.Generate(keys.Encryption, "reply", time.Now(), time.Hour)
	key.Chain = nil // needs no certificate (FIT-Connect contract 6.1)
	return key, err
}

// ReplyTo is the reply channel of a sender that takes replies sealed to this key.
func ReplyTo(key keys.Public) *ReplyChannel {
	key.Chain = nil
	return &ReplyChannel{FitConnect: &FitConnect{ProcessStandards: []string{ProcessStandard}, EncryptionPublicKey: key}}
}

// replyKey returns the key that replies are sealed to, judged as what it is: known from sealed metadata, without a certificate.
func (r *ReplyChannel) replyKey(now time.Time) (keys.Public, error) {
	if r == nil || r.FitConnect == nil {
		return keys.Public{}, ErrNoReplyChannel
	}
	key := r.FitConnect.EncryptionPublicKey
	if err := keys.Uncertified().Check(key, keys.Encryption, now); err != nil {
		return keys.Public{}, &KeyError{"the sender", key.KID, err}
	}
	return key, nil
}

// Reply seals a reply to the key that the sender of a submission gave for that, and submits it in the case of the submission; f may have been
// accepted or rejected before, and may come from where it was kept. The receipt is one of the reply; see [Sender.Send] for
// what it is worth, for repeats, and for errors. Others are [ErrNoReplyChannel], and [*KeyError] if the sender's key is not fit.
func (s *Subscriber) Reply(ctx context.Context, f *Fetched, r Reply) (Receipt, error) {
	key, err := f.Metadata.ReplyChannel.replyKey(s.client.now())
	if err != nil {
		return Receipt{}, fmt.Errorf("reply to %s: %w", name(f), err)
	}
	return s.client.reply(ctx, f.Ref, r, key)
}

// Answer seals an answer to the present key of a destination that has replied, and submits it in the same case, of which ref names
// anything: the reply, or the submission. The destination's key is asked for anew and judged as [Sender.Send] does, which see also for what the
// receipt is worth, for repeats, and for errors.
func (s *Sender) Answer(ctx context.Context, ref Ref, r Reply) (Receipt, error) {
	d, err := s.client.Destination(ctx, ref.DestinationID)
	if err != nil {
		return Receipt{}, err
	}
	if !slices.Contains(d.MetadataVersions, metadataVersion) {
		return Receipt{}, fmt.Errorf("destination %s: %w: metadata version %s, only %q", d.ID, ErrNotOffered, metadataVersion, d.MetadataVersions)
	}
	key, err := s.client.destinationKey(ctx, d.ID, d.EncryptionKID, keys.Encryption, s.client.now())
	if err != nil {
		return Receipt{}, err
	}
	return s.client.reply(ctx, ref, r, key)
}

// reply sends a reply in the case of what ref names, sealed to a key that was judged.
func (c *Client) reply(ctx context.Context, ref Ref, r Reply, key keys.Public) (Receipt, error) {
	ref, err := ref.Canonical()
	if err != nil {
		return Receipt{}, err
	}
	what := r.content()
	if err := what.check(); err != nil {
		return Receipt{}, err
	}
	p, err := c.pack(ctx, what, key)
	if err != nil {
		return Receipt{}, err
	}
	return c.deliver(ctx, announcement{reply, ref.DestinationID, ref.CaseID, func(attachments []string) any {
		return wire.AnnounceReply{CaseID: string(ref.CaseID), AnnouncedAttachments: attachments}
	}}, p)
}

// Replies names the replies that wait for this sender, and how many there are in all.
func (s *Sender) Replies(ctx context.Context, p Page) (waiting []Ref, total int, err error) {
	return s.client.list(ctx, reply, "", p)
}

// WaitingReplies names all replies that wait for this sender: every page of the list, or an error.
func (s *Sender) WaitingReplies(ctx context.Context) ([]Ref, error) {
	return s.client.waiting(ctx, reply, "")
}

// FetchReply gets a reply, checks it as [Subscriber.Fetch] does a submission, and opens it with the one of these keys that it is sealed to;
// see [NewReplyKey]. Destination and case are those that ref names, or it is an error: take them from a [Receipt], so that a reply
// is never taken for one to another application. Errors are those of [Subscriber.Fetch].
func (s *Sender) FetchReply(ctx context.Context, ref Ref, own ...keys.Private) (*Fetched, error) {
	ref, err := ref.Canonical()
	if err != nil {
		return nil, err
	}
	if ref.kind() != reply {
		return nil, fmt.Errorf("fetch reply: expected the id of a reply, found %s", name(ref))
	}
	if err := (Keys{Decryption: own}).checkDecryption(); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrConfig, err)
	}
	return s.opener(ref, own).fetch(ctx, ref.ID())
}

// opener opens what goes to the sender in the case that ref names. A key that is not there may be an older one: the service cannot know.
func (s *Sender) opener(ref Ref, own []keys.Private) *opener {
	return &opener{
		client: s.client, kind: reply, within: ref, toSender: true,
		keys:      func(DestinationID) ([]keys.Private, error) { return own, nil },
		isMissing: func(context.Context, DestinationID, string) (bool, error) { return true, nil },
	}
}

// AcceptReply tells the destination, by an event that the service signs, that a reply was received and is sound: a sender has no key to
// sign with. Persist it before: the service gives it away no more afterwards. Tags that are not those in the event log are a [*TagError].
// About repeating it, see [Subscriber.Accept].
func (s *Sender) AcceptReply(ctx context.Context, f *Fetched) error {
	if err := f.Log.CheckTags(f, f.Tags); err != nil {
		return err
	}
	return s.decide(ctx, f.Ref, "accept", wire.AcceptReply{AuthenticationTags: (*wire.AuthenticationTags)(&f.Tags)})
}

// RejectReply tells the destination, by an event that the service signs, why a reply is not taken; see [Code.Problem]. About repeating
// it, see [Subscriber.Accept].
func (s *Sender) RejectReply(ctx context.Context, ref Ref, problems ...set.Problem) error {
	if len(problems) == 0 {
		return errors.New("reject: expected at least one problem")
	}
	body := wire.RejectReply{Problems: make([]wire.EventProblem, len(problems))}
	for i, p := range problems {
		body.Problems[i] = wire.EventProblem(p)
	}
	return s.decide(ctx, ref, "reject", body)
}

func (s *Sender) decide(ctx context.Context, ref Ref, verb string, document any) error {
	ref, err := ref.Canonical()
	if err != nil {
		return err
	}
	if ref.kind() != reply {
		return fmt.Errorf("%s: expected a reply, found %s", verb, name(ref))
	}
	body, err := json.Marshal(document)
	if err != nil {
		return err
	}
	_, err = s.client.transport.do(ctx, call{
		method: http.MethodPut, url: s.client.address(ref) + "/" + verb, token: true, once: true, contentType: seal.JSON, body: string(body),
	})
	return err
}

// Replies names the answers of senders that wait at a destination, or at all of the client's if id is "", and how many there are in all.
func (s *Subscriber) Replies(ctx context.Context, id DestinationID, p Page) (waiting []Ref, total int, err error) {
	return s.client.list(ctx, reply, id, p)
}

// WaitingReplies names all answers that wait at a destination, or at all of the client's if id is "": every page of the list, or an error.
func (s *Subscriber) WaitingReplies(ctx context.Context, id DestinationID) ([]Ref, error) {
	return s.client.waiting(ctx, reply, id)
}

// FetchReply gets the answer of a sender, checks and opens it as [Subscriber.Fetch] does a submission, with the same errors. It is
// decided by [Subscriber.Accept] and [Subscriber.Reject].
func (s *Subscriber) FetchReply(ctx context.Context, id ReplyID) (*Fetched, error) {
	return s.opener(reply).fetch(ctx, string(id))
}
