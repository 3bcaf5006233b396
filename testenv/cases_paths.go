package testenv

import (
	"net/http"
	"slices"
	"strings"
)

// pathCases are about addresses that lead nowhere, or pretend to lead elsewhere.
func pathCases() []Case {
	var cases []Case
	for _, row := range []struct {
		name string
		path string // below the URL of the environment; {s} stands for an existing submission, {d} for a destination
	}{
		{"nothing there", "/nothing"},
		{"third generation", "/submission-api/v3/submissions"},
		{"no generation", "/submission-api/submissions"},
		{"slash at the end", "/submission-api/v2/submissions/"},
		{"slash behind an id", "/submission-api/v2/submissions/{s}/"},
		{"slash twice", "/submission-api/v2//submissions"},
		{"capitals", "/submission-api/v2/SUBMISSIONS"},
		{"one too deep", "/submission-api/v2/submissions/{s}/events/x"},
		{"key list", "/submission-api/v2/destinations/{d}/keys"},
		{"dots", "/submission-api/v2/x/../submissions"},
		{"escaped dots", "/submission-api/v2/x/%2e%2e/submissions"},
		{"dots as an id", "/submission-api/v2/submissions/.."},
		{"dots above the root", "/submission-api/v2/submissions/../../../../etc/passwd"},
		{"escaped dots above the root", "/submission-api/v2/submissions/%2e%2e%2f%2e%2e%2fetc%2fpasswd"},
		{"escaped slash", "/submission-api/v2%2fsubmissions"},
		{"escaped slash in an id", "/submission-api/v2/submissions/{s}%2fevents"},
		{"escaped slash in a kid", "/submission-api/v2/destinations/{d}/keys/..%2f..%2f{d}"},
		{"escaped twice", "/submission-api/v2/submissions/{s}%252fevents"},
		{"null byte", "/submission-api/v2/submissions/{s}%00"},
		{"line break", "/submission-api/v2/submissions/{s}%0a"},
		{"blank", "/submission-api/v2/submissions/%20{s}"},
		{"backslash", `/submission-api/v2/submissions\{s}`},
		{"semicolon", "/submission-api/v2/submissions;x=1"},
		{"broken UTF-8", "/submission-api/v2/submissions/%ff%fe"},
		{"very long", "/submission-api/v2/submissions/" + strings.Repeat("a", 8<<10)},
		{"destination API of another generation", "/destination-api/v3/destinations"},
		{"portal", "/portal/.well-known/"},
	} {
		cases = append(cases, own("path: "+row.name, func(t *trial) {
			s := t.announced(t.home(), 0)
			path := strings.NewReplacer("{s}", s.id, "{d}", s.office.id).Replace(row.path)
			t.get(t.env.URL+path, t.sender()).is(http.StatusNotFound, http.StatusBadRequest)
		}))
	}
	return slices.Concat(cases, methodCases())
}

// methodCases are about methods that a path does not take.
func methodCases() []Case {
	var cases []Case
	for _, row := range []struct {
		method string
		path   string
	}{
		{http.MethodDelete, "/submission-api/v2/submissions"},
		{http.MethodPatch, "/submission-api/v2/submissions/{s}"},
		{http.MethodDelete, "/submission-api/v2/submissions/{s}"},
		{http.MethodPost, "/submission-api/v2/submissions/{s}/attachments/{s}"},
		{http.MethodPut, "/submission-api/v2/cases/{s}/events"},
		{http.MethodPost, "/submission-api/v2/submissions/{s}/events"},
		{http.MethodPut, "/submission-api/v2/destinations/{d}"},
		{http.MethodDelete, "/submission-api/v2/destinations/{d}"},
		{http.MethodPost, "/submission-api/.well-known/jwks.json"},
		{http.MethodDelete, "/destination-api/v1/destinations"},
		{http.MethodPatch, "/destination-api/v2/destinations/{d}"},
		{http.MethodPut, "/destination-api/v1/destinations/{d}/keys"},
		{http.MethodPost, "/routing-api/v2/routes"},
		{http.MethodDelete, "/routing-api/v1/areas"},
		{"BREW", "/submission-api/v2/submissions"},
	} {
		cases = append(cases, own("method: "+row.method+" "+row.path, func(t *trial) {
			s := t.announced(t.home(), 0)
			path := strings.NewReplacer("{s}", s.id, "{d}", s.office.id).Replace(row.path)
			a := t.do(call{method: row.method, url: t.env.URL + path, token: t.sender()})
			a.problem(http.StatusMethodNotAllowed, "method-not-allowed", "method").has("Allow", "")
		}))
	}
	return cases
}
