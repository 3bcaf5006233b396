package set_test

import (
	"encoding/json"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/vierkant/vierkant/crypto/set"
)

const digest = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

var update = flag.Bool("update", false, "rewrite the golden files")

const (
	anID         = "0a5c0d2e-2f0b-4d5c-9e50-0f7a6e1c8b11"
	aSubmission  = "submission:1b2c3d4e-5f60-4718-8293-a4b5c6d7e8f9"
	aCase        = "case:c0ffee00-1234-4abc-8def-0123456789ab"
	aDestination = "d0d0d0d0-0000-4000-8000-000000000001"
	tag          = "ttttttttttttttttttttAA"
)

// claims returns good claims of an accept event, changed by change.
func claims(change func(*set.Claims)) set.Claims {
	c := set.Claims{
		Schema:      set.SchemaURI(set.CurrentVersion),
		ID:          anID,
		Issuer:      aDestination,
		IssuedAt:    1764000000,
		Subject:     aSubmission,
		Transaction: aCase,
		Event:       set.AcceptSubmission,
		Payload:     json.RawMessage(`{}`),
	}
	if change != nil {
		change(&c)
	}
	return c
}

// What was once stored as claim bytes must come out the same from every later release.
func TestClaimBytesStayTheSame(t *testing.T) {
	t.Parallel()
	service := "https://vierkant.example/submission-api"
	tags := &set.AuthenticationTags{Metadata: tag, Data: tag, Attachments: map[string]string{aDestination: tag, anID: tag}}
	for name, c := range map[string]set.Claims{
		"create": claims(func(c *set.Claims) { c.Issuer, c.Event, c.Payload = service, set.CreateSubmission, nil }),
		"submit": claims(func(c *set.Claims) {
			c.Issuer, c.Event = service, set.SubmitSubmission
			c.Payload = set.Payload{AuthenticationTags: tags}.Bytes()
		}),
		"notify": claims(func(c *set.Claims) {
			c.Issuer, c.Event = service, set.NotifySubmission
			c.Payload = set.Payload{AuthenticationTags: &set.AuthenticationTags{Metadata: tag}, NotifyType: set.NotifiedByCallback}.Bytes()
		}),
		"reject": claims(func(c *set.Claims) {
			c.Event = set.RejectSubmission
			c.Payload = set.Payload{Problems: []set.Problem{{
				Type: set.ProblemPrefix + "schema-violation", Title: "Schema violation", Detail: "Größe <5 & \"mehr\"\n", Instance: "data",
			}, {Type: "urn:example:other"}}}.Bytes()
		}),
		"delete": claims(func(c *set.Claims) {
			c.Issuer, c.Event = service, set.DeleteSubmission
			c.Payload = set.Payload{Deletion: &set.Deletion{DeletedAt: "2026-11-22T10:00:00Z", SHA256: set.Digests{
				Metadata: digest, Attachments: map[string]string{anID: digest},
			}}}.Bytes()
		}),
		"reply without schema": claims(func(c *set.Claims) {
			c.Schema, c.Event, c.Subject, c.Payload = "", set.CreateReply, strings.Replace(aSubmission, "submission", "reply", 1), json.RawMessage(" {\n } ")
		}),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := c.Bytes()
			if err != nil {
				t.Fatal(err)
			}
			golden := filepath.Join("testdata", "claims", strings.ReplaceAll(name, " ", "-")+".json")
			if *update {
				if err := os.WriteFile(golden, got, 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if string(got) != string(want) {
				t.Errorf("got  %s\nwant %s", got, want)
			}
		})
	}
}

func TestParseClaimsReadsWhatBytesWrote(t *testing.T) {
	t.Parallel()
	for _, payload := range []set.Payload{
		{},
		{AuthenticationTags: &set.AuthenticationTags{Metadata: tag}},
		{AuthenticationTags: &set.AuthenticationTags{Metadata: tag, Data: tag, Attachments: map[string]string{anID: tag}}, NotifyType: set.NotifiedByPolling},
		{Deletion: &set.Deletion{DeletedAt: "2026-11-22T10:00:00Z", SHA256: set.Digests{Metadata: digest, Data: digest, Attachments: map[string]string{anID: digest}}}},
		{Problems: []set.Problem{{Type: "about:blank"}, {Type: "https://example.org/p", Title: "T", Detail: "<ü>", Instance: "attachment:" + anID}}},
	} {
		want := claims(func(c *set.Claims) { c.Payload = payload.Bytes() })
		raw, err := want.Bytes()
		if err != nil {
			t.Fatal(err)
		}
		got, err := set.ParseClaims(raw)
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("got %+v, %v, want %+v", got, err, want)
		}
		if got, err := set.ParsePayload(got.Payload); err != nil || !reflect.DeepEqual(got, payload) {
			t.Errorf("got payload %+v, %v, want %+v", got, err, payload)
		}
	}
}

