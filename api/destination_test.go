package api_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/vierkant/vierkant/api/wire"
	"github.com/vierkant/vierkant/broker"
)

const destinations = "/destination-api/v1/destinations"

func TestCreateDestination(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	callback := map[string]any{"url": "https://authority.example/hook", "secret": secret32}
	a := w.call(http.MethodPost, destinations, draft(t, map[string]any{
		"callback": callback, "replyChannels": map[string]any{"eMail": map[string]any{"usePgp": true}, "fink": nil}, "status": "active", "unknown": 1,
	}), as(w.subscriber)).want(t, 201)
	var d wire.DestinationV1
	a.decode(&d)
	if got, want := a.header.Get("Location"), destinations+"/"+d.DestinationID; got != want {
		t.Errorf("got Location %q, want %q", got, want)
	}
	if d.Status != "created" || d.Name == "" || d.ContactInformation == nil || d.Callback == nil || d.Callback.URL != callback["url"] {
		t.Errorf("got %+v", d)
	}
	if strings.Contains(string(a.body), secret32) || strings.Contains(string(a.body), "secret") {
		t.Error("the answer shows the callback's secret")
	}
	if got, want := string(d.ReplyChannels.EMail), `{"usePgp":true}`; got != want || d.ReplyChannels.Fink != nil {
		t.Errorf("got reply channels %+v", d.ReplyChannels)
	}

	path := "/" + d.DestinationID
	for name, c := range map[string]struct {
		path    string
		who     client
		private bool
		member  string
		named   bool
	}{
		"owner, v1":         {destinations + path, w.subscriber, true, "services", true},
		"owner, v2":         {"/destination-api/v2/destinations" + path, w.subscriber, true, "publicServices", true},
		"not assigned":      {destinations + path, w.reader, false, "services", true},
		"foreign manager":   {destinations + path, w.foreign, false, "services", true},
		"sender":            {"/destination-api/v2/destinations" + path, w.sender, false, "publicServices", true},
		"anybody":           {"/submission-api/v2/destinations" + path, client{}, false, "publicServices", false},
		"owner, submission": {"/submission-api/v2/destinations" + path, w.subscriber, false, "publicServices", false},
	} {
		a := w.call(http.MethodGet, c.path, "", as(c.who)).want(t, 200)
		var got map[string]any
		a.decode(&got)
		for member, want := range map[string]bool{
			"destinationId": true, "status": true, "encryptionKid": true, "metadataVersions": true, "replyChannels": true, "name": c.named,
			"services": c.member == "services", "publicServices": c.member == "publicServices", "contactInformation": c.private, "callback": c.private,
		} {
			if _, has := got[member]; has != want {
				t.Errorf("%s: member %s is there: %v, want %v", name, member, has, want)
			}
		}
		if a.header.Get("Cache-Control") != "no-cache" || strings.Contains(string(a.body), "secret") {
			t.Errorf("%s: got %v %s", name, a.header, a.body)
		}
	}
}

