package account_test

import (
	"strings"
	"testing"

	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/broker/account"
)

func TestDecide(t *testing.T) {
	onBothStores(t, func(t *testing.T, w *world) {
		org, other := w.org(t, "Stadt"), w.org(t, "Kreis")
		owner, developer := w.join(t, org, "anna", broker.RoleOwner), w.join(t, org, "dora", broker.RoleDeveloper)
		operator, gone := w.join(t, org, "olga", broker.RoleOperator), w.join(t, org, "gerd", broker.RoleOwner)
		reader, stranger := w.join(t, org, "rolf", broker.RoleReader), w.join(t, other, "otto", broker.RoleOwner)
		platform := w.platform(t, "petra")
		_, err := w.Disable(t.Context(), machine, gone.Person, true)
		must(t, err)
		open, shut := w.propose(t, owner, org), w.closed(t, owner, org, operator, account.Refused)
		for name, c := range map[string]struct {
			who                       broker.Caller
			p                         account.Proposal
			release, refuse, withdraw string
			releasers                 string
		}{
			"who proposed":       {owner, open, "second-person-needed", "", "", "olga"},
			"another developer":  {developer, open, "forbidden", "forbidden", "", "olga"},
			"an operator":        {operator, open, "", "", "forbidden", "olga"},
			"a reader":           {reader, open, "forbidden", "forbidden", "forbidden", "olga"},
			"of the platform":    {platform, open, "", "", "", "olga"},
			"what was closed":    {operator, shut, "proposal-closed", "proposal-closed", "forbidden", ""},
			"closed, who did it": {owner, shut, "proposal-closed", "proposal-closed", "proposal-closed", ""},
		} {
			d, err := w.Decide(t.Context(), c.who, c.p.ID)
			must(t, err)
			var people []string
			for _, m := range d.Releasers {
				people = append(people, m.Name)
			}
			for what, f := range map[string]struct{ got, want string }{
				"release": {code(t, d.Release), c.release}, "refuse": {code(t, d.Refuse), c.refuse}, "withdraw": {code(t, d.Withdraw), c.withdraw},
				"releasers": {strings.Join(people, " "), c.releasers},
			} {
				if f.got != f.want {
					t.Errorf("%s: %s: got %q, want %q", name, what, f.got, f.want)
				}
			}
		}
		_, err = w.Decide(t.Context(), stranger, open.ID)
		if got := code(t, err); got != "proposal-not-found" {
			t.Errorf("a stranger: got %q, want proposal-not-found", got)
		}
	})
}
