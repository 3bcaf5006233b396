package broker

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"

	"github.com/vierkant/vierkant/crypto/keys"
)

// Problem is what is wrong with a part of a draft, and the parts are named as on the wire, like services[0].regions.
type Problem struct {
	Part string
	Err  *Error
}

// NewDestination is all that a destination is made of; its first keys are JWK.
type NewDestination struct {
	DestinationDraft
	Encryption, Signing json.RawMessage
}

// CheckNew tells, before anything is done, all that is wrong with a new destination, by the rules that Create holds, which stops at the first.
func (s *Destinations) CheckNew(ctx context.Context, who Caller, n NewDestination) (all []Problem, err error) {
	if err := who.requireWhole(ScopeManage); err != nil {
		return nil, err
	}
	err = s.Store.View(ctx, func(tx Tx) error {
		all, err = broken(append(n.rules(s.Callbacks, false), s.keyRules(tx, who.Org, n)...))
		return err
	})
	return all, err
}

// CheckChange tells likewise what is wrong with a change, by rules of shape. edit may run more than once.
func (s *Destinations) CheckChange(ctx context.Context, who Caller, id DestinationID, edit func(DestinationDraft) (DestinationDraft, error)) (all []Problem, err error) {
	if err := who.Require(ScopeManage); err != nil {
		return nil, err
	}
	err = s.Store.View(ctx, func(tx Tx) error {
		d, err := s.managed(tx, who, id)
		if err != nil {
			return err
		}
		draft, err := edit(d.draft())
		if err != nil {
			return err
		}
		all, err = broken(draft.rules(s.Callbacks, d.Callback != nil))
		return err
	})
	return all, err
}

// broken is the rules that do not hold.
func broken(rules []partRule) (all []Problem, err error) {
	for _, r := range rules {
		err := r.check()
		var e *Error
		switch {
		case errors.As(err, &e):
			all = append(all, Problem{r.part, e})
		case err != nil:
			return nil, err
		}
	}
	return all, nil
}

func (s *Destinations) keyRules(tx Tx, org OrgID, n NewDestination) []partRule {
	rule := func(field string, jwk json.RawMessage, use keys.Use) partRule {
		return partRule{field, func() error {
			key, err := s.readKey("", field, jwk, use)
			if err != nil {
				return err
			}
			return s.checkOwner(tx, org, field, key)
		}}
	}
	one := rule("encryptionPublicKey", n.Encryption, keys.Encryption)
	other := rule("signingPublicKey", n.Signing, keys.Signature)
	return []partRule{one, other, {"encryptionKid", func() error {
		if one.check() != nil || other.check() != nil {
			return nil // which is said there
		}
		_, err := s.firstKeys("", n.EncryptionKID, n.Encryption, n.Signing)
		return err
	}}}
}

// ReadKey makes a public key, as JWK, of what people have: a JWK, or the certificate chain in PEM that an authority gave them, which says nothing
// of what the key is for. It judges form only; field is what it is called in the error.
func ReadKey(field string, text []byte, use keys.Use) (json.RawMessage, error) {
	parse := keys.ParsePublic
	if bytes.Contains(text, []byte("-----BEGIN")) {
		parse = func(raw []byte) (keys.Public, error) { return keys.ParseCertified(raw, use) }
	}
	public, err := parse(text)
	switch {
	case errors.Is(err, keys.ErrPrivate):
		return nil, privateKey(err, field)
	case err != nil:
		return nil, Invalid.Wrap(err, "bad-request", "%s: %s", field, err)
	}
	return public.MarshalJSON()
}
