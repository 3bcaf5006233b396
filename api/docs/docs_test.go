package docs_test

import (
	"encoding/xml"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/labstack/echo/v4"

	"github.com/vierkant/vierkant/api/docs"
	"github.com/vierkant/vierkant/api/problem"
	"github.com/vierkant/vierkant/schemas/openapi"
)

const publicURL = "https://broker.example.org/vierkant"

// made is the service of all tests; it never changes.
var made = sync.OnceValue(func() *docs.Service {
	return docs.New(publicURL, problem.Writer{Pages: publicURL + problem.Folder})
})

func fetch(t *testing.T, method, path string, header ...string) *httptest.ResponseRecorder {
	t.Helper()
	answer, r := httptest.NewRecorder(), httptest.NewRequest(method, path, nil)
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	if err := made().Serve(echo.New().NewContext(r, answer)); err != nil {
		var refused *echo.HTTPError
		if !errors.As(err, &refused) {
			t.Fatal(err)
		}
		answer.Code = refused.Code
	}
	return answer
}

// paths are those of all pages for people.
func paths() []string {
	all := []string{"/docs", "/docs/problems"}
	for _, name := range openapi.Names() {
		all = append(all, "/docs/"+name)
	}
	for _, m := range problem.Meanings() {
		all = append(all, problem.Folder+m.Code)
	}
	return all
}

func TestPages(t *testing.T) {
	t.Parallel()
	for _, path := range paths() {
		a := fetch(t, http.MethodGet, path)
		if a.Code != http.StatusOK || a.Header().Get("Content-Type") != "text/html; charset=utf-8" {
			t.Errorf("%s: got %d %v", path, a.Code, a.Header())
		}
		if got := a.Header().Get("Content-Security-Policy"); !strings.HasPrefix(got, "default-src 'none'; style-src 'self';") || strings.Contains(got, "unsafe") {
			t.Errorf("%s: got the policy %q", path, got)
		}
		checkPage(t, path, a.Body.String())
	}
}

// checkPage asks for a well-formed page with one heading of the first level, ids that are there once, and nothing that the policy would stop.
func checkPage(t *testing.T, path, text string) {
	t.Helper()
	if got := strings.Count(text, "<h1"); got != 1 {
		t.Errorf("%s: got %d headings of the first level", path, got)
	}
	for _, forbidden := range []string{"<script", "style=\"", "<img", "ZgotmplZ", "<no value>", "vierkant.example"} {
		if strings.Contains(text, forbidden) {
			t.Errorf("%s: got a page with %s", path, forbidden)
		}
	}
	seen := map[string]bool{}
	for _, id := range regexp.MustCompile(` id="([^"]*)"`).FindAllStringSubmatch(text, -1) {
		if seen[id[1]] {
			t.Errorf("%s: got the id %s twice", path, id[1])
		}
		seen[id[1]] = true
	}
	decoder := xml.NewDecoder(strings.NewReader(text))
	decoder.Strict, decoder.Entity = true, xml.HTMLEntity
	for {
		if _, err := decoder.Token(); err == io.EOF {
			return
		} else if err != nil {
			t.Errorf("%s: %v", path, err)
			return
		}
	}
}

// Every link of every page leads to something that is there.
func TestLinks(t *testing.T) {
	t.Parallel()
	known := map[string]bool{}
	for _, path := range paths() {
		text := fetch(t, http.MethodGet, path).Body.String()
		for _, link := range regexp.MustCompile(`href="([^"]*)"`).FindAllStringSubmatch(text, -1) {
			checkLink(t, known, path, text, link[1])
		}
	}
}

func checkLink(t *testing.T, known map[string]bool, path, text, link string) {
	t.Helper()
	if id, inside := strings.CutPrefix(link, "#"); inside {
		if !strings.Contains(text, ` id="`+id+`"`) {
			t.Errorf("%s: the link to %s leads nowhere", path, link)
		}
		return
	}
	base := httptest.NewRequest(http.MethodGet, "http://x"+path, nil).URL
	target, err := base.Parse(link)
	if err != nil || target.Host != "x" {
		t.Errorf("%s: got the link %q, %v, want one to here", path, link, err)
		return
	}
	if known[target.Path] {
		return
	}
	known[target.Path] = true
	if a := fetch(t, http.MethodGet, target.Path); a.Code != http.StatusOK {
		t.Errorf("%s: the link to %s leads to %d", path, target.Path, a.Code)
	}
}

func TestDocuments(t *testing.T) {
	t.Parallel()
	for _, name := range openapi.Names() {
		a := fetch(t, http.MethodGet, "/openapi/"+name+".json")
		if a.Code != http.StatusOK || a.Header().Get("Content-Type") != "application/json" || !strings.Contains(a.Body.String(), `"openapi": "3.1.0"`) {
			t.Errorf("%s: got %d %v %.100s", name, a.Code, a.Header(), a.Body)
		}
		if !strings.Contains(a.Body.String(), `"url": "`+publicURL) {
			t.Errorf("%s: got a document that does not know where it is", name)
		}
		again := fetch(t, http.MethodGet, "/openapi/"+name+".json", "If-None-Match", a.Header().Get("ETag"))
		if again.Code != http.StatusNotModified || again.Body.Len() > 0 {
			t.Errorf("%s: got %d and %d bytes of what is there already", name, again.Code, again.Body.Len())
		}
	}
	for _, path := range []string{"/docs/", "/docs/nothing", "/docs/problems/nothing", "/openapi/common.json", "/openapi/", "/docs/pages/frame.html"} {
		if a := fetch(t, http.MethodGet, path); a.Code != http.StatusNotFound {
			t.Errorf("%s: got %d, want 404", path, a.Code)
		}
	}
}

// What an operation asks for and answers stands on its page.
func TestPageSaysWhatTheDocumentSays(t *testing.T) {
	t.Parallel()
	all, err := openapi.All(publicURL)
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range all {
		text := fetch(t, http.MethodGet, "/docs/"+d.Name).Body.String()
		for _, o := range d.Operations {
			_, part, _ := strings.Cut(text, `<article id="`+o.ID+`"`)
			part, _, _ = strings.Cut(part, "</article>")
			for _, want := range words(o) {
				if !strings.Contains(part, want) {
					t.Errorf("%s: %s %s: got a page without %q", d.Name, o.Method, o.Path, want)
				}
			}
		}
	}
}

// words are what the page of an operation has to have.
func words(o openapi.Operation) []string {
	all := []string{o.Method, o.Path, o.Summary}
	for _, p := range o.Parameters {
		all = append(all, "<code>"+p.Name+"</code>")
	}
	if o.RequestBody != nil {
		for mediaType := range o.RequestBody.Content {
			all = append(all, strings.ReplaceAll(mediaType, "+", "&#43;"))
		}
	}
	for status, r := range o.Responses {
		all = append(all, ">"+status+"<")
		for _, code := range r.Problems {
			all = append(all, `problems/`+code+`"`)
		}
	}
	return all
}

func BenchmarkFirstPage(b *testing.B) {
	for b.Loop() {
		answer := httptest.NewRecorder()
		service := docs.New(publicURL, problem.Writer{})
		if err := service.Serve(echo.New().NewContext(httptest.NewRequest(http.MethodGet, "/docs", nil), answer)); err != nil {
			b.Fatal(err)
		}
	}
}
