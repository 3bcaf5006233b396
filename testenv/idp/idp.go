// Package idp is a small OpenID provider for tests: discovery, keys, codes that are good once, PKCE, tokens signed with ES256. What it says can be spoilt.
package idp

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"math/big"
	"net/http"
	"net/http/httptest"
	"net/url"
	"sync"
	"testing"
	"time"
)

// The client that it knows.
const (
	ClientID = "vierkant"
	Secret   = "geheim"
)

// Provider is one that runs.
type Provider struct {
	*httptest.Server
	t   testing.TB
	Key *ecdsa.PrivateKey
	now func() time.Time

	mu    sync.Mutex
	codes map[string]url.Values // guarded by mu: what was asked for

	// Set before it is asked.
	Spoil    func(header, claims map[string]any)
	Sign     func(signed []byte) []byte // in place of the key's
	Metadata func(map[string]any)
	Broken   bool
}

// Start starts one on this machine.
func Start(t testing.TB, now func() time.Time) *Provider {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	p := &Provider{t: t, Key: key, now: now, codes: map[string]url.Values{}}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /.well-known/openid-configuration", p.describe)
	mux.HandleFunc("GET /keys", p.keys)
	mux.HandleFunc("POST /token", p.token)
	p.Server = httptest.NewServer(mux)
	t.Cleanup(p.Close)
	return p
}

func (p *Provider) describe(w http.ResponseWriter, _ *http.Request) {
	if p.Broken {
		http.Error(w, "down", http.StatusServiceUnavailable)
		return
	}
	m := map[string]any{
		"issuer": p.URL, "authorization_endpoint": p.URL + "/authorize", "token_endpoint": p.URL + "/token", "jwks_uri": p.URL + "/keys",
		"id_token_signing_alg_values_supported": []string{"ES256", "HS256", "none"},
	}
	if p.Metadata != nil {
		p.Metadata(m)
	}
	answer(w, m)
}

func (p *Provider) keys(w http.ResponseWriter, _ *http.Request) {
	answer(w, map[string]any{"keys": []any{map[string]any{
		"kty": "EC", "crv": "P-256", "kid": "k", "alg": "ES256", "use": "sig", "x": Number(p.Key.X), "y": Number(p.Key.Y),
	}}})
}

// Number is a coordinate of a key.
func Number(n *big.Int) string { return encoded(n.FillBytes(make([]byte, 32))) }

func encoded(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

func answer(w http.ResponseWriter, value any) {
	w.Header().Set("Content-Type", "application/json")
	json.NewEncoder(w).Encode(value)
}

// Agree is somebody at the provider who agrees to what was asked: the answer goes back to the browser.
func (p *Provider) Agree(address string) url.Values {
	p.t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		p.t.Fatal(err)
	}
	q := u.Query()
	if q.Get("response_type") != "code" || q.Get("code_challenge_method") != "S256" || len(q.Get("code_challenge")) < 43 || len(q.Get("state")) < 26 || len(q.Get("nonce")) < 26 {
		p.t.Errorf("asked with %v", q)
	}
	code := rand.Text()
	p.mu.Lock()
	defer p.mu.Unlock()
	p.codes[code] = q
	return url.Values{"code": {code}, "state": {q.Get("state")}}
}

func (p *Provider) token(w http.ResponseWriter, r *http.Request) {
	user, password, basic := r.BasicAuth()
	if !basic {
		user, password = r.PostFormValue("client_id"), r.PostFormValue("client_secret")
	}
	p.mu.Lock()
	asked, known := p.codes[r.PostFormValue("code")]
	delete(p.codes, r.PostFormValue("code"))
	p.mu.Unlock()
	sum := sha256.Sum256([]byte(r.PostFormValue("code_verifier")))
	if user != ClientID || password != Secret || !known || encoded(sum[:]) != asked.Get("code_challenge") || r.PostFormValue("redirect_uri") != asked.Get("redirect_uri") {
		w.WriteHeader(http.StatusBadRequest)
		answer(w, map[string]string{"error": "invalid_grant"})
		return
	}
	answer(w, map[string]any{"access_token": "x", "token_type": "Bearer", "id_token": p.issue(asked.Get("nonce"))})
}

func (p *Provider) issue(nonce string) string {
	header := map[string]any{"alg": "ES256", "kid": "k", "typ": "JWT"}
	claims := map[string]any{
		"iss": p.URL, "sub": "ada", "aud": ClientID, "nonce": nonce, "name": "Ada  Beispiel\n", "exp": p.now().Add(time.Minute).Unix(), "iat": p.now().Unix(),
	}
	if p.Spoil != nil {
		p.Spoil(header, claims)
	}
	signed := part(header) + "." + part(claims)
	sign := p.Sign
	if sign == nil {
		sign = p.ES256
	}
	return signed + "." + encoded(sign([]byte(signed)))
}

func part(value any) string {
	raw, _ := json.Marshal(value)
	return encoded(raw)
}

// ES256 signs with the key.
func (p *Provider) ES256(signed []byte) []byte {
	sum := sha256.Sum256(signed)
	r, s, err := ecdsa.Sign(rand.Reader, p.Key, sum[:])
	if err != nil {
		p.t.Error(err)
		return nil
	}
	return append(r.FillBytes(make([]byte, 32)), s.FillBytes(make([]byte, 32))...)
}

// HS256 signs with the client's Secret, as a provider may, and we do not take it.
func HS256(signed []byte) []byte {
	mac := hmac.New(crypto.SHA256.New, []byte(Secret))
	mac.Write(signed)
	return mac.Sum(nil)
}
