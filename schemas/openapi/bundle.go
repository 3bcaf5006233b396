package openapi

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"strings"
)

// placeholder is the public URL as the files write it.
const placeholder = "https://vierkant.example"

// bundler makes one document whole.
type bundler struct {
	files     fs.FS
	public    string
	documents map[string]map[string]any // by path
	root      string                    // path of the document
	copied    map[place]string          // what a component was copied from
	out       map[string]map[string]any // components by kind and name
}

// place is a component of the document that is made.
type place struct{ kind, name string }

// bundle reads the document at root and copies into its components what it refers to elsewhere.
func bundle(files fs.FS, root, public string) (map[string]any, error) {
	b := &bundler{
		files: files, public: public, root: root,
		documents: map[string]map[string]any{}, copied: map[place]string{}, out: map[string]map[string]any{},
	}
	document, err := b.read(root)
	if err != nil {
		return nil, err
	}
	whole, err := b.object(root, document)
	if err != nil {
		return nil, err
	}
	components, _ := whole["components"].(map[string]any)
	if components == nil {
		components = map[string]any{}
	}
	for kind, copies := range b.out {
		own, _ := components[kind].(map[string]any)
		merged := maps.Clone(copies)
		maps.Copy(merged, own)
		components[kind] = merged
	}
	whole["components"] = components
	return whole, nil
}

func (b *bundler) read(file string) (map[string]any, error) {
	if known, ok := b.documents[file]; ok {
		return known, nil
	}
	text, err := fs.ReadFile(b.files, file)
	if err != nil {
		return nil, err
	}
	var document map[string]any
	if err := json.Unmarshal(text, &document); err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	b.documents[file] = document
	return document, nil
}

// value copies a part of file, with its references made internal.
func (b *bundler) value(file string, value any) (any, error) {
	switch value := value.(type) {
	case map[string]any:
		return b.object(file, value)
	case []any:
		list := make([]any, len(value))
		for i, one := range value {
			var err error
			if list[i], err = b.value(file, one); err != nil {
				return nil, err
			}
		}
		return list, nil
	case string:
		return strings.ReplaceAll(value, placeholder, b.public), nil
	}
	return value, nil
}

func (b *bundler) object(file string, object map[string]any) (map[string]any, error) {
	reference, refers := object["$ref"].(string)
	if refers {
		return b.reference(file, reference, object)
	}
	return b.members(file, object)
}

// members copies an object but for its reference, and but for the dialect: that of schemas in OpenAPI 3.1 is the one that ours name.
func (b *bundler) members(file string, object map[string]any) (map[string]any, error) {
	whole := make(map[string]any, len(object))
	for name, value := range object {
		if _, text := value.(string); text && (name == "$ref" || name == "$schema") {
			continue
		}
		copied, err := b.value(file, value)
		if err != nil {
			return nil, err
		}
		whole[name] = copied
	}
	return whole, nil
}

func (b *bundler) reference(file, reference string, object map[string]any) (map[string]any, error) {
	target, pointer, _ := strings.Cut(reference, "#")
	if target == "" {
		target = file
	} else {
		target = path.Join(path.Dir(file), target)
	}
	whole, err := b.members(file, object)
	if err != nil {
		return nil, err
	}
	if target == b.root {
		whole["$ref"] = reference
		return whole, nil
	}
	at := placeOf(target, pointer)
	if at.kind == "pathItems" || at.kind == "securitySchemes" { // many tools take no references there
		return b.part(target, pointer)
	}
	if err := b.copy(at, target, pointer); err != nil {
		return nil, err
	}
	whole["$ref"] = "#/components/" + at.kind + "/" + at.name
	return whole, nil
}

// placeOf says where a part of another file goes: components keep their names, other schemas are named after file and pointer.
func placeOf(file, pointer string) place {
	if name, component := strings.CutPrefix(pointer, "/components/"); component {
		kind, name, _ := strings.Cut(name, "/")
		return place{kind, name}
	}
	pointer = strings.NewReplacer("/$defs/", ".", "/properties/", ".", "/", ".").Replace(pointer)
	return place{"schemas", strings.ReplaceAll(strings.TrimSuffix(file, ".json"), "/", ".") + pointer}
}

// copy makes a part of another file a component, once.
func (b *bundler) copy(at place, file, pointer string) error {
	source := file + "#" + pointer
	if before, there := b.copied[at]; there {
		if before != source {
			return fmt.Errorf("both %s and %s would be the component %s/%s", before, source, at.kind, at.name)
		}
		return nil
	}
	b.copied[at] = source
	whole, err := b.part(file, pointer)
	if err != nil {
		return err
	}
	if b.out[at.kind] == nil {
		b.out[at.kind] = map[string]any{}
	}
	b.out[at.kind][at.name] = whole
	return nil
}

// part copies what stands at a pointer of file.
func (b *bundler) part(file, pointer string) (map[string]any, error) {
	document, err := b.read(file)
	if err != nil {
		return nil, err
	}
	found, ok := lookUp(document, pointer).(map[string]any)
	if !ok {
		return nil, fmt.Errorf("%s has nothing at %q", file, pointer)
	}
	return b.object(file, found)
}

// lookUp follows a JSON Pointer (RFC 6901) through objects; nil for nothing.
func lookUp(document map[string]any, pointer string) any {
	var value any = document
	if pointer == "" {
		return value
	}
	for _, step := range strings.Split(strings.TrimPrefix(pointer, "/"), "/") {
		object, _ := value.(map[string]any)
		value = object[strings.NewReplacer("~1", "/", "~0", "~").Replace(step)]
	}
	return value
}

// follow replaces the references of a whole document by what they refer to, but for those to schemas, which may be circular. What stands
// beside a reference goes before what it refers to.
func follow(document map[string]any, value any) any {
	switch value := value.(type) {
	case map[string]any:
		return followObject(document, value)
	case []any:
		list := make([]any, len(value))
		for i, one := range value {
			list[i] = follow(document, one)
		}
		return list
	}
	return value
}

func followObject(document, object map[string]any) any {
	reference, _ := object["$ref"].(string)
	pointer, internal := strings.CutPrefix(reference, "#")
	target, found := map[string]any{}, false
	if internal && !strings.HasPrefix(pointer, "/components/schemas/") {
		target, found = follow(document, lookUp(document, pointer)).(map[string]any)
	}
	out := make(map[string]any, len(target)+len(object))
	maps.Copy(out, target)
	for name, value := range object {
		if name != "$ref" || !found {
			out[name] = follow(document, value)
		}
	}
	return out
}
