package testenv

import (
	"crypto/sha256"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/vierkant/vierkant/api/wire"
	"github.com/vierkant/vierkant/crypto/attest"
	"github.com/vierkant/vierkant/crypto/keys"
)

// versions are the generations of the Routing API; both answer alike (FIT-Connect contract 5.1).
var versions = []string{"v1", "v2"}

// someService is a key that is asked for where it does not matter whether anybody offers it.
const someService = "99123456760610"

// routeCases are about finding destinations (FIT-Connect contract 5, 15.9).
func routeCases() []Case {
	return []Case{
		conform(139, "a look-up answers a counted list", func(t *trial) {
			t.routes(url.Values{"leikaKey": {someService}, "ars": {"064350014014"}})
		}),
		conform(144, "a look-up that finds nothing is an empty list", func(t *trial) {
			for _, area := range []url.Values{{"ars": {"064350014014"}}, {"ags": {"06435014"}}, {"areaId": {"999999999999"}}, {"areaId": {"1"}}} {
				area.Set("leikaKey", "99999999999999")
				for _, list := range t.routes(area) {
					t.holds(len(list.list("routes")) == 0 || t.ended(), "no routes")
					list.want("count", 0).want("totalCount", 0)
				}
			}
		}),
		conform(145, "a route has a destination and a signature of three parts", func(t *trial) {
			t.ofWorld(func(d Destination, key string) {
				for _, list := range t.routes(url.Values{"leikaKey": {key}, "ars": {arsIn(d.Region)}}) {
					route := t.routeTo(list, d.ID)
					signature, _ := lookUp(route, "destinationSignature")
					text, _ := signature.(string)
					equal(t, "parts of the signature", strings.Count(text, "."), 2)
				}
			})
		}),
		conform(146, "the signature verifies by the portal's keys and is about this route", func(t *trial) {
			t.ofWorld(func(d Destination, key string) {
				for _, list := range t.routes(url.Values{"leikaKey": {key}, "ars": {arsIn(d.Region)}}) {
					t.attested(t.routeTo(list, d.ID), d)
				}
			})
		}),
		conform(147, "every answer says how many requests are left", func(t *trial) {
			for _, path := range []string{
				"/routes?leikaKey=" + someService + "&ars=09", "/routes", "/areas?areaSearchexpression=Leipzig", "/areas", "/info", "/nothing",
			} {
				for _, version := range versions {
					a := t.get(t.env.RoutingURL+"/"+version+path, "")
					for _, name := range []string{"RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset"} {
						n, err := strconv.Atoi(a.header.Get(name))
						t.holds(err == nil && n >= 0 || t.ended(), "a number in %s of %s", name, a.call)
					}
				}
			}
			t.do(call{method: http.MethodPost, url: t.env.RoutingURL + "/v2/routes"}).is(http.StatusMethodNotAllowed).has("RateLimit-Limit", "")
		}),
		conform(148, "beyond the limit requests are refused", beyondLimit),
		conform(152, "anybody may ask for the version", func(t *trial) {
			for _, version := range versions {
				a := t.get(t.env.RoutingURL+"/"+version+"/info", "").is(http.StatusOK)
				for _, part := range []string{"major", "minor", "patch"} {
					a.number("version." + part)
				}
			}
		}),
		own("the keys of the portal are published", func(t *trial) {
			a := t.get(t.env.PortalURL+"/.well-known/jwks.json", "").is(http.StatusOK)
			for i := range a.list("keys") {
				t.checkSignatureKey(a, "keys."+itoa(i))
			}
			t.holds(t.ended() || len(a.list("keys")) > 0, "at least one key")
		}),
		own("a route of a larger area serves the smaller ones", func(t *trial) {
			t.ofWorld(func(d Destination, key string) {
				for _, area := range areasBelow(d.Region) {
					for _, list := range t.routes(url.Values{"leikaKey": {key}, area.parameter: {area.value}}) {
						t.routeTo(list, d.ID)
					}
				}
			})
		}),
		own("a route of a smaller area does not serve the larger one", func(t *trial) {
			t.ofWorld(func(d Destination, key string) {
				digits := strings.TrimPrefix(d.Region, "DE")
				if digits == "" {
					return
				}
				for _, list := range t.routes(url.Values{"leikaKey": {key}, "ars": {digits[:2]}}) {
					t.holds(!routesTo(list, d.ID) || t.ended(), "no route to %s for all of %s", d.ID, digits[:2])
				}
			})
		}),
		own("an area that was searched leads to its route", func(t *trial) {
			t.ofWorld(func(d Destination, key string) {
				area := t.get(t.routing("v2", "/areas", url.Values{"areaSearchexpression": {placeIn(d.Region)}}), "")
				if len(area.page("areas", 0)) == 0 {
					t.fail("no area %s", placeIn(d.Region))
				}
				for _, list := range t.routes(url.Values{"leikaKey": {key}, "areaId": {area.text("areas.0.id")}}) {
					t.routeTo(list, d.ID)
				}
			})
		}),
		own("an answer explains itself if it is asked to", func(t *trial) {
			t.ofWorld(func(d Destination, key string) {
				for _, list := range t.routes(url.Values{"leikaKey": {key}, "ars": {arsIn(d.Region)}, "explain": {"1"}}) {
					answers := 0
					for _, level := range list.list("explanation.levels") {
						answers += strings.Count(compactJSON(level), `"verdict":"answers"`)
					}
					equal(t, "candidates that answer", answers, list.number("totalCount"))
					t.holds(t.ended() || list.text("explanation.outcome") != "", "an outcome in words")
				}
			})
		}),
		own("nobody answers, and the explanation says why", func(t *trial) {
			for _, list := range t.routes(url.Values{"leikaKey": {"99999999999999"}, "ags": {"06435014"}, "explain": {"true"}}) {
				t.holds(t.ended() || strings.Contains(list.text("explanation.outcome"), "Nobody"), "an outcome in words")
				equal(t, "parameter", list.text("explanation.parameter")+"="+list.text("explanation.value"), "ags=06435014")
			}
			for _, bad := range []string{"explain=yes", "explain=", "explain=1&explain=1"} {
				t.get(t.env.RoutingURL+"/v2/routes?leikaKey="+someService+"&ars=09&"+bad, "").problem(http.StatusBadRequest, "bad-request", "explain")
			}
		}),
		own("all routes come as a signed snapshot", keepsSnapshot),
		own("routes come in pages", func(t *trial) {
			t.ofWorld(func(d Destination, key string) {
				query := url.Values{"leikaKey": {key}, "ars": {arsIn(d.Region)}, "offset": {"1000"}}
				a := t.get(t.routing("v2", "/routes", query), "")
				equal(t, "routes behind the end", len(a.page("routes", 1000)), 0)
				t.holds(t.ended() || a.number("totalCount") > 0, "a totalCount")
			})
		}),
	}
}

