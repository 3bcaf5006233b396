package api

import (
	"errors"
	"io"
	"mime"
	"net/http"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/vierkant/vierkant/broker"
)

// A body must come at this rate, after a grace for the way to us and for waiting here.
const (
	grace    = 30 * time.Second
	leastBps = 64 << 10 // bytes per second
)

// body is what a route takes as request body. The zero value is none.
type body struct {
	types   []string // media types; any if there are none
	limit   int64    // bytes
	counted bool     // the service counts for itself while it streams, and says what is too long
}

// admit refuses by the headers what the route does not take, and gives the failures of reading the rest their kind.
func (b body) admit(next echo.HandlerFunc) echo.HandlerFunc {
	if b.limit == 0 {
		return next
	}
	return func(c echo.Context) error {
		r := c.Request()
		if err := b.check(r); err != nil {
			return err
		}
		// Deadlines of connections are on the real clock. A connection that has none, in a test, goes without.
		_ = http.NewResponseController(c.Response()).SetReadDeadline(time.Now().Add(b.allowed(r.ContentLength)))
		// A copy, because the server looks at the Body of its own request to know whether the client still waits to be asked for it.
		own := r.WithContext(r.Context())
		own.Body = b.reader(c.Response().Writer, r.Body)
		c.SetRequest(own)
		return next(c)
	}
}

// allowed is how long a body may take.
func (b body) allowed(length int64) time.Duration {
	if length < 0 {
		length = b.limit
	}
	return grace + time.Duration(length/leastBps)*time.Second
}

func (b body) reader(w http.ResponseWriter, from io.ReadCloser) io.ReadCloser {
	if !b.counted {
		from = http.MaxBytesReader(w, from, b.limit)
	}
	return bodyReader{from}
}

func (b body) check(r *http.Request) error {
	if len(b.types) > 0 && !b.takes(r.Header["Content-Type"]) {
		return broker.UnsupportedMedia.New("", "the content type must be %s", strings.Join(b.types, " or "))
	}
	if encoding := r.Header.Get("Content-Encoding"); encoding != "" && !strings.EqualFold(encoding, "identity") {
		return broker.UnsupportedMedia.New("", "send the body as it is, without Content-Encoding")
	}
	if r.ContentLength > b.limit {
		return tooLarge(b.limit)
	}
	return nil
}

// takes tolerates parameters behind the media type.
func (b body) takes(contentType []string) bool {
	if len(contentType) != 1 {
		return false
	}
	mediaType, _, err := mime.ParseMediaType(contentType[0])
	return err == nil && slices.Contains(b.types, mediaType)
}

func tooLarge(limit int64) error {
	return broker.TooLarge.New("", "the body must have at most %d bytes", limit)
}

// bodyReader says of a body that cannot be read what the client can do about it. Otherwise it would look like a fault of ours.
type bodyReader struct{ io.ReadCloser }

// Read implements io.Reader.
func (b bodyReader) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if err == nil || err == io.EOF {
		return n, err
	}
	return n, bodyError(err)
}

func bodyError(err error) error {
	var tooLong *http.MaxBytesError
	switch {
	case errors.As(err, &tooLong):
		return tooLarge(tooLong.Limit)
	case errors.Is(err, os.ErrDeadlineExceeded):
		return broker.Invalid.Wrap(err, "", "the body came too slowly: send at least %d KiB per second", leastBps>>10)
	}
	return broker.Invalid.Wrap(err, "", "the body ended early or could not be read: send it again")
}
