package keys

import (
	"encoding/json"
	"fmt"
	"time"
)

// Change says that a key of a destination is to take effect in place of another one. Signed by the signing key in force it proves that
// whoever holds that key wants it.
//
// After binds it to what it was signed for: a statement that was carried out once names a key that is not in force any more, so that nobody
// can bring an old key back by repeating an old statement.
type Change struct {
	Destination string    // id
	Use         Use       // enc: senders seal to it. sig: it signs changes, events too
	KID         string    // of the key that is to take effect
	Thumbprint  string    // of the same
	After       string    // thumbprint of the key of this use that is in force
	Issued      time.Time // when it was signed, to the second; zero if it was not
}

// changeType is the typ of a signed Change.
const changeType = "key-change+jwt"

// maxChange bounds a signed Change: its members are short, and the signature of the longest key has 2732 characters.
const maxChange = 8 << 10

// changeClaims is Change as it is signed. All members are required.
type changeClaims struct {
	Destination string `json:"destinationId"`
	Use         Use    `json:"use"`
	KID         string `json:"kid"`
	Thumbprint  string `json:"thumbprint"`
	After       string `json:"after"`
	Issued      int64  `json:"iat"`
}

// Sign returns the change as a compact JWS of key, with PS512.
func (c Change) Sign(key Private) (string, error) {
	payload, err := json.Marshal(changeClaims{c.Destination, c.Use, c.KID, c.Thumbprint, c.After, c.Issued.Unix()})
	if err != nil {
		return "", err
	}
	return SignPS512(changeType, key.KID, payload, key.Secret)
}

// ReadChange returns what a change that signer signed says. Whether it is the change that is wanted, and of now, is for the caller to see: compare
// it with [Change.Same]. The errors are [ErrMalformed] and [ErrSignature].
func ReadChange(raw string, signer Public) (Change, error) {
	jws, err := ParseCompact(raw, maxChange)
	if err != nil {
		return Change{}, err
	}
	if jws.Typ != changeType || jws.Alg != PS512 || jws.KID != signer.KID {
		return Change{}, fmt.Errorf("%w: expected the header typ %s, alg %s and kid %q, found %q, %q and %q", ErrMalformed, changeType, PS512, signer.KID,
			jws.Typ, jws.Alg, jws.KID)
	}
	if err := signer.VerifyPS512(jws.SigningInput, jws.Signature); err != nil {
		return Change{}, err
	}
	var claims changeClaims
	if err := UnmarshalStrict(jws.Payload, &claims); err != nil {
		return Change{}, fmt.Errorf("%w: key change: %w", ErrMalformed, err)
	}
	return Change{claims.Destination, claims.Use, claims.KID, claims.Thumbprint, claims.After, time.Unix(claims.Issued, 0).UTC()}, nil
}

// Same tells whether both want the same, whenever they were signed.
func (c Change) Same(as Change) bool {
	c.Issued = as.Issued
	return c == as
}
