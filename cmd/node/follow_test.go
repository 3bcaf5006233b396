package node_test

import (
	"bytes"
	"encoding/json"
	"io"
	"mime/multipart"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/vierkant/vierkant/broker/postgres/pgtest"
	"github.com/vierkant/vierkant/cmd/node"
	"github.com/vierkant/vierkant/testenv"
)

// TestNodesFollowEachOther changes at one node what is looked up at the other: areas, services, routes, texts of a template.
func TestNodesFollowEachOther(t *testing.T) {
	t.Parallel()
	first := config(t)
	first.Database, first.Volatile, first.Admin, first.Listen = pgtest.Start(t), true, "", freeAddress(t)
	first.PublicURL = "http://" + first.Listen
	if err := node.Migrate(t.Context(), first); err != nil {
		t.Fatal(err)
	}
	here := start(t, first)
	defer stop(t, here)
	second := first
	second.Data, second.KeyFile, second.Listen = config(t).Data, filepath.Join(first.Data, "key"), freeAddress(t)
	defer stop(t, start(t, second))
	there := "http://" + second.Listen + "/routing-api/v2"
	o := manages(t, first)

	o.upload("/areas/import", "areas", "ars,ags,name,kind,parent_ars,postal_code\n05,05,Nordrhein-Westfalen,Land,,\n"+
		"05515,05515,Neudorf am Hang,Kreisfreie Stadt,05,\n")
	awaitText(t, public(there+"/areas?areaSearchexpression=Neudorf"), "Neudorf am Hang")
	o.upload("/services/import", "services", "key,name,description,language\n99050012104000,Gewerbe anmelden am Hang,,de\n")
	awaitText(t, manages(t, second).get("/services/99050012104000"), "am Hang")

	office := seedOffice(t, here)
	var org struct{ Orgs []struct{ OrgID string } }
	o.ask(http.MethodGet, "/orgs", "", &org)
	at := "/orgs/" + org.Orgs[0].OrgID
	body := func(text string) string {
		return `{"name":"Gewerbe","services":["` + testenv.BusinessRegistration + `"],"languages":["de"],` +
			`"info":{"privacyPolicyUrl":"https://land.example/datenschutz","requiredDocuments":{"description":{"de":"` + text + `"}}}}`
	}
	var template struct{ TemplateID string }
	o.ask(http.MethodPost, at+"/templates", body("Ausweis"), &template)
	o.ask(http.MethodPost, at+"/templates/"+template.TemplateID+"/open", `{}`, nil)
	var adoption struct{ AdoptionID string }
	o.ask(http.MethodPost, at+"/adoptions", `{"templateId":"`+template.TemplateID+`","name":"Stadt Neudorf","destinationId":"`+string(office.Destinations[0])+
		`","regions":["DE05515"],"info":{"contactPersons":[{"name":"Ada","email":"ada@stadt.example"}]}}`, &adoption)
	route := there + "/routes?ars=05515&leikaKey=" + strings.TrimPrefix(testenv.BusinessRegistration, "urn:de:fim:leika:leistung:")
	o.ask(http.MethodPost, at+"/adoptions/"+adoption.AdoptionID+"/online", `{}`, nil)
	awaitText(t, public(route), "Stadt Neudorf", "Ausweis")
	o.ask(http.MethodPut, at+"/templates/"+template.TemplateID, body("Reisepass"), nil)
	awaitText(t, public(route), "Stadt Neudorf", "Reisepass")
	o.ask(http.MethodPost, at+"/adoptions/"+adoption.AdoptionID+"/offline", `{}`, nil)
	awaitText(t, public(route), `"routes":[]`)
}

// manager asks a node as its operator.
type manager struct {
	t    *testing.T
	node *node.Operator
}

func manages(t *testing.T, cfg node.Config) manager {
	t.Helper()
	o, err := node.Reach(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { o.Close() })
	return manager{t, o}
}

// ask makes a call that has to succeed.
func (m manager) ask(method, path, body string, into any) {
	m.t.Helper()
	m.call(method, path, "application/json", strings.NewReader(body), into)
}

// upload sends a form of one file.
func (m manager) upload(path, name, content string) {
	m.t.Helper()
	var form bytes.Buffer
	w := multipart.NewWriter(&form)
	part, err := w.CreateFormFile(name, name+".csv")
	if err == nil {
		_, err = io.WriteString(part, content)
	}
	if err != nil || w.Close() != nil {
		m.t.Fatal(err)
	}
	m.call(http.MethodPost, path, w.FormDataContentType(), &form, nil)
}

func (m manager) get(path string) source {
	return func(t testing.TB) string {
		t.Helper()
		answer, err := m.node.HTTP.Get(node.OperatorURL + "/manage-api/v1" + path)
		if err != nil {
			t.Fatal(err)
		}
		defer answer.Body.Close()
		raw, err := io.ReadAll(answer.Body)
		if err != nil {
			t.Fatal(err)
		}
		return string(raw)
	}
}

// source is something that is asked again and again.
type source func(testing.TB) string

func public(url string) source {
	return func(t testing.TB) string {
		t.Helper()
		_, body := get(t, url)
		return body
	}
}

func (m manager) call(method, path, kind string, body io.Reader, into any) {
	m.t.Helper()
	r, err := http.NewRequestWithContext(m.t.Context(), method, node.OperatorURL+"/manage-api/v1"+path, body)
	if err != nil {
		m.t.Fatal(err)
	}
	r.Header.Set("Content-Type", kind)
	answer, err := m.node.HTTP.Do(r)
	if err != nil {
		m.t.Fatal(err)
	}
	defer answer.Body.Close()
	raw, err := io.ReadAll(answer.Body)
	if err != nil || answer.StatusCode >= 300 {
		m.t.Fatalf("%s %s: %s %s %v", method, path, answer.Status, raw, err)
	}
	if into != nil {
		if err := json.Unmarshal(raw, into); err != nil {
			m.t.Fatal(err)
		}
	}
}

// awaitText asks until an answer has all texts.
func awaitText(t testing.TB, from source, texts ...string) {
	t.Helper()
	limit := time.After(patience)
	for tick := time.Tick(20 * time.Millisecond); ; {
		body := from(t)
		if !slices.ContainsFunc(texts, func(text string) bool { return !strings.Contains(body, text) }) {
			return
		}
		select {
		case <-tick:
		case <-limit:
			t.Fatalf("got %s, want %q in it", body, texts)
		}
	}
}
