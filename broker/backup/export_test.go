package backup

import "testing"

// DigestOf is the digest of a file as the lists have it.
func DigestOf(t *testing.T, path string) string {
	t.Helper()
	digest, _, err := digestFile(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	return digest
}
