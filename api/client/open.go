package client

import (
	"context"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"slices"

	"github.com/vierkant/vierkant/crypto/keys"
	"github.com/vierkant/vierkant/crypto/seal"
	"github.com/vierkant/vierkant/schemas"
)

// plainLimit bounds the plaintext of one part, in bytes. Compressed parts of the first generation could become anything.
const plainLimit = 512 << 20

// opened is what came out of an envelope. It does not leave this package before the verdict.
type opened struct {
	*envelope
	offer       *Destination // which it goes to; nil for the sender, who offers nothing but a key
	rawMetadata []byte
	metadata    Metadata
	data        []byte
	broken      map[string]bool // parts that could not be opened, by instance: nothing more is said about them
	attachments []ReceivedAttachment
}

// open decrypts all parts and checks what they say, in the order of FIT-Connect contract 10.7, collecting all problems.
func (s *opener) open(ctx context.Context, e *envelope) (*Fetched, error) {
	o := &opened{envelope: e, broken: map[string]bool{}}
	if !s.toSender {
		d, err := s.client.Destination(ctx, e.ref.DestinationID)
		if err != nil {
			return nil, err
		}
		o.offer = &d
	}
	if err := s.decryptAll(ctx, o); err != nil {
		return nil, err
	}
	if !o.broken[InMetadata] && o.readMetadata(s.client.registry) {
		o.checkOffer()
		o.checkData()
		if err := o.checkAttachments(ctx); err != nil {
			return nil, err
		}
	}
	if err := e.verdict(); err != nil {
		return nil, err
	}
	return o.fetched(), nil
}

func (s *opener) decryptAll(ctx context.Context, o *opened) error {
	var err error
	if o.rawMetadata, err = s.decrypt(ctx, o, InMetadata, o.sealedMetadata); err != nil {
		return err
	}
	if o.sealedData != "" {
		if o.data, err = s.decrypt(ctx, o, InData, o.sealedData); err != nil {
			return err
		}
	}
	for _, id := range o.uploads {
		if err := s.checkOpened(ctx, o, InAttachment(id), o.parts[id]); err != nil {
			return err
		}
	}
	return nil
}

// decrypt opens one part. A failure is the submission's problem, unless the key is just not here.
func (s *opener) decrypt(ctx context.Context, o *opened, instance, jwe string) ([]byte, error) {
	info, err := seal.Inspect(jwe, seal.V1())
	if err != nil {
		return nil, err // it was inspected before
	}
	key, err := s.keyFor(o.ref.DestinationID, info.Header)
	if err != nil {
		return nil, s.checkOpened(ctx, o, instance, &part{info: info, unopened: err})
	}
	plain, _, err := seal.Open(key, jwe, seal.V1(), plainLimit)
	return plain, s.checkOpened(ctx, o, instance, &part{info: info, unopened: err})
}

// checkOpened says why a part that is the submitted one could not be opened, if so.
func (s *opener) checkOpened(ctx context.Context, o *opened, instance string, p *part) error {
	if p.unopened == nil {
		return nil
	}
	o.broken[instance] = true
	if errors.Is(p.unopened, errUnknownKey) {
		return s.unknownKey(ctx, o, instance, p.info.Header.KID)
	}
	o.report(EncryptionIssue, instance, "%v", p.unopened)
	return nil
}

// errUnknownKey means: sealed to a key that is not among those given.
var errUnknownKey = errors.New("unknown key")

// keyFor returns the key that a part was sealed to.
func (s *opener) keyFor(id DestinationID, header seal.Header) (keys.Private, error) {
	own, err := s.keys(id)
	if err != nil {
		return keys.Private{}, err
	}
	at := slices.IndexFunc(own, func(key keys.Private) bool { return header.AddressedTo(key.Public) })
	if at < 0 {
		return keys.Private{}, errUnknownKey
	}
	return own[at], nil
}

// unknownKey tells a wrong key from one that is missing here: only the first is the sender's fault.
func (s *opener) unknownKey(ctx context.Context, o *opened, instance, kid string) error {
	missing, err := s.isMissing(ctx, o.ref.DestinationID, kid)
	switch {
	case err != nil:
		return err
	case missing:
		return &MissingKeyError{o.ref, kid, s.toSender}
	}
	o.report(EncryptionIssue, instance, "sealed to a key that is none of the destination's")
	return nil
}

