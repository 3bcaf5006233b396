package api_test

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/vierkant/vierkant/api/wire"
	"github.com/vierkant/vierkant/broker"
)

const formType = "application/x-www-form-urlencoded"

func (w *world) token(form string, options ...option) answer {
	w.t.Helper()
	return w.call(http.MethodPost, "/token", form, append([]option{typed(formType)}, options...)...)
}

func credentials(c client, more ...string) string {
	form := url.Values{"grant_type": {"client_credentials"}, "client_id": {c.id}, "client_secret": {c.secret}}.Encode()
	return strings.Join(append([]string{form}, more...), "&")
}

func TestToken(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	both := string(broker.ScopeSubscribe) + " " + string(broker.ScopeManage)
	for name, c := range map[string]struct {
		form, scope string
	}{
		"sender":              {credentials(w.sender), string(broker.ScopeSend)},
		"subscriber":          {credentials(w.subscriber), both},
		"without manage":      {credentials(w.reader), string(broker.ScopeSubscribe)},
		"scope without value": {credentials(w.subscriber, "scope="), both},
		"narrowed":            {credentials(w.subscriber, "scope="+url.QueryEscape(string(broker.ScopeManage))), string(broker.ScopeManage)},
		"scope asked twice":   {credentials(w.sender, "scope="+url.QueryEscape(string(broker.ScopeSend)+" "+string(broker.ScopeSend))), string(broker.ScopeSend)},
		"unknown parameter":   {credentials(w.sender, "resource=x"), string(broker.ScopeSend)},
	} {
		a := w.token(c.form).want(t, 200)
		var got wire.Token
		a.decode(&got)
		if got.AccessToken == "" || got.TokenType != "Bearer" || got.ExpiresIn != 1800 || got.Scope != c.scope {
			t.Errorf("%s: got %+v, want scope %q", name, got, c.scope)
		}
		if a.header.Get("Cache-Control") != "no-store" || a.header.Get("Pragma") != "no-cache" {
			t.Errorf("%s: got headers %v", name, a.header)
		}
	}
}

func TestTokenRefuses(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	wrong := client{id: w.sender.id, secret: w.other.secret}
	basic := func(r *http.Request) { r.SetBasicAuth(w.sender.id, w.sender.secret) }
	inQuery := func(r *http.Request) { r.URL.RawQuery = credentials(w.sender) }
	for name, c := range map[string]struct {
		form    string
		status  int
		code    string
		options []option
	}{
		"wrong secret":         {credentials(wrong), 401, "invalid_client", nil},
		"unknown client":       {credentials(client{id: broker.NewID[string](), secret: "x"}), 401, "invalid_client", nil},
		"no secret":            {"grant_type=client_credentials&client_id=" + w.sender.id, 401, "invalid_client", nil},
		"no id":                {"grant_type=client_credentials&client_secret=x", 401, "invalid_client", nil},
		"Basic":                {"grant_type=client_credentials", 401, "invalid_client", []option{basic}},
		"Basic and form":       {credentials(w.sender), 401, "invalid_client", []option{basic}},
		"no grant type":        {"client_id=" + w.sender.id, 400, "invalid_request", nil},
		"other grant type":     {"grant_type=password", 400, "unsupported_grant_type", nil},
		"grant type in case":   {"grant_type=Client_Credentials", 400, "unsupported_grant_type", nil},
		"scope not held":       {credentials(w.sender, "scope="+url.QueryEscape(string(broker.ScopeManage))), 400, "invalid_scope", nil},
		"one scope not held":   {credentials(w.reader, "scope="+url.QueryEscape(string(broker.ScopeSubscribe)+" "+string(broker.ScopeManage))), 400, "invalid_scope", nil},
		"unknown scope":        {credentials(w.sender, "scope=create:destination"), 400, "invalid_scope", nil},
		"two blanks":           {credentials(w.sender, "scope=++"), 400, "invalid_scope", nil},
		"parameter twice":      {credentials(w.sender, "client_id="+w.sender.id), 400, "invalid_request", nil},
		"unknown one twice":    {credentials(w.sender, "x=1&x=2"), 400, "invalid_request", nil},
		"in the query":         {"", 400, "invalid_request", []option{inQuery}},
		"in query and body":    {credentials(w.sender), 400, "invalid_request", []option{inQuery}},
		"JSON":                 {`{"grant_type":"client_credentials"}`, 400, "invalid_request", []option{typed("application/json")}},
		"no media type":        {credentials(w.sender), 400, "invalid_request", []option{typed("")}},
		"broken encoding":      {credentials(w.sender, "scope=%zz"), 400, "invalid_request", nil},
		"nothing":              {"", 400, "invalid_request", nil},
		"too long":             {credentials(w.sender, "x="+strings.Repeat("x", 9<<10)), 400, "invalid_request", nil},
		"parameters in path;x": {credentials(w.sender) + ";x=1", 400, "invalid_request", nil},
	} {
		t.Run(name, func(t *testing.T) {
			a := w.token(c.form, c.options...).want(t, c.status)
			var got wire.TokenError
			if err := json.Unmarshal(a.body, &got); err != nil || got.Error != c.code || got.Description == "" {
				t.Errorf("got %s, want %s", a.body, c.code)
			}
			if a.header.Get("Cache-Control") != "no-store" || !strings.HasPrefix(a.header.Get("Content-Type"), "application/json") {
				t.Errorf("got headers %v", a.header)
			}
			if tried := strings.HasPrefix(name, "Basic"); tried != strings.HasPrefix(a.header.Get("WWW-Authenticate"), "Basic") {
				t.Errorf("got challenge %q", a.header.Get("WWW-Authenticate"))
			}
		})
	}
	w.token(credentials(w.sender, strings.Repeat("x", 100<<10))).wantProblem(t, 413, "payload-too-large")
	w.call(http.MethodGet, "/token", "").wantProblem(t, 405, "method-not-allowed")
	w.call(http.MethodPost, "/token/x", "").wantProblem(t, 404, "not-found")
}

