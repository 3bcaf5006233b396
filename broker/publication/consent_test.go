package publication_test

import (
	"strings"
	"testing"

	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/broker/publication"
	"github.com/vierkant/vierkant/broker/storetest/stores"
)

// TestConsent goes through what needs whose consent: the Land answers for trade in DE05, and the city wants to.
func TestConsent(t *testing.T) {
	onBothStores(t, closed, func(t *testing.T, w *world) {
		land, city, third := w.office(t, "Land"), w.office(t, "Stadt"), w.office(t, "Dritte")
		w.grant(t, land, "DE05")
		w.grant(t, city, "DE05515", trade)
		w.grant(t, city, "DE06", trade)
		w.grant(t, third, "DE")
		w.publish(t, land, ranked(land.draft("all", trade, "DE05"), 1))
		publish := func(d publication.Draft) string {
			_, err := w.Publish(t.Context(), city.owner, city.org, puts(d))
			if err == nil {
				return ""
			}
			return refusals(t, err)
		}
		in := func(step, want string, d publication.Draft) {
			t.Helper()
			if got := publish(d); got != want {
				t.Errorf("%s: got %q, want %q", step, got, want)
			}
		}
		route := city.draft("own", trade, "DE05515")
		in("a narrower route", "consent-missing", route)
		in("outside the grant", "outside-grant", city.draft("own", dogs, "DE05515"))
		in("above the grant", "consent-missing outside-grant", city.draft("own", trade, "DE05"))
		in("where nobody answers", "", city.draft("elsewhere", trade, "DE06"))
		other := w.consent(t, land, city, "DE05515", dogs)
		in("consent to another service", "consent-missing", route)
		agreed := w.consent(t, land, city, "DE05515", trade)
		in("with consent", "", within(ranked(route, 1), 2, 8))
		if again := w.consent(t, land, city, "DE055150000000", trade, trade); again.ID != agreed.ID {
			t.Errorf("got %v, want the consent that is there", again)
		}
		must(t, w.WithdrawConsent(t.Context(), land.owner, land.org, agreed.ID))
		must(t, w.WithdrawConsent(t.Context(), land.operator, land.org, other.ID))
		in("other texts, without consent", "", named(within(ranked(route, 1), 2, 8), "Amt own, new name"))
		in("earlier", "consent-missing", within(ranked(route, 1), 1, 8))
		in("later", "consent-missing", within(ranked(route, 1), 2, 9))
		in("open at the end", "consent-missing", from(ranked(route, 1), 2))
		in("higher", "consent-missing", within(ranked(route, 2), 2, 8))
		in("shorter and lower", "", within(ranked(route, 0), 3, 7))
		in("as it was, by now", "consent-missing", within(ranked(route, 1), 2, 8))
		_, err := w.Rollback(t.Context(), city.owner, city.org, 2, "")
		if got := refusals(t, err); got != "consent-missing" {
			t.Errorf("rollback to wider times: got %q, want it refused", got)
		}
		if _, err := w.Consent(t.Context(), machine, "", city.org, nil, "DE"); err != nil {
			t.Fatal(err)
		}
		in("the operator consents for all", "", route)
		w.publish(t, land, ranked(land.draft("all", trade, "DE05"), 5)) // covers the city, takes nothing from it
		if got := w.answers(t, "DE055150000001"); got != "own" {
			t.Errorf("got %q, want the city's own route", got)
		}
		_, err = w.Publish(t.Context(), third.owner, third.org, puts(third.draft("x", trade, "DE05515")))
		if got := refusals(t, err); got != "consent-missing" {
			t.Errorf("got %q, want the third to ask", got)
		}
		_, err = w.Publish(t.Context(), third.owner, third.org, puts(third.draft("x", trade, "DE")))
		must(t, err)
	})
}

func ranked(d publication.Draft, priority int) publication.Draft { d.Priority = priority; return d }

func named(d publication.Draft, name string) publication.Draft { d.Name = name; return d }

func within(d publication.Draft, first, last int) publication.Draft {
	d.From, d.Until = day(first), day(last)
	return d
}

// A municipality's AGS does not tell its association: another region with the same AGS is the same place to whoever asks by AGS.
func TestConsentByAGS(t *testing.T) {
	t.Parallel()
	w := newWorld(t, stores.Files(t), closed)
	town, county := w.office(t, "Gemeinde"), w.office(t, "Kreis")
	w.grant(t, town, "DE055660004001")
	w.grant(t, county, "DE05566")
	w.publish(t, town, town.draft("town", trade, "DE055660004001"))
	_, err := w.Publish(t.Context(), county.owner, county.org, puts(county.draft("x", trade, "DE055669999001")))
	if got := refusals(t, err); got != "consent-missing" {
		t.Errorf("got %q, want the town to be asked", got)
	}
	w.publish(t, county, county.draft("x", trade, "DE055669999002"))
}

