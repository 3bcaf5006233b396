package testenv

import (
	"crypto"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"io"
	"strings"
)

// Bad tokens and envelopes are made by hand, from the standard library: our own packages refuse to make them.

func base64url(raw []byte) string { return base64.RawURLEncoding.EncodeToString(raw) }

func randomText(bytes int) string {
	raw := make([]byte, bytes)
	rand.Read(raw)
	return base64url(raw)
}

// Lengths of the parts of a JWE sealed to a 4096-bit key, in bytes (FIT-Connect contract 6.3).
const (
	wrappedKeyBytes = 512
	ivBytes         = 12
	tagBytes        = 16
)

// envelope is a JWE as it looks from outside. Nobody can open it, which a broker cannot know.
type envelope struct{ header, key, iv, content, tag string }

// envelopeWith returns an envelope with a header as it is written.
func envelopeWith(header string) envelope {
	return envelope{base64url([]byte(header)), randomText(wrappedKeyBytes), randomText(ivBytes), randomText(48), randomText(tagBytes)}
}

func (e envelope) String() string {
	return strings.Join([]string{e.header, e.key, e.iv, e.content, e.tag}, ".")
}

// jweHeader is a header for the key kid that a case may change; nothing{} takes a member out.
func jweHeader(kid string, changes map[string]any) string {
	return headerText(map[string]any{"alg": "RSA-OAEP-256", "enc": "A256GCM", "kid": kid, "cty": jsonType}, changes)
}

func headerText(header, changes map[string]any) string {
	for name, value := range changes {
		put(header, []string{name}, value)
	}
	return compactJSON(header)
}

// endless is a body of a JWE that never ends: header, key and iv, and then ciphertext.
func endless(header string) io.Reader {
	e := envelopeWith(header)
	return io.MultiReader(strings.NewReader(e.header+"."+e.key+"."+e.iv+"."), letters{})
}

// letters reads as the letter A for ever.
type letters struct{}

// Read implements io.Reader.
func (letters) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = 'A'
	}
	return len(p), nil
}

// jws puts a compact JWS together; sign gets what is signed.
func jws(header, claims string, sign func(input []byte) ([]byte, error)) (string, error) {
	input := base64url([]byte(header)) + "." + base64url([]byte(claims))
	signature, err := sign([]byte(input))
	return input + "." + base64url(signature), err
}

func signPSS(key *rsa.PrivateKey, salt int) func([]byte) ([]byte, error) {
	return func(input []byte) ([]byte, error) {
		digest := sha512.Sum512(input)
		return rsa.SignPSS(rand.Reader, key, crypto.SHA512, digest[:], &rsa.PSSOptions{SaltLength: salt})
	}
}

func signPSS256(key *rsa.PrivateKey) func([]byte) ([]byte, error) {
	return func(input []byte) ([]byte, error) {
		digest := sha256.Sum256(input)
		return rsa.SignPSS(rand.Reader, key, crypto.SHA256, digest[:], &rsa.PSSOptions{SaltLength: sha256.Size})
	}
}

func signPKCS1(key *rsa.PrivateKey) func([]byte) ([]byte, error) {
	return func(input []byte) ([]byte, error) {
		digest := sha256.Sum256(input)
		return rsa.SignPKCS1v15(rand.Reader, key, crypto.SHA256, digest[:])
	}
}

// signHMAC signs with a secret that everybody knows, such as a public key.
func signHMAC(secret []byte) func([]byte) ([]byte, error) {
	return func(input []byte) ([]byte, error) {
		mac := hmac.New(sha256.New, secret)
		mac.Write(input)
		return mac.Sum(nil), nil
	}
}
