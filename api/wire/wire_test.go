package wire_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/vierkant/vierkant/api/wire"
)

func TestCheck(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		`{}`: "", `[]`: "", ` {"a" : [ 1 , -0.5e+3, "x\u00e9\n", true,false,null,{} ] } `: "", `"\ud83d\ude00"`: "", `0`: "", `{"a":{"a":1}}`: "", `{"k":1,"ſ":2}`: "",
		``: "a value", `{`: "quotes", `{"a"}`: "colon", `{"a":1,}`: "quotes", `[1,]`: "a value", `[1 2]`: "comma", `{"a":1 "b":2}`: "comma", `01`: "nothing behind", `1.`: "digit", `-`: "digit",
		`1e`: "digit", `+1`: "a value", `.5`: "a value", `nul`: "a value", `"`: "end of a string", `"\x"`: "escape", `"\u12g4"`: "hexadecimal", `"\u12`: "hexadecimal",
		`"\ud800"`: "surrogate", `"\ud800\ud800"`: "surrogate", `"\udc00"`: "surrogate", `"\ud800x"`: "surrogate", "\"\t\"": "control", "{\"a\":1}\x00": "nothing behind",
		`{"a":1,"a":1}`: "twice", `{"a":1,"A":1}`: "twice", `{"k":1,"K":2}`: "twice", `{"s":1,"ſ":2}`: "twice", `{"a":1,"\u0061":1}`: "twice", `[{"x":{"b":1,"b":2}}]`: "twice",
		"\"\xff\"": "UTF-8", "\xef\xbb\xbf{}": "a value", strings.Repeat("[", 32) + strings.Repeat("]", 32): "", strings.Repeat("[", 33) + strings.Repeat("]", 33): "deeper",
		strings.Repeat("[", 1<<20): "deeper", strings.Repeat(`{"a":`, 1<<18): "deeper", "//": "a value", "NaN": "a value", `{'a':1}`: "quotes", `[1],`: "nothing behind",
	} {
		err := wire.Check([]byte(text))
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%.60q: got %v, want %q", text, err, want)
		}
	}
}

func TestDecodeNamesTheMember(t *testing.T) {
	t.Parallel()
	type document struct {
		Text   string            `json:"text"`
		List   []string          `json:"list"`
		Inner  *struct{ N int }  `json:"inner"`
		Number int               `json:"number"`
		Truth  bool              `json:"truth"`
		Map    map[string]string `json:"map"`
	}
	for text, want := range map[string]string{
		`{"text":1}`: "text must be a string, not number", `{"list":{}}`: "list must be an array, not object", `{"list":[1]}`: "list must be a string, not number",
		`{"inner":[]}`: "inner must be an object, not array", `{"inner":{"N":"x"}}`: "inner.N must be a whole number, not string",
		`{"number":1.5}`: "number must be a whole number, not number 1.5", `{"truth":"x"}`: "truth must be true or false, not string", `{"map":7}`: "map must be an object, not number",
		`[]`: "the body must be a JSON object", `"x"`: "the body must be a JSON object", `7`: "the body must be a JSON object",
		`{"text":null,"unknown":1}`: "", `null`: "",
	} {
		var into document
		err := wire.Decode([]byte(text), &into)
		if want == "" {
			if err != nil {
				t.Errorf("%s: got %v", text, err)
			}
			continue
		}
		var named *wire.Error
		if !errors.As(err, &named) || err.Error() != want {
			t.Errorf("%s: got %v, want %q", text, err, want)
		}
	}
}

