package account_test

import (
	"errors"
	"slices"
	"testing"

	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/broker/account"
)

// roles returns the members of an organisation with their roles, in order.
func (w *world) roles(t testing.TB, org broker.OrgID) (all []string) {
	t.Helper()
	members, total, err := w.Members(t.Context(), machine, org, page)
	must(t, err)
	if total != len(members) {
		t.Errorf("total: got %d, want %d", total, len(members))
	}
	for _, m := range members {
		all = append(all, m.Name+" "+string(m.Role))
	}
	return all
}

func TestMembers(t *testing.T) {
	onBothStores(t, func(t *testing.T, w *world) {
		org, other := w.org(t, "Stadt"), w.org(t, "Kreis")
		owner := w.join(t, org, "anna", broker.RoleOwner)
		bert, err := w.AddMember(t.Context(), owner, org, account.NewPerson{Name: "bert", Email: "Bert@Stadt.example"}, broker.RoleReader)
		must(t, err)
		again, err := w.AddMember(t.Context(), machine, other, account.NewPerson{Email: "bert@stadt.EXAMPLE"}, broker.RoleOwner)
		must(t, err)
		if again.ID != bert.ID || again.Name != "bert" || !slices.Equal(again.Orgs, []broker.OrgID{other}) {
			t.Errorf("the same person elsewhere: got %+v", again)
		}
		_, err = w.SetRole(t.Context(), owner, org, bert.ID, broker.RoleOwner)
		must(t, err)
		if got, want := w.roles(t, org), []string{"anna owner", "bert owner"}; !slices.Equal(got, want) {
			t.Errorf("members: got %q, want %q", got, want)
		}
		must(t, w.RemoveMember(t.Context(), owner, org, owner.Person)) // leaves
		if got, want := w.roles(t, org), []string{"bert owner"}; !slices.Equal(got, want) {
			t.Errorf("members: got %q, want %q", got, want)
		}
		p, err := w.Person(t.Context(), machine, bert.ID)
		must(t, err)
		if !slices.Equal(p.Orgs, []broker.OrgID{org, other}) {
			t.Errorf("organisations of bert: got %q", p.Orgs)
		}
	})
}

func TestMembersRefuse(t *testing.T) {
	onBothStores(t, func(t *testing.T, w *world) {
		org, other := w.org(t, "Stadt"), w.org(t, "Kreis")
		owner := w.join(t, org, "anna", broker.RoleOwner)
		developer, reader := w.join(t, org, "dora", broker.RoleDeveloper), w.join(t, org, "rolf", broker.RoleReader)
		stranger := w.join(t, other, "otto", broker.RoleOwner)
		client := w.client(t, owner)
		somebody := account.NewPerson{Name: "emil", Email: "emil@stadt.example"}
		add := func(who broker.Caller, at broker.OrgID, n account.NewPerson, role broker.Role) error {
			_, err := w.AddMember(t.Context(), who, at, n, role)
			return err
		}
		set := func(who broker.Caller, person broker.PersonID, role broker.Role) error {
			_, err := w.SetRole(t.Context(), who, org, person, role)
			return err
		}
		remove := func(who broker.Caller, person broker.PersonID) error {
			return w.RemoveMember(t.Context(), who, org, person)
		}
		before, log := w.roles(t, org), w.deeds(t)
		for name, test := range map[string]struct {
			err  error
			want string
		}{
			"nobody adds":                      {add(broker.Caller{}, org, somebody, broker.RoleReader), "unauthorized"},
			"a developer adds":                 {add(developer, org, somebody, broker.RoleReader), "forbidden"},
			"a client adds":                    {add(client, org, somebody, broker.RoleReader), "forbidden"},
			"a stranger adds":                  {add(stranger, org, somebody, broker.RoleReader), "organisation-not-found"},
			"to no organisation":               {add(machine, "none", somebody, broker.RoleReader), "organisation-not-found"},
			"a role that there is not":         {add(owner, org, somebody, "king"), "bad-request"},
			"no address":                       {add(owner, org, account.NewPerson{Name: "emil"}, broker.RoleReader), "bad-request"},
			"an address with a name":           {add(owner, org, account.NewPerson{Name: "emil", Email: "Emil <emil@stadt.example>"}, broker.RoleReader), "bad-request"},
			"somebody new without a name":      {add(owner, org, account.NewPerson{Email: "emil@stadt.example"}, broker.RoleReader), "bad-request"},
			"a name of two lines":              {add(owner, org, account.NewPerson{Name: "emil\nowner", Email: "emil@stadt.example"}, broker.RoleReader), "bad-request"},
			"a member again":                   {add(owner, org, account.NewPerson{Email: "DORA@stadt.example"}, broker.RoleOwner), "person-exists"},
			"a developer promotes herself":     {set(developer, developer.Person, broker.RoleOwner), "forbidden"},
			"a stranger promotes":              {set(stranger, developer.Person, broker.RoleReader), "organisation-not-found"},
			"a stranger is promoted":           {set(owner, stranger.Person, broker.RoleOwner), "person-not-found"},
			"the last owner becomes a reader":  {set(owner, owner.Person, broker.RoleReader), "last-owner"},
			"the machine takes the last owner": {set(machine, owner.Person, broker.RoleReader), "last-owner"},
			"the last owner leaves":            {remove(owner, owner.Person), "last-owner"},
			"a reader removes":                 {remove(reader, developer.Person), "forbidden"},
			"a stranger removes":               {remove(stranger, developer.Person), "organisation-not-found"},
			"a stranger leaves":                {remove(stranger, stranger.Person), "organisation-not-found"},
			"a stranger is removed":            {remove(owner, stranger.Person), "person-not-found"},
		} {
			if code(t, test.err) != test.want {
				t.Errorf("%s: got %v, want %s", name, test.err, test.want)
			}
		}
		if after := w.roles(t, org); !slices.Equal(before, after) {
			t.Errorf("members: got %q, want %q", after, before)
		}
		if after := w.deeds(t); !slices.Equal(log, after) {
			t.Errorf("refusals were noted: %q", after[len(log):])
		}
		must(t, remove(reader, reader.Person))
	})
}

