package attest

import (
	"crypto"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"time"

	"github.com/vierkant/vierkant/crypto/keys"
)

// ReadinessType is the header typ of a go-live report.
const ReadinessType = "golive+jwt"

// ReadinessVersion is that of the form of a go-live report, which this package signs and accepts.
const ReadinessVersion = 1

// MaxReadiness bounds the bytes of a signed go-live report: some hundred points with notes.
const MaxReadiness = 1 << 20

// ErrAltered says that the report beside a signature is another one than was signed.
var ErrAltered = errors.New("what stands beside the signature is not what was signed")

// Readiness is what an environment states of a client or a destination that is to go live in the next one: the go-live report. Its JSON is the payload that
// is signed, described by the schema golive/1.
type Readiness struct {
	Version     int              `json:"version"`
	Issuer      string           `json:"iss"` // base URL of the portal
	IssuedAt    int64            `json:"iat"` // Unix seconds
	ID          string           `json:"jti"` // a UUID
	Environment string           `json:"environment"`
	Org         ReadinessOrg     `json:"organisation"`
	Subject     ReadinessSubject `json:"subject"`
	Complete    bool             `json:"complete"` // all that is required and applies is done
	Points      []ReadinessPoint `json:"points"`
}

// ReadinessOrg is whose the subject is.
type ReadinessOrg struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

// ReadinessSubject is what the report is about.
type ReadinessSubject struct {
	Kind   string `json:"kind"` // "sender", "subscriber" or "destination"
	ID     string `json:"id"`
	Name   string `json:"name"`
	Digest string `json:"digest"` // SHA-256, in hex, of how it was set up; what is set up in another way was not tested
}

// ReadinessPoint is a line of the checklist.
type ReadinessPoint struct {
	Point    string             `json:"point"`
	Title    string             `json:"title"`
	Source   string             `json:"source"` // "witnessed", "seen" or "declared"
	State    string             `json:"state"`  // "open", "done" or "not-applicable"
	Required bool               `json:"required"`
	At       string             `json:"at,omitempty"` // RFC 3339
	Evidence *ReadinessEvidence `json:"evidence,omitempty"`
	Why      string             `json:"why,omitempty"` // it is open, or does not apply

	By   string `json:"by,omitempty"` // of what was declared
	Note string `json:"note,omitempty"`
	Link string `json:"link,omitempty"`
}

// ReadinessEvidence is what shows a point.
type ReadinessEvidence struct {
	Type string `json:"type"`
	ID   string `json:"id"`
}

// SignedReadiness is a go-live report as it is handed out and kept: to be read, and to be verified without asking anybody. What counts is what is signed.
type SignedReadiness struct {
	Report    Readiness `json:"report"`
	Signature string    `json:"signature"` // compact JWS, whose payload is the report
	Keys      KeySet    `json:"keys"`      // with the portal's key that it verifies with; as good as the keeper's word
}

// KeySet is a JWKS as it is written.
type KeySet struct {
	Keys []json.RawMessage `json:"keys"`
}

// Issued returns when the report was signed.
func (r Readiness) Issued() time.Time { return time.Unix(r.IssuedAt, 0).UTC() }

// Verify checks the signature with [VerifyReadiness], and that the report beside it is the one that was signed. Errors: those, [ErrAltered].
func (s SignedReadiness) Verify(key func(kid string) (keys.Public, error)) (Readiness, error) {
	r, err := VerifyReadiness(s.Signature, key)
	if err != nil {
		return Readiness{}, err
	}
	if !reflect.DeepEqual(r, s.Report) {
		return Readiness{}, fmt.Errorf("go-live report: %w", ErrAltered)
	}
	return r, nil
}

// SignReadiness returns a report as a compact JWS, as [Sign] does. It sets the version.
func SignReadiness(r Readiness, kid string, signer crypto.Signer) (string, error) {
	r.Version = ReadinessVersion
	if err := r.check(); err != nil {
		return "", fmt.Errorf("sign go-live report: %w", err)
	}
	payload, err := json.Marshal(r)
	if err != nil {
		return "", fmt.Errorf("sign go-live report: %w", err)
	}
	raw, err := keys.SignPS512(ReadinessType, kid, payload, signer)
	if err == nil && len(raw) > MaxReadiness {
		err = fmt.Errorf("sign go-live report: expected at most %d bytes, found %d", MaxReadiness, len(raw))
	}
	return raw, err
}

// VerifyReadiness checks a go-live report: its form, the signature by the key that key returns for its kid, and whether it agrees with itself about being
// complete. Whether it is about the right subject, and recent enough, is for the caller to see. Errors: [keys.ErrMalformed], what key returned,
// [keys.ErrSignature].
func VerifyReadiness(raw string, key func(kid string) (keys.Public, error)) (Readiness, error) {
	jws, err := keys.ParseCompact(raw, MaxReadiness)
	if err != nil {
		return Readiness{}, fmt.Errorf("go-live report: %w", err)
	}
	if jws.Typ != ReadinessType || jws.Alg != keys.PS512 || jws.KID == "" {
		return Readiness{}, fmt.Errorf("go-live report: %w: expected typ %s, alg PS512 and a kid, found %q, %q and %q",
			keys.ErrMalformed, ReadinessType, jws.Typ, jws.Alg, jws.KID)
	}
	public, err := key(jws.KID)
	if err != nil {
		return Readiness{}, fmt.Errorf("go-live report: key %q: %w", jws.KID, err)
	}
	if err := public.VerifyPS512(jws.SigningInput, jws.Signature); err != nil {
		return Readiness{}, fmt.Errorf("go-live report: %w", err)
	}
	var r Readiness
	if err := keys.UnmarshalStrict(jws.Payload, &r); err != nil {
		return Readiness{}, fmt.Errorf("go-live report: %w", err)
	}
	if err := r.check(); err != nil {
		return Readiness{}, fmt.Errorf("go-live report: %w: %w", keys.ErrMalformed, err)
	}
	return r, nil
}

func (r Readiness) check() error {
	switch {
	case r.Version != ReadinessVersion:
		return fmt.Errorf("expected version %d, found %d", ReadinessVersion, r.Version)
	case r.Issuer == "" || r.IssuedAt <= 0 || !isUUID(r.ID) || r.Environment == "":
		return errors.New("expected iss, iat, a UUID as jti, and environment")
	case !isUUID(r.Org.ID) || !isUUID(r.Subject.ID) || len(r.Subject.Digest) != 64:
		return errors.New("expected UUIDs of organisation and subject, and a digest of 64 hexadecimal digits")
	case !slices.Contains([]string{"sender", "subscriber", "destination"}, r.Subject.Kind):
		return fmt.Errorf("expected a sender, a subscriber or a destination, found %.20q", r.Subject.Kind)
	}
	return r.checkPoints()
}

func (r Readiness) checkPoints() error {
	complete, seen := true, map[string]bool{}
	for i, p := range r.Points {
		if p.Point == "" || seen[p.Point] {
			return fmt.Errorf("points[%d]: expected a name that no other point has", i)
		}
		seen[p.Point] = true
		if !slices.Contains([]string{"open", "done", "not-applicable"}, p.State) {
			return fmt.Errorf("points[%d]: expected the state open, done or not-applicable, found %.20q", i, p.State)
		}
		complete = complete && (!p.Required || p.State != "open")
	}
	if len(r.Points) == 0 || r.Complete != complete {
		return fmt.Errorf("expected points, and that complete is %t as they are", complete)
	}
	return nil
}
