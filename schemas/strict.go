package schemas

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

const (
	maxDepth    = 64      // arrays and objects within each other
	maxValues   = 1 << 16 // values in a document: each may cost the validator half a kilobyte for an error that nobody reads
	maxNumber   = 64      // characters of a number
	maxExponent = 308     // of a number, as far as a double reaches (RFC 7493, 2.2)
)

// parse reads one strict JSON text. Numbers stay as they were written (json.Number).
func parse(document []byte) (any, error) {
	if !utf8.Valid(document) {
		return nil, fmt.Errorf("%w: must be UTF-8", ErrSyntax)
	}
	// The token reader below trusts the grammar; this judges it, including what comes after the text.
	var whole json.RawMessage
	if err := json.Unmarshal(document, &whole); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrSyntax, err)
	}
	reader := &reader{Decoder: json.NewDecoder(bytes.NewReader(whole)), left: maxValues}
	reader.UseNumber()
	value, err := reader.value(maxDepth)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrSyntax, err)
	}
	return value, nil
}

// reader builds a value token by token, because encoding/json silently takes the last of two members with one name.
type reader struct {
	*json.Decoder
	left int // values that may still come
}

func (r *reader) value(depth int) (any, error) {
	token, err := r.Token()
	if err != nil {
		return nil, err
	}
	if r.left--; r.left < 0 {
		return nil, fmt.Errorf("must have at most %d values", maxValues)
	}
	switch token := token.(type) {
	case json.Delim:
		return r.container(token, depth-1)
	case json.Number:
		return token, checkNumber(token.String())
	}
	return token, nil
}

func (r *reader) container(opening json.Delim, depth int) (any, error) {
	if depth < 0 {
		return nil, fmt.Errorf("must be nested at most %d deep", maxDepth)
	}
	if opening == '[' {
		return r.array(depth)
	}
	return r.object(depth)
}

func (r *reader) array(depth int) (any, error) {
	items := []any{}
	for r.More() {
		item, err := r.value(depth)
		if err != nil {
			return nil, err
		}
		items = append(items, item)
	}
	_, err := r.Token()
	return items, err
}

func (r *reader) object(depth int) (any, error) {
	members := map[string]any{}
	for r.More() {
		token, err := r.Token()
		if err != nil {
			return nil, err
		}
		name, _ := token.(string)
		if _, twice := members[name]; twice {
			return nil, fmt.Errorf("must not have the member %.64q twice", name)
		}
		if members[name], err = r.value(depth); err != nil {
			return nil, err
		}
	}
	_, err := r.Token()
	return members, err
}

// checkNumber refuses what the validator would compute with for seconds, or not at all.
func checkNumber(number string) error {
	if len(number) > maxNumber {
		return fmt.Errorf("a number must have at most %d characters", maxNumber)
	}
	at := strings.IndexAny(number, "eE")
	if at < 0 {
		return nil
	}
	exponent, err := strconv.Atoi(number[at+1:])
	if err != nil || exponent > maxExponent || exponent < -maxExponent {
		return fmt.Errorf("the exponent of a number must be between -%d and %d", maxExponent, maxExponent)
	}
	return nil
}
