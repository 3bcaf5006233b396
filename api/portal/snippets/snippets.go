package snippets

import (
	"embed"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"text/template"
)

//go:embed files
var files embed.FS

// SecretVariable is the environment variable that all snippets read the secret from.
const SecretVariable = "VIERKANT_CLIENT_SECRET"

// What is taken where nobody says what is to be sent, or received for.
const (
	AnyService     = "urn:de:fim:leika:leistung:99050012104000" // to register a business
	AnyRegion      = "147130000000"                             // Leipzig
	AnyDestination = "00000000-0000-0000-0000-000000000000"
)

// Facts are what snippets are about.
type Facts struct {
	Environment string // name; "test" takes keys without trust anchors
	URL         string // public URL of the environment, without a slash at its end
	ClientID    string
	Sends       bool   // a sender's; else a subscriber's
	Service     string // URN; "" is AnyService
	ARS         string // where it is sent to, digits; "" is AnyRegion
	Destination string // of a subscriber; "" is AnyDestination
}

// Snippet is one program.
type Snippet struct {
	Language string // "curl", "vierkant", "go", "python", "java", "csharp"
	Title    string // of the language, for people
	File     string // name under which it is to be kept
	Text     string
}

// kind is how snippets in a language are made.
type kind struct {
	language, title string
	send, receive   file
}

type file struct{ template, name string }

func kinds() []kind {
	return []kind{
		{"curl", "curl", file{"send.curl", "send.sh"}, file{"receive.curl", "receive.sh"}},
		{"vierkant", "vierkant", file{"send.vierkant", "send.sh"}, file{"receive.vierkant", "receive.sh"}},
		{"go", "Go", file{"send.go.txt", "main.go"}, file{"receive.go.txt", "main.go"}},
		{"python", "Python", file{"send.py", "send.py"}, file{"receive.py", "receive.py"}},
		{"java", "Java", file{"Send.java", "Send.java"}, file{"Receive.java", "Receive.java"}},
		{"csharp", "C#", file{"Send.cs", "Program.cs"}, file{"Receive.cs", "Program.cs"}},
	}
}

// Writer writes snippets. Its zero value writes none: see New.
type Writer struct{ texts *template.Template }

// New reads the texts.
func New() (*Writer, error) {
	texts, err := template.New("").Option("missingkey=error").ParseFS(files, "files/*")
	if err != nil {
		return nil, err
	}
	return &Writer{texts}, nil
}

// Write returns a snippet in each language. The error says which of the facts is not to be put into a program.
func (w *Writer) Write(f Facts) ([]Snippet, error) {
	f = f.withDefaults()
	if err := f.check(); err != nil {
		return nil, err
	}
	var all []Snippet
	for _, k := range kinds() {
		from := k.receive
		if f.Sends {
			from = k.send
		}
		var text strings.Builder
		if err := w.texts.ExecuteTemplate(&text, from.template, f); err != nil {
			return nil, err
		}
		all = append(all, Snippet{Language: k.language, Title: k.title, File: from.name, Text: text.String()})
	}
	return all, nil
}

// Key is the key of the service, the last part of its URN.
func (f Facts) Key() string { return f.Service[strings.LastIndexByte(f.Service, ':')+1:] }

// Anchored reports whether keys have to chain to trust anchors.
func (f Facts) Anchored() bool { return f.Environment != "test" }

func (f Facts) withDefaults() Facts {
	if f.Service == "" {
		f.Service = AnyService
	}
	if f.ARS == "" {
		f.ARS = AnyRegion
	}
	if f.Destination == "" {
		f.Destination = AnyDestination
	}
	return f
}

var harmless = map[string]*regexp.Regexp{
	"environment": regexp.MustCompile(`^[a-z]+$`),
	"URL":         regexp.MustCompile(`^https?://[A-Za-z0-9.:\[\]-]+(/[A-Za-z0-9._~-]+)*$`),
	"id":          regexp.MustCompile(`^[0-9A-Za-z-]+$`),
	"service":     regexp.MustCompile(`^urn:[a-z0-9.:_-]{1,251}$`),
	"region":      regexp.MustCompile(`^[0-9]{2,12}$`),
}

// ErrUnfit means: something would not be safe in a program that somebody copies.
var ErrUnfit = errors.New("not fit for a snippet")

func (f Facts) check() error {
	for _, v := range []struct{ kind, text string }{
		{"environment", f.Environment}, {"URL", f.URL}, {"id", f.ClientID}, {"service", f.Service}, {"region", f.ARS}, {"id", f.Destination},
	} {
		if !harmless[v.kind].MatchString(v.text) {
			return fmt.Errorf("%w: %s %q", ErrUnfit, v.kind, v.text)
		}
	}
	return nil
}