func TestScanSubmit(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]struct{ metadata, data string }{
		`{"encryptedMetadata":"m","encryptedData":"d"}`:                                    {"m", "d"},
		` { "encryptedData" : "d" , "x":{"encryptedMetadata":1}, "encryptedMetadata":"m"}`: {"m", "d"},
		`{"encryptedMetadata":"\u006d","encryptedData":"d\n\"\\"}`:                         {"m", "d\n\"\\"},
		`{"encryptedMetadata":"","encryptedData":null}`:                                    {"", ""},
		`{}`: {"", ""},
	} {
		got, err := wire.ScanSubmit([]byte(text))
		if err != nil || string(got.Metadata) != want.metadata || string(got.Data) != want.data {
			t.Errorf("%s: got %s, %s, %v", text, got.Metadata, got.Data, err)
		}
	}
	for text, want := range map[string]string{
		`{"encryptedMetadata":1}`: "encryptedMetadata must be a string", `{"encryptedData":["d"]}`: "encryptedData must be a string", `[]`: "object", `"x"`: "object", ``: "object",
		`{"encryptedMetadata":"m"`: "comma", `{"encryptedMetadata":"m`: "end of a string", `{"encryptedMetadata":"m\"}`: "end of a string", `{"encryptedMetadata":"\q"}`: "escape",
		`{"encryptedMetadata":"m","encryptedMetadata":"m"}`: "twice", `{"encryptedMetadata":"m","EncryptedMetadata":"m"}`: "twice", `{"encryptedMetadata":nulL}`: "must be a string",
		`{"encryptedMetadata":"m"}x`: "nothing behind", `{"x":` + strings.Repeat("[", 40) + `}`: "deeper", "{\"encryptedMetadata\":\"\xff\"}": "UTF-8",
	} {
		if got, err := wire.ScanSubmit([]byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %+v, %v, want %q", text, got, err, want)
		}
	}
}

// The parts lie in the text: nothing is copied, and appending to one does not reach into the text.
func TestScanSubmitCopiesNothing(t *testing.T) {
	t.Parallel()
	text := []byte(`{"encryptedMetadata":"` + strings.Repeat("m", 1000) + `","encryptedData":"` + strings.Repeat("d", 1<<20) + `"}`)
	parts, err := wire.ScanSubmit(text)
	if err != nil || len(parts.Data) != 1<<20 || cap(parts.Data) != len(parts.Data) {
		t.Fatalf("got %d bytes with room for %d, %v", len(parts.Data), cap(parts.Data), err)
	}
	text[len(text)-3] = 'e'
	if parts.Data[len(parts.Data)-1] != 'e' {
		t.Error("the data are a copy")
	}
}

// The examples of RFC 7396, appendix A.
func TestMergePatch(t *testing.T) {
	t.Parallel()
	for _, c := range [][3]string{
		{`{"a":"b"}`, `{"a":"c"}`, `{"a":"c"}`}, {`{"a":"b"}`, `{"b":"c"}`, `{"a":"b","b":"c"}`}, {`{"a":"b"}`, `{"a":null}`, `{}`},
		{`{"a":"b","b":"c"}`, `{"a":null}`, `{"b":"c"}`}, {`{"a":["b"]}`, `{"a":"c"}`, `{"a":"c"}`}, {`{"a":"c"}`, `{"a":["b"]}`, `{"a":["b"]}`},
		{`{"a":{"b":"c"}}`, `{"a":{"b":"d","c":null}}`, `{"a":{"b":"d"}}`}, {`{"a":[{"b":"c"}]}`, `{"a":[1]}`, `{"a":[1]}`}, {`["a","b"]`, `["c","d"]`, `["c","d"]`},
		{`{"a":"b"}`, `["c"]`, `["c"]`}, {`{"a":"foo"}`, `null`, `null`}, {`{"a":"foo"}`, `"bar"`, `"bar"`}, {`{"e":null}`, `{"a":1}`, `{"a":1,"e":null}`},
		{`[1,2]`, `{"a":"b","c":null}`, `{"a":"b"}`}, {`{}`, `{"a":{"bb":{"ccc":null}}}`, `{"a":{"bb":{}}}`},
	} {
		got, err := wire.MergePatch([]byte(c[0]), []byte(c[1]))
		if err != nil || string(got) != c[2] {
			t.Errorf("%s and %s: got %s, %v, want %s", c[0], c[1], got, err, c[2])
		}
	}
}

func TestPage(t *testing.T) {
	t.Parallel()
	for raw, want := range map[string]wire.Page{"": {Limit: 100}, "limit=7": {Limit: 7}, "offset=3&limit=1": {Offset: 3, Limit: 1}, "offset=-1": {Offset: -1, Limit: 100}} {
		q, err := wire.ParseQuery(raw)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := q.Page(); err != nil || got != want {
			t.Errorf("%q: got %+v, %v, want %+v", raw, got, err, want)
		}
	}
}

