package token_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/lestrrat-go/jwx/v2/jwa"
	"github.com/lestrrat-go/jwx/v2/jwt"

	"github.com/vierkant/vierkant/crypto/token"
)

const (
	issuerURL = "https://auth.example.org"
	audience  = "https://broker.example.org"
	client    = "6508dbcd-ab3b-4edb-a42b-37bc69f38fed"
	scope     = "https://schema.fitko.de/fit-connect/oauth/scopes/send-submissions"
	lifetime  = 1800 * time.Second
)

// world is an issuer and a verifier that share keys and a clock, both of which a test may change.
type world struct {
	issuer   *token.Issuer
	verifier *token.Verifier

	key *ecdsa.PrivateKey
	kid string

	mu   sync.Mutex // guards what follows
	now  time.Time
	keys map[string]*ecdsa.PublicKey
}

func newWorld(t testing.TB, cacheSize int) *world {
	t.Helper()
	key := newKey(t)
	w := &world{now: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC), key: key, kid: keyID(t, &key.PublicKey)}
	w.keys = map[string]*ecdsa.PublicKey{w.kid: &key.PublicKey}
	var err error
	w.issuer, err = token.NewIssuer(token.IssuerConfig{Issuer: issuerURL, Audience: audience, Key: key, KID: w.kid, Lifetime: lifetime, Now: w.clock})
	if err != nil {
		t.Fatal(err)
	}
	w.verifier, err = token.NewVerifier(token.VerifierConfig{Issuer: issuerURL, Audience: audience, Now: w.clock, Keys: w.lookup, CacheSize: cacheSize})
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func (w *world) clock() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.now
}

func (w *world) lookup(kid string) (*ecdsa.PublicKey, bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	key, known := w.keys[kid]
	return key, known
}

func (w *world) change(change func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	change()
}

func (w *world) issue(t testing.TB) (string, token.Claims) {
	t.Helper()
	raw, claims, err := w.issuer.Issue(client, []string{scope, "send:region:DE"})
	if err != nil {
		t.Fatal(err)
	}
	return raw, claims
}

func newKey(t testing.TB) *ecdsa.PrivateKey {
	t.Helper()
	key, err := token.GenerateKey()
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func keyID(t testing.TB, key *ecdsa.PublicKey) string {
	t.Helper()
	kid, _, err := token.PublicJWK(key)
	if err != nil {
		t.Fatal(err)
	}
	return kid
}

func wantSame(t testing.TB, got, want token.Claims) {
	t.Helper()
	if !slices.Equal(got.Scopes, want.Scopes) {
		t.Errorf("scopes: got %q, want %q", got.Scopes, want.Scopes)
	}
	same := got.Issuer == want.Issuer && got.Subject == want.Subject && got.Audience == want.Audience && got.ID == want.ID
	if !same || !got.IssuedAt.Equal(want.IssuedAt) || !got.Expires.Equal(want.Expires) {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

func TestIssueAndVerify(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 10)
	raw, want := w.issue(t)
	if want.Expires.Sub(want.IssuedAt) != lifetime || want.Subject != client || !want.IssuedAt.Equal(w.now) || len(want.ID) != 36 {
		t.Errorf("got %+v", want)
	}
	for range 3 { // fresh, then remembered
		got, err := w.verifier.Verify(raw)
		if err != nil {
			t.Fatal(err)
		}
		wantSame(t, got, want)
	}
}

// What a token looks like on the wire is judged by another library (RFC 9068 2).
func TestTokenAsJWXReadsIt(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 0)
	raw, want := w.issue(t)
	clock := jwt.WithClock(jwt.ClockFunc(w.clock))
	got, err := jwt.ParseString(raw, jwt.WithKey(jwa.ES256, &w.key.PublicKey), clock, jwt.WithIssuer(issuerURL), jwt.WithAudience(audience))
	if err != nil {
		t.Fatal(err)
	}
	if got.Subject() != client || got.JwtID() != want.ID || !got.Expiration().Equal(want.Expires) || !got.IssuedAt().Equal(want.IssuedAt) {
		t.Errorf("got %v", got)
	}
	if scopes, _ := got.Get("scope"); scopes != scope+" send:region:DE" {
		t.Errorf("got scope %v", scopes)
	}
	if id, _ := got.Get("client_id"); id != client {
		t.Errorf("got client_id %v, want %q", id, client)
	}
	header, err := base64.RawURLEncoding.DecodeString(raw[:strings.Index(raw, ".")])
	if want := `{"alg":"ES256","kid":"` + w.kid + `","typ":"at+jwt"}`; err != nil || string(header) != want {
		t.Errorf("got header %s, want %s", header, want)
	}
}

// sign makes a token as nobody should: any header and payload, signed by go-jose.
func sign(t testing.TB, alg jose.SignatureAlgorithm, key any, header map[string]any, payload []byte) string {
	t.Helper()
	options := new(jose.SignerOptions)
	for name, value := range header {
		options.WithHeader(jose.HeaderKey(name), value)
	}
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: alg, Key: key}, options)
	if err != nil {
		t.Fatal(err)
	}
	jws, err := signer.Sign(payload)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := jws.CompactSerialize()
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

