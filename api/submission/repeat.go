package submission

import (
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/vierkant/vierkant/broker"
)

const (
	idempotencyKey    = "Idempotency-Key"
	maxIdempotencyKey = 255
)

// repeatOf names a request by its Idempotency-Key, if it has one: a text of visible ASCII characters, as a structured field in double quotes
// (draft-ietf-httpapi-idempotency-key-header) or bare, as most clients send it.
func repeatOf(c echo.Context, body []byte) (broker.Repeat, error) {
	r := c.Request()
	given := r.Header.Values(idempotencyKey)
	if len(given) == 0 {
		return broker.Repeat{}, nil
	}
	key := strings.Trim(given[0], " \t")
	if quoted, ok := strings.CutPrefix(key, `"`); ok {
		key, ok = strings.CutSuffix(quoted, `"`)
		if !ok {
			key = ""
		}
	}
	if len(given) > 1 || key == "" || len(key) > maxIdempotencyKey || strings.ContainsFunc(key, notVisible) {
		return broker.Repeat{}, broker.Invalid.New("bad-request", "%s must be one text of 1 to %d visible ASCII characters, a UUID for example", idempotencyKey, maxIdempotencyKey)
	}
	return broker.RepeatOf(key, []byte(r.Method+" "+r.URL.EscapedPath()), body), nil
}

func notVisible(r rune) bool { return r <= ' ' || r > '~' || r == '"' || r == '\\' }
