package exchange_test

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/vierkant/vierkant/schemas/openapi"
	"github.com/vierkant/vierkant/schemas/openapi/exchange"
)

// differences from the published specification of generation 1 that are meant, and why. What is not on the list has to be alike.
var differences = map[string]string{
	"POST /v1/destinations: answers 409, 413, 415":                "limits of number, size and type have statuses of their own",
	"PUT /v1/destinations/{}: answers 409, 413, 415":              "a status that cannot be reached is a conflict; limits of size and type",
	"PATCH /v1/destinations/{}: answers 409, 413, 415":            "as with PUT",
	"DELETE /v1/destinations/{}: answers 409":                     "only what is created can be deleted: a conflict",
	"POST /v1/destinations/{}/keys: answers 409, 413, 415":        "another key with the same id is a conflict; limits of size and type",
	"GET /v1/destinations: answers 400":                           "limit and offset have bounds, and their breach a status (conformance cases 17, 18)",
	"GET /v1/destinations/{}: answers 400":                        "an id that is no UUID (conformance case 21)",
	"GET /v1/destinations/{}/keys/{}: answers 400":                "an id that is no UUID (conformance case 21)",
	"GET /v1/destinations/{}/keys/{}: path keyId is " + longKeyID: "ids of keys have up to 64 characters (3.1), and such are in use",
	"GET /v1/submissions: answers 400, 404":                       "bounds of the page, and a destination that there is not",
	"POST /v1/submissions: answers 415":                           "another content type than JSON is told as such, as with the other bodies",
	"PUT /v1/submissions/{}: answers 409":                         "a second submit with other bytes (16)",
	"PUT /v1/submissions/{}/attachments/{}: answers 404":          "a submission that there is not; the specification declares no status for it (3.1)",
	"GET /v1/cases/{}/events: answers 400":                        "bounds of the page",
	"POST /v1/cases/{}/events: answers 413, 415":                  "limits of size and type have statuses of their own",
}

const longKeyID = "required true, <nil> to <nil>, 8 to 64 characters, published as required true, <nil> to <nil>, 8 to 36 characters"

// additions are operations that were added after the specification was published (FIT-Connect contract 3.1, 3.6).
var additions = []string{"/v1/cases", "/v1/cases/{}", "/v1/replies"}

// publishedOperation is what of an operation is compared.
type publishedOperation struct {
	statuses   []string
	parameters map[string]string // "query limit" to its bounds
	request    []string          // members that a body must have
	answer     []string          // members that the answer to success must have
}

// compared describes an operation of either document in the same words.
func compared(o openapi.Operation, components map[string]openapi.Schema) publishedOperation {
	p := publishedOperation{parameters: map[string]string{}}
	for _, parameter := range o.Parameters {
		s := schemaOf(components, parameter.Schema)
		bounds := fmt.Sprintf("required %v, %v to %v, %v to %v characters", parameter.Required, s["minimum"], s["maximum"], s["minLength"], s["maxLength"])
		p.parameters[parameter.In+" "+parameter.Name] = bounds
	}
	if o.RequestBody != nil {
		p.request = required(components, o.RequestBody.Content)
	}
	for _, status := range slices.Sorted(maps.Keys(o.Responses)) {
		if p.statuses = append(p.statuses, status); strings.HasPrefix(status, "20") && status != "206" {
			p.answer = required(components, o.Responses[status].Content)
		}
	}
	return p
}

func required(components map[string]openapi.Schema, content map[string]openapi.Media) []string {
	all := map[string]bool{}
	for _, media := range content {
		collectRequired(components, media.Schema, all)
	}
	return slices.Sorted(maps.Keys(all))
}

// collectRequired follows references; what only one of several branches asks for is left out.
func collectRequired(components map[string]openapi.Schema, schema openapi.Schema, into map[string]bool) {
	names, _ := schema["required"].([]any)
	for _, name := range names {
		into[fmt.Sprint(name)] = true
	}
	if reference, ok := schema["$ref"].(string); ok {
		collectRequired(components, components[reference[strings.LastIndexByte(reference, '/')+1:]], into)
	}
	parts, _ := schema["allOf"].([]any)
	for _, part := range parts {
		if below, ok := part.(map[string]any); ok {
			collectRequired(components, below, into)
		}
	}
	collectCommon(components, schema, into)
}

