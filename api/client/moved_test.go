package client_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/vierkant/vierkant/api/client"
	"github.com/vierkant/vierkant/api/wire"
	"github.com/vierkant/vierkant/crypto/attest"
)

// A key that was given up is answered with the routes of the area that it is a part of today, which are attested for that one only.
func TestRoutesOfFormerAreas(t *testing.T) {
	t.Parallel()
	const note = "ARS 055150000009 is no longer in the list of areas; its successor is 055150000000."
	merged := &wire.Explanation{Area: &wire.Area{ARS: "055660000000"}, Notes: []string{note}}
	for _, tc := range []struct {
		name     string
		area     client.Area
		says     *wire.Explanation
		attested string
		want     string // region; "" is refused
	}{
		{"as it is known", client.Area{ARS: "055150000009", Former: true}, merged, "05566", "DE05566"},
		{"by its AGS", client.Area{AGS: "05515009", Former: true}, merged, "05566", "DE05566"},
		{"nobody said that it is known", client.Area{ARS: "055150000009"}, merged, "05566", ""},
		{"attested for neither", client.Area{ARS: "055150000009", Former: true}, merged, "09162", ""},
		{"a service that does not explain", client.Area{ARS: "055150000009", Former: true}, nil, "05566", ""},
		{"an area that is where it was", client.Area{ARS: "055150000009", Former: true},
			&wire.Explanation{Area: &wire.Area{ARS: "055150000009"}, Notes: []string{note}}, "05566", ""},
		{"another one, without a word", client.Area{ARS: "055150000009", Former: true}, &wire.Explanation{Area: merged.Area}, "05566", ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			b := newBroker(t)
			b.routes = []wire.Route{b.route(tc.attested, destinationID)}
			b.before = func(w http.ResponseWriter, r *http.Request) bool {
				explained := r.URL.Query().Get("explain") != ""
				if explained {
					b.answer(w, 200, wire.RouteList{Counted: wire.Counted{Count: 1, TotalCount: 1}, Routes: b.routes, Explanation: tc.says})
				}
				return explained
			}
			routes, err := b.client().Routes(context.Background(), serviceKey, tc.area)
			if tc.want == "" {
				if routes != nil || !errors.Is(err, attest.ErrNotCovered) {
					t.Fatalf("got %v, %v, want ErrNotCovered", routes, err)
				}
				if tell := !tc.area.Former; strings.Contains(err.Error(), note) != tell || strings.Contains(err.Error(), "ask for ARS 05566") != tell {
					t.Errorf("got %v, want to be told what the service says: %v", err, tell)
				}
				return
			}
			if err != nil || len(routes) != 1 || routes[0].Region != tc.want || routes[0].Moved != note {
				t.Errorf("got %+v, %v, want one route for %s with the note", routes, err, tc.want)
			}
		})
	}
}
