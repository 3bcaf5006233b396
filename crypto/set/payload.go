package set

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"github.com/vierkant/vierkant/crypto/keys"
)

// Payload is what an event says beyond its name. The zero value is the empty payload {}.
type Payload struct {
	AuthenticationTags *AuthenticationTags `json:"authenticationTags,omitempty"` // submit, notify, accept
	Problems           []Problem           `json:"problems,omitempty"`           // reject, and accept with warnings
	NotifyType         string              `json:"notifyType,omitempty"`         // notify: [NotifiedByCallback] or [NotifiedByPolling]
	Deletion           *Deletion           `json:"deletionRecord,omitempty"`     // delete
}

// Deletion says what was deleted, and when: whoever has kept what it sent or fetched can tell that it was this. The contract has delete events
// empty (7.1); readers ignore members that they do not know.
type Deletion struct {
	DeletedAt string  `json:"deletedAt"` // RFC 3339, UTC
	SHA256    Digests `json:"sha256"`    // of the sealed parts as they were sent
}

// Digests are in lower-case hexadecimal digits, "" for a part that there was not.
type Digests struct {
	Metadata    string            `json:"metadata,omitempty"`
	Data        string            `json:"data,omitempty"`
	Attachments map[string]string `json:"attachments,omitempty"` // by attachment id
}

// AuthenticationTags are the fifth parts of the JWEs of one submission, verbatim (FIT-Connect contract 6.4).
type AuthenticationTags struct {
	Metadata    string            `json:"metadata"`
	Data        string            `json:"data,omitempty"`        // "" if there is no data
	Attachments map[string]string `json:"attachments,omitempty"` // by attachment id; empty if there are none
}

// Equal reports whether both hold the same tags; no attachments and an empty object of them are the same.
func (t AuthenticationTags) Equal(other AuthenticationTags) bool {
	return t.Metadata == other.Metadata && t.Data == other.Data && maps.Equal(t.Attachments, other.Attachments)
}

// Problem is why something was rejected, or a warning (FIT-Connect contract 8.2).
type Problem struct {
	Type     string `json:"type"` // URI; the documented ones begin with [ProblemPrefix]
	Title    string `json:"title,omitempty"`
	Detail   string `json:"detail,omitempty"`
	Instance string `json:"instance,omitempty"` // e.g. "metadata", "data" or "attachment:" and an id
}

// Bytes returns the payload as JSON in one fixed spelling, for [Claims.Payload].
func (p Payload) Bytes() json.RawMessage {
	raw, _ := encode(p) // nothing but texts: no value fails to encode
	return raw
}

// ParsePayload reads the payload of an event and checks its shape only: an object in which authenticationTags, if
// given, is an object of strings, problems an array of objects with a URI as type, notifyType a string, deletionRecord an object of
// strings. Unknown members are ignored. The error is [*ClaimError].
func ParsePayload(raw json.RawMessage) (Payload, error) {
	var found object
	if err := keys.UnmarshalStrict(raw, &found.members); err != nil || found.members == nil {
		return Payload{}, &ClaimError{Claim: "events", Want: "an event whose payload is an object", Got: describe(raw)}
	}
	var p Payload
	if err := found.text("notifyType", &p.NotifyType); err != nil {
		return Payload{}, err
	}
	var err error
	if p.AuthenticationTags, err = found.tags(); err != nil {
		return Payload{}, err
	}
	if p.Deletion, err = found.deletion(); err != nil {
		return Payload{}, err
	}
	p.Problems, err = found.problems()
	return p, err
}

// object is a JSON object at a place of the payload; place ends in a dot unless it is empty.
type object struct {
	place   string
	members map[string]any
}

// fail makes the ClaimError of the member name.
func (o object) fail(name, want string) error {
	value, present := o.members[name]
	if !present {
		return &ClaimError{Claim: o.place + name, Want: want, Got: nothing}
	}
	return &ClaimError{Claim: o.place + name, Want: want, Got: describe(value)}
}

// text reads the member name, if it is there.
func (o object) text(name string, into *string) error {
	value, present := o.members[name]
	if !present {
		return nil
	}
	text, isString := value.(string)
	if !isString {
		return o.fail(name, "a string")
	}
	*into = text
	return nil
}

// field is a member and where its text goes.
type field struct {
	name string
	into *string
}

// texts reads several members, each if it is there.
func (o object) texts(fields ...field) error {
	for _, f := range fields {
		if err := o.text(f.name, f.into); err != nil {
			return err
		}
	}
	return nil
}

// object returns the member name, and whether it is there.
func (o object) object(name string) (object, bool, error) {
	value, present := o.members[name]
	if !present {
		return object{}, false, nil
	}
	members, isObject := value.(map[string]any)
	if !isObject {
		return object{}, false, o.fail(name, "an object")
	}
	return object{place: o.place + name + ".", members: members}, true, nil
}

// tags reads the member authenticationTags; nil if it is not there.
func (o object) tags() (*AuthenticationTags, error) {
	found, present, err := o.object("authenticationTags")
	if err != nil || !present {
		return nil, err
	}
	tags := new(AuthenticationTags)
	if err := found.texts(field{"metadata", &tags.Metadata}, field{"data", &tags.Data}); err != nil {
		return nil, err
	}
	tags.Attachments, err = found.dictionary("attachments")
	return tags, err
}

// deletion reads the member deletionRecord; nil if it is not there.
func (o object) deletion() (*Deletion, error) {
	found, present, err := o.object("deletionRecord")
	if err != nil || !present {
		return nil, err
	}
	d := new(Deletion)
	if err := found.text("deletedAt", &d.DeletedAt); err != nil {
		return nil, err
	}
	parts, present, err := found.object("sha256")
	if err != nil || !present {
		return d, err
	}
	if err := parts.texts(field{"metadata", &d.SHA256.Metadata}, field{"data", &d.SHA256.Data}); err != nil {
		return nil, err
	}
	d.SHA256.Attachments, err = parts.dictionary("attachments")
	return d, err
}

// dictionary reads the member name as an object of texts; nil if it is not there.
func (o object) dictionary(name string) (map[string]string, error) {
	found, present, err := o.object(name)
	if err != nil || !present {
		return nil, err
	}
	texts := make(map[string]string, len(found.members))
	for _, key := range slices.Sorted(maps.Keys(found.members)) {
		var text string
		if err := found.text(key, &text); err != nil {
			return nil, err
		}
		texts[key] = text
	}
	return texts, nil
}

// problems reads the member problems, if it is there.
func (o object) problems() ([]Problem, error) {
	value, present := o.members["problems"]
	if !present {
		return nil, nil
	}
	all, isArray := value.([]any)
	if !isArray {
		return nil, o.fail("problems", "an array of objects")
	}
	var problems []Problem
	for i, one := range all {
		members, isObject := one.(map[string]any)
		if !isObject {
			return nil, o.fail("problems", "an array of objects")
		}
		problem, err := object{place: fmt.Sprintf("problems[%d].", i), members: members}.problem()
		if err != nil {
			return nil, err
		}
		problems = append(problems, problem)
	}
	return problems, nil
}

// problem reads one element of problems.
func (o object) problem() (Problem, error) {
	var p Problem
	err := o.texts(field{"type", &p.Type}, field{"title", &p.Title}, field{"detail", &p.Detail}, field{"instance", &p.Instance})
	if err == nil && !isURI(p.Type) {
		err = o.fail("type", "a URI")
	}
	return p, err
}