func TestTokenServiceDocuments(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var server wire.AuthorizationServer
	w.call(http.MethodGet, "/.well-known/oauth-authorization-server", "").decode(&server)
	if server.Issuer != publicURL || server.TokenEndpoint != publicURL+"/token" || server.JWKSURI != publicURL+"/.well-known/jwks.json" ||
		len(server.ScopesSupported) != 3 || server.GrantTypesSupported[0] != "client_credentials" ||
		server.TokenEndpointAuthMethodsSupported[0] != "client_secret_post" || server.ResponseTypesSupported == nil {
		t.Errorf("got %+v", server)
	}
	for path, alg := range map[string]string{
		"/.well-known/jwks.json": "ES256", "/submission-api/.well-known/jwks.json": "PS512", "/portal/.well-known/jwks.json": "PS512",
	} {
		a := w.call(http.MethodGet, path, "")
		var set struct{ Keys []map[string]any }
		a.decode(&set)
		if len(set.Keys) != 1 || set.Keys[0]["alg"] != alg || set.Keys[0]["d"] != nil || set.Keys[0]["kid"] == "" {
			t.Errorf("%s: got %v, want one key for %s", path, set.Keys, alg)
		}
		if got := a.header.Get("Cache-Control"); got != "public, max-age=1800" {
			t.Errorf("%s: got Cache-Control %q", path, got)
		}
	}
}

func TestBearer(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	good := w.subscriber.token
	protected, open := "/submission-api/v2/submissions", "/submission-api/v2/destinations/"+w.active()
	for name, c := range map[string]struct {
		header []string
		status int
		word   string
	}{
		"good":               {[]string{"Bearer " + good}, 200, ""},
		"scheme in any case": {[]string{"bEARER " + good}, 200, ""},
		"two blanks":         {[]string{"Bearer  " + good}, 200, ""},
		"none":               {nil, 401, "needs an access token"},
		"empty":              {[]string{""}, 401, "Bearer <token>"},
		"scheme only":        {[]string{"Bearer"}, 401, "Bearer <token>"},
		"other scheme":       {[]string{"Basic " + good}, 401, "Bearer <token>"},
		"no scheme":          {[]string{good}, 401, "Bearer <token>"},
		"two headers":        {[]string{"Bearer " + good, "Bearer " + good}, 401, "exactly one"},
		"two tokens":         {[]string{"Bearer " + good + " " + good}, 401, "Bearer <token>"},
		"list":               {[]string{"Bearer " + good + ", Bearer x"}, 401, "Bearer <token>"},
		"junk":               {[]string{"Bearer x.y.z"}, 401, "not valid here"},
		"changed":            {[]string{"Bearer " + good[:len(good)-4] + "AAAA"}, 401, "not valid here"},
		"too long":           {[]string{"Bearer " + strings.Repeat("x", 18<<10)}, 401, "at most"},
	} {
		t.Run(name, func(t *testing.T) {
			header := func(r *http.Request) { r.Header["Authorization"] = c.header }
			a := w.call(http.MethodGet, protected, "", header)
			if c.status == 200 {
				a.want(t, 200)
			} else {
				a.wantProblem(t, 401, "unauthorized", c.word)
				challenge := a.header.Get("WWW-Authenticate")
				if want := map[bool]string{true: "Bearer", false: `Bearer error="invalid_token"`}[c.header == nil]; challenge != want {
					t.Errorf("got challenge %q, want %q", challenge, want)
				}
			}
			w.call(http.MethodGet, open, "", header).want(t, 200)
		})
	}
	w.clock.forward(31 * time.Minute)
	w.call(http.MethodGet, protected, "", as(w.subscriber)).wantProblem(t, 401, "unauthorized", "expired")
	w.call(http.MethodGet, open, "", as(w.subscriber)).want(t, 200)
}

