package keys

import (
	"encoding/json"
	"errors"
	"fmt"
)

const maxSet = 1 << 20 // bytes of a JWKS, some hundred keys with their certificates

// Set is a JSON Web Key Set (RFC 7517 5), as published under /.well-known/jwks.json (FIT-Connect contract 2.6). Key ids are
// distinct within one that was parsed.
type Set struct {
	Keys []Public
}

// ParseSet reads {"keys":[…]} of at most 1 MiB. Keys that are not RSA or not well formed are left out, as RFC 7517 5
// wants: another's new kind of key must not hide the ones that are understood. Errors: [ErrPrivate] if any RSA key has
// a private member, [ErrMalformed] if the set is not one or two keys share an id.
func ParseSet(raw []byte) (Set, error) {
	if len(raw) > maxSet {
		return Set{}, fmt.Errorf("%w: JWKS: expected at most %d bytes, found %d", ErrMalformed, maxSet, len(raw))
	}
	var document struct {
		Keys []json.RawMessage `json:"keys"`
	}
	if err := UnmarshalStrict(raw, &document); err != nil {
		return Set{}, fmt.Errorf("JWKS: %w", err)
	}
	if document.Keys == nil {
		return Set{}, fmt.Errorf("%w: JWKS: expected an array named keys", ErrMalformed)
	}
	var set Set
	for _, one := range document.Keys {
		if err := set.add(one); err != nil {
			return Set{}, fmt.Errorf("JWKS: %w", err)
		}
	}
	return set, nil
}

func (s *Set) add(raw []byte) error {
	key, err := ParsePublic(raw)
	if errors.Is(err, ErrPrivate) {
		return err
	}
	if err != nil {
		return nil // not understood: left out
	}
	if _, twice := s.Lookup(key.KID); twice {
		return fmt.Errorf("%w: two keys with the kid %q", ErrMalformed, key.KID)
	}
	s.Keys = append(s.Keys, key)
	return nil
}

// Lookup returns the first key with the id kid.
func (s Set) Lookup(kid string) (Public, bool) {
	for _, key := range s.Keys {
		if key.KID == kid {
			return key, true
		}
	}
	return Public{}, false
}

// MarshalJSON writes {"keys":[…]}, an empty array if there are none.
func (s Set) MarshalJSON() ([]byte, error) {
	list := s.Keys
	if list == nil {
		list = []Public{}
	}
	return json.Marshal(map[string][]Public{"keys": list})
}

// UnmarshalJSON is [ParseSet].
func (s *Set) UnmarshalJSON(raw []byte) error {
	parsed, err := ParseSet(raw)
	if err != nil {
		return err
	}
	*s = parsed
	return nil
}
