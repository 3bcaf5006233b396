package node

import (
	"time"

	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/crypto/keys"
	"github.com/vierkant/vierkant/crypto/token"
)

// ownKeyLifetime is the validity of the self-signed certificates around the broker's own keys. Trust in them comes from the
// address of their key set, not from the certificate; the wire wants one.
const ownKeyLifetime = 10 * 365 * 24 * time.Hour

// keyMakers says how each of the broker's own keys is made: RSA-4096 where the wire demands PS512, ECDSA for tokens,
// which only this broker reads and of which it makes many.
func keyMakers(env string, now func() time.Time) map[broker.KeyUse]func() (broker.KeyPair, error) {
	return map[broker.KeyUse]func() (broker.KeyPair, error){
		broker.ServiceKeys: func() (broker.KeyPair, error) { return makeRSA("Vierkant "+env+" service", now()) },
		broker.PortalKeys:  func() (broker.KeyPair, error) { return makeRSA("Vierkant "+env+" portal", now()) },
		broker.TokenKeys:   makeToken,
	}
}

func makeRSA(subject string, now time.Time) (broker.KeyPair, error) {
	key, err := keys.Generate(keys.Signature, subject, now, ownKeyLifetime)
	if err != nil {
		return broker.KeyPair{}, err
	}
	public, err := key.Public.MarshalJSON()
	return broker.KeyPair{KID: key.KID, Public: public, Private: key.Secret}, err
}

func makeToken() (broker.KeyPair, error) {
	key, err := token.GenerateKey()
	if err != nil {
		return broker.KeyPair{}, err
	}
	kid, public, err := token.PublicJWK(&key.PublicKey)
	return broker.KeyPair{KID: kid, Public: public, Private: key}, err
}
