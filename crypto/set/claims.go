package set

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/url"
	"regexp"
	"strconv"
	"strings"

	"github.com/vierkant/vierkant/crypto/keys"
)

// MaxClaims bounds the claim bytes of one token. Tags of a hundred attachments take 7 KiB of it.
const MaxClaims = 190 << 10

// earliest is the smallest iat of the payload schema: 1 January 2020, Central European Time.
const earliest = 1577833200

const (
	anyUUID   = `[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}`
	lowerUUID = `[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}`
)

var (
	idPattern          = regexp.MustCompile(`^` + anyUUID + `$`)
	subjectPattern     = regexp.MustCompile(`^(submission|reply):` + lowerUUID + `$`)
	transactionPattern = regexp.MustCompile(`^case:` + lowerUUID + `$`)
)

// Claims is one event as a fact (FIT-Connect contract 6.4).
type Claims struct {
	Schema      string          // $schema, see [SchemaURI]; "" if absent, which only an empty payload allows
	ID          string          // jti, a UUID
	Issuer      string          // iss: base URL of the delivery service, or id of a destination
	IssuedAt    int64           // iat, seconds of Unix time
	Subject     string          // sub: "submission:" or "reply:" and a UUID in lower case
	Transaction string          // txn: "case:" and a UUID in lower case
	Event       string          // the one member of events, e.g. [AcceptSubmission]
	Payload     json.RawMessage // its value, a JSON object; nil is written as {}
}

// wire is Claims in the order of their bytes.
type wire struct {
	Schema      string                     `json:"$schema,omitempty"`
	ID          string                     `json:"jti"`
	Issuer      string                     `json:"iss"`
	IssuedAt    int64                      `json:"iat"`
	Subject     string                     `json:"sub"`
	Transaction string                     `json:"txn"`
	Events      map[string]json.RawMessage `json:"events"`
}

// Bytes returns the claims as JSON in one fixed spelling: the order of the fields, no white space. What [ParseClaims] would not read is not
// written. Errors: [ErrSyntax] if they are too long, [*ClaimError].
func (c Claims) Bytes() ([]byte, error) {
	if c.Payload == nil {
		c.Payload = json.RawMessage("{}")
	}
	raw, err := encode(wire{c.Schema, c.ID, c.Issuer, c.IssuedAt, c.Subject, c.Transaction,
		map[string]json.RawMessage{c.Event: c.Payload}})
	if err != nil {
		return nil, fmt.Errorf("write claims: %w", err)
	}
	if err := c.check(len(raw)); err != nil {
		return nil, fmt.Errorf("write claims: %w", err)
	}
	return raw, nil
}

// check judges claims that take so many bytes as ParseClaims would judge those bytes, without reading them again: it runs inside the
// transaction that writes an event.
func (c Claims) check(size int) error {
	if size > MaxClaims {
		return tooLong(size)
	}
	for _, claim := range c.texts() {
		if !claim.fits(*claim.into) {
			return &ClaimError{Claim: claim.name, Want: claim.want, Got: describe(*claim.into)}
		}
	}
	if c.IssuedAt < earliest {
		return &ClaimError{Claim: "iat", Want: wantIssuedAt(), Got: describe(c.IssuedAt)}
	}
	if !isURI(c.Event) {
		return &ClaimError{Claim: "events", Want: wantEvent, Got: describe(c.Event)}
	}
	_, err := ParsePayload(c.Payload)
	return err
}

// text is a claim that is a text and must be there.
type text struct {
	name, want string
	into       *string
	fits       func(string) bool
}

func (c *Claims) texts() []text {
	return []text{
		{"jti", "a UUID", &c.ID, idPattern.MatchString},
		{"iss", "a string that is not empty", &c.Issuer, isNotEmpty},
		{"sub", "submission: or reply: and a UUID in lower case", &c.Subject, subjectPattern.MatchString},
		{"txn", "case: and a UUID in lower case", &c.Transaction, transactionPattern.MatchString},
	}
}

const wantEvent = "a member whose name is a URI"

func wantIssuedAt() string { return fmt.Sprintf("an integer of at least %d", earliest) }

func tooLong(size int) error {
	return fmt.Errorf("%w: expected claims of at most %d bytes, found %d", ErrSyntax, MaxClaims, size)
}

// encode is json.Marshal without escapes for HTML.
func encode(value any) ([]byte, error) {
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(value); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(out.Bytes(), []byte("\n")), nil
}

// ParseClaims reads claims strictly: at most [MaxClaims] bytes, all claims of the contract with their types and
// patterns, exactly one event, a payload of the right shape ([ParsePayload]). Whether the $schema is taken is for
// [Token.CheckSchema]. Errors: [ErrSyntax], [*ClaimError].
func ParseClaims(raw []byte) (Claims, error) {
	if len(raw) > MaxClaims {
		return Claims{}, tooLong(len(raw))
	}
	var found claims
	if err := keys.UnmarshalStrict(raw, &found); err != nil || found == nil {
		return Claims{}, fmt.Errorf("%w: expected claims that are one strict JSON object", ErrSyntax)
	}
	var c Claims
	for _, claim := range c.texts() {
		if err := found.text(claim.name, claim.want, claim.into, claim.fits); err != nil {
			return Claims{}, err
		}
	}
	if err := found.rest(&c); err != nil {
		return Claims{}, err
	}
	return c, nil
}

// claims are claims by their exact names, not yet decoded.
type claims map[string]json.RawMessage

// fail makes the ClaimError of a claim.
func (m claims) fail(name, want string) error {
	value, present := m[name]
	if !present {
		return &ClaimError{Claim: name, Want: want, Got: nothing}
	}
	return &ClaimError{Claim: name, Want: want, Got: describe(value)}
}

// text reads the claim name, which must be there.
func (m claims) text(name, want string, into *string, fits func(string) bool) error {
	value, present := m[name]
	if !present || value[0] != '"' || json.Unmarshal(value, into) != nil || !fits(*into) {
		return m.fail(name, want)
	}
	return nil
}

// rest reads the claims that are not simply texts.
func (m claims) rest(c *Claims) error {
	var err error
	c.IssuedAt, err = strconv.ParseInt(string(m["iat"]), 10, 64) // 1e9 and 1.0 are no integers here
	if err != nil || c.IssuedAt < earliest {
		return m.fail("iat", wantIssuedAt())
	}
	if _, present := m["$schema"]; present {
		if err := m.text("$schema", "a string that is not empty", &c.Schema, isNotEmpty); err != nil {
			return err
		}
	}
	var events map[string]json.RawMessage
	if json.Unmarshal(m["events"], &events) != nil || len(events) != 1 {
		return m.fail("events", "an object with exactly one member")
	}
	for event, payload := range events {
		c.Event, c.Payload = event, payload
	}
	if !isURI(c.Event) {
		return m.fail("events", wantEvent)
	}
	_, err = ParsePayload(c.Payload)
	return err
}

func isNotEmpty(s string) bool { return s != "" }

// isURI reports whether s is an absolute URI, with a scheme and without characters that RFC 3986 does not know.
func isURI(s string) bool {
	for _, b := range []byte(s) {
		if b <= ' ' || b >= 0x7f || strings.IndexByte("\"<>\\^`{|}", b) >= 0 {
			return false
		}
	}
	parsed, err := url.Parse(s)
	return err == nil && parsed.IsAbs()
}
