package testenv

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/vierkant/vierkant/cmd/node"
)

// Scopes of the second generation (FIT-Connect contract 2.3).
const (
	sendScope      = "https://schema.fitko.de/fit-connect/oauth/scopes/send-submissions"
	subscribeScope = "https://schema.fitko.de/fit-connect/oauth/scopes/subscribe-destinations"
	manageScope    = "https://schema.fitko.de/fit-connect/oauth/scopes/manage-destinations"
)

const tokenLifetime = 1800 // seconds (FIT-Connect contract 2.2)

// tokenCases are about the token service (FIT-Connect contract 2, 15.1).
func tokenCases() []Case {
	cases := []Case{
		conform(1, "client credentials give a bearer token for 1800 s", func(t *trial) {
			a := t.askToken(tokenForm(t.asSender())).is(http.StatusOK).has("Cache-Control", "no-store")
			a.want("token_type", "Bearer").want("expires_in", tokenLifetime)
			t.holds(a.text("access_token") != "", "an access token")
		}),
		conform(2, "credentials by HTTP Basic are invalid_client", func(t *trial) {
			c := t.tokenCall("grant_type=client_credentials")
			c.header = http.Header{"Authorization": {basic(t.asSender().ClientID, t.asSender().ClientSecret)}}
			t.do(c).tokenError(http.StatusUnauthorized, "invalid_client").has("WWW-Authenticate", "")
		}),
		conform(3, "a wrong secret is invalid_client", func(t *trial) {
			form := tokenForm(t.asSender())
			form.Set("client_secret", t.asSubscriber().ClientSecret)
			t.askToken(form).tokenError(http.StatusUnauthorized, "invalid_client")
		}),
		conform(4, "without scope a sender gets send-submissions", func(t *trial) {
			t.askToken(tokenForm(t.asSender())).is(http.StatusOK).want("scope", sendScope)
		}),
		conform(5, "without scope a subscriber gets subscribe and manage", func(t *trial) {
			scopes := strings.Fields(t.askToken(tokenForm(t.asSubscriber())).is(http.StatusOK).text("scope"))
			t.sameTexts("scopes", scopes, []string{manageScope, subscribeScope})
		}),
		conform(6, "a scope that is not held is invalid_scope", func(t *trial) {
			for _, scope := range []string{subscribeScope, sendScope + " " + manageScope, "send:region:09", sendScope + "  " + sendScope} {
				form := tokenForm(t.asSender())
				form.Set("scope", scope)
				t.askToken(form).tokenError(http.StatusBadRequest, "invalid_scope").without("access_token")
			}
		}),
		conform(8, "there is no other path for tokens", func(t *trial) {
			for _, path := range []string{"s", "/", "/x", "/v1", "%2f"} {
				c := t.tokenCall(tokenForm(t.asSender()).Encode())
				c.url += path
				t.do(c).is(http.StatusNotFound)
			}
		}),
		conform(9, "a token whose time is over is refused", func(t *trial) {
			if t.cfg.Expired == "" {
				t.skip("needs a token whose time is over")
			}
			t.get(t.submissions("/submissions"), t.cfg.Expired).problem(http.StatusUnauthorized, "unauthorized", "expired").has("WWW-Authenticate", "")
		}),
		own("a token can be narrowed to some of the scopes", narrowedToken),
		own("a token says who, by whom, for whom and until when", tokenClaims),
		own("two tokens are not the same", func(t *trial) {
			first := t.askToken(tokenForm(t.asSender())).is(http.StatusOK).text("access_token")
			t.holds(first != t.askToken(tokenForm(t.asSender())).is(http.StatusOK).text("access_token") || t.ended(), "a new token each time")
		}),
		own("a content type with charset is taken", func(t *trial) {
			c := t.tokenCall(tokenForm(t.asSender()).Encode())
			c.contentType = formType + "; charset=UTF-8"
			t.do(c).is(http.StatusOK)
		}),
		own("the token service describes itself", func(t *trial) {
			a := t.get(t.env.URL+"/.well-known/oauth-authorization-server", "").is(http.StatusOK)
			a.want("token_endpoint", t.env.TokenURL).want("token_endpoint_auth_methods_supported", []string{"client_secret_post"})
			a.want("grant_types_supported", []string{"client_credentials"})
			keys := t.get(a.text("jwks_uri"), "").is(http.StatusOK)
			t.holds(len(keys.list("keys")) > 0, "at least one key of the token service")
			keys.without("keys.0.d")
		}),
		own("the token endpoint takes POST only", func(t *trial) {
			for _, method := range []string{http.MethodGet, http.MethodPut, http.MethodDelete} {
				t.do(call{method: method, url: t.env.TokenURL}).problem(http.StatusMethodNotAllowed, "method-not-allowed", "method").has("Allow", "")
			}
		}),
	}
	return append(cases, tokenRefusals()...)
}

