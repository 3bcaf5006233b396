package interop_test

import (
	"bytes"
	"errors"
	"testing"
	"time"

	"github.com/vierkant/vierkant/crypto/keys"
	"github.com/vierkant/vierkant/crypto/seal"
)

func readsKeys(t *testing.T, p *peer) {
	for _, key := range []keys.Private{sealing(), signing()} {
		for half, file := range map[string]string{"public": p.file(t, key.Public), "private": p.file(t, key)} {
			got, err := p.do(t, "thumbprint", file, "-", nil)
			if want := key.Thumbprint(); err != nil || string(bytes.TrimSpace(got)) != want {
				t.Errorf("%s key for %s: got thumbprint %s, %v, want %s", half, key.Alg, got, err, want)
			}
		}
	}
}

func readsCertificates(t *testing.T, p *peer) {
	for _, key := range []keys.Private{sealing(), signing()} {
		got, err := p.do(t, "certified", p.file(t, key.Public), "-", nil)
		if want := key.Thumbprint(); err != nil || string(got) != want {
			t.Errorf("key for %s: got thumbprint %s, %v, want %s", key.Alg, got, err, want)
		}
	}
}

// WebCrypto does what key_ops say, and libraries on it seal with the operation encrypt: a destination's key does not work as
// it is published. Should this begin to work, the script need not prepare keys any more.
func usageIsMinded(t *testing.T, p *peer) {
	p.refuses(t, "unstripped", p.file(t, sealing().Public), nil)
}

// makesKeys expects a key with all that the contract demands but a certificate, and that it works in both hands.
func makesKeys(t *testing.T, p *peer) {
	jwk := p.must(t, "generate", "-", p.makes, nil)
	key, err := keys.ParsePrivate(jwk)
	if err != nil {
		t.Fatal(err)
	}
	var wrong *keys.Violation
	err = keys.Test().Check(key.Public, key.For(), time.Now())
	if !errors.As(err, &wrong) || err.Error() != wrong.Error() || wrong.Rule != "x5c" {
		t.Errorf("got %v, want x5c and nothing else missing", err)
	}
	if key.For() == keys.Signature {
		signsWith(t, p, jwk, key)
		return
	}
	jwe, err := seal.Seal(key.Public, seal.JSON, metadata())
	if err != nil {
		t.Fatal(err)
	}
	got, err := p.do(t, "open", p.write(t, jwk), "-", []byte(jwe))
	if want := metadata(); err != nil || !bytes.Equal(got, want) {
		t.Errorf("got %q, %v, want %q", got, err, want)
	}
}

func signsWith(t *testing.T, p *peer, jwk []byte, key keys.Private) {
	t.Helper()
	signed, err := keys.SignPS512(secevent, key.KID, event(t), key.Secret)
	if err != nil {
		t.Fatal(err)
	}
	got, err := p.do(t, "verify", p.file(t, key.Public), "-", []byte(signed))
	if want := event(t); err != nil || !bytes.Equal(got, want) {
		t.Errorf("got %s, %v, want %s", got, err, want)
	}
	theirs, err := keys.ParseCompact(string(p.must(t, "sign", p.write(t, jwk), secevent, event(t))), 1<<20)
	if err != nil {
		t.Fatal(err)
	}
	if err := key.VerifyPS512(theirs.SigningInput, theirs.Signature); err != nil {
		t.Error(err)
	}
}
