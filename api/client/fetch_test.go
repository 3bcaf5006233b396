package client_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/vierkant/vierkant/api/client"
	"github.com/vierkant/vierkant/api/wire"
	"github.com/vierkant/vierkant/crypto/seal"
	"github.com/vierkant/vierkant/crypto/set"
)

// submission is what the broker holds of a submission, for tampering.
type submission struct {
	*broker
	*wire.FetchedV2
}

// attachment is the id of the i-th attachment.
func (s submission) attachment(i int) string { return s.Attachments[i] }

// seal seals to the destination.
func (s submission) seal(cty, plain string) string {
	s.t.Helper()
	jwe, err := seal.Seal(s.keys.encryption.Public, cty, []byte(plain))
	if err != nil {
		s.t.Fatal(err)
	}
	return jwe
}

// sound writes the event log anew for the parts at hand, as a sender who sent these would get it.
func (s submission) sound() {
	tags := s.tags(s.FetchedV2)
	s.log[s.CaseID] = nil
	s.record(s.SubmissionRef, set.CreateSubmission, set.Payload{})
	s.record(s.SubmissionRef, set.SubmitSubmission, set.Payload{AuthenticationTags: &tags})
}

// metadata opens the metadata, edits their text and seals them again.
func (s submission) metadata(old, new string) {
	s.t.Helper()
	plain, _, err := seal.Open(s.keys.encryption, s.EncryptedMetadata, seal.V2Content(), 1<<20)
	if err != nil {
		s.t.Fatal(err)
	}
	if !strings.Contains(string(plain), old) {
		s.t.Fatalf("the metadata have no %s: %s", old, plain)
	}
	s.EncryptedMetadata = s.seal(seal.JSON, strings.Replace(string(plain), old, new, 1))
	s.sound()
}

// flip changes one character in the ciphertext.
func flip(jwe string) string {
	at := strings.LastIndexByte(jwe, '.') - 30
	other := byte('A')
	if jwe[at] == other {
		other = 'B'
	}
	return jwe[:at] + string(other) + jwe[at+1:]
}

