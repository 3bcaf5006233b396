package keys

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// UnmarshalStrict decodes one JSON value from a stranger into the value that into points to. Other than
// [json.Unmarshal] it refuses invalid UTF-8 and two members of one object, at any depth, whose names are equal or
// differ in case only: of such a pair two readers may take different ones (RFC 8725 2.4, RFC 7515 4). The caller bounds
// the length. Unknown members are ignored, as RFC 7517 4 wants. Errors are [ErrMalformed].
func UnmarshalStrict(raw []byte, into any) error {
	if !utf8.Valid(raw) {
		return fmt.Errorf("%w: expected UTF-8", ErrMalformed)
	}
	if err := refuseDuplicates(raw); err != nil {
		return fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	if err := json.Unmarshal(raw, into); err != nil {
		return fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	return nil
}

// container is an open object or array while its tokens are read. In an object every second token is a name.
type container struct {
	names    map[string]bool // nil for an array
	nameNext bool
}

// refuseDuplicates reads raw token by token. It finds equal names and leaves every other mistake to Unmarshal.
func refuseDuplicates(raw []byte) error {
	tokens := json.NewDecoder(bytes.NewReader(raw))
	tokens.UseNumber()
	var open []*container
	for {
		token, err := tokens.Token()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if open, err = step(open, token); err != nil {
			return err
		}
	}
}

// step takes one token into account and returns the containers that are open after it.
func step(open []*container, token json.Token) ([]*container, error) {
	if token == json.Delim('}') || token == json.Delim(']') {
		return open[:len(open)-1], nil
	}
	if len(open) > 0 {
		if err := open[len(open)-1].take(token); err != nil {
			return nil, err
		}
	}
	switch token {
	case json.Delim('{'):
		return append(open, &container{names: map[string]bool{}, nameNext: true}), nil
	case json.Delim('['):
		return append(open, &container{}), nil
	}
	return open, nil
}

func (c *container) take(token json.Token) error {
	if c.names == nil {
		return nil
	}
	isName := c.nameNext
	c.nameNext = !isName
	if !isName {
		return nil
	}
	name, _ := token.(string)
	folded := strings.ToLower(strings.ToUpper(name)) // both ways, as encoding/json folds the long s and the Kelvin sign
	if c.names[folded] {
		return fmt.Errorf("member %q appears twice", name)
	}
	c.names[folded] = true
	return nil
}

// decodeBase64URL decodes base64url without padding, in the one spelling RFC 7515 2 allows: Go's decoder alone would
// skip line breaks and, without Strict, ignore set bits behind the end.
func decodeBase64URL(s string) ([]byte, error) {
	return decodeExactly(base64.RawURLEncoding, s, "base64url without padding")
}

// decodeBase64 decodes standard base64 with padding, as x5c is written (RFC 7517 4.7).
func decodeBase64(s string) ([]byte, error) {
	return decodeExactly(base64.StdEncoding, s, "standard base64 with padding")
}

func decodeExactly(encoding *base64.Encoding, s, name string) ([]byte, error) {
	out, err := encoding.Strict().DecodeString(s)
	if err != nil || strings.ContainsAny(s, "\r\n") {
		return nil, fmt.Errorf("%w: expected %s", ErrMalformed, name)
	}
	return out, nil
}
