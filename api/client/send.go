package client

import (
	"context"
	"crypto/sha512"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/vierkant/vierkant/api/wire"
	"github.com/vierkant/vierkant/crypto/keys"
	"github.com/vierkant/vierkant/crypto/seal"
	"github.com/vierkant/vierkant/crypto/set"
)

// Limits of one submission (FIT-Connect contract 11), in bytes of sealed content.
const (
	maxAttachment = 500_000_000
	maxSubmission = 2_000_000_000
)

// Sizes of fragments, in bytes of plaintext.
const (
	fragmentSize = 200_000_000                     // from which the contract recommends fragments (3.7)
	maxFragment  = (maxAttachment - 8<<10) / 4 * 3 // what fits into one upload with any header
)

// Sender is the side of the online service.
type Sender struct{ client *Client }

// Sender returns the sending side.
func (c *Client) Sender() *Sender { return &Sender{client: c} }

// Receipt proves what was sent. It holds nothing secret, but keep it: with it [Sender.Events] tells whether the authority got the very same
// bytes. As JSON it can be stored and read again.
type Receipt struct {
	Ref
	SentAt time.Time              `json:"sentAt"`
	Tags   set.AuthenticationTags `json:"authenticationTags"` // of the sealed parts
}

// UnconfirmedError means: everything was uploaded, but whether the submit arrived is not known. Read [Sender.Events] with the
// receipt before sending again: the application may be with the authority. So it is not [Retryable], whatever Err is.
type UnconfirmedError struct {
	Receipt Receipt
	Err     error
}

// Error says so.
func (e *UnconfirmedError) Error() string {
	return fmt.Sprintf("submission %s may or may not have been submitted: %v", e.Receipt.SubmissionID, e.Err)
}

func (e *UnconfirmedError) Unwrap() error { return e.Err }

// Send checks the application against the destination, seals all parts to its current key and submits them
// (FIT-Connect contract 3.5, 3.8, 13.1). Nothing reaches the service before everything that can be checked here was. Uploads and
// the submit are repeated when the service is busy; the announcement never is: one whose answer was lost leaves an empty
// submission that the service drops after a day.
//
// Keep the plaintext until [Sender.Events] has shown the acceptance. Errors: [ErrInvalid], [ErrNotOffered], [*KeyError],
// [*schemas.Violation], [*UnconfirmedError], [*Problem], and what [Attachment.Open] and its content failed with. When it returns,
// every content is closed and no longer read.
func (s *Sender) Send(ctx context.Context, a Application) (Receipt, error) {
	if err := a.check(); err != nil {
		return Receipt{}, err
	}
	d, err := s.client.Destination(ctx, a.Destination)
	if err != nil {
		return Receipt{}, err
	}
	if err := a.checkOffer(d); err != nil {
		return Receipt{}, fmt.Errorf("destination %s: %w", d.ID, err)
	}
	key, err := s.client.destinationKey(ctx, d.ID, d.EncryptionKID, keys.Encryption, s.client.now())
	if err != nil {
		return Receipt{}, err
	}
	p, err := s.pack(ctx, a, key)
	if err != nil {
		return Receipt{}, err
	}
	receipt, err := s.announce(ctx, a, d.ID, p)
	if err != nil {
		return Receipt{}, err
	}
	if err := s.uploadAll(ctx, p, &receipt); err != nil {
		return Receipt{}, fmt.Errorf("submission %s was announced but not submitted: %w", receipt.SubmissionID, err)
	}
	if err := s.submit(ctx, p, &receipt); err != nil {
		return Receipt{}, err
	}
	return receipt, nil
}

// parcel is an application on its way: metadata and data are sealed, attachments are hashed.
type parcel struct {
	key            keys.Public
	metadata, data string // JWE
	attachments    []outgoing
}

// uploads lists the pieces of all attachments.
func (p *parcel) uploads() []*piece {
	var all []*piece
	for _, o := range p.attachments {
		all = append(all, o.pieces...)
	}
	return all
}