// routes asks both generations.
func (t *trial) routes(query url.Values) []*answer {
	var all []*answer
	for _, version := range versions {
		a := t.get(t.routing(version, "/routes", query), "")
		a.page("routes", 0)
		all = append(all, a)
	}
	return all
}

// ofWorld calls f for each destination of the world, with the key of its service.
func (t *trial) ofWorld(f func(d Destination, key string)) {
	routable := 0
	for _, d := range t.env.Destinations {
		if key, found := strings.CutPrefix(d.Service, "urn:de:fim:leika:leistung:"); found && !t.ended() {
			routable++
			f(d, key)
		}
	}
	if routable == 0 {
		t.skip("needs a destination that offers a service of the LeiKa catalogue")
	}
}

// keepsSnapshot fetches all routes, as a sender does who keeps them, and again with what he has.
func keepsSnapshot(t *trial) {
	address := t.env.RoutingURL + "/v2/snapshot"
	all := t.get(address, "").is(http.StatusOK).has("ETag", "").has("Content-Type", wire.SnapshotType)
	t.get(t.env.RoutingURL+"/v1/snapshot", "").is(http.StatusNotFound)
	head, lines, _ := strings.Cut(string(all.body), "\n")
	base, err := url.Parse(t.env.SubmissionURL)
	t.must("submission URL", err)
	if t.ended() {
		return
	}
	claims, err := attest.VerifySnapshot(head, func(kid string) (keys.Public, error) { return t.keyOf(t.env.PortalURL, kid), t.err }, t.env.PortalURL, base.Host)
	t.must("head of the snapshot", err)
	equal(t, "digest", claims.SHA256, sha256.Sum256([]byte(lines)))
	equal(t, "routes", strings.Count(lines, "\n"), claims.Routes)
	t.ofWorld(func(d Destination, _ string) {
		t.holds(strings.Contains(lines, d.ID), "the destination %s in it", d.ID)
	})
	t.holds(t.ended() || unchanged(t, address), "304 for what is there already")
}

