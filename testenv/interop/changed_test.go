package interop_test

import (
	"bytes"
	"encoding/base64"
	"errors"
	"strings"
	"testing"

	"github.com/vierkant/vierkant/crypto/keys"
	"github.com/vierkant/vierkant/crypto/seal"
	"github.com/vierkant/vierkant/crypto/set"
)

func encoded(part []byte) string { return base64.RawURLEncoding.EncodeToString(part) }

// flipped returns the message with the lowest bit of one byte of one part changed: the last byte of within, or of the part if
// within is empty. Places are chosen such that all stays well formed, and only cryptography can tell.
func flipped(t *testing.T, message string, part int, within string) string {
	t.Helper()
	parts := strings.Split(message, ".")
	decoded, err := base64.RawURLEncoding.DecodeString(parts[part])
	if err != nil {
		t.Fatal(err)
	}
	place := len(decoded) - 1
	if within != "" {
		place = bytes.Index(decoded, []byte(within)) + len(within) - 1
	}
	if place < len(within)-1 || place < 0 {
		t.Fatalf("part %d: nothing to change in %.300q", part, decoded)
	}
	decoded[place] ^= 1
	parts[part] = encoded(decoded)
	return strings.Join(parts, ".")
}

// change is one place in a message, as [flipped] takes it.
type change struct {
	name   string
	part   int
	within string
}

func sealedChanges() []change {
	return []change{{"header", 0, "json"}, {"key", 1, ""}, {"iv", 2, ""}, {"ciphertext", 3, ""}, {"tag", 4, ""}}
}

func signedChanges() []change {
	return []change{{"header", 0, signing().KID}, {"claims", 1, anyTime}, {"signature", 2, ""}}
}

// disguised returns key with the id and the use of another, so that nothing but its numbers is wrong.
func disguised(key, as keys.Private) keys.Private {
	public := keys.Public{KID: as.KID, Alg: as.Alg, Ops: as.Ops, Key: key.Key}
	return keys.Private{Public: public, Secret: key.Secret}
}

func refusesChangedJWE(t *testing.T, p *peer) {
	key := p.file(t, sealing())
	jwe, err := seal.Seal(sealing().Public, seal.JSON, metadata())
	if err != nil {
		t.Fatal(err)
	}
	p.must(t, "open", key, "-", []byte(jwe))
	for _, c := range sealedChanges() {
		t.Run(c.name, func(t *testing.T) { p.refuses(t, "open", key, []byte(flipped(t, jwe, c.part, c.within))) })
	}
	other := p.file(t, disguised(signing(), sealing()))
	t.Run("other key", func(t *testing.T) { p.refuses(t, "open", other, []byte(jwe)) })
}

func changedJWEIsRefused(t *testing.T, p *peer) {
	jwe := string(p.must(t, "seal", p.file(t, sealing().Public), seal.JSON, metadata()))
	for _, c := range sealedChanges() {
		changed := flipped(t, jwe, c.part, c.within)
		if got, _, err := seal.Open(sealing(), changed, seal.V1(), limit); !errors.Is(err, seal.ErrOpen) {
			t.Errorf("open, %s: got %.40q, %v, want %v", c.name, got, err, seal.ErrOpen)
		}
		if got, err := openFile(t, changed, seal.V1()); !errors.Is(err, seal.ErrOpen) {
			t.Errorf("open to a file, %s: got %.40q, %v, want %v", c.name, got, err, seal.ErrOpen)
		}
	}
}

func refusesChangedJWS(t *testing.T, p *peer) {
	key := p.file(t, signing().Public)
	token := signedEvent(t, event(t))
	p.must(t, "verify", key, "-", []byte(token))
	for _, c := range signedChanges() {
		t.Run(c.name, func(t *testing.T) { p.refuses(t, "verify", key, []byte(flipped(t, token, c.part, c.within))) })
	}
	other := p.file(t, disguised(sealing(), signing()).Public)
	t.Run("other key", func(t *testing.T) { p.refuses(t, "verify", other, []byte(token)) })
}

func changedJWSIsRefused(t *testing.T, p *peer) {
	token := string(p.must(t, "sign", p.file(t, signing()), secevent, event(t)))
	for _, c := range signedChanges() {
		changed, err := set.Parse(flipped(t, token, c.part, c.within))
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		key := signing().Public
		key.KID = changed.KID
		if err := changed.Verify(key); !errors.Is(err, keys.ErrSignature) {
			t.Errorf("%s: got %v, want %v", c.name, err, keys.ErrSignature)
		}
	}
}