func (w *world) claims(changes map[string]any) []byte {
	claims := map[string]any{
		"iss": issuerURL, "aud": audience, "sub": client, "client_id": client, "jti": "5f1b3f4e-6a5c-4f8d-9d3a-2f6a7c1f0b11",
		"scope": scope, "iat": w.clock().Unix(), "exp": w.clock().Add(lifetime).Unix(),
	}
	maps.Copy(claims, changes)
	for name, value := range changes {
		if value == nil {
			delete(claims, name)
		}
	}
	raw, err := json.Marshal(claims)
	if err != nil {
		panic(err)
	}
	return raw
}

func TestVerifyClaims(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 0)
	at := func(offset time.Duration) int64 { return w.clock().Add(offset).Unix() }
	cases := map[string]struct {
		changes map[string]any
		want    error
	}{
		"good":                      {nil, nil},
		"more than needed":          {map[string]any{"more": 1, "nbf": 1}, nil},
		"no scope":                  {map[string]any{"scope": nil}, nil},
		"iat within the leeway":     {map[string]any{"iat": at(token.Leeway)}, nil},
		"iat in the future":         {map[string]any{"iat": at(token.Leeway + time.Second)}, token.ErrInvalid},
		"exp within the leeway":     {map[string]any{"iat": at(-lifetime), "exp": at(time.Second - token.Leeway)}, nil},
		"expired":                   {map[string]any{"iat": at(-lifetime), "exp": at(-token.Leeway)}, token.ErrExpired},
		"exp before iat":            {map[string]any{"exp": at(-time.Second)}, token.ErrInvalid},
		"no exp":                    {map[string]any{"exp": nil}, token.ErrInvalid},
		"no iat":                    {map[string]any{"iat": nil}, token.ErrInvalid},
		"exp a text":                {map[string]any{"exp": "tomorrow"}, token.ErrInvalid},
		"exp beyond 64 bits":        {map[string]any{"exp": 1e30}, token.ErrInvalid},
		"no sub":                    {map[string]any{"sub": nil}, token.ErrInvalid},
		"no jti":                    {map[string]any{"jti": nil}, token.ErrInvalid},
		"another issuer":            {map[string]any{"iss": issuerURL + "/"}, token.ErrInvalid},
		"no issuer":                 {map[string]any{"iss": nil}, token.ErrInvalid},
		"another audience":          {map[string]any{"aud": "https://production.example.org"}, token.ErrInvalid},
		"audience among others":     {map[string]any{"aud": []string{audience, "x"}}, token.ErrInvalid},
		"no audience":               {map[string]any{"aud": nil}, token.ErrInvalid},
		"audience in another case":  {map[string]any{"aud": nil, "AUD": "x"}, token.ErrInvalid},
		"two audiences by the case": {map[string]any{"Aud": audience}, token.ErrInvalid},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			raw := sign(t, jose.ES256, w.key, map[string]any{"kid": w.kid, "typ": "at+jwt"}, w.claims(c.changes))
			_, err := w.verifier.Verify(raw)
			if !errors.Is(err, c.want) {
				t.Errorf("got %v, want %v", err, c.want)
			}
		})
	}
}

