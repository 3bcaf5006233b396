package broker_test

import (
	"testing"

	"github.com/vierkant/vierkant/broker"
)

// What stores have is found by this digest: another one would lose it.
func TestDigest(t *testing.T) {
	t.Parallel()
	const want = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" // FIPS 180-4, example "abc"
	if got := broker.Digest("abc"); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if got := broker.Digest([]byte("abc")); got != want {
		t.Errorf("of bytes: got %s, want %s", got, want)
	}
}

func TestNewSecret(t *testing.T) {
	t.Parallel()
	one, other := broker.NewSecret(), broker.NewSecret()
	if len(one) != 43 || len(other) != 43 || one == other {
		t.Errorf("got %q and %q, want two of 43 characters each", one, other)
	}
}