// unchanged asks for the snapshot by the name that it has. Others may publish meanwhile, so it tries a few times.
func unchanged(t *trial, address string) bool {
	for range 5 {
		etag := t.get(address, "").header.Get("ETag")
		if a := t.do(call{method: http.MethodGet, url: address, header: http.Header{"If-None-Match": {etag}}}); a.status == http.StatusNotModified {
			a.empty().has("ETag", etag)
			return true
		}
	}
	return false
}

// arsIn is an ARS of one of the lengths in a region.
func arsIn(region string) string {
	if digits := strings.TrimPrefix(region, "DE"); digits != "" {
		return digits
	}
	return "064350014014"
}

// below is an area, by one of the parameters of a look-up.
type below struct{ parameter, value string }

// areasBelow lists areas in a region, all of which it covers.
func areasBelow(region string) []below {
	digits := strings.TrimPrefix(region, "DE")
	if digits == "" {
		return []below{{"ars", "09"}, {"ars", "094"}, {"ars", "09475"}, {"ars", "094750156"}, {"ars", "094750156156"}, {"ags", "09"}, {"ags", "09475156"}}
	}
	const ars, ags = 12, 8
	all := []below{{"ars", digits + strings.Repeat("0", ars-len(digits))}}
	if len(digits) <= 5 {
		all = append(all, below{"ags", digits}, below{"ags", digits + strings.Repeat("0", ags-len(digits))})
	}
	return all
}

// placeIn names a place in a region of the demo world.
func placeIn(region string) string {
	if strings.HasPrefix(region, "DE14713") {
		return "Leipzig"
	}
	return "Magdeburg"
}

// routeTo returns the route to a destination, which must be in the list.
func (t *trial) routeTo(list *answer, id string) any {
	for _, route := range list.list("routes") {
		if got, _ := lookUp(route, "destinationId"); got == id {
			return route
		}
	}
	list.fail("got no route to %s: %s", id, list.excerpt())
	return nil
}

func routesTo(list *answer, id string) bool {
	return slices.ContainsFunc(list.list("routes"), func(route any) bool {
		got, _ := lookUp(route, "destinationId")
		return got == id
	})
}

// attested checks the addressing information of a route as a sender does (FIT-Connect contract 5.5).
func (t *trial) attested(route any, d Destination) {
	signature, _ := lookUp(route, "destinationSignature")
	raw, _ := signature.(string)
	base, err := url.Parse(t.env.SubmissionURL)
	t.must("submission URL", err)
	if t.ended() {
		return
	}
	claims, err := attest.Verify(raw, func(kid string) (keys.Public, error) { return t.keyOf(t.env.PortalURL, kid), t.err }, attest.Expectation{
		Hosts: []string{base.Host}, Issuer: t.env.PortalURL, DestinationID: d.ID, Service: d.Service, Region: strings.TrimPrefix(d.Region, "DE"),
	})
	t.must("addressing information", err)
	equal(t, "destination in the addressing information", claims.DestinationID, d.ID)
}

// beyondLimit asks until nothing is left, as a caller of its own: other cases and users come from other addresses.
func beyondLimit(t *trial) {
	client := t.otherCaller()
	c := call{method: http.MethodGet, url: t.env.RoutingURL + "/v2/info", client: client, impatient: true}
	a := t.do(c)
	limit, err := strconv.Atoi(a.header.Get("RateLimit-Limit"))
	t.must("RateLimit-Limit", err)
	const most = 20_000
	if limit > most {
		t.skip(fmt.Sprintf("a limit of %d requests is too many to try", limit))
	}
	// Four times, since some come back on the way.
	for i := 0; i < 4*limit && a.status == http.StatusOK && !t.ended(); i++ {
		a = t.do(c)
	}
	equal(t, "status beyond the limit", a.status, http.StatusTooManyRequests)
	a.empty().has("RateLimit-Remaining", "0").has("RateLimit-Limit", "").has("RateLimit-Reset", "")
}