func collectCommon(components map[string]openapi.Schema, schema openapi.Schema, into map[string]bool) {
	count := map[string]int{}
	branches := 0
	for _, keyword := range []string{"anyOf", "oneOf"} {
		parts, _ := schema[keyword].([]any)
		branches += len(parts)
		for _, part := range parts {
			of := map[string]bool{}
			below, _ := part.(map[string]any)
			collectRequired(components, below, of)
			for name := range of {
				count[name]++
			}
		}
	}
	for name, n := range count {
		if n == branches {
			into[name] = true
		}
	}
}

func schemaOf(components map[string]openapi.Schema, schema openapi.Schema) openapi.Schema {
	if reference, ok := schema["$ref"].(string); ok {
		return components[reference[strings.LastIndexByte(reference, '/')+1:]]
	}
	return schema
}

// TestGeneration1AsPublished compares the description of generation 1 with the specification that was published for it, where that lies
// beside the repository.
func TestGeneration1AsPublished(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../../../../shared/data/schemas/submission-api-1.1.3.yaml")
	if errors.Is(err, fs.ErrNotExist) {
		t.Skip("the published specification is not there")
	}
	if err != nil {
		t.Fatal(err)
	}
	theirs := readPublished(t, text)
	ours := map[string]publishedOperation{}
	for _, d := range all(t) {
		if d.Name != "submission-v1" {
			continue
		}
		for _, o := range d.Operations {
			ours[o.Method+" "+nameless(strings.TrimPrefix(o.Path, "/submission-api"))] = compared(o, d.Components.Schemas)
		}
	}
	found := map[string]bool{}
	for name, published := range theirs {
		for _, difference := range differ(name, published, ours[name]) {
			if found[difference] = true; differences[difference] == "" {
				t.Errorf("%s, which is not on the list of differences", difference)
			}
		}
	}
	for name := range ours {
		if _, published := theirs[name]; !published && !added(name) {
			t.Errorf("%s is described and was not published", name)
		}
	}
	for difference := range differences {
		if !found[difference] {
			t.Errorf("%s is on the list of differences and there is none", difference)
		}
	}
}

func added(name string) bool {
	_, path, _ := strings.Cut(name, " ")
	return slices.ContainsFunc(additions, func(a string) bool { return path == a || a == "/v1/replies" && strings.HasPrefix(path, a+"/") })
}

// differ names what is there in one and not in the other: statuses and parameters that we lack or have more, members that must be there.
func differ(name string, theirs, ours publishedOperation) []string {
	var all []string
	note := func(what string, names []string) {
		if len(names) > 0 {
			all = append(all, name+": "+what+" "+strings.Join(names, ", "))
		}
	}
	note("does not answer", without(theirs.statuses, ours.statuses))
	note("answers", without(ours.statuses, append(slices.Clone(theirs.statuses), "5XX", "206", "304", "412", "416", "429")))
	note("request requires", without(ours.request, theirs.request))
	note("request does not require", without(theirs.request, ours.request))
	note("answer may lack", without(theirs.answer, ours.answer))
	for parameter, bounds := range theirs.parameters {
		if got := ours.parameters[parameter]; got != bounds {
			note(parameter+" is "+got+", published as", []string{bounds})
		}
	}
	return all
}

func without(all, known []string) []string {
	return slices.DeleteFunc(slices.Clone(all), func(one string) bool { return slices.Contains(known, one) })
}

// nameless makes the parameters of a path alike.
func nameless(path string) string {
	steps := strings.Split(path, "/")
	for i, step := range steps {
		if strings.HasPrefix(step, "{") {
			steps[i] = "{}"
		}
	}
	return strings.Join(steps, "/")
}

func readPublished(t *testing.T, text []byte) map[string]publishedOperation {
	t.Helper()
	d, err := exchange.Published(text)
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]publishedOperation{}
	for _, o := range d.Operations {
		all[o.Method+" "+nameless(o.Path)] = compared(o, d.Components.Schemas)
	}
	return all
}
