package testenv

import (
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/vierkant/vierkant/crypto/set"
)

// endpoint is one protected call and who may make it.
type endpoint struct {
	method, path string
	managed      bool // of the Destination API; else of the Submission API
	version      string
	contentType  string
	body         func(t *trial) []byte // one of the right shape; nil: none
	sender       bool                  // a sender may call it
	subscriber   bool
	offered      func(*trial) // skips the case where a broker need not have it; nil: it must
}

func (e endpoint) String() string { return e.method + " " + e.base() + "/" + e.version + e.path }

func (e endpoint) base() string {
	if e.managed {
		return "destinations API"
	}
	return "submission API"
}

// url fills the id in; attachments and keys have the same.
func (e endpoint) url(t *trial, id string) string {
	if e.offered != nil {
		e.offered(t)
	}
	base := t.env.SubmissionURL
	if e.managed {
		base = t.env.DestinationURL
	}
	return base + "/" + e.version + strings.ReplaceAll(e.path, "{id}", id)
}

// call is the endpoint called by somebody who may, about a thing that is not there.
func (e endpoint) call(t *trial, id string) call {
	c := call{method: e.method, url: e.url(t, id), token: t.subscriber(), contentType: e.contentType}
	if !e.subscriber {
		c.token = t.sender()
	}
	if e.body != nil {
		c.body = e.body(t)
	}
	return c
}

func jsonOf(doc func(t *trial) any) func(*trial) []byte {
	return func(t *trial) []byte { return call{doc: doc(t)}.text() }
}

// endpoints lists what needs a token (FIT-Connect contract 3.4, 4.2).
func endpoints() []endpoint {
	announce := jsonOf(func(t *trial) any { return announcement(t.home()) })
	create := jsonOf(func(t *trial) any { return t.draft() })
	replace := jsonOf(func(t *trial) any { return t.replacement("active") })
	key := jsonOf(func(t *trial) any { return t.jwk(t.keyPair().signing) })
	submit := jsonOf(func(t *trial) any { return t.prepare(t.home(), 0).content() })
	attachment := func(t *trial) []byte { return []byte(t.sealedFor(t.home(), "", []byte("x"))) }
	event := func(t *trial) []byte {
		return []byte(t.signedEvent(t.home(), newID(), newID(), set.AcceptSubmission, nil))
	}
	patch := func(*trial) []byte { return []byte(`{"status":"inactive"}`) }
	return []endpoint{
		{method: http.MethodPost, path: "/submissions", version: "v2", contentType: jsonType, body: announce, sender: true},
		{method: http.MethodGet, path: "/submissions", version: "v2", subscriber: true},
		{method: http.MethodPut, path: "/submissions/{id}", version: "v2", contentType: jsonType, body: submit, sender: true},
		{method: http.MethodGet, path: "/submissions/{id}", version: "v2", subscriber: true},
		{method: http.MethodPut, path: "/submissions/{id}/attachments/{id}", version: "v2", contentType: joseType, body: attachment, sender: true},
		{method: http.MethodGet, path: "/submissions/{id}/attachments/{id}", version: "v2", subscriber: true},
		{method: http.MethodGet, path: "/submissions/{id}/events", version: "v2", sender: true, subscriber: true},
		{method: http.MethodGet, path: "/cases/{id}/events", version: "v2", sender: true, subscriber: true},
		{method: http.MethodPost, path: "/cases/{id}/events", version: "v2", contentType: joseType, body: event, subscriber: true},
		{managed: true, method: http.MethodPost, path: "/destinations", version: "v1", contentType: jsonType, body: create, subscriber: true},
		{managed: true, method: http.MethodGet, path: "/destinations", version: "v1", subscriber: true},
		{managed: true, method: http.MethodGet, path: "/destinations/{id}", version: "v1", sender: true, subscriber: true},
		{managed: true, method: http.MethodPut, path: "/destinations/{id}", version: "v1", contentType: jsonType, body: replace, subscriber: true},
		{managed: true, method: http.MethodPatch, path: "/destinations/{id}", version: "v1", contentType: patchType, body: patch, subscriber: true},
		{managed: true, method: http.MethodDelete, path: "/destinations/{id}", version: "v1", subscriber: true},
		{managed: true, method: http.MethodPost, path: "/destinations/{id}/keys", version: "v1", contentType: jsonType, body: key, subscriber: true},
		{managed: true, method: http.MethodGet, path: "/destinations/{id}", version: "v2", sender: true, subscriber: true},
		{managed: true, method: http.MethodGet, path: "/destinations/{id}/keys", version: "v2", sender: true, subscriber: true},
	}
}

