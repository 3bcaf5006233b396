package docs

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/vierkant/vierkant/schemas/openapi"
)

// shapes puts schemas into words. Its map has those that references are about.
type shapes struct{ components map[string]openapi.Schema }

// member is a row of a table of members.
type member struct {
	Name     string // with those above it, like services[].identifier
	Depth    int
	Required bool
	Words    string
	Text     string
}

// maxDepth keeps tables readable; nothing of ours goes deeper.
const maxDepth = 5

// whole is a schema with all that applies beside it.
type whole struct {
	properties map[string][]openapi.Schema
	required   map[string]bool
	items      []openapi.Schema
	rules      []openapi.Schema // in the order in which they count
}

// collect follows references and branches. What only one of several branches asks for is not required.
func (s shapes) collect(schemas ...openapi.Schema) whole {
	w := whole{properties: map[string][]openapi.Schema{}, required: map[string]bool{}}
	for _, schema := range schemas {
		s.add(&w, schema)
	}
	return w
}

func (s shapes) add(w *whole, schema openapi.Schema) {
	w.rules = append(w.rules, schema)
	for name, property := range object(schema["properties"]) {
		w.properties[name] = append(w.properties[name], object(property))
	}
	for _, name := range list(schema["required"]) {
		w.required[fmt.Sprint(name)] = true
	}
	if items := object(schema["items"]); items != nil {
		w.items = append(w.items, items)
	}
	if reference, ok := schema["$ref"].(string); ok {
		s.add(w, s.components[strings.TrimPrefix(reference, "#/components/schemas/")])
	}
	for _, part := range list(schema["allOf"]) {
		s.add(w, object(part))
	}
	s.addBranches(w, schema)
}

func (s shapes) addBranches(w *whole, schema openapi.Schema) {
	var branches []whole
	for _, keyword := range []string{"anyOf", "oneOf"} {
		for _, part := range list(schema[keyword]) {
			branches = append(branches, s.collect(object(part)))
		}
	}
	for _, branch := range branches {
		for name, property := range branch.properties {
			w.properties[name] = append(w.properties[name], property...)
		}
		w.items, w.rules = append(w.items, branch.items...), append(w.rules, branch.rules...)
	}
	if len(branches) == 0 {
		return
	}
	for name := range branches[0].required {
		if !slices.ContainsFunc(branches, func(b whole) bool { return !b.required[name] }) {
			w.required[name] = true
		}
	}
}

// members lists those of a body.
func (s shapes) members(schema openapi.Schema) []member { return s.below(s.collect(schema), "", 0) }

// below lists the members of an object, or of the items of an array, those that are required first.
func (s shapes) below(w whole, prefix string, depth int) []member {
	if depth == maxDepth {
		return nil
	}
	if len(w.items) > 0 {
		return s.below(s.collect(w.items...), prefix+"[]", depth)
	}
	names := slices.SortedFunc(maps.Keys(w.properties), func(a, b string) int {
		if w.required[a] != w.required[b] {
			return map[bool]int{true: -1, false: 1}[w.required[a]]
		}
		return strings.Compare(a, b)
	})
	if prefix != "" {
		prefix += "."
	}
	var rows []member
	for _, name := range names {
		inner := s.collect(w.properties[name]...)
		rows = append(rows, member{
			Name: strings.TrimPrefix(prefix+name, "[]."), Depth: depth, Required: w.required[name], Words: inner.words(s), Text: inner.first("title"),
		})
		rows = append(rows, s.below(inner, prefix+name, depth+1)...)
	}
	return rows
}

// words says what values a schema allows.
func (s shapes) words(schema openapi.Schema) string { return s.collect(schema).words(s) }

// explain says what a body is that has no members.
func (s shapes) explain(schema openapi.Schema) string {
	w := s.collect(schema)
	if title := w.first("title"); title != "" {
		return title
	}
	return w.words(s)
}

// first is what the nearest schema says under a keyword.
func (w whole) first(keyword string) string {
	for _, rule := range w.rules {
		if text, ok := rule[keyword].(string); ok {
			return text
		}
	}
	return ""
}

func (w whole) words(s shapes) string {
	parts := []string{w.typeWords(s)}
	for _, rule := range w.rules {
		for _, words := range []string{
			span(rule, "minLength", "maxLength", "characters"), span(rule, "minItems", "maxItems", "items"), span(rule, "minimum", "maximum", ""),
			choices(rule["enum"]), prefixed("format ", rule["format"]), prefixed("matches ", rule["pattern"]), prefixed("default ", rule["default"]),
		} {
			if words != "" && !slices.Contains(parts, words) {
				parts = append(parts, words)
			}
		}
	}
	return strings.Join(slices.DeleteFunc(parts, func(p string) bool { return p == "" }), ", ")
}

// typeWords names the types that any of the rules allows.
func (w whole) typeWords(s shapes) string {
	var types []string
	for _, rule := range w.rules {
		names := list(rule["type"])
		if name, single := rule["type"].(string); single {
			names = []any{name}
		}
		for _, name := range names {
			if text := fmt.Sprint(name); !slices.Contains(types, text) {
				types = append(types, text)
			}
		}
	}
	text := strings.Join(types, " or ")
	if len(w.items) > 0 && text == "array" {
		return "list of " + s.collect(w.items...).typeWords(s)
	}
	return text
}

func span(rule openapi.Schema, from, to, unit string) string {
	low, lowest := rule[from]
	high, highest := rule[to]
	text := ""
	switch {
	case lowest && highest && low == high:
		text = fmt.Sprintf("exactly %v", low)
	case lowest && highest:
		text = fmt.Sprintf("%v to %v", low, high)
	case lowest && fmt.Sprint(low) != "0":
		text = fmt.Sprintf("at least %v", low)
	case highest:
		text = fmt.Sprintf("at most %v", high)
	default:
		return ""
	}
	return strings.TrimSpace(text + " " + unit)
}

func choices(enum any) string {
	var names []string
	for _, value := range list(enum) {
		names = append(names, fmt.Sprintf("`%v`", value))
	}
	return strings.Join(names, " or ")
}

func prefixed(prefix string, value any) string {
	if value == nil {
		return ""
	}
	return fmt.Sprintf("%s`%v`", prefix, value)
}

func object(value any) map[string]any {
	o, _ := value.(map[string]any)
	return o
}

func list(value any) []any {
	l, _ := value.([]any)
	return l
}
