package submission

import (
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/vierkant/vierkant/broker"
)

// serve answers with an attachment or the part of it that is asked for (RFC 9110 13, 14), with the digest of the whole (RFC 9530). Where http.ServeContent would refuse in words
// of its own, the answer is an error like all others.
func serve(c echo.Context, sealed broker.Sealed, content io.ReadSeeker) error {
	h := c.Response().Header()
	h.Set("Content-Type", MediaType)
	h.Set("ETag", etag(sealed))
	if sealed.Digest != nil {
		h.Set("Repr-Digest", "sha-256=:"+base64.StdEncoding.EncodeToString(sealed.Digest)+":")
	}
	w := &refusable{ResponseWriter: c.Response().Writer}
	http.ServeContent(w, c.Request(), "", time.Time{}, content)
	switch w.refused {
	case 0:
		return nil
	case http.StatusRequestedRangeNotSatisfiable:
		h.Set("Content-Range", fmt.Sprintf("bytes */%d", sealed.Body.Size))
	}
	return echo.NewHTTPError(w.refused)
}

// etag is strong: other bytes have another digest (RFC 9110 8.8.3). What was taken in without a digest is told by its authentication tag.
func etag(sealed broker.Sealed) string {
	if sealed.Digest == nil {
		return `"` + sealed.Tag + `"`
	}
	return `"` + base64.RawURLEncoding.EncodeToString(sealed.Digest) + `"`
}

// refusable holds a refusal back. It passes ReadFrom on, so that the kernel copies the file.
type refusable struct {
	http.ResponseWriter
	refused int // status
}

// WriteHeader implements http.ResponseWriter.
func (r *refusable) WriteHeader(status int) {
	if status >= http.StatusBadRequest {
		r.refused = status
		return
	}
	r.ResponseWriter.WriteHeader(status)
}

// Write implements io.Writer.
func (r *refusable) Write(p []byte) (int, error) {
	if r.refused != 0 {
		return len(p), nil
	}
	return r.ResponseWriter.Write(p)
}

// ReadFrom implements io.ReaderFrom.
func (r *refusable) ReadFrom(src io.Reader) (int64, error) { return io.Copy(r.ResponseWriter, src) }
