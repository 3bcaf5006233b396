package api_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/vierkant/vierkant/api/wire"
	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/broker/publication"
)

// publish makes a destination that serves regions, with a route in each.
func (w *world) publish(name string, regions ...string) string {
	w.t.Helper()
	id := w.destination(map[string]any{"services": []any{offer(map[string]any{"regions": regions})}})
	who := broker.Caller{Client: broker.ClientID(w.subscriber.id), Org: w.subscriber.org, Scopes: []broker.Scope{broker.ScopeManage}}
	draft := publication.Draft{
		Key: id, Destination: broker.DestinationID(id), Name: name, Coverage: []broker.Coverage{{Services: []string{service}, Regions: regions}},
	}
	_, err := w.publication.Publish(context.Background(), who, who.Org, publication.ChangeSet{Put: []publication.Draft{draft}})
	if err != nil {
		w.t.Fatal(err)
	}
	return id
}

func TestRoutes(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	federal, munich := w.publish("Bund", "DE"), w.publish("München", "DE09162")
	for query, want := range map[string]string{
		"ars=091620000000": munich, "ars=09162": munich, "ars=09": federal, "ars=000000000000": federal, "ags=09162000": munich,
		"ags=09162999": munich, "ags=02": federal, "areaId=091620000000": munich, "areaId=99999": "", "areaId=1x": "",
	} {
		for _, version := range []string{"v1", "v2"} {
			a := w.call(http.MethodGet, "/routing-api/"+version+"/routes?leikaKey=99050012104000&"+query, "")
			var list wire.RouteList
			a.decode(&list)
			if want == "" {
				if list.TotalCount != 0 || !strings.Contains(string(a.body), `"routes":[]`) {
					t.Errorf("%s: got %s, want an empty list", query, a.body)
				}
				continue
			}
			if list.Count != 1 || list.TotalCount != 1 || list.Routes[0].DestinationID != want {
				t.Errorf("%s: got %+v, want %s", query, list, want)
				continue
			}
			if r := list.Routes[0]; strings.Count(r.DestinationSignature, ".") != 2 || r.DestinationName == "" || r.Origin != "Zustelldienst" {
				t.Errorf("%s: got %+v", query, r)
			}
			if got := a.header.Get("Content-Type"); got != "application/json" {
				t.Errorf("%s: got content type %q", query, got)
			}
		}
	}
	var none wire.RouteList
	w.call(http.MethodGet, "/routing-api/v2/routes?leikaKey=99000000000000&ars=09", "").decode(&none)
	if none.Count != 0 || none.TotalCount != 0 {
		t.Errorf("got %+v, want none", none)
	}
	w.publish("München II", "DE09162")
	for query, want := range map[string]int{"": 2, "&limit=1": 1, "&offset=1": 1, "&offset=5": 0, "&limit=500": 2} {
		var list wire.RouteList
		w.call(http.MethodGet, "/routing-api/v2/routes?leikaKey=99050012104000&ars=09162"+query, "").decode(&list)
		if list.Count != want || len(list.Routes) != want || list.TotalCount != 2 {
			t.Errorf("%s: got %+v, want %d of 2", query, list, want)
		}
	}
}

func TestRoutesRefuse(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const key = "leikaKey=99050012104000"
	for query, word := range map[string]string{
		key: "exactly one", key + "&ars=09&ags=09": "exactly one", key + "&ars=&areaId=1": "exactly one", key + "&ars=09&ars=09": "ars must be given at most once",
		"leikaKey=12&ars=09": "leikaKey must be 14 digits", "ars=09": "leikaKey", "leikaKey=urn:de:fim:leika:leistung:99050012104000&ars=09": "without urn:",
		key + "&" + key + "&ars=09": "leikaKey must be given at most once",
		key + "&ars=0643":           "ars must be 2, 3, 5, 9 or 12 digits", key + "&ars=": "ars", key + "&ars=0x": "ars", key + "&ags=123456789": "ags must be",
		key + "&areaId=x": "areaId", key + "&areaId=": "areaId", key + "&ars=09&limit=0": "limit", key + "&ars=09&limit=501": "limit",
		key + "&ars=09&offset=-1": "offset", key + "&ars=09&offset=x": "offset", key + "&ars=%": "percent",
	} {
		w.call(http.MethodGet, "/routing-api/v2/routes?"+query, "").wantProblem(t, 400, "bad-request", word)
	}
}