// TestFetchFindsTampering breaks one thing at a time; each must be found, named with its code, and nothing handed out.
func TestFetchFindsTampering(t *testing.T) {
	t.Parallel()
	const all = "attachment" // the instance of a problem in the first attachment
	for _, tc := range []struct {
		name     string
		tamper   func(s submission)
		code     client.Code
		instance string
	}{
		{"metadata exchanged", func(s submission) { s.EncryptedMetadata = s.seal(seal.JSON, "{}") }, client.IncorrectAuthenticationTag, "metadata"},
		{"data exchanged", func(s submission) { s.EncryptedData = s.seal(seal.JSON, "{}") }, client.IncorrectAuthenticationTag, "data"},
		{"attachment exchanged", func(s submission) { s.sealed[s.attachment(0)] = s.seal("application/pdf", "x") }, client.IncorrectAuthenticationTag, all},
		{"attachments swapped", func(s submission) {
			s.sealed[s.attachment(0)], s.sealed[s.attachment(1)] = s.sealed[s.attachment(1)], s.sealed[s.attachment(0)]
		}, client.IncorrectAuthenticationTag, all},
		{"ciphertext of the metadata changed", func(s submission) { s.EncryptedMetadata = flip(s.EncryptedMetadata) }, client.EncryptionIssue, "metadata"},
		{"ciphertext of the data changed", func(s submission) { s.EncryptedData = flip(s.EncryptedData) }, client.EncryptionIssue, "data"},
		{"ciphertext of an attachment changed", func(s submission) { s.sealed[s.attachment(0)] = flip(s.sealed[s.attachment(0)]) }, client.EncryptionIssue, all},
		{"attachment is no JWE", func(s submission) { s.sealed[s.attachment(0)] = "hello" }, client.EncryptionIssue, all},
		{"attachment gone", func(s submission) { delete(s.sealed, s.attachment(0)) }, client.MissingAttachment, all},
		{"attachment not listed", func(s submission) { s.Attachments = s.Attachments[1:] }, client.AttachmentsMismatch, "other"},
		{"attachment listed in place of another", func(s submission) { s.Attachments[1] = s.Attachments[0] }, client.AttachmentsMismatch, "other"},
		{"attachments of one id", func(s submission) {
			s.metadata(`"attachmentId":"`+s.attachment(1)+`"`, `"attachmentId":"`+s.attachment(0)+`","fragments":["`+s.attachment(1)+`"]`)
		}, client.AttachmentsMismatch, "metadata"},
		{"data gone", func(s submission) { s.EncryptedData = "" }, client.MissingData, "data"},
		{"data never sent", func(s submission) { s.EncryptedData = ""; s.sound() }, client.MissingData, "data"},
		{"submitted without tags", func(s submission) {
			s.sound()
			s.log[s.CaseID][1] = s.sign(s.claims(s.SubmissionRef, set.SubmitSubmission, set.Payload{}), s.keys.service)
		}, client.InvalidEventLog, "other"},
		{"log without submit", func(s submission) { s.log[s.CaseID] = s.log[s.CaseID][:1] }, client.InvalidEventLog, "other"},
		{"sealed to a foreign key", func(s submission) {
			foreign := as(s.t, servicePair, "enc", "foreign-wrapKey")
			jwe, err := seal.Seal(foreign.Public, seal.JSON, []byte("{}"))
			if err != nil {
				s.t.Fatal(err)
			}
			s.EncryptedData = jwe
			s.sound()
		}, client.EncryptionIssue, "data"},
		{"metadata are no JSON", func(s submission) { s.EncryptedMetadata = s.seal(seal.JSON, "{"); s.sound() }, client.SyntaxViolation, "metadata"},
		{"metadata break the schema", func(s submission) { s.metadata(`"purpose":"form"`, `"purpose":"fun"`) }, client.SchemaViolation, "metadata"},
		{"metadata of another version", func(s submission) { s.metadata("metadata/2.1.0/", "metadata/2.7.0/") }, client.UnsupportedSchema, "metadata"},
		{"metadata of an unknown generation", func(s submission) { s.metadata("metadata/2.1.0/", "metadata/9.1.0/") }, client.UnsupportedSchema, "metadata"},
		{"version not offered any more", func(s submission) { s.destination.MetadataVersions = []string{"3.0.0"} }, client.UnsupportedSchema, "metadata"},
		{"version not named", func(s submission) {
			s.destination.MetadataVersions = []string{"2.1.0"}
			s.metadata(`"$schema":"https://schema.fitko.de/fit-connect/metadata/2.1.0/metadata.schema.json",`, "")
		}, client.MissingSchema, "metadata"},
		{"data schema not offered", func(s submission) { s.metadata(schemaJSON, "https://schema.vierkant.example/other.json") }, client.UnsupportedDataSchema, "metadata"},
		{"service not offered", func(s submission) { s.PublicService.Identifier = "urn:de:fim:leika:leistung:99000000000000" }, client.UnsupportedService, "metadata"},
		{"other service in the metadata", func(s submission) {
			s.metadata(`{`, `{"publicServiceType":{"name":"","identifier":"urn:de:fim:leika:leistung:99000000000000"},`)
		}, client.ServiceMismatch, "metadata"},
		{"reply channel not offered", func(s submission) {
			s.destination.ReplyChannels = &wire.ReplyChannels{DeMail: []byte("{}")}
			s.metadata(`{`, `{"replyChannel":{"eMail":{"address":"a@b.example"}},`)
		}, client.UnsupportedReplyChannel, "metadata"},
		{"attachment not described", func(s submission) { s.metadata(`"attachments":[{`, `"attachments":[],"x":[{`) }, client.AttachmentsMismatch, "metadata"},
		{"other data than described", func(s submission) { s.EncryptedData = s.seal(seal.JSON, "{}"); s.sound() }, client.HashMismatch, "data"},
		{"other attachment than described", func(s submission) { s.sealed[s.attachment(0)] = s.seal("", "x"); s.sound() }, client.HashMismatch, all},
		{"data are no JSON", func(s submission) { s.EncryptedData = s.seal(seal.JSON, "{"); s.sound() }, client.SyntaxViolation, "data"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			b := newBroker(t)
			receipt := send(t, b, application())
			s := submission{b, b.submissions[string(receipt.SubmissionID)]}
			instance := tc.instance
			if instance == all {
				instance = client.InAttachment(client.AttachmentID(s.attachment(0)))
			}
			b.change(func() { tc.tamper(s) })
			fetched, err := b.subscriber().Fetch(context.Background(), receipt.SubmissionID)
			var reject *client.RejectError
			if !errors.As(err, &reject) || fetched != nil {
				t.Fatalf("Fetch = %v, %v, want a RejectError and nothing else", fetched, err)
			}
			if !has(reject.Problems, tc.code, instance) || reject.Ref != receipt.Ref {
				t.Errorf("Fetch of %v: %v, want %s (%s)", receipt.Ref, err, tc.code, instance)
			}
			if text := err.Error(); strings.Contains(text, "Süßmilch") {
				t.Errorf("the error quotes the content: %s", text)
			}
			expectEmpty(t, b.scratch)
		})
	}
}

