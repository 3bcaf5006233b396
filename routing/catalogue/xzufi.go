package catalogue

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"

	"github.com/vierkant/vierkant/routing"
	"github.com/vierkant/vierkant/routing/sheet"
)

// xzufiNamespace is that of the versions of XZuFi that are in use, 2.1 and 2.2.
var xzufiNamespace = regexp.MustCompile(`^http://xoev\.de/schemata/xzufi/2_[12](_\d+)?$`)

// Text modules of a description in XZuFi that a catalogue is made of (code list urn:de:xzufi:codeliste:leistungstextmodulleika).
const (
	officialModule = "02" // Leistungsbezeichnung, as in LeiKa
	nameModule     = "03" // Leistungsbezeichnung II, for people
	shortModule    = "05" // Kurztext
	fullModule     = "06" // Volltext
	teaserModule   = "24" // Teaser
)

// description is <leistung>. Names are matched in whatever namespace they stand: versions and publishers differ in which elements are
// qualified.
type description struct {
	ID         string `xml:"id"`
	References []struct {
		Code string `xml:"code"`
	} `xml:"referenzLeiKa"`
	Modules []struct {
		Code  string `xml:"leikaTextmodul>code"`
		Texts []struct {
			Language string `xml:"languageCode,attr"`
			Text     string `xml:",chardata"`
		} `xml:"inhalt"`
	} `xml:"modulText"`
}

func readXZuFi(r io.Reader) (Reading, error) {
	in := &document{cursor: newCursor(r)}
	in.raw = xml.NewDecoder(in.cursor)
	x := &xzufi{in: in, d: xml.NewTokenDecoder(in), first: make(map[Key]sheet.At)}
	if err := x.read(); err != nil {
		return Reading{}, in.misread(err)
	}
	c, err := New(x.services)
	return Reading{c, x.notes}, err
}

// xzufi is a document while it is read.
type xzufi struct {
	in       *document
	d        *xml.Decoder
	services []Service
	first    map[Key]sheet.At
	notes    []Note
}

func (x *xzufi) read() error {
	root := true
	for {
		token, err := x.d.Token()
		if errors.Is(err, io.EOF) && !root {
			return nil
		}
		if err != nil {
			return err
		}
		start, ok := token.(xml.StartElement)
		if !ok {
			continue
		}
		if root && !xzufiNamespace.MatchString(start.Name.Space) {
			return sheet.Errorf(x.in.start, "want an XZuFi document of version 2.1 or 2.2, got <%.40s> of %.60q", start.Name.Local, start.Name.Space)
		}
		root = false
		if err := x.element(start); err != nil {
			return err
		}
	}
}

func (x *xzufi) element(start xml.StartElement) error {
	switch start.Name.Local {
	case "loesche":
		return x.d.Skip()
	case "leistung":
		at := x.in.start
		var d description
		if err := x.d.DecodeElement(&d, &start); err != nil {
			return err
		}
		return x.add(at, d)
	}
	return nil
}

// add takes a description as a service, or notes why it does not.
func (x *xzufi) add(at sheet.At, d description) error {
	keys := d.keys()
	if len(keys) == 0 {
		x.note(at, "the description %.60q names no key of 14 digits", strings.TrimSpace(d.ID))
		return nil
	}
	texts, err := d.texts()
	if err != nil {
		return sheet.Errorf(at, "%v", err)
	}
	if len(texts) == 0 {
		x.note(at, "service %s has no name", keys[0])
		return nil
	}
	for _, key := range keys {
		if first, twice := x.first[key]; twice {
			x.note(at, "service %s is described already: %s", key, first)
			continue
		}
		x.first[key] = at
		s, err := checked(Service{Key: key, Texts: texts})
		if err != nil {
			return sheet.Errorf(at, "%v", err)
		}
		x.services = append(x.services, s)
	}
	return nil
}

func (x *xzufi) note(at sheet.At, text string, args ...any) {
	x.notes = append(x.notes, Note{at, fmt.Sprintf(text, args...)})
}

// keys are those that the description is of: it refers to them, or, in LeiKa itself, its own id is the key.
func (d description) keys() (keys []Key) {
	candidates := make([]string, 0, len(d.References)+1)
	for _, r := range d.References {
		candidates = append(candidates, r.Code)
	}
	if len(candidates) == 0 {
		candidates = append(candidates, d.ID)
	}
	for _, c := range candidates {
		if s, err := routing.ParseKey(strings.TrimSpace(c)); err == nil && !slices.Contains(keys, Key(s.String())) {
			keys = append(keys, Key(s.String()))
		}
	}
	return keys
}

// texts puts the modules together by language. A language without a name has no text of its own.
func (d description) texts() ([]Text, error) {
	modules := make(map[string]map[string]string) // by language, by code
	for _, m := range d.Modules {
		for _, t := range m.Texts {
			language, err := parseLanguage(strings.TrimSpace(t.Language))
			if err != nil {
				return nil, err
			}
			if modules[language] == nil {
				modules[language] = make(map[string]string)
			}
			if code := strings.TrimSpace(m.Code); modules[language][code] == "" {
				modules[language][code] = plain(t.Text)
			}
		}
	}
	var texts []Text
	for language, module := range modules {
		if t := compose(language, module); t.Name != "" {
			texts = append(texts, t)
		}
	}
	slices.SortFunc(texts, byLanguage)
	return texts, nil
}

// compose prefers what was written for people: the second name, the short text.
func compose(language string, module map[string]string) Text {
	t := Text{Language: language, Name: oneLine(module[nameModule]), Official: oneLine(module[officialModule])}
	if t.Name == "" {
		t.Name = t.Official
	}
	if t.Official == t.Name {
		t.Official = ""
	}
	for _, code := range []string{teaserModule, shortModule, fullModule} {
		if module[code] != "" {
			t.Description = module[code]
			return t
		}
	}
	return t
}

func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }
