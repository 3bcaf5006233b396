package api_test

import (
	"bytes"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/vierkant/vierkant/schemas/openapi"
	"github.com/vierkant/vierkant/schemas/openapi/exchange"
)

// judge holds what the tests of this package see against the descriptions, which are the same for all.
var judge = sync.OnceValues(func() (*exchange.Judge, error) {
	all, err := openapi.All(publicURL)
	return exchange.New(all), err
})

// sentBody reads the body of a request and leaves it to be sent; nil for none, and for one that is long or of a length that is not known.
func sentBody(t testing.TB, r *http.Request) []byte {
	t.Helper()
	if r.Body == nil || r.ContentLength <= 0 || r.ContentLength > 1<<20 {
		return nil
	}
	text, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	r.Body = io.NopCloser(bytes.NewReader(text))
	return text
}

// checkDescribed asks whether an exchange is as it is described.
func checkDescribed(t testing.TB, r *http.Request, sent []byte, a answer) {
	t.Helper()
	if r.Method == http.MethodOptions {
		return
	}
	j, err := judge()
	if err != nil {
		t.Fatal(err)
	}
	for _, complaint := range j.Check(exchange.Exchange{
		Method: r.Method, Path: r.URL.EscapedPath(), Query: r.URL.RawQuery, ContentType: r.Header.Get("Content-Type"), Sent: sent,
		Status: a.status, Header: a.header, Body: a.body,
	}) {
		if !strings.Contains(complaint, "the parameter unknown was taken") { // by a test that asks for just that
			t.Error(complaint)
		}
	}
}
