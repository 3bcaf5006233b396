package schemas

import (
	"encoding/json"
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/santhosh-tekuri/jsonschema/v5"
)

func TestNothingIsFetched(t *testing.T) {
	t.Parallel()
	for _, reference := range []string{
		"https://schema.fitko.de/fit-connect/metadata/2.1.0/metadata.schema.json",
		"http://127.0.0.1:1/schema.json",
		"file:///etc/hostname",
		"other.json",
		"embedded:///../internal_test.go",
	} {
		documents := fstest.MapFS{"a.json": {Data: []byte(`{"properties":{"b":{"$ref":"` + reference + `"}}}`)}}
		if _, err := load(documents, "a"); err == nil || !strings.Contains(err.Error(), "compile schema a") {
			t.Errorf("reference to %s: got %v, want an error", reference, err)
		}
	}
}

func TestBrokenSchemaIsRefused(t *testing.T) {
	t.Parallel()
	for _, schema := range []string{`{"type":`, `{"type":"text"}`, `{"type":"object","type":"array"}`} {
		documents := fstest.MapFS{"a.json": {Data: []byte(schema)}}
		if _, err := load(documents, "a"); err == nil {
			t.Errorf("schema %s: got no error", schema)
		}
	}
}

// Every keyword of our schemas must have words for its violation, and every format a check: the library skips unknown ones.
func TestEveryKeywordIsUnderstood(t *testing.T) {
	t.Parallel()
	err := fs.WalkDir(files, "files", func(path string, entry fs.DirEntry, err error) error {
		if err == nil && path == "files/openapi" {
			return fs.SkipDir // documents of another kind
		}
		if err != nil || entry.IsDir() {
			return err
		}
		content, err := fs.ReadFile(files, path)
		if err != nil {
			return err
		}
		var schema map[string]any
		if err := json.Unmarshal(content, &schema); err != nil {
			return err
		}
		checkKeywords(t, path, schema)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func checkKeywords(t *testing.T, path string, schema map[string]any) {
	t.Helper()
	for keyword, value := range schema {
		switch keyword {
		case "$schema", "$comment", "$ref", "title":
		case "properties", "patternProperties", "$defs":
			for name, below := range value.(map[string]any) {
				checkKeywords(t, path+"/"+name, below.(map[string]any))
			}
		case "items", "propertyNames", "if", "else":
			checkKeywords(t, path+"/"+keyword, value.(map[string]any))
		default:
			checkRule(t, path, schema, keyword)
		}
	}
}

func checkRule(t *testing.T, path string, schema map[string]any, keyword string) {
	t.Helper()
	if below, isSchema := schema[keyword].(map[string]any); isSchema && keyword == "additionalProperties" {
		checkKeywords(t, path+"/"+keyword, below)
		return
	}
	if text := expectation(schema, keyword); strings.Contains(text, "must keep the rule") || strings.Contains(text, "…") {
		t.Errorf("%s: no words for %s: %s", path, keyword, text)
	}
	if format, _ := schema["format"].(string); keyword == "format" && jsonschema.Formats[format] == nil {
		t.Errorf("%s: the library does not know the format %q", path, format)
	}
}

func BenchmarkCompile(b *testing.B) {
	for b.Loop() {
		if _, err := compile(); err != nil {
			b.Fatal(err)
		}
	}
}
