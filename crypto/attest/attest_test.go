package attest_test

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/cryptosigner"
	"github.com/lestrrat-go/jwx/v2/jwa"
	"github.com/lestrrat-go/jwx/v2/jwk"
	"github.com/lestrrat-go/jwx/v2/jws"

	"github.com/vierkant/vierkant/crypto/attest"
	"github.com/vierkant/vierkant/crypto/keys"
)

// portalKey is the one key pair of all tests: making one takes about a second.
var portalKey = sync.OnceValue(func() keys.Private {
	key, err := keys.Generate(keys.Signature, "Portal", time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC), 24*time.Hour)
	if err != nil {
		panic(err)
	}
	return key
})

const (
	host        = "submission.example.org"
	portal      = "https://portal.example.org"
	destination = "ac715f34-333e-41f4-9bb5-186b309ea233"
	leika       = "urn:de:fim:leika:leistung:99050012104000"
	message     = "urn:schema-fitko-de:fit-connect:id.bund.de:message_v6"
)

func claims() attest.Claims {
	return attest.Claims{
		SubmissionHost: host, Issuer: portal, DestinationID: destination,
		Services: []attest.Service{
			{Regions: []string{"064350014014", "09"}, Services: []string{leika}},
			{Regions: []string{""}, Services: []string{message, "urn:de:fim:leistung:99010028"}},
		},
		IssuedAt: time.Unix(1772366400, 0).UTC(), ID: "2d1426f2-d673-46de-868e-d96844d24fe1",
	}
}

func expectation() attest.Expectation {
	return attest.Expectation{Hosts: []string{"other.example.org", host}, Issuer: portal, DestinationID: destination, Service: leika, Region: "09162"}
}

var errUnknown = errors.New("unknown kid")

func lookup(kid string) (keys.Public, error) {
	if kid != portalKey().KID {
		return keys.Public{}, errUnknown
	}
	return portalKey().Public, nil
}

func sign(t testing.TB, c attest.Claims) string {
	t.Helper()
	raw, err := attest.Sign(c, portalKey().KID, portalKey().Secret)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

func TestSignAndVerify(t *testing.T) {
	t.Parallel()
	raw := sign(t, claims())
	got, err := attest.Verify(raw, lookup, expectation())
	if err != nil {
		t.Fatal(err)
	}
	if want := claims(); !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
	if parsed, err := attest.Parse(raw); err != nil || !reflect.DeepEqual(parsed, got) {
		t.Errorf("parse: got %+v, %v, want %+v", parsed, err, got)
	}
}

// The wire form of FIT-Connect contract 5.5, member by member, as two other libraries see it.
func TestWireForm(t *testing.T) {
	t.Parallel()
	raw := sign(t, claims())
	theirs, err := jose.ParseSignedCompact(raw, []jose.SignatureAlgorithm{jose.PS512})
	if err != nil {
		t.Fatal(err)
	}
	if got := theirs.Signatures[0].Protected; got.KeyID != portalKey().KID || got.ExtraHeaders[jose.HeaderType] != "JWT" {
		t.Errorf("got header %+v", got)
	}
	payload, err := theirs.Verify(portalKey().Public.Key)
	if err != nil {
		t.Fatal(err)
	}
	want := `{"submissionHost":"submission.example.org","iss":"https://portal.example.org","services":[` +
		`{"gebietIDs":["urn:de:bund:destatis:bevoelkerungsstatistik:schluessel:rs:064350014014","urn:de:bund:destatis:bevoelkerungsstatistik:schluessel:rs:09"],` +
		`"leistungIDs":["urn:de:fim:leika:leistung:99050012104000"]},` +
		`{"gebietIDs":["urn:de:bund:destatis:bevoelkerungsstatistik:schluessel:rs:000000000000"],` +
		`"leistungIDs":["urn:schema-fitko-de:fit-connect:id.bund.de:message_v6","urn:de:fim:leistung:99010028"]}],` +
		`"destinationId":"ac715f34-333e-41f4-9bb5-186b309ea233","iat":1772366400,"jti":"2d1426f2-d673-46de-868e-d96844d24fe1"}`
	if string(payload) != want {
		t.Errorf("got %s, want %s", payload, want)
	}
	if _, err := jws.Verify([]byte(raw), jws.WithKey(jwa.PS512, portalKey().Public.Key)); err != nil {
		t.Errorf("jwx: %v", err)
	}
}

// What another library signs is good with a salt of 64 bytes only: go-jose's adapter for a crypto.Signer takes the longest.
func TestVerifyOfOtherLibraries(t *testing.T) {
	t.Parallel()
	theirs, err := jose.ParseSignedCompact(sign(t, claims()), []jose.SignatureAlgorithm{jose.PS512})
	if err != nil {
		t.Fatal(err)
	}
	payload := theirs.UnsafePayloadWithoutVerification()
	key, err := jwk.FromRaw(portalKey().Secret)
	if err != nil {
		t.Fatal(err)
	}
	header := jws.NewHeaders()
	if err := errors.Join(key.Set("kid", portalKey().KID), header.Set("typ", "jwt")); err != nil {
		t.Fatal(err)
	}
	raw, err := jws.Sign(payload, jws.WithKey(jwa.PS512, key, jws.WithProtectedHeaders(header)))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := attest.Verify(string(raw), lookup, expectation()); err != nil {
		t.Errorf("jwx, typ jwt: %v", err)
	}

	options := new(jose.SignerOptions).WithType("JWT").WithHeader("kid", portalKey().KID)
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.PS512, Key: cryptosigner.Opaque(portalKey().Secret)}, options)
	if err != nil {
		t.Fatal(err)
	}
	salted, err := signer.Sign(payload)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := attest.Verify(salted.FullSerialize(), lookup, expectation()); !errors.Is(err, keys.ErrMalformed) {
		t.Errorf("JSON form: got %v, want %v", err, keys.ErrMalformed)
	}
	compact, err := salted.CompactSerialize()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := attest.Verify(compact, lookup, expectation()); !errors.Is(err, keys.ErrSignature) {
		t.Errorf("longest salt: got %v, want %v", err, keys.ErrSignature)
	}
}

