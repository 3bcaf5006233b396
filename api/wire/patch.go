package wire

import "encoding/json"

// MergePatch applies a JSON merge patch (RFC 7396, formerly 7386) to a document and returns the changed document. Both were checked (see
// Check), which bounds their depth. A patch that is not an object replaces the whole.
func MergePatch(document, patch json.RawMessage) (json.RawMessage, error) {
	changes, ok := members(patch)
	if !ok {
		return patch, nil
	}
	merged, ok := members(document)
	if !ok {
		merged = map[string]json.RawMessage{}
	}
	for name, change := range changes {
		if Absent(change) {
			delete(merged, name)
			continue
		}
		var err error
		if merged[name], err = MergePatch(merged[name], change); err != nil {
			return nil, err
		}
	}
	return json.Marshal(merged)
}

// ReplaceMembers puts the members of a patch, which must be an object, in the place of those of the document, each as a whole; null removes.
func ReplaceMembers(document, patch json.RawMessage) (json.RawMessage, error) {
	merged, ok := members(document)
	if !ok {
		return document, nil
	}
	changes, _ := members(patch)
	for name, change := range changes {
		if Absent(change) {
			delete(merged, name)
			continue
		}
		merged[name] = change
	}
	return json.Marshal(merged)
}

// members takes an object apart.
func members(document json.RawMessage) (map[string]json.RawMessage, bool) {
	var all map[string]json.RawMessage
	err := json.Unmarshal(document, &all)
	return all, err == nil && all != nil
}

// Absent reports whether a raw member was left out or is null.
func Absent(raw json.RawMessage) bool { return len(raw) == 0 || string(raw) == "null" }
