package account_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/vierkant/vierkant/broker"
)

func TestSecretsOverlap(t *testing.T) {
	onBothStores(t, func(t *testing.T, w *world) {
		dora := w.join(t, w.org(t, "Stadt"), "dora", broker.RoleDeveloper)
		c, first, err := w.clients.Register(t.Context(), dora, broker.NewClient{Name: "portal", Kind: broker.Sender})
		must(t, err)
		rotate := func(overlap time.Duration) (secret string) {
			t.Helper()
			_, secret, err := w.clients.Rotate(t.Context(), dora, c.ID, broker.Rotation{Overlap: overlap})
			must(t, err)
			return secret
		}
		is := func(what, secret string, good bool) {
			t.Helper()
			if _, err := w.clients.Authenticate(t.Context(), c.ID, secret); (err == nil) != good || err != nil && !errors.Is(err, broker.Unauthenticated) {
				t.Errorf("%s: got %v, want good: %v", what, err, good)
			}
		}
		is("the first", first, true)
		is("no secret", "", false)
		second := rotate(0)
		is("the first, after a change at once", first, false)
		is("the second", second, true)
		third := rotate(time.Hour)
		w.clock.advance(time.Hour - 1)
		is("the second, within its hour", second, true)
		is("the third", third, true)
		is("the first, all the while", first, false)
		w.clock.advance(1)
		is("the second, after its hour", second, false)
		fourth := rotate(time.Hour)
		fifth := rotate(time.Hour)
		is("the third, two changes later", third, false)
		is("the fourth", fourth, true)
		is("the fifth", fifth, true)
		sixth := rotate(0)
		is("the fifth, after a change at once", fifth, false)
		is("the fourth, after a change at once", fourth, false)
		is("the sixth", sixth, true)
		for _, overlap := range []time.Duration{-1, broker.MaxOverlap + 1} {
			if _, _, err := w.clients.Rotate(t.Context(), dora, c.ID, broker.Rotation{Overlap: overlap}); code(t, err) != "bad-request" {
				t.Errorf("overlap %s: got %v, want bad-request", overlap, err)
			}
		}
		is("the sixth, after what was refused", sixth, true)
	})
}

