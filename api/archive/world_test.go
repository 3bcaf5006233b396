package archive_test

import (
	"crypto/sha512"
	"crypto/x509"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/vierkant/vierkant/api/archive"
	"github.com/vierkant/vierkant/api/client"
	"github.com/vierkant/vierkant/crypto/keys"
	"github.com/vierkant/vierkant/crypto/set"
)

const (
	service = "https://broker.example/submission-api"
	first   = client.AttachmentID("f7a90000-0000-4000-8000-000000000001")
	second  = client.AttachmentID("f7a90000-0000-4000-8000-000000000002")
)

// Two pairs serve all tests, since making one takes a second. The certificates were valid for a day around the time of fetching,
// which is long ago.
var (
	fetched = time.Date(2024, 5, 6, 7, 8, 9, 0, time.UTC)
	ownPair = sync.OnceValues(func() (keys.Private, error) { return generate("Musterstadt") })
	foreign = sync.OnceValues(func() (keys.Private, error) { return generate("Elsewhere") })
)

func generate(subject string) (keys.Private, error) {
	return keys.Generate(keys.Signature, subject, fetched.Add(-time.Hour), 24*time.Hour)
}

func key(t testing.TB, pair func() (keys.Private, error), kid string) keys.Private {
	t.Helper()
	k, err := pair()
	if err != nil {
		t.Fatal(err)
	}
	k.KID, k.Chain = kid, append([]*x509.Certificate(nil), k.Chain...)
	return k
}

// signing is the destination's key, serving the delivery service's.
func signing(t testing.TB) keys.Private { return key(t, ownPair, "destination-verify") }
func serving(t testing.TB) keys.Private { return key(t, foreign, "service-verify") }

func hash(content string) client.Hash {
	sum := sha512.Sum512([]byte(content))
	return client.Hash{Type: "sha512", Content: hex.EncodeToString(sum[:])}
}

// submission is one as Fetch returns it, with two attachments and a log of three events.
func submission(t testing.TB, number int) *client.Fetched {
	t.Helper()
	f := &client.Fetched{
		Ref: client.Ref{
			DestinationID: "0a10bf46-1e4c-4a0e-9a10-6a1a2f6f9d01", SubmissionID: client.SubmissionID(fmt.Sprintf("5ab00000-0000-4000-8000-%012d", number)),
			CaseID: client.CaseID(fmt.Sprintf("ca5e0000-0000-4000-8000-%012d", number)),
		},
		Service: "urn:de:fim:leika:leistung:99050012104000", Region: "DE05515",
		Data: client.ReceivedData{Content: []byte(`{"betrieb":"Kaffeerösterei"}`), MIMEType: "application/json", SchemaURI: "https://schema.example/a.json"},
		Tags: set.AuthenticationTags{Metadata: "AAAAAAAAAAAAAAAAAAAAAA", Data: "BBBBBBBBBBBBBBBBBBBBBA", Attachments: map[string]string{
			string(first): "CCCCCCCCCCCCCCCCCCCCCA", string(second): "DDDDDDDDDDDDDDDDDDDDDA",
		}},
	}
	scratch := t.TempDir()
	for i, a := range []struct {
		id            client.AttachmentID
		name, content string
	}{{first, "antrag.pdf", "%PDF-1.4 antrag"}, {second, "Ausweis Größe.png", "not a picture"}} {
		path := filepath.Join(scratch, fmt.Sprint(i))
		if err := os.WriteFile(path, []byte(a.content), 0o644); err != nil {
			t.Fatal(err)
		}
		f.Attachments = append(f.Attachments, client.ReceivedAttachment{
			AttachmentInfo: client.AttachmentInfo{ID: a.id, Hash: hash(a.content), Purpose: "attachment", MIMEType: "application/pdf", Filename: a.name},
			Path:           path, Size: int64(len(a.content)),
		})
	}
	describe(t, f)
	record(t, f)
	return f
}

// describe writes the metadata.
func describe(t testing.TB, f *client.Fetched) {
	t.Helper()
	content := map[string]any{}
	var infos []client.AttachmentInfo
	for _, a := range f.Attachments {
		infos = append(infos, a.AttachmentInfo)
	}
	content["attachments"] = infos
	content["data"] = map[string]any{
		"hash": hash(string(f.Data.Content)), "submissionSchema": map[string]any{"schemaUri": f.Data.SchemaURI, "mimeType": f.Data.MIMEType},
	}
	raw, err := json.Marshal(map[string]any{
		"$schema": "https://schema.fitko.de/fit-connect/metadata/2.1.0/metadata.schema.json", "contentStructure": content,
	})
	if err == nil {
		f.RawMetadata = raw
		err = json.Unmarshal(raw, &f.Metadata)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// record writes the event log: created, submitted, and forwarded by the destination, which replies cannot be.
func record(t testing.TB, f *client.Fetched) {
	t.Helper()
	f.Evidence = client.Evidence{
		Service: service, Ref: f.Ref, ServiceKeys: keys.Set{Keys: []keys.Public{serving(t).Public}},
		DestinationKeys: keys.Set{Keys: []keys.Public{signing(t).Public}},
	}
	all := []struct {
		event, issuer string
		payload       set.Payload
		key           keys.Private
	}{
		{set.CreateSubmission, service, set.Payload{}, serving(t)},
		{set.SubmitSubmission, service, set.Payload{AuthenticationTags: &f.Tags}, serving(t)},
		{set.ForwardSubmission, string(f.DestinationID), set.Payload{}, signing(t)},
	}
	if f.ReplyID != "" {
		all[0].event, all[1].event = set.CreateReply, set.SubmitReply
		all = all[:2]
	}
	for i, e := range all {
		claims, err := set.Claims{
			Schema: set.SchemaURI(set.CurrentVersion), ID: fmt.Sprintf("e0e00000-0000-4000-8000-%012d", i), Issuer: e.issuer,
			IssuedAt: fetched.Add(-time.Minute).Unix(), Subject: f.Subject(), Transaction: "case:" + string(f.CaseID),
			Event: e.event, Payload: e.payload.Bytes(),
		}.Bytes()
		if err != nil {
			t.Fatal(err)
		}
		token, err := set.Sign(claims, e.key.KID, e.key.Secret)
		if err != nil {
			t.Fatal(err)
		}
		f.Evidence.Tokens = append(f.Evidence.Tokens, token)
	}
	var err error
	if f.Log, err = f.Evidence.Verify(keys.Test(), fetched); err != nil {
		t.Fatal(err)
	}
}

// save saves a submission into a folder of its own.
func save(t testing.TB, f *client.Fetched) string {
	t.Helper()
	folder, err := archive.Save(t.TempDir(), f, signing(t), fetched)
	if err != nil {
		t.Fatalf("Save: %v", err)
	}
	return folder
}

// strict is the policy that asks for valid certificates up to ours.
func strict(t testing.TB) keys.Policy {
	roots := x509.NewCertPool()
	roots.AddCert(signing(t).Chain[0])
	return keys.Strict("reference", roots)
}

// own is a verifier who knows all keys.
func own(t testing.TB) archive.Trust {
	return archive.Trust{
		Policy: strict(t), Service: keys.Set{Keys: []keys.Public{serving(t).Public}}, Signing: []keys.Public{signing(t).Public},
	}
}