func TestParseClaimsRules(t *testing.T) {
	t.Parallel()
	good, err := claims(nil).Bytes()
	if err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		old, new string // replaced once in good claims
		want     string // the claim complained about, "syntax", or "" for none
	}{
		"as it is":                  {``, ``, ""},
		"white space":               {`,"jti"`, ` , "jti"`, ""},
		"more claims":               {`{"$schema"`, `{"aud":["x"],"toe":1,"$schema"`, ""},
		"no $schema":                {`"$schema":"` + set.SchemaURI(set.CurrentVersion) + `",`, ``, ""},
		"$schema of any kind":       {set.SchemaURI(set.CurrentVersion), "something", ""},
		"$schema empty":             {set.SchemaURI(set.CurrentVersion), "", "$schema"},
		"$schema null":              {`"` + set.SchemaURI(set.CurrentVersion) + `"`, "null", "$schema"},
		"no jti":                    {`"jti"`, `"jtj"`, "jti"},
		"jti in a case":             {`"jti"`, `"Jti"`, "jti"},
		"jti in capitals":           {anID, strings.ToUpper(anID), ""},
		"jti without dashes":        {anID, strings.ReplaceAll(anID, "-", ""), "jti"},
		"jti short":                 {anID, anID[1:], "jti"},
		"jti with newline":          {anID, anID + `\n`, "jti"},
		"jti a number":              {`"` + anID + `"`, "5", "jti"},
		"no iss":                    {`"iss"`, `"ist"`, "iss"},
		"iss empty":                 {aDestination, "", "iss"},
		"iss an array":              {`"` + aDestination + `"`, `["` + aDestination + `"]`, "iss"},
		"no iat":                    {`"iat"`, `"ist"`, "iat"},
		"iat the earliest":          {`1764000000`, `1577833200`, ""},
		"iat too early":             {`1764000000`, `1577833199`, "iat"},
		"iat negative":              {`1764000000`, `-1764000000`, "iat"},
		"iat with fraction":         {`1764000000`, `1764000000.5`, "iat"},
		"iat with zero fraction":    {`1764000000`, `1764000000.0`, "iat"},
		"iat with exponent":         {`1764000000`, `1764e6`, "iat"},
		"iat beyond 64 bits":        {`1764000000`, `9223372036854775808`, "iat"},
		"iat a string":              {`1764000000`, `"1764000000"`, "iat"},
		"iat null":                  {`1764000000`, `null`, "iat"},
		"no sub":                    {`"sub"`, `"sup"`, "sub"},
		"sub a reply":               {`submission:`, `reply:`, ""},
		"sub a case":                {`submission:`, `case:`, "sub"},
		"sub without kind":          {`submission:`, ``, "sub"},
		"sub in capitals":           {aSubmission, "submission:" + strings.ToUpper(aSubmission[11:]), "sub"},
		"sub with more":             {aSubmission, aSubmission + "0", "sub"},
		"sub with newline":          {aSubmission, aSubmission + `\n`, "sub"},
		"no txn":                    {`"txn"`, `"tnx"`, "txn"},
		"txn a submission":          {`case:`, `submission:`, "txn"},
		"txn null":                  {`"` + aCase + `"`, `null`, "txn"},
		"no events":                 {`"events"`, `"event"`, "events"},
		"events null":               {`{"` + set.AcceptSubmission + `":{}}`, `null`, "events"},
		"events an array":           {`{"` + set.AcceptSubmission + `":{}}`, `[{}]`, "events"},
		"no event":                  {`"` + set.AcceptSubmission + `":{}`, ``, "events"},
		"two events":                {`"` + set.AcceptSubmission + `":{}`, `"` + set.AcceptSubmission + `":{},"` + set.RejectSubmission + `":{}`, "events"},
		"event no URI":              {set.AcceptSubmission, "accept-submission", "events"},
		"event unknown":             {set.AcceptSubmission, "https://example.org/event", ""},
		"payload null":              {`:{}`, `:null`, "events"},
		"payload a string":          {`:{}`, `:"x"`, "events"},
		"payload an array":          {`:{}`, `:[]`, "events"},
		"same event twice":          {`"` + set.AcceptSubmission + `":{}`, `"` + set.AcceptSubmission + `":{},"` + set.AcceptSubmission + `":{}`, "syntax"},
		"jti twice":                 {`{"$schema"`, `{"jti":"` + anID + `","$schema"`, "syntax"},
		"twice in the payload":      {`:{}`, `:{"x":[{"a":1,"a":2}]}`, "syntax"},
		"something behind":          {`}}}`, `}}}{}`, "syntax"},
		"cut":                       {`}}}`, `}}`, "syntax"},
		"no object":                 {string(good), `[]`, "syntax"},
		"null":                      {string(good), `null`, "syntax"},
		"nothing":                   {string(good), ``, "syntax"},
		"not UTF-8":                 {aDestination, "\xff", "syntax"},
		"too long":                  {`:{}`, `:{"x":"` + strings.Repeat("x", set.MaxClaims) + `"}`, "syntax"},
		"tags an array":             {`:{}`, `:{"authenticationTags":[]}`, "authenticationTags"},
		"tags null":                 {`:{}`, `:{"authenticationTags":null}`, "authenticationTags"},
		"tags empty":                {`:{}`, `:{"authenticationTags":{}}`, ""},
		"tags with more":            {`:{}`, `:{"authenticationTags":{"metadata":"m","x":1},"y":2}`, ""},
		"tag a number":              {`:{}`, `:{"authenticationTags":{"metadata":1}}`, "authenticationTags.metadata"},
		"data tag null":             {`:{}`, `:{"authenticationTags":{"data":null}}`, "authenticationTags.data"},
		"attachments an array":      {`:{}`, `:{"authenticationTags":{"attachments":["x"]}}`, "authenticationTags.attachments"},
		"attachment tag a number":   {`:{}`, `:{"authenticationTags":{"attachments":{"a":"x","b":1}}}`, "authenticationTags.attachments.b"},
		"problems empty":            {`:{}`, `:{"problems":[]}`, ""},
		"problems an object":        {`:{}`, `:{"problems":{}}`, "problems"},
		"problems of strings":       {`:{}`, `:{"problems":["x"]}`, "problems"},
		"problem without type":      {`:{}`, `:{"problems":[{"title":"x"}]}`, "problems[0].type"},
		"problem of any type":       {`:{}`, `:{"problems":[{"type":"urn:x:y","more":1}]}`, ""},
		"problem, type no URI":      {`:{}`, `:{"problems":[{"type":"urn:x"},{"type":"some text"}]}`, "problems[1].type"},
		"problem, relative type":    {`:{}`, `:{"problems":[{"type":"/problems/x"}]}`, "problems[0].type"},
		"problem, type a number":    {`:{}`, `:{"problems":[{"type":7}]}`, "problems[0].type"},
		"problem, title a number":   {`:{}`, `:{"problems":[{"type":"urn:x","title":7}]}`, "problems[0].title"},
		"problem, detail null":      {`:{}`, `:{"problems":[{"type":"urn:x","detail":null}]}`, "problems[0].detail"},
		"problem, instance a bool":  {`:{}`, `:{"problems":[{"type":"urn:x","instance":true}]}`, "problems[0].instance"},
		"notifyType a number":       {`:{}`, `:{"notifyType":1}`, "notifyType"},
		"deletionRecord a text":     {`:{}`, `:{"deletionRecord":"gone"}`, "deletionRecord"},
		"deletedAt a number":        {`:{}`, `:{"deletionRecord":{"deletedAt":1}}`, "deletionRecord.deletedAt"},
		"digest a list":             {`:{}`, `:{"deletionRecord":{"sha256":{"attachments":{"a":[]}}}}`, "deletionRecord.sha256.attachments.a"},
		"notifyType of other kinds": {`:{}`, `:{"notifyType":"pigeon"}`, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			raw := strings.Replace(string(good), test.old, test.new, 1)
			if test.old != "" && raw == string(good) {
				t.Fatalf("%q is not in %s", test.old, good)
			}
			_, err := set.ParseClaims([]byte(raw))
			if got := complaint(err); got != test.want {
				t.Errorf("got %q (%v), want %q", got, err, test.want)
			}
		})
	}
}