// Of an organisation whose other owners are disabled, the last who can act stays.
func TestDisabledOwnerDoesNotCount(t *testing.T) {
	onBothStores(t, func(t *testing.T, w *world) {
		org := w.org(t, "Stadt")
		anna, bert := w.join(t, org, "anna", broker.RoleOwner), w.join(t, org, "bert", broker.RoleOwner)
		_, err := w.Disable(t.Context(), machine, bert.Person, true)
		must(t, err)
		if err := w.RemoveMember(t.Context(), anna, org, anna.Person); code(t, err) != "last-owner" {
			t.Errorf("leaving: got %v, want last-owner", err)
		}
		_, err = w.Disable(t.Context(), machine, bert.Person, false)
		must(t, err)
		must(t, w.RemoveMember(t.Context(), anna, org, anna.Person))
	})
}

func TestOwnersLeaveAtOnce(t *testing.T) {
	onBothStores(t, func(t *testing.T, w *world) {
		org := w.org(t, "Stadt")
		var owners []broker.Caller
		for _, name := range []string{"anna", "bert", "carl", "dora"} {
			owners = append(owners, w.join(t, org, name, broker.RoleOwner))
		}
		stayed := 0
		for _, err := range atOnce(len(owners), func(i int) error { return w.RemoveMember(t.Context(), owners[i], org, owners[i].Person) }) {
			if code(t, err) == "last-owner" {
				stayed++
			}
		}
		if left := w.roles(t, org); stayed != 1 || len(left) != 1 {
			t.Errorf("%d were refused and %q are left, want one", stayed, left)
		}
	})
}

// TestStrangersLearnNothing has whoever is of one organisation ask about another, by every way that there is.
func TestStrangersLearnNothing(t *testing.T) {
	onBothStores(t, func(t *testing.T, w *world) {
		org, other := w.org(t, "Stadt"), w.org(t, "Kreis")
		owner, stranger := w.join(t, org, "anna", broker.RoleOwner), w.join(t, other, "otto", broker.RoleOwner)
		client := w.client(t, owner)
		proposal := w.propose(t, client, org)
		for _, who := range []broker.Caller{stranger, w.client(t, stranger)} {
			for name, err := range map[string]error{
				"organisation":      second(w.Org(t.Context(), who, org)),
				"rename":            second(w.Rename(t.Context(), who, org, "Meine")),
				"members":           third(w.Members(t.Context(), who, org, page)),
				"member":            second(w.Member(t.Context(), who, org, owner.Person)),
				"member, as my own": second(w.Member(t.Context(), who, other, owner.Person)),
				"person":            second(w.Person(t.Context(), who, owner.Person)),
				"change":            second(w.Change(t.Context(), who, owner.Person, account.NewPerson{Name: "x", Email: "x@stadt.example"})),
				"tokens":            third(w.Tokens(t.Context(), who, owner.Person, page)),
				"issue":             third(w.IssueToken(t.Context(), who, owner.Person, "mine", 0)),
				"revoke":            w.RevokeToken(t.Context(), who, owner.Person, "any"),
				"log":               third(w.Log(t.Context(), who, org, page)),
				"proposals":         third(w.Proposals(t.Context(), who, org, false, page)),
				"proposal":          second(w.Proposal(t.Context(), who, proposal.ID)),
				"client":            second(w.clients.Get(t.Context(), who, client.Client)),
				"rotate":            third(w.clients.Rotate(t.Context(), who, client.Client, broker.Rotation{})),
				"disable":           second(w.clients.Disable(t.Context(), who, client.Client, true)),
			} {
				if !errors.Is(err, broker.NotFound) {
					t.Errorf("%s asks for %s: got %v, want not found", who.Name(), name, err)
				}
			}
			if all, total, err := w.Orgs(t.Context(), who, page); err != nil || total != 1 || all[0].ID != other {
				t.Errorf("%s: organisations: got %v %d %v, want the own", who.Name(), all, total, err)
			}
			for name, err := range map[string]error{
				"people": third(w.People(t.Context(), who, page)),
				"log":    third(w.Log(t.Context(), who, "", page)),
				"add":    second(w.AddPerson(t.Context(), who, account.NewPerson{Name: "x", Email: "x@stadt.example"})),
			} {
				if !errors.Is(err, broker.Forbidden) {
					t.Errorf("%s asks for %s of all: got %v, want forbidden", who.Name(), name, err)
				}
			}
		}
	})
}

func second[A any](_ A, err error) error        { return err }
func third[A, B any](_ A, _ B, err error) error { return err }
