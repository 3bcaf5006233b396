package problem

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/labstack/echo/v4"

	"github.com/vierkant/vierkant/api/wire"
	"github.com/vierkant/vierkant/broker"
)

const pageFolder = "https://example.org" + Folder

var pages = Writer{Pages: pageFolder}

// beneath are the packages whose errors do not come to callers as they are.
func beneath() []string {
	return []string{"bolt", "postgres", "blobdir", "storetest", "transfer", "backup", "signer", "outbox", "record"}
}

// source is the text of the services, whose codes and kinds the tables here must know.
func source(t *testing.T) string {
	t.Helper()
	var all strings.Builder
	for _, folder := range []string{"../../broker", ".."} {
		err := filepath.WalkDir(folder, func(name string, d fs.DirEntry, err error) error {
			if d != nil && d.IsDir() && slices.Contains(beneath(), d.Name()) {
				return fs.SkipDir
			}
			if err != nil || !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
				return err
			}
			text, err := os.ReadFile(name)
			all.Write(text)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return all.String()
}

// uses are the codes that the services and the APIs give their errors, with the kinds that they come with.
func uses(t *testing.T) map[string][]broker.Kind {
	t.Helper()
	all, kinds := source(t), kinds(t)
	found := map[string][]broker.Kind{}
	for _, use := range regexp.MustCompile(`\b([A-Z][A-Za-z]+)\.(?:New|Wrap)\([^"\n]*?"([a-z-]*)", ?[^)\n]`).FindAllStringSubmatch(all, -1) {
		if kind, known := kinds[use[1]]; known {
			found[use[2]] = append(found[use[2]], kind)
		}
	}
	for _, use := range regexp.MustCompile(`[oO]rNotFound\(err, "([a-z-]+)"`).FindAllStringSubmatch(all, -1) {
		found[use[1]] = append(found[use[1]], broker.NotFound)
	}
	for _, use := range regexp.MustCompile(`\b([A-Z][A-Za-z]+)\.(?:New|Wrap)\([^"\n]*problem\.Busy`).FindAllStringSubmatch(all, -1) {
		found[Busy] = append(found[Busy], kinds[use[1]])
	}
	if strings.Contains(all, `string(s.kind)+"-not-found"`) { // of either kind
		found["submission-not-found"] = append(found["submission-not-found"], broker.NotFound)
		found["reply-not-found"] = append(found["reply-not-found"], broker.NotFound)
	}
	delete(found, "-not-found") // the rest of a code that is put together
	delete(found, "")
	return found
}

// kinds are the kinds by the names of their constants.
func kinds(t *testing.T) map[string]broker.Kind {
	t.Helper()
	all := map[string]broker.Kind{}
	errors, err := os.ReadFile("../../broker/errors.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, kind := range regexp.MustCompile(`\s([A-Z][A-Za-z]+)\s+Kind = "([a-z ]+)"`).FindAllStringSubmatch(string(errors), -1) {
		all[kind[1]] = broker.Kind(kind[2])
	}
	return all
}

func TestEveryCodeHasAMeaning(t *testing.T) {
	t.Parallel()
	found := uses(t)
	if len(found) < 30 {
		t.Fatalf("found only %d codes: does the test still read the sources?", len(found))
	}
	for code, kinds := range found {
		m, known := MeaningOf(code)
		if !known {
			t.Errorf("the code %q has no meaning", code)
		}
		for _, kind := range kinds {
			if !slices.Contains(m.Statuses, answers[kind].status) {
				t.Errorf("the code %q comes with %d, which its meaning does not list", code, answers[kind].status)
			}
		}
	}
}

// Whatever has a meaning is said by somebody, with all statuses that are listed.
func TestEveryMeaningIsUsed(t *testing.T) {
	t.Parallel()
	said := map[string]bool{}
	say := func(code string, status int) { said[fmt.Sprint(code, status)] = true }
	for code, kinds := range uses(t) {
		for _, kind := range kinds {
			say(code, answers[kind].status)
		}
	}
	for _, a := range answers {
		say(a.code, a.status)
	}
	for status, code := range frameworkCode {
		say(code, status)
	}
	seen := map[string]bool{}
	for _, m := range Meanings() {
		if seen[m.Code] || m.Title == "" || len(m.Text) < 30 || len(m.Remedy) < 10 || len(m.Statuses) == 0 {
			t.Errorf("the meaning of %q is there twice or not whole", m.Code)
		}
		seen[m.Code] = true
		for _, status := range m.Statuses {
			if !said[fmt.Sprint(m.Code, status)] {
				t.Errorf("%q with %d is said by nobody", m.Code, status)
			}
		}
	}
}

func TestTypes(t *testing.T) {
	t.Parallel()
	for code, want := range map[string]string{
		"submission-not-found": Base + "submission-not-found", "bad-request": Base + "bad-request",
		"busy": "https://example.org/docs/problems/busy", "unheard-of": "https://example.org/docs/problems/unheard-of",
	} {
		if got := pages.Type(code); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

func TestEveryKindHasAStatus(t *testing.T) {
	t.Parallel()
	all := kinds(t)
	if len(all) != len(answers) {
		t.Errorf("got %d rows, want one for each of %d kinds", len(answers), len(all))
	}
	for _, kind := range all {
		if answers[kind].status == 0 {
			t.Errorf("kind %q has no status", kind)
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
			for _, ofContent := range []string{"Location", "ETag", "Repr-Digest"} {
				c2.Response().Header().Set(ofContent, "/x")
			}
			got := pages.Write(c2, c.err)
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
			if got, want := answer.Header().Get("Link"), "<"+pageFolder+c.code+`>; rel="help"`; got != want {
				t.Errorf("got Link %s, want %s", got, want)
			}
			if answer.Header().Get("Location")+answer.Header().Get("ETag")+answer.Header().Get("Repr-Digest") != "" || answer.Header().Get("Cache-Control") != "no-store" || answer.Header().Get("Content-Type") != MediaType {
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
	if got := pages.Write(c, errors.New("broken")); got.Fault == nil || answer.Body.String() != "begun" {
		t.Errorf("got %+v and %q", got, answer.Body)
	}
}
