package testenv

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/vierkant/vierkant/crypto/keys"
)

// generalCases are about what holds for all calls of the Submission API and the Destination API (FIT-Connect contract 1.5, 3.0, 15.2).
func generalCases() []Case {
	cases := []Case{
		conform(12, "anybody may ask for the version", func(t *trial) {
			a := t.get(t.submissions("/info"), "").is(http.StatusOK)
			for _, part := range []string{"major", "minor", "patch"} {
				a.number("version." + part)
			}
		}),
		conform(13, "anybody may read the keys of the service", func(t *trial) {
			a := t.get(t.env.SubmissionURL+"/.well-known/jwks.json", "").is(http.StatusOK)
			for i := range a.list("keys") {
				t.checkSignatureKey(a, "keys."+string(rune('0'+i)))
			}
			t.holds(t.ended() || len(a.list("keys")) > 0, "at least one key")
		}),
		conform(16, "every error is a problem document of its own status", func(t *trial) { t.everyError(endpoints()) }),
		conform(16, "so is every error of the first generation, of cases and replies", func(t *trial) { t.everyError(furtherEndpoints()) }),
		conform(17, "limits outside 1 to 500 are refused", func(t *trial) {
			for _, limit := range []string{"0", "501", "-1", "2147483647"} {
				t.everyList(url.Values{"limit": {limit}}, func(a *answer) { a.problem(http.StatusBadRequest, "bad-request", "limit") })
			}
		}),
		conform(18, "negative offsets are refused", func(t *trial) {
			t.everyList(url.Values{"offset": {"-1"}}, func(a *answer) { a.problem(http.StatusBadRequest, "bad-request", "offset") })
		}),
		conform(19, "without limit a list has at most 100 items", hundredItems),
		conform(20, "a limit of 500 is taken", func(t *trial) {
			t.everyList(url.Values{"limit": {"500"}}, func(a *answer) { a.is(http.StatusOK) })
		}),
		conform(21, "an id that is no UUID is refused", func(t *trial) { t.badIDs(endpoints()) }),
		conform(21, "an id that is no UUID is refused by the first generation, by cases and replies", func(t *trial) { t.badIDs(furtherEndpoints()) }),
		conform(22, "an empty list is an array", func(t *trial) {
			o := t.activeOffice()
			a := t.get(t.submissions("/submissions?destinationId="+o.id), t.subscriber())
			t.holds(len(a.page("submissions", 0)) == 0, "no submissions at a new destination")
			a.want("totalCount", 0)
		}),
		own("other limits and offsets that are no numbers are refused", func(t *trial) {
			for _, q := range []url.Values{
				{"limit": {"x"}}, {"limit": {""}}, {"limit": {"1e2"}}, {"limit": {"1.0"}}, {"limit": {"99999999999999999999"}}, {"limit": {"1", "2"}},
				{"offset": {"x"}}, {"offset": {""}}, {"offset": {"0x1"}}, {"offset": {"2147483648"}}, {"offset": {"0", "0"}},
			} {
				t.everyList(q, func(a *answer) { a.problem(http.StatusBadRequest, "bad-request", anyName(q)) })
			}
		}),
		own("a broken query is refused", func(t *trial) {
			for _, path := range []string{"/submissions", "/submissions/" + newID() + "/events"} {
				t.get(t.submissions(path+"?limit=%zz"), t.sender()).is(http.StatusBadRequest)
			}
		}),
		own("behind its end a list is empty and still counts", func(t *trial) {
			o := t.home()
			t.submitted(o, 0)
			a := t.get(t.submissions("/submissions?offset=2147483647&destinationId="+o.id), t.subscriber())
			t.holds(len(a.page("submissions", 2147483647)) == 0 && a.number("totalCount") > 0, "no items and a totalCount")
		}),
		own("the type of a problem is stable", func(t *trial) {
			path := t.submissions("/destinations/" + newID())
			first, second := t.get(path, "").is(http.StatusNotFound), t.get(path, t.sender()).is(http.StatusNotFound)
			equal(t, "type", first.text("type"), second.text("type"))
			equal(t, "title", first.text("title"), second.text("title"))
		}),
		own("ids are taken without dashes and in capitals and given with dashes in lower case", func(t *trial) {
			o := t.home()
			for _, spelt := range []string{strings.ReplaceAll(o.id, "-", ""), strings.ToUpper(o.id), strings.ToUpper(strings.ReplaceAll(o.id, "-", ""))} {
				t.get(t.submissions("/destinations/"+spelt), "").is(http.StatusOK).want("destinationId", o.id)
			}
		}),
		own("a request without User-Agent is answered", func(t *trial) {
			for _, agent := range []string{"", " ", "curl/8", "-"} {
				t.do(call{method: http.MethodGet, url: t.submissions("/info"), header: http.Header{"User-Agent": {agent}}}).is(http.StatusOK)
			}
		}),
	}
	return slices.Concat(cases, accessCases())
}

