package mail

import (
	"bytes"
	"embed"
	"fmt"
	htmltemplate "html/template"
	"strings"
	"text/template"
	"time"

	"github.com/vierkant/vierkant/broker"
)

//go:embed texts
var texts embed.FS

// Text is what a mail says.
type Text struct{ Subject, Plain, HTML string }

// writer writes mails from the texts, which are read and checked once.
type writer struct {
	url, environment string
	zone             *time.Location
	bodies           map[string]*template.Template // by bodyName
	plain            *template.Template
	html             *htmltemplate.Template
}

func templates() []Template {
	return []Template{Waiting, WaitingStill, TimedOut, KeyExpires, KeyProposed, KeyChanged, SigningChanged, KeyRevoked, SecretEnds, CallbackDisabled, Invitation, SignUp, PasswordReset, NewAddress, AccessChanged, confirmation}
}

func bodyName(t Template, l Language) string { return string(t) + "." + string(l) + ".txt" }

func newWriter(url, environment string, zone *time.Location) (*writer, error) {
	w := &writer{url: url, environment: environment, zone: zone, bodies: map[string]*template.Template{}}
	if environment == "production" {
		w.environment = ""
	}
	for _, t := range templates() {
		for _, l := range languages() {
			name := bodyName(t, l)
			body, err := template.New(name).Option("missingkey=error").ParseFS(texts, "texts/"+name)
			if err != nil {
				return nil, err
			}
			w.bodies[name] = body
		}
	}
	var err error
	if w.plain, err = template.ParseFS(texts, "texts/frame.txt"); err != nil {
		return nil, err
	}
	w.html, err = htmltemplate.ParseFS(texts, "texts/frame.html")
	return w, err
}

// frame is what the frames lay out.
type frame struct {
	Title     string
	Documents []document
}

// write makes the text of a mail in all languages that it is to have.
func (w *writer) write(m Mail, head letterhead, code string) (Text, error) {
	var (
		f        frame
		subjects []string
	)
	for _, l := range head.language.all() {
		d, err := w.document(l, m, head, code)
		if err != nil {
			return Text{}, fmt.Errorf("mail %s in %s: %w", m.Template, l, err)
		}
		f.Documents = append(f.Documents, d)
		subjects = append(subjects, d.Subject)
	}
	f.Title = strings.Join(subjects, " / ")
	var plain, html bytes.Buffer
	if err := w.plain.Execute(&plain, f); err != nil {
		return Text{}, err
	}
	if err := w.html.Execute(&html, f); err != nil {
		return Text{}, err
	}
	return Text{Subject: "[Vierkant" + w.suffix() + "] " + f.Title, Plain: plain.String(), HTML: html.String()}, nil
}

// suffix names an environment whose mails are not meant as seriously.
func (w *writer) suffix() string {
	if w.environment == "" {
		return ""
	}
	return " " + w.environment
}

// values are what the texts fill in; every text in it is one line.
type values struct {
	Org, URL, Environment string
	Days                  int    // that a code is good
	Code                  string // or a link, of a personal letter
	Count                 int
	More                  int // of Count, not in Groups
	Groups                []group
	One                   factView // the first fact of all: personal letters have no other
}

// group is the facts about one destination.
type group struct {
	ID, Name string
	Facts    []factView
}

type factView struct{ ID, Name, Since, Until, By, Why, Role string }

func (w *writer) document(l Language, m Mail, head letterhead, code string) (document, error) {
	var (
		out    bytes.Buffer
		one    factView
		groups = w.groups(l, m.Facts)
	)
	if len(groups) > 0 {
		one = groups[0].Facts[0]
	}
	err := w.bodies[bodyName(m.Template, l)].Execute(&out, values{
		Org: oneLine(head.org), URL: w.url, Environment: w.environment, Days: int(CodeLife / (24 * time.Hour)), Code: code,
		Count: m.Count, More: m.Count - len(m.Facts), Groups: groups, One: one,
	})
	if err != nil {
		return document{}, err
	}
	d, err := parse(out.String())
	d.Language, d.URL, d.Environment = string(l), w.url, w.environment
	if !m.Template.personal() {
		d.Org = oneLine(head.org)
	}
	return d, err
}

// groups sorts facts by destination, in the order in which they came.
func (w *writer) groups(l Language, facts []Fact) []group {
	var all []group
	at := map[broker.DestinationID]int{}
	for _, f := range facts {
		i, known := at[f.Destination]
		if !known {
			i = len(all)
			at[f.Destination] = i
			all = append(all, group{ID: string(f.Destination), Name: oneLine(f.Name)})
		}
		all[i].Facts = append(all[i].Facts, factView{
			ID: oneLine(f.ID), Name: oneLine(f.Name), Since: w.when(l, f.Since), Until: w.when(l, f.Until), By: oneLine(f.By), Why: oneLine(f.Why), Role: oneLine(f.Role),
		})
	}
	return all
}

// when writes a time for people; "" for none.
func (w *writer) when(l Language, t time.Time) string {
	switch {
	case t.IsZero():
		return ""
	case l == German:
		return t.In(w.zone).Format("02.01.2006, 15:04 Uhr")
	}
	return t.In(w.zone).Format("2 January 2006, 15:04")
}
