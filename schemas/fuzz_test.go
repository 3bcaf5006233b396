package schemas_test

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
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
