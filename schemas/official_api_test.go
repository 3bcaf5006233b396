package schemas_test

import (
	"bytes"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/santhosh-tekuri/jsonschema/v5"

	"github.com/vierkant/vierkant/schemas"
)

// deviation is a rule of ours that the published schema does not have, and why.
type deviation struct {
	reason string
	amend  string // what the published schema would have to say, as a JSON merge patch (RFC 7396)
	at     string // the place of a document that is good as published and broken to us ...
	text   string // ... when this stands there
}

// ownKey is how we judge the key at a place of a document, and at a place of the published schema.
func ownKey(place string, wrap func(string) string, alg, operation, use string) []deviation {
	amend := func(member, rule string) string { return wrap(`{"properties":{"` + member + `":` + rule + `}}`) }
	enum := func(word string) string { return `{"enum":["` + word + `"]}` }
	other := map[string]string{"RSA-OAEP-256": "PS512", "PS512": "RSA-OAEP-256"}[alg]
	return []deviation{
		{"a key is for one purpose, so its algorithm is known (FIT-Connect contract 6.1)", amend("alg", enum(alg)), place + "/alg", `"` + other + `"`},
		{"a key is for one purpose, so its operation is known (6.1)", amend("key_ops", `{"items":`+enum(operation)+`}`), place + "/key_ops", `["wrapKey","verify"]`},
		{"a key without operation is for nothing (6.1)", amend("key_ops", `{"minItems":1}`), place + "/key_ops", `[]`},
		{"there is exactly one operation (6.1)", amend("key_ops", `{"maxItems":1}`), place + "/key_ops", `["` + operation + `","` + operation + `"]`},
		{"a use that is stated must be the key's (6.1; RFC 7517 4.2)", amend("use", enum(use)), place + "/use", `"tls"`},
		{"a modulus is base64url (6.1; RFC 7518 6.3.1.1)", amend("n", `{"pattern":"^[A-Za-z0-9_-]+$"}`), place + "/n", quote(strings.Repeat("+", 683))},
		{"a public key has no private members (6.1)", wrap(`{"propertyNames":{"not":{"enum":["d","dp","dq","k","oth","p","q","qi"]}}}`), place + "/d", `"AQAB"`},
		{"a certificate is standard base64 (6.1; RFC 7517 4.7)", amend("x5c", `{"items":{"pattern":"^[A-Za-z0-9+/]+={0,2}$"}}`), place + "/x5c/0", `"-----BEGIN CERTIFICATE-----"`},
	}
}

// within says of a member's schema what wrap's argument says.
func within(member string) func(string) string {
	return func(rule string) string { return `{"properties":{"` + member + `":` + rule + `}}` }
}

func whole(rule string) string { return rule }

// Destinations, keys and problems as the Submission API of generation 1 publishes them, in version 1.1.3.
func TestSameVerdictAsPublishedAPI(t *testing.T) {
	t.Parallel()
	secretStays := []deviation{{
		"a callback is read as its url only, its secret never (FIT-Connect contract 3.3)",
		within("callback")(`{"properties":{"url":{}},"additionalProperties":false}`), "/callback/secret", `"0123456789abcdefghijklmnopqrstuvwxyz"`,
	}}
	tests := []struct {
		name       schemas.Name
		component  string
		deviations []deviation
	}{
		{schemas.DestinationV1Public, "PublicDestination", nil},
		{schemas.DestinationV1Private, "PrivateDestination", secretStays},
		{schemas.DestinationV1Create, "CreateDestination", slices.Concat(
			ownKey("/encryptionPublicKey", within("encryptionPublicKey"), "RSA-OAEP-256", "wrapKey", "enc"),
			ownKey("/signingPublicKey", within("signingPublicKey"), "PS512", "verify", "sig"))},
		{schemas.DestinationV1Update, "UpdateDestination", nil},
		{schemas.DestinationV1Patch, "PatchDestination", nil},
		{schemas.JWKEncryption, "JWK", ownKey("", whole, "RSA-OAEP-256", "wrapKey", "enc")},
		{schemas.JWKSignature, "JWK", ownKey("", whole, "PS512", "verify", "sig")},
		{schemas.Problem, "Error", nil},
	}
	for _, test := range tests {
		t.Run(string(test.name), func(t *testing.T) {
			t.Parallel()
			component := publishedComponent(t, test.component)
			checkDeviations(t, test.name, compile(t, encode(t, component)), test.deviations)
			for _, deviation := range test.deviations {
				component = mergePatch(component, decode(t, deviation.amend))
			}
			corpus := newCorpus(t, func(*rand.Rand) any { return sample(t, test.name) })
			compareVerdicts(t, test.name, compile(t, encode(t, component)), corpus)
		})
	}
}

// checkDeviations shows each deviation by a document that the published schema lets pass.
func checkDeviations(t *testing.T, name schemas.Name, published *jsonschema.Schema, deviations []deviation) {
	t.Helper()
	for _, deviation := range deviations {
		document := edit(t, sample(t, name), deviation.at, deviation.text)
		if err := published.Validate(document); err != nil {
			t.Errorf("%s: the published schema says so too: %v", deviation.reason, err)
		}
		if err := newRegistry(t).Validate(name, encode(t, document)); err == nil {
			t.Errorf("%s: got no error", deviation.reason)
		}
	}
}

// publishedComponent returns a schema of the API's specification with all references replaced by what they refer to. What
// OpenAPI 3.0 adds to JSON Schema (example, deprecated) says nothing about verdicts, and nothing there is nullable.
func publishedComponent(t *testing.T, name string) any {
	t.Helper()
	var specification struct {
		Components struct{ Schemas map[string]any }
	}
	if err := yaml.Unmarshal(published(t, "submission-api-1.1.3.yaml"), &specification); err != nil {
		t.Fatal(err)
	}
	component := resolve(specification.Components.Schemas, specification.Components.Schemas[name])
	if text := encode(t, component); len(text) < 100 || bytes.Contains(text, []byte(`"nullable"`)) {
		t.Fatalf("component %s cannot be read as JSON Schema: %s", name, text)
	}
	return flat(t, component)
}

// resolve follows references, which are not circular.
func resolve(all map[string]any, place any) any {
	switch place := place.(type) {
	case map[string]any:
		if reference, ok := place["$ref"].(string); ok {
			return resolve(all, all[strings.TrimPrefix(reference, "#/components/schemas/")])
		}
		out := map[string]any{}
		for name, below := range place {
			out[name] = resolve(all, below)
		}
		return out
	case []any:
		out := make([]any, len(place))
		for i, item := range place {
			out[i] = resolve(all, item)
		}
		return out
	}
	return place
}

// flat gives numbers their JSON form.
func flat(t *testing.T, value any) any { return decode(t, string(encode(t, value))) }

// mergePatch applies RFC 7396 to decoded JSON.
func mergePatch(target, patch any) any {
	changes, ok := patch.(map[string]any)
	if !ok {
		return patch
	}
	merged := map[string]any{}
	if object, ok := target.(map[string]any); ok {
		maps.Copy(merged, object)
	}
	for name, change := range changes {
		if change == nil {
			delete(merged, name)
			continue
		}
		merged[name] = mergePatch(merged[name], change)
	}
	return merged
}
