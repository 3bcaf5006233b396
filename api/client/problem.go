package client

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/vierkant/vierkant/api/wire"
)

// Kinds of refusals, for errors.Is: a [*Problem] is one of them by its status.
var (
	ErrUnauthorized = errors.New("unauthorized")  // 401: the credentials are wrong, or the client was disabled
	ErrForbidden    = errors.New("forbidden")     // 403: for example not assigned to the destination
	ErrNotFound     = errors.New("not found")     // 404: unknown, not yours, or in a state in which it cannot be fetched
	ErrConflict     = errors.New("conflict")      // 409: the submission is in another state; it may be decided already
	ErrUnacceptable = errors.New("unprocessable") // 422: well-formed, but not acceptable
)

// Problem is an answer that is not a success: a problem document (RFC 9457), an error of the token service (RFC 6749 5.2: its
// code as Title, its description as Detail), or, for an answer that is neither, what its status says. Texts are those of the
// server, cut off and without control characters.
type Problem struct {
	Type     string // URI, "" if the answer had none
	Title    string
	Status   int // of the answer; what the document says of itself does not count
	Detail   string
	Instance string

	Request    string        // what was asked for, like "PUT /submission-api/v2/submissions/…"
	RetryAfter time.Duration // how long the server asks to wait, 0 if it does not
}

// Error names request, status and what the server said.
func (p *Problem) Error() string {
	text := fmt.Sprintf("%s: %d %s", p.Request, p.Status, p.Title)
	if p.Detail != "" {
		text += ": " + p.Detail
	}
	if p.Type != "" && p.Type != "about:blank" {
		text += " (" + p.Type + ")"
	}
	return text
}

// Is tells the kind.
func (p *Problem) Is(kind error) bool {
	switch p.Status {
	case http.StatusUnauthorized:
		return kind == ErrUnauthorized
	case http.StatusForbidden:
		return kind == ErrForbidden
	case http.StatusNotFound:
		return kind == ErrNotFound
	case http.StatusConflict:
		return kind == ErrConflict
	case http.StatusUnprocessableEntity:
		return kind == ErrUnacceptable
	}
	return false
}

// Retryable reports whether the same call may succeed later: the server was busy or broken (408, 429, 500, 502, 503, 504), or
// there was no whole answer, for example because nobody listens. [Problem.RetryAfter] tells how much later. It does not say that
// repeating is harmless: an event may have arrived, and a second announcement is one more. After an [*UnconfirmedError] it is not, so that is never worth
// the same call.
func Retryable(err error) bool {
	var (
		unconfirmed *UnconfirmedError
		problem     *Problem
		broken      *brokenError
	)
	switch {
	case errors.As(err, &unconfirmed): // what was sent may have arrived
		return false
	case errors.Is(err, context.Canceled): // the caller's own wish
		return false
	case errors.As(err, &problem):
		return retryableStatus(problem.Status)
	case errors.As(err, &broken):
		var certificate *tls.CertificateVerificationError
		return !errors.As(broken, &certificate)
	}
	return false
}

func retryableStatus(status int) bool {
	switch status {
	case http.StatusRequestTimeout, http.StatusTooManyRequests, http.StatusInternalServerError,
		http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return true
	}
	return false
}

// brokenError is a request without a whole answer.
type brokenError struct {
	request string
	err     error
}

func (e *brokenError) Error() string { return e.request + ": " + e.err.Error() }

func (e *brokenError) Unwrap() error { return e.err }

// problemOf reads an answer that is not a success.
func problemOf(a answer, now time.Time) *Problem {
	var document struct {
		wire.Problem
		wire.TokenError
	}
	_ = json.Unmarshal(a.body, &document) // whatever cannot be read stays empty
	return &Problem{
		Type:       printable(document.Type),
		Title:      printable(first(document.Title, document.Error, http.StatusText(a.status))),
		Status:     a.status,
		Detail:     printable(first(document.Detail, document.Description)),
		Instance:   printable(document.Instance),
		Request:    a.request,
		RetryAfter: retryAfter(a.header.Get("Retry-After"), now),
	}
}

func first(texts ...string) string {
	for _, text := range texts {
		if text != "" {
			return text
		}
	}
	return ""
}

// printable bounds a text of the server and takes out what could steer a terminal or forge a line of a log.
func printable(text string) string {
	const most = 500
	text = strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return ' '
		}
		return r
	}, text)
	if len(text) > most {
		return strings.ToValidUTF8(text[:most], "") + "…"
	}
	return text
}

// retryAfter reads seconds or a date (RFC 9110 10.2.3). More seconds than can be counted are very many.
func retryAfter(value string, now time.Time) time.Duration {
	seconds, err := strconv.ParseUint(value, 10, 31)
	if err == nil || errors.Is(err, strconv.ErrRange) {
		return time.Duration(seconds) * time.Second
	}
	if at, err := http.ParseTime(value); err == nil {
		return max(at.Sub(now), 0)
	}
	return 0
}