func TestAreas(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var list wire.AreaList
	w.call(http.MethodGet, "/routing-api/v1/areas?areaSearchexpression=Mag*", "").decode(&list)
	if list.Count == 0 || !strings.HasPrefix(list.Areas[0].Name, "Magdeburg") || list.Areas[0].Type == "" || strings.Trim(list.Areas[0].ID, "0123456789") != "" {
		t.Errorf("got %+v, want Magdeburg", list)
	}
	var both wire.AreaList
	w.call(http.MethodGet, "/routing-api/v2/areas?areaSearchexpression=Mag*&areaSearchexpression=Nirgends", "").decode(&both)
	if both.TotalCount != 0 || both.Areas == nil {
		t.Errorf("got %+v, want none: expressions are joined by and", both)
	}
	many := strings.Repeat("areaSearchexpression=Mag*&", 11)
	for query, word := range map[string]string{
		many: "1 to 10", "": "1 to 10", "areaSearchexpression=M": "number 1", "areaSearchexpression=Mag*&areaSearchexpression=**": "number 2",
		"areaSearchexpression=Mag*&limit=0": "limit",
	} {
		w.call(http.MethodGet, "/routing-api/v2/areas?"+query, "").wantProblem(t, 400, "bad-request", word)
	}
}

func TestRates(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(_ *brokerConfig, a *apiConfig) { a.FairUse.Routing = 3 })
	check := func(a answer, remaining, reset int) {
		t.Helper()
		for name, want := range map[string]int{"RateLimit-Limit": 3, "RateLimit-Remaining": remaining, "RateLimit-Reset": reset} {
			if got := a.header.Get(name); got != strconv.Itoa(want) {
				t.Errorf("%s: got %s %q, want %d", a.what, name, got, want)
			}
		}
	}
	check(w.call(http.MethodGet, "/routing-api/v2/info", "").want(t, 200), 2, 20)
	w.clock.forward(5500 * time.Millisecond)
	check(w.call(http.MethodGet, "/routing-api/v2/routes", "").want(t, 400), 1, 35)
	check(w.call(http.MethodPost, "/routing-api/v2/unknown", "").want(t, 404), 0, 55)
	over := w.call(http.MethodGet, "/routing-api/v1/areas", "", with("X-Forwarded-For", "192.0.2.1"), with("Forwarded", "for=192.0.2.1")).want(t, 429)
	check(over, 0, 55)
	if len(over.body) > 0 || over.header.Get("Content-Type") != "" || over.header.Get("Retry-After") != "15" {
		t.Errorf("got %q %v, want no body", over.body, over.header)
	}
	other := httptest.NewRecorder()
	r := httptest.NewRequest(http.MethodDelete, "/routing-api/v2/info", nil)
	r.RemoteAddr = "[2001:db8::1]:1234"
	w.handler.ServeHTTP(other, r)
	check(answer{t, other.Code, other.Header(), nil, "another address"}.want(t, 405), 2, 20)
	r.RemoteAddr = "[2001:db8::2]:1234"
	other = httptest.NewRecorder()
	w.handler.ServeHTTP(other, r)
	check(answer{t, other.Code, other.Header(), nil, "its neighbour"}.want(t, 405), 1, 40)
	w.clock.forward(15 * time.Second)
	check(w.call(http.MethodGet, "/routing-api/v2/info", "").want(t, 200), 0, 60)
}

// Behind a proxy the address that it reports is the caller's. Nobody else is believed.
func TestRatesBehindProxies(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(_ *brokerConfig, a *apiConfig) {
		a.FairUse.Routing = 1
		a.TrustedProxies = []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("fd00::/8")}
	})
	for _, c := range []struct {
		peer      string
		forwarded []string
		status    int
	}{
		{"10.0.0.1:80", []string{"192.0.2.1"}, 200},
		{"10.0.0.1:80", []string{"192.0.2.2"}, 200},                         // another caller
		{"10.0.0.2:80", []string{"192.0.2.1"}, 429},                         // the first, by another proxy
		{"10.0.0.1:80", []string{"192.0.2.9, 192.0.2.1, 10.9.9.9"}, 429},    // and by two, with a lie of its own
		{"[fd00::1]:80", []string{"192.0.2.9", "192.0.2.1 , fd00::2"}, 429}, // in two headers
		{"192.0.2.3:80", []string{"192.0.2.4"}, 200},                        // no proxy of ours
		{"192.0.2.3:80", []string{"192.0.2.5"}, 429},                        // whatever it says
	} {
		r := httptest.NewRequest(http.MethodGet, "/routing-api/v2/info", nil)
		r.RemoteAddr = c.peer
		r.Header["X-Forwarded-For"] = c.forwarded
		a := httptest.NewRecorder()
		w.handler.ServeHTTP(a, r)
		if a.Code != c.status {
			t.Errorf("%s for %q: got %d, want %d", c.peer, c.forwarded, a.Code, c.status)
		}
	}
}
