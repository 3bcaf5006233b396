package broker

import (
	"context"
	"encoding/json"
	"errors"
	"slices"

	"github.com/vierkant/vierkant/crypto/keys"
)

func (s *Destinations) firstKeys(d DestinationID, kid string, encryption, signing json.RawMessage) ([]DestinationKey, error) {
	enc, err := s.readKey(d, "encryptionPublicKey", encryption, keys.Encryption)
	if err != nil {
		return nil, err
	}
	sig, err := s.readKey(d, "signingPublicKey", signing, keys.Signature)
	if err != nil {
		return nil, err
	}
	if enc.KID != kid {
		return nil, badRequest("encryptionKid must be the kid of encryptionPublicKey, %q", clip(enc.KID))
	}
	if enc.KID == sig.KID {
		return nil, badRequest("encryptionPublicKey and signingPublicKey must have different kids")
	}
	return []DestinationKey{enc, sig}, nil
}

// readKey checks a JWK by the policy of the environment. use "" takes the use that the key itself names.
func (s *Destinations) readKey(d DestinationID, field string, jwk json.RawMessage, use keys.Use) (DestinationKey, error) {
	public, err := keys.ParsePublic(jwk)
	if errors.Is(err, keys.ErrPrivate) {
		return DestinationKey{}, privateKey(err, field)
	}
	if err != nil {
		return DestinationKey{}, Invalid.Wrap(err, "bad-request", "%s: %s", field, err)
	}
	if use == "" {
		use = public.For()
	}
	if use == "" {
		return DestinationKey{}, Invalid.New("key-not-allowed", "%s: alg, key_ops and use must agree on what the key is for: RSA-OAEP-256 with wrapKey (use enc), or PS512 with verify (use sig)", field)
	}
	if err := s.Policy.Check(public, use, s.Now()); err != nil {
		return DestinationKey{}, Invalid.Wrap(err, "key-not-allowed", "%s: %s", field, err)
	}
	clean, err := public.MarshalJSON()
	if err != nil {
		return DestinationKey{}, err
	}
	return DestinationKey{
		Destination: d, KID: public.KID, Encryption: use == keys.Encryption,
		Thumbprint: public.Thumbprint(), JWK: clean, Added: s.Now(), Expires: public.Expires(),
	}, nil
}

// privateKey tells a private key from what is no key: its owner has to act.
func privateKey(err error, field string) error {
	return Invalid.Wrap(err, "private-key", "%s is a private key. It was not kept, but it crossed the network: make a new pair, and send only the public half", field)
}

// putKey writes a key that is new.
func (s *Destinations) putKey(tx Tx, d Destination, key DestinationKey) error {
	if err := tx.PutDestinationKey(key); err != nil || s.KeyCare.Added == nil {
		return err
	}
	return s.KeyCare.Added(tx, d, key)
}

// AddKey adds a public key. Adding a key that is there already changes nothing; another key under the same kid is a Conflict, because
// what was signed with the first must stay verifiable.
func (s *Destinations) AddKey(ctx context.Context, who Caller, id DestinationID, jwk json.RawMessage) (key DestinationKey, err error) {
	if err := who.Require(ScopeManage); err != nil {
		return DestinationKey{}, err
	}
	if key, err = s.readKey(id, "key", jwk, ""); err != nil {
		return DestinationKey{}, err
	}
	var d Destination
	known := false
	addable := func(tx Tx) (err error) {
		if d, err = s.managed(tx, who, id); err != nil {
			return err
		}
		all, err := tx.DestinationKeys(id)
		if err != nil {
			return err
		}
		if known, err = knows(all, key); err != nil || known {
			return err
		}
		return s.checkOwner(tx, d.Org, "key", key)
	}
	return key, s.decide(ctx, addable, func(tx Tx) error {
		if known {
			return nil
		}
		if err := s.putKey(tx, d, key); err != nil {
			return err
		}
		return s.note(tx, who, d, "destination.key-added", key.KID)
	})
}

// maxKeys bounds the keys of a destination. They are never removed, and each is looked at when something is sealed for it.
const maxKeys = 100

// knows reports whether a key is among those of a destination, and refuses one that cannot be added to them.
func knows(all []DestinationKey, key DestinationKey) (bool, error) {
	for _, k := range all {
		if k.KID != key.KID {
			continue
		}
		if k.Thumbprint != key.Thumbprint || k.Encryption != key.Encryption {
			return false, Conflict.New("key-exists", "the destination has another key with the kid %q: choose another kid", clip(key.KID))
		}
		return true, nil
	}
	if len(all) >= maxKeys {
		return false, Conflict.New("too-many-keys", "a destination has at most %d keys, and none is ever removed: make a new destination", maxKeys)
	}
	return false, nil
}

// Keys lists the keys of a destination, the encryption key in use first: some clients take the first.
func (s *Destinations) Keys(ctx context.Context, who Caller, id DestinationID) (all []DestinationKey, err error) {
	if err := who.requireToRead(ScopeManage, ScopeSubscribe, ScopeSend); err != nil {
		return nil, err
	}
	var current string
	err = s.Store.View(ctx, func(tx Tx) error {
		d, err := tx.Destination(id)
		if err != nil {
			return noDestination(err, id)
		}
		current = d.EncryptionKID
		all, err = tx.DestinationKeys(id)
		return err
	})
	i := slices.IndexFunc(all, func(k DestinationKey) bool { return k.KID == current })
	if i > 0 {
		first := all[i]
		copy(all[1:i+1], all[:i])
		all[0] = first
	}
	return all, err
}

// Key returns one key to anybody.
func (s *Destinations) Key(ctx context.Context, id DestinationID, kid string) (key DestinationKey, err error) {
	err = s.Store.View(ctx, func(tx Tx) error {
		if _, err := tx.Destination(id); err != nil {
			return noDestination(err, id)
		}
		key, err = tx.DestinationKey(id, kid)
		return OrNotFound(err, "key-not-found", "the destination has no key %q", clip(kid))
	})
	return key, err
}