// otherCaller calls from another address of this machine, if the world is on this machine.
func (t *trial) otherCaller() *http.Client {
	base, err := url.Parse(t.env.RoutingURL)
	t.must("routing URL", err)
	if err != nil || base.Hostname() != "127.0.0.1" {
		t.skip("needs a broker on 127.0.0.1, where calls come from addresses of their own")
		return nil
	}
	from := &net.TCPAddr{IP: net.IPv4(127, 0, 0, 77)}
	probe, err := (&net.Dialer{LocalAddr: from}).DialContext(t.ctx, "tcp", base.Host)
	if err != nil {
		t.skip("this machine does not call from 127.0.0.77: " + err.Error())
		return nil
	}
	t.must("close", probe.Close())
	client := newClient(from)
	t.atEnd(client.CloseIdleConnections)
	return client
}

// routeRefusals breaks the rules of a look-up (FIT-Connect contract 5.2).
func routeRefusals() []Case {
	good := url.Values{"leikaKey": {someService}, "ars": {"064350014014"}}
	var cases []Case
	for _, row := range []struct {
		number int
		name   string
		edit   url.Values // of the good query; nil values take a parameter out
		word   string
	}{
		{140, "no area", url.Values{"ars": nil}, "exactly one"},
		{141, "ars and ags", url.Values{"ags": {"06435014"}}, "exactly one"},
		{0, "ars and areaId", url.Values{"areaId": {"1"}}, "exactly one"},
		{0, "all three", url.Values{"areaId": {"1"}, "ags": {"06435014"}}, "exactly one"},
		{0, "no service", url.Values{"leikaKey": nil}, "leikaKey"},
		{142, "service of two digits", url.Values{"leikaKey": {"12"}}, "leikaKey"},
		{0, "service of 13 digits", url.Values{"leikaKey": {"9912345676061"}}, "leikaKey"},
		{0, "service of 15 digits", url.Values{"leikaKey": {"991234567606100"}}, "leikaKey"},
		{0, "service that begins otherwise", url.Values{"leikaKey": {"98123456760610"}}, "leikaKey"},
		{0, "service as URN", url.Values{"leikaKey": {"urn:de:fim:leika:leistung:" + someService}}, "leikaKey"},
		{0, "service with a sign", url.Values{"leikaKey": {"99+23456760610"}}, "leikaKey"},
		{0, "service in other digits", url.Values{"leikaKey": {"99١٢٣٤٥٦"}}, "leikaKey"},
		{0, "empty service", url.Values{"leikaKey": {""}}, "leikaKey"},
		{0, "two services", url.Values{"leikaKey": {someService, someService}}, "leikaKey"},
		{143, "ars of 4 digits", url.Values{"ars": {"0643"}}, "ars"},
		{0, "ars of 8 digits", url.Values{"ars": {"06435014"}}, "ars"},
		{0, "ars of 13 digits", url.Values{"ars": {"0643500140140"}}, "ars"},
		{0, "ars with a letter", url.Values{"ars": {"0643500140x4"}}, "ars"},
		{0, "ars with DE", url.Values{"ars": {"DE09"}}, "ars"},
		{0, "empty ars", url.Values{"ars": {""}}, "ars"},
		{0, "ars twice", url.Values{"ars": {"09", "09"}}, "ars"},
		{0, "ags of 9 digits", url.Values{"ars": nil, "ags": {"064350140"}}, "ags"},
		{0, "ags of 12 digits", url.Values{"ars": nil, "ags": {"064350014014"}}, "ags"},
		{0, "ags with a letter", url.Values{"ars": nil, "ags": {"0x"}}, "ags"},
		{0, "areaId that is a name", url.Values{"ars": nil, "areaId": {"Leipzig"}}, "areaId"},
		{0, "empty areaId", url.Values{"ars": nil, "areaId": {""}}, "areaId"},
	} {
		query := url.Values{}
		for name, values := range good {
			query[name] = values
		}
		for name, values := range row.edit {
			query[name] = values
		}
		cases = append(cases, conform(row.number, "routes: "+row.name, func(t *trial) {
			for _, version := range versions {
				t.get(t.routing(version, "/routes", query), "").problem(http.StatusBadRequest, "bad-request", row.word)
			}
		}))
	}
	return cases
}