func TestCreateDestinationRefuses(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := must(pairs())(t)
	key := func(of any, change func(map[string]any)) map[string]any {
		var jwk map[string]any
		raw, err := json.Marshal(of)
		if err == nil {
			err = json.Unmarshal(raw, &jwk)
		}
		if err != nil {
			t.Fatal(err)
		}
		change(jwk)
		return jwk
	}
	callback := func(url, secret string) map[string]any {
		return map[string]any{"callback": map[string]any{"url": url, "secret": secret}}
	}
	services := func(changes map[string]any) map[string]any { return map[string]any{"services": []any{offer(changes)}} }
	schema := func(uri, mimeType string) map[string]any {
		return services(map[string]any{"submissionSchemas": []any{map[string]any{"schemaUri": uri, "mimeType": mimeType}}})
	}
	for name, c := range map[string]struct {
		changes map[string]any
		code    string
		word    string
	}{
		"no contact":               {map[string]any{"contactInformation": nil}, "bad-request", "contactInformation is required"},
		"contact without name":     {map[string]any{"contactInformation": map[string]any{"email": "a@b.example"}}, "bad-request", "legalName"},
		"contact without mail":     {map[string]any{"contactInformation": map[string]any{"legalName": "A"}}, "bad-request", "email"},
		"mail that is none":        {map[string]any{"contactInformation": map[string]any{"legalName": "A", "email": "x"}}, "bad-request", "email"},
		"contact is a string":      {map[string]any{"contactInformation": "A"}, "bad-request", "contactInformation must be an object"},
		"phone is a number":        {map[string]any{"contactInformation": map[string]any{"legalName": "A", "email": "a@b.example", "phone": 1}}, "bad-request", "contactInformation.phone must be a string"},
		"no services":              {map[string]any{"services": nil}, "bad-request", "services"},
		"empty services":           {map[string]any{"services": []any{}}, "bad-request", "services"},
		"services are an object":   {map[string]any{"services": offer(nil)}, "bad-request", "services must be an array"},
		"identifier in upper case": {services(map[string]any{"identifier": "urn:de:FIM:x"}), "bad-request", "URN"},
		"region without DE":        {services(map[string]any{"regions": []string{"09"}}), "bad-request", "DE"},
		"region too long":          {services(map[string]any{"regions": []string{"DE0123456789012"}}), "bad-request", "DE"},
		"no regions":               {services(map[string]any{"regions": []string{}}), "bad-request", "regions"},
		"region twice":             {services(map[string]any{"regions": []string{"DE", "DE"}}), "bad-request", "regions"},
		"no schemas":               {services(map[string]any{"submissionSchemas": nil}), "bad-request", "submissionSchemas"},
		"media type":               {schema("https://a.example/s", "text/csv"), "bad-request", "application/json or application/xml"},
		"schema is no URI":         {schema("a schema", "application/json"), "bad-request", "schemaUri"},
		"version of two parts":     {map[string]any{"metadataVersions": []string{"2.1"}}, "bad-request", "2.1"},
		"version is a number":      {map[string]any{"metadataVersions": []any{2}}, "bad-request", "metadataVersions must be a string"},
		"no versions":              {map[string]any{"metadataVersions": nil}, "bad-request", "metadataVersions"},
		"no kid":                   {map[string]any{"encryptionKid": nil}, "bad-request", "encryptionKid is required"},
		"other kid":                {map[string]any{"encryptionKid": "another-kid"}, "bad-request", "encryptionKid"},
		"no encryption key":        {map[string]any{"encryptionPublicKey": nil}, "bad-request", "encryptionPublicKey"},
		"no signing key":           {map[string]any{"signingPublicKey": nil}, "bad-request", "signingPublicKey"},
		"keys swapped":             {map[string]any{"encryptionPublicKey": p.signing.Public, "signingPublicKey": p.encryption.Public}, "key-not-allowed", "encryptionPublicKey"},
		"key without x5c":          {map[string]any{"encryptionPublicKey": key(p.encryption.Public, func(k map[string]any) { delete(k, "x5c") })}, "key-not-allowed", "x5c"},
		"key too short":            {map[string]any{"encryptionPublicKey": key(p.encryption.Public, func(k map[string]any) { k["n"] = k["n"].(string)[:340] })}, "key-not-allowed", "encryptionPublicKey"},
		"private key":              {map[string]any{"signingPublicKey": p.signing}, "bad-request", "signingPublicKey"},
		"http callback":            {callback("http://a.example/x", secret32), "bad-request", "https://"},
		"callback without secret":  {callback("https://a.example/x", ""), "bad-request", "callback.secret"},
		"secret of 31":             {callback("https://a.example/x", secret32[1:]), "bad-request", "32 to 512"},
		"secret of 513":            {callback("https://a.example/x", strings.Repeat("s", 513)), "bad-request", "32 to 512"},
		"callback is a string":     {map[string]any{"callback": "https://a.example"}, "bad-request", "callback must be an object"},
		"empty reply channels":     {map[string]any{"replyChannels": map[string]any{}}, "bad-request", "replyChannels"},
		"reply channel no object":  {map[string]any{"replyChannels": map[string]any{"eMail": 1}}, "bad-request", "replyChannels"},
	} {
		t.Run(name, func(t *testing.T) {
			w.call(http.MethodPost, destinations, draft(t, c.changes), as(w.subscriber)).wantProblem(t, 400, c.code, c.word)
		})
	}
	for name, changes := range map[string]map[string]any{
		"secret of 512":    callback("https://a.example/x", strings.Repeat("s", 512)),
		"padded region":    services(map[string]any{"regions": []string{"DE000000000000", "DE09"}}),
		"mailbox service":  services(map[string]any{"identifier": "urn:schema-fitko-de:fit-connect:id.bund.de:message_v6"}),
		"callback is null": {"callback": json.RawMessage("null")},
	} {
		if a := w.call(http.MethodPost, destinations, draft(t, changes), as(w.subscriber)); a.status != 201 {
			t.Errorf("%s: got %d %s, want 201", name, a.status, a.body)
		}
	}
	w.call(http.MethodPost, destinations, draft(t, nil), as(w.reader)).wantProblem(t, 403, "forbidden", "manage-destinations")
	w.call(http.MethodPost, destinations, draft(t, nil), as(w.sender)).wantProblem(t, 403, "forbidden")
	w.call(http.MethodPost, destinations, "[]", as(w.subscriber)).wantProblem(t, 400, "bad-request", "object")
	w.call(http.MethodPost, destinations, draft(t, nil), as(w.subscriber), typed("application/merge-patch+json")).wantProblem(t, 415, "unsupported-media-type")
}