func TestDisabledClientIsOutAtOnce(t *testing.T) {
	t.Parallel()
	var store broker.Store
	w := newWorld(t, func(b *brokerConfig, _ *apiConfig) { store = b.Store })
	path := "/submission-api/v2/submissions"
	w.call(http.MethodGet, path, "", as(w.subscriber)).want(t, 200)
	change := func(edit func(*broker.Client)) {
		t.Helper()
		if err := store.Update(context.Background(), func(tx broker.Tx) error {
			c, err := tx.Client(broker.ClientID(w.subscriber.id))
			if err != nil {
				return err
			}
			edit(&c)
			return tx.PutClient(c)
		}); err != nil {
			t.Fatal(err)
		}
	}
	change(func(c *broker.Client) { c.Manage = false })
	w.call(http.MethodPost, "/destination-api/v1/destinations", draft(t, nil), as(w.subscriber)).wantProblem(t, 403, "forbidden", "manage-destinations")
	change(func(c *broker.Client) { c.Disabled = true })
	w.call(http.MethodGet, path, "", as(w.subscriber)).wantProblem(t, 401, "unauthorized", "disabled")
	w.token(credentials(w.subscriber)).want(t, 401)
}

// Nothing of a body is looked at for somebody unknown.
func TestUnknownCallersAreRefusedFirst(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := broker.NewID[string]()
	for _, r := range []struct{ method, path string }{
		{"POST", "/submission-api/v2/submissions"}, {"GET", "/submission-api/v2/submissions"}, {"PUT", "/submission-api/v2/submissions/x"},
		{"GET", "/submission-api/v2/submissions/" + id}, {"PUT", "/submission-api/v2/submissions/x/attachments/x"},
		{"GET", "/submission-api/v2/submissions/x/attachments/x"}, {"GET", "/submission-api/v2/submissions/x/events"},
		{"GET", "/submission-api/v2/cases/x/events"}, {"POST", "/submission-api/v2/cases/x/events"},
		{"POST", "/destination-api/v1/destinations"}, {"GET", "/destination-api/v1/destinations"}, {"GET", "/destination-api/v1/destinations/x"},
		{"PUT", "/destination-api/v1/destinations/x"}, {"PATCH", "/destination-api/v1/destinations/x"}, {"DELETE", "/destination-api/v1/destinations/x"},
		{"POST", "/destination-api/v1/destinations/x/keys"}, {"GET", "/destination-api/v1/destinations/x/keys"}, {"GET", "/destination-api/v1/destinations/x/keys/x"},
		{"GET", "/destination-api/v2/destinations"}, {"GET", "/destination-api/v2/destinations/x"}, {"GET", "/destination-api/v2/destinations/x/keys"},
		{"GET", "/destination-api/v2/destinations/x/keys/x"},
	} {
		a := w.call(r.method, r.path, "junk", typed("text/plain"))
		a.wantProblem(t, 401, "unauthorized", "Bearer")
		if got := a.header.Get("WWW-Authenticate"); got != "Bearer" {
			t.Errorf("%s %s: got challenge %q", r.method, r.path, got)
		}
	}
}