func has(problems []set.Problem, code client.Code, instance string) bool {
	for _, p := range problems {
		if p.Type == set.ProblemPrefix+string(code) && p.Instance == instance && p.Title != "" && p.Detail != "" {
			return true
		}
	}
	return false
}

// TestFetchCollects finds everything that is wrong, not only the first.
func TestFetchCollects(t *testing.T) {
	t.Parallel()
	b := newBroker(t)
	receipt := send(t, b, application())
	s := submission{b, b.submissions[string(receipt.SubmissionID)]}
	s.EncryptedData = s.seal(seal.JSON, "no JSON")
	s.sealed[s.attachment(1)] = s.seal("", "x")
	s.metadata(schemaJSON, "https://schema.vierkant.example/other.json")
	_, err := b.subscriber().Fetch(context.Background(), receipt.SubmissionID)
	var reject *client.RejectError
	if !errors.As(err, &reject) {
		t.Fatalf("Fetch: %v, want a RejectError", err)
	}
	for _, want := range []struct {
		code     client.Code
		instance string
	}{
		{client.UnsupportedDataSchema, "metadata"}, {client.HashMismatch, "data"}, {client.SyntaxViolation, "data"},
		{client.HashMismatch, client.InAttachment(client.AttachmentID(s.attachment(1)))},
	} {
		if !has(reject.Problems, want.code, want.instance) {
			t.Errorf("%v lacks %s (%s)", err, want.code, want.instance)
		}
	}
}

// TestFetchIsNotTheSendersFault: what is not the sender's fault must not lead to a rejection.
func TestFetchIsNotTheSendersFault(t *testing.T) {
	t.Parallel()
	ctx, b := context.Background(), newBroker(t)
	receipt := send(t, b, application())
	subscriber := b.subscriber()
	var (
		reject  *client.RejectError
		missing *client.MissingKeyError
		event   *client.EventError
	)
	b.change(func() {
		renamed := b.keys.encryption.Public
		renamed.KID = "retired-wrapKey"
		b.jwks[renamed.KID] = renamed
		s := submission{b, b.submissions[string(receipt.SubmissionID)]}
		jwe, err := seal.Seal(renamed, seal.JSON, []byte("{}"))
		if err != nil {
			t.Fatal(err)
		}
		s.EncryptedMetadata = jwe
		s.sound()
	})
	if _, err := subscriber.Fetch(ctx, receipt.SubmissionID); !errors.As(err, &missing) || errors.As(err, &reject) {
		t.Errorf("a published key that is not at hand: got %v, want a MissingKeyError", err)
	}
	if got := b.count("GET /submission-api/v2/submissions/" + string(receipt.SubmissionID) + "/attachments"); got != 0 {
		t.Errorf("attachments were fetched %d times for a key that is not here, want none", got)
	}
	b.change(func() { b.log[string(receipt.CaseID)][1] += "x" })
	if _, err := subscriber.Fetch(ctx, receipt.SubmissionID); !errors.As(err, &event) || errors.As(err, &reject) {
		t.Errorf("a forged log: got %v, want an EventError", err)
	}
	if _, err := subscriber.Fetch(ctx, otherID); !errors.Is(err, client.ErrNotFound) {
		t.Errorf("an unknown submission: got %v, want ErrNotFound", err)
	}
	if _, err := subscriber.Fetch(ctx, "../destinations"); err == nil {
		t.Error("an id that is a path: got no error")
	}
	b.change(func() { b.submissions[string(receipt.SubmissionID)].DestinationID = otherID })
	if _, err := subscriber.Fetch(ctx, receipt.SubmissionID); !errors.Is(err, client.ErrConfig) {
		t.Errorf("a destination without keys: got %v, want ErrConfig", err)
	}
}

