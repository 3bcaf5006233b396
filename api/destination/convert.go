package destination

import (
	"encoding/json"
	"errors"

	"github.com/vierkant/vierkant/api/wire"
	"github.com/vierkant/vierkant/broker"
)

// Created converts what a new destination begins with; its keys stay as they were sent.
func Created(in wire.DestinationDraft) (broker.DestinationDraft, error) {
	draft, err := drafted(in)
	if err != nil {
		return draft, err
	}
	if err := checkMember("encryptionPublicKey", in.EncryptionPublicKey); err != nil {
		return draft, err
	}
	return draft, checkMember("signingPublicKey", in.SigningPublicKey)
}

// checkMember is checkJWK for a key that is a member of a document.
func checkMember(name string, jwk json.RawMessage) error {
	if wire.Absent(jwk) {
		return &wire.Error{Member: name, Want: "is required: a public key as a JWK"}
	}
	err := checkJWK(jwk)
	var wrong *wire.Error
	if !errors.As(err, &wrong) {
		return err
	}
	if wrong.Member == "" {
		return &wire.Error{Member: name, Want: "must be an object: a public key as a JWK"}
	}
	return &wire.Error{Member: name + "." + wrong.Member, Want: wrong.Want}
}

// checkJWK refuses what has another shape than a JWK, naming the member. Whether the key may be used is for the service to say.
func checkJWK(jwk json.RawMessage) error {
	var shape wire.JWK
	return wire.Decode(jwk, &shape)
}

// drafted converts what a manager sent. Rules of shape that need more than the document are the service's.
func drafted(in wire.DestinationDraft) (broker.DestinationDraft, error) {
	if in.ContactInformation == nil {
		return broker.DestinationDraft{}, &wire.Error{Member: "contactInformation", Want: "is required: legalName and email at least"}
	}
	if in.EncryptionKID == "" {
		return broker.DestinationDraft{}, &wire.Error{Member: "encryptionKid", Want: "is required"}
	}
	draft := broker.DestinationDraft{
		Name: in.Name, Status: broker.DestinationStatus(in.Status), Contact: broker.Contact(*in.ContactInformation),
		EncryptionKID: in.EncryptionKID, MetadataVersions: in.MetadataVersions,
	}
	for _, s := range in.Services {
		draft.Services = append(draft.Services, offered(s))
	}
	if in.ReplyChannels != nil {
		draft.ReplyChannels = channels(*in.ReplyChannels)
	}
	if in.Callback != nil {
		draft.Callback = (*broker.CallbackDraft)(in.Callback)
	}
	return draft, nil
}

func offered(s wire.OfferedService) broker.OfferedService {
	out := broker.OfferedService{Identifier: s.Identifier, Regions: s.Regions}
	for _, schema := range s.SubmissionSchemas {
		out.Schemas = append(out.Schemas, broker.SubmissionSchema{URI: schema.SchemaURI, MIMEType: schema.MIMEType})
	}
	return out
}

func channels(r wire.ReplyChannels) *broker.ReplyChannels {
	return &broker.ReplyChannels{
		EMail: present(r.EMail), DeMail: present(r.DeMail), Elster: present(r.Elster),
		Fink: present(r.Fink), FitConnect: present(r.FitConnect), IDBundDeMailbox: present(r.IDBundDeMailbox),
	}
}

// present makes null the same as absent.
func present(raw json.RawMessage) json.RawMessage {
	if wire.Absent(raw) {
		return nil
	}
	return raw
}

// document is the draft as the manager could have sent it, without the callback's secret.
func document(d broker.DestinationDraft) wire.DestinationDraft {
	contact := wire.ContactInformation(d.Contact)
	out := wire.DestinationDraft{
		Name: d.Name, Status: string(d.Status), ContactInformation: &contact, Services: services(d.Services),
		EncryptionKID: d.EncryptionKID, MetadataVersions: list(d.MetadataVersions), ReplyChannels: (*wire.ReplyChannels)(d.ReplyChannels),
	}
	if d.Callback != nil {
		out.Callback = &wire.Callback{URL: d.Callback.URL}
	}
	return out
}

// ViewV1 is what a caller sees of a destination; contact and callback only in the private view.
func ViewV1(d broker.Destination, private bool) wire.DestinationV1 {
	return wire.DestinationV1{Destination: view(d, private), Services: services(d.Services)}
}

func viewV2(d broker.Destination, private bool) wire.DestinationV2 {
	return wire.DestinationV2{Destination: view(d, private), PublicServices: services(d.Services)}
}

// view is what a caller sees; contact and callback only in the private view.
func view(d broker.Destination, private bool) wire.Destination {
	out := wire.Destination{
		DestinationID: string(d.ID), Name: d.Name, Status: string(d.Status), EncryptionKID: d.EncryptionKID,
		MetadataVersions: list(d.MetadataVersions), ReplyChannels: (*wire.ReplyChannels)(d.ReplyChannels),
	}
	if !private {
		return out
	}
	contact := wire.ContactInformation(d.Contact)
	out.ContactInformation = &contact
	if d.Callback != nil {
		out.Callback = &wire.Callback{URL: d.Callback.URL}
	}
	return out
}

func services(all []broker.OfferedService) []wire.OfferedService {
	out := make([]wire.OfferedService, len(all))
	for i, s := range all {
		out[i] = wire.OfferedService{
			Identifier: s.Identifier, Regions: list(s.Regions), SubmissionSchemas: make([]wire.SubmissionSchema, len(s.Schemas)),
		}
		for j, schema := range s.Schemas {
			out[i].SubmissionSchemas[j] = wire.SubmissionSchema{SchemaURI: schema.URI, MIMEType: schema.MIMEType}
		}
	}
	return out
}

// list is never null on the wire.
func list(all []string) []string { return append([]string{}, all...) }
