package testenv

import (
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/vierkant/vierkant/schemas/openapi"
	"github.com/vierkant/vierkant/schemas/openapi/exchange"
)

// watch holds what the suite sees against the descriptions of the APIs.
type watch struct {
	t     *testing.T
	root  string // path of the public URL
	judge *exchange.Judge

	mu   sync.Mutex // guards told
	told map[string]bool
}

func newWatch(t *testing.T, world World) *watch {
	t.Helper()
	env, err := world.Environment("test")
	if err != nil {
		t.Fatal(err)
	}
	all, err := openapi.All(env.URL)
	if err != nil {
		t.Fatal(err)
	}
	all = slices.DeleteFunc(all, func(d openapi.Description) bool { return d.Name == "manage-v1" }) // ours alone: the suite is for any broker
	address, err := url.Parse(env.URL)
	if err != nil {
		t.Fatal(err)
	}
	return &watch{t: t, root: address.Path, judge: exchange.New(all), told: map[string]bool{}}
}

// see is a Watch.
func (w *watch) see(r *http.Request, sent []byte, response *http.Response, got []byte) {
	for _, complaint := range w.judge.Check(exchange.Exchange{
		Method: r.Method, Path: strings.TrimPrefix(r.URL.EscapedPath(), w.root), Query: r.URL.RawQuery,
		ContentType: r.Header.Get("Content-Type"), Sent: sent, Status: response.StatusCode, Header: response.Header, Body: got,
	}) {
		w.complain(complaint)
	}
}

// complain says a thing once.
func (w *watch) complain(complaint string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !w.told[complaint] {
		w.told[complaint] = true
		w.t.Error(complaint)
	}
}

// unshown are the ends of what is described and not seen, and why.
var unshown = map[string]string{
	" 429": "a suite that is throttled would be a rude guest; limits have tests of their own",
	" 5XX": "nothing is broken or overloaded while the suite runs; that has tests of its own",
	"POST /destination-api/v1/destinations 409":                     "nobody makes thousands of destinations to learn that they are too many",
	"POST /submission-api/v1/destinations 409":                      "nobody makes thousands of destinations to learn that they are too many",
	"GET /submission-api/v1/destinations/{destinationId} 403":       "every client that there can be holds one of the scopes",
	"GET /destination-api/v1/destinations/{destinationId} 403":      "every client that there can be holds one of the scopes",
	"GET /destination-api/v2/destinations/{destinationId} 403":      "every client that there can be holds one of the scopes",
	"GET /destination-api/v1/destinations/{destinationId}/keys 403": "every client that there can be holds one of the scopes",
	"GET /destination-api/v2/destinations/{destinationId}/keys 403": "every client that there can be holds one of the scopes",
}

// excuse says why an answer was not seen, by the entry of a list; "" for no reason.
func excuse(unseen string) string {
	for end := range unshown {
		if strings.HasSuffix(unseen, end) {
			return end
		}
	}
	return ""
}

// checkUnseen asks at the end of a whole suite for what is described and was not seen, but for what is known to be so. A world that is not
// watched has nil.
func (w *watch) checkUnseen(t *testing.T, whole bool) {
	t.Helper()
	if w == nil || !whole {
		return
	}
	used := map[string]bool{}
	for _, unseen := range w.judge.Unseen() {
		reason := excuse(unseen)
		if used[reason] = true; reason == "" {
			t.Errorf("%s is described and was not seen", unseen)
		}
	}
	for _, entry := range slices.Sorted(maps.Keys(unshown)) {
		if !used[entry] {
			t.Errorf("%q is said never to be seen, and was: take it out of the list", entry)
		}
	}
}