func TestPatchDestination(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.destination(map[string]any{
		"callback": map[string]any{"url": "https://a.example/x", "secret": secret32}, "replyChannels": map[string]any{"deMail": map[string]any{}},
	})
	for _, c := range []struct {
		merge string
		check func(wire.DestinationV1) bool
	}{
		{`{}`, func(d wire.DestinationV1) bool { return d.Status == "created" && d.Callback != nil }},
		{`{"status":"active"}`, func(d wire.DestinationV1) bool { return d.Status == "active" }},
		{`{"status":"active","unknown":{"a":[]}}`, func(d wire.DestinationV1) bool { return d.Status == "active" }},
		{`{"name":null}`, func(d wire.DestinationV1) bool { return d.Name == "" }},
		{`{"contactInformation":{"phone":"1","unit":"U"}}`, func(d wire.DestinationV1) bool {
			return d.ContactInformation.Phone == "1" && d.ContactInformation.LegalName == "Stadt Musterstadt"
		}},
		{`{"contactInformation":{"phone":null}}`, func(d wire.DestinationV1) bool {
			return d.ContactInformation.Phone == "" && d.ContactInformation.Unit == "U"
		}},
		{`{"metadataVersions":["2.0.0"]}`, func(d wire.DestinationV1) bool { return len(d.MetadataVersions) == 1 }},
		{`{"callback":{"url":"https://b.example/y"}}`, func(d wire.DestinationV1) bool { return d.Callback.URL == "https://b.example/y" }},
		{`{"replyChannels":{"deMail":null,"eMail":{}}}`, func(d wire.DestinationV1) bool {
			return d.ReplyChannels.DeMail == nil && string(d.ReplyChannels.EMail) == "{}"
		}},
		{`{"replyChannels":null}`, func(d wire.DestinationV1) bool { return d.ReplyChannels == nil }},
		{`{"callback":null}`, func(d wire.DestinationV1) bool { return d.Callback == nil }},
		{`{"status":"inactive"}`, func(d wire.DestinationV1) bool { return d.Status == "inactive" }},
		{`{"status":"active"}`, func(d wire.DestinationV1) bool { return d.Status == "active" }},
	} {
		a := w.patch(id, c.merge).want(t, 200)
		var patched, read wire.DestinationV1
		a.decode(&patched)
		w.call(http.MethodGet, destinations+"/"+id, "", as(w.subscriber)).decode(&read)
		if !c.check(patched) || !c.check(read) || strings.Contains(string(a.body), secret32) {
			t.Errorf("%s: got %s", c.merge, a.body)
		}
	}
	for merge, c := range map[string]struct {
		status     int
		code, word string
	}{
		`{"status":"created"}`:                       {400, "bad-request", "status must be one of active inactive decommissioned"},
		`{"status":"x"}`:                             {400, "bad-request", "status must be one of"},
		`{"status":null}`:                            {400, "bad-request", "status must be one of"},
		`{"status":7}`:                               {400, "bad-request", "status must be a string"},
		`{"status":"decommissioned"}`:                {409, "destination-state-invalid", "active"},
		`{"Status":"inactive"}`:                      {400, "bad-request", "twice"},
		`{"services":[]}`:                            {400, "bad-request", "services"},
		`{"services":null}`:                          {400, "bad-request", "services"},
		`{"services":{"a":1}}`:                       {400, "bad-request", "services must be an array"},
		`{"contactInformation":null}`:                {400, "bad-request", "contactInformation"},
		`{"contactInformation":{"email":null}}`:      {400, "bad-request", "email"},
		`{"encryptionKid":"unknown-kid"}`:            {400, "bad-request", "add the key first"},
		`{"callback":{"url":"https://c.example"}}`:   {400, "bad-request", "callback.secret is required"},
		`{"callback":{"secret":"` + secret32 + `"}}`: {400, "bad-request", "callback.url"},
		`[]`:            {400, "bad-request", "object"},
		`null`:          {400, "bad-request", "object"},
		`"x"`:           {400, "bad-request", "object"},
		`{"a":1,"a":2}`: {400, "bad-request", "twice"},
		``:              {400, "bad-request", "value"},
		strings.Repeat(`{"a":`, 40) + `1` + "}}}}}}}}": {400, "bad-request", "deep"},
	} {
		w.patch(id, merge).wantProblem(t, c.status, c.code, c.word)
	}
	w.call(http.MethodPatch, destinations+"/"+id, `{"name":"B"}`, as(w.subscriber)).want(t, 200)
	w.call(http.MethodPatch, destinations+"/"+id, `{}`, as(w.subscriber), typed("application/json-patch+json")).wantProblem(t, 415, "unsupported-media-type", "merge-patch")
	w.call(http.MethodPatch, destinations+"/"+id, `{}`, as(w.foreign)).wantProblem(t, 403, "forbidden")
	w.patch(broker.NewID[string](), `{}`).wantProblem(t, 404, "destination-not-found")
	w.patch("x", `{}`).wantProblem(t, 400, "bad-request", "UUID")
}

