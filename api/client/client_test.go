package client_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/vierkant/vierkant/api/client"
	"github.com/vierkant/vierkant/crypto/set"
)

// application is a small one with two attachments.
func application() client.Application {
	return client.Application{
		Destination: destinationID, Service: serviceURN, ServiceName: "Gewerbeanmeldung", Region: "DE055150000000",
		Data: client.Data{Content: []byte(`{"betrieb":"Kaffeerösterei Süßmilch"}`), MIMEType: "application/json", SchemaURI: schemaJSON},
		Attachments: []client.Attachment{
			{Filename: "antrag.pdf", MIMEType: "application/pdf", Purpose: client.PurposeForm, Description: "Der ganze Antrag", Open: client.Bytes([]byte("%PDF-1.4 antrag"))},
			{Filename: "ausweis.png", MIMEType: "image/png", Open: client.Bytes(bytes.Repeat([]byte("ausweis"), 10_000))},
		},
		Author:    &client.Author{Name: "Musterportal", Product: client.Product{Name: "Portal", Version: "1.0", Manufacturer: "Muster"}},
		Reference: &client.Reference{SenderReference: "MUSTER-1", ApplicationDate: "2026-11-16"},
	}
}

// content reads the plaintext of an attachment.
func content(t testing.TB, a client.ReceivedAttachment) string {
	t.Helper()
	file, err := a.Open()
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	plain, err := io.ReadAll(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(plain)
}

// send sends the application and fails the test if that fails.
func send(t testing.TB, b *broker, a client.Application) client.Receipt {
	t.Helper()
	receipt, err := b.client().Sender().Send(context.Background(), a)
	if err != nil {
		t.Fatalf("Send: %v", err)
	}
	return receipt
}

// TestFourCorners goes all the way: sealed, submitted, fetched, opened, accepted, and seen by the sender.
func TestFourCorners(t *testing.T) {
	t.Parallel()
	ctx, b := context.Background(), newBroker(t)
	a := application()
	receipt := send(t, b, a)
	subscriber := b.subscriber()

	waiting, total, err := subscriber.List(ctx, destinationID, client.Page{})
	if err != nil || total != 1 || len(waiting) != 1 || waiting[0] != receipt.Ref {
		t.Fatalf("List = %v, %d, %v, want %v", waiting, total, err, receipt.Ref)
	}
	fetched, err := subscriber.Fetch(ctx, receipt.SubmissionID)
	if err != nil {
		t.Fatalf("Fetch: %v", err)
	}
	if fetched.Ref != receipt.Ref || fetched.Service != serviceURN || fetched.Region != a.Region {
		t.Errorf("fetched %v %s %s, want %v %s %s", fetched.Ref, fetched.Service, fetched.Region, receipt.Ref, serviceURN, a.Region)
	}
	if got, want := string(fetched.Data.Content), string(a.Data.Content); got != want || fetched.Data.SchemaURI != schemaJSON {
		t.Errorf("data = %s of %s, want %s of %s", got, fetched.Data.SchemaURI, want, schemaJSON)
	}
	if got := fetched.Attachments; len(got) != 2 || got[0].Filename != "antrag.pdf" || content(t, got[0]) != "%PDF-1.4 antrag" ||
		got[1].Purpose != client.PurposeAttachment || len(content(t, got[1])) != 70_000 || got[1].Size != 70_000 {
		t.Errorf("attachments = %.300v, want the two that were sent", got)
	}
	if got := fetched.Metadata; got.Author.Product.Name != "Portal" || got.Reference.SenderReference != "MUSTER-1" {
		t.Errorf("metadata = %+v, want author and reference", got)
	}
	if err := subscriber.Accept(ctx, fetched); err != nil {
		t.Fatalf("Accept: %v", err)
	}
	log, err := b.client().Sender().Events(ctx, receipt)
	if err != nil {
		t.Fatalf("Events: %v", err)
	}
	if state := log.State(receipt.SubmissionID); state != client.Accepted || len(log) != 3 {
		t.Errorf("state = %s after %d events, want accepted after 3", state, len(log))
	}
	last := log[2]
	if last.ByService || last.Issuer != destinationID || last.Schema != set.SchemaURI("1.2.2") || !last.Payload.AuthenticationTags.Equal(receipt.Tags) {
		t.Errorf("last event = %+v, want an acceptance by the destination with the tags that were sent", last)
	}
}

// TestXMLWithoutAttachments is the other format, and nothing beside the data.
func TestXMLWithoutAttachments(t *testing.T) {
	t.Parallel()
	ctx, b := context.Background(), newBroker(t)
	a := application()
	a.Attachments = nil
	a.Data = client.Data{Content: []byte(`<?xml version="1.0" encoding="UTF-8"?><a>ü</a>`), MIMEType: "application/xml", SchemaURI: schemaXML}
	receipt := send(t, b, a)
	fetched, err := b.subscriber().Fetch(ctx, receipt.SubmissionID)
	if err != nil {
		t.Fatalf("Fetch: %v", err)
	}
	if got, want := string(fetched.Data.Content), string(a.Data.Content); got != want || len(fetched.Attachments) != 0 {
		t.Errorf("got %s and %d attachments, want %s and none", got, len(fetched.Attachments), want)
	}
}

func TestReject(t *testing.T) {
	t.Parallel()
	ctx, b := context.Background(), newBroker(t)
	receipt := send(t, b, application())
	subscriber := b.subscriber()
	if err := subscriber.Reject(ctx, receipt.Ref); err == nil {
		t.Error("Reject without a problem: got no error")
	}
	if err := subscriber.Forward(ctx, receipt.Ref); err != nil {
		t.Fatalf("Forward: %v", err)
	}
	problem := client.TechnicalError.Problem(client.Elsewhere, "Der Ort der Betriebsstätte liegt nicht in unserer Zuständigkeit")
	if err := subscriber.Reject(ctx, receipt.Ref, problem); err != nil {
		t.Fatalf("Reject: %v", err)
	}
	if err := subscriber.Reject(ctx, receipt.Ref, problem); !errors.Is(err, client.ErrConflict) {
		t.Errorf("second Reject: got %v, want ErrConflict", err)
	}
	log, err := b.client().Sender().Events(ctx, receipt)
	if err != nil {
		t.Fatalf("Events: %v", err)
	}
	if log.State(receipt.SubmissionID) != client.Rejected || len(log[3].Payload.Problems) != 1 || log[3].Payload.Problems[0] != problem {
		t.Errorf("log ends in %+v, want the rejection with its problem", log[3])
	}
}

func TestReceiptIsJSON(t *testing.T) {
	t.Parallel()
	b := newBroker(t)
	receipt := send(t, b, application())
	stored, err := json.Marshal(receipt)
	if err != nil {
		t.Fatal(err)
	}
	var loaded client.Receipt
	if err := json.Unmarshal(stored, &loaded); err != nil {
		t.Fatal(err)
	}
	if loaded.Ref != receipt.Ref || !loaded.Tags.Equal(receipt.Tags) || !loaded.SentAt.Equal(receipt.SentAt) {
		t.Errorf("loaded %+v, want %+v", loaded, receipt)
	}
	if _, err := b.client().Sender().Events(context.Background(), loaded); err != nil {
		t.Errorf("Events with a stored receipt: %v", err)
	}
}

func TestAreas(t *testing.T) {
	t.Parallel()
	places, err := newBroker(t).client().Areas(context.Background(), "Münster 48143")
	if err != nil || len(places) != 1 || places[0] != (client.Place{ID: "055150000000", Name: "Münster, Stadt", Type: "Kreisfreie Stadt"}) {
		t.Errorf("Areas = %v, %v, want Münster", places, err)
	}
}

func TestManager(t *testing.T) {
	t.Parallel()
	ctx, b := context.Background(), newBroker(t)
	manager, err := b.client().Manager()
	if err != nil {
		t.Fatal(err)
	}
	weak := b.keys.encryption.Public
	weak.Chain = nil
	fresh := client.NewDestination{Name: "Gewerbeamt", EncryptionKey: b.keys.encryption.Public, SigningKey: b.keys.signing.Public, MetadataVersions: []string{"2.1.0"}}
	if made, err := manager.Create(ctx, fresh); err != nil || made.DestinationID != destinationID {
		t.Errorf("Create = %v, %v, want destination %s", made.DestinationID, err, destinationID)
	}
	if !strings.Contains(b.patched[0], `"encryptionKid":"destination-wrapKey"`) || strings.Contains(b.patched[0], `"d":`) {
		t.Errorf("created with %s, want the kid and no private key", b.patched[0])
	}
	fresh.EncryptionKey = weak
	var unfit *client.KeyError
	if _, err := manager.Create(ctx, fresh); !errors.As(err, &unfit) {
		t.Errorf("Create with a key without certificate: got %v, want a KeyError", err)
	}
	if _, err := manager.SetStatus(ctx, destinationID, client.Active); err != nil {
		t.Errorf("SetStatus: %v", err)
	}
	if got, want := b.patched[1], `application/merge-patch+json {"status":"active"}`; got != want {
		t.Errorf("patched with %s, want %s", got, want)
	}
	if err := manager.AddKey(ctx, destinationID, b.keys.signing.Public); err != nil {
		t.Errorf("AddKey: %v", err)
	}
	if err := manager.AddKey(ctx, destinationID, weak); !errors.As(err, &unfit) {
		t.Errorf("AddKey without certificate: got %v, want a KeyError", err)
	}
	if all, err := manager.Destinations(ctx); err != nil || len(all) != 1 {
		t.Errorf("Destinations = %v, %v, want one", all, err)
	}
	if one, err := manager.Destination(ctx, destinationID); err != nil || one.Status != client.Active {
		t.Errorf("Destination = %v, %v, want an active one", one, err)
	}
	if err := manager.Delete(ctx, destinationID); err != nil {
		t.Errorf("Delete: %v", err)
	}
}