func TestVerifyRefuses(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 10)
	good, _ := w.issue(t)
	parts := strings.Split(good, ".")
	stranger := newKey(t)
	large, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	w.keys["large"] = &large.PublicKey
	w.keys["none"] = nil
	header := map[string]any{"kid": w.kid, "typ": "at+jwt"}
	publicKey := mustPublic(t, &w.key.PublicKey)
	part := func(text string) string { return base64.RawURLEncoding.EncodeToString([]byte(text)) }
	cases := map[string]string{
		"nothing":             "",
		"dots":                "..",
		"too long":            good + strings.Repeat("A", 16<<10),
		"no signature":        parts[0] + "." + parts[1] + ".",
		"alg none":            part(`{"alg":"none","typ":"at+jwt","kid":"`+w.kid+`"}`) + "." + parts[1] + ".",
		"other payload":       parts[0] + "." + part(string(w.claims(map[string]any{"sub": "admin"}))) + "." + parts[2],
		"signature cut":       good[:len(good)-2],
		"bearer in front":     "Bearer " + good,
		"line break behind":   good + "\n",
		"stranger's key":      sign(t, jose.ES256, stranger, header, w.claims(nil)),
		"unknown kid":         sign(t, jose.ES256, w.key, map[string]any{"kid": "unknown", "typ": "at+jwt"}, w.claims(nil)),
		"no kid":              sign(t, jose.ES256, w.key, map[string]any{"typ": "at+jwt"}, w.claims(nil)),
		"kid without key":     sign(t, jose.ES256, w.key, map[string]any{"kid": "none", "typ": "at+jwt"}, w.claims(nil)),
		"kid of a large key":  sign(t, jose.ES384, large, map[string]any{"kid": "large", "typ": "at+jwt"}, w.claims(nil)),
		"typ JWT":             sign(t, jose.ES256, w.key, map[string]any{"kid": w.kid, "typ": "JWT"}, w.claims(nil)),
		"no typ":              sign(t, jose.ES256, w.key, map[string]any{"kid": w.kid}, w.claims(nil)),
		"crit":                sign(t, jose.ES256, w.key, map[string]any{"kid": w.kid, "typ": "at+jwt", "crit": []string{"x"}, "x": 1}, w.claims(nil)),
		"HMAC by public key":  sign(t, jose.HS256, publicKey, header, w.claims(nil)),
		"own key in a header": sign(t, jose.ES256, stranger, map[string]any{"kid": w.kid, "typ": "at+jwt", "jwk": json.RawMessage(mustPublic(t, &stranger.PublicKey))}, w.claims(nil)),
		"claims no JSON":      sign(t, jose.ES256, w.key, header, []byte("claims")),
		"claims twice":        sign(t, jose.ES256, w.key, header, append(w.claims(nil), w.claims(nil)...)),
		"a claim twice":       sign(t, jose.ES256, w.key, header, append([]byte(`{"sub":"admin",`), w.claims(nil)[1:]...)),
	}
	for name, raw := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for range 2 {
				claims, err := w.verifier.Verify(raw)
				if !errors.Is(err, token.ErrInvalid) || claims.Subject != "" {
					t.Errorf("got %+v, %v, want %v", claims, err, token.ErrInvalid)
				}
			}
		})
	}
}

