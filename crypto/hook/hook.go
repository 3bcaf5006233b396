// Package hook authenticates callbacks (FIT-Connect contract 9): the broker signs each POST with a secret that it shares with
// the receiver, and the receiver checks it before it believes a word.
//
// The signature is HMAC-SHA512 over the timestamp, a dot and the raw body, so neither can be exchanged and a recorded
// call is worthless after five minutes. It is made when the call leaves, not when it becomes due: a repeat
// carries a fresh timestamp. The form is the wire contract's; a JWS per call would have cost a private-key operation
// and told the receiver nothing more, since the content is fetched over the API afterwards. Beside it calls carry the
// headers of Standard Webhooks (https://www.standardwebhooks.com), which hold several signatures.
//
// Receivers must hand in the body as it came in, never one that was decoded and encoded again.
package hook

import (
	"crypto/hmac"
	"crypto/sha512"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// Names of the two HTTP headers (FIT-Connect contract 9.1).
const (
	HeaderTimestamp      = "callback-timestamp"      // seconds since 1970, decimal
	HeaderAuthentication = "callback-authentication" // HMAC-SHA512, 128 lower-case hex digits
)

// How far the timestamp of a call may be from the receiver's clock.
const (
	MaxAge   = 5 * time.Minute // into the past (FIT-Connect contract 9.5)
	MaxAhead = time.Minute     // into the future, for clocks that differ
)

const minSecret, maxSecret = 32, 512 // characters (FIT-Connect contract 9.6)

// Why a call is not believed. Each may be wrapped with details that name no secret.
var (
	ErrSecret    = errors.New("callback secret: expected 32 to 512 characters of UTF-8")
	ErrMalformed = errors.New("callback malformed")
	ErrStale     = errors.New("callback timestamp too far from now")
	ErrMismatch  = errors.New("callback authentication does not match")
)

// CheckSecret returns [ErrSecret] unless secret has 32 to 512 characters (FIT-Connect contract 9.6).
func CheckSecret(secret string) error {
	length := utf8.RuneCountInString(secret)
	if length < minSecret || length > maxSecret || !utf8.ValidString(secret) {
		return ErrSecret
	}
	return nil
}

// Sign returns the values of [HeaderTimestamp] and [HeaderAuthentication] for a call with this body at the time at.
// The secret is one that [CheckSecret] accepted.
func Sign(secret string, at time.Time, body []byte) (timestamp, authentication string) {
	timestamp = strconv.FormatInt(at.Unix(), 10)
	return timestamp, authenticate(secret, timestamp, body)
}

func authenticate(secret, timestamp string, body []byte) string {
	mac := hmac.New(sha512.New, []byte(secret))
	mac.Write([]byte(timestamp + "."))
	mac.Write(body)
	return hex.EncodeToString(mac.Sum(nil))
}

// Verify checks the two header values of a call that came in at the time now with the raw body (FIT-Connect contract 9.5). The
// comparison takes the same time wherever the values differ. Errors: [ErrSecret], [ErrMalformed], [ErrStale] (older
// than [MaxAge] or more than [MaxAhead] ahead), [ErrMismatch].
func Verify(secret, timestamp, authentication string, body []byte, now time.Time) error {
	if err := CheckSecret(secret); err != nil {
		return err // an empty secret would let anyone sign
	}
	at, err := parseTimestamp(timestamp)
	if err != nil {
		return err
	}
	if len(authentication) != hex.EncodedLen(sha512.Size) || strings.Trim(authentication, "0123456789abcdef") != "" {
		return fmt.Errorf("%w: %s: expected 128 lower-case hex digits", ErrMalformed, HeaderAuthentication)
	}
	if err := checkAge(at, now); err != nil {
		return err
	}
	if !hmac.Equal([]byte(authenticate(secret, timestamp, body)), []byte(authentication)) {
		return ErrMismatch
	}
	return nil
}

func checkAge(at, now time.Time) error {
	if age := now.Sub(at); age > MaxAge || age < -MaxAhead {
		return fmt.Errorf("%w: %s old", ErrStale, age.Truncate(time.Second))
	}
	return nil
}

// parseTimestamp accepts what Sign writes: digits without sign or leading zero, until the year 33658.
func parseTimestamp(timestamp string) (time.Time, error) {
	seconds, err := strconv.ParseUint(timestamp, 10, 64)
	if err != nil || len(timestamp) > 12 || timestamp[0] == '0' {
		return time.Time{}, fmt.Errorf("%w: %s: expected seconds since 1970 as a decimal number", ErrMalformed, HeaderTimestamp)
	}
	return time.Unix(int64(seconds), 0), nil
}
