package keys

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/go-jose/go-jose/v4"
	"golang.org/x/text/unicode/norm"
)

// A locked file is how private keys leave the place where they were made, mostly a browser: a JWK Set of private keys, encrypted
// under a passphrase as RFC 7517 7 has it, in JWE's compact form. The key is derived by PBES2-HS512+A256KW (RFC 7518 4.8), the
// content is encrypted by A256GCM. Rejected: PKCS #12, which would take a second format of keys, and whose common readers still expect
// ciphers of the nineties; a format of our own, which nobody else could open.
const (
	lockedContent = "jwk-set+json" // cty, RFC 7517 7
	maxLocked     = 256 << 10      // bytes; two keys with their certificates take about 20 KiB
	maxLockedKeys = 20
)

// LockIterations is how often the passphrase is hashed to make the key: OWASP's figure for PBKDF2 is 600,000 with SHA-256, and less with
// SHA-512, which is used here.
const LockIterations = 600_000

// A file of another program may have fewer or more iterations. Each counts as work for whoever opens it, and too few help who guesses.
const (
	minIterations = 1_000 // RFC 7518 4.8.1.2
	maxIterations = 1_000_000
)

// MinPassphrase is how many characters the passphrase of a locked file has at least.
const MinPassphrase = 12

// What may be wrong with a locked file beside [ErrMalformed].
var (
	// ErrPassphrase is returned when the passphrase is another one, or the file was changed: nobody can tell which.
	ErrPassphrase = errors.New("the passphrase is another one, or the file was changed")
	// ErrShortPassphrase is returned for one with which nothing is locked.
	ErrShortPassphrase = fmt.Errorf("a passphrase has at least %d characters", MinPassphrase)
)

// Lock writes private keys, one to twenty, as a locked file.
func Lock(all []Private, passphrase string) (string, error) {
	if len(all) < 1 || len(all) > maxLockedKeys {
		return "", fmt.Errorf("lock keys: expected 1 to %d, found %d", maxLockedKeys, len(all))
	}
	if utf8.RuneCountInString(passphrase) < MinPassphrase {
		return "", ErrShortPassphrase
	}
	set, err := json.Marshal(map[string][]Private{"keys": all})
	if err != nil {
		return "", fmt.Errorf("lock keys: %w", err)
	}
	to := jose.Recipient{Algorithm: jose.PBES2_HS512_A256KW, Key: secretOf(passphrase), PBES2Count: LockIterations}
	encrypter, err := jose.NewEncrypter(jose.A256GCM, to, new(jose.EncrypterOptions).WithContentType(lockedContent))
	if err != nil {
		return "", fmt.Errorf("lock keys: %w", err)
	}
	sealed, err := encrypter.Encrypt(set)
	if err != nil {
		return "", fmt.Errorf("lock keys: %w", err)
	}
	return sealed.CompactSerialize()
}

// secretOf is the passphrase in the one spelling that all keyboards agree on: some write ä as one character, others as two.
func secretOf(passphrase string) []byte { return norm.NFC.Bytes([]byte(passphrase)) }

// IsLocked reports whether raw looks like a locked file rather than a JWK: an encoded header and four dots.
func IsLocked(raw []byte) bool {
	raw = bytes.TrimSpace(raw)
	return bytes.HasPrefix(raw, []byte("eyJ")) && bytes.Count(raw, []byte(".")) == 4
}

// Unlock opens a locked file. Errors: [ErrPassphrase], else [ErrMalformed]; neither quotes what is inside.
func Unlock(raw []byte, passphrase string) ([]Private, error) {
	text := string(bytes.TrimSpace(raw))
	if err := checkLocked(text); err != nil {
		return nil, fmt.Errorf("locked file: %w", err)
	}
	sealed, err := jose.ParseEncryptedCompact(text, []jose.KeyAlgorithm{jose.PBES2_HS512_A256KW}, []jose.ContentEncryption{jose.A256GCM})
	if err != nil {
		return nil, fmt.Errorf("%w: locked file: expected five parts in base64url", ErrMalformed)
	}
	set, err := sealed.Decrypt(secretOf(passphrase))
	if err != nil {
		return nil, ErrPassphrase
	}
	return parsePrivateSet(set)
}

// lockedHeader is what the header of a locked file says. Members that it must not have are read to be refused.
type lockedHeader struct {
	Alg   string          `json:"alg"`
	Enc   string          `json:"enc"`
	Cty   string          `json:"cty"`
	Count int             `json:"p2c"`
	Zip   json.RawMessage `json:"zip"`
	Crit  json.RawMessage `json:"crit"`
}

// checkLocked refuses, before anything is computed, what is no locked file or costs too much to open.
func checkLocked(text string) error {
	if len(text) > maxLocked {
		return fmt.Errorf("%w: expected at most %d bytes, found %d", ErrMalformed, maxLocked, len(text))
	}
	encoded, _, _ := strings.Cut(text, ".")
	raw, err := decodeBase64URL(encoded)
	if err != nil {
		return err
	}
	var h lockedHeader
	if err := UnmarshalStrict(raw, &h); err != nil {
		return err
	}
	switch {
	case h.Alg != string(jose.PBES2_HS512_A256KW) || h.Enc != string(jose.A256GCM):
		return fmt.Errorf("%w: expected alg %s and enc %s, found %q and %q", ErrMalformed, jose.PBES2_HS512_A256KW, jose.A256GCM, h.Alg, h.Enc)
	case h.Cty != lockedContent && h.Cty != "application/"+lockedContent:
		return fmt.Errorf("%w: expected cty %s, found %q", ErrMalformed, lockedContent, h.Cty)
	case h.Count < minIterations || h.Count > maxIterations:
		return fmt.Errorf("%w: expected p2c from %d to %d, found %d", ErrMalformed, minIterations, maxIterations, h.Count)
	case h.Zip != nil || h.Crit != nil:
		return fmt.Errorf("%w: expected neither zip nor crit", ErrMalformed)
	}
	return nil
}

// parsePrivateSet reads {"keys":[…]}, all of whose keys must be private and understood: they are somebody's own.
func parsePrivateSet(raw []byte) ([]Private, error) {
	var document struct {
		Keys []json.RawMessage `json:"keys"`
	}
	if err := UnmarshalStrict(raw, &document); err != nil {
		return nil, fmt.Errorf("locked JWKS: %w", err)
	}
	if n := len(document.Keys); n < 1 || n > maxLockedKeys {
		return nil, fmt.Errorf("%w: locked JWKS: expected 1 to %d keys, found %d", ErrMalformed, maxLockedKeys, n)
	}
	all := make([]Private, len(document.Keys))
	for n, one := range document.Keys {
		key, err := ParsePrivate(one)
		if err != nil {
			return nil, fmt.Errorf("locked JWKS: keys[%d]: %w", n, err)
		}
		all[n] = key
	}
	return all, nil
}
