package seal

import (
	"errors"
	"fmt"

	"github.com/go-jose/go-jose/v4"

	"github.com/vierkant/vierkant/crypto/keys"
)

const keyBytes = 512 // the contract's parts have fixed lengths because every key has 4096 bits

// Seal encrypts plaintext to key under a fresh content key and returns the compact JWE, with the kid of the key and, if
// it is not empty, cty as the media type of the plaintext. The result obeys all [Rules] that accept this cty. It needs
// several times the memory of plaintext; for large bodies there is [NewWriter]. Whether the key may be trusted is for a
// [keys.Policy] to say; here it must only be a 4096-bit one for RSA-OAEP-256 with a kid.
func Seal(key keys.Public, cty string, plaintext []byte) (string, error) {
	return encrypt(key, cty, jose.NONE, plaintext)
}

// SealDeflated is [Seal] with zip DEF, as clients of the first generation do it; the second forbids it.
func SealDeflated(key keys.Public, cty string, plaintext []byte) (string, error) {
	return encrypt(key, cty, jose.DEFLATE, plaintext)
}

func encrypt(key keys.Public, cty string, zip jose.CompressionAlgorithm, plaintext []byte) (string, error) {
	if err := checkRecipient(key); err != nil {
		return "", err
	}
	options := &jose.EncrypterOptions{Compression: zip}
	if cty != "" {
		options.WithContentType(jose.ContentType(cty))
	}
	recipient := jose.Recipient{Algorithm: jose.RSA_OAEP_256, Key: key.Key, KeyID: key.KID}
	encrypter, err := jose.NewEncrypter(jose.A256GCM, recipient, options)
	if err != nil {
		return "", fmt.Errorf("seal: %w", err)
	}
	sealed, err := encrypter.Encrypt(plaintext)
	if err != nil {
		return "", fmt.Errorf("seal: %w", err)
	}
	return sealed.CompactSerialize()
}

func checkRecipient(key keys.Public) error {
	switch {
	case key.Key == nil || key.For() != keys.Encryption:
		return errors.New("seal: expected a key for RSA-OAEP-256 and wrapKey")
	case key.Key.Size() != keyBytes:
		return fmt.Errorf("seal: expected a key of %d bits, found %d", keyBytes*8, key.Key.N.BitLen())
	case key.KID == "":
		return errors.New("seal: expected a key with a kid")
	}
	return nil
}