// TestFetchReadsExactNames: what is handed out is what the schema judged, not a member that differs from it in case.
func TestFetchReadsExactNames(t *testing.T) {
	t.Parallel()
	const file = `"filename":"antrag.pdf"`
	for _, tc := range []struct{ old, new, filename string }{
		{`"purpose":"form"`, `"purpose":"form","PURPOSE":"fun"`, "antrag.pdf"},
		{`"mimeType":"application/pdf"`, `"mimeType":"application/pdf","MimeType":"\u0000\n"`, "antrag.pdf"},
		{file, file + `,"FileName":"../../../etc/cron.d/x"`, "antrag.pdf"},
		{file, `"FileName":"../../../etc/cron.d/x"`, ""},
		{`"contentStructure":{`, `"CONTENTSTRUCTURE":{"attachments":[]},"contentStructure":{`, "antrag.pdf"},
		{`"author":{`, `"ReplyChannel":{"eMail":{}},"author":{`, "antrag.pdf"},
	} {
		t.Run(tc.new, func(t *testing.T) {
			t.Parallel()
			b := newBroker(t)
			receipt := send(t, b, application())
			b.change(func() { submission{b, b.submissions[string(receipt.SubmissionID)]}.metadata(tc.old, tc.new) })
			fetched, err := b.subscriber().Fetch(context.Background(), receipt.SubmissionID)
			if err != nil {
				t.Fatal(err)
			}
			got := fetched.Attachments[0]
			if got.Purpose != "form" || got.MIMEType != "application/pdf" || got.Filename != tc.filename || fetched.Metadata.ReplyChannel != nil {
				t.Errorf("got purpose %q, media type %q, file name %q, reply channel %v", got.Purpose, got.MIMEType, got.Filename, fetched.Metadata.ReplyChannel)
			}
		})
	}
}

