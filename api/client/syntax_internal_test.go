package client

import (
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"strings"
	"testing"
)

const latinXML = "<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?><a>\xfc</a>"

func TestCheckXML(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		document string
		want     bool
	}{
		{`<a/>`, true},
		{`<?xml version="1.0" encoding="UTF-8"?>` + "\n<!-- c --><a x='1'><b>&lt;ü&#228;</b><![CDATA[<]]></a>\n", true},
		{"\ufeff<?xml version='1.0'?><a/>", true},
		{`<x:a xmlns:x="urn:x" x:b="1" b="1"/>`, true},
		{latinXML, true},
		{`<a><b/></a><!-- after --><?pi x?>`, true},
		{``, false},
		{`text`, false},
		{`<a>`, false},
		{`<a></b>`, false},
		{`<a/><b/>`, false},
		{`<a/>text`, false},
		{`text<a/>`, false},
		{`<a x="1" x="2"/>`, false},
		{`<a>&undefined;</a>`, false},
		{`<!DOCTYPE a><a/>`, false},
		{`<!DOCTYPE a [<!ENTITY e SYSTEM "file:///etc/passwd">]><a>&e;</a>`, false},
		{`<a/><?xml version="1.0"?>`, false},
		{` <?xml version="1.0"?><a/>`, false},
		{`<?xml version="1.0" encoding="UTF-16"?><a/>`, false},
		{"<a>\x00</a>", false},
		{"<a>\xff</a>", false},
		{strings.Repeat("<a>", maxXMLDepth+1) + strings.Repeat("</a>", maxXMLDepth+1), false},
	} {
		if err := checkXML([]byte(tc.document)); (err == nil) != tc.want {
			t.Errorf("checkXML(%.60q) = %v, want well-formed: %v", tc.document, err, tc.want)
		}
	}
}

// TestSyntaxIsSilent: what is said about data may be read by the service.
func TestSyntaxIsSilent(t *testing.T) {
	t.Parallel()
	for _, mime := range []string{"application/json", "application/xml"} {
		if err := checkSyntax(mime, []byte("<geheim<")); err == nil || strings.Contains(err.Error(), "geheim") {
			t.Errorf("%s: %v, want an error without the content", mime, err)
		}
	}
}

// FuzzCheckSyntax holds the checks against the decoders that receivers use.
func FuzzCheckSyntax(f *testing.F) {
	for _, seed := range []string{`{"a":[1,"ü"]}`, `[`, `<a b="1">&amp;</a>`, `<!DOCTYPE a><a/>`, latinXML, "\ufeff<a/>", `<a/><b/>`, `<a:b xmlns:a="x"></a:b>`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if checkSyntax("application/json", data) == nil {
			var value any
			if err := json.Unmarshal(data, &value); err != nil {
				var unfit *json.UnmarshalTypeError // a number beyond float64 is well-formed
				if !errors.As(err, &unfit) {
					t.Errorf("accepted as JSON, but: %v", err)
				}
			}
		}
		if checkSyntax("application/xml", data) != nil {
			return
		}
		if strings.Contains(string(data), "<!DOCTYPE") && !strings.ContainsAny(string(data), "[-?") {
			t.Error("accepted with a document type")
		}
		decoder := xml.NewDecoder(strings.NewReader(string(data)))
		decoder.CharsetReader = charset
		for {
			_, err := decoder.RawToken()
			if errors.Is(err, io.EOF) {
				return
			}
			if err != nil {
				t.Fatalf("accepted as XML, but: %v", err)
			}
		}
	})
}

// FuzzIDs: what is taken for an id is one spelling, harmless in a URL.
func FuzzIDs(f *testing.F) {
	f.Add("0A10BF46-1e4c-4a0e-9a10-6a1a2f6f9d01")
	f.Add("0a10bf461e4c4a0e9a106a1a2f6f9d01")
	f.Add("../../0a10bf461e4c4a0e9a106a1a2f6f")
	f.Fuzz(func(t *testing.T, text string) {
		id, err := ParseID(AttachmentID(text))
		if err != nil {
			return
		}
		again, err := ParseID(id)
		if err != nil || again != id || len(id) != 36 || strings.Trim(string(id), "0123456789abcdef-") != "" {
			t.Errorf("ParseID(%q) = %q, and again %q, %v", text, id, again, err)
		}
	})
}
