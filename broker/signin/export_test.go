package signin

import (
	"encoding/base32"
	"testing"
	"time"
)

// CodeAt is what an app shows.
func CodeAt(seed []byte, now time.Time) string { return codeOf(seed, stepAt(now)) }

// DecodeSeed reads a seed as it is typed.
func DecodeSeed(t testing.TB, text string) []byte {
	t.Helper()
	seed, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(text)
	if err != nil || len(seed) != seedBytes {
		t.Fatalf("seed %q: %v", text, err)
	}
	return seed
}
