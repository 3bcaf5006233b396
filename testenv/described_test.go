package testenv

import (
	"errors"
	"io/fs"
	"maps"
	"net/http"
	"net/url"
	"os"
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

	published *exchange.Judge // by the specification of the Routing API as it was published; nil where it is not there
	mu        sync.Mutex      // guards told
	told      map[string]bool
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
	return &watch{t: t, root: address.Path, judge: exchange.New(all), published: publishedRouting(t), told: map[string]bool{}}
}

// publishedRouting reads the specification beside the repository.
func publishedRouting(t *testing.T) *exchange.Judge {
	t.Helper()
	text, err := os.ReadFile("../../shared/data/schemas/routing-api-2.0.0.yaml")
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		t.Fatal(err)
	}
	d, err := exchange.Published(text)
	if err != nil {
		t.Fatal(err)
	}
	return exchange.New([]openapi.Description{d})
}

// see is a Watch.
func (w *watch) see(r *http.Request, sent []byte, response *http.Response, got []byte) {
	e := exchange.Exchange{
		Method: r.Method, Path: strings.TrimPrefix(r.URL.EscapedPath(), w.root), Query: r.URL.RawQuery,
		ContentType: r.Header.Get("Content-Type"), Sent: sent, Status: response.StatusCode, Header: response.Header, Body: got,
	}
	if strings.HasPrefix(e.Path, "/manage-api/") { // ours alone, while the suite is for any broker: package api holds it against its description
		return
	}
	for _, complaint := range w.judge.Check(e) {
		w.complain(complaint)
	}
	path, routing := strings.CutPrefix(e.Path, "/routing-api/v")
	if w.published == nil || !routing || len(path) < 2 {
		return
	}
	e.Path = path[1:] // behind the generation: the published paths hold for both
	if err := w.published.CheckAnswer(e); err != nil {
		w.complain("not as published: " + err.Error())
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
	"PATCH /destination-api/v1/destinations/{destinationId} 202":    "in test another key takes effect at once",
	"PUT /destination-api/v1/destinations/{destinationId} 202":      "in test another key takes effect at once",
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
