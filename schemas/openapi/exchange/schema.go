package exchange

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/santhosh-tekuri/jsonschema/v5"

	"github.com/vierkant/vierkant/schemas/openapi"
)

// scope is what the references of a description's schemas are about.
type scope struct {
	name    string // of the description
	schemas map[string]openapi.Schema
}

// compiler compiles the schemas of descriptions, each once.
type compiler struct {
	mu       sync.Mutex // guards what follows
	compiled map[string]*jsonschema.Schema
}

func newCompiler() *compiler { return &compiler{compiled: map[string]*jsonschema.Schema{}} }

// Validate judges a value by a schema of a description.
func (j *Judge) Validate(d openapi.Description, schema openapi.Schema, value any) error {
	return j.schemas.judge(scope{d.Name, d.Components.Schemas}, schema, value)
}

// judge judges a value by a schema that refers to components.
func (c *compiler) judge(in scope, schema openapi.Schema, value any) error {
	compiled, err := c.compile(in, schema)
	if err != nil {
		return err
	}
	return compiled.Validate(value)
}

func (c *compiler) compile(in scope, schema openapi.Schema) (*jsonschema.Schema, error) {
	own, err := json.Marshal(schema)
	if err != nil {
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	key := in.name + string(own)
	if c.compiled[key] == nil {
		c.compiled[key], err = in.compile(schema)
	}
	return c.compiled[key], err
}

func (s scope) compile(schema openapi.Schema) (*jsonschema.Schema, error) {
	whole := maps.Clone(schema)
	whole["components"] = map[string]any{"schemas": s.schemas}
	text, err := json.Marshal(whole)
	if err != nil {
		return nil, err
	}
	const address = "embedded:///schema.json"
	library := jsonschema.NewCompiler()
	library.AssertFormat = true
	if err := library.AddResource(address, strings.NewReader(string(text))); err != nil {
		return nil, err
	}
	compiled, err := library.Compile(address)
	if err != nil {
		return nil, fmt.Errorf("compile a schema of %s: %w", s.name, err)
	}
	return compiled, nil
}

// missing lists the members of a value, by JSON Pointer with * for any index, that are named by none of the schemas that speak of it. An object of which no
// schema names any member may have whatever it likes.
func (d scope) missing(schemas []openapi.Schema, value any, at string) []string {
	schemas = d.expand(schemas)
	switch value := value.(type) {
	case map[string]any:
		return d.missingOf(schemas, value, at)
	case []any:
		var list []string
		items := below(schemas, "items")
		for _, item := range value {
			list = append(list, d.missing(items, item, at+"/*")...)
		}
		slices.Sort(list)
		return slices.Compact(list)
	}
	return nil
}

func (d scope) missingOf(schemas []openapi.Schema, object map[string]any, at string) []string {
	properties := below(schemas, "properties")
	if len(properties) == 0 {
		return nil
	}
	var list []string
	for _, name := range slices.Sorted(maps.Keys(object)) {
		named := below(properties, name)
		if len(named) == 0 {
			list = append(list, at+"/"+name)
		}
		list = append(list, d.missing(named, object[name], at+"/"+name)...)
	}
	return list
}

// below returns what the schemas say under a keyword.
func below(schemas []openapi.Schema, keyword string) []openapi.Schema {
	var list []openapi.Schema
	for _, s := range schemas {
		if part, ok := s[keyword].(map[string]any); ok {
			list = append(list, part)
		}
	}
	return list
}

// expand adds to schemas all that apply to the same value, or may.
func (d scope) expand(schemas []openapi.Schema) []openapi.Schema {
	var all []openapi.Schema
	for _, s := range schemas {
		all = append(all, s)
		all = append(all, d.expand(d.beside(s))...)
	}
	return all
}

func (d scope) beside(s openapi.Schema) []openapi.Schema {
	var list []openapi.Schema
	if reference, ok := s["$ref"].(string); ok {
		list = append(list, d.schemas[strings.TrimPrefix(reference, "#/components/schemas/")])
	}
	for _, keyword := range []string{"allOf", "anyOf", "oneOf"} {
		branches, _ := s[keyword].([]any)
		for _, branch := range branches {
			if schema, ok := branch.(map[string]any); ok {
				list = append(list, schema)
			}
		}
	}
	return append(list, below([]openapi.Schema{s}, "if")...)
}
