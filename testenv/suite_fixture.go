package testenv

import (
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/google/uuid"

	"github.com/vierkant/vierkant/crypto/keys"
	"github.com/vierkant/vierkant/crypto/seal"
)

// service is what destinations of the suite offer, beside one that is not in the LeiKa catalogue.
const (
	service      = BusinessRegistration
	otherService = "urn:schema-fitko-de:fit-connect:id.bund.de:message_v6"
)

// jwk is the public half of a key as a document that a case may change.
func (t *trial) jwk(k keys.Private) map[string]any {
	if t.ended() {
		return map[string]any{}
	}
	raw, err := k.Public.MarshalJSON()
	t.must("write JWK", err)
	var doc map[string]any
	t.must("read JWK", json.Unmarshal(raw, &doc))
	return doc
}

// draft is a destination to create, as a document that a case may change.
func (t *trial) draft() map[string]any {
	t.mayCreate()
	return t.document()
}

// document describes a destination.
func (t *trial) document() map[string]any {
	p := t.keyPair()
	return map[string]any{
		"name": "Prüfstelle der Suite",
		"contactInformation": map[string]any{
			"legalName": "Prüfstelle", "address": "Prüfweg 1, 12345 Prüfstadt", "phone": "+49 30 1", "email": "pruefung@suite.example", "unit": "Referat 1",
		},
		"services":      []any{offer(service, "DE"), offer(otherService, "DE")},
		"encryptionKid": p.encryption.KID, "encryptionPublicKey": t.jwk(p.encryption), "signingPublicKey": t.jwk(p.signing),
		"metadataVersions": []any{"1.0.0", "2.1.0"},
	}
}

func offer(urn string, regions ...any) map[string]any {
	return map[string]any{
		"identifier": urn, "regions": regions,
		"submissionSchemas": []any{
			map[string]any{"schemaUri": "https://schema.suite.example/1.0.0/data.json", "mimeType": "application/json"},
			map[string]any{"schemaUri": "https://schema.suite.example/1.0.0/data.xsd", "mimeType": "application/xml"},
		},
	}
}

// newOffice creates a destination; it stays in the state created.
func (t *trial) newOffice(changes ...change) office {
	c := call{method: http.MethodPost, url: t.destinations("/destinations"), token: t.subscriber(), contentType: jsonType, doc: t.draft()}
	for _, alter := range changes {
		alter(t, &c)
	}
	return office{pair: t.keyPair(), id: t.do(c).is(http.StatusCreated).text("destinationId"), service: service}
}

func (t *trial) activeOffice(changes ...change) office {
	o := t.newOffice(changes...)
	t.patch(o, map[string]any{"status": "active"}).is(http.StatusOK)
	return o
}

// patch sends a merge patch.
func (t *trial) patch(o office, doc any) *answer {
	return t.do(call{method: http.MethodPatch, url: t.destinations("/destinations/" + o.id), token: t.subscriber(), contentType: patchType, doc: doc})
}

// submission is one that a case makes.
type submission struct {
	office         office
	id, caseID     string
	metadata, data string            // sealed
	attachments    map[string]string // sealed, by id
}

func (s submission) path() string                { return "/submissions/" + s.id }
func (s submission) attachment(id string) string { return s.path() + "/attachments/" + id }

// ids returns the ids of the attachments, sorted.
func (s submission) ids() []string { return slices.Sorted(maps.Keys(s.attachments)) }

func newID() string { return uuid.NewString() }

// sealedFor seals a text for an office.
func (t *trial) sealedFor(o office, contentType string, plain []byte) string {
	if t.ended() {
		return ""
	}
	compact, err := seal.Seal(o.encryption.Public, contentType, plain)
	t.must("seal", err)
	return compact
}

// announcement is the body of an announce, as a document that a case may change.
func announcement(o office, attachments ...string) map[string]any {
	return map[string]any{
		"destinationId": o.id, "announcedAttachments": append([]string{}, attachments...),
		"publicService": map[string]any{"name": "Gewerbeanmeldung", "identifier": o.service},
	}
}

// prepare seals metadata, data and as many attachments, and announces nothing yet.
func (t *trial) prepare(o office, attachments int) submission {
	s := submission{office: o, attachments: map[string]string{}}
	s.metadata = t.sealedFor(o, seal.JSON, []byte(`{"contentStructure":{"attachments":[]}}`))
	s.data = t.sealedFor(o, seal.JSON, []byte(`{"hello":"world"}`))
	for range attachments {
		s.attachments[newID()] = t.sealedFor(o, "application/pdf", []byte("%PDF-1.7 "+newID()))
	}
	return s
}

// announce announces what was prepared, in a case or, if it is "", in a new one.
func (t *trial) announce(s *submission, caseID string) *answer {
	doc := announcement(s.office, s.ids()...)
	if caseID != "" {
		doc["caseId"] = caseID
	}
	a := t.sendJSON(http.MethodPost, t.submissions("/submissions"), t.sender(), doc).is(http.StatusCreated)
	s.id, s.caseID = a.text("submissionId"), a.text("caseId")
	return a
}

func (t *trial) upload(s submission, id string) *answer {
	return t.sendJOSE(http.MethodPut, t.submissions(s.attachment(id)), t.sender(), s.attachments[id])
}

func (t *trial) submit(s submission) *answer {
	return t.sendJSON(http.MethodPut, t.submissions(s.path()), t.sender(), s.content())
}

// content is the body of a submit.
func (s submission) content() map[string]any {
	return map[string]any{"encryptedMetadata": s.metadata, "encryptedData": s.data}
}

// announced announces a submission and uploads nothing.
func (t *trial) announced(o office, attachments int) submission {
	s := t.prepare(o, attachments)
	t.announce(&s, "")
	return s
}

// submitted takes a submission to the state submitted.
func (t *trial) submitted(o office, attachments int) submission {
	s := t.prepare(o, attachments)
	t.announce(&s, "")
	t.complete(s)
	return s
}

// complete uploads all attachments and submits.
func (t *trial) complete(s submission) {
	for _, id := range s.ids() {
		t.upload(s, id).is(http.StatusNoContent).empty()
	}
	t.submit(s).is(http.StatusOK)
}

// tagOf returns the fifth part of a JWE.
func tagOf(compact string) string { return compact[strings.LastIndexByte(compact, '.')+1:] }

// tags are the authentication tags of a submission as an event carries them (FIT-Connect contract 6.4).
func (s submission) tags() map[string]any {
	tags := map[string]any{"metadata": tagOf(s.metadata), "data": tagOf(s.data)}
	if len(s.attachments) == 0 {
		return tags
	}
	attachments := map[string]any{}
	for id, compact := range s.attachments {
		attachments[id] = tagOf(compact)
	}
	tags["attachments"] = attachments
	return tags
}
