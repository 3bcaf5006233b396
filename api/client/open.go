package client

import (
	"context"
	"crypto/sha512"
	"encoding/json"
	"errors"
	"slices"

	"github.com/vierkant/vierkant/crypto/keys"
	"github.com/vierkant/vierkant/crypto/seal"
	"github.com/vierkant/vierkant/schemas"
)

// plainLimit bounds a plaintext, in bytes. Compressed parts of the first generation could become anything.
const plainLimit = 512 << 20

// opened is what came out of an envelope. It does not leave this package before the verdict.
type opened struct {
	*envelope
	rawMetadata []byte
	metadata    Metadata
	data        []byte
	attachments map[AttachmentID][]byte
	broken      map[string]bool // parts that could not be opened, by instance: nothing more is said about them
}

// open decrypts all parts and checks what they say, in the order of FIT-Connect contract 10.7, collecting all problems.
func (s *Subscriber) open(ctx context.Context, e *envelope) (*Fetched, error) {
	d, err := s.client.Destination(ctx, e.ref.DestinationID)
	if err != nil {
		return nil, err
	}
	o := &opened{envelope: e, attachments: map[AttachmentID][]byte{}, broken: map[string]bool{}}
	if err := s.decryptAll(ctx, o); err != nil {
		return nil, err
	}
	if !o.broken[InMetadata] && o.readMetadata(s.client.registry, d) {
		o.checkOffer(d)
		o.checkData()
		o.checkAttachments()
	}
	if err := e.verdict(); err != nil {
		return nil, err
	}
	return o.fetched(), nil
}

func (s *Subscriber) decryptAll(ctx context.Context, o *opened) error {
	var err error
	if o.rawMetadata, err = decrypt(ctx, s, o, InMetadata, o.sealedMetadata); err != nil {
		return err
	}
	if o.sealedData != "" {
		if o.data, err = decrypt(ctx, s, o, InData, o.sealedData); err != nil {
			return err
		}
	}
	for _, id := range o.uploads {
		if o.attachments[id], err = decrypt(ctx, s, o, InAttachment(id), o.sealed[id]); err != nil {
			return err
		}
		delete(o.sealed, id) // one of the two is enough in memory
	}
	return nil
}

// decrypt opens one part. A failure is the submission's problem, unless the key is just not here.
func decrypt[C string | []byte](ctx context.Context, s *Subscriber, o *opened, instance string, jwe C) ([]byte, error) {
	info, err := seal.Inspect(jwe, seal.V1())
	if err != nil {
		return nil, err // it was inspected before
	}
	own, err := s.keysOf(o.ref.DestinationID)
	if err != nil {
		return nil, err
	}
	at := slices.IndexFunc(own.Decryption, func(key keys.Private) bool { return info.Header.AddressedTo(key.Public) })
	if at < 0 {
		o.broken[instance] = true
		return nil, s.unknownKey(ctx, o, instance, info.Header.KID)
	}
	plain, _, err := seal.Open(own.Decryption[at], jwe, seal.V1(), plainLimit)
	if err != nil {
		o.broken[instance] = true
		o.report(EncryptionIssue, instance, "%v", err)
	}
	return plain, nil
}

// unknownKey tells a wrong key from one that is missing here: only the first is the sender's fault.
func (s *Subscriber) unknownKey(ctx context.Context, o *opened, instance, kid string) error {
	_, err := s.client.destinationKey(ctx, o.ref.DestinationID, kid, keys.Encryption, s.client.now())
	var unfit *KeyError
	switch {
	case err == nil || errors.As(err, &unfit):
		return &MissingKeyError{o.ref, kid}
	case errors.Is(err, ErrNotFound):
		o.report(EncryptionIssue, instance, "sealed to a key that is none of the destination's")
		return nil
	}
	return err
}

// readMetadata judges the metadata by themselves and reads them; false if there is no use in looking further.
func (o *opened) readMetadata(registry *schemas.Registry, d Destination) bool {
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
		_ = json.Unmarshal(o.rawMetadata, &header) // what cannot be read is missing
		o.checkVersion(header.Schema, d)
		return false
	case err != nil:
		o.report(TechnicalError, Elsewhere, "the metadata cannot be checked")
		return false
	}
	if err := json.Unmarshal(o.rawMetadata, &o.metadata); err != nil {
		o.report(SyntaxViolation, InMetadata, "the metadata cannot be read")
		return false
	}
	o.checkVersion(o.metadata.Schema, d)
	return true
}

// checkVersion demands that the destination offers the metadata version. Version 1.0.0 need not be named.
func (o *opened) checkVersion(schema string, d Destination) {
	offered := func(version string) bool { return metadataSchema(version) == schema }
	switch {
	case schema == "" && !slices.Contains(d.MetadataVersions, "1.0.0"):
		o.report(MissingSchema, InMetadata, "expected $schema to name one of the versions %q", d.MetadataVersions)
	case schema != "" && !slices.ContainsFunc(d.MetadataVersions, offered):
		o.report(UnsupportedSchema, InMetadata, "expected one of the versions %q", d.MetadataVersions)
	}
}

// checkOffer holds what the submission is about against what the destination offers.
func (o *opened) checkOffer(d Destination) {
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

func (o *opened) checkAttachments() {
	described := map[AttachmentID]bool{}
	twice := false
	for _, info := range o.metadata.ContentStructure.Attachments {
		for _, upload := range info.uploads() {
			id, err := parseID(upload)
			twice = twice || described[id] || err != nil
			described[id] = true
		}
	}
	if twice || !sameIDs(described, o.uploads) {
		o.report(AttachmentsMismatch, InMetadata, "the metadata describe other attachments than the submission has")
	}
	for _, info := range o.metadata.ContentStructure.Attachments {
		if content, complete := o.join(info); complete {
			o.checkHash(InAttachment(info.ID), info.Hash, sha512.Sum512(content))
		}
	}
}

// join puts an attachment together; false if not all of it could be opened.
func (o *opened) join(info AttachmentInfo) ([]byte, bool) {
	var content []byte
	for _, upload := range info.uploads() {
		id, err := parseID(upload)
		piece, ok := o.attachments[id]
		if err != nil || !ok || o.broken[InAttachment(id)] {
			return nil, false
		}
		if content == nil {
			content = piece
			continue
		}
		content = append(slices.Clip(content), piece...)
	}
	return content, true
}

// fetched hands everything out, after the verdict.
func (o *opened) fetched() *Fetched {
	f := &Fetched{
		Ref: o.ref, Service: o.service.Identifier, ServiceName: o.service.Name, Region: o.region,
		Metadata: o.metadata, RawMetadata: o.rawMetadata, Tags: o.tags, Log: o.log, eventSchema: o.submitted.Schema,
	}
	if data := o.metadata.ContentStructure.Data; data != nil {
		f.Data = ReceivedData{o.data, data.SubmissionSchema.MIMEType, data.SubmissionSchema.SchemaURI}
	}
	for _, info := range o.metadata.ContentStructure.Attachments {
		content, _ := o.join(info)
		if id, err := parseID(info.ID); err == nil {
			info.ID = id
		}
		f.Attachments = append(f.Attachments, ReceivedAttachment{info, content})
	}
	return f
}
