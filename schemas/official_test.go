package schemas_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
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
			corpus := newCorpus(t, test.document)
			compareVerdicts(t, test.name, compilePublished(t, test.published), corpus)
		})
	}
}

func compilePublished(t *testing.T, file string) *jsonschema.Schema {
	t.Helper()
	path := filepath.Join("..", "..", "shared", "data", "schemas", file)
	content, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		t.Skipf("the published schema is not beside the repository: %v", err)
	}
	if err != nil {
		t.Fatal(err)
	}
	compiler := jsonschema.NewCompiler()
	compiler.AssertFormat = true
	compiler.LoadURL = func(address string) (io.ReadCloser, error) { return nil, fmt.Errorf("%s is not at hand", address) }
	if err := compiler.AddResource("published:///"+file, bytes.NewReader(content)); err != nil {
		t.Fatal(err)
	}
	schema, err := compiler.Compile("published:///" + file)
	if err != nil {
		t.Fatal(err)
	}
	return schema
}

func compareVerdicts(t *testing.T, name schemas.Name, published *jsonschema.Schema, corpus *corpus) {
	t.Helper()
	const enough = 500
	seen := map[string]bool{}
	good, broken := 0, 0
	for range 20_000 {
		value := corpus.next()
		document := encode(t, value)
		if seen[string(document)] {
			continue
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
		if good >= enough && broken >= enough {
			return
		}
	}
	t.Errorf("the corpus has %d good and %d broken documents, want %d of each", good, broken, enough)
}

// corpus makes variants of a full document, the same ones in every run.
type corpus struct {
	t    testing.TB
	rand *rand.Rand
	file string
}

func newCorpus(t testing.TB, file string) *corpus {
	return &corpus{t: t, rand: rand.New(rand.NewPCG(17, 4)), file: file}
}

func (c *corpus) next() any {
	document := any(full(c.t, c.file))
	if c.rand.IntN(2) == 0 {
		document = edit(c.t, document, "/replyChannel", pick(c.rand, channels()))
	}
	for range 1 + c.rand.IntN(2) {
		document = c.mutate(document)
	}
	return document
}

// mutate changes one place that is drawn by chance.
func (c *corpus) mutate(document any) any {
	places := pointers(document, "")
	at := pick(c.rand, places)
	switch place := find(c.t, document, at).(type) {
	case map[string]any:
		return c.mutateObject(document, at, place)
	case []any:
		return edit(c.t, document, at, pick(c.rand, []string{`[]`, `[null]`, `"list"`, c.doubled(place)}))
	case string:
		return edit(c.t, document, at, c.text(place))
	default:
		return edit(c.t, document, at, pick(c.rand, []string{`0`, `-1`, `0.01`, `0.005`, `26.010`, `1e3`, `12`, `true`, `false`, `null`, `"7"`}))
	}
}

func (c *corpus) mutateObject(document any, at string, object map[string]any) any {
	switch c.rand.IntN(8) {
	case 0:
		return edit(c.t, document, at, pick(c.rand, []string{`null`, `[]`, `"object"`, `{}`}))
	case 1, 2, 3:
		object[fmt.Sprintf("extra%d", c.rand.IntN(1000))] = "more"
	default:
		if len(object) > 0 {
			delete(object, pick(c.rand, slices.Sorted(maps.Keys(object))))
		}
	}
	return document
}

// text breaks a string's pattern, length, format or type, or leaves it good.
func (c *corpus) text(old string) string {
	return pick(c.rand, []string{
		`""`, `null`, `7`, `["list"]`, `"x"`, `"` + strings.Repeat("x", 37) + `"`, `"` + strings.Repeat("a", 700) + `"`,
		`"application/xml"`, `"application/json"`, `"form"`, `"data"`, `"report"`, `"sha512"`, `"BOOKED"`, `"INVOICE"`, `"asic"`,
		`"2026-12-31"`, `"2026-12-31T23:59:60Z"`, `"2026-13-01"`, `"urn:example:x"`, `"https://example.org/a b"`, `"a@b.de"`,
		`"0c2a1f4e-9d4c-4a53-8f0e-5f6f2c9f7a1F"`, `"{0c2a1f4e-9d4c-4a53-8f0e-5f6f2c9f7a1}"`, `"http://uri.etsi.org/ades/191x2/level/baseline/B-LTA#"`,
		quote(c.t, old+"x"), quote(c.t, old+"§"), quote(c.t, "§"+old), quote(c.t, strings.ToUpper(old)), quote(c.t, old+"\n"), quote(c.t, old+"1"),
	})
}

func (c *corpus) doubled(list []any) string {
	return string(encode(c.t, append(slices.Clone(list), list...)))
}

func quote(t testing.TB, text string) string { return string(encode(t, text)) }

func pick[T any](source *rand.Rand, list []T) T { return list[source.IntN(len(list))] }

// pointers lists all places of a document in a fixed order.
func pointers(place any, at string) []string {
	list := []string{at}
	switch place := place.(type) {
	case map[string]any:
		for _, name := range slices.Sorted(maps.Keys(place)) {
			list = append(list, pointers(place[name], at+"/"+strings.NewReplacer("~", "~0", "/", "~1").Replace(name))...)
		}
	case []any:
		for i, item := range place {
			list = append(list, pointers(item, fmt.Sprintf("%s/%d", at, i))...)
		}
	}
	return list
}
