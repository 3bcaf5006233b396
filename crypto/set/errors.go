package set

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
)

// Errors of this package that say nothing more than themselves; ErrSyntax is wrapped with what was expected.
var (
	// ErrSyntax means: not a compact JWS, or its header or claims are not one strict JSON object.
	ErrSyntax = errors.New("not a security event token in compact form")
	// ErrSchemaVersion means: a $schema whose version is not taken here. The text is that of the live service
	// (FIT-Connect contract 3.4).
	ErrSchemaVersion = errors.New("Payload Schema not supported")
)

// HeaderError means: one member of the header is not as the contract demands.
type HeaderError struct {
	Header    string // name of the member, e.g. "typ"
	Want, Got string // what was expected, in words, and what was found: JSON text, cut to 64 bytes, or "nothing"
}

// Error names the member, what was expected and what was found.
func (e *HeaderError) Error() string {
	return fmt.Sprintf("Invalid SET Header '%s': expected %s, found %s", e.Header, e.Want, e.Got)
}

// ClaimError means: one claim, or one member of the event's payload, is not as the contract demands.
type ClaimError struct {
	Claim     string // name of the claim, e.g. "sub", or place in the payload, e.g. "problems[0].type"
	Want, Got string // as in [HeaderError]
}

// Error names the claim, what was expected and what was found.
func (e *ClaimError) Error() string {
	return fmt.Sprintf("Invalid SET Claim '%s': expected %s, found %s", e.Claim, e.Want, e.Got)
}

// nothing is how messages call an absent member.
const nothing = "nothing"

// describe renders a decoded JSON value for a message.
func describe(value any) string {
	text, err := json.Marshal(value)
	if err != nil {
		return "something that is not JSON"
	}
	const most = 64
	if len(text) > most {
		return strings.ToValidUTF8(string(text[:most]), "") + "…"
	}
	return string(text)
}
