package signin_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"testing"

	"github.com/vierkant/vierkant/broker"
)

// device makes passkeys and signs with them, as phones and security keys do. What it should not say is set before it answers.
type device struct {
	t      testing.TB
	key    *ecdsa.PrivateKey
	id     []byte // of the passkey
	handle string // whose it is, as it was told

	origin string
	rp     string
	kind   string // of the ceremony; "": the right one
	flags  byte
	count  uint32
	more   map[string]any // members of what the browser says
}

// Flags of an authenticator (WebAuthn 6.1).
const (
	present    = 0x01
	verified   = 0x04
	credential = 0x40
)

func newDevice(t testing.TB) *device {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(t, err)
	return &device{t: t, key: key, id: []byte(rand.Text()), origin: base, rp: "test.broker.example", flags: present | verified}
}

// asked is what of the options of both ceremonies a device looks at.
type asked struct {
	Challenge string `json:"challenge"`
	User      struct {
		ID string `json:"id"`
	} `json:"user"`
}

func (d *device) read(options []byte) (a asked) {
	d.t.Helper()
	must(d.t, json.Unmarshal(options, &a))
	return a
}

// make answers what NewPasskey asks.
func (d *device) make(options []byte) []byte {
	d.t.Helper()
	a := d.read(options)
	d.handle = a.User.ID
	public, err := d.key.PublicKey.Bytes() // 4, x, y
	must(d.t, err)
	cose := append([]byte("\xa5\x01\x02\x03\x26\x20\x01\x21\x58\x20"), public[1:33]...)
	cose = append(append(cose, "\x22\x58\x20"...), public[33:]...)
	said := d.said(d.flags | credential)
	said = append(said, make([]byte, 16)...) // no model
	said = binary.BigEndian.AppendUint16(said, uint16(len(d.id)))
	said = append(append(said, d.id...), cose...)
	attestation := append([]byte("\xa3\x63fmt\x64none\x67attStmt\xa0\x68authData\x58"), byte(len(said)))
	return d.answer(map[string]string{"clientDataJSON": d.client("webauthn.create", a.Challenge), "attestationObject": b64(append(attestation, said...))})
}

// sign answers what AskPasskey asks.
func (d *device) sign(options []byte) []byte {
	d.t.Helper()
	client, said := d.client("webauthn.get", d.read(options).Challenge), d.said(d.flags)
	plain, err := base64.RawURLEncoding.DecodeString(client)
	must(d.t, err)
	sum := sha256.Sum256(plain)
	digest := sha256.Sum256(append(said, sum[:]...))
	signature, err := ecdsa.SignASN1(rand.Reader, d.key, digest[:])
	must(d.t, err)
	return d.answer(map[string]string{"clientDataJSON": client, "authenticatorData": b64(said), "signature": b64(signature), "userHandle": d.handle})
}

func (d *device) said(flags byte) []byte {
	rp := sha256.Sum256([]byte(d.rp))
	return binary.BigEndian.AppendUint32(append(rp[:], flags), d.count)
}

func (d *device) client(kind, challenge string) string {
	if d.kind != "" {
		kind = d.kind
	}
	said := map[string]any{"type": kind, "challenge": challenge, "origin": d.origin}
	for name, value := range d.more {
		said[name] = value
	}
	raw, err := json.Marshal(said)
	must(d.t, err)
	return b64(raw)
}

func (d *device) answer(response map[string]string) []byte {
	raw, err := json.Marshal(map[string]any{"id": b64(d.id), "rawId": b64(d.id), "type": "public-key", "response": response})
	must(d.t, err)
	return raw
}

func b64(raw []byte) string { return base64.RawURLEncoding.EncodeToString(raw) }

// passkey makes a passkey of a user, who just signed in.
func (w *world) passkey(u user) *device {
	w.t.Helper()
	d := newDevice(w.t)
	by, err := w.InSession(w.session(u.in.Secret))
	must(w.t, err)
	options, err := w.NewPasskey(w.t.Context(), by)
	must(w.t, err)
	_, err = w.ConfirmPasskey(w.t.Context(), by, "Schlüssel", d.make(options), browser)
	must(w.t, err)
	return d
}

// ask is what a browser is asked that wants to sign in.
func (w *world) ask() []byte {
	w.t.Helper()
	options, err := w.AskPasskey()
	must(w.t, err)
	return options
}

// handleOf is a person as a passkey names one.
func handleOf(p broker.PersonID) string { return b64([]byte(p)) }
