package sign_test

import (
	"bytes"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/vierkant/vierkant/api/portal/portaltest"
	"github.com/vierkant/vierkant/cmd/node"
)

// written is a log that may be written to from everywhere.
type written struct {
	mu  sync.Mutex
	all bytes.Buffer // guarded by mu
}

// Write implements io.Writer.
func (w *written) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.all.Write(p)
}

func (w *written) String() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.all.String()
}

// Nothing by which somebody comes in, and nothing that tells who came, is in the log, even at its most talkative.
func TestLogsHaveNoSecrets(t *testing.T) {
	t.Parallel()
	var log written
	w := portaltest.Start(t, open, func(c *node.Config) {
		c.Log = slog.New(slog.NewJSONHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	})
	b := w.Anybody(t)
	phone, recovery := signUp(t, w, b)
	secrets := map[string]string{
		"address": email, "name": "Anna Muster", "password": phrase, "recovery code": recovery[0], "session": cookie(t, b, portaltest.SessionCookie),
		"browser": cookie(t, b, "browser-test"), "link": codeOf(mailed(t, w, "sign-up")), "seed": string(phone.seed),
	}
	token := b.Post("/account/tokens", form("name", "Rechner", "days", "7")).Want(http.StatusOK)
	secrets["token"] = token.Find(`<code>(vkp_[A-Za-z0-9_-]+)</code>`)
	b.Post("/sign-out", nil)
	b.Post("/sign-in", form("email", email, "password", "falsches Pferd"))
	b.Post("/sign-in", form("email", email, "password", phrase))
	secrets["wrong password"], secrets["attempt"] = "falsches Pferd", cookie(t, b, "attempt-test")
	b.Post("/sign-in/second", form("code", "123987"))
	secrets["wrong code"] = "123987"
	b.Post("/forgotten", form("email", email))
	secrets["link to reset"] = codeOf(mailed(t, w, "password"))
	b.Get(mailed(t, w, "password")).Want(http.StatusOK)
	b.Get("/link/password?code=verschrieben").Want(http.StatusNotFound)
	secrets["wrong link"] = "verschrieben"
	b.Get("/sign-in") // on the same connection, so that the line of the one before is written
	if !strings.Contains(log.String(), "/portal/link/password") {
		t.Fatalf("the log tells nothing of the portal: %s", log.String())
	}
	for what, secret := range secrets {
		if secret == "" || strings.Contains(log.String(), secret) {
			t.Errorf("the %s %q is in the log", what, secret)
		}
	}
}

// codeOf is the secret of a link.
func codeOf(link string) string { return link[strings.Index(link, "=")+1:] }
