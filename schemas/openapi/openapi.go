package openapi

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/vierkant/vierkant/schemas"
)

// Names lists the descriptions in the order in which a newcomer reads them.
func Names() []string {
	return []string{"token", "routing-v2", "routing-v1", "submission-v2", "submission-v1", "destination-v2", "destination-v1", "manage-v1", "portal"}
}

// Description is one API.
type Description struct {
	Name       string // like "submission-v2"
	Text       []byte // the OpenAPI document, JSON, which refers to nothing outside of it
	Info       Info
	Tags       []Tag
	Operations []Operation // by path, then by method
	Components Components
}

// Info is what an API says of itself. Description has paragraphs, with code between backticks.
type Info struct{ Title, Version, Summary, Description string }

// Tag is a group of operations.
type Tag struct{ Name, Description string }

// Components are what bodies and tokens refer to.
type Components struct {
	Schemas         map[string]Schema         `json:"schemas"`
	SecuritySchemes map[string]SecurityScheme `json:"securitySchemes"`
}

// Schema is a JSON Schema (2020-12). References in it are "#/components/schemas/…" of the same description.
type Schema map[string]any

// SecurityScheme is how a caller proves who it is: with a token for client credentials or, where there are no flows, with one that a person has.
type SecurityScheme struct {
	Description string
	Flows       struct {
		ClientCredentials struct {
			TokenURL string            `json:"tokenUrl"`
			Scopes   map[string]string // scope to what it is for
		}
	}
}

// Operation is one thing that can be asked for.
type Operation struct {
	Method string `json:"-"`
	Path   string `json:"-"` // below the public URL, like /submission-api/v2/submissions/{submissionId}

	ID          string `json:"operationId"`
	Tags        []string
	Summary     string
	Description string
	Deprecated  bool
	Security    []map[string][]string // alternatives: a scheme and the scopes it needs; none for everybody
	Parameters  []Parameter
	RequestBody *RequestBody
	Responses   map[string]Response // by status: "200", "5XX"
}

// Public says that no token is needed.
func (o Operation) Public() bool { return len(o.Security) == 0 }

// Parameter is one value of a path, a query or the head of a request.
type Parameter struct {
	Name, In, Description string
	Required              bool
	Schema                Schema
	Example               any
}

// RequestBody is what a request carries.
type RequestBody struct {
	Description string
	Required    bool
	Content     map[string]Media // by media type
}

// Response is what may come back.
type Response struct {
	Description string
	Headers     map[string]Header
	Content     map[string]Media // by media type; empty for no body
	Problems    []string         `json:"x-problems"` // codes
}

// Header is one header of a response.
type Header struct {
	Description string
	Required    bool
	Schema      Schema
}

// Media is a body of one media type.
type Media struct {
	Schema   Schema
	Example  any
	Examples map[string]Example
}

// Example is a named example.
type Example struct {
	Summary string
	Value   any
}

// All returns the descriptions of the APIs of an environment, in the order of Names. publicURL is that of the environment, without a slash at its end.
func All(publicURL string) ([]Description, error) {
	all := make([]Description, 0, len(Names()))
	for _, name := range Names() {
		d, err := load(name, publicURL)
		if err != nil {
			return nil, fmt.Errorf("description of %s: %w", name, err)
		}
		all = append(all, d)
	}
	return all, nil
}

func load(name, publicURL string) (Description, error) {
	files, err := schemas.Files()
	if err != nil {
		return Description{}, err
	}
	whole, err := bundle(files, "openapi/"+name+".json", publicURL)
	if err != nil {
		return Description{}, err
	}
	text, err := json.MarshalIndent(whole, "", "  ")
	if err != nil {
		return Description{}, err
	}
	d, err := Read(text, publicURL)
	d.Name, d.Text = name, append(text, '\n')
	return d, err
}

// Read reads a document that refers to nothing outside of it and has one server. Paths of operations begin below publicURL.
func Read(text []byte, publicURL string) (Description, error) {
	var whole map[string]any
	if err := json.Unmarshal(text, &whole); err != nil {
		return Description{}, err
	}
	return decode(whole, publicURL)
}

// pathItem is the operations of one path.
type pathItem struct {
	Parameters []Parameter

	Get, Put, Post, Delete, Patch *Operation
}

func decode(whole map[string]any, publicURL string) (d Description, err error) {
	var document struct {
		Info       Info
		Servers    []struct{ URL string }
		Tags       []Tag
		Paths      map[string]pathItem
		Components Components
	}
	text, err := json.Marshal(follow(whole, whole))
	if err != nil {
		return d, err
	}
	if err := json.Unmarshal(text, &document); err != nil {
		return d, err
	}
	if len(document.Servers) != 1 {
		return d, fmt.Errorf("want one server, there are %d", len(document.Servers))
	}
	d.Info, d.Tags, d.Components = document.Info, document.Tags, document.Components
	root := strings.TrimPrefix(document.Servers[0].URL, publicURL)
	for _, path := range slices.Sorted(maps.Keys(document.Paths)) {
		d.Operations = append(d.Operations, document.Paths[path].operations(root+path)...)
	}
	return d, nil
}

// operations returns those of a path, with the parameters that all of them have.
func (p pathItem) operations(path string) []Operation {
	var all []Operation
	for _, candidate := range []struct {
		method string
		*Operation
	}{
		{http.MethodPost, p.Post}, {http.MethodGet, p.Get}, {http.MethodPut, p.Put}, {http.MethodPatch, p.Patch}, {http.MethodDelete, p.Delete},
	} {
		if candidate.Operation == nil {
			continue
		}
		o := *candidate.Operation
		o.Method, o.Path, o.Parameters = candidate.method, path, slices.Concat(p.Parameters, o.Parameters)
		all = append(all, o)
	}
	return all
}

// Response returns what is described for a status: it itself, or its class like "5XX".
func (o Operation) Response(status int) (key string, r Response, ok bool) {
	key = fmt.Sprint(status)
	if r, ok = o.Responses[key]; ok {
		return key, r, true
	}
	key = key[:1] + "XX"
	r, ok = o.Responses[key]
	return key, r, ok
}