func mustPublic(t testing.TB, key *ecdsa.PublicKey) []byte {
	t.Helper()
	_, raw, err := token.PublicJWK(key)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

func TestIssueRefuses(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 0)
	cases := map[string]struct {
		subject string
		scopes  []string
	}{
		"no subject":         {"", []string{scope}},
		"two scopes as one":  {client, []string{"a b"}},
		"scope with a quote": {client, []string{`a"b`}},
		"empty scope":        {client, []string{""}},
		"scope not ASCII":    {client, []string{"größe"}},
		"too many scopes":    {client, slices.Repeat([]string{scope}, 300)},
	}
	for name, c := range cases {
		if raw, _, err := w.issuer.Issue(c.subject, c.scopes); err == nil || raw != "" {
			t.Errorf("%s: got %q, %v, want an error", name, raw, err)
		}
	}
	if raw, _, err := w.issuer.Issue(client, nil); err != nil {
		t.Errorf("no scopes: got %q, %v", raw, err)
	}
}

func TestConfigurationIsChecked(t *testing.T) {
	t.Parallel()
	key, now := newKey(t), time.Now
	keys := func(string) (*ecdsa.PublicKey, bool) { return nil, false }
	large, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	for i, config := range []token.IssuerConfig{
		{Audience: audience, Key: key, KID: "k", Lifetime: lifetime, Now: now},
		{Issuer: issuerURL, Key: key, KID: "k", Lifetime: lifetime, Now: now},
		{Issuer: issuerURL, Audience: audience, KID: "k", Lifetime: lifetime, Now: now},
		{Issuer: issuerURL, Audience: audience, Key: large, KID: "k", Lifetime: lifetime, Now: now},
		{Issuer: issuerURL, Audience: audience, Key: key, Lifetime: lifetime, Now: now},
		{Issuer: issuerURL, Audience: audience, Key: key, KID: "k", Now: now},
		{Issuer: issuerURL, Audience: audience, Key: key, KID: "k", Lifetime: lifetime + 1, Now: now},
		{Issuer: issuerURL, Audience: audience, Key: key, KID: "k", Lifetime: lifetime},
	} {
		if _, err := token.NewIssuer(config); err == nil {
			t.Errorf("issuer %d: got no error", i)
		}
	}
	for i, config := range []token.VerifierConfig{
		{Audience: audience, Now: now, Keys: keys},
		{Issuer: issuerURL, Now: now, Keys: keys},
		{Issuer: issuerURL, Audience: audience, Keys: keys},
		{Issuer: issuerURL, Audience: audience, Now: now},
		{Issuer: issuerURL, Audience: audience, Now: now, Keys: keys, CacheSize: -1},
	} {
		if _, err := token.NewVerifier(config); err == nil {
			t.Errorf("verifier %d: got no error", i)
		}
	}
}

// Keys move on: new tokens are signed by the new key, old ones are good while theirs is known.
func TestKeysMoveOn(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 0)
	old, _ := w.issue(t)
	next := newKey(t)
	issuer, err := token.NewIssuer(token.IssuerConfig{
		Issuer: issuerURL, Audience: audience, Key: hidden{next}, KID: "2026-04", Lifetime: lifetime, Now: w.clock,
	})
	if err != nil {
		t.Fatal(err)
	}
	fresh, _, err := issuer.Issue(client, nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.verifier.Verify(fresh); !errors.Is(err, token.ErrInvalid) {
		t.Errorf("before the new key is known: got %v, want %v", err, token.ErrInvalid)
	}
	w.change(func() { w.keys["2026-04"] = &next.PublicKey })
	for _, raw := range []string{old, fresh} {
		if _, err := w.verifier.Verify(raw); err != nil {
			t.Errorf("both keys known: got %v", err)
		}
	}
}

// hidden is a key of which only signing can be seen, as of one in a hardware module.
type hidden struct{ crypto.Signer }

// absent is a key whose module is gone.
type absent struct{ crypto.Signer }

var errGone = errors.New("module is gone")

func (absent) Sign(io.Reader, []byte, crypto.SignerOpts) ([]byte, error) { return nil, errGone }

