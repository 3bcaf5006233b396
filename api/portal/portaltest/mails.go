package portaltest

import (
	"regexp"
	"testing"

	"github.com/vierkant/vierkant/broker"
)

// Mailed is what an expression finds in the latest mail of an organisation, or of the installation, as the operator reads it who has no mail server: its first group.
func (w *World) Mailed(t testing.TB, org broker.OrgID, expression string) string {
	t.Helper()
	machine := broker.Operator(org)
	all, _, err := w.Node.Mails.All(t.Context(), machine, broker.Page{Limit: broker.MaxPage})
	if err != nil {
		t.Fatal(err)
	}
	for i := len(all) - 1; i >= 0; i-- {
		if all[i].Org != org {
			continue
		}
		_, text, err := w.Node.Mails.Get(t.Context(), machine, org, all[i].ID)
		if err != nil {
			t.Fatal(err)
		}
		if found := regexp.MustCompile(expression).FindStringSubmatch(text.Plain); found != nil {
			return found[1]
		}
	}
	t.Fatalf("nothing like %s is in the outbox", expression)
	return ""
}
