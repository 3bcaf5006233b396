package api

import (
	"cmp"
	"errors"
	"net/http"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/vierkant/vierkant/api/fair"
	"github.com/vierkant/vierkant/broker"
)

// FairUse is how much one caller may ask of this node; see package fair. Zero fields mean the defaults. Requests are per minute: that
// many at once after a minute's rest, and that many evenly spread without an end.
type FairUse struct {
	ClientReads  int // GET and HEAD of one client, or one person; default 60,000
	ClientWrites int // all else of one client, or one person; default 30,000
	Address      int // from one address without a good access token, fetching tokens too; default 30,000
	Routing      int // to the Routing API from one address; default 6,000

	Uploads       int // attachments beyond 64 KiB that arrive at once; default 1000
	ClientUploads int // of them of one client; default 16
}

// Check refuses what no limit can be.
func (f FairUse) Check() error {
	if min(f.ClientReads, f.ClientWrites, f.Address, f.Routing, f.Uploads, f.ClientUploads) < 0 {
		return errors.New("fair use: no limit can be negative; leave it out for the default")
	}
	return nil
}

// withDefaults fills in the limits of requests; package submission knows those of uploads.
func (f FairUse) withDefaults() FairUse {
	const reads, writes, unknown, routing = 60_000, 30_000, 30_000, 6000
	f.ClientReads, f.ClientWrites = cmp.Or(f.ClientReads, reads), cmp.Or(f.ClientWrites, writes)
	f.Address, f.Routing = cmp.Or(f.Address, unknown), cmp.Or(f.Routing, routing)
	return f
}

// remembered is how many clients and how many addresses are told apart.
const remembered = 20_000

// What is refused, as Config.Refused names it.
const (
	refusedReads   = "client-reads"
	refusedWrites  = "client-writes"
	refusedAddress = "address"
	refusedRouting = "routing"
	refusedLogin   = "login"
	refusedSubmit  = "submit"
	refusedUpload  = "upload"
)

// Refusals lists what Config.Refused may be told.
func Refusals() []string {
	return []string{refusedReads, refusedWrites, refusedAddress, refusedRouting, refusedLogin, refusedSubmit, refusedUpload}
}

// counter counts the requests to this surface. Who is known pays out of its client's budgets, everybody else out of its address's.
type counter struct {
	proxies fair.Proxies
	refused func(what string)

	reads, writes      *fair.Budget[string] // of clients and people, by their ids
	addresses, routing *fair.Budget[netip.Addr]
}

func newCounter(use FairUse, cfg Config) counter {
	return counter{
		proxies: cfg.TrustedProxies, refused: cfg.Refused,
		reads:     fair.NewBudget[string](use.ClientReads, time.Minute, remembered, cfg.Now),
		writes:    fair.NewBudget[string](use.ClientWrites, time.Minute, remembered, cfg.Now),
		addresses: fair.NewBudget[netip.Addr](use.Address, time.Minute, remembered, cfg.Now),
		routing:   fair.NewBudget[netip.Addr](use.Routing, time.Minute, remembered, cfg.Now),
	}
}

// known counts a request of a client, or a person, whose token is good.
func (n counter) known(c echo.Context, who string) error {
	if method := c.Request().Method; method == http.MethodGet || method == http.MethodHead {
		return n.charge(c, n.reads.Take(who), refusedReads)
	}
	return n.charge(c, n.writes.Take(who), refusedWrites)
}

// address counts a request of which nothing is known but where it came from.
func (n counter) address(c echo.Context) error {
	return n.charge(c, n.addresses.Take(n.proxies.Caller(c.Request())), refusedAddress)
}

// The headers of every answer, as package http writes names: looked up in another spelling each costs an allocation.
const (
	limitHeader     = "Ratelimit-Limit"
	remainingHeader = "Ratelimit-Remaining"
	resetHeader     = "Ratelimit-Reset"
)

// charge tells the caller what it has left, and refuses when that is nothing.
func (n counter) charge(c echo.Context, left fair.Left, what string) error {
	h := c.Response().Header()
	told := []string{strconv.Itoa(left.Limit), strconv.Itoa(left.Remaining), fair.Seconds(left.Reset)}
	h[limitHeader], h[remainingHeader], h[resetHeader] = told[0:1:1], told[1:2:2], told[2:3:3]
	if left.Wait == 0 {
		return nil
	}
	n.refused(what)
	h.Set("Retry-After", fair.Seconds(left.Wait))
	return broker.RateLimited.New("", "%d requests a minute are allowed, and those are used up: go on after the seconds in Retry-After", left.Limit)
}

// counted counts what comes to a public route, before its handler runs.
func (n counter) counted(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		if err := n.address(c); err != nil {
			return err
		}
		return next(c)
	}
}

// rates sees to it that each request is counted once, whether it has a route or not. What goes to the Routing API is counted here; requests
// to public routes and of known clients are where they are recognised. The rest ends in an error (no such path, no good token), and is
// counted when that comes back.
func (n counter) rates(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		if strings.HasPrefix(c.Request().URL.Path, routingAPI) {
			return n.route(c, next)
		}
		err := next(c)
		if err != nil && c.Response().Header()[limitHeader] == nil {
			if refused := n.address(c); refused != nil {
				return refused
			}
		}
		return err
	}
}

const routingAPI = "/routing-api/"

// route refuses without a body: the headers say it all (FIT-Connect contract 5.1).
func (n counter) route(c echo.Context, next echo.HandlerFunc) error {
	if err := n.charge(c, n.routing.Take(n.proxies.Caller(c.Request())), refusedRouting); err != nil {
		return c.NoContent(http.StatusTooManyRequests)
	}
	return next(c)
}
