package problem

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"syscall"

	"github.com/labstack/echo/v4"

	"github.com/vierkant/vierkant/api/wire"
	"github.com/vierkant/vierkant/broker"
)

// MediaType is the content type of a problem document.
const MediaType = "application/problem+json"

// StatusClientGone stands in the log for a request whose client went away before the answer. It is never sent.
const StatusClientGone = 499

// Outcome is what became of an error.
type Outcome struct {
	Status int
	Code   string // last part of the problem's type; "" when the client went away
	Fault  error  // set when the error is ours and belongs into the log
}

// Folder is where the pages about problems are, below the public URL of an environment.
const Folder = "/docs/problems/"

// Writer answers requests with problem documents. Pages is the address of Folder in this environment.
type Writer struct{ Pages string }

// Page is the address that tells the meaning of a code.
func (w Writer) Page(code string) string { return w.Pages + code }

// Type is the URI of a code: a name of the contract, or the address of its page.
func (w Writer) Type(code string) string {
	if m, known := MeaningOf(code); known && m.Contract {
		return Base + code
	}
	return w.Page(code)
}

// Write answers a request with the problem document for err, unless an answer has begun already or nobody waits for it. It logs
// nothing.
func (w Writer) Write(c echo.Context, err error) Outcome {
	outcome := Judge(c.Request(), err)
	if outcome.Status != StatusClientGone && !c.Response().Committed {
		e, status := Classify(err)
		w.write(c, e, status)
	}
	return outcome
}

// Judge returns what becomes of an error, however it is told.
func Judge(r *http.Request, err error) Outcome {
	if gone(r, err) {
		return Outcome{Status: StatusClientGone}
	}
	e, status := Classify(err)
	outcome := Outcome{Status: status, Code: e.Code}
	if status >= http.StatusInternalServerError && !intended(e.Code) {
		outcome.Fault = err
	}
	return outcome
}

// intended reports whether an answer above 499 is one that the service means to give.
func intended(code string) bool { return code == Busy || code == maintenance || code == rehearsal }

// gone reports whether the client went away or does not take the answer. A body that breaks off has an error of the rules that says so.
func gone(r *http.Request, err error) bool {
	if errors.Is(err, context.Canceled) {
		return r.Context().Err() != nil
	}
	var known *broker.Error
	return !errors.As(err, &known) &&
		(errors.Is(err, os.ErrDeadlineExceeded) || errors.Is(err, syscall.EPIPE) || errors.Is(err, syscall.ECONNRESET))
}

// Classify gives every error a code that is set and a status. What is ours to mend says nothing.
func Classify(err error) (broker.Error, int) {
	var e broker.Error
	var known *broker.Error
	var framework *echo.HTTPError
	var malformed *wire.Error
	var tooLong *http.MaxBytesError
	switch {
	case errors.As(err, &known):
		e = *known
	case errors.As(err, &framework):
		return ofFramework(framework)
	case errors.As(err, &malformed):
		e = *broker.Invalid.New("", "%s", malformed)
	case errors.As(err, &tooLong):
		e = *broker.TooLarge.New("", "the body must have at most %d bytes", tooLong.Limit)
	case errors.Is(err, context.DeadlineExceeded):
		e = *broker.Unavailable.New("", "the service is overloaded, try again later")
	default:
		e.Kind = broker.Internal
	}
	a, ok := answers[e.Kind]
	if !ok {
		e.Kind, a = broker.Internal, answers[broker.Internal]
	}
	if e.Kind == broker.Internal {
		e.Code, e.Detail = "", ""
	}
	if e.Code == "" {
		e.Code = a.code
	}
	return e, a.status
}

// ofFramework is for what is refused by HTTP alone: a path that no route has, a method that the path does not take, a condition that does
// not hold. All but the first have no kind, since no service can mean them.
func ofFramework(refused *echo.HTTPError) (broker.Error, int) {
	if code, ok := frameworkCode[refused.Code]; ok {
		return broker.Error{Code: code, Detail: frameworkDetail[refused.Code]}, refused.Code
	}
	for kind, a := range answers {
		if a.status == refused.Code {
			return broker.Error{Kind: kind, Code: a.code, Detail: frameworkDetail[a.status]}, a.status
		}
	}
	internal := answers[broker.Internal]
	return broker.Error{Kind: broker.Internal, Code: internal.code}, internal.status
}

func (w Writer) write(c echo.Context, e broker.Error, status int) {
	h := c.Response().Header()
	h.Del("Content-Length")
	h.Del("Location")
	h.Del("ETag")
	h.Del("Repr-Digest")
	h.Set("Content-Type", MediaType)
	h.Set("Cache-Control", "no-store")
	h.Set("Link", "<"+w.Page(e.Code)+`>; rel="help"`)
	if status == http.StatusUnauthorized && h.Get("WWW-Authenticate") == "" {
		h.Set("WWW-Authenticate", "Bearer")
	}
	if retry := answers[e.Kind].retry; retry != "" && h.Get("Retry-After") == "" {
		h.Set("Retry-After", retry)
	}
	document, err := json.Marshal(wire.Problem{
		Type: w.Type(e.Code), Title: title(e.Code, status), Status: status, Detail: e.Detail,
		Instance: instance(h.Get(echo.HeaderXRequestID)),
	})
	if err == nil {
		_ = c.Blob(status, MediaType, document) // a client that is gone reads no error either
	}
}

func title(code string, status int) string {
	if m, known := MeaningOf(code); known {
		return m.Title
	}
	return http.StatusText(status)
}

// instance names this one occurrence, so that a client can ask about it.
func instance(requestID string) string {
	if requestID == "" {
		return ""
	}
	return fmt.Sprintf("urn:uuid:%s", requestID)
}
