package attest

import (
	"crypto"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/vierkant/vierkant/crypto/keys"
)

// SnapshotType is the header typ of the head of a snapshot. It is none of addressing information, so that one cannot be taken for the
// other.
const SnapshotType = "routes+jwt"

// SnapshotVersion is that of the form of a snapshot, which this package signs and accepts.
const SnapshotVersion = 1

// MaxSnapshotHead bounds the bytes of a head.
const MaxSnapshotHead = 16 << 10

// Snapshot is what the portal states of a list of all routes, which follows its signature. All fields are required, but a list may be
// empty.
type Snapshot struct {
	Issuer         string    // iss, base URL of the portal
	SubmissionHost string    // as in [Claims]
	IssuedAt       time.Time // iat, whole seconds
	Routes         int       // how many there are
	SHA256         [32]byte  // of all bytes behind the head and its line feed
}

// snapshotPayload is the wire form of Snapshot.
type snapshotPayload struct {
	Issuer         string `json:"iss"`
	SubmissionHost string `json:"submissionHost"`
	IssuedAt       int64  `json:"iat"`
	Version        int    `json:"version"`
	Routes         int    `json:"routes"`
	SHA256         string `json:"sha256"` // base64url
}

// SignSnapshot returns the head as a compact JWS, as [Sign] does.
func SignSnapshot(s Snapshot, kid string, signer crypto.Signer) (string, error) {
	p := snapshotPayload{
		Issuer: s.Issuer, SubmissionHost: s.SubmissionHost, IssuedAt: s.IssuedAt.Unix(), Version: SnapshotVersion,
		Routes: s.Routes, SHA256: base64.RawURLEncoding.EncodeToString(s.SHA256[:]),
	}
	if err := p.check(); err != nil {
		return "", fmt.Errorf("sign snapshot: %w", err)
	}
	payload, err := json.Marshal(p)
	if err != nil {
		return "", fmt.Errorf("sign snapshot: %w", err)
	}
	return keys.SignPS512(SnapshotType, kid, payload, signer)
}

// VerifySnapshot checks the head of a snapshot: its form, the signature by the key that key returns for its kid, and who issued it for
// which host. Whether the list is the one that it speaks of is for the caller to see. Errors: [keys.ErrMalformed], what key returned,
// [keys.ErrSignature], [ErrMismatch].
func VerifySnapshot(raw string, key func(kid string) (keys.Public, error), issuer, host string) (Snapshot, error) {
	jws, err := keys.ParseCompact(raw, MaxSnapshotHead)
	if err != nil {
		return Snapshot{}, fmt.Errorf("snapshot: %w", err)
	}
	if jws.Typ != SnapshotType || jws.Alg != keys.PS512 || jws.KID == "" {
		return Snapshot{}, fmt.Errorf("snapshot: %w: expected typ %s, alg PS512 and a kid, found %q, %q and %q",
			keys.ErrMalformed, SnapshotType, jws.Typ, jws.Alg, jws.KID)
	}
	public, err := key(jws.KID)
	if err != nil {
		return Snapshot{}, fmt.Errorf("snapshot: key %q: %w", jws.KID, err)
	}
	if err := public.VerifyPS512(jws.SigningInput, jws.Signature); err != nil {
		return Snapshot{}, fmt.Errorf("snapshot: %w", err)
	}
	s, err := decodeSnapshot(jws.Payload)
	if err != nil {
		return Snapshot{}, fmt.Errorf("snapshot: %w", err)
	}
	if s.Issuer != issuer || !strings.EqualFold(s.SubmissionHost, host) {
		return Snapshot{}, fmt.Errorf("snapshot: %w: expected the issuer %q and the host %q, found %q and %q",
			ErrMismatch, issuer, host, s.Issuer, s.SubmissionHost)
	}
	return s, nil
}

func decodeSnapshot(raw []byte) (Snapshot, error) {
	var p snapshotPayload
	if err := keys.UnmarshalStrict(raw, &p); err != nil {
		return Snapshot{}, err
	}
	if err := p.check(); err != nil {
		return Snapshot{}, fmt.Errorf("%w: %w", keys.ErrMalformed, err)
	}
	s := Snapshot{Issuer: p.Issuer, SubmissionHost: p.SubmissionHost, IssuedAt: time.Unix(p.IssuedAt, 0).UTC(), Routes: p.Routes}
	sum, err := base64.RawURLEncoding.Strict().DecodeString(p.SHA256)
	if err != nil || len(sum) != len(s.SHA256) {
		return Snapshot{}, fmt.Errorf("%w: expected a SHA-256 in base64url, found %.60q", keys.ErrMalformed, p.SHA256)
	}
	copy(s.SHA256[:], sum)
	return s, nil
}

func (p snapshotPayload) check() error {
	if p.Version != SnapshotVersion {
		return fmt.Errorf("expected version %d, found %d", SnapshotVersion, p.Version)
	}
	if p.SubmissionHost == "" || p.Issuer == "" || p.IssuedAt <= 0 || p.Routes < 0 {
		return errors.New("expected submissionHost, iss, iat and a number of routes")
	}
	return nil
}