func (s *Sender) pack(ctx context.Context, a Application, key keys.Public) (*parcel, error) {
	p := &parcel{key: key, attachments: make([]outgoing, len(a.Attachments))}
	err := each(ctx, len(a.Attachments), func(ctx context.Context, i int) (err error) {
		if p.attachments[i], err = s.client.cut(ctx, a.Attachments[i]); err != nil {
			return fmt.Errorf("read Attachments[%d] (%q): %w", i, a.Attachments[i].Filename, err)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	if err := p.checkUploads(); err != nil {
		return nil, err
	}
	metadata, err := json.Marshal(a.metadata(p.attachments))
	if err != nil {
		return nil, fmt.Errorf("%w: metadata: %w", ErrInvalid, err)
	}
	if err := s.client.registry.Metadata(metadata); err != nil {
		return nil, fmt.Errorf("%w: metadata: %w", ErrInvalid, err)
	}
	if p.metadata, err = seal.Seal(key, seal.JSON, metadata); err != nil {
		return nil, err
	}
	p.data, err = seal.Seal(key, a.Data.MIMEType, a.Data.Content)
	return p, err
}

// checkUploads holds the pieces against the limits of a submission.
func (p *parcel) checkUploads() error {
	all := p.uploads()
	if len(all) > maxAttachments {
		return fmt.Errorf("%w: expected at most %d attachments and fragments, found %d", ErrInvalid, maxAttachments, len(all))
	}
	total := int64(0)
	for _, one := range all {
		total += one.sealedSize(p.key)
	}
	if total > maxSubmission {
		return fmt.Errorf("%w: expected at most %d bytes when sealed, found %d", ErrInvalid, maxSubmission, total)
	}
	return nil
}

// metadata describes the application as version 2.1.0 wants it.
func (a Application) metadata(attachments []outgoing) Metadata {
	m := Metadata{
		Schema: metadataSchema(metadataVersion), Author: a.Author, Reference: a.Reference, ReplyChannel: a.ReplyChannel,
		Payment: a.Payment, DataSets: a.DataSets,
		ContentStructure: ContentStructure{
			Data: &DataInfo{
				Hash:             hashOf(sha512.Sum512(a.Data.Content)),
				SubmissionSchema: wire.SubmissionSchema{SchemaURI: a.Data.SchemaURI, MIMEType: a.Data.MIMEType},
				Signature:        a.Data.Signature,
			},
			Attachments: make([]AttachmentInfo, len(attachments)),
		},
	}
	for i, o := range attachments {
		m.ContentStructure.Attachments[i] = o.info()
	}
	return m
}

func (s *Sender) announce(ctx context.Context, a Application, to DestinationID, p *parcel) (Receipt, error) {
	announced := []string{}
	for _, one := range p.uploads() {
		announced = append(announced, string(one.id))
	}
	body, err := json.Marshal(wire.AnnounceV2{
		DestinationID: string(to), CaseID: string(a.Case), Region: a.Region, AnnouncedAttachments: announced,
		PublicService: wire.PublicService{Name: a.ServiceName, Identifier: a.Service},
	})
	if err != nil {
		return Receipt{}, err
	}
	answer, err := s.client.transport.do(ctx, call{
		method: http.MethodPost, url: s.client.base.submission + "/v2/submissions", token: true, once: true,
		contentType: seal.JSON, body: string(body),
	})
	if err != nil {
		return Receipt{}, err
	}
	var created wire.SubmissionRef
	if err := answer.decode(&created); err != nil {
		return Receipt{}, err
	}
	ref, err := Ref{to, SubmissionID(created.SubmissionID), CaseID(created.CaseID)}.Canonical()
	return Receipt{Ref: ref}, err
}

// uploadAll seals and uploads the attachments and notes all tags.
func (s *Sender) uploadAll(ctx context.Context, p *parcel, receipt *Receipt) error {
	all := p.uploads()
	tags := make([]string, len(all))
	err := each(ctx, len(all), func(ctx context.Context, i int) (err error) {
		tags[i], err = s.upload(ctx, receipt.SubmissionID, all[i], p.key)
		return err
	})
	if err != nil {
		return err
	}
	receipt.Tags = set.AuthenticationTags{Metadata: tagOf(p.metadata), Data: tagOf(p.data)}
	if len(tags) > 0 {
		receipt.Tags.Attachments = map[string]string{}
	}
	for i, one := range all {
		receipt.Tags.Attachments[string(one.id)] = tags[i]
	}
	return nil
}

// tagOf is the fifth part of a JWE of ours.
func tagOf(jwe string) string {
	const length = 22 // of 128 bits in base64url
	return jwe[len(jwe)-length:]
}

// upload seals one piece, sends it and returns its tag. A repeat seals anew, under another content key: what is read the second
// time need not be what was read the first time, and one key and initialization vector must never meet two texts (NIST SP
// 800-38D 8). So the tag is that of the attempt that succeeded.
func (s *Sender) upload(ctx context.Context, to SubmissionID, one *piece, key keys.Public) (string, error) {
	var last *sealing
	open := func() (_ io.ReadCloser, err error) {
		last.takeBack()
		last, err = one.seal(ctx, key)
		return last, err
	}
	defer func() { last.stop() }()
	_, err := s.client.transport.do(ctx, call{
		method: http.MethodPut, url: s.client.base.submission + "/v2/submissions/" + string(to) + "/attachments/" + string(one.id),
		token: true, large: true, contentType: jose, stream: &upload{open, one.sealedSize(key)},
	})
	tag := ""
	if err == nil {
		tag, err = last.result()
	}
	if err != nil {
		return "", fmt.Errorf("attachment %q: %w", one.of.Filename, err)
	}
	return tag, nil
}

// submit completes the submission. If the answer does not come, the event log tells whether it happened.
func (s *Sender) submit(ctx context.Context, p *parcel, receipt *Receipt) error {
	body, err := json.Marshal(wire.Submit{EncryptedMetadata: p.metadata, EncryptedData: p.data})
	if err != nil {
		return err
	}
	receipt.SentAt = s.client.now().UTC().Truncate(time.Second)
	_, err = s.client.transport.do(ctx, call{
		method: http.MethodPut, url: s.client.base.submission + "/v2/submissions/" + string(receipt.SubmissionID),
		token: true, large: true, contentType: seal.JSON, body: string(body),
	})
	if err == nil {
		return nil
	}
	log, lost := s.client.Events(ctx, receipt.Ref)
	if lost == nil && log.CheckTags(receipt.SubmissionID, receipt.Tags) == nil {
		return nil
	}
	if lost == nil && log.State(receipt.SubmissionID) == Incomplete && !Retryable(err) {
		return fmt.Errorf("submission %s was announced but not submitted: %w", receipt.SubmissionID, err)
	}
	return &UnconfirmedError{*receipt, err}
}

// Events reads and verifies the event log ([Client.Events]) and makes sure that what it says was submitted is what the receipt
// says was sent. The error is a [*TagError] if it is not.
func (s *Sender) Events(ctx context.Context, receipt Receipt) (Log, error) {
	log, err := s.client.Events(ctx, receipt.Ref)
	if err != nil {
		return nil, err
	}
	return log, log.CheckTags(receipt.SubmissionID, receipt.Tags)
}
