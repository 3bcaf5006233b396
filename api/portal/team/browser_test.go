package team_test

import (
	"testing"

	"github.com/vierkant/vierkant/api/portal/portaltest"
	"github.com/vierkant/vierkant/broker"
)

func TestPagesInBrowser(t *testing.T) {
	t.Parallel()
	w := portaltest.Start(t)
	owner, operator := w.Person(t, broker.RoleOwner), w.Operator(t)
	link := invited(t, owner, "gast@example.org", "developer")
	w.Browse(t, "testdata/pages.mjs", map[string]any{"owner": owner.Secret, "operator": operator.Secret, "invitation": link})
}
