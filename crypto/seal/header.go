package seal

import (
	"fmt"
	"slices"
	"strings"

	"github.com/vierkant/vierkant/crypto/keys"
)

// The algorithms of the contract, and the one compression (RFC 7516 4.1.3).
const (
	alg     = keys.RSAOAEP256
	enc     = "A256GCM"
	deflate = "DEF"
)

// Media types that the second generation accepts for metadata and data (FIT-Connect contract 6.3).
const (
	JSON = "application/json"
	XML  = "application/xml"
)

// Header holds the members of a JWE header that mean something here, "" where absent (RFC 7516 4.1).
type Header struct {
	Alg string // always RSA-OAEP-256 after an inspection
	Enc string // always A256GCM after an inspection
	KID string // names the key sealed to; see [Header.AddressedTo]
	Cty string // media type of the plaintext
	Zip string // "DEF" or ""
	Typ string // "JWE" or ""
}

// AddressedTo reports whether kid is the id of the key or its RFC 7638 thumbprint, which some clients of the first
// generation send (FIT-Connect contract 6.3).
func (h Header) AddressedTo(key keys.Public) bool {
	return h.KID != "" && (h.KID == key.KID || h.KID == key.Thumbprint())
}

// Rules is what one generation of the interface and one place in it demand of a header, beyond alg and enc, which
// are the same everywhere, as is that kid must be there.
type Rules struct {
	ContentTypes []string // cty must be one of these; empty: any or none
	Compressions []string // zip may be one of these; empty: none
	Types        []string // typ may be one of these; empty: none
	Recipients   []string // kid must be one of these; nil: any
}

// For returns the rules with the names that kid may have: ids and RFC 7638 thumbprints of the recipient's keys. A part
// sealed to another key is then refused when its header has passed, not after its last byte. Without any name, every
// kid is refused.
func (r Rules) For(recipients ...string) Rules {
	r.Recipients = append([]string{}, recipients...)
	return r
}

// V1 returns the rules of the first generation, for metadata, data and attachments alike.
func V1() Rules {
	return Rules{Compressions: []string{deflate}, Types: []string{"JWE"}}
}

// V2Content returns the rules of the second generation for metadata and data: cty is mandatory, zip forbidden. Nobody
// is seen to send typ, and nothing forbids it: it is the same harmless "JWE" as in the first generation.
func V2Content() Rules {
	return Rules{ContentTypes: []string{JSON, XML}, Types: []string{"JWE"}}
}

// V2Attachment returns the rules of the second generation for attachments: any cty or none, zip forbidden.
func V2Attachment() Rules {
	return Rules{Types: []string{"JWE"}}
}

// foreign are the members refused wherever they occur; the package doc says why.
var foreign = []string{
	"crit", "jwk", "jku", "x5u", "x5c", "epk", "apu", "apv", "iv", "tag", "p2s", "p2c", "b64",
}

// read checks the decoded first part of a JWE and returns what it says.
func (r Rules) read(raw []byte) (Header, error) {
	var found map[string]any
	if err := keys.UnmarshalStrict(raw, &found); err != nil || found == nil {
		return Header{}, fmt.Errorf("%w: expected a header that is one strict JSON object", ErrSyntax)
	}
	for _, name := range foreign {
		if value, ok := found[name]; ok {
			return Header{}, &HeaderError{Header: name, Want: nothing, Got: describe(value)}
		}
	}
	var h Header
	for _, m := range r.members(&h) {
		if err := m.read(found); err != nil {
			return Header{}, err
		}
	}
	return h, nil
}

// members lists what the contract knows, and those that mean nothing here but are strings to every library.
func (r Rules) members(h *Header) []member {
	var ignored string
	return []member{
		{name: "alg", into: &h.Alg, required: true, values: []string{alg}},
		{name: "enc", into: &h.Enc, required: true, values: []string{enc}},
		{name: "kid", into: &h.KID, required: true, values: r.Recipients, listed: r.Recipients != nil},
		{name: "cty", into: &h.Cty, required: len(r.ContentTypes) > 0, values: r.ContentTypes},
		{name: "zip", into: &h.Zip, values: r.Compressions, listed: true},
		{name: "typ", into: &h.Typ, values: r.Types, listed: true},
		{name: "x5t", into: &ignored},
		{name: "x5t#S256", into: &ignored},
		{name: "nonce", into: &ignored},
	}
}

// nothing is how messages call an absent member.
const nothing = "nothing"

// member is what one member of a header may be. It is a string in any case.
type member struct {
	name     string
	into     *string
	required bool
	values   []string // accepted ones, compared exactly; empty: any. Never "" where required
	listed   bool     // empty values mean: none
}

func (m member) read(found map[string]any) error {
	value, present := found[m.name]
	if !present {
		if m.required {
			return &HeaderError{Header: m.name, Want: m.want(), Got: nothing}
		}
		return nil
	}
	text, isString := value.(string)
	if !isString || !m.accepts(text) {
		return &HeaderError{Header: m.name, Want: m.want(), Got: describe(value)}
	}
	*m.into = text
	return nil
}

func (m member) accepts(text string) bool {
	if m.required && text == "" {
		return false
	}
	return slices.Contains(m.values, text) || len(m.values) == 0 && !m.listed
}

func (m member) want() string {
	switch {
	case len(m.values) > 0:
		return strings.Join(m.values, " or ")
	case m.listed && m.required:
		return "a key of the recipient, which has none"
	case m.listed:
		return nothing
	case m.required:
		return "a string that is not empty"
	}
	return "a string"
}
