package hook

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"strings"
	"time"
)

// Names of the HTTP headers of Standard Webhooks, which callbacks carry beside those of the contract. Receivers find libraries for it in
// most languages, and one header holds several signatures, so that two secrets can be good at a time.
const (
	HeaderID               = "webhook-id"        // the same for all attempts at one delivery
	HeaderWebhookTimestamp = "webhook-timestamp" // seconds since 1970, decimal
	HeaderSignature        = "webhook-signature" // "v1," and HMAC-SHA256 in base64; several, separated by spaces
)

// secretPrefix marks secrets that are written as Standard Webhooks has it: the key is what follows, decoded from base64. The key of any other
// secret is its bytes, which the libraries call a raw secret. The contract's HMAC takes the secret as it is written, either way.
const secretPrefix = "whsec_"

const (
	version      = "v1"
	newKey       = 32   // bytes
	maxID        = 256  // bytes
	maxSignature = 4096 // bytes of the header: more than two signatures of any version need
)

// NewSecret returns a secret of 256 random bits that both schemes take.
func NewSecret() string {
	var key [newKey]byte
	rand.Read(key[:])
	return secretPrefix + base64.StdEncoding.EncodeToString(key[:])
}

// SignStandard returns the value of [HeaderSignature] for a call with this id and body at the time at: a signature for each of the
// secrets, which are ones that [CheckSecret] accepted.
func SignStandard(id string, at time.Time, body []byte, secrets ...string) string {
	all := make([]string, len(secrets))
	for i, secret := range secrets {
		all[i] = version + "," + base64.StdEncoding.EncodeToString(standardMAC(secret, id, fmt.Sprint(at.Unix()), body))
	}
	return strings.Join(all, " ")
}

// VerifyStandard checks the three header values of Standard Webhooks of a call that came in at the time now with the raw body. One good
// signature among several is enough. Errors are those of [Verify].
func VerifyStandard(secret, id, timestamp, signatures string, body []byte, now time.Time) error {
	if err := CheckSecret(secret); err != nil {
		return err // an empty secret would let anyone sign
	}
	if id == "" || len(id) > maxID || len(signatures) > maxSignature {
		return fmt.Errorf("%w: expected a %s of 1 to %d bytes and a %s of at most %d", ErrMalformed, HeaderID, maxID, HeaderSignature, maxSignature)
	}
	at, err := parseTimestamp(timestamp)
	if err != nil {
		return err
	}
	if err := checkAge(at, now); err != nil {
		return err
	}
	want := standardMAC(secret, id, timestamp, body)
	for one := range strings.FieldsSeq(signatures) {
		of, encoded, _ := strings.Cut(one, ",")
		got, err := base64.StdEncoding.Strict().DecodeString(encoded)
		if of == version && err == nil && hmac.Equal(got, want) {
			return nil
		}
	}
	return ErrMismatch
}

func standardMAC(secret, id, timestamp string, body []byte) []byte {
	mac := hmac.New(sha256.New, standardKey(secret))
	mac.Write([]byte(id + "." + timestamp + "."))
	mac.Write(body)
	return mac.Sum(nil)
}

// standardKey returns the key of a secret. What carries the prefix and is no base64 was not made for Standard Webhooks: it is taken as it is.
func standardKey(secret string) []byte {
	if encoded, marked := strings.CutPrefix(secret, secretPrefix); marked {
		if key, err := base64.StdEncoding.DecodeString(encoded); err == nil && len(key) > 0 {
			return key
		}
	}
	return []byte(secret)
}