// The secret stays when only the URL changes: seen where it matters, in what the outbox would use.
func TestCallbackSecretStays(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.destination(map[string]any{"callback": map[string]any{"url": "https://a.example/x", "secret": secret32}})
	for _, change := range []func() answer{
		func() answer { return w.patch(id, `{"callback":{"url":"https://b.example/y"}}`) },
		func() answer {
			body := draft(t, map[string]any{"status": "created", "callback": map[string]any{"url": "https://b.example/y"}})
			return w.call(http.MethodPut, destinations+"/"+id, body, as(w.subscriber))
		},
	} {
		change().want(t, 200)
		target, ok, err := w.broker.Deliveries.Target(t.Context(), broker.Delivery{Destination: broker.DestinationID(id)})
		if err != nil || !ok || target.URL != "https://b.example/y" || target.Secret != secret32 {
			t.Errorf("got %+v, %v, %v", target, ok, err)
		}
	}
}

func TestReplaceDestination(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.destination(map[string]any{"callback": map[string]any{"url": "https://a.example/x", "secret": secret32}})
	put := func(changes map[string]any) answer {
		return w.call(http.MethodPut, destinations+"/"+id, draft(t, changes), as(w.subscriber))
	}
	var d wire.DestinationV1
	put(map[string]any{"status": "active", "name": nil}).want(t, 200).decode(&d)
	if d.Status != "active" || d.Name != "" || d.Callback != nil {
		t.Errorf("got %+v, want what was put and nothing else", d)
	}
	put(nil).wantProblem(t, 400, "bad-request", "status must be one of created active inactive decommissioned")
	put(map[string]any{"status": "Active"}).wantProblem(t, 400, "bad-request", "status")
	put(map[string]any{"status": "created"}).wantProblem(t, 409, "destination-state-invalid")
	put(map[string]any{"status": "decommissioned"}).wantProblem(t, 409, "destination-state-invalid")
	put(map[string]any{"status": "active", "contactInformation": nil}).wantProblem(t, 400, "bad-request", "contactInformation")
	w.call(http.MethodPut, destinations+"/"+id, draft(t, map[string]any{"status": "active"}), as(w.reader)).wantProblem(t, 403, "forbidden")
}

