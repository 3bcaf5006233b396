package account_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/broker/account"
	"github.com/vierkant/vierkant/broker/storetest/stores"
)

func TestFound(t *testing.T) {
	onBothStores(t, func(t *testing.T, w *world) {
		found := func(a *account.Accounts, who broker.Caller, name string) (broker.OrgID, string) {
			o, err := a.Found(t.Context(), who, name)
			return o.ID, code(t, err)
		}
		anna := w.join(t, w.org(t, "Stadt"), "anna", broker.RoleReader)
		anna = broker.PersonCaller(anna.Person, "", "")
		client := w.client(t, w.join(t, w.org(t, "Kreis"), "otto", broker.RoleOwner))
		for name, who := range map[string]broker.Caller{"a person": anna, "a client": client, "nobody": {}} {
			if _, got := found(w.Accounts, who, "Neu"); got != "forbidden" {
				t.Errorf("%s, where operators do it: got %q", name, got)
			}
		}
		org, _ := found(w.Accounts, w.platform(t, "olga"), "Land")
		if got := w.roles(t, org); len(got) != 0 {
			t.Errorf("made for others: got the members %q", got)
		}
		open, err := account.New(account.Config{Store: w.store, Now: w.clock.Now, Founding: true})
		must(t, err)
		org, _ = found(open, anna, "Neu")
		if got := w.roles(t, org); !slices.Equal(got, []string{"anna owner"}) {
			t.Errorf("got the members %q", got)
		}
		for name, who := range map[string]broker.Caller{"a client": client, "nobody": {}} {
			if _, got := found(open, who, "Neu"); got != "forbidden" {
				t.Errorf("%s: got %q", name, got)
			}
		}
		if _, got := found(open, anna, ""); got != "bad-request" {
			t.Errorf("without a name: got %q", got)
		}
		for n := 2; n < account.MaxFounded; n++ {
			if _, got := found(open, anna, fmt.Sprint(n)); got != "" {
				t.Errorf("%d: got %q", n, got)
			}
		}
		_, before, err := w.Orgs(t.Context(), machine, page)
		must(t, err)
		if _, got := found(open, anna, "zu viel"); got != "too-many-organisations" {
			t.Errorf("got %q", got)
		}
		if _, after, err := w.Orgs(t.Context(), machine, page); err != nil || after != before {
			t.Errorf("a refused one is there: %d, %v", after, err)
		}
	})
}

func TestFindPeople(t *testing.T) {
	t.Parallel()
	w := newWorld(t, stores.Files(t))
	for n := range 700 {
		_, err := w.AddPerson(t.Context(), machine, account.NewPerson{Name: fmt.Sprintf("Person %d", n), Email: fmt.Sprintf("p%d@Stadt.example", n)})
		must(t, err)
	}
	for wanted, want := range map[string]int{"": 700, "PERSON 69": 11, "p699@stadt": 1, "stadt.EXAMPLE": 700, "%": 0, "' OR 1=1": 0} {
		got, total, err := w.FindPeople(t.Context(), machine, wanted, broker.Page{Limit: 50})
		must(t, err)
		if total != want || len(got) != min(want, 50) {
			t.Errorf("%q: got %d of %d, want %d", wanted, len(got), total, want)
		}
	}
	last, _, err := w.FindPeople(t.Context(), machine, "person 69", broker.Page{Offset: 10, Limit: 5})
	must(t, err)
	if len(last) != 1 || last[0].Name != "Person 699" {
		t.Errorf("got %+v", last)
	}
	owner := w.join(t, w.org(t, "Stadt"), "anna", broker.RoleOwner)
	if _, _, err := w.FindPeople(t.Context(), owner, "anna", page); code(t, err) != "forbidden" {
		t.Errorf("an owner: got %v", err)
	}
}