// isMissing reports whether a key that is not here is, or may be, one of the destination's.
func (c *Client) isMissing(ctx context.Context, id DestinationID, kid string) (bool, error) {
	_, err := c.destinationKey(ctx, id, kid, keys.Encryption, c.now())
	var unfit *KeyError
	switch {
	case err == nil, errors.As(err, &unfit):
		return true, nil
	case errors.Is(err, ErrNotFound):
		return isThumbprint(kid), nil
	}
	return false, err
}

// checkKeys looks whether the keys of metadata and data are here, before attachments are fetched for nothing. What else is wrong with
// these parts is found later.
func (s *opener) checkKeys(ctx context.Context, e *envelope) error {
	for _, jwe := range []string{e.sealedMetadata, e.sealedData} {
		info, err := seal.Inspect(jwe, seal.V1())
		if err != nil {
			continue
		}
		if _, err = s.keyFor(e.ref.DestinationID, info.Header); !errors.Is(err, errUnknownKey) {
			continue
		}
		missing, err := s.isMissing(ctx, e.ref.DestinationID, info.Header.KID)
		if err != nil {
			return err
		}
		if missing {
			return &MissingKeyError{e.ref, info.Header.KID, s.toSender}
		}
	}
	return nil
}

// isThumbprint reports whether a kid has the form of one (RFC 7638, SHA-256). The service finds keys by their id only, so whether it is
// that of an older key nobody can tell.
func isThumbprint(kid string) bool {
	sum, err := base64.RawURLEncoding.Strict().DecodeString(kid)
	return err == nil && len(sum) == sha256.Size
}

// readMetadata judges the metadata by themselves and reads them; false if there is no use in looking further.
func (o *opened) readMetadata(registry *schemas.Registry) bool {
	err := registry.Metadata(o.rawMetadata)
	var (
		violation *schemas.Violation
		header    struct {
			Schema string `json:"$schema"`
		}
	)
	switch {
	case errors.Is(err, schemas.ErrSyntax):
		o.report(SyntaxViolation, InMetadata, "%v", err)
		return false
	case errors.Is(err, schemas.ErrUnsupported):
		o.report(UnsupportedSchema, InMetadata, "metadata of this schema cannot be read")
		return false
	case errors.As(err, &violation):
		o.report(SchemaViolation, InMetadata, "%v", violation)
		_ = decodeExactly(o.rawMetadata, reflect.ValueOf(&header).Elem()) // what cannot be read is missing
		o.checkVersion(header.Schema)
		return false
	case err != nil:
		o.report(TechnicalError, Elsewhere, "the metadata cannot be checked")
		return false
	}
	if err := json.Unmarshal(o.rawMetadata, &o.metadata); err != nil {
		o.report(SyntaxViolation, InMetadata, "the metadata cannot be read")
		return false
	}
	o.checkVersion(o.metadata.Schema)
	return true
}

// checkVersion demands that the destination offers the metadata version. Version 1.0.0 need not be named. A sender takes what can be read.
func (o *opened) checkVersion(schema string) {
	if o.offer == nil {
		return
	}
	versions := o.offer.MetadataVersions
	offered := func(version string) bool { return metadataSchema(version) == schema }
	switch {
	case schema == "" && !slices.Contains(versions, "1.0.0"):
		o.report(MissingSchema, InMetadata, "expected $schema to name one of the versions %q", versions)
	case schema != "" && !slices.ContainsFunc(versions, offered):
		o.report(UnsupportedSchema, InMetadata, "expected one of the versions %q", versions)
	}
}

// checkOffer holds what a submission is about against what the destination offers. A reply is about no service.
func (o *opened) checkOffer() {
	if o.offer == nil || o.ref.kind() == reply {
		return
	}
	d := *o.offer
	if named := o.metadata.PublicServiceType; named != nil && named.Identifier != o.service.Identifier {
		o.report(ServiceMismatch, InMetadata, "the metadata name another service than the announcement")
	}
	if name, ok := o.metadata.ReplyChannel.offered(d.ReplyChannels); !ok {
		o.report(UnsupportedReplyChannel, InMetadata, "the destination does not offer %s", name)
	}
	service, ok := d.service(o.service.Identifier)
	if !ok {
		o.report(UnsupportedService, InMetadata, "the destination does not offer the announced service")
		return
	}
	data := o.metadata.ContentStructure.Data
	if data != nil && !slices.Contains(service.SubmissionSchemas, data.SubmissionSchema) {
		o.report(UnsupportedDataSchema, InMetadata, "the destination does not offer this schema and media type for the service")
	}
}

