package seal

import (
	"crypto/rsa"

	"github.com/go-jose/go-jose/v4"
	"github.com/lestrrat-go/jwx/v2/jwa"
	"github.com/lestrrat-go/jwx/v2/jwe"

	"github.com/vierkant/vierkant/crypto/keys"
)

// Open inspects a compact JWE, decrypts it with key and returns the plaintext, at most limit bytes of it; zip is
// inflated after the tag held, and never further than limit. It needs several times the memory of the plaintext; for
// large bodies there is [OpenFile]. Errors: those of [Inspect], [ErrWrongKey], [ErrTooLarge] if the ciphertext is longer
// than that of any plaintext within limit, and [ErrOpen] for everything that fails from there on, inflating to more than
// limit included.
func Open[C string | []byte](key keys.Private, compact C, rules Rules, limit int64) ([]byte, Info, error) {
	info, err := Inspect(compact, rules)
	if err != nil {
		return nil, Info{}, err
	}
	if !info.Header.AddressedTo(key.Public) {
		return nil, Info{}, ErrWrongKey
	}
	if info.Content > mostContent(info.Header, limit) {
		return nil, Info{}, ErrTooLarge
	}
	plaintext, err := decrypt(key.Secret, []byte(compact), info.Content, limit)
	if err != nil {
		return nil, Info{}, ErrOpen
	}
	return plaintext, info, nil
}

// mayBeEmpty is the length in bytes of the longest ciphertext that is expected to hold nothing: without zip it is 0,
// with zip it depends on how the writer ends its stream, 2 to 10 (RFC 1951 3.2.3).
const mayBeEmpty = 16

// decrypt leaves all but the shortest messages to jwx. To jwx an empty plaintext is a failure, so those that may turn
// out empty are for go-jose, whose own bound on inflating (250 kB) lies beyond what so few bytes can become.
func decrypt(key *rsa.PrivateKey, compact []byte, content, limit int64) ([]byte, error) {
	if content > mayBeEmpty {
		return jwe.Decrypt(compact, jwe.WithKey(jwa.RSA_OAEP_256, key), jwe.WithMaxDecompressBufferSize(limit))
	}
	parsed, err := jose.ParseEncryptedCompact(string(compact),
		[]jose.KeyAlgorithm{jose.RSA_OAEP_256}, []jose.ContentEncryption{jose.A256GCM})
	if err != nil {
		return nil, err
	}
	plaintext, err := parsed.Decrypt(key)
	if err == nil && int64(len(plaintext)) > limit {
		err = ErrTooLarge
	}
	return plaintext, err
}
