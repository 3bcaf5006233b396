package schemas_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v5"

	"github.com/vierkant/vierkant/schemas"
)

// The published schemas may not be shipped, so this test runs where they lie beside the repository.
func TestSameVerdictAsPublishedSchemas(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name      schemas.Name
		published string
		document  string
	}{
		{schemas.Metadata100, "metadata-1.0.0.schema.json", "metadata-1.0.0.json"},
		{schemas.Metadata210, "metadata-2.1.0.schema.json", "metadata-2.1.0.json"},
	}
	for _, test := range tests {
		t.Run(string(test.name), func(t *testing.T) {
			t.Parallel()
			corpus := newCorpus(t, metadataWith(t, test.document))
			compareVerdicts(t, test.name, compile(t, published(t, test.published)), corpus)
		})
	}
}

// published reads what may lie beside the repository.
func published(t testing.TB, file string) []byte {
	t.Helper()
	content, err := os.ReadFile(filepath.Join("..", "..", "shared", "data", "schemas", file))
	if errors.Is(err, os.ErrNotExist) {
		t.Skipf("the published schema is not beside the repository: %v", err)
	}
	if err != nil {
		t.Fatal(err)
	}
	return content
}

func compile(t testing.TB, content []byte) *jsonschema.Schema {
	t.Helper()
	const address = "published:///schema.json"
	compiler := jsonschema.NewCompiler()
	compiler.AssertFormat = true
	compiler.LoadURL = func(address string) (io.ReadCloser, error) { return nil, fmt.Errorf("%s is not at hand", address) }
	if err := compiler.AddResource(address, bytes.NewReader(content)); err != nil {
		t.Fatal(err)
	}
	schema, err := compiler.Compile(address)
	if err != nil {
		t.Fatal(err)
	}
	return schema
}

// enough is how many good documents, and how many broken ones, a corpus must have.
const enough = 500

// compareVerdicts judges the systematic part of the corpus, and then as many random documents as it takes.
func compareVerdicts(t *testing.T, name schemas.Name, published *jsonschema.Schema, corpus *corpus) {
	t.Helper()
	seen := map[string]bool{}
	good, broken := 0, 0
	judge := func(value any) {
		document := encode(t, value)
		if seen[string(document)] {
			return
		}
		seen[string(document)] = true
		want := published.Validate(value)
		got := newRegistry(t).Validate(name, document)
		if (got == nil) != (want == nil) {
			t.Fatalf("verdicts differ on %s\ngot  %v\nwant %v", document, got, want)
		}
		if want == nil {
			good++
		} else {
			broken++
		}
	}
	for _, document := range corpus.systematic() {
		judge(document)
	}
	for range 20_000 {
		if judge(corpus.next()); good >= enough && broken >= enough {
			break
		}
	}
	t.Logf("%d good and %d broken documents", good, broken)
	if good < enough || broken < enough {
		t.Errorf("the corpus has %d good and %d broken documents, want %d of each", good, broken, enough)
	}
}
