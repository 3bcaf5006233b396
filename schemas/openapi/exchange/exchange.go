package exchange

import (
	"encoding/json"
	"fmt"
	"maps"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/vierkant/vierkant/schemas/openapi"
)

// Exchange is one request and its answer. Path lies below the public URL.
type Exchange struct {
	Method, Path, Query string
	ContentType         string // of the request
	Sent                []byte // body of the request; nil if there was none or it was not kept
	Status              int
	Header              http.Header // of the answer
	Body                []byte
}

// Judge holds exchanges against descriptions, and remembers what it saw. It may be used by many goroutines.
type Judge struct {
	operations []operation
	schemas    *compiler

	mu   sync.Mutex // guards what follows
	seen map[string]bool
}

// operation is one of a description.
type operation struct {
	openapi.Operation
	scope
}

// New returns a judge by the descriptions.
func New(all []openapi.Description) *Judge {
	j := &Judge{schemas: newCompiler(), seen: map[string]bool{}}
	for _, d := range all {
		for _, o := range d.Operations {
			j.operations = append(j.operations, operation{o, scope{d.Name, d.Components.Schemas}})
		}
	}
	return j
}

// Check returns what of an exchange is not as it is described. A path or method that is not described has to be refused as such.
func (j *Judge) Check(e Exchange) []string {
	var complaints []string
	o, known := j.find(e.Method, e.Path)
	if !known {
		if !slices.Contains([]int{http.StatusNotFound, http.StatusMethodNotAllowed, http.StatusBadRequest, http.StatusTooManyRequests}, e.Status) {
			complaints = append(complaints, fmt.Sprintf("%s %s is not described and answers %d", e.Method, e.Path, e.Status))
		}
		return complaints
	}
	key, response, ok := o.Response(e.Status)
	if !ok {
		return []string{fmt.Sprintf("%s %s answers %d, which is not described: %.300s", o.Method, o.Path, e.Status, e.Body)}
	}
	j.note(o, key)
	c := check{judge: j, operation: o, at: fmt.Sprintf("%s %s, %d", o.Method, o.Path, e.Status)}
	c.answer(response, e)
	if e.Status < http.StatusMultipleChoices {
		c.request(e)
	}
	return c.complaints
}

func (j *Judge) note(o operation, status string) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.seen[key(o, status)] = true
}

func key(o operation, status string) string { return o.Method + " " + o.Path + " " + status }

// Unseen lists the described answers that no exchange had, like "GET /routing-api/v2/areas 5XX".
func (j *Judge) Unseen() []string {
	j.mu.Lock()
	defer j.mu.Unlock()
	unseen := map[string]bool{}
	for _, o := range j.operations {
		for status := range o.Responses {
			if !j.seen[key(o, status)] {
				unseen[key(o, status)] = true
			}
		}
	}
	return slices.Sorted(maps.Keys(unseen))
}

// find returns the operation of a path. What answers GET answers HEAD alike.
func (j *Judge) find(method, path string) (operation, bool) {
	if method == http.MethodHead {
		method = http.MethodGet
	}
	for _, o := range j.operations {
		if o.Method == method && matches(o.Path, path) {
			return o, true
		}
	}
	return operation{}, false
}

func matches(template, path string) bool {
	want, got := strings.Split(template, "/"), strings.Split(path, "/")
	if len(want) != len(got) {
		return false
	}
	for i := range want {
		if parameter := strings.HasPrefix(want[i], "{"); parameter && got[i] == "" || !parameter && got[i] != want[i] {
			return false
		}
	}
	return true
}

// check is the judgement of one exchange.
type check struct {
	judge      *Judge
	operation  operation
	at         string
	complaints []string
}

func (c *check) complain(format string, args ...any) {
	c.complaints = append(c.complaints, c.at+": "+fmt.Sprintf(format, args...))
}

func (c *check) answer(r openapi.Response, e Exchange) {
	c.headers(r, e.Header)
	if e.Method == http.MethodHead {
		return
	}
	mediaType, _, _ := mime.ParseMediaType(e.Header.Get("Content-Type"))
	media, described := r.Content[mediaType]
	switch {
	case len(r.Content) == 0 && len(e.Body) > 0:
		c.complain("a body of %d bytes is not described", len(e.Body))
	case len(r.Content) > 0 && !described:
		c.complain("the media type %q is not described", mediaType)
	case described:
		c.body("the answer", mediaType, media.Schema, e.Body, true)
	}
	if e.Status >= http.StatusBadRequest && mediaType == "application/problem+json" { // a list of areas is called so too (FIT-Connect contract 5.3)
		c.code(r, e.Body)
	}
}

// code asks whether the problem is one of those that are listed.
func (c *check) code(r openapi.Response, body []byte) {
	var document struct{ Type string }
	_ = json.Unmarshal(body, &document) // its shape was looked at
	code := document.Type[strings.LastIndexByte(document.Type, '/')+1:]
	if !slices.Contains(r.Problems, code) {
		c.complain("the problem %q is not listed", code)
	}
}

