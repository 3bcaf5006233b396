package problem

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/labstack/echo/v4"

	"github.com/vierkant/vierkant/api/wire"
	"github.com/vierkant/vierkant/broker"
)

// source is the text of the services, whose codes and kinds the tables here must know.
func source(t *testing.T) string {
	t.Helper()
	files, err := filepath.Glob("../../broker/*.go")
	if err != nil || len(files) == 0 {
		t.Fatalf("no sources of the services: %v", err)
	}
	var all strings.Builder
	for _, name := range files {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.HasSuffix(name, "_test.go") {
			all.Write(text)
		}
	}
	return all.String()
}

func TestEveryCodeHasATitle(t *testing.T) {
	t.Parallel()
	all := source(t)
	uses := append(
		regexp.MustCompile(`\.New\("([a-z-]+)"`).FindAllStringSubmatch(all, -1),
		append(regexp.MustCompile(`\.Wrap\([^"\n]*"([a-z-]+)"`).FindAllStringSubmatch(all, -1),
			regexp.MustCompile(`orNotFound\(err, "([a-z-]+)"`).FindAllStringSubmatch(all, -1)...)...)
	if len(uses) < 40 {
		t.Fatalf("found only %d codes: does the test still read the services?", len(uses))
	}
	for _, use := range uses {
		if titles[use[1]] == "" {
			t.Errorf("code %q has no title", use[1])
		}
	}
	for kind, a := range answers {
		if titles[a.code] == "" {
			t.Errorf("kind %q: its code %q has no title", kind, a.code)
		}
	}
}

func TestEveryKindHasAStatus(t *testing.T) {
	t.Parallel()
	kinds := regexp.MustCompile(`\sKind = "([a-z ]+)"`).FindAllStringSubmatch(source(t), -1)
	if len(kinds) != len(answers) {
		t.Errorf("got %d rows, want one for each of %d kinds", len(answers), len(kinds))
	}
	for _, kind := range kinds {
		if answers[broker.Kind(kind[1])].status == 0 {
			t.Errorf("kind %q has no status", kind[1])
		}
	}
}

func TestWrite(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		err    error
		status int
		code   string
		fault  bool
		detail string
		header [2]string
	}{
		"a service's":        {broker.NotFound.New("submission-not-found", "no %s", "x"), 404, "submission-not-found", false, "no x", [2]string{}},
		"wrapped":            {fmt.Errorf("open: %w", broker.Forbidden.New("", "no")), 403, "forbidden", false, "no", [2]string{}},
		"unknown code":       {broker.Conflict.New("something-else", "no"), 409, "something-else", false, "no", [2]string{}},
		"nobody":             {broker.Caller{}.Require(broker.ScopeSend), 401, "unauthorized", false, "Bearer", [2]string{"WWW-Authenticate", "Bearer"}},
		"rate":               {broker.RateLimited.New("", "later"), 429, "too-many-requests", false, "later", [2]string{"Retry-After", "5"}},
		"busy":               {broker.Unavailable.New(Busy, "later"), 503, "busy", false, "later", [2]string{"Retry-After", "5"}},
		"no such range":      {echo.NewHTTPError(416), 416, "range-not-satisfiable", false, "Content-Range", [2]string{}},
		"other content":      {echo.NewHTTPError(412), 412, "precondition-failed", false, "If-Match", [2]string{}},
		"slow body":          {broker.Invalid.Wrap(os.ErrDeadlineExceeded, "", "slow"), 400, "bad-request", false, "slow", [2]string{}},
		"not now":            {broker.Unavailable.New("no-signing-key", "later"), 503, "no-signing-key", true, "later", [2]string{"Retry-After", "5"}},
		"took too long":      {fmt.Errorf("x: %w", context.DeadlineExceeded), 503, "service-unavailable", true, "overloaded", [2]string{"Retry-After", "5"}},
		"malformed":          {&wire.Error{Member: "a", Want: "must be b"}, 400, "bad-request", false, "a must be b", [2]string{}},
		"too long":           {&http.MaxBytesError{Limit: 7}, 413, "payload-too-large", false, "7", [2]string{}},
		"no route":           {echo.ErrNotFound, 404, "not-found", false, "path", [2]string{}},
		"no method":          {echo.ErrMethodNotAllowed, 405, "method-not-allowed", false, "Allow", [2]string{}},
		"framework's 413":    {echo.ErrStatusRequestEntityTooLarge, 413, "payload-too-large", false, "", [2]string{}},
		"framework's 415":    {echo.ErrUnsupportedMediaType, 415, "unsupported-media-type", false, "", [2]string{}},
		"framework's 418":    {echo.NewHTTPError(418, "teapot"), 500, "internal-server-error", true, "", [2]string{}},
		"internal":           {broker.Internal.New("x", "secret"), 500, "internal-server-error", true, "", [2]string{}},
		"of no kind":         {&broker.Error{Detail: "secret"}, 500, "internal-server-error", true, "", [2]string{}},
		"anything":           {errors.New("secret"), 500, "internal-server-error", true, "", [2]string{}},
		"cancelled by us":    {context.Canceled, 500, "internal-server-error", true, "", [2]string{}},
		"no row that leaked": {broker.ErrNoRow, 500, "internal-server-error", true, "", [2]string{}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			answer := httptest.NewRecorder()
			c2 := echo.New().NewContext(httptest.NewRequest(http.MethodGet, "/", nil), answer)
			c2.Response().Header().Set("Location", "/x")
			got := Write(c2, c.err)
			if got.Status != c.status || got.Code != c.code || (got.Fault != nil) != c.fault || answer.Code != c.status {
				t.Errorf("got %+v and status %d, want %d %s", got, answer.Code, c.status, c.code)
			}
			body := answer.Body.String()
			if !strings.Contains(body, c.detail) || c.detail == "" && strings.Contains(body, "detail") || strings.Contains(body, "secret") {
				t.Errorf("got %s, want detail %q", body, c.detail)
			}
			if c.header[0] != "" && answer.Header().Get(c.header[0]) != c.header[1] {
				t.Errorf("got %v, want %v", answer.Header(), c.header)
			}
			if answer.Header().Get("Location") != "" || answer.Header().Get("Cache-Control") != "no-store" || answer.Header().Get("Content-Type") != MediaType {
				t.Errorf("got headers %v", answer.Header())
			}
		})
	}
}

func TestWriteLeavesABegunAnswerAlone(t *testing.T) {
	t.Parallel()
	answer := httptest.NewRecorder()
	c := echo.New().NewContext(httptest.NewRequest(http.MethodGet, "/", nil), answer)
	if err := c.String(http.StatusOK, "begun"); err != nil {
		t.Fatal(err)
	}
	if got := Write(c, errors.New("broken")); got.Fault == nil || answer.Body.String() != "begun" {
		t.Errorf("got %+v and %q", got, answer.Body)
	}
}
