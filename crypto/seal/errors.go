package seal

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
)

// Errors of this package; each but ErrOpen may be wrapped with what was expected and found.
var (
	// ErrSyntax means: not a compact JWE as the contract has it (parts, alphabet, lengths, header not strict JSON).
	ErrSyntax = errors.New("not a compact JWE of five base64url parts")
	// ErrTooLarge means: longer than the limit that the caller gave.
	ErrTooLarge = errors.New("too large")
	// ErrWrongKey means: kid names neither the id nor the thumbprint of the key at hand.
	ErrWrongKey = errors.New("sealed to another key")
	// ErrOpen means: key, tag or compression do not fit. It is never wrapped, so that nobody learns which.
	ErrOpen = errors.New("cannot decrypt")
)

// HeaderError means: a compact JWE, but one member of its header is not as the [Rules] demand. Its text begins with
// the words of the live service, "Invalid JWE Header 'cty'" (FIT-Connect contract 3.4).
type HeaderError struct {
	Header string // name of the member, e.g. "cty"
	Want   string // what was expected, in words
	Got    string // what was found: JSON text, cut to 64 bytes, or "nothing"
}

// Error names the member, what was expected and what was found.
func (e *HeaderError) Error() string {
	return fmt.Sprintf("Invalid JWE Header '%s': expected %s, found %s", e.Header, e.Want, e.Got)
}

// describe renders a decoded JSON value for a message.
func describe(value any) string {
	text, _ := json.Marshal(value) // what was decoded from JSON always encodes
	const most = 64
	if len(text) > most {
		return strings.ToValidUTF8(string(text[:most]), "") + "…"
	}
	return string(text)
}
