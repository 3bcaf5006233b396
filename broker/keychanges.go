package broker

import (
	"context"
	"errors"
	"time"

	"github.com/vierkant/vierkant/crypto/keys"
)

// ActivateKey has a key of a destination take effect: an encryption key is what senders seal to from then on, a signing key what changes are
// signed with. Where the environment wants a second person, it takes effect when that person releases the proposal that is
// made, or at once if statement is the change, signed by the signing key in force (keys.Change). A key that is in force already stays so.
func (s *Destinations) ActivateKey(ctx context.Context, who Caller, id DestinationID, kid, statement string) (a Activation, err error) {
	if err := who.Require(ScopeManage); err != nil {
		return Activation{}, err
	}
	var inForce DestinationKey
	rule := func(tx Tx) (err error) {
		if a.Destination, err = s.managed(tx, who, id); err != nil {
			return err
		}
		if a.Key, err = tx.DestinationKey(id, kid); err != nil {
			return OrNotFound(err, "key-not-found", "the destination has no key %q: add it first", clip(kid))
		}
		if inForce, err = a.Destination.inForce(tx, a.Key.Encryption); err != nil {
			return err
		}
		a.Change = a.Destination.change(a.Key, inForce)
		if err := s.usable(tx, a.Destination, a.Key); err != nil || statement == "" {
			return err
		}
		return s.checkStatement(tx, a.Destination, a.Change, statement)
	}
	return a, s.decide(ctx, rule, func(tx Tx) (err error) {
		a.Proposal = ""
		if inForce.KID == a.Key.KID {
			return nil
		}
		if statement == "" && s.NeedsSecond(a.Destination) {
			a.Proposal, err = s.KeyCare.Propose(tx, who, a.Destination, a.Change)
			return err
		}
		return s.activate(tx, who, &a.Destination, a.Change)
	})
}

// activate writes all of a change that was agreed to.
func (s *Destinations) activate(tx Tx, who Caller, d *Destination, c keys.Change) error {
	was := *d
	if err := s.takeEffect(tx, who, d, c); err != nil {
		return err
	}
	d.Changed = s.Deadline()
	if err := tx.PutDestination(*d); err != nil {
		return err
	}
	return s.note(tx, who, *d, "destination.changed", d.differences(was))
}

// ErrKeysChanged is inside the Conflict of a change that was made for other keys than those in force.
var ErrKeysChanged = errors.New("another key is in force than when the change was made")

// Activate carries out, in the transaction of whoever released it, a change that was proposed. who releases. The change must still be about the
// keys in force, else the Conflict wraps ErrKeysChanged.
func (s *Destinations) Activate(tx Tx, who Caller, c keys.Change) (Destination, error) {
	d, err := tx.Destination(DestinationID(c.Destination))
	if err != nil {
		return d, noDestination(err, DestinationID(c.Destination))
	}
	key, err := tx.DestinationKey(d.ID, c.KID)
	if err != nil {
		return d, err
	}
	inForce, err := d.inForce(tx, key.Encryption)
	if err != nil {
		return d, err
	}
	if now := d.change(key, inForce); !c.Same(now) {
		return d, Conflict.Wrap(ErrKeysChanged, "proposal-outdated", "%s: propose anew", ErrKeysChanged)
	}
	if err := s.usable(tx, d, key); err != nil {
		return d, err
	}
	return d, s.activate(tx, who, &d, c)
}

// checkStatement refuses what is not the wanted change, signed by the destination's signing key in force, lately.
func (s *Destinations) checkStatement(tx Tx, d Destination, wanted keys.Change, statement string) error {
	signer, err := d.inForce(tx, false)
	if err != nil {
		return err
	}
	if signer.Revoked() {
		return Conflict.New("key-revoked", "the certificate of the signing key %s was revoked: its signature changes nothing any more, a second person has to release the change", signer.KID)
	}
	public, err := keys.ParsePublic(signer.JWK)
	if err != nil {
		return err
	}
	said, err := keys.ReadChange(statement, public)
	if err != nil {
		return Unprocessable.Wrap(err, "key-change-not-signed", "the change must be signed by the signing key in force, %s: %s", signer.KID, err)
	}
	if !said.Same(wanted) {
		return Unprocessable.New("key-change-not-signed", "what is signed is another change: expected the key %s with the thumbprint %s for %s, after the one with the thumbprint %s, of the destination %s",
			wanted.KID, wanted.Thumbprint, wanted.Use, wanted.After, wanted.Destination)
	}
	if now := s.Now(); said.Issued.After(now.Add(statementSkew)) || said.Issued.Before(now.Add(-statementAge)) {
		return Unprocessable.New("key-change-not-signed", "the change was signed at %s: sign it anew, it may be carried out for %d days", said.Issued.Format(time.RFC3339), int(statementAge.Hours()/24))
	}
	return nil
}
