package client_test

import (
	"crypto/x509"
	"sync"
	"testing"
	"time"

	"github.com/vierkant/vierkant/crypto/keys"
)

// Two key pairs serve all tests: making one takes a second. Where a foreign key is wanted, the other one is it.
var (
	destinationPair = sync.OnceValues(func() (keys.Private, error) { return generate("Musterstadt") })
	servicePair     = sync.OnceValues(func() (keys.Private, error) { return generate("Service") })
)

func generate(subject string) (keys.Private, error) {
	return keys.Generate(keys.Encryption, subject, time.Now().Add(-time.Hour), 24*time.Hour)
}

// as gives a pair another use and id.
func as(t testing.TB, pair func() (keys.Private, error), use keys.Use, kid string) keys.Private {
	t.Helper()
	key, err := pair()
	if err != nil {
		t.Fatal(err)
	}
	key.KID, key.Alg, key.Ops = kid, keys.RSAOAEP256, []string{keys.OpWrapKey}
	if use == keys.Signature {
		key.Alg, key.Ops = keys.PS512, []string{keys.OpVerify}
	}
	key.Chain = append([]*x509.Certificate(nil), key.Chain...)
	return key
}

// pairs are the keys of a test broker.
type pairs struct {
	encryption, signing, service, portal keys.Private
}

func newPairs(t testing.TB) pairs {
	return pairs{
		encryption: as(t, destinationPair, keys.Encryption, "destination-wrapKey"),
		signing:    as(t, destinationPair, keys.Signature, "destination-verify"),
		service:    as(t, servicePair, keys.Signature, "service-verify"),
		portal:     as(t, servicePair, keys.Signature, "portal-verify"),
	}
}
