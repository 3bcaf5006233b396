package snippets_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/vierkant/vierkant/api/portal/snippets"
)

func writer(t testing.TB) *snippets.Writer {
	t.Helper()
	w, err := snippets.New()
	if err != nil {
		t.Fatal(err)
	}
	return w
}

var fine = snippets.Facts{Environment: "test", URL: "https://broker.example:8443/test", ClientID: "2f0d3f5e-2c9b-4f7d-8d5b-7b0b7f3f9a10"}

// Each is about the client, reads the secret from the environment, and has nothing left to fill in. That they run is tested with the program.
func TestSnippets(t *testing.T) {
	t.Parallel()
	for name, f := range map[string]snippets.Facts{
		"sender":     {Environment: "test", URL: fine.URL, ClientID: fine.ClientID, Sends: true},
		"subscriber": fine,
		"production": {Environment: "production", URL: fine.URL, ClientID: fine.ClientID, Sends: true},
		"reference":  {Environment: "reference", URL: fine.URL, ClientID: fine.ClientID},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			all, err := writer(t).Write(f)
			if err != nil || len(all) != 6 {
				t.Fatalf("got %d snippets, %v", len(all), err)
			}
			for _, s := range all {
				for _, want := range []string{f.URL, f.ClientID, snippets.SecretVariable} {
					if !strings.Contains(s.Text, want) {
						t.Errorf("%s lacks %q:\n%s", s.Language, want, s.Text)
					}
				}
				if strings.Contains(s.Text, "{{") || strings.Contains(s.Text, "no value") {
					t.Errorf("%s is not filled in:\n%s", s.Language, s.Text)
				}
				if judges := s.Language == "go" || s.Language == "vierkant"; judges && strings.Contains(s.Text, "trust-anchors.pem") != (f.Environment != "test") {
					t.Errorf("%s takes other keys than %s does:\n%s", s.Language, f.Environment, s.Text)
				}
			}
		})
	}
}

// What could run as something else, wherever it was copied from, is refused.
func TestHostileFacts(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*snippets.Facts){
		"a URL that ends its text":  func(f *snippets.Facts) { f.URL = `https://a.example/"+exit+"` },
		"a URL with a command":      func(f *snippets.Facts) { f.URL = "https://a.example/$(id)" },
		"no URL":                    func(f *snippets.Facts) { f.URL = "" },
		"a client with a quote":     func(f *snippets.Facts) { f.ClientID = "a'b" },
		"a service with a quote":    func(f *snippets.Facts) { f.Service = "urn:de:a'b" },
		"a service with a line":     func(f *snippets.Facts) { f.Service = "urn:de:a\nrm" },
		"a region that is none":     func(f *snippets.Facts) { f.ARS = "12; rm" },
		"a destination with blanks": func(f *snippets.Facts) { f.Destination = "a b" },
		"an environment of options": func(f *snippets.Facts) { f.Environment = "test --url" },
	} {
		f := fine
		change(&f)
		if _, err := writer(t).Write(f); !errors.Is(err, snippets.ErrUnfit) {
			t.Errorf("%s: got %v, want that it is not fit", name, err)
		}
	}
}
