package portaltest

import (
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"testing"
	"time"
)

// Required is the environment variable without which tests in a real browser are skipped where there is none.
const Required = "VIERKANT_BROWSER_TESTS"

// Pictures is the environment variable that names the folder in which tests in a real browser keep pictures, which takes them ten times as long: every kind of
// page, narrow and wide, light and dark, in both languages. It is read by the scripts, too.
const Pictures = "VIERKANT_SCREENSHOTS"

// Browse runs a script of Node.js beside the test, which uses pages in Chromium: see browser/browser.mjs. world is given to it, with "url" as the
// address of the portal. What the script prints is logged, and its failure is the test's.
func (w *World) Browse(t testing.TB, script string, world map[string]any) {
	t.Helper()
	folder := needBrowser(t)
	given := map[string]any{"url": w.URL + "/portal", "org": w.Org}
	for name, value := range world {
		given[name] = value
	}
	raw, err := json.Marshal(given)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), patience())
	defer cancel()
	command := exec.CommandContext(ctx, "node", script)
	command.Env = append(os.Environ(), "VIERKANT_BROWSER=file://"+filepath.Join(folder, "browser.mjs"), "VIERKANT_WORLD="+string(raw))
	said, err := command.CombinedOutput()
	t.Logf("%s:\n%s", script, said)
	if err != nil {
		t.Errorf("%s: %v", script, err)
	}
}

// patience is how long a script may take.
func patience() time.Duration {
	if os.Getenv(Pictures) != "" {
		return time.Hour
	}
	return 10 * time.Minute
}

// needBrowser skips a test where there is no browser, unless it has to be there. It returns the folder of what scripts import.
func needBrowser(t testing.TB) string {
	t.Helper()
	_, here, _, _ := runtime.Caller(0)
	folder := filepath.Join(filepath.Dir(here), "browser")
	missing := ""
	for _, program := range []string{"node", "chromium"} {
		if _, err := exec.LookPath(program); err != nil {
			missing = program
		}
	}
	if _, err := os.Stat(filepath.Join(folder, "node_modules", "playwright-core")); err != nil {
		missing = "what npm ci installs in api/portal/portaltest/browser"
	}
	switch {
	case missing == "":
	case os.Getenv(Required) != "":
		t.Fatalf("%s is not there; \"make tools\" installs it", missing)
	default:
		t.Skipf("%s is not there; \"make tools\" installs it", missing)
	}
	return folder
}