func TestEndOfADestination(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.active()
	w.call(http.MethodDelete, destinations+"/"+id, "", as(w.subscriber)).wantProblem(t, 409, "destination-state-invalid")
	w.patch(id, `{"status":"inactive"}`).want(t, 200)
	w.patch(id, `{"status":"decommissioned"}`).wantProblem(t, 409, "destination-state-invalid", "30 days")
	w.clock.forward(30 * 24 * time.Hour)
	w.subscriber.token = w.fetchToken(w.subscriber)
	w.patch(id, `{"status":"decommissioned"}`).want(t, 200)
	w.patch(id, `{"status":"active"}`).wantProblem(t, 409, "destination-state-invalid")

	fresh := w.destination(nil)
	w.foreign.token = w.fetchToken(w.foreign)
	w.call(http.MethodDelete, destinations+"/"+fresh, "", as(w.foreign)).wantProblem(t, 403, "forbidden")
	if a := w.call(http.MethodDelete, destinations+"/"+fresh, "", as(w.subscriber)).want(t, 204); len(a.body) > 0 {
		t.Errorf("got a body %q", a.body)
	}
	w.call(http.MethodDelete, destinations+"/"+fresh, "", as(w.subscriber)).wantProblem(t, 404, "destination-not-found")
	w.call(http.MethodGet, "/submission-api/v2/destinations/"+fresh, "").wantProblem(t, 404, "destination-not-found")
}

func TestListDestinations(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	first, second := w.destination(nil), w.active()
	var v1 wire.DestinationListV1
	w.call(http.MethodGet, destinations, "", as(w.subscriber)).decode(&v1)
	if v1.TotalCount != 2 || v1.Destinations[0].DestinationID != first || v1.Destinations[1].DestinationID != second || v1.Destinations[0].ContactInformation == nil {
		t.Errorf("got %+v", v1)
	}
	var v2 wire.DestinationListV2
	w.call(http.MethodGet, "/destination-api/v2/destinations?limit=1&offset=1", "", as(w.reader)).decode(&v2)
	if v2.Count != 1 || v2.TotalCount != 2 || len(v2.Destinations[0].PublicServices) != 1 || v2.Destinations[0].ContactInformation != nil {
		t.Errorf("got %+v", v2)
	}
	if a := w.call(http.MethodGet, destinations, "", as(w.foreign)).want(t, 200); !strings.Contains(string(a.body), `"destinations":[]`) {
		t.Errorf("got %s, want an empty array", a.body)
	}
	w.call(http.MethodGet, destinations, "", as(w.sender)).wantProblem(t, 403, "forbidden")
	w.call(http.MethodGet, destinations+"?limit=0", "", as(w.subscriber)).wantProblem(t, 400, "bad-request")
}

