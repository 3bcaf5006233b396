package exchange_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/vierkant/vierkant/schemas/openapi"
	"github.com/vierkant/vierkant/schemas/openapi/exchange"
)

const publicURL = "https://broker.example.org/x"

// made are the descriptions of all tests; nobody changes them.
var made = sync.OnceValues(func() ([]openapi.Description, error) { return openapi.All(publicURL) })

func all(t *testing.T) []openapi.Description {
	t.Helper()
	all, err := made()
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// A description refers to nothing outside of it, and to nothing in it that is not there.
func TestDescriptionsAreWhole(t *testing.T) {
	t.Parallel()
	for _, d := range all(t) {
		var document map[string]any
		if err := json.Unmarshal(d.Text, &document); err != nil {
			t.Fatal(err)
		}
		for _, reference := range regexp.MustCompile(`"\$ref": "([^"]*)"`).FindAllStringSubmatch(string(d.Text), -1) {
			parts := strings.Split(reference[1], "/")
			if len(parts) != 4 || parts[0] != "#" || parts[1] != "components" {
				t.Errorf("%s: got the reference %s", d.Name, reference[1])
				continue
			}
			kind, _ := document["components"].(map[string]any)[parts[2]].(map[string]any)
			if kind[parts[3]] == nil {
				t.Errorf("%s: the reference %s leads nowhere", d.Name, reference[1])
			}
		}
		if bytes.Contains(d.Text, []byte("vierkant.example")) || bytes.Contains(d.Text, []byte("common.json")) {
			t.Errorf("%s: got traces of what it was made of", d.Name)
		}
	}
}

// Every operation has a name of its own, a known group, words, and an example of every body that has members.
func TestOperations(t *testing.T) {
	t.Parallel()
	judge := exchange.New(all(t))
	for _, d := range all(t) {
		names, tags := map[string]bool{}, map[string]bool{}
		for _, tag := range d.Tags {
			tags[tag.Name] = true
		}
		if len(d.Operations) == 0 {
			t.Errorf("%s: got no operations", d.Name)
		}
		for _, o := range d.Operations {
			if names[o.ID] || o.ID == "" || len(o.Tags) != 1 || !tags[o.Tags[0]] || o.Summary == "" || len(o.Description) < 10 {
				t.Errorf("%s: %s %s is not whole: %q %q %q", d.Name, o.Method, o.Path, o.ID, o.Tags, o.Summary)
			}
			names[o.ID] = true
			checkPath(t, o)
			if o.RequestBody != nil {
				checkContent(t, judge, d, o, "request", o.RequestBody.Content)
			}
			for status, r := range o.Responses {
				checkContent(t, judge, d, o, status, r.Content)
				_, problem := r.Content["application/problem+json"]
				if problem != (len(r.Problems) > 0) && o.ID != "searchAreas" { // its success is called so too (FIT-Connect contract 5.3)
					t.Errorf("%s %s %s: is a problem by one of content and codes only", o.Method, o.Path, status)
				}
			}
		}
	}
}

// checkPath asks for a parameter for each name in a path, and the other way round.
func checkPath(t *testing.T, o openapi.Operation) {
	t.Helper()
	named := map[string]bool{}
	for _, p := range o.Parameters {
		if p.In == "path" {
			named[p.Name] = true
		}
		if p.Description == "" || len(p.Schema) == 0 {
			t.Errorf("%s %s: the parameter %s is not whole", o.Method, o.Path, p.Name)
		}
	}
	for _, name := range regexp.MustCompile(`\{([^}]*)\}`).FindAllStringSubmatch(o.Path, -1) {
		if !named[name[1]] {
			t.Errorf("%s %s: no parameter %s", o.Method, o.Path, name[1])
		}
		delete(named, name[1])
	}
	if len(named) > 0 {
		t.Errorf("%s %s: got parameters that the path does not have: %v", o.Method, o.Path, named)
	}
}

func checkContent(t *testing.T, judge *exchange.Judge, d openapi.Description, o openapi.Operation, where string, content map[string]openapi.Media) {
	t.Helper()
	for mediaType, media := range content {
		examples := []any{}
		if media.Example != nil {
			examples = append(examples, media.Example)
		}
		for _, one := range media.Examples {
			examples = append(examples, one.Value)
		}
		if len(examples) == 0 && mediaType != "application/x-ndjson" && strings.HasSuffix(mediaType, "json") {
			t.Errorf("%s %s %s: no example of %s", o.Method, o.Path, where, mediaType)
		}
		for _, example := range examples {
			if err := judge.Validate(d, media.Schema, example); err != nil {
				t.Errorf("%s %s %s: the example breaks its schema: %v", o.Method, o.Path, where, err)
			}
		}
	}
}

// good is an exchange as it should be.
func good() exchange.Exchange {
	return exchange.Exchange{
		Method: http.MethodGet, Path: "/routing-api/v2/areas", Query: "areaSearchexpression=Mag*", Status: http.StatusOK,
		Header: http.Header{
			"Content-Type": {"application/problem+json"}, "X-Request-Id": {"x"},
			"Ratelimit-Limit": {"20"}, "Ratelimit-Remaining": {"3"}, "Ratelimit-Reset": {"14"},
		},
		Body: []byte(`{"count":1,"offset":0,"totalCount":1,"areas":[{"id":"15003","name":"Magdeburg","type":"Kreisfreie Stadt"}]}`),
	}
}

func TestJudge(t *testing.T) {
	t.Parallel()
	problem := func(status int, code string) func(*exchange.Exchange) {
		return func(e *exchange.Exchange) {
			e.Status = status
			e.Header.Set("Content-Type", "application/problem+json")
			e.Header.Set("Link", "<"+publicURL+"/docs/problems/"+code+`>; rel="help"`)
			e.Body = fmt.Appendf(nil, `{"type":"https://x/%s","title":"x","status":%d}`, code, status)
		}
	}
	for name, c := range map[string]struct {
		change func(*exchange.Exchange)
		want   string // part of the only complaint; "" for none
	}{
		"as it should be":       {func(*exchange.Exchange) {}, ""},
		"a problem":             {problem(400, "bad-request"), ""},
		"of a class":            {problem(500, "internal-server-error"), ""},
		"HEAD":                  {func(e *exchange.Exchange) { e.Method, e.Body = http.MethodHead, nil }, ""},
		"no such path":          {func(e *exchange.Exchange) { e.Path += "/x"; e.Status = 404 }, ""},
		"path that is secret":   {func(e *exchange.Exchange) { e.Path += "/x" }, "is not described and answers 200"},
		"method that is secret": {func(e *exchange.Exchange) { e.Method = http.MethodDelete }, "is not described and answers 200"},
		"secret status":         {func(e *exchange.Exchange) { e.Status = 418 }, "which is not described"},
		"secret problem":        {problem(400, "weather"), `the problem "weather" is not listed`},
		"secret header":         {func(e *exchange.Exchange) { e.Header.Set("X-Secret", "x") }, "the header X-Secret is not described"},
		"no header":             {func(e *exchange.Exchange) { e.Header.Del("RateLimit-Reset") }, "the header RateLimit-Reset is missing"},
		"wrong header":          {func(e *exchange.Exchange) { e.Header.Set("RateLimit-Reset", "soon") }, "the header RateLimit-Reset"},
		"other media type":      {func(e *exchange.Exchange) { e.Header.Set("Content-Type", "text/plain") }, `the media type "text/plain" is not described`},
		"no JSON":               {func(e *exchange.Exchange) { e.Body = []byte("x") }, "the answer: invalid"},
		"wrong member":          {func(e *exchange.Exchange) { e.Body = bytes.Replace(e.Body, []byte("15003"), []byte("x"), 1) }, "the answer: "},
		"secret member": {
			func(e *exchange.Exchange) { e.Body = bytes.Replace(e.Body, []byte(`"id"`), []byte(`"x":1,"id"`), 1) },
			"the member /areas/*/x, which is not described",
		},
		"secret parameter":    {func(e *exchange.Exchange) { e.Query += "&x=1" }, "the parameter x was taken and is not described"},
		"parameter missing":   {func(e *exchange.Exchange) { e.Query = "" }, "taken without the parameter areaSearchexpression"},
		"parameter too large": {func(e *exchange.Exchange) { e.Query += "&limit=501" }, "the parameter limit was taken"},
		"list too long":       {func(e *exchange.Exchange) { e.Query = strings.Repeat("areaSearchexpression=ab&", 11) }, "areaSearchexpression was taken"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := good()
			c.change(&e)
			got := exchange.New(all(t)).Check(e)
			if c.want == "" && len(got) > 0 || c.want != "" && (len(got) != 1 || !strings.Contains(got[0], c.want)) {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestJudgeReadsBodies(t *testing.T) {
	t.Parallel()
	token := exchange.Exchange{
		Method: http.MethodPost, Path: "/token", ContentType: "application/x-www-form-urlencoded", Sent: []byte("grant_type=client_credentials&client_id=x&client_secret=y"),
		Status: http.StatusOK, Header: http.Header{
			"Content-Type": {"application/json"}, "Pragma": {"no-cache"}, "Ratelimit-Limit": {"20"}, "Ratelimit-Remaining": {"3"}, "Ratelimit-Reset": {"14"},
		},
		Body: []byte(`{"access_token":"x","token_type":"Bearer","expires_in":1800,"scope":"x"}`),
	}
	judge := exchange.New(all(t))
	if got := judge.Check(token); len(got) > 0 {
		t.Errorf("got %q", got)
	}
	token.Sent = []byte("grant_type=password")
	if got := judge.Check(token); len(got) != 1 || !strings.Contains(got[0], "the request that was taken") {
		t.Errorf("got %q", got)
	}
	token.ContentType = "text/plain"
	if got := judge.Check(token); len(got) != 1 || !strings.Contains(got[0], "was taken and is not described") {
		t.Errorf("got %q", got)
	}
}

func TestUnseen(t *testing.T) {
	t.Parallel()
	judge := exchange.New(all(t))
	before := judge.Unseen()
	judge.Check(good())
	after := judge.Unseen()
	if len(after) != len(before)-1 || strings.Contains(strings.Join(after, "\n"), "GET /routing-api/v2/areas 200") {
		t.Errorf("got %d unseen answers, then %d", len(before), len(after))
	}
}

func BenchmarkCheck(b *testing.B) {
	all, err := made()
	if err != nil {
		b.Fatal(err)
	}
	judge := exchange.New(all)
	for b.Loop() {
		judge.Check(good())
	}
}
