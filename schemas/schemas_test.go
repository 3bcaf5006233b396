package schemas_test

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/vierkant/vierkant/schemas"
)

// registry is compiled once for all tests: it is immutable.
var registry = sync.OnceValues(schemas.New)

func newRegistry(t testing.TB) *schemas.Registry {
	t.Helper()
	r, err := registry()
	if err != nil {
		t.Fatalf("New: %v", err)
	}
	return r
}

// full returns a document of testdata in which every member that the contract knows is present and right.
func full(t testing.TB, file string) map[string]any {
	t.Helper()
	content, err := os.ReadFile(filepath.Join("testdata", file))
	if err != nil {
		t.Fatal(err)
	}
	return decode(t, string(content)).(map[string]any)
}

func decode(t testing.TB, document string) any {
	t.Helper()
	decoder := json.NewDecoder(strings.NewReader(document))
	decoder.UseNumber()
	var value any
	if err := decoder.Decode(&value); err != nil {
		t.Fatalf("test data %.80q: %v", document, err)
	}
	return value
}

func encode(t testing.TB, value any) []byte {
	t.Helper()
	document, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	return document
}

// absent as a new value removes a member.
const absent = ""

// edit sets the place at pointer to a JSON text.
func edit(t testing.TB, document any, pointer, text string) any {
	t.Helper()
	if pointer == "" {
		return decode(t, text)
	}
	at := strings.LastIndex(pointer, "/")
	parent := find(t, document, pointer[:at])
	name := unescape(pointer[at+1:])
	if list, isList := parent.([]any); isList {
		index, err := strconv.Atoi(name)
		if err != nil {
			t.Fatalf("%s: %v", pointer, err)
		}
		list[index] = decode(t, text)
		return document
	}
	if text == absent {
		delete(parent.(map[string]any), name)
		return document
	}
	parent.(map[string]any)[name] = decode(t, text)
	return document
}

// find follows a JSON Pointer.
func find(t testing.TB, place any, pointer string) any {
	t.Helper()
	for _, step := range strings.Split(pointer, "/")[1:] {
		switch container := place.(type) {
		case map[string]any:
			place = container[unescape(step)]
		case []any:
			index, err := strconv.Atoi(step)
			if err != nil || index >= len(container) {
				t.Fatalf("no place %s", pointer)
			}
			place = container[index]
		}
	}
	return place
}

func unescape(step string) string {
	return strings.ReplaceAll(strings.ReplaceAll(step, "~1", "/"), "~0", "~")
}

// rule is one change of a full document and what is expected of the answer.
type rule struct {
	at, text string // the place that is changed, and the JSON text that is put there
	pointer  string // of the violation
	expected string // part of what the violation says; "" if the document is still good
}

const good = ""

func checkRules(t *testing.T, file string, validate func([]byte) error, rules []rule) {
	t.Helper()
	checkRulesOn(t, func() map[string]any { return full(t, file) }, validate, rules)
}

// checkRulesOn applies each rule to a document of its own, which fresh makes.
func checkRulesOn(t *testing.T, fresh func() map[string]any, validate func([]byte) error, rules []rule) {
	t.Helper()
	if err := validate(encode(t, fresh())); err != nil {
		t.Fatalf("full document: %v", err)
	}
	for _, rule := range rules {
		t.Run(rule.at+"="+rule.text, func(t *testing.T) {
			t.Parallel()
			err := validate(encode(t, edit(t, fresh(), rule.at, rule.text)))
			checkVerdict(t, err, rule)
		})
	}
}

func checkVerdict(t *testing.T, err error, rule rule) {
	t.Helper()
	if rule.expected == good {
		if err != nil {
			t.Errorf("got %v, want no error", err)
		}
		return
	}
	var violation *schemas.Violation
	if !errors.As(err, &violation) {
		t.Fatalf("got %v, want a violation", err)
	}
	for _, entry := range violation.Entries {
		if entry.Pointer == rule.pointer && strings.Contains(entry.Expected, rule.expected) {
			return
		}
	}
	t.Errorf("got %v, want %q at %q", violation, rule.expected, rule.pointer)
}