func TestVerifyExpectation(t *testing.T) {
	t.Parallel()
	raw := sign(t, claims())
	cases := map[string]struct {
		change func(want *attest.Expectation)
		err    error
	}{
		"host in capitals":               {func(w *attest.Expectation) { w.Hosts = []string{"SUBMISSION.EXAMPLE.ORG"} }, nil},
		"another host":                   {func(w *attest.Expectation) { w.Hosts = []string{"example.org"} }, attest.ErrMismatch},
		"host with scheme":               {func(w *attest.Expectation) { w.Hosts = []string{"https://" + host} }, attest.ErrMismatch},
		"no host":                        {func(w *attest.Expectation) { w.Hosts = nil }, attest.ErrMismatch},
		"empty host":                     {func(w *attest.Expectation) { w.Hosts = []string{""} }, attest.ErrMismatch},
		"another issuer":                 {func(w *attest.Expectation) { w.Issuer = portal + "/" }, attest.ErrMismatch},
		"no issuer":                      {func(w *attest.Expectation) { w.Issuer = "" }, attest.ErrMismatch},
		"destination in capitals":        {func(w *attest.Expectation) { w.DestinationID = strings.ToUpper(destination) }, nil},
		"another destination":            {func(w *attest.Expectation) { w.DestinationID = "bc715f34-333e-41f4-9bb5-186b309ea233" }, attest.ErrMismatch},
		"no destination":                 {func(w *attest.Expectation) { w.DestinationID = "" }, attest.ErrMismatch},
		"region itself":                  {func(w *attest.Expectation) { w.Region = "09" }, nil},
		"region padded":                  {func(w *attest.Expectation) { w.Region = "090000000000" }, nil},
		"region far below":               {func(w *attest.Expectation) { w.Region = "091620000000" }, nil},
		"municipality itself":            {func(w *attest.Expectation) { w.Region = "064350014014" }, nil},
		"its neighbour":                  {func(w *attest.Expectation) { w.Region = "064350014015" }, attest.ErrNotCovered},
		"its association above":          {func(w *attest.Expectation) { w.Region = "064350014" }, attest.ErrNotCovered},
		"another Land":                   {func(w *attest.Expectation) { w.Region = "08" }, attest.ErrNotCovered},
		"whole country for one Land":     {func(w *attest.Expectation) { w.Region = "" }, attest.ErrNotCovered},
		"whole country in zeros":         {func(w *attest.Expectation) { w.Region = "000000000000" }, attest.ErrNotCovered},
		"region of four digits":          {func(w *attest.Expectation) { w.Region = "0916" }, attest.ErrNotCovered},
		"region with DE":                 {func(w *attest.Expectation) { w.Region = "DE09162" }, attest.ErrNotCovered},
		"region no number":               {func(w *attest.Expectation) { w.Region = "09x" }, attest.ErrNotCovered},
		"federal service anywhere":       {func(w *attest.Expectation) { w.Service, w.Region = message, "064350014014" }, nil},
		"federal service in the country": {func(w *attest.Expectation) { w.Service, w.Region = message, "" }, nil},
		"another service":                {func(w *attest.Expectation) { w.Service = "urn:de:fim:leika:leistung:99050012104001" }, attest.ErrNotCovered},
		"service as a key":               {func(w *attest.Expectation) { w.Service = "99050012104000" }, attest.ErrNotCovered},
		"no service":                     {func(w *attest.Expectation) { w.Service = "" }, attest.ErrNotCovered},
		"nothing":                        {func(w *attest.Expectation) { *w = attest.Expectation{} }, attest.ErrMismatch},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			want := expectation()
			c.change(&want)
			got, err := attest.Verify(raw, lookup, want)
			if !errors.Is(err, c.err) || (err != nil) == (got.ID != "") {
				t.Errorf("got %+v, %v, want %v", got, err, c.err)
			}
		})
	}
}

