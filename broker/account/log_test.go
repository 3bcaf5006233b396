package account_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/broker/account"
)

// found reads a log to its end, part by part, as the details of its deeds.
func (w *world) found(t testing.TB, who broker.Caller, org broker.OrgID, q account.LogQuery) (all []string) {
	t.Helper()
	for {
		part, err := w.SearchLog(t.Context(), who, org, q)
		must(t, err)
		if len(part.Deeds) > q.Limit {
			t.Fatalf("got %d, more than %d", len(part.Deeds), q.Limit)
		}
		for _, d := range part.Deeds {
			all = append(all, d.Detail)
		}
		if q.Before = part.Next; q.Before == 0 {
			return all
		}
	}
}

// TestSearchLog looks into a log of deeds 0 to 1199, one an hour, every third about a cat.
func TestSearchLog(t *testing.T) {
	onBothStores(t, func(t *testing.T, w *world) {
		org, begin := broker.NewID[broker.OrgID](), w.clock.Now()
		must(t, w.store.Update(t.Context(), func(tx broker.Tx) error {
			must(t, tx.PutOrg(broker.Org{ID: org, Name: "Stadt"}))
			for n := range 1200 {
				d := broker.Deed{Org: org, Deed: "dog.walked", Detail: fmt.Sprint(n)}
				if n%3 == 0 {
					d.Deed = "cat.fed"
				}
				must(t, broker.Note(tx, begin.Add(time.Duration(n)*time.Hour), machine, d))
			}
			return nil
		}))
		reader := broker.PersonCaller("p", org, broker.RoleReader)
		for name, test := range map[string]struct {
			q           account.LogQuery
			count       int
			first, last string
		}{
			"all":           {account.LogQuery{Limit: 7}, 1200, "1199", "0"},
			"of a kind":     {account.LogQuery{Limit: 500, Noun: "cat"}, 400, "1197", "0"},
			"of no kind":    {account.LogQuery{Limit: 500, Noun: "ca"}, 0, "", ""},
			"of a time":     {account.LogQuery{Limit: 3, From: begin.Add(10 * time.Hour), Until: begin.Add(20 * time.Hour)}, 10, "19", "10"},
			"kind and time": {account.LogQuery{Limit: 2, Noun: "cat", From: begin.Add(10 * time.Hour), Until: begin.Add(20 * time.Hour)}, 3, "18", "12"},
			"later":         {account.LogQuery{Limit: 2, From: begin.Add(1e4 * time.Hour)}, 0, "", ""},
			"before":        {account.LogQuery{Limit: 2, Until: begin}, 0, "", ""},
			"from":          {account.LogQuery{Limit: 500, From: begin.Add(1198 * time.Hour)}, 2, "1199", "1198"},
		} {
			got := w.found(t, reader, org, test.q)
			if len(got) != test.count || test.count > 0 && (got[0] != test.first || got[len(got)-1] != test.last) {
				t.Errorf("%s: got %d: %v", name, len(got), got)
			}
			if sorted := slices.Compact(slices.Clone(got)); len(sorted) != len(got) {
				t.Errorf("%s: something came twice", name)
			}
		}
		for name, test := range map[string]struct {
			who  broker.Caller
			org  broker.OrgID
			q    account.LogQuery
			want string
		}{
			"nobody":       {broker.Caller{}, org, account.LogQuery{Limit: 1}, "unauthorized"},
			"stranger":     {broker.PersonCaller("q", "other", broker.RoleOwner), org, account.LogQuery{Limit: 1}, "organisation-not-found"},
			"not for all":  {reader, "", account.LogQuery{Limit: 1}, "forbidden"},
			"no limit":     {reader, org, account.LogQuery{}, "bad-request"},
			"negative":     {reader, org, account.LogQuery{Limit: 1, Before: -1}, "bad-request"},
			"turned round": {reader, org, account.LogQuery{Limit: 1, From: begin, Until: begin.Add(-1)}, "bad-request"},
			"hostile":      {reader, org, account.LogQuery{Limit: 1, Noun: "'; --"}, "bad-request"},
		} {
			if _, err := w.SearchLog(t.Context(), test.who, test.org, test.q); code(t, err) != test.want {
				t.Errorf("%s: got %v, want %s", name, err, test.want)
			}
		}
		if got := w.found(t, machine, "", account.LogQuery{Limit: 500}); len(got) != 1200 {
			t.Errorf("of all: got %d", len(got))
		}
	})
}
