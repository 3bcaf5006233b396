package sign_test

import (
	"strings"
	"testing"

	"github.com/vierkant/vierkant/api/portal/portaltest"
	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/cmd/node"
)

// byName has the node reached by a name: browsers make no passkeys for addresses.
func byName(cfg *node.Config) { cfg.PublicURL = "http://localhost:{port}" }

// All pages of the account in a real browser: in both languages, small and large, light and dark, judged by axe.
func TestAccountInBrowser(t *testing.T) {
	t.Parallel()
	w := portaltest.Start(t, open, byName)
	w.Browse(t, "testdata/account.mjs", map[string]any{"secret": w.Person(t, broker.RoleOwner).Secret})
}

// The way in, with a passkey that a virtual device keeps.
func TestPasskeysInBrowser(t *testing.T) {
	t.Parallel()
	w := portaltest.Start(t, open, byName)
	b := w.Anybody(t)
	b.Post("/sign-up", form("name", "Anna Muster", "email", email)).Want(200)
	link := mailed(t, w, "sign-up")
	w.Browse(t, "testdata/passkeys.mjs", map[string]any{"link": link, "email": email, "phrase": phrase, "code": link[strings.Index(link, "=")+1:]})
}