// furtherEndpoints are those of the first generation, and of cases and replies in both (FIT-Connect contract 3.1, 3.4, 3.6).
func furtherEndpoints() []endpoint {
	first := func(t *trial) { t.first("") }
	create := jsonOf(func(t *trial) any { return t.draft() })
	replace := jsonOf(func(t *trial) any { return t.replacement("active") })
	key := jsonOf(func(t *trial) any { return t.jwk(t.keyPair().signing) })
	all := []endpoint{
		{method: http.MethodPost, path: "/submissions", contentType: jsonType, sender: true, body: jsonOf(func(t *trial) any { return announcementV1(t.home()) })},
		{method: http.MethodPost, path: "/destinations", contentType: jsonType, body: create, subscriber: true},
		{method: http.MethodGet, path: "/destinations", subscriber: true},
		{method: http.MethodGet, path: "/destinations/{id}", sender: true, subscriber: true},
		{method: http.MethodPut, path: "/destinations/{id}", contentType: jsonType, body: replace, subscriber: true},
		{method: http.MethodPost, path: "/destinations/{id}/keys", contentType: jsonType, body: key, subscriber: true},
		{method: http.MethodPatch, path: "/destinations/{id}", contentType: jsonType, subscriber: true, body: jsonOf(func(*trial) any { return map[string]any{"status": "inactive"} })},
		{method: http.MethodDelete, path: "/destinations/{id}", subscriber: true},
	}
	for _, e := range endpoints() {
		if e.version == "v2" && !e.managed && e.method+e.path != http.MethodPost+"/submissions" && e.path != "/submissions/{id}/events" {
			all = append(all, e)
		}
	}
	for i := range all {
		all[i].version, all[i].offered = "v1", first
	}
	exchanged := func(t *trial) { t.cases(""); t.replies("") }
	return slices.Concat(all, exchanges("v1", func(t *trial) { first(t); exchanged(t) }), exchanges("v2", exchanged))
}

// exchanges are the endpoints of cases and replies.
func exchanges(version string, offered func(*trial)) []endpoint {
	announce := jsonOf(func(*trial) any { return map[string]any{"caseId": newID(), "announcedAttachments": []any{}} })
	submit := jsonOf(func(t *trial) any { return t.prepare(t.home(), 0).content() })
	attachment := func(t *trial) []byte { return []byte(t.sealedFor(t.home(), "", []byte("x"))) }
	all := []endpoint{
		{method: http.MethodGet, path: "/cases"},
		{method: http.MethodGet, path: "/cases/{id}"},
		{method: http.MethodPost, path: "/replies", contentType: jsonType, body: announce},
		{method: http.MethodGet, path: "/replies"},
		{method: http.MethodPut, path: "/replies/{id}", contentType: jsonType, body: submit},
		{method: http.MethodGet, path: "/replies/{id}"},
		{method: http.MethodPut, path: "/replies/{id}/attachments/{id}", contentType: joseType, body: attachment},
		{method: http.MethodGet, path: "/replies/{id}/attachments/{id}"},
		{method: http.MethodPut, path: "/replies/{id}/accept", contentType: jsonType, body: jsonOf(func(*trial) any { return map[string]any{} })},
		{method: http.MethodPut, path: "/replies/{id}/reject", contentType: jsonType, body: jsonOf(func(*trial) any { return problems() })},
	}
	for i := range all {
		all[i].version, all[i].offered, all[i].sender, all[i].subscriber = version, offered, true, true
	}
	return all
}

// accessCases are about who may call what (FIT-Connect contract 2.3, 3.0), and with how much of what.
func accessCases() []Case {
	var cases []Case
	for _, e := range slices.Concat(endpoints(), furtherEndpoints()) {
		cases = append(cases, conform(14, e.String()+": no token, 401", func(t *trial) {
			c := e.call(t, newID())
			c.token = ""
			t.do(c).problem(http.StatusUnauthorized, "unauthorized", "token").has("WWW-Authenticate", "")
		}))
		cases = slices.Concat(cases, wrongSide(e), wrongBodies(e))
	}
	return append(cases, badTokens()...)
}

// wrongSide asks with a token that lacks the scope, if there can be one.
func wrongSide(e endpoint) []Case {
	switch {
	case !e.sender || !e.subscriber:
		return []Case{conform(15, e.String()+": token of the wrong kind, 403", func(t *trial) {
			c := e.call(t, newID())
			c.token = t.sender()
			if e.sender {
				c.token = t.subscriber()
			}
			t.do(c).problem(http.StatusForbidden, "forbidden", "scope")
		})}
	case strings.HasPrefix(e.path, "/destinations"):
		return nil // any token will do
	default:
		return []Case{own(e.String()+": token that only manages destinations, 403", func(t *trial) {
			c := e.call(t, newID())
			c.token = t.manager()
			t.do(c).problem(http.StatusForbidden, "forbidden", "scope")
		})}
	}
}