func (o *opened) checkData() {
	data := o.metadata.ContentStructure.Data
	sent := o.sealedData != ""
	switch {
	case o.broken[InData]:
	case data == nil && sent:
		o.report(HashMismatch, InData, "data were sent, and the metadata have no hash for them")
	case data != nil && !sent:
		o.report(MissingData, InData, "the metadata describe data, none were sent")
	case data != nil:
		o.checkHash(InData, data.Hash, sha512.Sum512(o.data))
		if err := checkSyntax(data.SubmissionSchema.MIMEType, o.data); err != nil {
			o.report(SyntaxViolation, InData, "%v", err)
		}
	}
}

func (o *opened) checkHash(instance string, want Hash, sum [sha512.Size]byte) {
	if hashOf(sum) != want {
		o.report(HashMismatch, instance, "the SHA-512 differs from that in the metadata")
	}
}

// idSet is a set of ids by their one spelling.
type idSet map[AttachmentID]bool

// add reports whether it is an id that was not there before.
func (s idSet) add(text AttachmentID) bool {
	id, err := ParseID(text)
	before := s[id]
	s[id] = true
	return err == nil && !before
}

// checkAttachments holds the list of attachments against what was sent, joins fragments and compares the hashes. An error is one of
// the file system, or the end of ctx.
func (o *opened) checkAttachments(ctx context.Context) error {
	described, named := idSet{}, idSet{}
	once := true
	for _, info := range o.metadata.ContentStructure.Attachments {
		once = named.add(info.ID) && once
		for _, upload := range info.uploads() {
			once = described.add(upload) && once
		}
	}
	if !once || !sameIDs(described, o.uploads) {
		o.report(AttachmentsMismatch, InMetadata, "the metadata describe other attachments than the %s has, or one twice", o.ref.kind())
	}
	for _, info := range o.metadata.ContentStructure.Attachments {
		if err := o.checkAttachment(ctx, info); err != nil {
			return fmt.Errorf("attachment %s: %w", info.ID, err)
		}
	}
	return nil
}

func (o *opened) checkAttachment(ctx context.Context, info AttachmentInfo) error {
	pieces, complete := o.take(info)
	if !complete {
		return nil
	}
	sum, size, err := join(ctx, pieces)
	if err != nil {
		return err
	}
	o.checkHash(InAttachment(info.ID), info.Hash, sum)
	if id, err := ParseID(info.ID); err == nil {
		info.ID = id
	}
	o.attachments = append(o.attachments, ReceivedAttachment{AttachmentInfo: info, Path: pieces[0], Size: size})
	return nil
}

// take returns the files of an attachment's pieces; false if not all of them could be opened, or one belongs to another attachment.
func (o *opened) take(info AttachmentInfo) (paths []string, complete bool) {
	for _, upload := range info.uploads() {
		id, err := ParseID(upload)
		part, ok := o.parts[id]
		if err != nil || !ok || o.broken[InAttachment(id)] {
			return nil, false
		}
		delete(o.parts, id) // joining changes it
		paths = append(paths, part.path)
	}
	return paths, true
}

// fetched hands everything out, after the verdict.
func (o *opened) fetched() *Fetched {
	f := &Fetched{
		Ref: o.ref, Service: o.service.Identifier, ServiceName: o.service.Name, Region: o.region,
		Metadata: o.metadata, RawMetadata: o.rawMetadata, Attachments: o.attachments, Tags: o.tags,
		Log: o.log, Evidence: o.evidence, folder: o.folder,
	}
	if data := o.metadata.ContentStructure.Data; data != nil {
		f.Data = ReceivedData{o.data, data.SubmissionSchema.MIMEType, data.SubmissionSchema.SchemaURI}
	}
	return f
}