// forge makes addressing information with any header and payload, signed as it should be.
func forge(t testing.TB, typ, kid string, payload string) string {
	t.Helper()
	raw, err := keys.SignPS512(typ, kid, []byte(payload), portalKey().Secret)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

func payload(t testing.TB, changes map[string]any) string {
	t.Helper()
	members := map[string]any{
		"submissionHost": host, "iss": portal, "destinationId": destination, "iat": 1772366400, "jti": "2d1426f2-d673-46de-868e-d96844d24fe1",
		"services": []any{map[string]any{"gebietIDs": []string{"urn:de:bund:destatis:bevoelkerungsstatistik:schluessel:rs:09"}, "leistungIDs": []string{leika}}},
	}
	maps.Copy(members, changes)
	for name, value := range changes {
		if value == nil {
			delete(members, name)
		}
	}
	raw, err := json.Marshal(members)
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

func TestVerifyRefuses(t *testing.T) {
	t.Parallel()
	kid := portalKey().KID
	good := forge(t, "JWT", kid, payload(t, nil))
	parts := strings.Split(good, ".")
	part := func(text string) string { return base64.RawURLEncoding.EncodeToString([]byte(text)) }
	service := func(regions, services []string) map[string]any {
		return map[string]any{"services": []any{map[string]any{"gebietIDs": regions, "leistungIDs": services}}}
	}
	region := []string{"urn:de:bund:destatis:bevoelkerungsstatistik:schluessel:rs:09"}
	cases := map[string]struct {
		raw  string
		want error
	}{
		"good":                   {good, nil},
		"typ jwt":                {forge(t, "jwt", kid, payload(t, nil)), nil},
		"more members":           {forge(t, "JWT", kid, payload(t, map[string]any{"more": 1, "exp": 1})), nil},
		"typ of an event":        {forge(t, "secevent+jwt", kid, payload(t, nil)), keys.ErrMalformed},
		"unknown kid":            {forge(t, "JWT", "unknown", payload(t, nil)), errUnknown},
		"no kid":                 {part(`{"alg":"PS512","typ":"JWT"}`) + "." + parts[1] + "." + parts[2], keys.ErrMalformed},
		"alg none":               {part(`{"alg":"none","typ":"JWT","kid":"`+kid+`"}`) + "." + parts[1] + ".", keys.ErrMalformed},
		"alg RS512":              {part(`{"alg":"RS512","typ":"JWT","kid":"`+kid+`"}`) + "." + parts[1] + "." + parts[2], keys.ErrMalformed},
		"no signature":           {parts[0] + "." + parts[1] + ".", keys.ErrSignature},
		"other payload":          {parts[0] + "." + part(payload(t, map[string]any{"iss": "x"})) + "." + parts[2], keys.ErrSignature},
		"detached payload":       {parts[0] + ".." + parts[2], keys.ErrMalformed},
		"nothing":                {"", keys.ErrMalformed},
		"too long":               {good + strings.Repeat("A", 256<<10), keys.ErrMalformed},
		"payload no JSON":        {forge(t, "JWT", kid, "claims"), keys.ErrMalformed},
		"payload twice":          {forge(t, "JWT", kid, payload(t, nil)+payload(t, nil)), keys.ErrMalformed},
		"a claim twice":          {forge(t, "JWT", kid, `{"iss":"x",`+payload(t, nil)[1:]), keys.ErrMalformed},
		"no host":                {forge(t, "JWT", kid, payload(t, map[string]any{"submissionHost": nil})), keys.ErrMalformed},
		"no iss":                 {forge(t, "JWT", kid, payload(t, map[string]any{"iss": ""})), keys.ErrMalformed},
		"no iat":                 {forge(t, "JWT", kid, payload(t, map[string]any{"iat": nil})), keys.ErrMalformed},
		"iat a text":             {forge(t, "JWT", kid, payload(t, map[string]any{"iat": "today"})), keys.ErrMalformed},
		"no jti":                 {forge(t, "JWT", kid, payload(t, map[string]any{"jti": nil})), keys.ErrMalformed},
		"destination no UUID":    {forge(t, "JWT", kid, payload(t, map[string]any{"destinationId": "destination"})), keys.ErrMalformed},
		"no services":            {forge(t, "JWT", kid, payload(t, map[string]any{"services": []any{}})), keys.ErrMalformed},
		"no region":              {forge(t, "JWT", kid, payload(t, service(nil, []string{leika}))), keys.ErrMalformed},
		"no service":             {forge(t, "JWT", kid, payload(t, service(region, nil))), keys.ErrMalformed},
		"empty service":          {forge(t, "JWT", kid, payload(t, service(region, []string{""}))), keys.ErrMalformed},
		"service no URN":         {forge(t, "JWT", kid, payload(t, service(region, []string{"99050012104000"}))), keys.ErrMalformed},
		"service with a break":   {forge(t, "JWT", kid, payload(t, service(region, []string{leika + "\n"}))), keys.ErrMalformed},
		"region no URN":          {forge(t, "JWT", kid, payload(t, service([]string{"09"}, []string{leika}))), keys.ErrMalformed},
		"region of another kind": {forge(t, "JWT", kid, payload(t, service([]string{"urn:de:bund:destatis:bevoelkerungsstatistik:schluessel:ags:09"}, []string{leika}))), attest.ErrNotCovered},
		"region without digits":  {forge(t, "JWT", kid, payload(t, service([]string{"urn:de:bund:destatis:bevoelkerungsstatistik:schluessel:rs:DE"}, []string{leika}))), attest.ErrNotCovered},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := attest.Verify(c.raw, lookup, expectation())
			if !errors.Is(err, c.want) || (err != nil) == (got.ID != "") {
				t.Errorf("got %+v, %v, want %v", got, err, c.want)
			}
		})
	}
}

