package schemas

import (
	"cmp"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v5"
)

const (
	maxEntries = 20  // of a violation: enough to repair a document by, too few to flood an answer
	maxPointer = 256 // bytes of a pointer: names of members are the stranger's
)

// Violation says in which places a document breaks its schema. It never quotes a value of the document.
type Violation struct {
	Schema  Name
	Entries []Entry // 1 to 20, sorted by pointer
	More    int     // further ones that were left out
}

// Entry is one broken rule.
type Entry struct {
	Pointer  string // JSON Pointer (RFC 6901) of the place, "" for the whole document; cut off after 256 bytes
	Expected string // what the schema demands there, like `must match ^DE[0-9]{0,12}$`
}

// Error lists all entries in one line.
func (v *Violation) Error() string {
	texts := make([]string, 0, len(v.Entries)+1)
	for _, entry := range v.Entries {
		texts = append(texts, cmp.Or(entry.Pointer, "the document")+" "+entry.Expected)
	}
	if v.More > 0 {
		texts = append(texts, fmt.Sprintf("and %d more", v.More))
	}
	return fmt.Sprintf("violates schema %s: %s", v.Schema, strings.Join(texts, "; "))
}

func (r *Registry) violation(name Name, broken *jsonschema.ValidationError) *Violation {
	entries := r.entries(nil, broken)
	slices.SortFunc(entries, func(a, b Entry) int {
		return cmp.Or(cmp.Compare(a.Pointer, b.Pointer), cmp.Compare(a.Expected, b.Expected))
	})
	entries = slices.Compact(entries)
	shown := min(len(entries), maxEntries)
	return &Violation{Schema: name, Entries: slices.Clone(entries[:shown]), More: len(entries) - shown}
}

// entries appends the leaves below broken: what is above them only says that something below failed.
func (r *Registry) entries(list []Entry, broken *jsonschema.ValidationError) []Entry {
	if len(broken.Causes) == 0 {
		return append(list, r.entry(broken))
	}
	for _, cause := range broken.Causes {
		list = r.entries(list, cause)
	}
	return list
}

func (r *Registry) entry(leaf *jsonschema.ValidationError) Entry {
	pointer := leaf.InstanceLocation
	if plain, err := url.PathUnescape(pointer); err == nil {
		pointer = plain
	}
	if len(pointer) > maxPointer {
		pointer = strings.ToValidUTF8(pointer[:maxPointer], "")
	}
	schema, keyword := r.rule(leaf.AbsoluteKeywordLocation)
	return Entry{Pointer: pointer, Expected: expectation(schema, keyword)}
}

// rule finds the keyword at an absolute location like "embedded:///metadata/2.1.0.json#/properties/author/required", and the
// schema that it stands in.
func (r *Registry) rule(location string) (schema map[string]any, keyword string) {
	address, pointer, _ := strings.Cut(location, "#")
	place := r.documents[address]
	for _, step := range strings.Split(pointer, "/")[1:] {
		schema, _ = place.(map[string]any)
		keyword = unescape(step)
		place = schema[keyword]
	}
	return schema, keyword
}

func unescape(step string) string {
	if plain, err := url.PathUnescape(step); err == nil {
		step = plain
	}
	return strings.NewReplacer("~1", "/", "~0", "~").Replace(step)
}

// expectation puts one keyword of a schema into words.
func expectation(schema map[string]any, keyword string) string {
	value := schema[keyword]
	switch keyword {
	case "additionalProperties":
		value = memberNames(schema["properties"])
	case "not":
		value = excluded(value)
	}
	return strings.Replace(wording(keyword), "…", words(value), 1)
}

// wording knows the keywords that our schemas use; "…" stands for the keyword's value.
func wording(keyword string) string {
	switch keyword {
	case "type":
		return "must be of type …"
	case "enum":
		return "must be one of …"
	case "not":
		return "must be none of …"
	case "format":
		return "must be a valid …"
	case "pattern":
		return "must match …"
	case "minimum":
		return "must be at least …"
	case "maximum":
		return "must be at most …"
	case "multipleOf":
		return "must be a multiple of …"
	case "minLength":
		return "must have at least … characters"
	case "maxLength":
		return "must have at most … characters"
	case "minItems":
		return "must have at least … items"
	case "maxItems":
		return "must have at most … items"
	case "minProperties":
		return "must have at least … members"
	case "maxProperties":
		return "must have at most … members"
	case "uniqueItems":
		return "must not repeat an item"
	case "required":
		return "must have the members …"
	case "additionalProperties":
		return "must have no members but …"
	}
	return "must keep the rule " + keyword
}

// words writes a keyword's value, a list with commas.
func words(value any) string {
	items, isList := value.([]any)
	if !isList {
		return fmt.Sprint(value)
	}
	text := make([]string, len(items))
	for i, item := range items {
		text[i] = fmt.Sprint(item)
	}
	return strings.Join(text, ", ")
}

func memberNames(properties any) any {
	members, _ := properties.(map[string]any)
	list := []any{}
	for _, name := range slices.Sorted(maps.Keys(members)) {
		list = append(list, name)
	}
	return list
}

// excluded lists the words that a "not" refuses: ours refuse nothing else.
func excluded(not any) any {
	schema, _ := not.(map[string]any)
	return schema["enum"]
}
