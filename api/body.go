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

// body is what a route takes as request body. The zero value is none.
type body struct {
	types    []string // media types; any if there are none
	limit    int64    // bytes
	rate     int64    // bytes per second that it has to come at, after the grace; 0 is leastBps
	optional bool     // it may be missing
	counted  bool     // the service counts for itself while it streams, and says what is too long
}

// admit refuses by the headers what the route does not take, and gives the failures of reading the rest their kind.
func (b body) admit(grace time.Duration, next echo.HandlerFunc) echo.HandlerFunc {
	if b.limit == 0 {
		return next
	}
	if b.rate == 0 {
		b.rate = leastBps
	}
	return func(c echo.Context) error {
		r := c.Request()
		if err := b.check(r); err != nil {
			return err
		}
		// A copy, because the server looks at the Body of its own request to know whether the client still waits to be asked for it.
		own := r.WithContext(r.Context())
		own.Body = b.reader(c.Response().Writer, r, grace)
		c.SetRequest(own)
		return next(c)
	}
}

func (b body) reader(w http.ResponseWriter, r *http.Request, grace time.Duration) io.ReadCloser {
	from := r.Body
	if !b.counted {
		from = http.MaxBytesReader(w, from, b.limit)
	}
	return &bodyReader{
		ReadCloser: from, control: http.NewResponseController(w), pace: pace{grace: grace, rate: b.rate}, ended: r.ContentLength == 0,
	}
}

func (b body) check(r *http.Request) error {
	if b.optional && r.ContentLength == 0 && len(r.Header["Content-Type"]) == 0 {
		return nil
	}
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

// bodyReader keeps a body moving, and says of one that cannot be read what the client can do about it. Otherwise it would look like a
// fault of ours.
type bodyReader struct {
	io.ReadCloser
	control *http.ResponseController
	pace    pace
	ended   bool // from here on the server reads on, to learn that the client is gone: without a deadline
}

// Read implements io.Reader.
func (b *bodyReader) Read(p []byte) (int, error) {
	began := time.Now()
	if !b.ended {
		deadline := b.pace.deadline(began, 0)
		_ = b.control.SetReadDeadline(deadline)
		_ = b.control.SetWriteDeadline(deadline) // the first read may say 100 Continue
	}
	n, err := b.ReadCloser.Read(p)
	b.pace.moved(time.Since(began), int64(n))
	if err == nil {
		return n, nil
	}
	b.ended = true
	if err == io.EOF {
		return n, err
	}
	return n, b.explain(err)
}

func (b *bodyReader) explain(err error) error {
	var tooLong *http.MaxBytesError
	switch {
	case errors.As(err, &tooLong):
		return tooLarge(tooLong.Limit)
	case errors.Is(err, os.ErrDeadlineExceeded):
		return broker.Invalid.Wrap(err, "", "the body came too slowly: send at least %d KiB per second", b.pace.rate>>10)
	}
	return broker.Invalid.Wrap(err, "", "the body ended early or could not be read: send it again")
}
