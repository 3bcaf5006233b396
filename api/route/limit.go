package route

import (
	"math"
	"net/http"
	"net/netip"
	"strconv"
	"sync"
	"time"

	"github.com/labstack/echo/v4"
)

// maxCallers is how many addresses a window tells apart; one takes some fifty bytes.
const maxCallers = 100_000

// window counts requests per caller in fixed windows of time.
type window struct {
	requests int
	length   time.Duration
	now      func() time.Time

	mu     sync.Mutex // guards what follows
	ends   time.Time
	counts map[netip.Addr]int
}

// count counts one request and says how many the caller has left, -1 if this one was too many, and for how long the window lasts.
func (w *window) count(caller netip.Addr) (left int, rest time.Duration) {
	now := w.now()
	w.mu.Lock()
	defer w.mu.Unlock()
	if !now.Before(w.ends) || w.ends.Sub(now) > w.length {
		w.ends = now.Add(w.length)
		w.counts = make(map[netip.Addr]int)
	}
	if _, known := w.counts[caller]; !known && len(w.counts) >= maxCallers {
		caller = netip.Addr{}
	}
	if w.counts[caller] >= w.requests {
		return -1, w.ends.Sub(now)
	}
	w.counts[caller]++
	return w.requests - w.counts[caller], w.ends.Sub(now)
}

// Limit counts a request and refuses it beyond the limit: 429 with an empty JSON object (FIT-Connect contract 5.1).
func (s *Service) Limit(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		left, rest := s.window.count(network(s.trust.callerOf(c.Request())))
		reset := strconv.Itoa(max(1, int(math.Ceil(rest.Seconds()))))
		h := c.Response().Header()
		h.Set("RateLimit-Limit", strconv.Itoa(s.window.requests))
		h.Set("RateLimit-Remaining", strconv.Itoa(max(0, left)))
		h.Set("RateLimit-Reset", reset)
		if left < 0 {
			h.Set("Retry-After", reset)
			return c.JSONBlob(http.StatusTooManyRequests, []byte("{}"))
		}
		return next(c)
	}
}