func TestVerifyWithAKeyForEncryption(t *testing.T) {
	t.Parallel()
	wrongUse := func(kid string) (keys.Public, error) {
		key, err := lookup(kid)
		key.Alg, key.Ops = keys.RSAOAEP256, []string{keys.OpWrapKey}
		return key, err
	}
	if _, err := attest.Verify(sign(t, claims()), wrongUse, expectation()); !errors.Is(err, keys.ErrSignature) {
		t.Errorf("got %v, want %v", err, keys.ErrSignature)
	}
}

func TestSignRefuses(t *testing.T) {
	t.Parallel()
	cases := map[string]func(c *attest.Claims){
		"nothing":               func(c *attest.Claims) { *c = attest.Claims{} },
		"no host":               func(c *attest.Claims) { c.SubmissionHost = "" },
		"no issuer":             func(c *attest.Claims) { c.Issuer = "" },
		"no time":               func(c *attest.Claims) { c.IssuedAt = time.Time{} },
		"destination no UUID":   func(c *attest.Claims) { c.DestinationID = "destination" },
		"undashed UUID":         func(c *attest.Claims) { c.ID = strings.ReplaceAll(c.ID, "-", "") },
		"no services":           func(c *attest.Claims) { c.Services = nil },
		"no region":             func(c *attest.Claims) { c.Services[0].Regions = nil },
		"no service":            func(c *attest.Claims) { c.Services[1].Services = nil },
		"service as a key":      func(c *attest.Claims) { c.Services[0].Services = []string{"99050012104000"} },
		"region of four digits": func(c *attest.Claims) { c.Services[0].Regions = []string{"0643"} },
		"region with DE":        func(c *attest.Claims) { c.Services[0].Regions = []string{"DE06"} },
		"too long": func(c *attest.Claims) {
			c.Services[0].Services = append(c.Services[0].Services, "urn:de:"+strings.Repeat("x", 256<<10))
		},
	}
	for name, change := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := claims()
			change(&c)
			if raw, err := attest.Sign(c, portalKey().KID, portalKey().Secret); err == nil || raw != "" {
				t.Errorf("got %q, %v, want an error", raw, err)
			}
		})
	}
	if _, err := attest.Sign(claims(), "", portalKey().Secret); err == nil {
		t.Error("no kid: got no error")
	}
}

