package routesheet_test

import (
	"bytes"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/vierkant/vierkant/api/routesheet"
	"github.com/vierkant/vierkant/api/wire"
	"github.com/vierkant/vierkant/routing/sheet"
)

func written(t testing.TB, routes ...wire.RouteDraft) string {
	t.Helper()
	var out bytes.Buffer
	w, err := sheet.NewWriter(&out, routesheet.Columns()...)
	for _, r := range routes {
		if err == nil {
			err = routesheet.Write(w, r)
		}
	}
	if err == nil {
		err = w.Flush()
	}
	if err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func TestWhatIsWrittenIsRead(t *testing.T) {
	t.Parallel()
	offline := true
	routes := []wire.RouteDraft{
		{
			Key: "a", DestinationID: "d", Name: "=HYPERLINK(\"http://evil\")", Priority: -3, Offline: &offline,
			From: time.Date(2026, 12, 31, 23, 0, 0, 0, time.UTC), Until: time.Date(2027, 6, 1, 10, 0, 0, 0, time.UTC),
			Coverage: []wire.RouteCoverage{{Services: []string{"urn:a:b", "urn:a:c"}, Regions: []string{"DE05", "DE06"}, Schemas: []string{"https://x/1", "https://x/2"}}},
		},
		{Key: "-c/d", DestinationID: "d", Name: "'=1\n=2", Coverage: []wire.RouteCoverage{{Services: []string{"urn:a:b"}, Regions: []string{"DE"}}}},
		{Key: "b/c", DestinationID: "d", Name: "Amt; \"Stadt\", 'quoted'", Coverage: []wire.RouteCoverage{{Services: []string{"urn:a:b"}, Regions: []string{"DE"}}}},
	}
	text := written(t, routes...)
	file, err := routesheet.Read([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	for i := range file.Routes {
		file.Routes[i].From, file.Routes[i].Until = file.Routes[i].From.UTC(), file.Routes[i].Until.UTC()
	}
	if !reflect.DeepEqual(file.Routes, routes) {
		t.Errorf("got %+v, want %+v, from\n%s", file.Routes, routes, text)
	}
	if strings.Contains(text, ",\"=") || !strings.Contains(text, "2027-01-01,") {
		t.Errorf("a formula is written as one, or a date as a time:\n%s", text)
	}
}
