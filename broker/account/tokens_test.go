package account_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/broker/account"
)

func TestTokenSpeaksForAPerson(t *testing.T) {
	onBothStores(t, func(t *testing.T, w *world) {
		org, other := w.org(t, "Stadt"), w.org(t, "Kreis")
		anna := w.join(t, org, "anna", broker.RoleDeveloper)
		_, token, err := w.IssueToken(t.Context(), anna, anna.Person, "laptop", time.Hour)
		must(t, err)
		if !strings.HasPrefix(token, account.TokenPrefix) || len(token) != len(account.TokenPrefix)+43 {
			t.Errorf("token %q: want vkp_ and 43 characters", token)
		}
		as := func(at broker.OrgID) broker.Caller {
			t.Helper()
			who, err := w.Authenticate(t.Context(), token, at)
			must(t, err)
			return who
		}
		if who := as(""); who.Org != org || who.Role != broker.RoleDeveloper || who.Person != anna.Person || !who.Has(broker.ScopeManage) {
			t.Errorf("of the only organisation: got %+v", who)
		}
		must(t, second(w.AddMember(t.Context(), machine, other, account.NewPerson{Email: "anna@stadt.example"}, broker.RoleReader)))
		if who := as(""); who.Org != "" || who.Role != "" || who.Has(broker.ScopeManage) || !who.Known() {
			t.Errorf("of two, none named: got %+v", who)
		}
		if who := as(other); who.Org != other || who.Role != broker.RoleReader {
			t.Errorf("of two, the other: got %+v", who)
		}
		if _, total, err := w.Orgs(t.Context(), as(""), page); err != nil || total != 2 {
			t.Errorf("organisations: got %d %v, want 2", total, err)
		}
		if all, total, err := w.Orgs(t.Context(), as(""), broker.Page{Offset: 1, Limit: 1}); err != nil || total != 2 || len(all) != 1 || all[0].ID != other {
			t.Errorf("the second organisation: got %v %d %v", all, total, err)
		}
		must(t, second(w.SetRole(t.Context(), machine, org, anna.Person, broker.RoleOperator)))
		if who := as(org); who.Role != broker.RoleOperator || who.Has(broker.ScopeManage) {
			t.Errorf("after the role was changed: got %+v", who)
		}
		must(t, w.RemoveMember(t.Context(), machine, org, anna.Person))
		if _, err := w.Authenticate(t.Context(), token, org); code(t, err) != "organisation-not-found" {
			t.Errorf("after she was removed: got %v", err)
		}
	})
}

func TestTokenIsGoodNoMore(t *testing.T) {
	onBothStores(t, func(t *testing.T, w *world) {
		org := w.org(t, "Stadt")
		anna := w.join(t, org, "anna", broker.RoleReader)
		is := func(what, token string, want error) {
			t.Helper()
			if _, err := w.Authenticate(t.Context(), token, org); !errors.Is(err, want) {
				t.Errorf("%s: got %v, want %v", what, err, want)
			}
		}
		issued, token, err := w.IssueToken(t.Context(), anna, anna.Person, "laptop", 0)
		must(t, err)
		for _, wrong := range []string{"", account.TokenPrefix, "x" + token, token + "x", strings.ToUpper(token), strings.TrimPrefix(token, account.TokenPrefix), string(issued.ID)} {
			is("a wrong token", wrong, broker.Unauthenticated)
		}
		must(t, second(w.Disable(t.Context(), machine, anna.Person, true)))
		is("disabled", token, broker.Unauthenticated)
		must(t, second(w.Disable(t.Context(), machine, anna.Person, false)))
		w.clock.advance(account.DefaultLife - time.Nanosecond)
		is("just before it expires", token, nil)
		w.clock.advance(time.Nanosecond)
		is("expired", token, broker.Unauthenticated)
		again, token, err := w.IssueToken(t.Context(), anna, anna.Person, "laptop", time.Minute)
		must(t, err)
		if all, total, err := w.Tokens(t.Context(), anna, anna.Person, page); err != nil || total != 1 || all[0].ID != again.ID || all[0].Name != "laptop" {
			t.Errorf("what expired made no room: got %+v %d %v", all, total, err)
		}
		if err := w.RevokeToken(t.Context(), anna, anna.Person, issued.ID); code(t, err) != "token-not-found" {
			t.Errorf("revoke what is gone: got %v", err)
		}
		is("before it is revoked", token, nil)
		must(t, w.RevokeToken(t.Context(), anna, anna.Person, again.ID))
		is("revoked", token, broker.Unauthenticated)
	})
}

func TestIssueRefuses(t *testing.T) {
	onBothStores(t, func(t *testing.T, w *world) {
		org := w.org(t, "Stadt")
		anna, owner := w.join(t, org, "anna", broker.RoleReader), w.join(t, org, "otto", broker.RoleOwner)
		for name, test := range map[string]struct {
			who    broker.Caller
			person broker.PersonID
			name   string
			life   time.Duration
			want   string
		}{
			"nobody":              {broker.Caller{}, anna.Person, "x", 0, "unauthorized"},
			"an owner":            {owner, anna.Person, "x", 0, "person-not-found"},
			"a client":            {w.client(t, owner), anna.Person, "x", 0, "person-not-found"},
			"a client, for none":  {w.client(t, owner), "", "x", 0, "person-not-found"},
			"for nobody":          {machine, "none", "x", 0, "person-not-found"},
			"no name":             {anna, anna.Person, "", 0, "bad-request"},
			"too long":            {anna, anna.Person, "x", account.MaxLife + 1, "bad-request"},
			"expired from birth":  {anna, anna.Person, "x", -1, "bad-request"},
			"as long as possible": {anna, anna.Person, "x", account.MaxLife, ""},
		} {
			if _, _, err := w.IssueToken(t.Context(), test.who, test.person, test.name, test.life); code(t, err) != test.want {
				t.Errorf("%s: got %v, want %q", name, err, test.want)
			}
		}
		var err error
		for range account.MaxTokens {
			if _, _, err = w.IssueToken(t.Context(), anna, anna.Person, "x", 0); err != nil {
				break
			}
		}
		if _, total, _ := w.Tokens(t.Context(), anna, anna.Person, page); code(t, err) != "too-many-tokens" || total != account.MaxTokens {
			t.Errorf("got %v with %d tokens, want too-many-tokens with %d", err, total, account.MaxTokens)
		}
	})
}

// Whoever reads the store learns no token.
func TestTokensAreNotKept(t *testing.T) {
	onBothStores(t, func(t *testing.T, w *world) {
		anna := w.join(t, w.org(t, "Stadt"), "anna", broker.RoleReader)
		token := w.token(t, anna.Person)
		must(t, w.store.View(t.Context(), func(tx broker.Tx) error {
			for _, kind := range []broker.EntryKind{"token", "person", "deed"} {
				all, _, err := tx.Entries(kind, page)
				must(t, err)
				if len(all) == 0 {
					t.Errorf("no entries of kind %s: are they called otherwise now?", kind)
				}
				for _, e := range all {
					if kept := e.ID + e.Owner + string(e.Value); strings.Contains(kept, strings.TrimPrefix(token, account.TokenPrefix)) {
						t.Errorf("an entry of kind %s has the token: %s", kind, kept)
					}
				}
			}
			return nil
		}))
	})
}