func TestKeys(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := must(pairs())(t)
	id := w.active()
	var set wire.JWKS
	w.call(http.MethodGet, "/destination-api/v2/destinations/"+id+"/keys", "", as(w.sender)).decode(&set)
	if len(set.Keys) != 2 || set.Keys[0].KID != p.encryption.KID || set.Keys[0].Use != "enc" || set.Keys[1].Use != "sig" || len(set.Keys[0].X5C) == 0 {
		t.Errorf("got %+v, want the encryption key first", set)
	}
	for kid, want := range map[string]wire.JWK{
		p.encryption.KID: {Alg: "RSA-OAEP-256", KeyOps: []string{"wrapKey"}}, p.signing.KID: {Alg: "PS512", KeyOps: []string{"verify"}},
	} {
		a := w.call(http.MethodGet, "/submission-api/v2/destinations/"+id+"/keys/"+kid, "")
		var got wire.JWK
		a.decode(&got)
		if got.KID != kid || got.KTY != "RSA" || got.Alg != want.Alg || got.KeyOps[0] != want.KeyOps[0] || got.E != "AQAB" || len(got.N) < 683 {
			t.Errorf("got %+v", got)
		}
		if a.header.Get("Cache-Control") != "no-cache" {
			t.Errorf("got Cache-Control %q", a.header.Get("Cache-Control"))
		}
	}
	w.call(http.MethodGet, "/submission-api/v2/destinations/"+id+"/keys/unknown-kid", "").wantProblem(t, 404, "key-not-found")
	w.call(http.MethodGet, "/submission-api/v2/destinations/"+broker.NewID[string]()+"/keys/x", "").wantProblem(t, 404, "destination-not-found")
	w.call(http.MethodGet, "/submission-api/v2/destinations/"+id+"/keys", "").wantProblem(t, 404, "not-found")

	// A second key with a name that needs care in a path, 64 characters long.
	next := p.encryption.Public
	next.KID = strings.Repeat("k", 56) + "~!$&+:@;"
	raw := must(json.Marshal(next))(t)
	for range 2 {
		a := w.call(http.MethodPost, destinations+"/"+id+"/keys", string(raw), as(w.subscriber)).want(t, 201)
		if got, want := a.header.Get("Location"), destinations+"/"+id+"/keys/"+url.PathEscape(next.KID); got != want {
			t.Errorf("got Location %q, want %q", got, want)
		}
		w.call(http.MethodGet, a.header.Get("Location"), "", as(w.sender)).want(t, 200)
	}
	w.patch(id, string(must(json.Marshal(map[string]string{"encryptionKid": next.KID}))(t))).want(t, 200)
	var d wire.DestinationV2
	w.call(http.MethodGet, "/submission-api/v2/destinations/"+id, "").decode(&d)
	if d.EncryptionKID != next.KID {
		t.Errorf("got kid %q, want the new one", d.EncryptionKID)
	}
	w.call(http.MethodGet, "/destination-api/v2/destinations/"+id+"/keys", "", as(w.sender)).decode(&set)
	if len(set.Keys) != 3 || set.Keys[0].KID != next.KID {
		t.Errorf("got %d keys, want the new one first", len(set.Keys))
	}
	w.call(http.MethodGet, "/submission-api/v2/destinations/"+id+"/keys/"+p.encryption.KID, "").want(t, 200)

	other := p.signing.Public
	other.KID = p.encryption.KID
	w.call(http.MethodPost, destinations+"/"+id+"/keys", string(must(json.Marshal(other))(t)), as(w.subscriber)).wantProblem(t, 409, "key-exists")
	for _, junk := range []string{"{}", "null", "[]", "x", `{"kty":"oct","k":"x"}`} {
		w.call(http.MethodPost, destinations+"/"+id+"/keys", junk, as(w.subscriber)).wantProblem(t, 400, "bad-request")
	}
	w.call(http.MethodPost, destinations+"/"+id+"/keys", string(raw), as(w.foreign)).wantProblem(t, 403, "forbidden")
	w.call(http.MethodPost, destinations+"/"+id+"/keys", string(raw), as(w.reader)).wantProblem(t, 403, "forbidden")
}
