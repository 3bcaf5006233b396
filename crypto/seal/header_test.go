package seal_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/vierkant/vierkant/crypto/keys"
	"github.com/vierkant/vierkant/crypto/seal"
)

func TestRules(t *testing.T) {
	t.Parallel()
	v1, content, attachment := seal.V1(), seal.V2Content(), seal.V2Attachment()
	const algEnc, base = `"alg":"RSA-OAEP-256","enc":"A256GCM"`, `"alg":"RSA-OAEP-256","enc":"A256GCM","kid":"k"`
	for name, test := range map[string]struct {
		rules   seal.Rules
		members string
		want    string // beginning of the error; empty: accepted
	}{
		"v1, nothing more":           {v1, base, ""},
		"v1, any cty":                {v1, base + `,"cty":"application/pdf"`, ""},
		"v1, empty cty":              {v1, base + `,"cty":""`, ""},
		"v1, zip and typ":            {v1, base + `,"zip":"DEF","typ":"JWE"`, ""},
		"v1, another zip":            {v1, base + `,"zip":"GZ"`, `Invalid JWE Header 'zip': expected DEF, found "GZ"`},
		"v1, empty zip":              {v1, base + `,"zip":""`, `Invalid JWE Header 'zip': expected DEF, found ""`},
		"v1, another typ":            {v1, base + `,"typ":"JWT"`, `Invalid JWE Header 'typ': expected JWE, found "JWT"`},
		"v1, cty no string":          {v1, base + `,"cty":5`, `Invalid JWE Header 'cty': expected a string, found 5`},
		"v1, cty null":               {v1, base + `,"cty":null`, `Invalid JWE Header 'cty': expected a string, found null`},
		"v2 content, JSON":           {content, base + `,"cty":"application/json"`, ""},
		"v2 content, XML":            {content, base + `,"cty":"application/xml"`, ""},
		"v2 content, no cty":         {content, base, `Invalid JWE Header 'cty': expected application/json or application/xml, found nothing`},
		"v2 content, cty null":       {content, base + `,"cty":null`, `Invalid JWE Header 'cty': expected application/json or application/xml, found null`},
		"v2 content, empty cty":      {content, base + `,"cty":""`, `Invalid JWE Header 'cty'`},
		"v2 content, another cty":    {content, base + `,"cty":"application/pdf"`, `Invalid JWE Header 'cty': expected application/json or application/xml, found "application/pdf"`},
		"v2 content, short cty":      {content, base + `,"cty":"json"`, `Invalid JWE Header 'cty'`},
		"v2 content, cty in a case":  {content, base + `,"CTY":"application/json"`, `Invalid JWE Header 'cty'`},
		"v2 content, charset":        {content, base + `,"cty":"application/json; charset=utf-8"`, `Invalid JWE Header 'cty'`},
		"v2 content, zip":            {content, base + `,"cty":"application/json","zip":"DEF"`, `Invalid JWE Header 'zip': expected nothing, found "DEF"`},
		"v2 content, zip null":       {content, base + `,"cty":"application/json","zip":null`, `Invalid JWE Header 'zip': expected nothing, found null`},
		"v2 attachment, no cty":      {attachment, base, ""},
		"v2 attachment, any cty":     {attachment, base + `,"cty":"image/png"`, ""},
		"v2 attachment, zip":         {attachment, base + `,"zip":"DEF"`, `Invalid JWE Header 'zip'`},
		"unknown members":            {v1, base + `,"x":{"y":[1,2]},"x5t":"abc"`, ""},
		"x5t no string":              {v1, base + `,"x5t":1`, `Invalid JWE Header 'x5t': expected a string, found 1`},
		"no alg":                     {v1, `"enc":"A256GCM","kid":"k"`, `Invalid JWE Header 'alg': expected RSA-OAEP-256, found nothing`},
		"RSA-OAEP with SHA-1":        {v1, `"alg":"RSA-OAEP","enc":"A256GCM","kid":"k"`, `Invalid JWE Header 'alg': expected RSA-OAEP-256, found "RSA-OAEP"`},
		"PKCS 1 v1.5":                {v1, `"alg":"RSA1_5","enc":"A256GCM","kid":"k"`, `Invalid JWE Header 'alg'`},
		"direct":                     {v1, `"alg":"dir","enc":"A256GCM","kid":"k"`, `Invalid JWE Header 'alg'`},
		"alg in lower case":          {v1, `"alg":"rsa-oaep-256","enc":"A256GCM","kid":"k"`, `Invalid JWE Header 'alg'`},
		"no enc":                     {v1, `"alg":"RSA-OAEP-256","kid":"k"`, `Invalid JWE Header 'enc': expected A256GCM, found nothing`},
		"enc of 128 bits":            {v1, `"alg":"RSA-OAEP-256","enc":"A128GCM","kid":"k"`, `Invalid JWE Header 'enc': expected A256GCM, found "A128GCM"`},
		"enc an array":               {v1, `"alg":"RSA-OAEP-256","enc":["A256GCM"],"kid":"k"`, `Invalid JWE Header 'enc': expected A256GCM, found ["A256GCM"]`},
		"no kid":                     {v1, algEnc, `Invalid JWE Header 'kid': expected a string that is not empty, found nothing`},
		"empty kid":                  {v1, algEnc + `,"kid":""`, `Invalid JWE Header 'kid'`},
		"kid a number":               {v1, algEnc + `,"kid":17`, `Invalid JWE Header 'kid'`},
		"crit":                       {v1, base + `,"crit":["x"],"x":1`, `Invalid JWE Header 'crit': expected nothing, found ["x"]`},
		"empty crit":                 {v1, base + `,"crit":[]`, `Invalid JWE Header 'crit'`},
		"crit null":                  {v1, base + `,"crit":null`, `Invalid JWE Header 'crit'`},
		"jku":                        {v1, base + `,"jku":"https://example.org/keys"`, `Invalid JWE Header 'jku'`},
		"x5u":                        {v1, base + `,"x5u":"https://example.org/chain"`, `Invalid JWE Header 'x5u'`},
		"jwk":                        {v1, base + `,"jwk":{"kty":"oct","k":"AA"}`, `Invalid JWE Header 'jwk'`},
		"x5c":                        {v1, base + `,"x5c":[]`, `Invalid JWE Header 'x5c'`},
		"epk":                        {v1, base + `,"epk":{}`, `Invalid JWE Header 'epk'`},
		"p2c":                        {v1, base + `,"p2c":1000000000`, `Invalid JWE Header 'p2c'`},
		"long value is cut":          {v1, algEnc + `,"kid":"k","zip":"` + strings.Repeat("ä", 500) + `"`, `Invalid JWE Header 'zip': expected DEF, found "` + strings.Repeat("ä", 31) + "…"},
		"a number too big for libs":  {v1, base + `,"x":1e999`, seal.ErrSyntax.Error()},
		"equal members further down": {v1, base + `,"x":{"a":1,"a":2}`, seal.ErrSyntax.Error()},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := seal.Inspect(compact("{"+test.members+"}", "AAAA"), test.rules)
			if got := message(err); (test.want == "") != (err == nil) || !strings.HasPrefix(got, test.want) {
				t.Errorf("got %q, want %q", got, test.want)
			}
			var wrong *seal.HeaderError
			if strings.HasPrefix(test.want, "Invalid") && !errors.As(err, &wrong) {
				t.Errorf("got a %T, want a %T", err, wrong)
			}
		})
	}
}