// complaint names the claim or header that err is about.
func complaint(err error) string {
	var claim *set.ClaimError
	var header *set.HeaderError
	switch {
	case err == nil:
		return ""
	case errors.As(err, &claim):
		return claim.Claim
	case errors.As(err, &header):
		return "header " + header.Header
	case errors.Is(err, set.ErrSyntax):
		return "syntax"
	case errors.Is(err, set.ErrSchemaVersion):
		return "version"
	}
	return err.Error()
}

func TestBytesRefusesWhatParseClaimsWould(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		want   string
		change func(*set.Claims)
	}{
		{"jti", func(c *set.Claims) { c.ID = "1" }},
		{"iss", func(c *set.Claims) { c.Issuer = "" }},
		{"iat", func(c *set.Claims) { c.IssuedAt = 0 }},
		{"sub", func(c *set.Claims) { c.Subject = aCase }},
		{"txn", func(c *set.Claims) { c.Transaction = aSubmission }},
		{"events", func(c *set.Claims) { c.Event = "" }},
		{"events", func(c *set.Claims) { c.Payload = json.RawMessage(`{"a":1,"a":2}`) }},
		{"events", func(c *set.Claims) { c.Payload = json.RawMessage(`[]`) }},
		{"problems", func(c *set.Claims) { c.Payload = json.RawMessage(`{"problems":1}`) }},
		{"syntax", func(c *set.Claims) { c.Payload = json.RawMessage(`{"a":"` + strings.Repeat("a", set.MaxClaims) + `"}`) }},
	} {
		raw, err := claims(c.change).Bytes()
		if got := complaint(err); got != c.want || raw != nil {
			t.Errorf("got %q (%v), want %q", got, err, c.want)
		}
	}
	if raw, err := claims(func(c *set.Claims) { c.Payload = json.RawMessage(`{`) }).Bytes(); err == nil {
		t.Errorf("payload that is no JSON: got %s", raw)
	}
}

