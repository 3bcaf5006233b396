package keys

import (
	"encoding/base64"
	"fmt"
	"strings"

	"github.com/vierkant/vierkant/schemas/strict"
)

// UnmarshalStrict decodes one JSON text from a stranger into the value that into points to, as strictly as
// [strict.Check]: of two members of one object whose names are equal or differ in case only, two readers may take
// different ones (RFC 8725 2.4, RFC 7515 4). The caller bounds the length. Unknown members are ignored, as RFC 7517 4
// wants. Errors are [ErrMalformed].
func UnmarshalStrict(raw []byte, into any) error {
	if err := strict.Unmarshal(raw, strict.Rules{FoldCase: true}, into); err != nil {
		return fmt.Errorf("%w: %w", ErrMalformed, err)
	}
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