func TestRulesForRecipients(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		rules seal.Rules
		want  string
	}{
		"any":         {seal.V2Content(), ""},
		"this one":    {seal.V2Content().For("another", "a-key-id"), ""},
		"other ones":  {seal.V2Content().For("another", "A-key-id"), `Invalid JWE Header 'kid': expected another or A-key-id, found "a-key-id"`},
		"nobody":      {seal.V2Content().For(), `Invalid JWE Header 'kid': expected a key of the recipient, which has none, found "a-key-id"`},
		"nobody, nil": {seal.V2Content().For([]string(nil)...), `Invalid JWE Header 'kid': expected a key of the recipient, which has none, found "a-key-id"`},
	} {
		_, err := seal.Inspect(compact(goodHeader, "AAAA"), test.rules)
		if got := message(err); got != test.want {
			t.Errorf("%s: got %q, want %q", name, got, test.want)
		}
	}
	for _, kid := range []string{``, `"kid":"",`} {
		other := strings.Replace(goodHeader, `"kid":"a-key-id",`, kid, 1)
		var wrong *seal.HeaderError
		if _, err := seal.Inspect(compact(other, "AAAA"), seal.V2Content().For("k", "")); !errors.As(err, &wrong) || wrong.Header != "kid" {
			t.Errorf("header %s: got %v, want a complaint about kid", other, err)
		}
	}
}

func TestAddressedTo(t *testing.T) {
	t.Parallel()
	key := recipient().Public
	key.KID = "chosen-id"
	for kid, want := range map[string]bool{
		"chosen-id":                    true,
		key.Thumbprint():               true,
		"":                             false,
		"Chosen-id":                    false,
		key.Thumbprint()[:42]:          false,
		"another":                      false,
		keys.Public{}.Thumbprint():     false,
		key.Thumbprint() + "chosen-id": false,
	} {
		if got := (seal.Header{KID: kid}).AddressedTo(key); got != want {
			t.Errorf("kid %q: got %v, want %v", kid, got, want)
		}
	}
	if (seal.Header{}).AddressedTo(keys.Public{}) {
		t.Error("no kid is taken for a key without one")
	}
}
