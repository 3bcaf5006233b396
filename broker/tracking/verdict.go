package tracking

import (
	"bytes"
	"crypto/hmac"
	"errors"
	"slices"
	"strings"

	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/crypto/keys"
	"github.com/vierkant/vierkant/crypto/set"
)

// Verdict says whether an entry of a log holds.
type Verdict string

// The verdicts, what is worst first: of several the first is told.
const (
	Altered        Verdict = "altered"         // it is not what was written: its place in the chain of the log does not hold
	Unreadable     Verdict = "unreadable"      // it is no security event token
	Misplaced      Verdict = "misplaced"       // it says of itself that it is about something else, or by somebody else
	UnknownKey     Verdict = "unknown-key"     // there is no key of the issuer with this name
	WrongSignature Verdict = "wrong-signature" // the signature does not verify with the key
	Pending        Verdict = "pending"         // the broker has not signed it yet; what it says holds
	Verified       Verdict = "verified"        // it verifies with the key that it names
)

// verifier goes through a log in order.
type verifier struct {
	*Tracking
	tx     broker.Tx
	c      broker.Case
	before broker.Event
}

func (v *verifier) event(e broker.Event) (Event, error) {
	linked := hmac.Equal(v.Keyring.Chain().Link(v.before.Chain, e), e.Chain)
	v.before = e
	shown, claims, token := show(e)
	var err error
	switch {
	case !linked:
		shown.Verdict = Altered
	case shown.Issuer == "":
		shown.Verdict = Unreadable
	case !v.placed(e, shown, claims):
		shown.Verdict = Misplaced
	case token == nil:
		shown.Verdict = Pending
	default:
		shown.Verdict, err = v.signature(shown.By, *token)
	}
	return shown, err
}

// placed reports whether an event is about what the log has it for, and its signature over what the broker said.
func (v *verifier) placed(e broker.Event, shown Event, claims set.Claims) bool {
	issuer := v.Issuer
	if shown.By == ByDestination {
		issuer = string(v.c.Destination)
	}
	return claims.Issuer == issuer && claims.Transaction == "case:"+string(v.c.ID) && claims.Subject == e.Subject() &&
		claims.Event == e.Type && strings.EqualFold(claims.ID, string(e.ID)) && sameFact(e, claims)
}

// sameFact reports whether the token of an event of the broker says what was committed before it was signed.
func sameFact(e broker.Event, claims set.Claims) bool {
	if e.Claims == nil || e.Token == "" {
		return true
	}
	fact, err := set.ParseClaims(e.Claims)
	return err == nil && fact.IssuedAt == claims.IssuedAt && bytes.Equal(fact.Payload, claims.Payload)
}

func (v *verifier) signature(by Party, token set.Token) (Verdict, error) {
	key, err := v.key(by, token.KID)
	switch {
	case errors.Is(err, broker.ErrNoRow):
		return UnknownKey, nil
	case err != nil:
		return "", err
	case token.Verify(key) != nil:
		return WrongSignature, nil
	}
	return Verified, nil
}

// key is the one of an issuer that a token names; ErrNoRow if there is none.
func (v *verifier) key(by Party, kid string) (keys.Public, error) {
	if by == ByDestination {
		k, err := v.tx.DestinationKey(v.c.Destination, kid)
		if err == nil && k.Encryption {
			err = broker.ErrNoRow
		}
		if err != nil {
			return keys.Public{}, err
		}
		return keys.ParsePublic(k.JWK)
	}
	return v.own(kid)
}

// own is one of the broker's own keys.
func (t *Tracking) own(kid string) (keys.Public, error) {
	all := t.Keyring.All(broker.ServiceKeys)
	i := slices.IndexFunc(all, func(k broker.ServiceKey) bool { return k.KID == kid })
	if i < 0 {
		return keys.Public{}, broker.ErrNoRow
	}
	return keys.ParsePublic(all[i].Public)
}
