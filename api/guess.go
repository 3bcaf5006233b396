package api

import (
	"errors"
	"net/netip"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/vierkant/vierkant/api/fair"
	"github.com/vierkant/vierkant/broker"
)

// refusedCode is what is refused because of wrong codes, as Config.Refused names it.
const refusedCode = "code"

// guesses slows down who sends wrong codes to a route that takes a code instead of a login. The codes are too long to be guessed; this keeps somebody who tries all the
// same from having each try looked up.
type guesses struct {
	counter
	wrong *fair.Failures[netip.Addr]
}

func newGuesses(c counter, now func() time.Time) guesses {
	rule := fair.Rule{Free: 10, First: time.Second, Most: 5 * time.Minute, Forgive: time.Minute}
	return guesses{c, fair.NewFailures[netip.Addr](rule, remembered, now)}
}

// slowed counts what a public route does not find.
func (g guesses) slowed(next echo.HandlerFunc) echo.HandlerFunc {
	return g.counted(func(c echo.Context) error {
		from := g.proxies.Caller(c.Request())
		if pause := g.wrong.Pause(from); pause > 0 {
			g.refused(refusedCode)
			c.Response().Header().Set("Retry-After", fair.Seconds(pause))
			return broker.RateLimited.New("", "too many wrong codes from here: copy the code from the mail, and try again after the seconds in Retry-After")
		}
		err := next(c)
		if errors.Is(err, broker.NotFound) {
			g.wrong.Failed(from)
		}
		return err
	})
}
