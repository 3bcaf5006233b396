package set_test

import (
	"bytes"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha512"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"errors"
	"math/big"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/lestrrat-go/jwx/v2/jwa"
	"github.com/lestrrat-go/jwx/v2/jws"

	"github.com/vierkant/vierkant/crypto/keys"
	"github.com/vierkant/vierkant/crypto/set"
)

// issuer is the one RSA-4096 key pair of these tests.
var issuer = sync.OnceValue(func() keys.Private {
	key, err := keys.Generate(keys.Signature, "set test", time.Now(), time.Hour)
	if err != nil {
		panic(err)
	}
	return key
})

// signed returns good claims and a token around them.
func signed(t testing.TB) (set.Claims, string) {
	t.Helper()
	c := claims(nil)
	raw, err := c.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	token, err := set.Sign(raw, issuer().KID, issuer().Secret)
	if err != nil {
		t.Fatal(err)
	}
	return c, token
}

// encoded joins the base64url of header and payload to what is signed.
func encoded(header, payload string) string {
	return base64.RawURLEncoding.EncodeToString([]byte(header)) + "." + base64.RawURLEncoding.EncodeToString([]byte(payload))
}

func goodHeader() string {
	return `{"typ":"secevent+jwt","alg":"PS512","kid":"` + issuer().KID + `"}`
}

func TestSignParseVerify(t *testing.T) {
	t.Parallel()
	want, raw := signed(t)
	token, err := set.Parse(raw)
	if err != nil {
		t.Fatal(err)
	}
	if token.Raw != raw || token.KID != issuer().KID || !reflect.DeepEqual(token.Claims, want) {
		t.Errorf("got %+v, want %+v", token, want)
	}
	if err := token.Verify(issuer().Public); err != nil {
		t.Error(err)
	}
	header, _, _ := strings.Cut(raw, ".")
	decoded, _ := base64.RawURLEncoding.DecodeString(header)
	var members map[string]string
	if err := json.Unmarshal(decoded, &members); err != nil {
		t.Fatal(err)
	}
	wantHeader := map[string]string{"typ": "secevent+jwt", "alg": "PS512", "kid": issuer().KID}
	if !reflect.DeepEqual(members, wantHeader) {
		t.Errorf("got header %v, want %v", members, wantHeader)
	}
}

// What was stored is what is signed, to the byte.
func TestSignKeepsTheBytes(t *testing.T) {
	t.Parallel()
	stored := []byte(` {"jti" : "as it was", "a":1e3}`)
	token, err := set.Sign(stored, "a-key", issuer().Secret)
	if err != nil {
		t.Fatal(err)
	}
	got, err := base64.RawURLEncoding.DecodeString(strings.Split(token, ".")[1])
	if err != nil || !bytes.Equal(got, stored) {
		t.Errorf("got %q, %v, want %q", got, err, stored)
	}
}

func TestSignRefusesBadKID(t *testing.T) {
	t.Parallel()
	for _, kid := range []string{"", strings.Repeat("k", 65)} {
		if token, err := set.Sign([]byte("{}"), kid, issuer().Secret); err == nil {
			t.Errorf("kid %q: got %s", kid, token)
		}
	}
}

func TestLargestClaimsFitIntoAToken(t *testing.T) {
	t.Parallel()
	c := claims(nil)
	empty, err := c.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	fill := strings.Repeat("x", set.MaxClaims-len(empty)-len(`"x":""`))
	c.Payload = json.RawMessage(`{"x":"` + fill + `"}`)
	raw, err := c.Bytes()
	if err != nil || len(raw) != set.MaxClaims {
		t.Fatalf("got %d bytes, %v, want %d", len(raw), err, set.MaxClaims)
	}
	token, err := set.Sign(raw, strings.Repeat("ä", 64), issuer().Secret)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := set.Parse(token); err != nil {
		t.Error(err)
	}
}

