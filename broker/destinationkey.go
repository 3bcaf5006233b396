package broker

import (
	"encoding/json"
	"time"

	"github.com/vierkant/vierkant/crypto/keys"
)

// DestinationKey is a public key of a destination. Keys are never removed: what was signed stays verifiable. Its life is
//
//	next      added, and shown to everybody, so that senders can look at it before it counts
//	current   in force: Destination.EncryptionKID, or for signatures Destination.SigningKID. Senders seal to it; changes of keys are signed with it
//	replaced  another one is in force. What is sealed for it is taken for KeyCare.Overlap more, then no longer
//	retired   nothing that waits, or may still come, is sealed for it: its private half can be destroyed. Only encryption keys retire
//
// A key that was replaced may be put into force again. Events may be signed with any signing key there is.
type DestinationKey struct {
	Destination DestinationID
	KID         string
	Encryption  bool            // else for signatures
	Thumbprint  string          // RFC 7638, SHA-256
	JWK         json.RawMessage // as it is delivered
	Added       time.Time

	Expires    time.Time  // of its certificates, the first to end; zero: none, or added by an older program
	Replaced   time.Time  // clock of deadlines; zero: it is in force, or never was
	Retired    time.Time  // clock of deadlines
	Reminded   int        // how many days before its end its owner was told last; 0: never
	Revocation Revocation // as it was found last
}

// Revocation is what is known of the revocation of a key's certificates.
type Revocation struct {
	Status  string    // "good", "revoked", "unknown"; "": nobody asked yet
	By      string    // "OCSP" or "CRL"
	Why     string    // of a revoked one the issuer's reason, of an unknown one what stood in the way
	Since   time.Time // when it was revoked
	Checked time.Time // when this was found
	Good    time.Time // when it was last found to be good
}

// RevocationRevoked is the Status that keeps a key from being used.
const RevocationRevoked = "revoked"

// DestinationKeyState is where a key stands, see DestinationKey.
type DestinationKeyState string

// The states.
const (
	DestinationKeyNext     DestinationKeyState = "next"
	DestinationKeyCurrent  DestinationKeyState = "current"
	DestinationKeyReplaced DestinationKeyState = "replaced"
	DestinationKeyRetired  DestinationKeyState = "retired"
)

// State tells where a key of d stands.
func (k DestinationKey) State(d Destination) DestinationKeyState {
	switch {
	case k.KID == d.EncryptionKID, k.KID == d.SigningKID:
		return DestinationKeyCurrent
	case !k.Retired.IsZero():
		return DestinationKeyRetired
	case !k.Replaced.IsZero():
		return DestinationKeyReplaced
	}
	return DestinationKeyNext
}

// Revoked reports whether its certificate was found to be revoked.
func (k DestinationKey) Revoked() bool { return k.Revocation.Status == RevocationRevoked }

// use is what the key is for.
func (k DestinationKey) use() keys.Use {
	if k.Encryption {
		return keys.Encryption
	}
	return keys.Signature
}
