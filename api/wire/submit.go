package wire

import "github.com/vierkant/vierkant/schemas/strict"

// Submit is the body of PUT /submissions/{id} (FIT-Connect contract 3.2, 3.5), as a client writes it.
type Submit struct {
	EncryptedMetadata string `json:"encryptedMetadata"`
	EncryptedData     string `json:"encryptedData,omitempty"`
}

// Sealed is a Submit as the broker reads it: nil for what is absent or null.
type Sealed struct{ Metadata, Data []byte }

// ScanSubmit finds the sealed parts in the text of a Submit, as strictly as Check. The parts are pieces of the text wherever they hold no
// escapes, as a JWE never does: nothing of 64 MiB is copied. Control characters inside them are let through, since the alphabet of a JWE,
// which the broker checks anyway, has none. An error is an *Error.
func ScanSubmit(text []byte) (Sealed, error) {
	var parts Sealed
	err := strict.Members(text, rules, func(name []byte, value strict.Value) (err error) {
		switch string(name) {
		case "encryptedMetadata":
			parts.Metadata, err = sealed("encryptedMetadata", value)
		case "encryptedData":
			parts.Data, err = sealed("encryptedData", value)
		}
		return err
	})
	return parts, inBody(err)
}

func sealed(name string, value strict.Value) ([]byte, error) {
	part, ok, err := value.Text()
	if !ok {
		return nil, &Error{Member: name, Want: "must be a string that is a compact JWE"}
	}
	return part, err
}
