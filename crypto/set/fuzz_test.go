package set_test

import (
	"bytes"
	"reflect"
	"testing"

	"github.com/go-jose/go-jose/v4"
	"github.com/lestrrat-go/jwx/v2/jws"

	"github.com/vierkant/vierkant/crypto/set"
)

// What is accepted, both libraries can parse to the same claims.
func FuzzParse(f *testing.F) {
	good, err := claims(nil).Bytes()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(`{"typ":"secevent+jwt","alg":"PS512","kid":"k"}`, string(good), ".AAAA")
	f.Add(`{"kid":"\u006b","alg":"PS512","x":[1e3,{}],"x5t":"","cty":"c","nonce":"n","typ":"secevent+jwt"}`, string(good), ".")
	f.Add(`{"crit":["b64"],"b64":false,"jwk":{},"jku":"u","x5c":[],"typ":"secevent+jwt","alg":"PS512"}`, `{}`, ".A\n")
	f.Fuzz(func(t *testing.T, header, payload, rest string) {
		raw := encoded(header, payload) + rest
		token, err := set.Parse(raw)
		if err != nil {
			return
		}
		byJose, err := jose.ParseSignedCompact(raw, []jose.SignatureAlgorithm{jose.PS512})
		if err != nil {
			t.Fatalf("accepted, but go-jose says %v", err)
		}
		if !bytes.Equal(byJose.UnsafePayloadWithoutVerification(), []byte(payload)) || byJose.Signatures[0].Header.KeyID != token.KID {
			t.Errorf("go-jose reads %+v", byJose)
		}
		byJWX, err := jws.ParseString(raw)
		if err != nil {
			t.Fatalf("accepted, but jwx says %v", err)
		}
		if !bytes.Equal(byJWX.Payload(), []byte(payload)) || byJWX.Signatures()[0].ProtectedHeaders().KeyID() != token.KID {
			t.Errorf("jwx reads %+v", byJWX)
		}
	})
}

// What is accepted can be written, and is then read as the same.
func FuzzParseClaims(f *testing.F) {
	for _, payload := range []set.Payload{
		{},
		{AuthenticationTags: &set.AuthenticationTags{Metadata: tag, Attachments: map[string]string{anID: tag}}, NotifyType: set.NotifiedByPolling},
		{Deletion: &set.Deletion{DeletedAt: "2026-11-22T10:00:00Z", SHA256: set.Digests{Metadata: "00", Attachments: map[string]string{"a": "11"}}}},
		{Problems: []set.Problem{{Type: "about:blank", Title: "T", Detail: "D", Instance: "data"}}},
	} {
		raw, err := claims(func(c *set.Claims) { c.Payload = payload.Bytes() }).Bytes()
		if err != nil {
			f.Fatal(err)
		}
		f.Add(raw)
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		first, err := set.ParseClaims(raw)
		if err != nil {
			return
		}
		written, err := first.Bytes()
		if err != nil {
			t.Fatal(err)
		}
		second, err := set.ParseClaims(written)
		if err != nil {
			t.Fatal(err)
		}
		one, errOne := set.ParsePayload(first.Payload)
		two, errTwo := set.ParsePayload(second.Payload)
		if errOne != nil || errTwo != nil || !reflect.DeepEqual(one, two) {
			t.Errorf("payload %+v, %v became %+v, %v", one, errOne, two, errTwo)
		}
		first.Payload, second.Payload = nil, nil
		if !reflect.DeepEqual(first, second) {
			t.Errorf("%+v became %+v", first, second)
		}
	})
}
