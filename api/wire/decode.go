package wire

import (
	"errors"
	"io"

	"github.com/vierkant/vierkant/schemas/strict"
)

// rules are what every body has to keep, beside what package strict demands anyhow: grammar (RFC 8259), UTF-8, no lone surrogates, nothing
// behind the value. The deepest document of the contract needs six levels; no object has two members whose names are equal or differ in
// case only.
var rules = strict.Rules{Depth: 32, Values: 1 << 16, FoldCase: true}

// Read decodes the one JSON document that r holds; the caller bounds its length. Errors: *Error, and those of r.
func Read(r io.Reader, into any) error {
	text, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	return Decode(text, into)
}

// Decode checks a JSON text by the rules and decodes it into the struct that into points to. Members that the struct does not have
// are ignored, null is the same as absent. An error is an *Error that names the member.
func Decode(text []byte, into any) error { return inBody(strict.Unmarshal(text, rules, into)) }

// inBody makes an *Error of what package strict says about a text: here the text is a body.
func inBody(err error) error {
	var broken *strict.Error
	if !errors.As(err, &broken) {
		return err
	}
	if broken.Member == "" {
		return &Error{Want: "the body " + broken.Want}
	}
	return &Error{Member: broken.Member, Want: broken.Want}
}
