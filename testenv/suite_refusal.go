package testenv

import (
	"bytes"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// change alters one thing of a call that was good.
type change func(t *trial, c *call)

// refusal is one rule, broken: a good call, changed, and how it must be refused.
type refusal struct {
	name   string
	change change
	status int
	code   string // last part of the problem's type
	word   string // what the detail must speak of
	number int    // conformance case; 0 if the rule is none
}

// of says which conformance case a rule is.
func (r refusal) of(number int) refusal {
	r.number = number
	return r
}

// refusals makes a case of each row, and one that the unchanged call is taken, without which the others would prove nothing.
func refusals(about string, good func(*trial) call, status int, rows []refusal) []Case {
	cases := []Case{own(about+": taken as it is", func(t *trial) { t.do(good(t)).is(status) })}
	for _, row := range rows {
		cases = append(cases, conform(row.number, about+": "+row.name, func(t *trial) {
			c := good(t)
			if !t.ended() {
				row.change(t, &c)
			}
			t.do(c).problem(row.status, row.code, row.word)
		}))
	}
	return cases
}

func refuse(name string, change change, status int, code, word string) refusal {
	return refusal{name: name, change: change, status: status, code: code, word: word}
}

// invalid is a refusal with 400 bad-request.
func invalid(name string, change change, word string) refusal {
	return refuse(name, change, http.StatusBadRequest, "bad-request", word)
}

// with sets a value in the document, at a path like "services.0.regions".
func with(path string, value any) change {
	return func(t *trial, c *call) { c.doc = put(c.doc, strings.Split(path, "."), value) }
}

// drop takes a member out of the document.
func drop(path string) change {
	return func(t *trial, c *call) { c.doc = put(c.doc, strings.Split(path, "."), nothing{}) }
}

// nothing stands for a member to be taken out.
type nothing struct{}

// put returns doc with a value at a path, or without the member there. It changes maps and slices in place.
func put(doc any, path []string, value any) any {
	if len(path) == 0 {
		return value
	}
	switch parent := doc.(type) {
	case map[string]any:
		if _, remove := value.(nothing); remove && len(path) == 1 {
			delete(parent, path[0])
		} else {
			parent[path[0]] = put(parent[path[0]], path[1:], value)
		}
	case []any:
		if i, err := strconv.Atoi(path[0]); err == nil && i < len(parent) {
			parent[i] = put(parent[i], path[1:], value)
		}
	}
	return doc
}

// text changes the bytes that are sent.
func text(f func([]byte) []byte) change {
	return func(t *trial, c *call) { c.body, c.doc = f(c.text()), nil }
}

// sent replaces the bytes that are sent.
func sent(body string) change { return text(func([]byte) []byte { return []byte(body) }) }

// typed sends another content type, or none.
func typed(contentType string) change { return func(t *trial, c *call) { c.contentType = contentType } }

// to sends the call to another address.
func to(address func(*trial) string) change {
	return func(t *trial, c *call) { c.url = address(t) }
}

// as sends the call with another token.
func as(token func(*trial) string) change {
	return func(t *trial, c *call) { c.token = token(t) }
}

// both makes one change after the other.
func both(changes ...change) change {
	return func(t *trial, c *call) {
		for _, one := range changes {
			one(t, c)
		}
	}
}

// members puts more members in front of those of a JSON object.
func members(more string) change {
	return text(func(body []byte) []byte {
		return slices.Concat([]byte("{"+more+","), bytes.TrimPrefix(body, []byte("{")))
	})
}

// brokenJSON is what no call with a JSON body takes (FIT-Connect contract 1.5, 3.0). first is a member that the body has.
func brokenJSON(first string) []refusal {
	upper := strings.ToUpper(first)
	return []refusal{
		invalid("empty body", sent(""), "JSON"),
		invalid("truncated JSON", text(func(b []byte) []byte { return b[:len(b)-1] }), "JSON"),
		invalid("JSON cut in the middle", text(func(b []byte) []byte { return b[:len(b)/2] }), "JSON"),
		invalid("something behind the JSON", text(func(b []byte) []byte { return append(b, '1') }), "JSON"),
		invalid("two documents", text(func(b []byte) []byte { return slices.Concat(b, b) }), "JSON"),
		invalid("array instead of an object", sent("[]"), "object"),
		invalid("null instead of an object", sent("null"), ""),
		invalid("member twice", members(`"`+first+`":null`), "twice"),
		invalid("member twice, once escaped", members(`"`+escapeFirst(first)+`":null`), "twice"),
		invalid("member twice in two cases", members(`"`+upper+`":null`), "twice"),
		invalid("unknown member with a member twice", members(`"x":{"a":1,"a":2}`), "twice"),
		invalid("invalid UTF-8", members("\"x\":\"\xff\""), "UTF-8"),
		invalid("half a surrogate pair", members(`"x":"\ud800"`), "surrogate"),
		invalid("control character in a string", members("\"x\":\"a\nb\""), "control"),
		invalid("unknown escape", members(`"x":"\q"`), "escape"),
		invalid("comma at the end", text(func(b []byte) []byte { return append(b[:len(b)-1], ",}"...) }), "JSON"),
		invalid("number with leading zero", members(`"x":01`), "JSON"),
		invalid("not a number", members(`"x":NaN`), "JSON"),
		invalid("comment", text(func(b []byte) []byte { return append(b, "/**/"...) }), "JSON"),
		invalid("byte order mark", text(func(b []byte) []byte { return append([]byte("\xef\xbb\xbf"), b...) }), "JSON"),
		invalid("nested too deeply", members(`"x":`+strings.Repeat("[", 10_000)+strings.Repeat("]", 10_000)), "nested"),
		refuse("content type text/plain", typed("text/plain"), http.StatusUnsupportedMediaType, "unsupported-media-type", jsonSuffix),
		refuse("no content type", typed(""), http.StatusUnsupportedMediaType, "unsupported-media-type", jsonSuffix),
		refuse("content type application/jose", typed(joseType), http.StatusUnsupportedMediaType, "unsupported-media-type", jsonSuffix),
		refuse("content type application/jsonp", typed("application/jsonp"), http.StatusUnsupportedMediaType, "unsupported-media-type", jsonSuffix),
	}
}

// jsonSuffix is in the names of all content types that JSON travels under.
const jsonSuffix = "json"

// escapeFirst writes the first letter of a name as an escape.
func escapeFirst(name string) string {
	return `\u00` + strconv.FormatInt(int64(name[0]), 16) + name[1:]
}

// copied is a deep copy of a document.
func copied(doc any) any {
	switch doc := doc.(type) {
	case map[string]any:
		out := maps.Clone(doc)
		for name, value := range out {
			out[name] = copied(value)
		}
		return out
	case []any:
		out := slices.Clone(doc)
		for i, value := range out {
			out[i] = copied(value)
		}
		return out
	}
	return doc
}