// tokenRefusals breaks the rules of a token request one by one (RFC 6749 5.2).
func tokenRefusals() []Case {
	var cases []Case
	for _, row := range []struct {
		name   string
		change func(url.Values) string // the body
		status int
		code   string
	}{
		{"no grant type", without("grant_type"), http.StatusBadRequest, "invalid_request"},
		{"empty grant type", setting("grant_type", ""), http.StatusBadRequest, "invalid_request"},
		{"another grant type", setting("grant_type", "password"), http.StatusBadRequest, "unsupported_grant_type"},
		{"grant type in capitals", setting("grant_type", "CLIENT_CREDENTIALS"), http.StatusBadRequest, "unsupported_grant_type"},
		{"no client", without("client_id"), http.StatusUnauthorized, "invalid_client"},
		{"no secret", without("client_secret"), http.StatusUnauthorized, "invalid_client"},
		{"empty secret", setting("client_secret", ""), http.StatusUnauthorized, "invalid_client"},
		{"unknown client", setting("client_id", newID()), http.StatusUnauthorized, "invalid_client"},
		{"client that is no id", setting("client_id", "../../x\x00"), http.StatusUnauthorized, "invalid_client"},
		{"secret with a blank behind it", func(v url.Values) string { return setting("client_secret", v.Get("client_secret")+" ")(v) }, http.StatusUnauthorized, "invalid_client"},
		{"parameter twice", func(v url.Values) string { return v.Encode() + "&grant_type=client_credentials" }, http.StatusBadRequest, "invalid_request"},
		{"unknown parameter twice", func(v url.Values) string { return v.Encode() + "&x=1&x=2" }, http.StatusBadRequest, "invalid_request"},
		{"broken escape", func(v url.Values) string { return v.Encode() + "&x=%zz" }, http.StatusBadRequest, "invalid_request"},
		{"JSON", func(url.Values) string { return `{"grant_type":"client_credentials"}` }, http.StatusBadRequest, "invalid_request"},
		{"empty body", func(url.Values) string { return "" }, http.StatusBadRequest, "invalid_request"},
		{"form beyond 8 KiB", func(v url.Values) string { return v.Encode() + "&x=" + strings.Repeat("x", 8<<10) }, http.StatusBadRequest, "invalid_request"},
	} {
		cases = append(cases, own("token request: "+row.name, func(t *trial) {
			t.do(t.tokenCall(row.change(tokenForm(t.asSender())))).tokenError(row.status, row.code)
		}))
	}
	return append(cases,
		own("token request: secret in the URL", func(t *trial) {
			c := t.tokenCall(tokenForm(t.asSender()).Encode())
			c.url += "?client_secret=" + url.QueryEscape(t.asSender().ClientSecret)
			t.do(c).tokenError(http.StatusBadRequest, "invalid_request")
		}),
		own("token request: form sent as JSON", func(t *trial) {
			c := t.tokenCall(tokenForm(t.asSender()).Encode())
			c.contentType = jsonType
			t.do(c).tokenError(http.StatusBadRequest, "invalid_request")
		}),
	)
}