// The example that FITKO publishes; its key is not known, so it can be read but not verified.
func TestParseFITKOExample(t *testing.T) {
	t.Parallel()
	raw, err := os.ReadFile(filepath.Join("..", "..", "..", "shared", "data", "vectors", "fitko_destination_signature_example.json"))
	if errors.Is(err, os.ErrNotExist) {
		t.Skip("test data shared/data/vectors/fitko_destination_signature_example.json is not beside the repository")
	}
	var example struct{ JWS string }
	if err := errors.Join(err, json.Unmarshal(raw, &example)); err != nil {
		t.Fatal(err)
	}
	got, err := attest.Parse(example.JWS)
	if err != nil {
		t.Fatal(err)
	}
	want := attest.Claims{
		SubmissionHost: "submission-api-dev.fit-connect.fitko.dev",
		Issuer:         "https://portal.auth-dev.fit-connect.fitko.dev",
		Services:       []attest.Service{{Regions: []string{"120645410"}, Services: []string{"urn:de:fim:leika:leistung:99134005017000"}}},
		DestinationID:  "ac715f34-333e-41f4-9bb5-186b309ea233",
		IssuedAt:       time.Unix(1637863481, 0).UTC(),
		ID:             "2d1426f2-d673-46de-868e-d96844d24fe1",
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
	for ars, want := range map[string]bool{"120645410": true, "120645410001": true, "120645410000": true, "12064": false, "120645411": false, "": false} {
		if got := got.Covers("urn:de:fim:leika:leistung:99134005017000", ars); got != want {
			t.Errorf("covers %q: got %t, want %t", ars, got, want)
		}
	}
}

// FuzzParse holds that what parses without areas of other kinds can be signed again and says the same.
func FuzzParse(f *testing.F) {
	header := base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"PS512","kid":"k","typ":"JWT"}`))
	f.Add(header + "." + base64.RawURLEncoding.EncodeToString([]byte(payload(f, nil))) + ".AA")
	f.Add(header + "..")
	f.Add("")
	f.Fuzz(func(t *testing.T, raw string) {
		got, err := attest.Parse(raw)
		if err != nil {
			if !errors.Is(err, keys.ErrMalformed) {
				t.Errorf("got %v, want %v", err, keys.ErrMalformed)
			}
			return
		}
		for _, s := range got.Services {
			for _, region := range s.Regions {
				if urn, err := attest.RegionURN(region); err != nil {
					t.Errorf("got region %q, %q, %v", region, urn, err)
				}
				if !got.Covers(s.Services[0], region) {
					t.Errorf("%q does not cover itself", region)
				}
			}
		}
		if _, err := attest.Verify(raw, lookup, expectation()); err == nil {
			t.Errorf("verified %q, which nobody signed", raw)
		}
	})
}
