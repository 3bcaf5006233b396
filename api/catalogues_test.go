package api_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/vierkant/vierkant/api"
	"github.com/vierkant/vierkant/api/wire"
	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/broker/catalogues"
	"github.com/vierkant/vierkant/routing/area"
	"github.com/vierkant/vierkant/routing/catalogue"
)

// importedAreas has the Routing API find what is imported.
func importedAreas(_ *brokerConfig, a *apiConfig) { a.Routing.Areas = a.Management.Catalogues.Areas }

// part is one of a form: a file, unless its name is attribution.
type part struct{ name, content string }

func form(t testing.TB, parts ...part) (contentType, body string) {
	t.Helper()
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	for _, p := range parts {
		to := must(w.CreateFormFile(p.name, p.name+".csv"))(t)
		if _, err := to.Write([]byte(p.content)); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return w.FormDataContentType(), b.String()
}

// bring uploads a form as the operator.
func (w *world) bring(path string, parts ...part) answer {
	w.t.Helper()
	contentType, body := form(w.t, parts...)
	return w.bringRaw(path, contentType, body)
}

func (w *world) bringRaw(path, contentType, body string) answer {
	w.t.Helper()
	r := httptest.NewRequest(http.MethodPost, management+path, strings.NewReader(body))
	r.Header.Set("Content-Type", contentType)
	return w.operateWith(r)
}

// operateWith asks as the operator, and holds the answer against the description.
func (w *world) operateWith(r *http.Request) answer {
	w.t.Helper()
	if w.operator == nil {
		w.operator = must(api.Operator(w.surface))(w.t)
	}
	asked := *r.URL
	got := httptest.NewRecorder()
	w.operator.ServeHTTP(got, r)
	a := answer{w.t, got.Code, got.Header(), got.Body.Bytes(), "POST " + asked.Path}
	r.URL = &asked
	checkDescribed(w.t, r, nil, counted(a))
	return a
}

// counted has the headers that only requests over the network get.
func counted(a answer) answer {
	a.header = a.header.Clone()
	for _, name := range []string{"RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset"} {
		if a.header.Get(name) == "" {
			a.header.Set(name, "1")
		}
	}
	return a
}

const areaRows = "ars,ags,name,kind,parent_ars,postal_code\n09,09,Bayern,Land,,\n"

func TestImportAreas(t *testing.T) {
	t.Parallel()
	w := newWorld(t, importedAreas)
	list := part{"areas", areaRows + "091620000001,09162001,Altdorf,Stadt,09,80001\n"}
	postcodes := part{"postcodes", "postal_code,ags\n80009,09162001\n99999,09999999\n"}

	var planned, done, again wire.AreaImport
	w.bring("/areas/import?plan=true", list, postcodes).want(t, 200).decode(&planned)
	if planned.Applied || planned.Added.TotalCount != 1 || planned.Removed.TotalCount < 100 || planned.Notes.TotalCount != 1 {
		t.Errorf("planned %+v", planned)
	}
	search := "/routing-api/v2/areas?areaSearchexpression=80009"
	var found wire.AreaList
	w.call(http.MethodGet, search, "").decode(&found)
	if found.TotalCount != 0 {
		t.Errorf("after a plan the area is found")
	}
	w.bring("/areas/import", postcodes, list, part{"attribution", "Muster"}).want(t, 200).decode(&done)
	if done.After.Areas != 2 || !done.Applied || fmt.Sprint(done.Added) != fmt.Sprint(planned.Added) {
		t.Errorf("done %+v", done)
	}
	w.call(http.MethodGet, search, "").decode(&found)
	if found.TotalCount != 1 || found.Areas[0].ARS != "091620000001" {
		t.Errorf("found %+v, want Altdorf by its postcode", found)
	}
	w.bring("/areas/import", list, postcodes, part{"attribution", "Muster"}).want(t, 200).decode(&again)
	if again.Applied {
		t.Error("the same again was applied")
	}
	var state wire.AreaCatalogue
	w.call(http.MethodGet, management+"/areas", "", as(w.subscriber)).decode(&state)
	if state.Sample || state.ImportedBy != "operator" || state.Attribution != "Muster" || state.Postcodes != 2 || len(state.Digest) != 64 {
		t.Errorf("in force: %+v", state)
	}
}

func TestImportServices(t *testing.T) {
	t.Parallel()
	w := newWorld(t, importedAreas)
	var list wire.ServiceList
	w.call(http.MethodGet, management+"/services?search=gewerbe%20anmelden&limit=1", "", as(w.subscriber)).decode(&list)
	if !list.Catalogue.Sample || list.Count != 1 || list.TotalCount != 2 || list.Services[0].URN != service {
		t.Errorf("found %+v", list)
	}
	var came wire.ServiceImport
	w.bring("/services/import", part{"services", "key,name\n99999999999991,Eins\n99999999999992,Zwei\n"}, part{"services", "key,name\nurn:example:three,Drei\n"}).
		want(t, 200).decode(&came)
	if !came.Applied || came.Services != 3 {
		t.Errorf("came %+v", came)
	}
	w.bring("/services/import?merge=true&plan=false", part{"services", "key,name,source\n99999999999992,Zwo,x\n"}).want(t, 200).decode(&came)
	if came.Services != 3 || came.Renamed.TotalCount != 1 || came.Renamed.Items[0] != (wire.RenamedService{Key: "99999999999992", Before: "Zwei", After: "Zwo"}) ||
		came.Notes.TotalCount != 1 {
		t.Errorf("came %+v", came)
	}
	w.call(http.MethodGet, management+"/services", "", as(w.subscriber)).decode(&list)
	if list.TotalCount != 3 || list.Catalogue.ImportedBy != "operator" {
		t.Errorf("all %+v", list)
	}
	for path, want := range map[string]string{"99999999999992": "Zwo", "urn:example:three": "Drei", "urn%3Aexample%3Athree": "Drei"} {
		var one wire.ListedService
		w.call(http.MethodGet, management+"/services/"+path, "", as(w.subscriber)).decode(&one)
		if one.Name != want {
			t.Errorf("%s: got %+v, want %s", path, one, want)
		}
	}
	w.call(http.MethodGet, management+"/services/99050012104000", "", as(w.subscriber)).wantProblem(t, 404, "service-not-found", "99050012104000")
	w.call(http.MethodGet, management+"/services/x", "", as(w.subscriber)).wantProblem(t, 400, "bad-request", "14 digits")
	w.call(http.MethodGet, management+"/services?search=-", "", as(w.subscriber)).wantProblem(t, 400, "bad-request", "search")
	w.call(http.MethodGet, management+"/services?limit=0", "", as(w.subscriber)).wantProblem(t, 400, "bad-request", "limit")
}

func TestImportsRefuse(t *testing.T) {
	t.Parallel()
	w := newWorld(t, importedAreas)
	good := part{"areas", areaRows}
	contentType, body := form(t, good)
	for _, tc := range []struct {
		name   string
		got    answer
		status int
		code   string
		detail string
	}{
		{"broken line", w.bring("/areas/import", part{"areas", areaRows + "1,1,x,Land,,\n"}), 422, "import-refused", "areas.csv: read areas: line 3, column 1"},
		{"broken postcodes", w.bring("/areas/import", good, part{"postcodes", "postal_code,ags\n1,2\n"}), 422, "import-refused", "postcodes.csv: read postcodes: line 2"},
		{"broken successors", w.bring("/areas/import", good, part{"successors", "x\n"}), 422, "import-refused", "successors.csv"},
		{"successor that is no area", w.bring("/areas/import", good, part{"successors", "old_ars,new_ars\n091,092\n"}), 422, "import-refused", "line 2"},
		{"no areas", w.bring("/areas/import", part{"postcodes", "postal_code,ags\n"}), 400, "bad-request", "areas"},
		{"unknown part", w.bring("/areas/import", part{"list", areaRows}), 400, "bad-request", "list"},
		{"plan", w.bring("/areas/import?plan=1", good), 400, "bad-request", "plan"},
		{"cut off", w.bringRaw("/areas/import", contentType, body[:len(body)-30]), 400, "bad-request", "form"},
		{"no boundary", w.bringRaw("/areas/import", "multipart/form-data", body), 400, "bad-request", "boundary"},
		{"another type", w.bringRaw("/areas/import", "text/csv", areaRows), 415, "unsupported-media-type", "multipart/form-data"},
		{"broken XML", w.bring("/services/import", part{"services", "<x"}), 422, "import-refused", "services.csv: read services: line 1, column 3"},
		{"no services", w.bring("/services/import"), 400, "bad-request", "services"},
		{"long attribution", w.bring("/services/import", part{"services", "key,name\n"}, part{"attribution", strings.Repeat("x", 1025)}), 400, "bad-request", "attribution"},
	} {
		t.Run(tc.name, func(t *testing.T) { tc.got.wantProblem(t, tc.status, tc.code, tc.detail) })
	}
	for _, path := range []string{"/areas/import", "/services/import"} {
		contentType, body := form(t, good)
		w.call(http.MethodPost, management+path, body, as(w.subscriber), typed(contentType)).wantProblem(t, 403, "forbidden", "operator")
	}
	var state wire.AreaCatalogue
	w.call(http.MethodGet, management+"/areas", "", as(w.subscriber)).decode(&state)
	if !state.Sample {
		t.Errorf("in force: %+v, want the sample still", state)
	}
}

// refusesFiles asks for what is refused of every import.
func refusesFiles(t *testing.T, w *world, path string) {
	t.Helper()
	owner, _ := w.human(string(w.reader.org), "owner")
	contentType, body := form(t, part{"areas", areaRows})
	for _, tc := range []struct {
		who    client
		status int
		code   string
		detail string
	}{{client{}, 401, "unauthorized", "token"}, {w.reader, 403, "forbidden", "scope"}, {owner, 403, "forbidden", "operator"}} {
		w.call(http.MethodPost, path, body, as(tc.who), typed(contentType)).wantProblem(t, tc.status, tc.code, tc.detail)
	}
	w.call(http.MethodPost, path, "x", as(owner), typed("text/plain")).wantProblem(t, 415, "unsupported-media-type", "multipart/form-data")
	long := httptest.NewRequest(http.MethodPost, path, strings.NewReader(body))
	long.ContentLength = 256<<20 + 1
	long.Header.Set("Content-Type", contentType)
	w.operateWith(long).wantProblem(t, 413, "payload-too-large", "bytes")
}

// busy imports something else, once, before a catalogue is stored.
type busy struct {
	broker.Blobs
	before func()
}

func (b *busy) Put(ctx context.Context, r io.Reader) (broker.BlobID, int64, error) {
	if do := b.before; do != nil {
		b.before = nil
		do()
	}
	return b.Blobs.Put(ctx, r)
}

func TestImportsMeet(t *testing.T) {
	t.Parallel()
	var other *catalogues.Catalogues
	held := new(busy)
	w := newWorld(t, func(b *brokerConfig, a *apiConfig) {
		held.Blobs = b.Blobs
		cfg := catalogues.Config{Store: b.Store, Blobs: held, Log: a.Log, Now: a.Now}
		a.Management.Catalogues = must(catalogues.New(cfg))(t)
		cfg.Blobs = b.Blobs
		other = must(catalogues.New(cfg))(t)
	})
	areas := must(area.Read(strings.NewReader(areaRows)))(t)
	services := must(catalogue.Read(strings.NewReader("key,name\n99999999999999,x\n")))(t)
	held.before = func() {
		must(other.ImportAreas(t.Context(), broker.Operator(""), catalogues.AreaLists{Areas: areas}))(t)
	}
	list := part{"areas", areaRows + "091620000001,09162001,Altdorf,Stadt,09,80001\n"}
	w.bring("/areas/import", list).wantProblem(t, 409, "catalogue-changed", "areas")
	w.bring("/areas/import", list).want(t, 200)
	held.before = func() {
		must(other.ImportServices(t.Context(), broker.Operator(""), catalogues.ServiceList{Services: services.Catalogue}))(t)
	}
	w.bring("/services/import", part{"services", "key,name\n"}).wantProblem(t, 409, "catalogue-changed", "services")
}

// TestImportTheCountry takes the official lists, which are not part of the repository.
func TestImportTheCountry(t *testing.T) {
	t.Parallel()
	var parts []part
	for name, file := range map[string]string{"areas": "GV100AD_30112025.txt.gz", "postcodes": "postal_codes.csv"} {
		b, err := os.ReadFile(filepath.Join("..", "..", "shared", "data", file))
		if err != nil {
			t.Skip("the official lists (shared/data beside the repository) are not there")
		}
		parts = append(parts, part{name, string(b)})
	}
	w := newWorld(t, importedAreas)
	var came wire.AreaImport
	w.bring("/areas/import", parts...).want(t, 200).decode(&came)
	if came.After.Areas != 16_000 || came.After.Municipalities != 10_953 || came.Notes.TotalCount != 0 || len(came.Added.Items) != 500 {
		t.Errorf("came %+v, notes %+v, %d shown", came.After, came.Notes, len(came.Added.Items))
	}
	var found wire.AreaList
	w.call(http.MethodGet, "/routing-api/v2/areas?areaSearchexpression=54636&limit=500", "").decode(&found)
	if found.TotalCount != 39 {
		t.Errorf("54636 finds %d municipalities, want 39", found.TotalCount)
	}
	var state wire.AreaCatalogue
	w.call(http.MethodGet, management+"/areas", "", as(w.subscriber)).decode(&state)
	if state.AsOf != "2025-11-30" || !strings.Contains(state.Attribution, "Destatis") {
		t.Errorf("in force: %+v", state)
	}
}