func TestOtherLibrariesVerify(t *testing.T) {
	t.Parallel()
	c, raw := signed(t)
	want, err := c.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := jose.ParseSignedCompact(raw, []jose.SignatureAlgorithm{jose.PS512})
	if err != nil {
		t.Fatal(err)
	}
	if got, err := parsed.Verify(issuer().Key); err != nil || !bytes.Equal(got, want) {
		t.Errorf("go-jose: got %s, %v, want %s", got, err, want)
	}
	if got, err := jws.Verify([]byte(raw), jws.WithKey(jwa.PS512, issuer().Key)); err != nil || !bytes.Equal(got, want) {
		t.Errorf("jwx: got %s, %v, want %s", got, err, want)
	}
}

func TestVerifyWhatOtherLibrariesSign(t *testing.T) {
	t.Parallel()
	raw, err := claims(nil).Bytes()
	if err != nil {
		t.Fatal(err)
	}
	options := new(jose.SignerOptions).WithType("secevent+jwt").WithHeader("kid", issuer().KID)
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.PS512, Key: issuer().Secret}, options)
	if err != nil {
		t.Fatal(err)
	}
	object, err := signer.Sign(raw)
	if err != nil {
		t.Fatal(err)
	}
	byJose, err := object.CompactSerialize()
	if err != nil {
		t.Fatal(err)
	}
	headers := jws.NewHeaders()
	if err := errors.Join(headers.Set(jws.TypeKey, "secevent+jwt"), headers.Set(jws.KeyIDKey, issuer().KID)); err != nil {
		t.Fatal(err)
	}
	byJWX, err := jws.Sign(raw, jws.WithKey(jwa.PS512, issuer().Secret, jws.WithProtectedHeaders(headers)))
	if err != nil {
		t.Fatal(err)
	}
	for library, text := range map[string]string{"go-jose": byJose, "jwx": string(byJWX)} {
		token, err := set.Parse(text)
		if err != nil {
			t.Fatalf("%s: %v", library, err)
		}
		if err := token.Verify(issuer().Public); err != nil {
			t.Errorf("%s: %v", library, err)
		}
	}
}

func TestVerifyDemandsSaltOf64Bytes(t *testing.T) {
	t.Parallel()
	raw, err := claims(nil).Bytes()
	if err != nil {
		t.Fatal(err)
	}
	input := encoded(goodHeader(), string(raw))
	digest := sha512.Sum512([]byte(input))
	for _, salt := range []int{0, 20, 32, 63, 64, 65, 446} {
		signature, err := signPSS(digest[:], salt)
		if err != nil {
			t.Fatal(err)
		}
		if err := rsa.VerifyPSS(issuer().Key, crypto.SHA512, digest[:], signature, nil); err != nil {
			t.Fatalf("salt of %d bytes is no signature at all: %v", salt, err)
		}
		token, err := set.Parse(input + "." + base64.RawURLEncoding.EncodeToString(signature))
		if err != nil {
			t.Fatal(err)
		}
		err = token.Verify(issuer().Public)
		if salt == 64 && err != nil || salt != 64 && !errors.Is(err, keys.ErrSignature) {
			t.Errorf("salt of %d bytes: got %v", salt, err)
		}
	}
}

func signPSS(digest []byte, salt int) ([]byte, error) {
	if salt == 0 { // to crypto/rsa that means "the longest"
		return signWithoutSalt(digest), nil
	}
	return rsa.SignPSS(rand.Reader, issuer().Secret, crypto.SHA512, digest, &rsa.PSSOptions{SaltLength: salt})
}

// signWithoutSalt is RSASSA-PSS with SHA-512 and an empty salt (RFC 8017 8.1.1 and 9.1.1).
func signWithoutSalt(digest []byte) []byte {
	hash := sha512.Sum512(append(make([]byte, 8), digest...))
	block := make([]byte, 512-64-1) // zeros, then 1, then the empty salt
	block[len(block)-1] = 1
	for i := range block {
		mask := sha512.Sum512(binary.BigEndian.AppendUint32(hash[:len(hash):len(hash)], uint32(i/64)))
		block[i] ^= mask[i%64]
	}
	block[0] &= 0x7f
	message := new(big.Int).SetBytes(append(append(block, hash[:]...), 0xbc))
	return message.Exp(message, issuer().Secret.D, issuer().Key.N).FillBytes(make([]byte, 512))
}

