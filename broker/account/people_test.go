package account_test

import (
	"slices"
	"testing"

	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/broker/account"
)

func TestAddressesAreOnePersons(t *testing.T) {
	onBothStores(t, func(t *testing.T, w *world) {
		anna, err := w.AddPerson(t.Context(), machine, account.NewPerson{Name: "Anna", Email: "Änna.Straße@Stadt.example"})
		must(t, err)
		for _, same := range []string{"Änna.Straße@Stadt.example", "änna.strasse@stadt.EXAMPLE", "ÄNNA.STRASSE@STADT.EXAMPLE", "A\u0308nna.Straße@Stadt.example"} {
			if _, err := w.AddPerson(t.Context(), machine, account.NewPerson{Name: "Anna", Email: same}); code(t, err) != "person-exists" {
				t.Errorf("%s again: got %v, want person-exists", same, err)
			}
		}
		bert, err := w.AddPerson(t.Context(), machine, account.NewPerson{Name: "Bert", Email: "bert@stadt.example"})
		must(t, err)
		if _, err := w.Change(t.Context(), machine, bert.ID, account.NewPerson{Name: "Bert", Email: "änna.straße@stadt.example"}); code(t, err) != "person-exists" {
			t.Errorf("bert takes anna's: got %v", err)
		}
		_, err = w.Change(t.Context(), machine, anna.ID, account.NewPerson{Name: "Anna B", Email: "ÄNNA.straße@stadt.example"})
		must(t, err) // her own, otherwise written
		_, err = w.Change(t.Context(), machine, anna.ID, account.NewPerson{Name: "Anna B", Email: "b@stadt.example"})
		must(t, err)
		_, err = w.Change(t.Context(), machine, bert.ID, account.NewPerson{Name: "Bert", Email: "änna.straße@stadt.example"})
		must(t, err) // free again
		people, total, err := w.People(t.Context(), machine, page)
		must(t, err)
		var got []string
		for _, p := range people {
			got = append(got, p.Name+" "+p.Email)
		}
		if want := []string{"Anna B b@stadt.example", "Bert änna.straße@stadt.example"}; total != 2 || !slices.Equal(got, want) {
			t.Errorf("people: got %d %q, want %q", total, got, want)
		}
	})
}

func TestOneOfManyGetsTheAddress(t *testing.T) {
	onBothStores(t, func(t *testing.T, w *world) {
		errs := atOnce(4, func(int) error {
			return second(w.AddPerson(t.Context(), machine, account.NewPerson{Name: "Anna", Email: "anna@stadt.example"}))
		})
		won := 0
		for _, err := range errs {
			if err == nil {
				won++
			} else if code(t, err) != "person-exists" {
				t.Errorf("got %v, want person-exists", err)
			}
		}
		if _, total, err := w.People(t.Context(), machine, page); err != nil || won != 1 || total != 1 {
			t.Errorf("%d were added, %d are there, %v", won, total, err)
		}
	})
}

// Operators of the platform do what an operator may, but become nobody else, and do not raise themselves.
func TestPlatform(t *testing.T) {
	onBothStores(t, func(t *testing.T, w *world) {
		org := w.org(t, "Stadt")
		anna := w.join(t, org, "anna", broker.RoleOwner)
		petra := w.platform(t, "petra")
		if petra.RequireOperator() != nil || petra.Org != "" {
			t.Errorf("petra asks as %+v", petra)
		}
		for name, test := range map[string]struct {
			err  error
			want string
		}{
			"renames":                  {second(w.Rename(t.Context(), petra, org, "Große Kreisstadt")), ""},
			"lists people":             {third(w.People(t.Context(), petra, page)), ""},
			"reads all logs":           {third(w.Log(t.Context(), petra, "", page)), ""},
			"sees a person":            {second(w.Person(t.Context(), petra, anna.Person)), ""},
			"lists tokens":             {third(w.Tokens(t.Context(), petra, anna.Person, page)), ""},
			"issues a token":           {third(w.IssueToken(t.Context(), petra, anna.Person, "mine", 0)), "forbidden"},
			"changes an address":       {second(w.Change(t.Context(), petra, anna.Person, account.NewPerson{Name: "anna", Email: "petra@betrieb.example"})), "forbidden"},
			"issues herself a token":   {third(w.IssueToken(t.Context(), petra, petra.Person, "mine", 0)), ""},
			"disables herself":         {second(w.Disable(t.Context(), petra, petra.Person, true)), "forbidden"},
			"dismisses herself":        {second(w.Appoint(t.Context(), petra, petra.Person, false)), "forbidden"},
			"appoints nobody":          {second(w.Appoint(t.Context(), petra, "nobody", true)), "person-not-found"},
			"an owner appoints":        {second(w.Appoint(t.Context(), anna, petra.Person, false)), "forbidden"},
			"an owner disables":        {second(w.Disable(t.Context(), anna, petra.Person, true)), "forbidden"},
			"acts for an organisation": {w.acts(t, petra, org), ""},
			"acts for none":            {w.acts(t, petra, "none"), "organisation-not-found"},
		} {
			if code(t, test.err) != test.want {
				t.Errorf("%s: got %v, want %q", name, test.err, test.want)
			}
		}
		all, total, err := w.Orgs(t.Context(), petra, page)
		if err != nil || total != 1 || all[0].Name != "Große Kreisstadt" {
			t.Errorf("organisations: got %v %d %v", all, total, err)
		}
		token := w.token(t, petra.Person)
		_, err = w.Appoint(t.Context(), machine, petra.Person, false)
		must(t, err)
		if who, err := w.Authenticate(t.Context(), token, ""); err != nil || who.RequireOperator() == nil {
			t.Errorf("dismissed, and still an operator: %+v %v", who, err)
		}
	})
}

