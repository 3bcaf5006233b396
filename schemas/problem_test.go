package schemas_test

import (
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/vierkant/vierkant/schemas"
)

// FIT-Connect contract 3.0 and 8.1.
func TestProblem(t *testing.T) {
	t.Parallel()
	rules := slices.Concat(
		required("/type", "/title", "/status"),
		optional("/detail", "/instance"),
		[]rule{
			{"", `"Not Found"`, "", "type object"},
			{"/unknown", `{"a":[1]}`, "", good},
			{"/type", `"about:blank"`, "", good},
			{"/type", `"problems/own"`, "", good},
			{"/type", `null`, "/type", "type string"},
			{"/title", `""`, "", good},
			{"/title", `{}`, "/title", "type string"},
			{"/status", `100`, "", good},
			{"/status", `599`, "", good},
			{"/status", `99`, "/status", "at least 100"},
			{"/status", `600`, "/status", "at most 599"},
			{"/status", `422.5`, "/status", "type integer"},
			{"/status", `"422"`, "/status", "type integer"},
			{"/detail", `["no"]`, "/detail", "type string"},
			{"/instance", `"https://broker.example/requests/17"`, "", good},
			{"/instance", `17`, "/instance", "type string"},
			{"/instance", `"/requests/17"`, "/instance", "valid uri"},
		},
	)
	fresh := func() map[string]any { return sample(t, schemas.Problem) }
	checkRulesOn(t, fresh, newRegistry(t).Problem, rules)
	checkCombinations(t, fresh, newRegistry(t).Problem, rules)
}

// FIT-Connect contract 6.1.
func TestJWK(t *testing.T) {
	t.Parallel()
	tests := map[schemas.Name][]rule{
		schemas.JWKEncryption: encryptionKeyRules(""),
		schemas.JWKSignature:  signatureKeyRules(""),
	}
	for name, rules := range tests {
		t.Run(string(name), func(t *testing.T) {
			t.Parallel()
			rules := append(rules, rule{"", `null`, "", "type object"}, rule{"/unknown", `1`, "", good})
			fresh := func() map[string]any { return sample(t, name) }
			judge := func(document []byte) error { return newRegistry(t).Validate(name, document) }
			checkRulesOn(t, fresh, judge, rules)
			checkCombinations(t, fresh, judge, rules)
		})
	}
}

// Each key is refused where the other one belongs.
func TestKeysAreNotInterchangeable(t *testing.T) {
	t.Parallel()
	r := newRegistry(t)
	encryption, signature := encode(t, sample(t, schemas.JWKEncryption)), encode(t, sample(t, schemas.JWKSignature))
	checkError(t, "encryption", r.Validate(schemas.JWKEncryption, encryption), nil)
	checkError(t, "signature", r.Validate(schemas.JWKSignature, signature), nil)
	checkError(t, "encryption key as signature key", r.Validate(schemas.JWKSignature, encryption), &schemas.Violation{Schema: schemas.JWKSignature})
	checkError(t, "signature key as encryption key", r.Validate(schemas.JWKEncryption, signature), &schemas.Violation{Schema: schemas.JWKEncryption})
}

// What a stranger wrote may be logged only if nothing of it is repeated.
func TestViolationsOfDestinationsAndProblemsQuoteNothing(t *testing.T) {
	t.Parallel()
	const secret = "geheim"
	for _, name := range append(slices.Sorted(maps.Keys(destinationSchemas())), schemas.JWKEncryption, schemas.JWKSignature, schemas.Problem) {
		for _, at := range pointers(sample(t, name), "") {
			for _, text := range []string{quote(secret + "$"), `["` + secret + `",["` + secret + `"]]`, quote(strings.Repeat(secret, 200))} {
				document := edit(t, sample(t, name), at, text)
				var violation *schemas.Violation
				err := newRegistry(t).Validate(name, encode(t, document))
				if errors.As(err, &violation) && strings.Contains(violation.Error(), secret) {
					t.Errorf("%s at %s quotes the document: %v", name, at, violation)
				}
			}
		}
	}
}
