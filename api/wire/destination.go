package wire

import "encoding/json"

// OfferedService is an item of services (v1) and of publicServices (v2) of a destination (FIT-Connect contract 3.3).
type OfferedService struct {
	Identifier        string             `json:"identifier"`
	Regions           []string           `json:"regions"`
	SubmissionSchemas []SubmissionSchema `json:"submissionSchemas"`
}

// SubmissionSchema names a schema of the data and its media type.
type SubmissionSchema struct {
	SchemaURI string `json:"schemaUri"`
	MIMEType  string `json:"mimeType"`
}

// ContactInformation is who answers for a destination. It is never public.
type ContactInformation struct {
	LegalName string `json:"legalName"`
	Address   string `json:"address,omitempty"`
	Phone     string `json:"phone,omitempty"`
	Email     string `json:"email"`
	Unit      string `json:"unit,omitempty"`
}

// Callback is where a destination wants to be told. Secret is written by its owner and never read.
type Callback struct {
	URL    string `json:"url"`
	Secret string `json:"secret,omitempty"`
}

// ReplyChannels are the ways of answering that a destination offers, each an object or absent.
type ReplyChannels struct {
	EMail           json.RawMessage `json:"eMail,omitempty"`
	DeMail          json.RawMessage `json:"deMail,omitempty"`
	Elster          json.RawMessage `json:"elster,omitempty"`
	Fink            json.RawMessage `json:"fink,omitempty"`
	FitConnect      json.RawMessage `json:"fitConnect,omitempty"`
	IDBundDeMailbox json.RawMessage `json:"idBundDeMailbox,omitempty"`
}

// DestinationDraft is what the manager of a destination sets: the body of POST and PUT /v1/destinations, and the document that a merge
// patch is applied to.
type DestinationDraft struct {
	Name               string              `json:"name,omitempty"`
	Status             string              `json:"status,omitempty"` // not on POST
	ContactInformation *ContactInformation `json:"contactInformation,omitempty"`
	Services           []OfferedService    `json:"services"`
	EncryptionKID      string              `json:"encryptionKid"`
	MetadataVersions   []string            `json:"metadataVersions"`
	ReplyChannels      *ReplyChannels      `json:"replyChannels,omitempty"`
	Callback           *Callback           `json:"callback,omitempty"`

	EncryptionPublicKey json.RawMessage `json:"encryptionPublicKey,omitempty"` // JWK; on POST only
	SigningPublicKey    json.RawMessage `json:"signingPublicKey,omitempty"`    // JWK; on POST only
}

// Destination is what both generations show of a destination alike. Contact and callback are in the private view only, the callback
// without its secret; the name is not in the Submission API.
type Destination struct {
	DestinationID      string              `json:"destinationId"`
	Name               string              `json:"name,omitempty"`
	Status             string              `json:"status"`
	ContactInformation *ContactInformation `json:"contactInformation,omitempty"`
	EncryptionKID      string              `json:"encryptionKid"`
	MetadataVersions   []string            `json:"metadataVersions"`
	ReplyChannels      *ReplyChannels      `json:"replyChannels,omitempty"`
	Callback           *Callback           `json:"callback,omitempty"`
}

// DestinationV1 is a destination with services.
type DestinationV1 struct {
	Destination
	Services []OfferedService `json:"services"`
	Proposed *ProposedKey     `json:"proposedEncryptionKey,omitempty"` // in the answer to a change that takes a second person
}

// ProposedKey is an encryption key that takes effect when a second person releases the proposal.
type ProposedKey struct {
	EncryptionKID string `json:"encryptionKid"`
	ProposalID    string `json:"proposalId"`
}

// DestinationV2 is a destination with publicServices.
type DestinationV2 struct {
	Destination
	PublicServices []OfferedService `json:"publicServices"`
}

// DestinationListV1 is the answer to GET /v1/destinations.
type DestinationListV1 struct {
	Counted
	Destinations []DestinationV1 `json:"destinations"`
}

// DestinationListV2 is the answer to GET /v2/destinations.
type DestinationListV2 struct {
	Counted
	Destinations []DestinationV2 `json:"destinations"`
}

// JWK is a public key of a destination as it is delivered (FIT-Connect contract 6.1).
type JWK struct {
	KTY    string   `json:"kty"`
	Alg    string   `json:"alg"`
	Use    string   `json:"use"`
	KeyOps []string `json:"key_ops"`
	KID    string   `json:"kid"`
	N      string   `json:"n"`
	E      string   `json:"e"`
	X5C    []string `json:"x5c"`
}

// JWKS is a set of keys (RFC 7517 5).
type JWKS struct {
	Keys []JWK `json:"keys"`
}
