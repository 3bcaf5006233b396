package testenv

import (
	"bytes"
	"encoding/json"
	"mime"
	"net/http"
	"net/url"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/google/uuid"

	"github.com/vierkant/vierkant/schemas"
)

// problemBase is where the types of problems begin that are names of the contract (8.1). Those that only a broker of its own has are
// addresses elsewhere; what all have in common is that the last part is the code.
const problemBase = "https://schema.fitko.de/fit-connect/submission-api/problems/"

// checkProblem asks for a problem document that says the same as the status and is of use to the one who reads it (FIT-Connect contract 3.0, 8.1).
func (a *answer) checkProblem() {
	if got, _, err := mime.ParseMediaType(a.header.Get("Content-Type")); err != nil || got != problemType {
		a.fail("got an error %d of content type %q, want %s", a.status, a.header.Get("Content-Type"), problemType)
		return
	}
	if err := a.t.shapes.Problem(a.body); err != nil {
		a.fail("got the problem %s: %w", a.excerpt(), err)
		return
	}
	a.want("status", a.status)
	if a.t.cfg.Tolerant {
		return
	}
	if code := codeOf(a.text("type")); !a.t.ended() && slices.Contains(confirmed, code) && a.text("type") != problemBase+code {
		a.fail("got the problem type %q, want %s: clients compare it", a.text("type"), problemBase+code)
	}
	if u, err := url.Parse(a.text("type")); !a.t.ended() && (err != nil || u.Host == "" || codeOf(a.text("type")) == "" || u.RawQuery+u.Fragment != "") {
		a.fail("got the problem type %q, want an address whose last part is one word", a.text("type"))
	}
	if !a.t.ended() && (a.text("title") == "" || a.status < http.StatusInternalServerError && a.text("detail") == "") {
		a.fail("got the problem %s, want a title and a detail", a.excerpt())
	}
	for _, ours := range insides {
		if !a.t.ended() && strings.Contains(string(a.body), ours) {
			a.fail("got the problem %s, want none that shows our insides (%q)", a.excerpt(), ours)
		}
	}
}

// checkShape holds a destination against its schema: what everybody may read, or all of it (FIT-Connect contract 3.3, 4.3).
func (a *answer) checkShape() {
	method, address, _ := strings.Cut(a.call, " ")
	folder, id := path.Split(address)
	if a.t.ended() || method != http.MethodGet || a.status != http.StatusOK ||
		path.Base(folder) != "destinations" || len(id) != len(uuid.Nil.String()) {
		return
	}
	judge := a.t.shapes.Destination
	if _, all := a.at("contactInformation"); all {
		judge = func(document []byte) error { return a.t.shapes.Validate(schemas.DestinationManaged, document) }
	}
	if err := judge(a.body); err != nil {
		a.fail("got the destination %s: %w", a.excerpt(), err)
	}
}

// insides are words that only a broker's source has and no caller can do anything with.
var insides = []string{"unmarshal", "Go value", "goroutine", "panic", "nil pointer", ".go:", "jwk.", "bbolt", "EOF"}

// problem asks for an error of this status and, unless the session is tolerant, of this type whose detail contains word, whatever its case.
func (a *answer) problem(status int, code, word string) *answer {
	a.is(status)
	if a.t.cfg.Tolerant {
		return a
	}
	if got := a.text("type"); !a.t.ended() && codeOf(got) != code {
		a.fail("got the problem type %q, want %s%s or another address that ends so", got, problemBase, code)
	}
	if detail := a.text("detail"); !a.t.ended() && !strings.Contains(strings.ToLower(detail), strings.ToLower(word)) {
		a.fail("got the detail %q, want it to speak of %q", detail, word)
	}
	return a
}

// confirmed are the codes whose types clients are known to compare (FIT-Connect contract 8.1).
var confirmed = []string{"submission-not-found", "destination-not-found", "destination-state-invalid"}

// codeOf is the last part of a type.
func codeOf(problemType string) string {
	return problemType[strings.LastIndexByte(problemType, '/')+1:]
}

// json parses the body, once.
func (a *answer) json() any {
	if a.parsed != nil || a.t.ended() {
		return a.parsed
	}
	decoder := json.NewDecoder(bytes.NewReader(a.body))
	decoder.UseNumber()
	if err := decoder.Decode(&a.parsed); err != nil || decoder.More() {
		a.fail("got the body %s, want one JSON value", a.excerpt())
	}
	return a.parsed
}

// at returns what stands at a path like "services.0.regions"; ok is false where there is nothing.
func (a *answer) at(path string) (value any, ok bool) { return lookUp(a.json(), path) }

// text returns the string at a path, which must be there.
func (a *answer) text(path string) string {
	value, _ := a.at(path)
	text, isText := value.(string)
	if !isText {
		a.fail("got %v at %s, want a string; the body was %s", value, path, a.excerpt())
	}
	return text
}

// number returns the whole number at a path, which must be there.
func (a *answer) number(path string) int {
	value, _ := a.at(path)
	text, _ := value.(json.Number)
	n, err := strconv.Atoi(string(text))
	if err != nil {
		a.fail("got %v at %s, want a whole number; the body was %s", value, path, a.excerpt())
	}
	return n
}

// list returns the array at a path, which must be there.
func (a *answer) list(path string) []any {
	value, _ := a.at(path)
	list, isList := value.([]any)
	if !isList {
		a.fail("got %v at %s, want an array; the body was %s", value, path, a.excerpt())
	}
	return list
}

// texts returns the array of strings at a path, which must be there.
func (a *answer) texts(path string) []string {
	var all []string
	for _, one := range a.list(path) {
		text, isText := one.(string)
		if !isText {
			a.fail("got %v in %s, want strings", one, path)
		}
		all = append(all, text)
	}
	return all
}

// want asks for a value at a path, compared as JSON.
func (a *answer) want(path string, value any) *answer {
	if a.t.ended() {
		return a
	}
	found, ok := a.at(path)
	got, _ := json.Marshal(found)
	want, _ := json.Marshal(value)
	if !a.t.ended() && (!ok || !bytes.Equal(got, want)) {
		a.fail("got %s at %s, want %s; the body was %s", got, path, want, a.excerpt())
	}
	return a
}

// without asks for nothing at each of the paths.
func (a *answer) without(paths ...string) *answer {
	for _, path := range paths {
		if value, ok := a.at(path); ok && !a.t.ended() {
			a.fail("got %v at %s, want no such member", value, path)
		}
	}
	return a
}

// page asks for a list with its counts and returns it (FIT-Connect contract 3.0).
func (a *answer) page(items string, offset int) []any {
	a.is(http.StatusOK)
	all := a.list(items)
	a.want("count", len(all)).want("offset", offset)
	if total := a.number("totalCount"); !a.t.ended() && total < len(all) {
		a.fail("got totalCount %d with %d items, want at least as many", total, len(all))
	}
	return all
}

// lookUp walks a path of member names and indexes through decoded JSON.
func lookUp(value any, path string) (any, bool) {
	for step := range strings.SplitSeq(path, ".") {
		switch parent := value.(type) {
		case map[string]any:
			child, ok := parent[step]
			if !ok {
				return nil, false
			}
			value = child
		case []any:
			i, err := strconv.Atoi(step)
			if err != nil || i < 0 || i >= len(parent) {
				return nil, false
			}
			value = parent[i]
		default:
			return nil, false
		}
	}
	return value, true
}
