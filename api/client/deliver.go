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

// Limits of one submission or reply (FIT-Connect contract 11), in bytes of sealed content.
const (
	maxAttachment = 500_000_000
	maxSubmission = 2_000_000_000
)

// Sizes of fragments, in bytes of plaintext.
const (
	fragmentSize = 200_000_000                     // from which the contract recommends fragments (3.7)
	maxFragment  = (maxAttachment - 8<<10) / 4 * 3 // what fits into one upload with any header
)

// parcel is content on its way: metadata and data are sealed, attachments are hashed.
type parcel struct {
	key            keys.Public // of whom it goes to
	metadata, data string      // JWE
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

// pack checks, hashes and seals everything but the attachments, which are sealed on their way.
func (c *Client) pack(ctx context.Context, what content, key keys.Public) (*parcel, error) {
	p := &parcel{key: key, attachments: make([]outgoing, len(what.attachments))}
	err := each(ctx, len(what.attachments), func(ctx context.Context, i int) (err error) {
		if p.attachments[i], err = c.cut(ctx, what.attachments[i]); err != nil {
			return fmt.Errorf("read Attachments[%d] (%q): %w", i, what.attachments[i].Filename, err)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	if err := p.checkUploads(); err != nil {
		return nil, err
	}
	metadata, err := json.Marshal(what.describe(p.attachments))
	if err != nil {
		return nil, fmt.Errorf("%w: metadata: %w", ErrInvalid, err)
	}
	if err := c.registry.Metadata(metadata); err != nil {
		return nil, fmt.Errorf("%w: metadata: %w", ErrInvalid, err)
	}
	if p.metadata, err = seal.Seal(key, seal.JSON, metadata); err != nil {
		return nil, err
	}
	p.data, err = seal.Seal(key, what.data.MIMEType, what.data.Content)
	return p, err
}

// checkUploads holds the pieces against the limits of the contract.
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

// describe completes the metadata as version 2.1.0 wants them.
func (c content) describe(attachments []outgoing) Metadata {
	m := c.metadata
	m.Schema = metadataSchema(metadataVersion)
	m.ContentStructure = ContentStructure{
		Data: &DataInfo{
			Hash:             hashOf(sha512.Sum512(c.data.Content)),
			SubmissionSchema: wire.SubmissionSchema{SchemaURI: c.data.SchemaURI, MIMEType: c.data.MIMEType},
			Signature:        c.data.Signature,
		},
		Attachments: make([]AttachmentInfo, len(attachments)),
	}
	for i, o := range attachments {
		m.ContentStructure.Attachments[i] = o.info()
	}
	return m
}

// announcement is the first word about what is sent.
type announcement struct {
	kind kind
	to   DestinationID // or from it
	in   CaseID        // "" if the service chooses it
	body func(attachments []string) any
}

// deliver announces, uploads and submits a parcel, and returns what proves it.
func (c *Client) deliver(ctx context.Context, a announcement, p *parcel) (Receipt, error) {
	receipt, err := c.announce(ctx, a, p)
	if err != nil {
		return Receipt{}, err
	}
	if err := c.uploadAll(ctx, p, &receipt); err != nil {
		return Receipt{}, fmt.Errorf("%s was announced but not submitted: %w", name(receipt), err)
	}
	if err := c.submit(ctx, p, &receipt); err != nil {
		return Receipt{}, err
	}
	return receipt, nil
}

// announce may be repeated: its key tells the service that it is the same announcement. A service that does not know such keys makes
// another one, of which nothing comes.
func (c *Client) announce(ctx context.Context, a announcement, p *parcel) (Receipt, error) {
	announced := []string{}
	for _, one := range p.uploads() {
		announced = append(announced, string(one.id))
	}
	body, err := json.Marshal(a.body(announced))
	if err != nil {
		return Receipt{}, err
	}
	answer, err := c.transport.do(ctx, call{
		method: http.MethodPost, url: c.base.submission + a.kind.path(), token: true, key: newID[string](),
		contentType: seal.JSON, body: string(body),
	})
	if err != nil {
		return Receipt{}, err
	}
	var created named
	if err := answer.decode(&created); err != nil {
		return Receipt{}, err
	}
	created.DestinationID = string(a.to)
	ref, err := a.kind.ref(created)
	if err == nil && a.in != "" && ref.CaseID != a.in {
		err = fmt.Errorf("announced %s in case %s, got %s", name(ref), a.in, ref.CaseID)
	}
	return Receipt{Ref: ref}, err
}

// uploadAll seals and uploads the attachments and notes all tags.
func (c *Client) uploadAll(ctx context.Context, p *parcel, receipt *Receipt) error {
	all := p.uploads()
	tags := make([]string, len(all))
	err := each(ctx, len(all), func(ctx context.Context, i int) (err error) {
		tags[i], err = c.upload(ctx, receipt.Ref, all[i], p.key)
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
func (c *Client) upload(ctx context.Context, to Ref, one *piece, key keys.Public) (string, error) {
	var last *sealing
	open := func() (_ io.ReadCloser, err error) {
		last.takeBack()
		last, err = one.seal(ctx, key)
		return last, err
	}
	defer func() { last.stop() }()
	_, err := c.transport.do(ctx, call{
		method: http.MethodPut, url: c.address(to) + "/attachments/" + string(one.id),
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

// address is that of a submission or a reply.
func (c *Client) address(ref Ref) string {
	return c.base.submission + ref.kind().path() + "/" + ref.ID()
}

// submit completes what was announced. If the answer does not come, the event log tells whether it happened.
func (c *Client) submit(ctx context.Context, p *parcel, receipt *Receipt) error {
	body, err := json.Marshal(wire.Submit{EncryptedMetadata: p.metadata, EncryptedData: p.data})
	if err != nil {
		return err
	}
	receipt.SentAt = c.now().UTC().Truncate(time.Second)
	_, err = c.transport.do(ctx, call{
		method: http.MethodPut, url: c.address(receipt.Ref), token: true, large: true, contentType: seal.JSON, body: string(body),
	})
	if err == nil {
		return nil
	}
	log, lost := c.Events(ctx, receipt.Ref)
	if lost == nil && log.CheckTags(receipt, receipt.Tags) == nil {
		return nil
	}
	if lost == nil && log.State(receipt) == Incomplete && !Retryable(err) {
		return fmt.Errorf("%s was announced but not submitted: %w", name(receipt), err)
	}
	return &UnconfirmedError{*receipt, err}
}
