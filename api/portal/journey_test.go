package portal_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/vierkant/vierkant/api/portal/portaltest"
	"github.com/vierkant/vierkant/cmd/node"
)

// TestJourney has somebody in a real browser sign up, register a sender and a subscriber, make a destination whose keys the browser makes, publish a route,
// send with the snippet that is shown, receive with the file that was downloaded, and look at what happened: once in German, once in English.
func TestJourney(t *testing.T) {
	t.Parallel()
	w := portaltest.Start(t, func(cfg *node.Config) { cfg.SignUp = node.SignUpOpen })
	programs := t.TempDir()
	if said, err := exec.Command("go", "build", "-o", filepath.Join(programs, "vierkant"), "../../cmd/vierkant").CombinedOutput(); err != nil {
		t.Fatalf("the program cannot be built: %v: %s", err, said)
	}
	for locale, region := range map[string]string{"de-DE": "DE09", "en-GB": "DE05"} {
		t.Run(locale, func(t *testing.T) {
			var calls atomic.Int64
			receiver := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { calls.Add(1) }))
			t.Cleanup(receiver.Close)
			helper := httptest.NewServer(http.HandlerFunc(func(answer http.ResponseWriter, r *http.Request) {
				if strings.HasPrefix(r.URL.Path, "/calls") {
					fmt.Fprint(answer, calls.Load())
					return
				}
				io.WriteString(answer, w.Mailed(t, "", `(http\S+/portal/link/sign-up\?code=\S+)`))
			}))
			t.Cleanup(helper.Close)
			w.Browse(t, "testdata/journey.mjs", map[string]any{
				"locale": locale, "region": region, "email": "anna." + locale + "@verbund.example", "helper": helper.URL, "receiver": receiver.URL + "/hook",
				"folder": t.TempDir(), "programs": programs,
			})
		})
	}
}