// acts authenticates a person for an organisation.
func (w *world) acts(t testing.TB, who broker.Caller, org broker.OrgID) error {
	t.Helper()
	got, err := w.Authenticate(t.Context(), w.token(t, who.Person), org)
	if err == nil && (got.Org != org || got.Person != who.Person) {
		t.Errorf("acts as %+v, want for %s", got, org)
	}
	return err
}

// Every deed stands in the log of its organisation, or of the installation, and nothing that was asked for but not done.
func TestDeeds(t *testing.T) {
	onBothStores(t, func(t *testing.T, w *world) {
		org := w.org(t, "Stadt")
		m, err := w.AddMember(t.Context(), machine, org, account.NewPerson{Name: "anna", Email: "anna@stadt.example"}, broker.RoleOwner)
		must(t, err)
		anna := broker.PersonCaller(m.ID, org, broker.RoleOwner)
		bert, err := w.AddMember(t.Context(), anna, org, account.NewPerson{Name: "bert", Email: "bert@stadt.example"}, broker.RoleReader)
		must(t, err)
		must(t, second(w.SetRole(t.Context(), anna, org, bert.ID, broker.RoleReader))) // nothing new
		must(t, second(w.SetRole(t.Context(), anna, org, bert.ID, broker.RoleOperator)))
		must(t, second(w.Rename(t.Context(), anna, org, "Stadt"))) // nothing new
		must(t, second(w.Rename(t.Context(), anna, org, "Kreisstadt")))
		token, _, err := w.IssueToken(t.Context(), anna, anna.Person, "laptop", 0)
		must(t, err)
		must(t, w.RevokeToken(t.Context(), anna, anna.Person, token.ID))
		must(t, second(w.Disable(t.Context(), machine, bert.ID, true)))
		must(t, second(w.Disable(t.Context(), machine, bert.ID, true))) // nothing new
		must(t, w.RemoveMember(t.Context(), anna, org, bert.ID))
		p := w.propose(t, anna, org)
		must(t, second(w.Withdraw(t.Context(), anna, p.ID, "")))
		by := anna.Name()
		want := []string{
			"operator organisation.registered " + string(org),
			"operator person.added " + string(m.ID), "operator member.added " + string(m.ID),
			by + " person.added " + string(bert.ID), by + " member.added " + string(bert.ID),
			by + " member.role-changed " + string(bert.ID), by + " organisation.renamed " + string(org),
			by + " token.issued " + string(token.ID), by + " token.revoked " + string(token.ID),
			"operator person.disabled " + string(bert.ID), by + " member.removed " + string(bert.ID),
			by + " proposal.made " + string(p.ID), by + " proposal.withdrawn " + string(p.ID),
		}
		if got := w.deeds(t); !slices.Equal(got, want) {
			t.Errorf("got\n%q, want\n%q", got, want)
		}
		own, total, err := w.Log(t.Context(), anna, org, page)
		if err != nil || total != 8 || len(own) != 8 || !own[0].At.Equal(w.clock.Now()) {
			t.Errorf("the organisation's: got %d %v, want 8", total, err)
		}
	})
}
