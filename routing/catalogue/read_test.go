package catalogue_test

import (
	"bytes"
	"compress/gzip"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/vierkant/vierkant/routing/catalogue"
	"github.com/vierkant/vierkant/routing/sheet"
)

func read(t testing.TB, text string) catalogue.Reading {
	t.Helper()
	r, err := catalogue.Read(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func testdata(t testing.TB, name string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func notes(r catalogue.Reading) []string {
	var texts []string
	for _, n := range r.Notes {
		texts = append(texts, n.String())
	}
	return texts
}

func TestReadXZuFi(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		file  string
		want  []catalogue.Service
		notes []string
	}{
		{
			file: "xzufi-2.2.xml",
			want: []catalogue.Service{
				{Key: "99050012104000", Texts: []catalogue.Text{
					{
						Language: "de", Name: "Gewerbe anmelden", Official: "Gewerbe Anmeldung",
						Description: "Sie beginnen ein Gewerbe – oder übernehmen eines.\nUmsatz < 1 €",
					},
					{Language: "en-gb", Name: "Register a trade"},
				}},
				{Key: "99102013104000", Texts: []catalogue.Text{{Language: "de", Name: "Hund anmelden"}}},
			},
			notes: []string{
				`line 41, column 5: the description "L100001_2" names no key of 14 digits`,
				`line 45, column 5: service 99050012104000 is described already: line 10, column 5`,
				`line 51, column 5: service 99085001012000 has no name`,
			},
		},
		{
			file: "xzufi-2.1.xml",
			want: []catalogue.Service{{Key: "99008001012000", Texts: []catalogue.Text{{Language: "de", Name: "Personalausweis beantragen"}}}},
		},
	} {
		got := read(t, testdata(t, tc.file))
		if diff := cmp.Diff(tc.want, got.Catalogue.All(0, 100)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tc.file, diff)
		}
		if diff := cmp.Diff(tc.notes, notes(got)); diff != "" {
			t.Errorf("%s, notes (-want +got):\n%s", tc.file, diff)
		}
	}
}

func TestReadCSV(t *testing.T) {
	t.Parallel()
	text := "# comment\nName;KEY;Language;Source\n" +
		"Register a trade;99050012104000;en_GB;x\nNachricht;urn:schema-fitko-de:fit-connect:id.bund.de:message_v6;;x\n" +
		"Gewerbe anmelden;urn:de:fim:leika:leistung:99050012104000;;x\n"
	want := []catalogue.Service{
		{Key: "99050012104000", Texts: []catalogue.Text{
			{Language: "de", Name: "Gewerbe anmelden"}, {Language: "en-gb", Name: "Register a trade"},
		}},
		{Key: "urn:schema-fitko-de:fit-connect:id.bund.de:message_v6", Texts: []catalogue.Text{{Language: "de", Name: "Nachricht"}}},
	}
	for name, file := range map[string]string{
		"plain": text, "with a byte order mark": "\ufeff" + text, "with \\r\\n": strings.ReplaceAll(text, "\n", "\r\n"), "packed": pack(t, text),
	} {
		got := read(t, file)
		if diff := cmp.Diff(want, got.Catalogue.All(0, 100)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
		if diff := cmp.Diff([]string{`line 2, column 19: the column "Source" is not read`}, notes(got)); diff != "" {
			t.Errorf("%s, notes (-want +got):\n%s", name, diff)
		}
	}
}

func pack(t testing.TB, text string) string {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := w.Write([]byte(text)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// leistung is a document with one description.
func leistung(inside string) string {
	return "<x:leistung xmlns:x='http://xoev.de/schemata/xzufi/2_2_0'>\n" + inside + "</x:leistung>"
}

const gewerbe = "<x:id>99050012104000</x:id>"

func module(code, language, text string) string {
	return "<x:modulText><x:inhalt languageCode='" + language + "'>" + text + "</x:inhalt><x:leikaTextmodul><code>" + code + "</code></x:leikaTextmodul></x:modulText>"
}

func TestReadRefuses(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ name, in, want string }{
		{"nothing", "", "the file: no lines: want a header with key, name"},
		{"no header", "99050012104000,Gewerbe anmelden\n", "line 1, column 1: want a header with key, name: there is no key"},
		{"column twice", "key,name,key\n", "line 1, column 10: the column key is there twice"},
		{"key", "key,name\n99050012104000,x\n9905001210400,y\n", `line 3, column 1: service key "9905001210400": want 14 digits that begin with 99`},
		{"key behind letters of two bytes", "name,key\nÜbermäßig,1\n", "line 2, column 11: service key"},
		{"no name", "key,name\n99050012104000, \n", "line 2, column 16: want a name"},
		{"language", "key,name,language\n99050012104000,x,deutsch\n", `line 2, column 18: language "deutsch": want one like de`},
		{"twice", "key,name\n99050012104000,x\n99050012104000,y\n", "line 3, column 1: line 2 names the service 99050012104000 in the language de already"},
		{"fields", "key,name\n99050012104000\n", "line 2, column 1: want 2 cells in the line, got 1"},
		{"quote", "key,name\n99050012104000,\"x\n", "line 2"},
		{"ISO-8859-1", "key,name\n99050012104000,M\xfcll\n", "line 2, column 17: want UTF-8"},
		{"long name", "key,name\n99050012104000," + strings.Repeat("x", 1001) + "\n", "line 2, column 16: the name has more than 1000 characters"},

		{"another document", "<html/>", `line 1, column 1: want an XZuFi document of version 2.1 or 2.2, got <html> of ""`},
		{"version 3", "<a xmlns='http://xoev.de/schemata/xzufi/3_0_0'/>", "line 1, column 1: want an XZuFi document of version 2.1 or 2.2"},
		{"only a declaration", "<?xml version='1.0'?>\n", "line 2, column 1: want an XZuFi document, got nothing"},
		{"cut off", leistung(gewerbe)[:80], "line 2, column 22: unexpected EOF"},
		{"crossed", leistung("<a><b></a></b>"), "line 2, column 11: element <b> closed by </a>"},
		{"document type", "<!DOCTYPE x [<!ENTITY a 'b'>]>" + leistung(gewerbe), "line 1, column 1: want no document type"},
		{"entity", leistung(module("02", "de", "&a;")), "line 2, column 45: invalid character entity &a;"},
		{"deep", leistung(strings.Repeat("<a>", 100)), "line 2, column 190: want elements at most 64 deep in each other"},
		{"long", leistung("<a>" + strings.Repeat("x", 5<<20)), "want elements and texts of at most 4 MiB each"},
		{"ISO-8859-1", "<?xml version='1.0' encoding='ISO-8859-1'?>" + leistung(gewerbe), "line 1, column 1: want UTF-8"},
		{"bytes that are not UTF-8", leistung(module("02", "de", "ä\xfc")), "line 2, column 44: invalid UTF-8"},
		{"language of a text", leistung(gewerbe + module("02", "?", "x")), `line 1, column 1: language "?"`},
		{"long name", leistung(gewerbe + module("02", "de", strings.Repeat("x", 1001))), "line 1, column 1: service 99050012104000: the name has more"},
	} {
		_, err := catalogue.Read(strings.NewReader(tc.in))
		var placed *sheet.Error
		if !errors.As(err, &placed) || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%s: got %v, want %q", tc.name, err, tc.want)
		}
	}
}

// TestReadBrokenArchive: what cannot be unpacked has no line.
func TestReadBrokenArchive(t *testing.T) {
	t.Parallel()
	for _, file := range []string{"\x1f\x8bnonsense", pack(t, testdata(t, "xzufi-2.2.xml"))[:200], pack(t, "key,name\n")[:20]} {
		if r, err := catalogue.Read(strings.NewReader(file)); err == nil || r.Catalogue != nil {
			t.Errorf("%.20q: got a catalogue, want an error", file)
		}
	}
}

// TestPlainText holds what becomes of the HTML in descriptions.
func TestPlainText(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ in, want string }{
		{"a  b\n c", "a b\nc"},
		{"<p>a</p><p>b<br/>c</p>", "a\nb\nc"},
		{"a <a href='https://x.example/?a=1&amp;b=2'>link</a> b", "a link b"},
		{"<!-- gone --><STRONG>a</STRONG>", "a"},
		{"1 < 2 und 3 > 2, <3 <", "1 < 2 und 3 > 2, <3 <"},
		{"&lt;b&gt; &amp;amp; &nbsp;x", "<b> &amp; x"},
		{"<a", "<a"},
	} {
		in := "<![CDATA[" + tc.in + "]]>"
		got := read(t, leistung(gewerbe+module("02", "de", "x")+module("06", "de", in))).Catalogue.All(0, 1)[0].Texts[0].Description
		if got != tc.want {
			t.Errorf("%q: got %q, want %q", tc.in, got, tc.want)
		}
	}
}

func FuzzRead(f *testing.F) {
	for _, name := range []string{"xzufi-2.1.xml", "xzufi-2.2.xml"} {
		f.Add(testdata(f, name))
	}
	f.Add("key,name,language\n99050012104000,\"Gewerbe, anmelden\",de\n")
	f.Add("# x\nname;key\nx;urn:a:b\n")
	f.Add(leistung(gewerbe + module("02", "de", "<![CDATA[<p>&amp;<]]>")))
	f.Fuzz(func(t *testing.T, text string) {
		r, err := catalogue.Read(strings.NewReader(text))
		if err != nil {
			return
		}
		again, err := catalogue.Decode(form(t, r.Catalogue))
		if err != nil || !bytes.Equal(form(t, again), form(t, r.Catalogue)) {
			t.Fatalf("the byte form of %q does not come back: %v", text, err)
		}
		if !catalogue.Compare(r.Catalogue, again).Empty() {
			t.Fatalf("%q differs from its byte form", text)
		}
		for _, s := range again.All(0, 10) {
			if found, ok := again.ByKey(s.Key); !ok || found.Name() != s.Name() || s.Name() == "" {
				t.Errorf("got %+v by the key of %+v", found, s)
			}
		}
	})
}