func TestIssueWithoutItsKey(t *testing.T) {
	t.Parallel()
	issuer, err := token.NewIssuer(token.IssuerConfig{
		Issuer: issuerURL, Audience: audience, Key: absent{newKey(t)}, KID: "k", Lifetime: lifetime, Now: time.Now,
	})
	if err != nil {
		t.Fatal(err)
	}
	if raw, _, err := issuer.Issue(client, nil); !errors.Is(err, errGone) || raw != "" {
		t.Errorf("got %q, %v, want %v", raw, err, errGone)
	}
}

func TestPublicKeyRoundTrip(t *testing.T) {
	t.Parallel()
	want := &newKey(t).PublicKey
	kid, raw := keyID(t, want), mustPublic(t, want)
	if got, err := token.ParsePublic(raw); err != nil || !got.Equal(want) {
		t.Errorf("got another key, %v", err)
	}
	var theirs jose.JSONWebKey
	if err := json.Unmarshal(raw, &theirs); err != nil || !theirs.IsPublic() || !want.Equal(theirs.Key) {
		t.Fatalf("go-jose: got %+v, %v", theirs, err)
	}
	sum, err := theirs.Thumbprint(crypto.SHA256)
	if thumbprint := base64.RawURLEncoding.EncodeToString(sum); err != nil || kid != thumbprint || theirs.KeyID != kid {
		t.Errorf("kid: got %q and %q, want the thumbprint %q", kid, theirs.KeyID, thumbprint)
	}
	if theirs.Algorithm != "ES256" || theirs.Use != "sig" {
		t.Errorf("got alg %q and use %q, want ES256 and sig", theirs.Algorithm, theirs.Use)
	}
}

func TestPublicKeyRefuses(t *testing.T) {
	t.Parallel()
	large, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	for _, key := range []*ecdsa.PublicKey{nil, {}, &large.PublicKey} {
		if kid, raw, err := token.PublicJWK(key); !errors.Is(err, token.ErrKey) || kid != "" || raw != nil {
			t.Errorf("got %q, %s, %v, want %v", kid, raw, err, token.ErrKey)
		}
	}
	key := newKey(t)
	good := string(mustPublic(t, &key.PublicKey))
	private, err := json.Marshal(jose.JSONWebKey{Key: key, KeyID: "private"})
	if err != nil {
		t.Fatal(err)
	}
	other, err := json.Marshal(jose.JSONWebKey{Key: &large.PublicKey, KeyID: "large"})
	if err != nil {
		t.Fatal(err)
	}
	for name, raw := range map[string]string{
		"nothing":          "",
		"null":             "null",
		"a private key":    string(private),
		"a symmetric key":  `{"kty":"oct","k":"c2VjcmV0","kid":"k"}`,
		"a larger curve":   string(other),
		"a member twice":   `{"crv":"P-256",` + good[1:],
		"not on the curve": `{"kty":"EC","crv":"P-256","kid":"k","x":"AQ","y":"AQ"}`,
		"no point":         `{"kty":"EC","crv":"P-256","kid":"k"}`,
	} {
		if key, err := token.ParsePublic([]byte(raw)); !errors.Is(err, token.ErrKey) || key != nil {
			t.Errorf("%s: got %v, want %v", name, err, token.ErrKey)
		}
	}
}

// FuzzVerify holds that only what the issuer signed is accepted, byte for byte.
func FuzzVerify(f *testing.F) {
	w := newWorld(f, 10)
	good, _ := w.issue(f)
	f.Add(good)
	f.Add("")
	f.Add("..")
	f.Add(strings.Replace(good, ".", "..", 1))
	f.Add(sign(f, jose.ES256, w.key, map[string]any{"kid": w.kid, "typ": "JWT"}, w.claims(nil)))
	f.Fuzz(func(t *testing.T, raw string) {
		if _, err := w.verifier.Verify(raw); err == nil && raw != good {
			t.Errorf("accepted %q", raw)
		}
	})
}
