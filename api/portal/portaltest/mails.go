package portaltest

import (
	"regexp"
	"testing"

	"github.com/vierkant/vierkant/broker"
)

// Mailed takes the latest link of a kind, like "sign-up", out of the outbox, as the operator reads it who has no mail server. It is a path below
// the portal.
func (w *World) Mailed(t testing.TB, kind string) string {
	t.Helper()
	machine := broker.Operator("")
	all, _, err := w.Node.Mails.All(t.Context(), machine, broker.Page{Limit: broker.MaxPage})
	if err != nil {
		t.Fatal(err)
	}
	for i := len(all) - 1; i >= 0; i-- {
		_, text, err := w.Node.Mails.Get(t.Context(), machine, "", all[i].ID)
		if err != nil {
			t.Fatal(err)
		}
		if found := regexp.MustCompile(`/portal(/link/` + kind + `\?code=\S+)`).FindStringSubmatch(text.Plain); found != nil {
			return found[1]
		}
	}
	t.Fatalf("there is no link %s in the outbox", kind)
	return ""
}
