package strict_test

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/vierkant/vierkant/schemas/strict"
)

// checkError demands an *Error whose sentence contains want, or none if want is "".
func checkError(t *testing.T, text string, err error, want string) {
	t.Helper()
	var broken *strict.Error
	if want == "" && err != nil || want != "" && (!errors.As(err, &broken) || !strings.Contains(err.Error(), want)) {
		t.Errorf("%.60q: got %v, want %q", text, err, want)
	}
}

// What no rule can allow or forbid.
func TestCheck(t *testing.T) {
	t.Parallel()
	deep := strings.Repeat("[", 10_000) + strings.Repeat("]", 10_000)
	for text, want := range map[string]string{
		` {"a" : [ 1 , -0.5e+3, "x\u00e9\n", true,false,null,{} ] } `: "", `"\ud83d\ude00"`: "", `0`: "", `{"a":{"a":1},"A":[{"a":1}]}`: "",
		`1e99999999999999999999`: "", deep: "", "[" + deep + "]": "deeper than 10000 levels", `"\\ud800"`: "", `""`: "",

		``: "a value at byte 0", `{`: "quotes at byte 1", `{"a"}`: "colon", `{"a":1,}`: "quotes", `[1,]`: "a value", `[1 2]`: "comma or ']'",
		`{"a":1 "b":2}`: "comma or '}'", `01`: "nothing behind", `{}{}`: "nothing behind", `{}//`: "nothing behind", "{\"a\":1}\x00": "nothing behind",
		`1.`: "digit", `-`: "digit", `1e`: "digit", `1e+`: "digit", `+1`: "a value", `.5`: "a value", `nul`: "a value", `NaN`: "a value", `{'a':1}`: "quotes",
		"\xef\xbb\xbf{}": "a value", "\"\xff\"": "UTF-8", "\"\xed\xa0\x80\"": "UTF-8",

		`"`: "end of a string", `"\`: "escape", `"\x"`: "escape", `"\u12g4"`: "hexadecimal", `"\u+123"`: "hexadecimal", `"\u12`: "hexadecimal", "\"\t\"": "control",
		`"\ud800"`: "surrogate", `"\ud800\ud800"`: "surrogate", `"\udc00"`: "surrogate", `"\ud800x"`: "surrogate", `"\ud800\n"`: "surrogate", `{"\udc00":1}`: "surrogate",

		`{"a":1,"a":1}`: `"a" twice`, `{"a":1,"\u0061":1}`: `"a" twice`, `[{"x":{"b":1,"c":[],"b":2}}]`: `"b" twice`, `{"":1,"":2}`: `"" twice`,
		`{"` + strings.Repeat("n", 100) + `":1,"` + strings.Repeat("n", 100) + `":1}`: strings.Repeat("n", 64) + `…" twice`,
	} {
		checkError(t, text, strict.Check([]byte(text), strict.Rules{}), want)
	}
}

func TestRules(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		rules      strict.Rules
		good, evil []string
		want       string
	}{
		{strict.Rules{Depth: 2}, []string{`[{}]`, `[[],[],{}]`, `{"a":{}}`}, []string{`[[[`, `{"a":{"b":{`, `[{"a":[]}]`}, "deeper than 2 levels"},
		{strict.Rules{Values: 3}, []string{`[1,2]`, `{"a":{"b":1}}`, `[[[]]]`}, []string{`[1,2,3]`, `{"a":1,"b":2,"c":3}`, `[[[[`}, "more than 3 values"},
		{strict.Rules{NumberLength: 4}, []string{`-123`, `1e10`, `[1.25,1.25]`}, []string{`-1234`, `1e100`, `{"a":0.125}`}, "more than 4 characters"},
		{strict.Rules{Exponent: 20}, []string{`1e20`, `1E-20`, `1e+020`, `12345678901234567890123`}, []string{`1e21`, `1E-21`, `[1e99999999999999999999]`}, "between -20 and 20"},
		{strict.Rules{FoldCase: true}, []string{`{"a":1,"b":{"A":1}}`, `{"k":1,"ſ":2}`, `{"i":1,"ı":2}`, `{"":1}`},
			[]string{`{"a":1,"A":1}`, "{\"k\":1,\"\u212a\":2}", `{"s":1,"ſ":2}`, `{"ä":1,"\u00c4":2}`, `{"a":1,"a":1}`}, "twice, also not in another case"},
	} {
		for _, text := range c.good {
			checkError(t, text, strict.Check([]byte(text), c.rules), "")
		}
		for _, text := range c.evil {
			checkError(t, text, strict.Check([]byte(text), c.rules), c.want)
		}
	}
}

