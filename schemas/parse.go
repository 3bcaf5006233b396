package schemas

import (
	"bytes"
	"encoding/json"
	"fmt"

	"github.com/vierkant/vierkant/schemas/strict"
)

// rules keep from the validator what it would compute with for seconds, or not at all. Names that differ in case are two names to it.
var rules = strict.Rules{
	Depth:        64,
	Values:       1 << 16, // each may cost the validator half a kilobyte for an error that nobody reads
	NumberLength: 64,
	Exponent:     308, // as far as a double reaches (RFC 7493, 2.2)
}

// parse reads one strict JSON text. Numbers stay as they were written (json.Number).
func parse(document []byte) (any, error) {
	if err := strict.Check(document, rules); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrSyntax, err)
	}
	decoder := json.NewDecoder(bytes.NewReader(document))
	decoder.UseNumber()
	var value any
	if err := decoder.Decode(&value); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrSyntax, err)
	}
	return value, nil
}
