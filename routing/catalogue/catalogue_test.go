package catalogue_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/vierkant/vierkant/routing/catalogue"
	"github.com/vierkant/vierkant/routing/search"
)

func sample(t testing.TB) *catalogue.Catalogue {
	t.Helper()
	c, err := catalogue.Sample()
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func service(key catalogue.Key, texts ...catalogue.Text) catalogue.Service {
	return catalogue.Service{Key: key, Texts: texts}
}

func form(t testing.TB, c *catalogue.Catalogue) []byte {
	t.Helper()
	b, err := c.MarshalBinary()
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestNewRefuses(t *testing.T) {
	t.Parallel()
	x := catalogue.Text{Language: "de", Name: "x"}
	for _, tc := range []struct {
		name     string
		services []catalogue.Service
		want     string
	}{
		{"key", []catalogue.Service{service("12", x)}, "service 0: service key"},
		{"no texts", []catalogue.Service{service("99050012104000")}, "want a name"},
		{"no name", []catalogue.Service{service("99050012104000", catalogue.Text{Language: "de"})}, "want a name in the language de"},
		{"two names", []catalogue.Service{service("99050012104000", x, x)}, "two names in the language de"},
		{"language", []catalogue.Service{service("99050012104000", catalogue.Text{Language: "DE", Name: "x"})}, "lower case"},
		{"twice", []catalogue.Service{service("urn:a:b", x), service("urn:a:b", x)}, "the key urn:a:b is used twice"},
		{"UTF-8", []catalogue.Service{service("urn:a:b", catalogue.Text{Language: "de", Name: "\xfc"})}, "not UTF-8"},
	} {
		if _, err := catalogue.New(tc.services); err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%s: got %v, want %q", tc.name, err, tc.want)
		}
	}
}

func TestIn(t *testing.T) {
	t.Parallel()
	s, _ := sample(t).ByKey("99050012104000")
	for language, want := range map[string]string{
		"de": "Gewerbe anmelden", "en": "Register a trade", "en-gb": "Register a trade", "fr": "Gewerbe anmelden", "": "Gewerbe anmelden",
	} {
		if got := s.In(language).Name; got != want {
			t.Errorf("in %q: got %q, want %q", language, got, want)
		}
	}
	if got := service("urn:a:b", catalogue.Text{Language: "fr", Name: "nom"}).Name(); got != "nom" {
		t.Errorf("got %q, want the only name there is", got)
	}
}

func TestSearch(t *testing.T) {
	t.Parallel()
	c := sample(t)
	for _, tc := range []struct {
		query string
		first catalogue.Key
		total int
	}{
		{"Gewerbe anmelden", "99050012104000", 2}, // not the guarding business, which is called so as well
		{"gewerbe", "99050012104000", 2},
		{"ausweis", "99008001012000", 3}, // part of a word
		{"ANSCHRIFT personalausweis", "99008001011001", 1},
		{"auslaenderbehoerde", "99010022020000", 1},
		{"Ausländerbehörde", "99010022020000", 1},
		{"dog", "99102013104000", 1}, // another language
		{"99050", "99050012104000", 2},
		{"99050012104000", "99050012104000", 1},
		{"Gewerbe, e. V.", "99050012104000", 2},
		{"xyz", "", 0},
		{"gewerbe dog", "", 0}, // one of two words
	} {
		found, total, err := c.Search(tc.query, 0, 100)
		if err != nil || total != tc.total || len(found) != total {
			t.Errorf("%s: got %d of %d, %v, want %d", tc.query, len(found), total, err, tc.total)
			continue
		}
		if total > 0 && found[0].Key != tc.first {
			t.Errorf("%s: got %s first, want %s", tc.query, found[0].Key, tc.first)
		}
	}
}

func TestSearchPages(t *testing.T) {
	t.Parallel()
	c := sample(t)
	all, total, err := c.Search("beantragen", 0, 100)
	if err != nil || len(all) != total || total < 8 {
		t.Fatalf("got %d of %d, %v", len(all), total, err)
	}
	var paged []catalogue.Service
	for offset := 0; offset < total+3; offset += 3 {
		page, n, err := c.Search("beantragen", offset, 3)
		if err != nil || n != total {
			t.Fatalf("offset %d: total %d, %v, want %d", offset, n, err, total)
		}
		paged = append(paged, page...)
	}
	if diff := cmp.Diff(all, paged); diff != "" {
		t.Errorf("pages together (-want +got):\n%s", diff)
	}
}

func TestSearchRefuses(t *testing.T) {
	t.Parallel()
	for _, query := range []string{"", " - ", "a", strings.Repeat("ab ", 6) + "bc cd de ef fg gh hi ij jk kl", strings.Repeat("x", 101)} {
		_, _, err := sample(t).Search(query, 0, 10)
		var wrong *search.ExpressionError
		if !errors.As(err, &wrong) {
			t.Errorf("%.20q: got %v, want an ExpressionError", query, err)
		}
	}
}

func TestCompareAndMerge(t *testing.T) {
	t.Parallel()
	before := read(t, "key,name,description\nurn:a:kept,k,\nurn:a:gone,g,\nurn:a:renamed,r,\nurn:a:told,t,\n").Catalogue
	after := read(t, "key,name,description\nurn:a:kept,k,\nurn:a:new,n,\nurn:a:renamed,r2,\nurn:a:told,t,more\n").Catalogue
	d := catalogue.Compare(before, after)
	if got, want := d.String(), "1 added, 1 removed, 1 renamed, 1 described otherwise"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if d.Added[0].Key != "urn:a:new" || d.Removed[0].Key != "urn:a:gone" || d.Renamed[0].After.Name() != "r2" || d.Changed[0].Before.Key != "urn:a:told" {
		t.Errorf("got %+v", d)
	}
	if got := catalogue.Compare(after, after).String(); got != "no difference" {
		t.Errorf("got %q", got)
	}
	d = catalogue.Compare(after, before.Merge(after))
	if got, want := d.String(), "1 added"; got != want || d.Added[0].Key != "urn:a:gone" {
		t.Errorf("merged: got %q, want %q", got, want)
	}
	if _, total, err := before.Merge(after).Search("r2", 0, 1); total != 1 || err != nil {
		t.Errorf("merged: found %d, %v", total, err)
	}
}

func TestMarshalBinary(t *testing.T) {
	t.Parallel()
	c := sample(t)
	shuffled := c.All(0, c.Len())
	slices.Reverse(shuffled)
	other, err := catalogue.New(shuffled)
	if err != nil || !bytes.Equal(form(t, c), form(t, other)) {
		t.Errorf("the order in which services are given shows in the bytes (%v)", err)
	}
	again, err := catalogue.Decode(form(t, c))
	if err != nil || !catalogue.Compare(c, again).Empty() {
		t.Errorf("got %v, want the sample back", err)
	}
}

func TestDecodeRefuses(t *testing.T) {
	t.Parallel()
	good := string(form(t, sample(t)))
	for name, b := range map[string]string{
		"nothing":    "",
		"cut off":    good[:len(good)/2],
		"more":       good + "{}",
		"version":    strings.Replace(good, `:1,`, `:2,`, 1),
		"no version": `{"services":[]}`,
		"member":     strings.Replace(good, `"key"`, `"kay"`, 1),
		"twice":      strings.Replace(good, "99004002005000", "99003002022000", 1),
	} {
		if _, err := catalogue.Decode([]byte(b)); err == nil {
			t.Errorf("%s: got a catalogue, want an error", name)
		}
	}
}

// TestSampleKeysAreKnown holds the keys of the sample against the collected ones, which are not part of the repository.
func TestSampleKeysAreKnown(t *testing.T) {
	t.Parallel()
	f, err := os.Open(filepath.Join("..", "..", "..", "shared", "data", "services.csv"))
	if err != nil {
		t.Skip("the collected keys (shared/data/services.csv beside the repository) are not there")
	}
	defer f.Close()
	known, err := catalogue.Read(f)
	if err != nil {
		t.Fatal(err)
	}
	if got := known.Catalogue.Len(); got != 28 || len(known.Notes) != 2 {
		t.Errorf("got %d services and the notes %v, want 28 and two columns that are not read", got, known.Notes)
	}
	for _, s := range sample(t).All(0, 100) {
		if _, ok := known.Catalogue.ByKey(s.Key); !ok {
			t.Errorf("%s %s is not a known key", s.Key, s.Name())
		}
	}
}