func TestUnmarshalNamesTheMember(t *testing.T) {
	t.Parallel()
	type document struct {
		Text  string            `json:"text"`
		Raw   []json.RawMessage `json:"raw"`
		Inner *struct{ N int }  `json:"inner"`
		Truth bool              `json:"truth"`
		Map   map[string]string `json:"map"`
		Real  float64           `json:"real"`
		Own   own               `json:"own"`
	}
	for text, want := range map[string]string{
		`{"text":1}`: "member text must be a string, not number", `{"raw":{}}`: "member raw must be an array, not object", `{"inner":[]}`: "member inner must be an object, not array",
		`{"inner":{"N":1.5}}`: "member inner.N must be a whole number, not number 1.5", `{"truth":"x"}`: "member truth must be true or false, not string",
		`{"map":7}`: "member map must be an object, not number", `{"real":1e999}`: "member real must be a number that a double can hold, not number 1e999",
		`[]`: "the JSON text must be a JSON object", `7`: "the JSON text must be a JSON object", `{"own":{}}`: "the JSON text has a value of another form than expected",
		`{"text":"a","text":"b"}`: `the JSON text must not have the member "text" twice`, `{"text":"a","unknown":[1],"raw":null}`: "", `null`: "",
	} {
		var into document
		checkError(t, text, strict.Unmarshal([]byte(text), strict.Rules{}, &into), want)
	}
	var list []string
	checkError(t, "{}", strict.Unmarshal([]byte(`{}`), strict.Rules{}, &list), "must be an array, not object")
}

// own refuses whatever it is given, in words that are not for strangers.
type own struct{}

func (*own) UnmarshalJSON([]byte) error { return errors.New("strict_test.own") }

func TestMembers(t *testing.T) {
	t.Parallel()
	text := []byte(` { "a" : "x" , "skipped" : [{"a":1}] , "\u0062" : "y\n" , "c" : null , "d" : 1, "e": "" } `)
	var got []string
	err := strict.Members(text, strict.Rules{}, func(name []byte, value strict.Value) error {
		if string(name) == "skipped" {
			return nil
		}
		part, ok, err := value.Text()
		switch {
		case !ok:
			part = []byte("(no text)")
		case part == nil:
			part = []byte("(null)")
		}
		got = append(got, string(name)+"="+string(part))
		return err
	})
	if want := []string{"a=x", "b=y\n", "c=(null)", "d=(no text)", "e="}; err != nil || !slices.Equal(got, want) {
		t.Errorf("got %q, %v, want %q", got, err, want)
	}
}

func TestMembersRefuses(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		``: "a JSON object", `[]`: "a JSON object", `null`: "a JSON object", `{"a":"x"`: "comma", `{"a":"x}`: "end of a string", `{"a":"\q"}`: "escape", `{"a":nullx}`: "comma",
		`{"a":nulL}`: "a value", `{"a":"x"}{}`: "nothing behind", `{"a":"x","a":"x"}`: "twice", "{\"a\":\"\xff\"}": "UTF-8", `{"a":[[]]}`: "deeper than 2", `{"a":"1","b":"2","c":"3"}`: "more than 3 values",
	} {
		err := strict.Members([]byte(text), strict.Rules{Depth: 2, Values: 3}, func(_ []byte, value strict.Value) error {
			_, _, err := value.Text()
			return err
		})
		checkError(t, text, err, want)
	}
	own := errors.New("enough")
	if err := strict.Members([]byte(`{"a":1`), strict.Rules{}, func([]byte, strict.Value) error { return own }); !errors.Is(err, own) {
		t.Errorf("got %v, want the error of the caller", err)
	}
}

func BenchmarkCheck(b *testing.B) {
	const object = `{"destinationId":"6c2b3e3b-6a0f-4d5b-9d3f-3c1f0b8f6c11","region":"DE091790134134","amount":12.50,"list":[1,true,null,"ä\n"]}`
	text := []byte("[" + strings.Repeat(object+",", 100) + object + "]")
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		if err := strict.Check(text, strict.Rules{FoldCase: true}); err != nil {
			b.Fatal(err)
		}
	}
}
