package api

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/vierkant/vierkant/api/auth"
	"github.com/vierkant/vierkant/api/problem"
	"github.com/vierkant/vierkant/api/wire"
	"github.com/vierkant/vierkant/broker"
)

// label names a route; see Config.Observe.
type label struct{ method, path string }

const (
	unmatched     = "unmatched"
	requestHeader = "X-Request-Id"
)

// observe is around everything: see the package.
func (s *surface) observe(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		began := s.cfg.Now()
		w := newRecorder(c.Response().Writer, s.cfg.Grace)
		w.open(c.Request())
		c.Response().Writer = w
		id := broker.NewID[string]()
		s.setHeaders(w.Header(), id)
		var outcome problem.Outcome
		if err := guarded(next, c); err != nil {
			outcome = s.refuse(c, err)
		}
		if w.status != 0 {
			outcome.Status = w.status
		}
		s.report(c, id, outcome, s.cfg.Now().Sub(began))
		return nil
	}
}

// guarded makes a panic of a handler an error.
func guarded(next echo.HandlerFunc, c echo.Context) (err error) {
	defer func() {
		if caught := recover(); caught != nil {
			err = fmt.Errorf("panic: %v\n%s", caught, debug.Stack())
		}
	}()
	return next(c)
}

// report writes the one line of a request and tells the metrics.
func (s *surface) report(c echo.Context, id string, outcome problem.Outcome, took time.Duration) {
	route, known := s.labels[label{c.Request().Method, c.Path()}]
	if !known {
		route = unmatched
	}
	if s.cfg.Observe != nil {
		s.cfg.Observe(route, outcome.Status, took)
	}
	level := slog.LevelInfo
	attributes := []slog.Attr{
		slog.String("route", route), slog.Int("status", outcome.Status), slog.Duration("took", took), slog.String("request", id),
	}
	if who := auth.Caller(c); who.Client != "" {
		attributes = append(attributes, slog.String("client", string(who.Client)))
	} else if who.Person != "" {
		attributes = append(attributes, slog.String("person", string(who.Person)))
	}
	if outcome.Code != "" {
		attributes = append(attributes, slog.String("code", outcome.Code))
	}
	if outcome.Fault != nil {
		level = slog.LevelError
		attributes = append(attributes, slog.String("error", outcome.Fault.Error()))
	}
	s.line(c.Request().Context(), level, attributes)
}

// line writes the line of a request without looking for where in the program it is written, which is always here.
func (s *surface) line(ctx context.Context, level slog.Level, attributes []slog.Attr) {
	handler := s.cfg.Log.Handler()
	if !handler.Enabled(ctx, level) {
		return
	}
	record := slog.NewRecord(s.cfg.Now(), level, "request", 0)
	record.AddAttrs(attributes...)
	_ = handler.Handle(ctx, record) // as slog itself has it: there is nowhere to tell that a line cannot be written
}

// headersFor are the headers of every answer. What is sent here is data for programs: no browser shall guess, frame or keep it.
func headersFor(publicURL string) http.Header {
	h := http.Header{
		"X-Content-Type-Options":  {"nosniff"},
		"Content-Security-Policy": {"default-src 'none'; base-uri 'none'; frame-ancestors 'none'"},
		"Referrer-Policy":         {"no-referrer"},
		"Cache-Control":           {"no-store"},
	}
	if strings.HasPrefix(publicURL, "https://") {
		h.Set("Strict-Transport-Security", "max-age=31536000")
	}
	return h
}

func (s *surface) setHeaders(h http.Header, id string) {
	for name, values := range s.headers {
		h[name] = values
	}
	h[requestHeader] = []string{id}
	if n, told := s.cfg.Broker.Notices.Current(); told {
		h.Set(wire.MaintenanceHeader, wire.Maintenance(n).Header())
	}
}