// What nobody granted protects nobody: whoever comes first to an open environment does not own the country.
func TestUngrantedRoutesProtectNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t, stores.Files(t), open)
	first, second := w.office(t, "Erste"), w.office(t, "Zweite")
	w.publish(t, first, first.draft("a", trade, "DE"))
	w.publish(t, second, second.draft("b", trade, "DE05"))
	w.grant(t, first, "DE05")
	_, err := w.Publish(t.Context(), second.owner, second.org, puts(second.draft("c", trade, "DE055")))
	if got := refusals(t, err); got != "consent-missing" {
		t.Errorf("got %q, want the one with the grant to be asked", got)
	}
}

func TestWhoMayConsentAndGrant(t *testing.T) {
	t.Parallel()
	w := newWorld(t, stores.Files(t), closed)
	o, other := w.office(t, "Stadt"), w.office(t, "Land")
	for name, c := range map[string]struct {
		who     broker.Caller
		consent broker.Kind
		grant   broker.Kind
	}{
		"owner": {o.owner, "", broker.Forbidden}, "operator": {o.operator, "", broker.Forbidden}, "machine": {machine, "", ""},
		"developer": {o.developer, broker.Forbidden, broker.Forbidden}, "client": {o.client, broker.Forbidden, broker.Forbidden},
		"reader": {o.reader, broker.Forbidden, broker.Forbidden}, "another": {other.owner, broker.NotFound, broker.Forbidden},
	} {
		_, err := w.Consent(t.Context(), c.who, o.org, other.org, nil, "DE05")
		if got := kindOf(err); got != c.consent {
			t.Errorf("consent by %s: got %v, want %q", name, err, c.consent)
		}
		if _, err = w.Grant(t.Context(), c.who, o.org, nil, "DE05"); kindOf(err) != c.grant {
			t.Errorf("grant by %s: got %v, want %q", name, err, c.grant)
		}
	}
	_, err := w.Consent(t.Context(), o.owner, "", other.org, nil, "DE05")
	isKind(t, err, broker.Forbidden, "forbidden")
	_, err = w.Consent(t.Context(), o.owner, o.org, "nobody", nil, "DE05")
	isKind(t, err, broker.NotFound, "organisation-not-found")
	_, err = w.Grant(t.Context(), machine, o.org, nil, "DE0551")
	isKind(t, err, broker.Invalid, "bad-request")
	given, total, err := w.ConsentsFrom(t.Context(), o.reader, o.org, page)
	must(t, err)
	got, _, err := w.ConsentsTo(t.Context(), other.reader, other.org, page)
	must(t, err)
	if total != 1 || len(got) != 1 || asJSON(t, got[0]) != asJSON(t, given[0]) {
		t.Errorf("got %v and %v, want both sides to see the one consent", given, got)
	}
	for from, who := range map[broker.OrgID]broker.Caller{o.org: other.owner, other.org: other.owner, "": machine} {
		isKind(t, w.WithdrawConsent(t.Context(), who, from, given[0].ID), broker.NotFound, "consent-not-found")
	}
}

// A grant that carries routes is not withdrawn without them, and with them at once.
func TestWithdrawGrant(t *testing.T) {
	onBothStores(t, closed, func(t *testing.T, w *world) {
		o := w.office(t, "Stadt")
		g, small := w.grant(t, o, "DE05"), w.grant(t, o, "DE05515", trade)
		w.publish(t, o, o.draft("town", trade, "DE05515"), o.draft("land", trade, "DE05"), o.draft("dogs", dogs, "DE05515"))
		_, err := w.WithdrawGrant(t.Context(), machine, o.org, g.ID, false)
		isKind(t, err, broker.Conflict, "grant-in-use")
		if err == nil || !strings.Contains(err.Error(), "dogs, land") {
			t.Errorf("got %v, want the routes named", err)
		}
		if all, _, err := w.Grants(t.Context(), o.reader, o.org, page); err != nil || len(all) != 2 {
			t.Errorf("got %v, %v, want both grants", all, err)
		}
		out, err := w.WithdrawGrant(t.Context(), machine, o.org, g.ID, true)
		must(t, err)
		if got := names(w.routes(t)); got != "town" || out.Revision == nil || out.Revision.Deleted != 2 {
			t.Errorf("got %q and %+v, want two routes gone with the grant", got, out.Revision)
		}
		_, err = w.Rollback(t.Context(), o.owner, o.org, 1, "")
		if got := refusals(t, err); got != "outside-grant" {
			t.Errorf("got %q, want no way back to what is not granted", got)
		}
		_, err = w.WithdrawGrant(t.Context(), o.owner, o.org, small.ID, true)
		isKind(t, err, broker.Forbidden, "forbidden")
		_, err = w.WithdrawGrant(t.Context(), machine, o.org, g.ID, true)
		isKind(t, err, broker.NotFound, "grant-not-found")
	})
}