// FuzzMetadata: they are read after a schema judged them, but whatever they are, what is read is written and read again as the same, and
// no name is read in another case.
func FuzzMetadata(f *testing.F) {
	for _, seed := range []string{
		`{"contentStructure":{"attachments":[{"attachmentId":"x","fragments":["y"],"Filename":"z"},null]}}`, `null`, `[]`, `{"Author":{"name":1}}`,
		`{"replyChannel":{"fitConnect":{"processStandards":null,"encryptionPublicKey":{}}}}`, `{"paymentInformation":{"grossAmount":26.00}}`,
		`{"dataSets":[{"content": {"a" : 1, "A":"<" }}],"additionalReferenceInfo":{"zustimmungZumDigitalenBescheid":false}}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		var m, again client.Metadata
		if json.Unmarshal(raw, &m) != nil {
			return
		}
		stored, err := json.Marshal(m)
		if err != nil {
			return // what cannot be written, such as no key, was not asked for
		}
		if err := json.Unmarshal(stored, &again); err != nil {
			t.Fatalf("%s is not read again: %v", stored, err)
		}
		if twice, err := json.Marshal(again); err != nil || !bytes.Equal(twice, stored) {
			t.Errorf("%s is read as %s, %v", stored, twice, err)
		}
		if m.Author != nil && !bytes.Contains(raw, []byte(`\`)) && !bytes.Contains(raw, []byte(`"author"`)) {
			t.Errorf("%s has no author, read %+v", raw, m.Author)
		}
	})
}

// TestFetchKeepsDataSets: their content is the sender's, whatever its members are called, to the last byte.
func TestFetchKeepsDataSets(t *testing.T) {
	t.Parallel()
	const content = `{"a": 1.0, "A": "<&>"}`
	b := newBroker(t)
	receipt := send(t, b, application())
	b.change(func() {
		submission{b, b.submissions[string(receipt.SubmissionID)]}.metadata(`{`, `{"dataSets":[{"dataSetId":"`+otherID+`","hash":{"type":"sha512","content":"`+
			strings.Repeat("0", 128)+`"},"schema":{"schemaUri":"https://schema.vierkant.example/x","mimeType":"application/json"},"content":`+content+`}],`)
	})
	fetched, err := b.subscriber().Fetch(context.Background(), receipt.SubmissionID)
	if err != nil {
		t.Fatal(err)
	}
	if got := fetched.Metadata.DataSets; len(got) != 1 || string(got[0].Content) != content || got[0].ID != otherID {
		t.Errorf("got %+v, want one with %s", got, content)
	}
}

// TestFetchDecidedMeanwhile: who reads while somebody else decides learns that it is gone, and blames nobody.
func TestFetchDecidedMeanwhile(t *testing.T) {
	t.Parallel()
	b := newBroker(t)
	receipt := send(t, b, application())
	gone := false
	b.change(func() {
		b.before = func(w http.ResponseWriter, r *http.Request) bool {
			gone = gone || strings.Contains(r.URL.Path, "/attachments/")
			if gone {
				b.problem(w, http.StatusNotFound, "accepted")
			}
			return gone
		}
	})
	_, err := b.subscriber().Fetch(context.Background(), receipt.SubmissionID)
	var reject *client.RejectError
	if !errors.Is(err, client.ErrNotFound) || errors.As(err, &reject) {
		t.Errorf("Fetch: %v, want ErrNotFound and no rejection", err)
	}
	expectEmpty(t, b.scratch)
}

// TestFetchFirstGeneration reads what a client of the first generation sends: compressed, typ, kid as thumbprint, metadata 1.0.0.
func TestFetchFirstGeneration(t *testing.T) {
	t.Parallel()
	b := newBroker(t)
	receipt := send(t, b, application())
	s := submission{b, b.submissions[string(receipt.SubmissionID)]}
	s.metadata(`"$schema":"https://schema.fitko.de/fit-connect/metadata/2.1.0/metadata.schema.json",`,
		`"publicServiceType":{"name":"Gewerbeanmeldung","identifier":"`+serviceURN+`"},`)
	old := b.keys.encryption.Public
	old.KID = old.Thumbprint()
	jwe, err := seal.SealDeflated(old, "", application().Data.Content)
	if err != nil {
		t.Fatal(err)
	}
	s.EncryptedData = jwe
	s.sound()
	fetched, err := b.subscriber().Fetch(context.Background(), receipt.SubmissionID)
	if err != nil {
		t.Fatalf("Fetch: %v", err)
	}
	if string(fetched.Data.Content) != string(application().Data.Content) {
		t.Errorf("data = %s, want what was sent", fetched.Data.Content)
	}
}

// TestFetchFragments joins an attachment that was uploaded in two pieces (FIT-Connect contract 3.7).
func TestFetchFragments(t *testing.T) {
	t.Parallel()
	b := newBroker(t)
	receipt := send(t, b, application())
	s := submission{b, b.submissions[string(receipt.SubmissionID)]}
	const second = "f7a90000-0000-4000-8000-000000000002"
	whole := s.attachment(0)
	first := "f7a90000-0000-4000-8000-000000000001"
	s.sealed[first], s.sealed[second] = s.seal("", "%PDF-1.4"), s.seal("", " antrag")
	s.Attachments = []string{second, first, s.attachment(1)}
	s.metadata(`"attachmentId":"`+whole+`"`, `"attachmentId":"`+whole+`","fragments":["`+first+`","`+second+`"]`)
	fetched, err := b.subscriber().Fetch(context.Background(), receipt.SubmissionID)
	if err != nil {
		t.Fatalf("Fetch: %v", err)
	}
	if got, want := content(t, fetched.Attachments[0]), "%PDF-1.4 antrag"; got != want || len(fetched.Attachments) != 2 {
		t.Errorf("first of %d attachments = %q, want %q", len(fetched.Attachments), got, want)
	}
}

// TestFetchesOnlyWhatCounts: however many attachments a service lists, the client fetches those that were submitted, each once.
func TestFetchesOnlyWhatCounts(t *testing.T) {
	t.Parallel()
	b := newBroker(t)
	receipt := send(t, b, application())
	s := submission{b, b.submissions[string(receipt.SubmissionID)]}
	b.change(func() {
		for range 50 {
			s.Attachments = append(s.Attachments, s.attachment(0), otherID)
		}
	})
	_, err := b.subscriber().Fetch(context.Background(), receipt.SubmissionID)
	var reject *client.RejectError
	if !errors.As(err, &reject) || !has(reject.Problems, client.AttachmentsMismatch, "other") || len(reject.Problems) != 1 {
		t.Errorf("Fetch: %v, want only that the attachments are others", err)
	}
	if got := b.count("GET /submission-api/v2/submissions/" + string(receipt.SubmissionID) + "/attachments/"); got != 2 {
		t.Errorf("%d attachments were fetched, want 2", got)
	}
}
