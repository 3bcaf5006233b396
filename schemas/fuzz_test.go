package schemas_test

import (
	"encoding/json"
	"errors"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/vierkant/vierkant/schemas"
)

// FuzzValidate holds that no document brings a schema down, that every answer is one of the documented errors, and that what
// passes is JSON for others too.
func FuzzValidate(f *testing.F) {
	samples, err := filepath.Glob(filepath.Join("testdata", "*.json"))
	if err != nil || len(samples) == 0 {
		f.Fatalf("no test data: %v", err)
	}
	for _, sample := range samples {
		content, err := os.ReadFile(sample)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(content)
	}
	for _, seed := range []string{`{"iat":1e9999999}`, `{"paymentInformation":{"grossAmount":1e-400}}`, `{"a":1,"a":2}`, `[`, `{"\ud800":"\udfff"}`} {
		f.Add([]byte(seed))
	}
	r := newRegistry(f)
	f.Fuzz(func(t *testing.T, document []byte) {
		for _, name := range []schemas.Name{schemas.Metadata100, schemas.Metadata210, schemas.SETPayload100, schemas.SETPayload122} {
			checkAnswer(t, document, r.Validate(name, document))
		}
		checkAnswer(t, document, r.Metadata(document))
		checkAnswer(t, document, r.SETPayload(document))
	})
}

// FuzzDestination does the same for documents about a destination and its keys, and holds that the public view is judged by one
// of its two schemas.
func FuzzDestination(f *testing.F) {
	names := append(slices.Sorted(maps.Keys(destinationSchemas())), schemas.JWKEncryption, schemas.JWKSignature)
	for _, name := range names {
		f.Add(encode(f, sample(f, name)))
	}
	for _, seed := range []string{`{"services":1,"publicServices":2}`, `{"callback":null,"replyChannels":{}}`, `{"status":"created"}`, `[]`} {
		f.Add([]byte(seed))
	}
	r := newRegistry(f)
	f.Fuzz(func(t *testing.T, document []byte) {
		for _, name := range names {
			checkAnswer(t, document, r.Validate(name, document))
		}
		got := r.Destination(document)
		checkAnswer(t, document, got)
		first, second := r.Validate(schemas.DestinationV1Public, document), r.Validate(schemas.DestinationV2Public, document)
		if got == nil && first != nil && second != nil {
			t.Errorf("got no error, want one like %v or %v", first, second)
		}
	})
}

// FuzzProblem holds that what passes says what a client needs.
func FuzzProblem(f *testing.F) {
	f.Add(encode(f, sample(f, schemas.Problem)))
	for _, seed := range []string{`{"type":"about:blank","title":"","status":1e2}`, `{"status":99}`, `{"type":1,"title":null,"status":"422"}`, `"Not Found"`} {
		f.Add([]byte(seed))
	}
	r := newRegistry(f)
	f.Fuzz(func(t *testing.T, document []byte) {
		err := r.Problem(document)
		checkAnswer(t, document, err)
		if err != nil {
			return
		}
		said := decode(t, string(document)).(map[string]any)
		_, hasType := said["type"].(string)
		_, hasTitle := said["title"].(string)
		status, isNumber := said["status"].(json.Number)
		if code, err := status.Float64(); !hasType || !hasTitle || !isNumber || err != nil || code < 100 || code > 599 {
			t.Errorf("got no error for %s", document)
		}
	})
}

func checkAnswer(t *testing.T, document []byte, err error) {
	t.Helper()
	var violation *schemas.Violation
	switch {
	case errors.Is(err, schemas.ErrSyntax):
		return
	case !json.Valid(document):
		t.Errorf("got %v, want a syntax error: encoding/json refuses this document", err)
	case err == nil, errors.Is(err, schemas.ErrUnsupported):
	case !errors.As(err, &violation):
		t.Errorf("got %T: %v, want a violation", err, err)
	case len(violation.Entries) == 0 || len(violation.Entries) > 20:
		t.Errorf("got %d entries, want 1 to 20", len(violation.Entries))
	}
}