// body judges a body; every member must be described in what we answer.
func (c *check) body(what, mediaType string, schema openapi.Schema, body []byte, all bool) {
	value, err := decode(mediaType, body)
	if err != nil {
		c.complain("%s: %v", what, err)
		return
	}
	if err := c.judge.schemas.judge(c.operation.scope, schema, value); err != nil {
		c.complain("%s: %v", what, err)
	}
	if !all {
		return
	}
	for _, member := range c.operation.missing([]openapi.Schema{schema}, value, "") {
		c.complain("%s has the member %s, which is not described", what, member)
	}
}

// decode reads a body as what schemas speak of: JSON as it is, a form as an object, all else as a string.
func decode(mediaType string, body []byte) (value any, err error) {
	switch {
	case mediaType == "application/json", strings.HasSuffix(mediaType, "+json"):
		err = json.Unmarshal(body, &value)
		return value, err
	case mediaType == "application/x-www-form-urlencoded":
		form, err := url.ParseQuery(string(body))
		object := map[string]any{}
		for name := range form {
			object[name] = form.Get(name)
		}
		return object, err
	}
	return string(body), nil
}

func (c *check) headers(r openapi.Response, got http.Header) {
	for name, header := range r.Headers {
		values := got.Values(name)
		if len(values) == 0 {
			if header.Required {
				c.complain("the header %s is missing", name)
			}
			continue
		}
		if err := c.text(header.Schema, values[0]); err != nil {
			c.complain("the header %s: %v", name, err)
		}
	}
	for name := range got {
		if !describes(r, name) && !slices.Contains(everywhere(), name) {
			c.complain("the header %s is not described", name)
		}
	}
}

// describes compares as HTTP does: without regard to capitals.
func describes(r openapi.Response, name string) bool {
	for described := range r.Headers {
		if http.CanonicalHeaderKey(described) == name {
			return true
		}
	}
	return false
}

// everywhere lists headers that HTTP itself needs, or that every answer has alike.
func everywhere() []string {
	return []string{
		"Content-Type", "Content-Length", "Date", "Transfer-Encoding", "Connection", "Cache-Control", "X-Request-Id", "Vierkant-Maintenance",
		"X-Content-Type-Options", "Content-Security-Policy", "Referrer-Policy", "Strict-Transport-Security",
	}
}

// text judges the value of a parameter or a header.
func (c *check) text(schema openapi.Schema, text string) error {
	return c.judge.schemas.judge(c.operation.scope, schema, typed(c.operation.scope, schema, text))
}

// typed reads a text as the number or the truth value that its schema asks for, if it is one.
func typed(in scope, schema openapi.Schema, text string) any {
	for _, s := range in.expand([]openapi.Schema{schema}) {
		var number json.Number
		if s["type"] == "integer" && json.Unmarshal([]byte(text), &number) == nil {
			return number
		}
		if truth, err := strconv.ParseBool(text); s["type"] == "boolean" && err == nil {
			return truth
		}
	}
	return text
}

// request judges what was taken.
func (c *check) request(e Exchange) {
	query, err := url.ParseQuery(e.Query)
	if err != nil {
		c.complain("the query %q was taken", e.Query)
		return
	}
	known := map[string]openapi.Parameter{}
	for _, p := range c.operation.Parameters {
		if p.In == "query" {
			known[p.Name] = p
		}
	}
	for name, p := range known {
		c.parameter(p, query[name])
	}
	for name := range query {
		if _, described := known[name]; !described {
			c.complain("the parameter %s was taken and is not described", name)
		}
	}
	c.sent(e)
}

func (c *check) parameter(p openapi.Parameter, values []string) {
	if len(values) == 0 {
		if p.Required {
			c.complain("the request was taken without the parameter %s", p.Name)
		}
		return
	}
	if p.Schema["type"] == "array" {
		list := make([]any, len(values))
		for i, value := range values {
			list[i] = value
		}
		if err := c.judge.schemas.judge(c.operation.scope, p.Schema, list); err != nil {
			c.complain("the parameter %s was taken: %v", p.Name, err)
		}
		return
	}
	if err := c.text(p.Schema, values[0]); err != nil {
		c.complain("the parameter %s was taken: %v", p.Name, err)
	}
}

func (c *check) sent(e Exchange) {
	body := c.operation.RequestBody
	if body == nil {
		return // one that nobody asked for is not looked at
	}
	if !body.Required && e.ContentType == "" {
		return
	}
	mediaType, _, _ := mime.ParseMediaType(e.ContentType)
	media, described := body.Content[mediaType]
	if !described {
		c.complain("the media type %q was taken and is not described", mediaType)
		return
	}
	if e.Sent != nil && mediaType != "multipart/form-data" {
		c.body("the request that was taken", mediaType, media.Schema, e.Sent, false)
	}
}
