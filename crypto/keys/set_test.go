package keys_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/lestrrat-go/jwx/v2/jwk"

	"github.com/vierkant/vierkant/crypto/keys"
)

func TestSetRoundTrip(t *testing.T) {
	t.Parallel()
	want := keys.Set{Keys: []keys.Public{signatureKey().Public, encryptionKey().Public}}
	raw := encode(t, want)
	var got keys.Set
	decode(t, raw, &got)
	if string(encode(t, got)) != string(raw) {
		t.Errorf("got %s, want %s", encode(t, got), raw)
	}
	for _, key := range want.Keys {
		found, ok := got.Lookup(key.KID)
		if !ok || !found.Key.Equal(key.Key) {
			t.Errorf("lookup of %q: got %q, %t", key.KID, found.KID, ok)
		}
	}
	if _, ok := got.Lookup("unknown"); ok {
		t.Error("lookup of an unknown kid: got a key")
	}
	theirs, err := jwk.Parse(raw)
	if err != nil || theirs.Len() != 2 {
		t.Fatalf("jwx: got %v", err)
	}
	if _, ok := theirs.LookupKeyID(signatureKey().KID); !ok {
		t.Error("jwx does not find the signature key")
	}
}

func TestSetEmpty(t *testing.T) {
	t.Parallel()
	if got, want := string(encode(t, keys.Set{})), `{"keys":[]}`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestParseSetLeavesOutTheUnknown(t *testing.T) {
	t.Parallel()
	good := string(encode(t, signatureKey().Public))
	set, err := keys.ParseSet([]byte(`{"more":1,"keys":[{"kty":"EC","crv":"P-256","x":"AA","y":"AA"},` + good + `,{"kty":"RSA","n":"?"},17]}`))
	if err != nil || len(set.Keys) != 1 || set.Keys[0].KID != signatureKey().KID {
		t.Errorf("got %d keys, %v, want the one that is understood", len(set.Keys), err)
	}
}

func TestParseSetRefuses(t *testing.T) {
	t.Parallel()
	good := string(encode(t, signatureKey().Public))
	cases := map[string]struct {
		raw  string
		want error
	}{
		"nothing":        {"", keys.ErrMalformed},
		"no keys":        {`{}`, keys.ErrMalformed},
		"keys null":      {`{"keys":null}`, keys.ErrMalformed},
		"keys an object": {`{"keys":{}}`, keys.ErrMalformed},
		"keys twice":     {`{"keys":[],"keys":[]}`, keys.ErrMalformed},
		"one kid twice":  {`{"keys":[` + good + `,` + good + `]}`, keys.ErrMalformed},
		"a private key":  {`{"keys":[` + string(encode(t, signatureKey())) + `]}`, keys.ErrPrivate},
		"too long":       {`{"keys":[` + good + `],"x":"` + strings.Repeat("x", 1<<20) + `"}`, keys.ErrMalformed},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := keys.ParseSet([]byte(c.raw))
			wantError(t, err, c.want)
		})
	}
	if err := json.Unmarshal([]byte(`{"keys":null}`), new(keys.Set)); err == nil {
		t.Error("UnmarshalJSON: got no error")
	}
}