// anyName returns the one name of a query.
func anyName(q url.Values) string {
	for name := range q {
		return name
	}
	return ""
}

// checkSignatureKey asks for a key that signs events or addressing information (FIT-Connect contract 6.1).
func (t *trial) checkSignatureKey(a *answer, at string) {
	a.want(at+".kty", "RSA").want(at+".alg", keys.PS512).want(at+".key_ops", []string{keys.OpVerify}).want(at+".e", "AQAB")
	a.without(at+".d", at+".p", at+".q", at+".dp", at+".dq", at+".qi")
	const fewest = 683 // characters of 4096 bits
	t.holds(t.ended() || len(a.text(at+".n")) >= fewest, "a modulus of 4096 bits")
	t.holds(t.ended() || len(a.text(at+".kid")) >= 8, "a kid")
}

// everyList asks for each list of the three APIs with a query.
func (t *trial) everyList(q url.Values, judge func(*answer)) {
	s := t.announced(t.home(), 0)
	query := "?" + q.Encode()
	judge(t.get(t.submissions("/submissions"+query), t.subscriber()))
	judge(t.get(t.submissions(s.path()+"/events"+query), t.sender()))
	judge(t.get(t.submissions("/cases/"+s.caseID+"/events"+query), t.sender()))
	judge(t.get(t.destinations("/destinations"+query), t.subscriber()))
	for _, version := range []string{"v1", "v2"} {
		judge(t.get(t.routing(version, "/areas", url.Values{"areaSearchexpression": {"Leipzig"}})+"&"+q.Encode(), ""))
		judge(t.get(t.routing(version, "/routes", url.Values{"leikaKey": {"99050012104000"}, "ars": {"14"}})+"&"+q.Encode(), ""))
	}
}

// hundredItems makes a case with more than a hundred events and reads its log, and the list of submissions.
func hundredItems(t *trial) {
	const page = 100
	first := t.announced(t.home(), 0)
	for range page {
		s := submission{office: first.office}
		t.announce(&s, first.caseID)
	}
	a := t.get(t.submissions("/cases/"+first.caseID+"/events"), t.sender())
	equal(t, "events without limit", len(a.page("eventLog", 0)), page)
	a.want("totalCount", page+1)
	rest := t.get(t.submissions("/cases/"+first.caseID+"/events?offset=100"), t.sender())
	equal(t, "events behind the first hundred", len(rest.page("eventLog", page)), 1)
	waiting := t.get(t.submissions("/submissions"), t.subscriber()).page("submissions", 0)
	t.holds(len(waiting) <= page, "at most %d submissions, not %d", page, len(waiting))
}

// badIDs calls endpoints about what cannot be.
func (t *trial) badIDs(all []endpoint) {
	for _, id := range []string{"x", strings.Repeat("0", 31), strings.Repeat("0", 37), "g0000000-0000-0000-0000-000000000000", "%00"} {
		for _, e := range all {
			if strings.Contains(e.path, "{id}") {
				t.do(e.call(t, id)).is(http.StatusBadRequest, http.StatusNotFound)
			}
		}
	}
}

// everyError calls every endpoint wrongly in many ways. Whatever the answer, it is a problem and never a fault of the broker.
func (t *trial) everyError(all []endpoint) {
	for _, e := range all {
		for _, c := range []call{
			{method: e.method, url: e.url(t, newID())},
			{method: e.method, url: e.url(t, newID()), token: t.sender()},
			{method: e.method, url: e.url(t, newID()), token: t.subscriber(), contentType: jsonType, body: []byte("{}")},
			{method: e.method, url: e.url(t, newID()), token: t.sender(), contentType: joseType, body: []byte("x.y.z")},
			{method: e.method, url: e.url(t, newID()) + "/x", token: t.subscriber()},
			{method: "BREW", url: e.url(t, newID()), token: t.subscriber()},
		} {
			a := t.do(c)
			if a.status >= http.StatusBadRequest {
				a.checkProblem()
			}
			t.holds(a.status < http.StatusInternalServerError, "no fault of the broker at %s, got %d", a.call, a.status)
		}
	}
}
