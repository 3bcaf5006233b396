package broker_test

import (
	"errors"
	"slices"
	"testing"

	"github.com/vierkant/vierkant/broker"
)

// TestRights has what each caller may do for its own organisation. What is not listed is refused as Forbidden, and everything elsewhere as
// NotFound.
func TestRights(t *testing.T) {
	t.Parallel()
	const (
		own, foreign = broker.OrgID("own"), broker.OrgID("foreign")
		part         = broker.Scope("manage:destination:0b4f8f62-3a4c-4d5e-9f60-7a8b9c0d1e2f")
	)
	all := []broker.Right{broker.RightRead, broker.RightDraft, broker.RightClients, broker.RightRelease, broker.RightPeople}
	client := func(scopes ...broker.Scope) broker.Caller {
		return broker.Caller{Client: "c", Org: own, Scopes: scopes}
	}
	tests := map[string]struct {
		who        broker.Caller
		name       string
		may        []broker.Right
		everywhere bool
		manages    bool
	}{
		"owner":                {broker.PersonCaller("p", own, broker.RoleOwner), "person p", all, false, true},
		"developer":            {broker.PersonCaller("p", own, broker.RoleDeveloper), "person p", all[:3], false, true},
		"operator":             {broker.PersonCaller("p", own, broker.RoleOperator), "person p", []broker.Right{broker.RightRead, broker.RightRelease}, false, false},
		"reader":               {broker.PersonCaller("p", own, broker.RoleReader), "person p", all[:1], false, false},
		"unknown role":         {broker.PersonCaller("p", own, "king"), "person p", nil, false, false},
		"person without role":  {broker.PersonCaller("p", "", ""), "person p", nil, false, false},
		"role, but for nobody": {broker.PersonCaller("p", "", broker.RoleOwner), "person p", nil, false, false},
		"platform":             {broker.PlatformCaller("p"), "person p", all, true, true},
		"machine":              {broker.Operator(own), "operator", all, true, true},
		"managing client":      {client(broker.ScopeManage), "client c", all[:2], false, true},
		"client for a part":    {client(part), "client c", nil, false, true},
		"subscriber":           {client(broker.ScopeSubscribe), "client c", nil, false, false},
		"sender":               {client(broker.ScopeSend), "client c", nil, false, false},
	}
	for name, test := range tests {
		if got := test.who.Name(); got != test.name {
			t.Errorf("%s: named %q, want %q", name, got, test.name)
		}
		if got := test.who.Has(broker.ScopeManage); got != test.manages {
			t.Errorf("%s: manages destinations: got %v, want %v", name, got, test.manages)
		}
		for _, right := range all {
			want, elsewhere := error(nil), error(broker.NotFound)
			if !slices.Contains(test.may, right) {
				want = broker.Forbidden
			}
			if test.everywhere {
				elsewhere = nil
			}
			at := test.who.Org
			if got := test.who.Entitled(at, right); !errors.Is(got, want) {
				t.Errorf("%s, right %s: got %v, want %v", name, right, got, want)
			}
			if got := test.who.Entitled(foreign, right); !errors.Is(got, elsewhere) {
				t.Errorf("%s, right %s elsewhere: got %v, want %v", name, right, got, elsewhere)
			}
			if got := test.who.May(right); got != (want == nil) {
				t.Errorf("%s may %s: got %v", name, right, got)
			}
		}
	}
	nobody := broker.Caller{}
	if nobody.Name() != "nobody" || nobody.Known() || !errors.Is(nobody.Entitled("", broker.RightRead), broker.Unauthenticated) {
		t.Errorf("nobody is somebody")
	}
}
