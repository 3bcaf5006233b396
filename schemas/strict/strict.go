// Package strict says what a JSON text has to be before anybody believes it. Whoever takes JSON from a stranger (a body, a token, a
// key, metadata) asks here first and reads with encoding/json afterwards.
//
// Problem: encoding/json takes the last of two members with one name, matches names without regard to case, and replaces broken UTF-8
// and lone surrogates. Of such a text two readers understand different things (RFC 8725 2.4, RFC 7493 2), and a broker stands between
// two readers. Choice: one walk over the text that decodes nothing and copies nothing, with the few bounds that callers differ in as
// data ([Rules]), and errors in words of JSON that finish the sentence "this text …", so that each caller says what the text is.
// Rejected: reading tokens with encoding/json (ten times slower, and its error texts name Go types and offsets); the second generation
// of encoding/json, which is strict by itself but still an experiment; a walk of their own for tokens, schemas and bodies each, which
// were three opinions on what a duplicate is.
//
// What passes, whatever the rules: one value by the grammar of RFC 8259 with nothing behind it, in valid UTF-8 without a byte order
// mark, no half of a surrogate pair without the other (RFC 7493 2.1), no object with two members of one name, escapes resolved (RFC
// 7493 2.3). encoding/json accepts all that passes. How long a text may be is for the caller to bound: the walk takes time linear in
// it (but for sorting the names of an object) and memory for the names of the objects that are open.
package strict

import (
	"bytes"
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"unicode/utf8"
)

// Rules are what callers differ in. The zero value of a field bounds nothing more than encoding/json does.
type Rules struct {
	Depth        int  // arrays and objects within each other; 0 means 10,000, where encoding/json ends
	Values       int  // values in the text, arrays and objects and what is in them; 0 means any
	NumberLength int  // characters of a number; 0 means any
	Exponent     int  // of a number, in either direction; 0 means any
	FoldCase     bool // names that encoding/json takes for one struct field, as they differ in case only, are one name
}

// Error says what is wrong with a text, in words for the one who sent it. It holds names of members, cut to 64 bytes, and no values but
// a number that does not fit where it stands.
type Error struct {
	Member string // path of the member that Want is about, like "publicService.identifier"; "" when it is about the whole text
	Want   string // what finishes the sentence: "must be a string, not number"
}

// Error implements error. The subject, if it is not a member, is "the JSON text".
func (e *Error) Error() string {
	if e.Member == "" {
		return "the JSON text " + e.Want
	}
	return "member " + e.Member + " " + e.Want
}

// Check judges a text. The error is an [*Error].
func Check(text []byte, rules Rules) error {
	return whole(text, rules, (*cursor).value)
}

// Unmarshal checks a text and decodes it as [json.Unmarshal] does: members that into has no place for are ignored. The error is an
// [*Error], which names the member that is not of its type.
func Unmarshal(text []byte, rules Rules, into any) error {
	if err := Check(text, rules); err != nil {
		return err
	}
	err := json.Unmarshal(text, into)
	var mistyped *json.UnmarshalTypeError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &mistyped):
		return typeError(mistyped)
	}
	return &Error{Want: "has a value of another form than expected"} // said by a method of into, in its words
}

// Members checks a text that must be an object and hands its members to member as it comes by, in their order. Neither name nor value
// is copied; both are for the duration of the call. What member returns ends the walk and comes out as it is; else the error is an
// [*Error]. That a name comes twice shows at the end, when both were handed over.
func Members(text []byte, rules Rules, member func(name []byte, value Value) error) error {
	return whole(text, rules, func(c *cursor) error {
		if c.peek() != '{' {
			return &Error{Want: notAnObject}
		}
		if err := c.count(); err != nil {
			return err
		}
		return c.object(func(c *cursor) error {
			name, err := c.name()
			if err != nil {
				return err
			}
			from := c.at
			if err := member(name, Value{c}); err != nil || c.at > from {
				return err
			}
			return c.value()
		})
	})
}

// Value is the value of a member that [Members] comes by. It need not be read.
type Value struct{ walk *cursor }

// Text reads a string, or null, for which it returns nil. A string without escapes is a piece of the text, with no room behind it, and
// control characters inside it are let through: Text is for long strings of an alphabet that the caller checks anyway and that has none.
// With another kind of value it does nothing but return false.
func (v Value) Text() (text []byte, ok bool, err error) {
	c := v.walk
	if c.begins("null") {
		return nil, true, c.value()
	}
	if c.peek() != '"' {
		return nil, false, nil
	}
	rest := c.in[c.at+1:]
	end := bytes.IndexByte(rest, '"')
	if end >= 0 && bytes.IndexByte(rest[:end], '\\') < 0 {
		c.at += end + 2
		return rest[:end:end], true, c.count()
	}
	from := c.at
	if err := c.value(); err != nil {
		return nil, true, err
	}
	return unquote(c.in[from:c.at]), true, nil
}

// whole lets read walk the one value of a text and refuses what comes behind it.
func whole(text []byte, rules Rules, read func(*cursor) error) error {
	if !utf8.Valid(text) {
		return &Error{Want: "must be JSON in UTF-8"}
	}
	c := &cursor{in: text, rules: rules, names: make([]name, 0, 8), folded: make([]byte, 0, 64)} // enough for most texts
	if c.rules.Depth == 0 {
		c.rules.Depth = 10_000
	}
	c.space()
	if err := read(c); err != nil {
		return err
	}
	c.space()
	if c.at < len(c.in) {
		return c.unexpected("nothing behind the JSON value")
	}
	return nil
}

const notAnObject = "must be a JSON object"

func typeError(e *json.UnmarshalTypeError) error {
	want := kindName(e.Type.Kind())
	if e.Field == "" && want == "an object" {
		return &Error{Want: notAnObject}
	}
	return &Error{Member: clip(e.Field), Want: "must be " + want + ", not " + e.Value}
}

// kindName says in words of JSON what a Go type takes.
func kindName(kind reflect.Kind) string {
	switch kind {
	case reflect.String:
		return "a string"
	case reflect.Slice, reflect.Array:
		return "an array"
	case reflect.Bool:
		return "true or false"
	case reflect.Struct, reflect.Map, reflect.Pointer:
		return "an object"
	case reflect.Float32, reflect.Float64:
		return "a number that a double can hold"
	}
	return "a whole number"
}

// clip bounds what a message repeats of a stranger's names.
func clip(name string) string {
	const most = 64
	if len(name) <= most {
		return name
	}
	return strings.ToValidUTF8(name[:most], "") + "…"
}
