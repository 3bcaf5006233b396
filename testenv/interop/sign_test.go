package interop_test

import (
	"bytes"
	"crypto"
	"crypto/rsa"
	"crypto/sha512"
	"errors"
	"reflect"
	"testing"
	"time"

	"github.com/vierkant/vierkant/crypto/attest"
	"github.com/vierkant/vierkant/crypto/keys"
	"github.com/vierkant/vierkant/crypto/set"
)

const (
	secevent    = "secevent+jwt"
	anyID       = "2d1426f2-d673-46de-868e-d96844d24fe1"
	destination = "ac715f34-333e-41f4-9bb5-186b309ea233"
	anyTime     = "1772366400"
	anyTag      = "UjjLqcRUCzAXQ4bRSWzLcg"
	portal      = "https://portal.vierkant.example"
	host        = "vierkant.example"
	service     = "urn:de:fim:leika:leistung:99123456760610"
)

// event returns the claims of an acceptance with a warning in it, as the broker keeps them.
func event(t *testing.T) []byte {
	t.Helper()
	payload := set.Payload{
		AuthenticationTags: &set.AuthenticationTags{Metadata: anyTag, Data: anyTag, Attachments: map[string]string{anyID: anyTag}},
		Problems:           []set.Problem{{Type: set.ProblemPrefix + "other", Title: "Größe & Maße <ungeprüft>", Instance: "data"}},
	}
	claims := set.Claims{
		Schema: set.SchemaURI(set.CurrentVersion), ID: anyID, Issuer: destination, IssuedAt: issued().Unix(),
		Subject: "submission:" + anyID, Transaction: "case:" + anyID, Event: set.AcceptSubmission, Payload: payload.Bytes(),
	}
	raw, err := claims.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

// issued is anyTime.
func issued() time.Time { return time.Unix(1772366400, 0).UTC() }

func signedEvent(t *testing.T, claims []byte) string {
	t.Helper()
	token, err := set.Sign(claims, signing().KID, signing().Secret)
	if err != nil {
		t.Fatal(err)
	}
	return token
}

func addressing() attest.Claims {
	return attest.Claims{
		SubmissionHost: host, Issuer: portal, DestinationID: destination, IssuedAt: issued(), ID: anyID,
		Services: []attest.Service{{Regions: []string{"064350014014", "09"}, Services: []string{service}}},
	}
}

func signedAddressing(t *testing.T) string {
	t.Helper()
	token, err := attest.Sign(addressing(), signing().KID, signing().Secret)
	if err != nil {
		t.Fatal(err)
	}
	return token
}

func verifiesOurs(t *testing.T, p *peer) {
	key := p.file(t, signing().Public)
	for name, token := range map[string]string{"event": signedEvent(t, event(t)), "addressing": signedAddressing(t)} {
		want, err := keys.ParseCompact(token, set.MaxToken)
		if err != nil {
			t.Fatal(err)
		}
		got, err := p.do(t, "verify", key, "-", []byte(token))
		if err != nil || !bytes.Equal(got, want.Payload) {
			t.Errorf("%s: got %s, %v, want %s", name, got, err, want.Payload)
		}
	}
}

func signsEvents(t *testing.T, p *peer) {
	want, err := set.ParseClaims(event(t))
	if err != nil {
		t.Fatal(err)
	}
	raw := string(p.must(t, "sign", p.file(t, signing()), secevent, event(t)))
	token, err := set.Parse(raw)
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(token.Claims, want) {
		t.Errorf("got %+v, want %+v", token.Claims, want)
	}
	if err := token.CheckSchema(set.V2()); err != nil {
		t.Error(err)
	}
	if err := token.Verify(signing().Public); err != nil {
		t.Error(err)
	}
}

func signsAddressing(t *testing.T, p *peer) {
	ours, err := keys.ParseCompact(signedAddressing(t), set.MaxToken)
	if err != nil {
		t.Fatal(err)
	}
	raw := string(p.must(t, "sign", p.file(t, signing()), attest.Type, ours.Payload))
	key := func(string) (keys.Public, error) { return signing().Public, nil }
	got, err := attest.Verify(raw, key, attest.Expectation{
		Hosts: []string{host}, Issuer: portal, DestinationID: destination, Service: service, Region: "09162",
	})
	if want := addressing(); err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, %v, want %+v", got, err, want)
	}
}

// Only the length of the salt is wrong, which the standard library does not mind.
func otherSaltIsRefused(t *testing.T, p *peer) {
	raw := string(p.must(t, "salt", p.file(t, signing()), secevent, event(t)))
	jws, err := keys.ParseCompact(raw, set.MaxToken)
	if err != nil {
		t.Fatal(err)
	}
	digest := sha512.Sum512(jws.SigningInput)
	if err := rsa.VerifyPSS(signing().Key, crypto.SHA512, digest[:], jws.Signature, nil); err != nil {
		t.Fatalf("not a signature at all: %v", err)
	}
	token, err := set.Parse(raw)
	if err != nil {
		t.Fatal(err)
	}
	if err := token.Verify(signing().Public); !errors.Is(err, keys.ErrSignature) {
		t.Errorf("got %v, want %v", err, keys.ErrSignature)
	}
}
