package api_test

import (
	"flag"
	"fmt"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/schemas/openapi"
)

// TestManagementRefuses asks everything that is described in all ways that are wrong for the same reason everywhere.
func TestManagementRefuses(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	own := map[string]string{"org": string(w.reader.org)}
	owner, person := w.human(own["org"], "owner")
	platform, operator := w.human("", "")
	w.operate(http.MethodPost, "/people/"+operator+"/appoint", "").want(t, 200)
	own["person"], own["revision"] = person, "1"
	for _, o := range managed(t) {
		ask := func(who client, path, body string, options ...option) answer {
			return w.call(o.Method, path, body, append(options, as(who))...)
		}
		path, body := filled(o, own), ""
		if o.RequestBody != nil && o.RequestBody.Content["application/json"].Schema == nil {
			refusesFiles(t, w, path)
			continue
		}
		if o.RequestBody != nil {
			body = "{"
			ask(owner, path, strings.Repeat(" ", bound(o)+1)).wantProblem(t, 413, "payload-too-large", "bytes")
			ask(owner, path, "x", typed("text/plain")).wantProblem(t, 415, "unsupported-media-type", "application/json")
			ask(owner, path, body).want(t, 400)
		}
		if o.Public() {
			continue
		}
		ask(client{}, path, body).wantProblem(t, 401, "unauthorized", "token")
		if o.ID != "diagnose" { // which whoever is a party may ask, with whatever scope
			ask(w.reader, path, body).wantProblem(t, 403, "forbidden", "scope")
		}
		for _, p := range o.Parameters {
			if p.Name == "limit" {
				ask(owner, path+"?limit=x", exampleBody(t, o)).wantProblem(t, 400, "bad-request", "limit")
			}
			if p.In != "path" || p.Name == "key" || p.Name == "kid" || p.Name == "revision" || p.Name == "point" { // these are no UUIDs
				continue
			}
			ask(owner, filled(o, own, p.Name, "x"), exampleBody(t, o)).wantProblem(t, 400, "bad-request", "UUID")
			unknown := filled(o, own, p.Name, broker.NewID[string]())
			if a := ask(owner, unknown, exampleBody(t, o)); a.status != http.StatusNotFound { // who is not to know is told something else
				ask(platform, unknown, exampleBody(t, o)).want(t, 404)
			}
		}
	}
}

// bound is how long the body of an operation may be, in bytes: longer where it can be all routes of an organisation.
func bound(o openapi.Operation) int {
	if slices.Contains([]string{"planRoutes", "applyRoutes", "previewChanges", "keepRoutesDraft"}, o.ID) {
		return 16 << 20
	}
	return 1 << 20
}

// managed are the operations of the management API.
func managed(t *testing.T) []openapi.Operation {
	t.Helper()
	for _, d := range must(openapi.All(publicURL))(t) {
		if d.Name == "manage-v1" {
			return d.Operations
		}
	}
	t.Fatal("the management API is not described")
	return nil
}

// filled is the path of an operation with what stands for its parameters: one that is given, one that is there, or nobody's.
func filled(o openapi.Operation, own map[string]string, given ...string) string {
	path := o.Path
	for _, p := range o.Parameters {
		value := own[p.Name]
		switch {
		case len(given) == 2 && given[0] == p.Name:
			value = given[1]
		case value == "":
			value = broker.NewID[string]()
		}
		path = strings.ReplaceAll(path, "{"+p.Name+"}", value)
	}
	return path
}

// exampleBody is a body that is described as an example.
func exampleBody(t *testing.T, o openapi.Operation) string {
	t.Helper()
	if o.RequestBody == nil {
		return ""
	}
	for _, example := range o.RequestBody.Content["application/json"].Examples {
		return text(t, example.Value)
	}
	t.Fatalf("%s has no example of its body", o.ID)
	return ""
}

// TestMain asks at the end of a whole run for what is described of the management API and was seen by no test.
func TestMain(m *testing.M) {
	status := m.Run()
	if status == 0 && flag.Lookup("test.run").Value.String() == "" && flag.Lookup("test.bench").Value.String() == "" {
		status = unseenManagement()
	}
	os.Exit(status)
}

func unseenManagement() (status int) {
	j, err := judge()
	if err != nil {
		fmt.Println(err)
		return 1
	}
	for _, unseen := range j.Unseen() {
		_, path, _ := strings.Cut(unseen, " ")
		excused := slices.ContainsFunc([]string{" 429", " 5XX"}, func(end string) bool { return strings.HasSuffix(unseen, end) })
		if strings.HasPrefix(path, management) && !excused {
			fmt.Println(unseen, "is described and was not seen")
			status = 1
		}
	}
	return status
}