func TestVerifyRefusesOtherKeysAndChangedTokens(t *testing.T) {
	t.Parallel()
	_, raw := signed(t)
	token, err := set.Parse(raw)
	if err != nil {
		t.Fatal(err)
	}
	renamed, sealing := issuer().Public, issuer().Public
	renamed.KID = "another-key"
	sealing.Alg, sealing.Ops, sealing.Use = keys.RSAOAEP256, []string{keys.OpWrapKey}, keys.Encryption
	for name, key := range map[string]keys.Public{"kid of another": renamed, "key for sealing": sealing, "no key": {KID: issuer().KID}} {
		if err := token.Verify(key); !errors.Is(err, keys.ErrSignature) {
			t.Errorf("%s: got %v, want %v", name, err, keys.ErrSignature)
		}
	}
	parts := strings.Split(raw, ".")
	later := claims(func(c *set.Claims) { c.IssuedAt++ })
	other, err := later.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"other claims":       encoded(goodHeader(), string(other)) + "." + parts[2],
		"other header":       encoded(goodHeader()+" ", "") + parts[1] + "." + parts[2],
		"signature cut":      parts[0] + "." + parts[1] + "." + parts[2][:680],
		"signature of zeros": parts[0] + "." + parts[1] + "." + strings.Repeat("A", 683),
	} {
		token, err := set.Parse(text)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if err := token.Verify(issuer().Public); !errors.Is(err, keys.ErrSignature) {
			t.Errorf("%s: got %v, want %v", name, err, keys.ErrSignature)
		}
	}
}

func TestParseRules(t *testing.T) {
	t.Parallel()
	raw, err := claims(nil).Bytes()
	if err != nil {
		t.Fatal(err)
	}
	payload := string(raw)
	with := func(members string) string {
		return encoded(`{"typ":"secevent+jwt","alg":"PS512"`+members+`}`, payload) + ".AAAA"
	}
	good := with(`,"kid":"k"`)
	for name, test := range map[string]struct{ text, want string }{
		"good":                      {good, ""},
		"longest kid":               {with(`,"kid":"` + strings.Repeat("ä", 64) + `"`), ""},
		"unknown members":           {with(`,"kid":"k","x":{"y":1},"cty":"c","x5t":"t"`), ""},
		"typ missing":               {encoded(`{"alg":"PS512","kid":"k"}`, payload) + ".AAAA", "header typ"},
		"typ JWT":                   {encoded(`{"typ":"JWT","alg":"PS512","kid":"k"}`, payload) + ".AAAA", "header typ"},
		"typ in capitals":           {encoded(`{"typ":"SECEVENT+JWT","alg":"PS512","kid":"k"}`, payload) + ".AAAA", "header typ"},
		"typ with prefix":           {encoded(`{"typ":"application/secevent+jwt","alg":"PS512","kid":"k"}`, payload) + ".AAAA", "header typ"},
		"alg none":                  {encoded(`{"typ":"secevent+jwt","alg":"none","kid":"k"}`, payload) + ".", "header alg"},
		"alg RS256":                 {encoded(`{"typ":"secevent+jwt","alg":"RS256","kid":"k"}`, payload) + ".AAAA", "header alg"},
		"alg PS256":                 {encoded(`{"typ":"secevent+jwt","alg":"PS256","kid":"k"}`, payload) + ".AAAA", "header alg"},
		"alg HS512":                 {encoded(`{"typ":"secevent+jwt","alg":"HS512","kid":"k"}`, payload) + ".AAAA", "header alg"},
		"alg missing":               {encoded(`{"typ":"secevent+jwt","kid":"k"}`, payload) + ".AAAA", "syntax"},
		"kid missing":               {with(``), "header kid"},
		"kid empty":                 {with(`,"kid":""`), "header kid"},
		"kid too long":              {with(`,"kid":"` + strings.Repeat("k", 65) + `"`), "header kid"},
		"kid a number":              {with(`,"kid":5`), "syntax"},
		"kid twice":                 {with(`,"kid":"k","kid":"k"`), "syntax"},
		"crit":                      {with(`,"kid":"k","crit":["x"],"x":1`), "syntax"},
		"b64":                       {with(`,"kid":"k","b64":false`), "header b64"},
		"jwk":                       {with(`,"kid":"k","jwk":{}`), "header jwk"},
		"jku":                       {with(`,"kid":"k","jku":"https://example.org"`), "header jku"},
		"x5u":                       {with(`,"kid":"k","x5u":"https://example.org"`), "header x5u"},
		"x5c":                       {with(`,"kid":"k","x5c":[]`), "header x5c"},
		"cty a number":              {with(`,"kid":"k","cty":1`), "header cty"},
		"a number no library reads": {with(`,"kid":"k","x":1e999`), "syntax"},
		"bad claims":                {encoded(`{"typ":"secevent+jwt","alg":"PS512","kid":"k"}`, `{}`) + ".AAAA", "jti"},
		"no signature":              {strings.TrimSuffix(good, "AAAA"), "syntax"},
		"no payload":                {encoded(`{"typ":"secevent+jwt","alg":"PS512","kid":"k"}`, ``) + ".AAAA", "syntax"},
		"nothing":                   {"", "syntax"},
		"two parts":                 {strings.TrimSuffix(good, ".AAAA"), "syntax"},
		"four parts":                {good + ".AAAA", "syntax"},
		"five parts":                {good + ".AAAA.AAAA", "syntax"},
		"padding":                   {good + "==", "syntax"},
		"newline behind":            {good + "\n", "syntax"},
		"newline within":            {strings.Replace(good, ".", ".\n", 1), "syntax"},
		"blank before":              {" " + good, "syntax"},
		"quoted":                    {`"` + good + `"`, "syntax"},
		"standard alphabet":         {good + "+/", "syntax"},
		"stray bits":                {good[:len(good)-4] + "AB", "syntax"},
		"JSON serialization":        {`{"payload":"","signatures":[]}`, "syntax"},
		"too long":                  {good + strings.Repeat("A", set.MaxToken), "syntax"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := set.Parse(test.text)
			if got := complaint(err); got != test.want {
				t.Errorf("got %q (%v), want %q", got, err, test.want)
			}
		})
	}
}