func TestMetadataChoosesByVersion(t *testing.T) {
	t.Parallel()
	r := newRegistry(t)
	const generation1 = `"contentStructure":{"attachments":[]}` // data may be missing only in 1.x
	tests := []struct {
		version string
		want    error
	}{
		{`"https://schema.fitko.de/fit-connect/metadata/1.0.0/metadata.schema.json"`, nil},
		{`"https://schema.fitko.de/fit-connect/metadata/1.3.0/metadata.schema.json"`, nil},
		{`"https://schema.fitko.de/fit-connect/metadata/2.0.0/metadata.schema.json"`, &schemas.Violation{Schema: schemas.Metadata210}},
		{`"https://schema.fitko.de/fit-connect/metadata/2.1.0/metadata.schema.json"`, &schemas.Violation{Schema: schemas.Metadata210}},
		{`"https://schema.fitko.de/fit-connect/metadata/2.10.3/metadata.schema.json"`, &schemas.Violation{Schema: schemas.Metadata210}},
		{`"https://schema.fitko.de/fit-connect/metadata/0.9.6/metadata.schema.json"`, schemas.ErrUnsupported},
		{`"https://schema.fitko.de/fit-connect/metadata/3.0.0/metadata.schema.json"`, schemas.ErrUnsupported},
		{`"https://schema.fitko.de/fit-connect/metadata/2.1/metadata.schema.json"`, schemas.ErrUnsupported},
		{`"https://schema.fitko.de/fit-connect/schemas/metadata/1.6.0/metadata.schema.json"`, schemas.ErrUnsupported},
		{`"https://schema.fitko.de/fit-connect/set-payload/1.0.0/set-payload.schema.json"`, schemas.ErrUnsupported},
		{`"https://schema-fitko.de/fit-connect/metadata/2.1.0/metadata.schema.json"`, schemas.ErrUnsupported},
		{`210`, schemas.ErrUnsupported},
		{`null`, schemas.ErrUnsupported},
	}
	for _, test := range tests {
		err := r.Metadata([]byte(`{"$schema":` + test.version + `,` + generation1 + `}`))
		checkError(t, test.version, err, test.want)
	}
	checkError(t, "no $schema", r.Metadata([]byte(`{`+generation1+`}`)), nil)
	checkError(t, "no object", r.Metadata([]byte(`[]`)), &schemas.Violation{Schema: schemas.Metadata100})
}

// checkError compares sentinels by errors.Is and violations by their schema.
func checkError(t *testing.T, name string, got, want error) {
	t.Helper()
	var violation, wanted *schemas.Violation
	if errors.As(want, &wanted) && errors.As(got, &violation) && violation.Schema == wanted.Schema {
		return
	}
	if !errors.Is(got, want) {
		t.Errorf("%s: got error %v, want %v", name, got, want)
	}
}

func TestUnknownName(t *testing.T) {
	t.Parallel()
	checkError(t, "metadata/9.9.9", newRegistry(t).Validate("metadata/9.9.9", []byte(`{}`)), schemas.ErrUnsupported)
}

