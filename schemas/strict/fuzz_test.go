package strict_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/vierkant/vierkant/schemas/strict"
)

// FuzzCheck holds Check against encoding/json: what passes is exactly what encoding/json takes, but for what the rules and the package
// doc refuse, found here in the slow way.
func FuzzCheck(f *testing.F) {
	for _, seed := range []string{
		`{"a":[1,"\ud83d\ude00",{"b":null}],"A":-0.5e+3}`, `{"a":1,"A":2}`, `{"a":1,"\u0061":2}`, "{\"k\":1,\"\u212a\":2}", `[-12.5e-30,1e999]`, "\"\xff\"", `"\ud800"`, `"\\ud800"`,
		`"\udc00\ud800"`, `[[[[[]]]]]`, `{}{}`, "\"\x1f\"", ` { "" : "" } `, `[1,2,3,4,5]`, `1e99999999999999999999`,
	} {
		f.Add([]byte(seed), 3, 4, 5, 20, true)
		f.Add([]byte(seed), 0, 0, 0, 0, false)
	}
	f.Fuzz(func(t *testing.T, text []byte, depth, values, length, exponent int, foldCase bool) {
		rules := strict.Rules{Depth: max(depth, 0), Values: max(values, 0), NumberLength: max(length, 0), Exponent: max(exponent, 0), FoldCase: foldCase}
		err := strict.Check(text, rules)
		if want := json.Valid(text) && passes(t, text, rules); (err == nil) != want {
			t.Errorf("%q by %+v: got %v, want to pass: %v", text, rules, err, want)
		}
		var broken *strict.Error
		if err != nil && (!errors.As(err, &broken) || len(err.Error()) > 600) {
			t.Errorf("%q: got an error of another type or length: %v", text, err)
		}
	})
}

// FuzzMembers holds Members against what encoding/json finds.
func FuzzMembers(f *testing.F) {
	for _, seed := range []string{`{"a":"x","b":null,"c":[{"a":1}]}`, `{"\u0061":"\n","":""}`, `{"a":"x","a":"x"}`, `{"a":nul}`, "{\"a\":\"\n\"}", `{"a":"`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		found := map[string]*string{}
		controls := false
		err := strict.Members(text, strict.Rules{}, func(name []byte, value strict.Value) error {
			part, ok, err := value.Text()
			controls = controls || bytes.ContainsFunc(part, func(r rune) bool { return r < ' ' })
			if part != nil {
				held := string(part)
				found[string(name)] = &held
			} else if ok {
				found[string(name)] = nil
			}
			return err
		})
		var members map[string]json.RawMessage
		general := strict.Unmarshal(text, strict.Rules{}, &members)
		if general != nil || members == nil { // null is no object
			if err == nil && !controls {
				t.Errorf("accepted %q: %v", text, general)
			}
			return
		}
		if err != nil {
			t.Fatalf("refused %q: %v", text, err)
		}
		for name, raw := range members {
			var want *string
			got, handed := found[name]
			if isText := json.Unmarshal(raw, &want) == nil; isText != handed || isText && (want == nil) != (got == nil) || want != nil && isText && *want != *got {
				t.Errorf("%q: member %q: got %v", text, name, got)
			}
		}
	})
}

// passes judges a text that encoding/json takes.
func passes(t *testing.T, text []byte, rules strict.Rules) bool {
	t.Helper()
	var one json.RawMessage
	if err := json.Unmarshal(text, &one); err != nil {
		t.Fatal(err)
	}
	decoder := json.NewDecoder(bytes.NewReader(one))
	decoder.UseNumber()
	slow := reader{Decoder: decoder, rules: rules}
	slow.value(1)
	return !slow.broken && utf8.Valid(text) && !hasLoneSurrogate(string(text)) && (rules.Values == 0 || slow.values <= rules.Values)
}

// reader reads a text that encoding/json takes, token by token.
type reader struct {
	*json.Decoder
	rules  strict.Rules
	values int
	broken bool
}

func (r *reader) value(depth int) {
	token, _ := r.Token()
	r.values++
	switch token := token.(type) {
	case json.Number:
		r.broken = r.broken || !fits(string(token), r.rules)
	case json.Delim:
		r.broken = r.broken || r.rules.Depth > 0 && depth > r.rules.Depth
		r.container(token, depth)
	}
}

func (r *reader) container(opening json.Delim, depth int) {
	var names []string
	for r.More() {
		if opening == '{' {
			token, _ := r.Token()
			names = append(names, token.(string))
		}
		r.value(depth + 1)
	}
	_, _ = r.Token()
	for i, a := range names {
		for _, b := range names[:i] {
			r.broken = r.broken || a == b || r.rules.FoldCase && strings.EqualFold(a, b)
		}
	}
}

func fits(number string, rules strict.Rules) bool {
	if rules.NumberLength > 0 && len(number) > rules.NumberLength {
		return false
	}
	_, exponent, has := strings.Cut(strings.ToLower(number), "e")
	if !has || rules.Exponent == 0 {
		return true
	}
	n, err := strconv.Atoi(exponent)
	return err == nil && -rules.Exponent <= n && n <= rules.Exponent
}

var escapes = regexp.MustCompile(`\\(?:u[0-9a-fA-F]{4}|[^u])`)

// hasLoneSurrogate looks at the escapes of a text that encoding/json takes: nothing outside a string has any.
func hasLoneSurrogate(text string) bool {
	var high rune // of the escape that ends at end, if it is the first half of a pair
	end := -1
	for _, at := range escapes.FindAllStringIndex(text, -1) {
		n, _ := strconv.ParseUint(text[min(at[0]+2, at[1]):at[1]], 16, 16)
		unit := rune(n)
		switch {
		case high != 0 && (at[0] != end || utf16.DecodeRune(high, unit) == utf8.RuneError):
			return true
		case high != 0:
			high = 0
			continue
		case !utf16.IsSurrogate(unit):
			continue
		case unit >= 0xdc00:
			return true
		}
		high, end = unit, at[1]
	}
	return high != 0
}