func without(name string) func(url.Values) string {
	return func(v url.Values) string { v.Del(name); return v.Encode() }
}

func setting(name, value string) func(url.Values) string {
	return func(v url.Values) string { v.Set(name, value); return v.Encode() }
}

func basic(user, password string) string {
	return "Basic " + base64.StdEncoding.EncodeToString([]byte(user+":"+password))
}

func (t *trial) tokenCall(body string) call {
	return call{method: http.MethodPost, url: t.env.TokenURL, contentType: formType, body: []byte(body)}
}

// tokenError asks for an error of RFC 6749 5.2, which says no more than what is wrong.
func (a *answer) tokenError(status int, code string) *answer {
	if !a.t.ended() && a.status != status {
		a.fail("got status %d, want %d; the body was %s", a.status, status, a.excerpt())
	}
	a.want("error", code)
	if got := a.header.Get("Content-Type"); !a.t.ended() && !strings.HasPrefix(got, jsonType) {
		a.fail("got the content type %q, want %s", got, jsonType)
	}
	a.has("Cache-Control", "no-store")
	for _, who := range []*node.Credentials{a.t.env.Sender, a.t.env.Subscriber} {
		if !a.t.ended() && who != nil && strings.Contains(string(a.body), who.ClientSecret) {
			a.fail("the answer repeats a secret")
		}
	}
	return a
}

// narrowedToken asks for a token with one of two scopes and tries what the other would allow.
func narrowedToken(t *trial) {
	form := tokenForm(t.asSubscriber())
	form.Set("scope", subscribeScope)
	a := t.askToken(form).is(http.StatusOK).want("scope", subscribeScope)
	narrow := a.text("access_token")
	t.get(t.submissions("/submissions"), narrow).is(http.StatusOK)
	t.sendJSON(http.MethodPost, t.destinations("/destinations"), narrow, t.draft()).problem(http.StatusForbidden, "forbidden", "scope")
}

// tokenClaims looks into a token (FIT-Connect contract 2.5). Clients need not, but other services do.
func tokenClaims(t *trial) {
	raw := t.askToken(tokenForm(t.asSender())).is(http.StatusOK).text("access_token")
	parts := strings.Split(raw, ".")
	if t.ended() || len(parts) != 3 {
		t.fail("got a token of %d parts, want a JWT of 3", len(parts))
		return
	}
	claims := t.decode("claims of the access token", parts[1])
	t.wantMember(claims, "sub", t.asSender().ClientID)
	t.wantMember(claims, "scope", sendScope)
	for _, name := range []string{"iss", "aud"} {
		_, present := claims[name]
		t.holds(present, "the claim %s in an access token", name)
	}
	id, _ := claims["jti"].(string)
	t.must("jti of the access token", uuid.Validate(id))
	issued, expires := t.integer(claims, "iat"), t.integer(claims, "exp")
	t.holds(expires-issued == tokenLifetime, "a token that lives %d s, not %d", tokenLifetime, expires-issued)
	const skew = 60
	now := time.Now().Unix()
	t.holds(t.ended() || issued > now-skew && issued < now+skew, "a token issued now (%d), not at %d", now, issued)
}

// decode reads a base64url part that is a JSON object.
func (t *trial) decode(what, part string) map[string]any {
	raw, err := base64.RawURLEncoding.DecodeString(part)
	t.must(what, err)
	if t.ended() {
		return nil
	}
	decoder := json.NewDecoder(strings.NewReader(string(raw)))
	decoder.UseNumber()
	var object map[string]any
	t.must(what, decoder.Decode(&object))
	return object
}

// wantMember asks for a text in a decoded object.
func (t *trial) wantMember(object map[string]any, name, want string) {
	if got := object[name]; got != want {
		t.fail("%s: got %v, want %q", name, got, want)
	}
}

// integer returns a whole number of a decoded object.
func (t *trial) integer(object map[string]any, name string) int64 {
	number, _ := object[name].(json.Number)
	n, err := number.Int64()
	t.must(name, err)
	return n
}