func TestStrictJSON(t *testing.T) {
	t.Parallel()
	r := newRegistry(t)
	deep := strings.Repeat("[", 64) + strings.Repeat("]", 64)
	tests := []struct {
		name, document string
		syntax         bool
	}{
		{"object", `{}`, false},
		{"white space around", " \r\n\t{} \n", false},
		{"depth 64", deep, false},
		{"same name in different objects", `{"a":{"b":1},"c":{"b":1}}`, false},
		{"number of 64 characters", `[` + strings.Repeat("1", 64) + `]`, false},
		{"exponent 308", `[1e308]`, false},
		{"65,535 items", `[1` + strings.Repeat(",1", 65_534) + `]`, false},

		{"empty", ``, true},
		{"byte order mark", "\ufeff{}", true},
		{"not UTF-8", "{\"a\":\"\xff\"}", true},
		{"two texts", `{}{}`, true},
		{"trailing comma", `{"a":1,}`, true},
		{"comment", `{}//`, true},
		{"bare word", `{"a":NaN}`, true},
		{"unfinished", `{"a":[`, true},
		{"member twice", `{"a":1,"a":1}`, true},
		{"member twice, once escaped", `{"a":1,"\u0061":1}`, true},
		{"member twice, deep inside", `[{"x":[{"a":1,"b":2,"a":3}]}]`, true},
		{"depth 65", "[" + deep + "]", true},
		{"depth 65 of objects", strings.Repeat(`{"a":`, 65) + "1" + strings.Repeat("}", 65), true},
		{"65,536 items", `[1` + strings.Repeat(",1", 65_535) + `]`, true},
		{"number of 65 characters", `[` + strings.Repeat("1", 65) + `]`, true},
		{"exponent 309", `[1e309]`, true},
		{"exponent -309", `[1E-309]`, true},
		{"exponent beyond int", `[1e99999999999999999999]`, true},
	}
	for _, test := range tests {
		err := r.Validate(schemas.Metadata100, []byte(test.document))
		if got := errors.Is(err, schemas.ErrSyntax); got != test.syntax {
			t.Errorf("%s: got error %.200v, want syntax error: %v", test.name, err, test.syntax)
		}
	}
}

func TestViolationIsBoundedAndQuotesNothing(t *testing.T) {
	t.Parallel()
	secret := "ada@" + strings.Repeat("geheim.", 20)
	attachments := make([]any, 50)
	for i := range attachments {
		attachments[i] = map[string]any{"attachmentId": secret, "hash": secret, "purpose": secret, "mimeType": secret}
	}
	document := full(t, "metadata-2.1.0.json")
	document["contentStructure"].(map[string]any)["attachments"] = attachments
	document["replyChannel"] = map[string]any{"eMail": map[string]any{"address": secret}}
	document["additionalReferenceInfo"] = map[string]any{secret: secret}

	var violation *schemas.Violation
	if err := newRegistry(t).Metadata(encode(t, document)); !errors.As(err, &violation) {
		t.Fatalf("got %v, want a violation", err)
	}
	if got, want := len(violation.Entries), 20; got != want {
		t.Errorf("got %d entries, want %d", got, want)
	}
	if got, want := violation.More, 50*4+2-20; got != want {
		t.Errorf("got %d more, want %d", got, want)
	}
	if strings.Contains(violation.Error(), "geheim") {
		t.Errorf("violation quotes the document: %v", violation)
	}
}

func TestViolationIsAlwaysTheSame(t *testing.T) {
	t.Parallel()
	document := []byte(`{"$schema":"https://schema.fitko.de/fit-connect/metadata/2.1.0/metadata.schema.json",
		"contentStructure":{"attachments":[{},{}]},"replyChannel":{},"author":{},"dataSets":[{}]}`)
	r := newRegistry(t)
	want := r.Metadata(document).Error()
	for range 20 {
		if got := r.Metadata(document).Error(); got != want {
			t.Fatalf("got  %s\nwant %s", got, want)
		}
	}
}

func TestLongNamesAreCutOff(t *testing.T) {
	t.Parallel()
	document := full(t, "set-payload.json")
	document["events"] = map[string]any{"https://example.org/" + strings.Repeat("ä", 1000): 1}
	var violation *schemas.Violation
	if err := newRegistry(t).SETPayload(encode(t, document)); !errors.As(err, &violation) {
		t.Fatalf("got %v, want a violation", err)
	}
	if got := len(violation.Entries[0].Pointer); got > 256 {
		t.Errorf("got a pointer of %d bytes, want at most 256", got)
	}
}
