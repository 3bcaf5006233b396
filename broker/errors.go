package broker

import (
	"errors"
	"fmt"
)

// Kind says of which sort an error is. A Kind is itself an error, so callers write errors.Is(err, broker.NotFound).
// api/problem maps kinds to HTTP statuses; nothing else does.
type Kind string

// The kinds. An error without a Kind is Internal and says nothing outside.
const (
	Invalid          Kind = "invalid"           // the input breaks a rule of shape
	Unauthenticated  Kind = "unauthenticated"   // nobody, or not who they say
	Forbidden        Kind = "forbidden"         // known, but not allowed
	NotFound         Kind = "not found"         // absent, or not to be known of
	Conflict         Kind = "conflict"          // not in this state
	TooLarge         Kind = "too large"         // over a limit
	UnsupportedMedia Kind = "unsupported media" // wrong content type
	Unprocessable    Kind = "unprocessable"     // well-formed, but it cannot be done
	RateLimited      Kind = "rate limited"      // later, please
	Unavailable      Kind = "unavailable"       // we cannot now; a repeat may help
	Internal         Kind = "internal"          // our fault
)

// Error implements error.
func (k Kind) Error() string { return string(k) }

// New makes an error of kind k. code is the stable last part of the problem's type URI ("submission-not-found");
// the detail says what was expected and is shown to the caller, so it must not contain secrets or content.
func (k Kind) New(code, detail string, args ...any) *Error {
	return &Error{Kind: k, Code: code, Detail: fmt.Sprintf(detail, args...)}
}

// Wrap makes an error of kind k that also carries err for errors.Is and for the log; err's text is not shown outside.
func (k Kind) Wrap(err error, code, detail string, args ...any) *Error {
	e := k.New(code, detail, args...)
	e.Err = err
	return e
}

// Error is what every service returns for what can go wrong by the rules.
type Error struct {
	Kind   Kind
	Code   string // stable; the problem's type
	Detail string // for the caller: what was expected
	Err    error  // for the log; may be nil
}

// Error implements error.
func (e *Error) Error() string {
	if e.Err != nil {
		return fmt.Sprintf("%s: %s: %v", e.Code, e.Detail, e.Err)
	}
	return fmt.Sprintf("%s: %s", e.Code, e.Detail)
}

// Is makes an Error equal to its Kind.
func (e *Error) Is(target error) bool { return target == error(e.Kind) }

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// ErrNoRow is what a Tx returns when the thing asked for is not there. Services turn it into NotFound with the
// code of their noun; a store never has to know wire codes.
var ErrNoRow = errors.New("no such row")

// OrNotFound turns ErrNoRow into NotFound with code and detail, and leaves every other error as it is.
func OrNotFound(err error, code, detail string, args ...any) error {
	if errors.Is(err, ErrNoRow) {
		return NotFound.New(code, detail, args...)
	}
	return err
}
