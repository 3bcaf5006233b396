package docs

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"path"
	"slices"
	"strings"

	"github.com/vierkant/vierkant/api/problem"
	"github.com/vierkant/vierkant/api/wire"
	"github.com/vierkant/vierkant/schemas/openapi"
)

// frame is what every page has around its content.
type frame struct {
	Title string
	Here  string // name of the page among those of the menu
	Root  string // relative address of the public URL
	Menu  []entry
}

type entry struct{ Name, Title, Summary string }

func (b *book) frame(title, here string, depth int) frame {
	f := frame{Title: title, Here: here, Root: "./" + strings.Repeat("../", depth)}
	for _, d := range b.descriptions {
		f.Menu = append(f.Menu, entry{Name: d.Name, Title: d.Info.Title, Summary: d.Info.Summary})
	}
	return f
}

type indexView struct {
	frame
	PublicURL string
}

func (b *book) index() indexView {
	return indexView{frame: b.frame("APIs", "index", 0), PublicURL: b.publicURL}
}

type problemView struct {
	frame
	Meaning  problem.Meaning
	Type     string
	Statuses []string
	Example  string // JSON
}

func (b *book) problem(m problem.Meaning) problemView {
	example := wire.Problem{
		Type: b.problems.Type(m.Code), Title: m.Title, Status: m.Statuses[0], Detail: m.Detail, Instance: "urn:uuid:7c9e6679-7425-40de-944b-e07fc1f90ae7",
	}
	v := problemView{frame: b.frame(m.Title, "problems", 2), Meaning: m, Type: example.Type, Example: pretty(example)}
	for _, status := range m.Statuses {
		v.Statuses = append(v.Statuses, fmt.Sprintf("%d %s", status, http.StatusText(status)))
	}
	return v
}

type problemIndexView struct {
	frame
	Problems []problemView
}

func (b *book) problemIndex() problemIndexView {
	v := problemIndexView{frame: b.frame("Problems", "problems", 1)}
	for _, m := range problem.Meanings() {
		v.Problems = append(v.Problems, b.problem(m))
	}
	return v
}

type apiView struct {
	frame
	Info   openapi.Info
	Base   string
	Scopes []scopeView
	Groups []groupView
}

type scopeView struct{ Short, Scope, Text string }

type groupView struct {
	openapi.Tag
	Operations []operationView
}

type operationView struct {
	openapi.Operation
	Who        string
	Parameters []parameterView
	Body       *bodyView
	Responses  []responseView
}

type parameterView struct {
	Name, In, Words, Description, Example string
	Required                              bool
}

type bodyView struct {
	Description string
	Contents    []contentView
}

type contentView struct {
	Type     string
	Words    string // of a body that has no members
	Members  []member
	Examples []exampleView
}

type exampleView struct{ Title, Text string }

type responseView struct {
	Status, Name, Description string
	Problems                  []string
	Headers                   []parameterView
	Contents                  []contentView
}

func (b *book) api(d openapi.Description) apiView {
	v := apiView{frame: b.frame(d.Info.Title, d.Name, 1), Info: d.Info, Base: b.publicURL}
	s := shapes{d.Components.Schemas}
	for _, tag := range d.Tags {
		g := groupView{Tag: tag}
		for _, o := range d.Operations {
			if slices.Contains(o.Tags, tag.Name) {
				g.Operations = append(g.Operations, s.operation(o))
			}
		}
		v.Groups = append(v.Groups, g)
	}
	for _, scheme := range d.Components.SecuritySchemes {
		scopes := scheme.Flows.ClientCredentials.Scopes
		for _, scope := range slices.Sorted(maps.Keys(scopes)) {
			v.Scopes = append(v.Scopes, scopeView{Short: short(scope), Scope: scope, Text: scopes[scope]})
		}
	}
	return v
}

// short is the last part of a scope that is an address.
func short(scope string) string {
	if strings.HasPrefix(scope, "https://") {
		return path.Base(scope)
	}
	return scope
}

func (s shapes) operation(o openapi.Operation) operationView {
	v := operationView{Operation: o, Who: who(o)}
	for _, p := range o.Parameters {
		v.Parameters = append(v.Parameters, parameterView{
			Name: p.Name, In: p.In, Words: s.words(p.Schema), Description: p.Description, Example: plain(p.Example), Required: p.Required,
		})
	}
	if o.RequestBody != nil {
		v.Body = &bodyView{Description: o.RequestBody.Description, Contents: s.contents(o.RequestBody.Content)}
	}
	for _, status := range slices.Sorted(maps.Keys(o.Responses)) {
		v.Responses = append(v.Responses, s.response(status, o.Responses[status]))
	}
	return v
}

// who says in words who may ask.
func who(o openapi.Operation) string {
	if o.Public() {
		return "Everybody; no token is needed."
	}
	var names []string
	personal := false
	for _, alternative := range o.Security {
		for _, scopes := range alternative {
			personal = personal || len(scopes) == 0
			for _, scope := range scopes {
				names = append(names, "`"+short(scope)+"`")
			}
		}
	}
	var ways []string
	if personal {
		ways = append(ways, "a person with a personal access token")
	}
	if len(names) > 0 {
		ways = append(ways, "a client with a token that has the scope "+strings.Join(names, " or "))
	}
	return "Only " + strings.Join(ways, ", or ") + "."
}

func (s shapes) response(status string, r openapi.Response) responseView {
	v := responseView{Status: status, Name: statusName(status), Description: r.Description, Problems: r.Problems}
	for _, name := range slices.Sorted(maps.Keys(r.Headers)) {
		if strings.HasPrefix(name, "RateLimit-") {
			continue // the same at every answer, and said at the top of the page
		}
		h := r.Headers[name]
		v.Headers = append(v.Headers, parameterView{Name: name, Words: s.words(h.Schema), Description: h.Description, Required: h.Required})
	}
	if len(r.Problems) == 0 { // what a problem looks like is said once
		v.Contents = s.contents(r.Content)
	}
	return v
}

func statusName(status string) string {
	var code int
	if _, err := fmt.Sscan(status, &code); err != nil {
		return ""
	}
	return http.StatusText(code)
}

func (s shapes) contents(content map[string]openapi.Media) []contentView {
	var all []contentView
	for _, mediaType := range slices.Sorted(maps.Keys(content)) {
		media := content[mediaType]
		v := contentView{Type: mediaType, Members: s.members(media.Schema), Examples: examples(media)}
		if len(v.Members) == 0 {
			v.Words = s.explain(media.Schema)
		}
		all = append(all, v)
	}
	return all
}

func examples(media openapi.Media) []exampleView {
	var all []exampleView
	if media.Example != nil {
		all = append(all, exampleView{"Example", plain(media.Example)})
	}
	for _, name := range slices.Sorted(maps.Keys(media.Examples)) {
		title := "Example"
		if summary := media.Examples[name].Summary; summary != "" {
			title += ": " + summary
		}
		all = append(all, exampleView{title, plain(media.Examples[name].Value)})
	}
	return all
}

// plain writes a value as it is sent: a text without quotes, all else as JSON.
func plain(value any) string {
	switch value := value.(type) {
	case nil:
		return ""
	case string:
		return value
	}
	return pretty(value)
}

func pretty(value any) string {
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(value); err != nil {
		return err.Error() // what came out of a document goes into one
	}
	return strings.TrimSuffix(out.String(), "\n")
}