func TestClientIsShutOut(t *testing.T) {
	onBothStores(t, func(t *testing.T, w *world) {
		dora := w.join(t, w.org(t, "Stadt"), "dora", broker.RoleDeveloper)
		c, secret, err := w.clients.Register(t.Context(), dora, broker.NewClient{Kind: broker.Subscriber})
		must(t, err)
		for _, disabled := range []bool{true, true, false, false} {
			got, err := w.clients.Disable(t.Context(), dora, c.ID, disabled)
			must(t, err)
			_, bySecret := w.clients.Authenticate(t.Context(), c.ID, secret)
			_, byToken := w.clients.Caller(t.Context(), c.ID, c.Scopes())
			if got.Disabled != disabled || (bySecret == nil) == disabled || (byToken == nil) == disabled {
				t.Errorf("disabled %v: got %+v, secret %v, token %v", disabled, got, bySecret, byToken)
			}
		}
		want := []string{"client.registered", "client.disabled", "client.enabled"}
		log, _, err := w.Log(t.Context(), dora, c.Org, page)
		must(t, err)
		var got []string
		for _, d := range log {
			if d.Subject == string(c.ID) {
				got = append(got, d.Deed)
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("deeds: got %q, want %q", got, want)
		}
	})
}

func TestClientsAreListed(t *testing.T) {
	onBothStores(t, func(t *testing.T, w *world) {
		org, other := w.org(t, "Stadt"), w.org(t, "Kreis")
		rolf := w.join(t, org, "rolf", broker.RoleReader)
		var want []broker.ClientID
		for _, at := range []broker.OrgID{org, other, org, org} {
			c := w.client(t, broker.Operator(at)).Client
			if at == org {
				want = append(want, c)
			}
		}
		all, total, err := w.clients.List(t.Context(), rolf, page)
		must(t, err)
		var got []broker.ClientID
		for _, c := range all {
			got = append(got, c.ID)
		}
		if total != 3 || !slices.Equal(got, want) {
			t.Errorf("got %d %q, want %q", total, got, want)
		}
		if part, total, err := w.clients.List(t.Context(), rolf, broker.Page{Offset: 1, Limit: 1}); err != nil || total != 3 || len(part) != 1 || part[0].ID != want[1] {
			t.Errorf("a page: got %v %d %v", part, total, err)
		}
		if c, err := w.clients.Get(t.Context(), rolf, want[0]); err != nil || c.ID != want[0] {
			t.Errorf("one: got %+v %v", c, err)
		}
		if _, _, err := w.clients.Register(t.Context(), broker.Operator(org), broker.NewClient{Kind: broker.Sender}); code(t, err) != "too-many-clients" {
			t.Errorf("a fourth of three: got %v, want too-many-clients", err)
		}
	})
}

func TestClientsRefuse(t *testing.T) {
	onBothStores(t, func(t *testing.T, w *world) {
		org := w.org(t, "Stadt")
		dora, olga := w.join(t, org, "dora", broker.RoleDeveloper), w.join(t, org, "olga", broker.RoleOperator)
		rolf, client := w.join(t, org, "rolf", broker.RoleReader), w.client(t, dora)
		sender := broker.NewClient{Kind: broker.Sender}
		kreis := broker.Operator(w.org(t, "Kreis"))
		before := w.deeds(t)
		for name, test := range map[string]struct {
			err  error
			want string
		}{
			"nobody registers":          {third(w.clients.Register(t.Context(), broker.Caller{}, sender)), "unauthorized"},
			"an operator registers":     {third(w.clients.Register(t.Context(), olga, sender)), "forbidden"},
			"a reader registers":        {third(w.clients.Register(t.Context(), rolf, sender)), "forbidden"},
			"a client registers":        {third(w.clients.Register(t.Context(), client, sender)), "forbidden"},
			"a person who named none":   {third(w.clients.Register(t.Context(), broker.PersonCaller(dora.Person, "", ""), sender)), "forbidden"},
			"for no organisation":       {third(w.clients.Register(t.Context(), machine, sender)), "organisation-not-found"},
			"of no kind":                {third(w.clients.Register(t.Context(), dora, broker.NewClient{})), "bad-request"},
			"a sender that manages":     {third(w.clients.Register(t.Context(), dora, broker.NewClient{Kind: broker.Sender, Manage: true})), "bad-request"},
			"a reader rotates":          {third(w.clients.Rotate(t.Context(), rolf, client.Client, broker.Rotation{})), "forbidden"},
			"a client rotates its own":  {third(w.clients.Rotate(t.Context(), client, client.Client, broker.Rotation{})), "forbidden"},
			"a secret of no time":       {third(w.clients.Register(t.Context(), dora, broker.NewClient{Kind: broker.Sender, SecretUntil: w.clock.Now()})), "bad-request"},
			"a name of two lines":       {third(w.clients.Register(t.Context(), dora, broker.NewClient{Kind: broker.Sender, Name: "a\nb"})), "bad-request"},
			"a secret of a century":     {third(w.clients.Rotate(t.Context(), dora, client.Client, broker.Rotation{Until: w.clock.Now().AddDate(100, 0, 0)})), "bad-request"},
			"a reader ends an overlap":  {second(w.clients.EndFormer(t.Context(), rolf, client.Client)), "forbidden"},
			"a reader changes":          {second(w.clients.Change(t.Context(), rolf, client.Client, broker.ClientChange{})), "forbidden"},
			"a client changes its own":  {second(w.clients.Change(t.Context(), client, client.Client, broker.ClientChange{Manage: new(bool)})), "forbidden"},
			"grants of a subscriber":    {second(w.clients.Change(t.Context(), dora, client.Client, broker.ClientChange{Grants: &[]broker.Grant{{Region: "DE"}}})), "bad-request"},
			"an operator elsewhere":     {second(w.clients.Get(t.Context(), kreis, client.Client)), "client-not-found"},
			"an operator disables":      {second(w.clients.Disable(t.Context(), olga, client.Client, true)), "forbidden"},
			"what there is not":         {second(w.clients.Get(t.Context(), dora, "none")), "client-not-found"},
			"a page of nothing":         {third(w.clients.List(t.Context(), dora, broker.Page{})), "bad-request"},
			"an organisation, by dora":  {second(w.clients.RegisterOrg(t.Context(), dora, "Neustadt")), "forbidden"},
			"an organisation, unnamed":  {second(w.clients.RegisterOrg(t.Context(), machine, " ")), "bad-request"},
			"an organisation, nobody's": {second(w.clients.RegisterOrg(t.Context(), broker.Caller{}, "Neustadt")), "forbidden"},
		} {
			if code(t, test.err) != test.want {
				t.Errorf("%s: got %v, want %s", name, test.err, test.want)
			}
		}
		if after := w.deeds(t); !slices.Equal(before, after) {
			t.Errorf("refusals were noted: %q", after[len(before):])
		}
	})
}