// wrongBodies are refused by their headers, before anybody looks for the thing that they are about.
func wrongBodies(e endpoint) []Case {
	if e.body == nil {
		return nil
	}
	return []Case{
		own(e.String()+": another content type, 415", func(t *trial) {
			c := e.call(t, newID())
			c.contentType = "text/plain"
			_, subtype, _ := strings.Cut(e.contentType, "/")
			t.do(c).problem(http.StatusUnsupportedMediaType, "unsupported-media-type", subtype)
		}),
		own(e.String()+": longer than anything may be, 413 that names the limit", func(t *trial) {
			c := e.call(t, newID())
			c.body, c.stream, c.size, c.header = nil, unsent{}, beyondAll, http.Header{"Expect": {"100-continue"}}
			a := t.do(c).problem(http.StatusRequestEntityTooLarge, "payload-too-large", "bytes")
			if t.cfg.Tolerant {
				return
			}
			limit := numberIn(a.text("detail"))
			t.holds(t.ended() || 0 < limit && limit < beyondAll, "a limit in %q", a.text("detail"))
		}),
	}
}

// beyondAll is a length that is announced: more than an attachment may have, however many bytes a MB is.
const beyondAll = 500<<20 + 1

// unsent is a body that is only announced: who asks for it has not looked at its length, and is not sent half a gigabyte to learn that.
type unsent struct{}

// Read implements io.Reader.
func (unsent) Read([]byte) (int, error) {
	return 0, errors.New("the broker asks for a body that its announced length rules out")
}

// numberIn is the first number in a sentence; 0 if there is none.
func numberIn(sentence string) int {
	for _, word := range strings.Fields(sentence) {
		if n, err := strconv.Atoi(word); err == nil {
			return n
		}
	}
	return 0
}

// badTokens are Authorization headers that prove nothing.
func badTokens() []Case {
	var cases []Case
	for _, row := range []struct {
		name   string
		header func(good string) []string
	}{
		{"empty header", func(string) []string { return []string{""} }},
		{"scheme alone", func(string) []string { return []string{"Bearer"} }},
		{"other scheme", func(good string) []string { return []string{"Token " + good} }},
		{"Basic", func(string) []string { return []string{basic("a", "b")} }},
		{"no token", func(string) []string { return []string{"Bearer x"} }},
		{"truncated token", func(good string) []string { return []string{"Bearer " + good[:len(good)-2]} }},
		{"token without signature", func(good string) []string { return []string{"Bearer " + good[:strings.LastIndexByte(good, '.')+1]} }},
		{"token of alg none", func(good string) []string { return []string{"Bearer " + unsecured(good)} }},
		{"changed claims", func(good string) []string { return []string{"Bearer " + flipped(good)} }},
		{"two tokens", func(good string) []string { return []string{"Bearer " + good + ", Bearer " + good} }},
		{"two headers", func(good string) []string { return []string{"Bearer " + good, "Bearer " + good} }},
		{"very long token", func(string) []string { return []string{"Bearer " + strings.Repeat("a", 12<<10)} }},
	} {
		cases = append(cases, own("access token: "+row.name, func(t *trial) {
			good := t.sender()
			if strings.Count(good, ".") != 2 {
				t.skip("needs access tokens that are JWTs")
			}
			if t.ended() {
				return
			}
			c := call{method: http.MethodPost, url: t.submissions("/submissions"), contentType: jsonType, doc: announcement(t.home())}
			c.header = http.Header{"Authorization": row.header(good)}
			t.do(c).problem(http.StatusUnauthorized, "unauthorized", "").has("WWW-Authenticate", "")
		}))
	}
	return append(cases,
		own("access token: the scheme is taken in any case", func(t *trial) {
			c := call{method: http.MethodGet, url: t.submissions("/submissions"), header: http.Header{"Authorization": {"bEARER " + t.subscriber()}}}
			t.do(c).is(http.StatusOK)
		}),
		own("access token: a bad one does not hurt where none is needed", func(t *trial) {
			t.get(t.submissions("/destinations/"+t.home().id), "x").is(http.StatusOK)
		}),
		own("access token: a known one is not enough in another environment", func(t *trial) {
			if len(t.cfg.World.Environments) < 2 {
				t.skip("needs a second environment")
			}
			for _, e := range t.cfg.World.Environments {
				if e.Name != t.env.Name {
					t.get(e.SubmissionURL+"/v2/submissions", t.subscriber()).problem(http.StatusUnauthorized, "unauthorized", "")
				}
			}
		}),
	)
}

// unsecured turns a token into one that claims to need no signature.
func unsecured(token string) string {
	claims := strings.Split(token, ".")[1]
	return base64url([]byte(`{"alg":"none","typ":"at+jwt"}`)) + "." + claims + "."
}

// flipped changes a character in the middle of a text.
func flipped(text string) string {
	i := len(text) / 2
	other := "A"
	if text[i] == 'A' {
		other = "B"
	}
	return text[:i] + other + text[i+1:]
}
