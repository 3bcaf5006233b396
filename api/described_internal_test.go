package api

import (
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/vierkant/vierkant/api/portal/page"
	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/schemas/openapi"
)

// pagesForPeople are no API: they are not described, they describe.
var pagesForPeople = []string{"/docs", "/openapi/"}

// TestRoutesAreDescribed holds the table of routes against the descriptions, in both directions.
func TestRoutesAreDescribed(t *testing.T) {
	t.Parallel()
	all, err := openapi.All("https://broker.example")
	if err != nil {
		t.Fatal(err)
	}
	described := map[string][]openapi.Operation{}
	for _, d := range all {
		for _, o := range d.Operations {
			name := o.Method + " " + anyName(o.Path)
			described[name] = append(described[name], o)
		}
	}
	routed := map[string]bool{}
	for _, r := range undressed().routes() {
		name := r.method + " " + anyName(r.path)
		routed[name] = true
		if slices.ContainsFunc(pagesForPeople, func(p string) bool { return strings.HasPrefix(r.path, p) }) {
			continue
		}
		if len(described[name]) == 0 {
			t.Errorf("%s %s is routed and not described", r.method, r.path)
		}
		for _, o := range described[name] {
			checkAccess(t, r, o)
			checkBody(t, r, o)
		}
	}
	checkRouted(t, described, routed)
}

// undressed is a surface that has its routes and nobody to answer them.
func undressed() *surface {
	return &surface{cfg: Config{Broker: &broker.Broker{Limits: broker.Limits{Attachment: 1, Content: 1}}}, portal: &page.Kit{}}
}

// checkRouted asks for a route for whatever is described.
func checkRouted(t *testing.T, described map[string][]openapi.Operation, routed map[string]bool) {
	t.Helper()
	for _, name := range slices.Sorted(maps.Keys(described)) {
		if !routed[name] {
			t.Errorf("%s is described and not routed", name)
		}
	}
}

// anyName makes the parameters of a path nameless, as echo or OpenAPI write them.
func anyName(path string) string {
	return regexp.MustCompile(`\{[^}]+\}|:[a-z]+`).ReplaceAllString(path, "{}")
}

// checkAccess compares who may ask.
func checkAccess(t *testing.T, r entry, o openapi.Operation) {
	t.Helper()
	if r.access.public != o.Public() {
		t.Errorf("%s %s: public is %v by its route and %v by its description", r.method, r.path, r.access.public, o.Public())
	}
	scope := string(r.access.scope)
	if scope != "" && !slices.ContainsFunc(o.Security, func(alternative map[string][]string) bool { return allows(alternative, scope) }) {
		t.Errorf("%s %s: needs %s by its route, %v by its description", r.method, r.path, scope, o.Security)
	}
}

func allows(alternative map[string][]string, scope string) bool {
	for _, scopes := range alternative {
		if slices.Contains(scopes, scope) {
			return true
		}
	}
	return false
}

// checkBody compares what a request carries. A route that takes any type looks at it itself.
func checkBody(t *testing.T, r entry, o openapi.Operation) {
	t.Helper()
	if (r.body.limit != 0) != (o.RequestBody != nil) {
		t.Errorf("%s %s: has a body by one of route and description only", r.method, r.path)
		return
	}
	if o.RequestBody == nil || len(r.body.types) == 0 {
		return
	}
	got, want := slices.Sorted(maps.Keys(o.RequestBody.Content)), slices.Sorted(slices.Values(r.body.types))
	if !slices.Equal(got, want) {
		t.Errorf("%s %s: described with the media types %q, routed with %q", r.method, r.path, got, want)
	}
	for _, status := range []int{http.StatusRequestEntityTooLarge, http.StatusUnsupportedMediaType} {
		if _, _, described := o.Response(status); !described {
			t.Errorf("%s %s: takes a body and does not describe %d", r.method, r.path, status)
		}
	}
}
