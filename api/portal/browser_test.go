package portal_test

import (
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/vierkant/vierkant/api/portal/portaltest"
)

// looked is what a browser is to open as one visitor.
type looked struct {
	Name   string   `json:"name"`
	Secret string   `json:"secret"`
	Pages  []string `json:"pages"`
}

// TestEveryPageInBrowser has every kind of page judged in a real browser: by axe, for what is wider than a small screen, for errors in the console and for a focus that
// can be seen. As a rule that is what an owner sees, on a narrow screen, light, in German; where pictures are kept (portaltest.Pictures), it is
// also each kind of page that only others see, in all looks.
func TestEveryPageInBrowser(t *testing.T) {
	t.Parallel()
	w := inhabit(t)
	names := []string{"owner"}
	if os.Getenv(portaltest.Pictures) != "" {
		names = append(names, "platform", "nobody") // who see all there is between them
	}
	seen := map[string]bool{}
	var visitors []looked
	for _, v := range w.visitors(t) {
		if slices.Contains(names, v.name) {
			visitors = append(visitors, looked{v.name, v.Secret, kinds(v.Browser, seen)})
		}
	}
	w.Browse(t, "testdata/everypage.mjs", map[string]any{"visitors": visitors})
}

// kinds are one page of each kind that was not seen before.
func kinds(b *portaltest.Browser, seen map[string]bool) []string {
	paths := []string{} // a list in JSON, too
	crawl(b, func(path string, a portaltest.Answer) {
		kind := kindOf(path)
		if a.Status == http.StatusOK && !seen[kind] && strings.HasPrefix(a.Header.Get("Content-Type"), "text/html") {
			seen[kind] = true
			paths = append(paths, path)
		}
	})
	return paths
}