func FuzzCheck(f *testing.F) {
	for _, seed := range []string{`{"a":[1,"\ud83d\ude00",{"b":null}]}`, `{"a":1,"A":2}`, `[-0.5e+3]`, "\xff", `"\ud800"`, `[[[[`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		err := wire.Check(text)
		if err == nil && (!json.Valid(text) || !utf8.Valid(text)) {
			t.Errorf("accepted %q", text)
		}
		var named *wire.Error
		if err != nil && !errors.As(err, &named) {
			t.Errorf("%q: got an error of another type: %v", text, err)
		}
		var value any
		if err != nil && json.Unmarshal(text, &value) == nil && strings.Contains(err.Error(), "not valid JSON") && !bytes.Contains(text, []byte(`\u`)) {
			t.Errorf("refused %q: %v", text, err)
		}
	})
}

// ScanSubmit takes what the general reader takes, and finds the same.
func FuzzScanSubmit(f *testing.F) {
	for _, seed := range []string{
		`{"encryptedMetadata":"m","encryptedData":"d"}`, `{"encryptedMetadata":null,"x":[{}]}`, `{"encryptedMetadata":"\u006d\""}`, `{"EncryptedData":"d"}`, `{"encryptedData":"`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		parts, err := wire.ScanSubmit(text)
		var members map[string]json.RawMessage
		general := wire.Decode(text, &members)
		if err != nil || general != nil {
			// Control characters inside the parts are the one thing that is left to the alphabet of a JWE.
			if err == nil && !bytes.ContainsFunc(append(parts.Metadata, parts.Data...), func(r rune) bool { return r < ' ' }) {
				t.Errorf("accepted %q: %v", text, general)
			}
			return
		}
		for name, got := range map[string][]byte{"encryptedMetadata": parts.Metadata, "encryptedData": parts.Data} {
			var want string
			if raw := members[name]; !wire.Absent(raw) && json.Unmarshal(raw, &want) != nil || string(got) != want {
				t.Errorf("%q: got %q, want %q", text, got, want)
			}
		}
	})
}

func FuzzAnnounce(f *testing.F) {
	f.Add([]byte(`{"destinationId":"x","announcedAttachments":["y"],"publicService":{"name":"","identifier":"urn:a:b"},"region":"DE"}`))
	f.Add([]byte(`{"destinationId":1}`))
	f.Add([]byte(`{"publicService":{"identifier":[]}}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		var in, again wire.AnnounceV2
		err := wire.Decode(text, &in)
		var named *wire.Error
		if err != nil && !errors.As(err, &named) {
			t.Fatalf("%q: got an error of another type: %v", text, err)
		}
		if err != nil {
			return
		}
		raw, err := json.Marshal(in)
		if err != nil {
			t.Fatal(err)
		}
		if err := wire.Decode(raw, &again); err != nil {
			t.Errorf("%q: written as %s, refused: %v", text, raw, err)
		}
	})
}

// A merge patch may be applied twice, and what comes out is JSON.
func FuzzMergePatch(f *testing.F) {
	f.Add([]byte(`{"a":{"b":1}}`), []byte(`{"a":{"b":null,"c":[null]}}`))
	f.Add([]byte(`[]`), []byte(`{"a":{"b":{"c":null}}}`))
	f.Fuzz(func(t *testing.T, document, patch []byte) {
		if wire.Check(document) != nil || wire.Check(patch) != nil {
			return
		}
		once, err := wire.MergePatch(document, patch)
		if err != nil || !json.Valid(once) {
			t.Fatalf("%s and %s: got %s, %v", document, patch, once, err)
		}
		twice, err := wire.MergePatch(once, patch)
		if err != nil || !bytes.Equal(once, twice) {
			t.Errorf("%s and %s: got %s, then %s, %v", document, patch, once, twice, err)
		}
	})
}

func FuzzQuery(f *testing.F) {
	f.Add("limit=1&offset=2&areaSearchexpression=a&areaSearchexpression=b")
	f.Add("limit=%31&limit=;")
	f.Fuzz(func(t *testing.T, raw string) {
		q, err := wire.ParseQuery(raw)
		if err != nil {
			return
		}
		if p, err := q.Page(); err == nil && (int64(int32(p.Limit)) != int64(p.Limit) || int64(int32(p.Offset)) != int64(p.Offset)) {
			t.Errorf("%q: got %+v", raw, p)
		}
	})
}

func BenchmarkScanSubmit(b *testing.B) {
	text := []byte(`{"encryptedMetadata":"` + strings.Repeat("m", 2000) + `","encryptedData":"` + strings.Repeat("d", 13000) + `"}`)
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := wire.ScanSubmit(text); err != nil {
			b.Fatal(err)
		}
	}
}
