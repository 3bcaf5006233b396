package route

import (
	"io"
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/vierkant/vierkant/api/wire"
	"github.com/vierkant/vierkant/broker"
)

// Snapshot is GET /snapshot: all routes with the portal's signature, for senders to keep for the time when nobody answers here.
func (s *Service) Snapshot(c echo.Context) error {
	current, err := s.snapshots.get(s.routes.View())
	if err != nil {
		return err
	}
	h, body := c.Response().Header(), current.plain
	h.Set("Vary", "Accept-Encoding")
	if takesGzip(c.Request().Header) {
		body = current.zipped
		h.Set("Content-Encoding", "gzip")
	}
	h.Set("ETag", body.etag)
	if names(c.Request().Header.Values("If-None-Match"), body.etag) {
		h.Del("Content-Encoding")
		return c.NoContent(http.StatusNotModified)
	}
	h.Set(echo.HeaderContentType, wire.SnapshotType)
	h.Set(echo.HeaderContentLength, body.length())
	c.Response().WriteHeader(http.StatusOK)
	if c.Request().Method == http.MethodHead {
		return nil
	}
	_, err = io.Copy(c.Response().Writer, body.reader())
	return err
}

// takesGzip reads Accept-Encoding as far as it takes to know what every client of ours and every browser says.
func takesGzip(h http.Header) bool {
	for coding := range strings.SplitSeq(strings.Join(h.Values("Accept-Encoding"), ","), ",") {
		name, weight, _ := strings.Cut(strings.TrimSpace(coding), ";")
		if strings.EqualFold(strings.TrimSpace(name), "gzip") {
			return strings.Trim(strings.TrimPrefix(strings.TrimSpace(weight), "q="), "0.") != "" || weight == ""
		}
	}
	return false
}

// names reports whether If-None-Match has a tag (RFC 9110 13.1.2).
func names(values []string, etag string) bool {
	for one := range strings.SplitSeq(strings.Join(values, ","), ",") {
		if one = strings.TrimPrefix(strings.TrimSpace(one), "W/"); one == etag || one == "*" {
			return true
		}
	}
	return false
}

func lineOf(r *broker.Route) wire.SnapshotRoute {
	line := wire.SnapshotRoute{
		ID: string(r.ID), Priority: r.Priority, From: r.From.UTC(), Until: r.Until.UTC(), Offline: r.Offline, Route: routeOf(r),
		Coverage: make([]wire.Coverage, len(r.Coverage)),
	}
	for i, c := range r.Coverage {
		line.Coverage[i] = wire.Coverage(c)
	}
	return line
}
