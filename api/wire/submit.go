package wire

import "bytes"

// Submit is the body of PUT /submissions/{id} (FIT-Connect contract 3.2, 3.5), as a client writes it.
type Submit struct {
	EncryptedMetadata string `json:"encryptedMetadata"`
	EncryptedData     string `json:"encryptedData,omitempty"`
}

// Sealed is a Submit as the broker reads it: nil for what is absent or null.
type Sealed struct{ Metadata, Data []byte }

// ScanSubmit finds the sealed parts in the text of a Submit, as strictly as Check. The parts are pieces of the text wherever
// they hold no escapes, as a JWE never does: nothing of 64 MiB is copied. Control characters inside them are let through, since the alphabet
// of a JWE, which the broker checks anyway, has none. An error is an *Error.
func ScanSubmit(text []byte) (Sealed, error) {
	var parts Sealed
	err := whole(text, func(c *cursor) error {
		return c.object(func(name string) (err error) {
			switch name {
			case "encryptedMetadata":
				parts.Metadata, err = c.sealed(name)
			case "encryptedData":
				parts.Data, err = c.sealed(name)
			default:
				err = c.value()
			}
			return err
		})
	})
	return parts, err
}

// sealed walks a string, or null, and returns what it holds.
func (c *cursor) sealed(name string) ([]byte, error) {
	rest := c.in[c.at:]
	if bytes.HasPrefix(rest, []byte("null")) {
		c.at += len("null")
		return nil, nil
	}
	if c.peek() != '"' {
		return nil, &Error{Member: name, Want: "must be a string that is a compact JWE"}
	}
	end := bytes.IndexByte(rest[1:], '"')
	if end >= 0 && bytes.IndexByte(rest[1:1+end], '\\') < 0 {
		c.at += end + 2
		return rest[1 : 1+end : 1+end], nil
	}
	from := c.at
	if _, err := c.text(); err != nil {
		return nil, err
	}
	return []byte(unescape(c.in[from:c.at])), nil
}