func TestCheckSchema(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		schema, payload string
		v1, v2          string // complaints
	}{
		{set.SchemaURI("1.0.0"), `{}`, "", "version"},
		{set.SchemaURI("1.0.1"), `{}`, "", "version"},
		{set.SchemaURI("1.0.2"), `{}`, "version", "version"},
		{set.SchemaURI("1.0.10"), `{}`, "version", "version"},
		{set.SchemaURI("1.1.0"), `{}`, "", ""},
		{set.SchemaURI("1.1.17"), `{}`, "", ""},
		{set.SchemaURI("1.2.2"), `{"notifyType":"polling"}`, "", ""},
		{set.SchemaURI(set.CurrentVersion), `{}`, "", ""},
		{set.SchemaURI("1.3.0"), `{}`, "version", "version"},
		{set.SchemaURI("1.10.0"), `{}`, "version", "version"},
		{set.SchemaURI("2.0.0"), `{}`, "version", "version"},
		{set.SchemaURI("1.2"), `{}`, "version", "version"},
		{set.SchemaURI("1.2.2") + "#", `{}`, "version", "version"},
		{"http" + set.SchemaURI("1.2.2")[5:], `{}`, "version", "version"},
		{"https://schema.fitko.de/fit-connect/metadata/1.0.0/metadata.schema.json", `{}`, "version", "version"},
		{"", `{}`, "", ""},
		{"", `{"x":1}`, "$schema", "$schema"},
	} {
		raw, err := claims(func(c *set.Claims) { c.Schema, c.Payload = test.schema, json.RawMessage(test.payload) }).Bytes()
		if err != nil {
			t.Fatal(err)
		}
		token, err := set.Parse(encoded(`{"typ":"secevent+jwt","alg":"PS512","kid":"k"}`, string(raw)) + ".AAAA")
		if err != nil {
			t.Fatal(err)
		}
		if got := complaint(token.CheckSchema(set.V1())); got != test.v1 {
			t.Errorf("%s under v1: got %q, want %q", test.schema, got, test.v1)
		}
		if got := complaint(token.CheckSchema(set.V2())); got != test.v2 {
			t.Errorf("%s under v2: got %q, want %q", test.schema, got, test.v2)
		}
	}
}
