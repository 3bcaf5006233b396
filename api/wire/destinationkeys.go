package wire

import "time"

// LegalNames are under which names certificates may be about an organisation: GET and PUT /orgs/{org}/legal-names.
type LegalNames struct {
	Names []string `json:"names"`
}

// ManagedKey is a key of a destination for those who look after it.
type ManagedKey struct {
	DestinationID string        `json:"destinationId"`
	Destination   string        `json:"destination,omitempty"` // its name
	KID           string        `json:"kid"`
	Use           string        `json:"use"`   // enc or sig
	State         string        `json:"state"` // next, current, replaced, retired
	Thumbprint    string        `json:"thumbprint"`
	AddedAt       time.Time     `json:"addedAt"`
	ExpiresAt     *time.Time    `json:"expiresAt,omitempty"`
	ReplacedAt    *time.Time    `json:"replacedAt,omitempty"`
	RetiredAt     *time.Time    `json:"retiredAt,omitempty"`
	Revocation    KeyRevocation `json:"revocation"`

	PrivateKeyNeeded bool   `json:"privateKeyNeeded"`
	Why              string `json:"why"` // it is, or is not
}

// KeyRevocation is what is known of the revocation of a key.
type KeyRevocation struct {
	Status    string     `json:"status"` // good, revoked, unknown, unchecked
	By        string     `json:"by,omitempty"`
	Why       string     `json:"why,omitempty"`
	RevokedAt *time.Time `json:"revokedAt,omitempty"`
	CheckedAt *time.Time `json:"checkedAt,omitempty"`
	GoodAt    *time.Time `json:"goodAt,omitempty"` // last
}

// ManagedKeys is a page of the keys of an organisation.
type ManagedKeys struct {
	Count  int          `json:"count"`
	Offset int          `json:"offset"`
	More   bool         `json:"more"` // there are further ones
	Keys   []ManagedKey `json:"keys"`
}

// ManagedKeyList is a page of the keys of a destination.
type ManagedKeyList struct {
	Counted
	Keys []ManagedKey `json:"keys"`
}

// KeyActivation is the body of POST …/keys/{kid}/activate.
type KeyActivation struct {
	Signature string `json:"signature,omitempty"` // the change as a compact JWS of the signing key in force; none: a second person releases it, where that is needed
}

// KeyActivated is what became of it. The members of Change are what has to be signed.
type KeyActivated struct {
	State      string    `json:"state"` // current, or proposed
	ProposalID string    `json:"proposalId,omitempty"`
	Change     KeyChange `json:"change"`
}

// KeyChange says which key takes effect in place of which.
type KeyChange struct {
	DestinationID string `json:"destinationId"`
	Use           string `json:"use"`
	KID           string `json:"kid"`
	Thumbprint    string `json:"thumbprint"`
	After         string `json:"after"` // thumbprint
}