func TestErrorTexts(t *testing.T) {
	t.Parallel()
	_, err := set.ParsePayload(json.RawMessage(`{"problems":[{"type":"` + strings.Repeat("ä", 100) + `"}]}`))
	want := `Invalid SET Claim 'problems[0].type': expected a URI, found "` + strings.Repeat("ä", 31) + "…"
	if err == nil || err.Error() != want {
		t.Errorf("got %q, want %q", err, want)
	}
	_, err = set.ParsePayload(json.RawMessage(`{`))
	want = `Invalid SET Claim 'events': expected an event whose payload is an object, found something that is not JSON`
	if err == nil || err.Error() != want {
		t.Errorf("got %q, want %q", err, want)
	}
	_, err = set.Parse(encoded(`{"typ":"JWT","alg":"PS512","kid":"k"}`, `{}`) + ".AAAA")
	want = `Invalid SET Header 'typ': expected secevent+jwt, found "JWT"`
	if err == nil || err.Error() != want {
		t.Errorf("got %q, want %q", err, want)
	}
	if got, want := set.ErrSchemaVersion.Error(), "Payload Schema not supported"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestAuthenticationTagsEqual(t *testing.T) {
	t.Parallel()
	one := set.AuthenticationTags{Metadata: "m", Data: "d", Attachments: map[string]string{"a": "1", "b": "2"}}
	for name, test := range map[string]struct {
		left, right set.AuthenticationTags
		want        bool
	}{
		"same":                {one, set.AuthenticationTags{Metadata: "m", Data: "d", Attachments: map[string]string{"b": "2", "a": "1"}}, true},
		"none and empty":      {set.AuthenticationTags{Metadata: "m"}, set.AuthenticationTags{Metadata: "m", Attachments: map[string]string{}}, true},
		"other metadata":      {one, set.AuthenticationTags{Metadata: "x", Data: "d", Attachments: one.Attachments}, false},
		"no data":             {one, set.AuthenticationTags{Metadata: "m", Attachments: one.Attachments}, false},
		"an attachment less":  {one, set.AuthenticationTags{Metadata: "m", Data: "d", Attachments: map[string]string{"a": "1"}}, false},
		"attachments swapped": {one, set.AuthenticationTags{Metadata: "m", Data: "d", Attachments: map[string]string{"a": "2", "b": "1"}}, false},
	} {
		if got := test.left.Equal(test.right); got != test.want {
			t.Errorf("%s: got %v, want %v", name, got, test.want)
		}
	}
}
