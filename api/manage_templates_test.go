package api_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/vierkant/vierkant/api/wire"
	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/broker/account"
	"github.com/vierkant/vierkant/broker/publication"
	"github.com/vierkant/vierkant/broker/template"
)

// templateBody is a template with a text that the tests change.
func templateBody(document string) string {
	return `{"name":"Gewerbe","services":["` + service + `"],"languages":["de"],"info":{"privacyPolicyUrl":"https://land.example/datenschutz",` +
		`"requiredDocuments":{"description":{"de":"` + document + `"}}},"fees":{"description":{"de":"20 Euro"}}}`
}

// partBody is what an authority says about itself, with what comes before it.
func partBody(before, destination string) string {
	return `{` + before + `"name":"Stadt Beispiel","destinationId":"` + destination + `","regions":["DE09"],` +
		`"info":{"contactPersons":[{"name":"Ada","email":"ada@stadt.example"}]}}`
}

// stage is an organisation with people that has a template, and adopts it.
type stage struct {
	*world
	developer, releaser client
	templates, template string // paths
	adoptions, adoption string
	destination         string
	draft               string // body of a further adoption
}

func (w *world) stage(t *testing.T) stage {
	t.Helper()
	org := string(w.subscriber.org)
	s := stage{world: w, templates: "/orgs/" + org + "/templates", adoptions: "/orgs/" + org + "/adoptions", destination: w.active()}
	s.developer, _ = w.human(org, "developer")
	s.releaser, _ = w.human(org, "operator")
	var made wire.Template
	w.manage(s.developer, http.MethodPost, s.templates, templateBody("Ausweis")).want(t, 201).decode(&made)
	s.template = s.templates + "/" + made.TemplateID
	s.draft = partBody(`"templateId":"`+made.TemplateID+`",`, s.destination)
	return s
}

func (s *stage) adopt(t *testing.T) {
	t.Helper()
	var made wire.Adoption
	s.manage(s.developer, http.MethodPost, s.adoptions, s.draft).want(t, 201).decode(&made)
	s.adoption = s.adoptions + "/" + made.AdoptionID
}

func TestTemplatesOverHTTP(t *testing.T) {
	t.Parallel()
	s := newWorld(t).stage(t)
	var shown wire.Template
	s.manage(s.developer, http.MethodPost, s.template+"/close", "").wantProblem(t, 409, "template-state-invalid", "draft")
	s.manage(s.developer, http.MethodPost, s.template+"/open", `{}`).want(t, 200).decode(&shown)
	if shown.State != "open" || shown.Version != 1 || len(shown.Missing) != 0 {
		t.Errorf("got %+v, want it open in version 1", shown)
	}
	s.manage(s.developer, http.MethodPut, s.template, templateBody("Reisepass")).want(t, 200)
	s.manage(s.developer, http.MethodPut, s.template, `{"name":"x","info":{}}`).wantProblem(t, 422, "incomplete", "no service")
	s.manage(s.developer, http.MethodPut, s.template, `{"name":"x","info":{"destinationName":"x"}}`).wantProblem(t, 400, "bad-request", "destinationName")
	s.manage(s.developer, http.MethodPut, s.template, `{"name":"x","info":{"imprintUrl":"https://x.example"}}`).wantProblem(t, 400, "bad-request", "imprintUrl")
	s.manage(s.developer, http.MethodDelete, s.template, "").wantProblem(t, 409, "template-state-invalid", "close it")
	s.manage(s.developer, http.MethodPost, s.template+"/restore", `{"version":7}`).wantProblem(t, 404, "version-not-found", "7")
	s.manage(s.developer, http.MethodPost, s.template+"/restore", `{"version":1,"comment":"wrong"}`).want(t, 200)

	stranger, _ := s.human(s.organisation(), "reader")
	id := s.template[strings.LastIndex(s.template, "/"):]
	s.manage(stranger, http.MethodGet, "/templates"+id, "").want(t, 200).decode(&shown)
	if shown.Info.RequiredDocuments.Description["de"] != "Ausweis" || shown.Version != 3 {
		t.Errorf("got %+v, want the texts of the first version, in the third", shown)
	}
	var list wire.TemplateList
	s.manage(stranger, http.MethodGet, "/templates", "").want(t, 200).decode(&list)
	if list.TotalCount != 1 || len(list.Templates) != 1 {
		t.Errorf("got %+v offered, want one", list)
	}
	s.manage(stranger, http.MethodGet, "/templates/"+broker.NewID[string](), "").wantProblem(t, 404, "template-not-found", "no template")
	s.manage(s.developer, http.MethodGet, s.templates, "").want(t, 200)
	s.manage(s.developer, http.MethodGet, s.template, "").want(t, 200)
	var versions wire.TemplateVersionList
	s.manage(s.developer, http.MethodGet, s.template+"/versions", "").want(t, 200).decode(&versions)
	if versions.TotalCount != 3 || versions.Versions[2].Comment != "wrong" {
		t.Errorf("got %+v, want three versions", versions)
	}

	s.manage(s.developer, http.MethodPost, s.templates, `{"name":"half","info":{}}`).want(t, 201).decode(&shown)
	half := s.templates + "/" + shown.TemplateID
	s.manage(s.developer, http.MethodPost, half+"/open", `{}`).wantProblem(t, 422, "incomplete", "no language")
	s.manage(s.developer, http.MethodDelete, half, "").want(t, 204)
	s.fill(t, "template", template.MaxTemplates)
	s.manage(s.developer, http.MethodPost, s.templates, templateBody("Ausweis")).wantProblem(t, 409, "too-many-templates", "1000")
}

// fill gives the organisation as many entries of a kind as it may have.
func (s *stage) fill(t *testing.T, kind broker.EntryKind, most int) {
	t.Helper()
	err := s.store.Update(context.Background(), func(tx broker.Tx) error {
		for i := range most {
			if err := tx.PutEntry(broker.Entry{Kind: kind, ID: fmt.Sprint("filler ", i), Owner: string(s.subscriber.org), Value: []byte("{}")}); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestOneServiceForAllOverHTTP(t *testing.T) {
	t.Parallel()
	s := newWorld(t).stage(t)
	s.manage(s.developer, http.MethodPost, s.adoptions, s.draft).wantProblem(t, 409, "template-state-invalid", "draft")
	s.manage(s.developer, http.MethodPost, s.template+"/open", `{}`).want(t, 200)
	other := strings.Replace(templateBody("Ausweis"), "12104000", "12104001", 1)
	for _, body := range []string{other, templateBody("Ausweis")} {
		s.manage(s.developer, http.MethodPut, s.template, body).want(t, 200)
	}
	s.adopt(t)
	s.manage(s.developer, http.MethodPost, s.template+"/restore", `{"version":2}`).wantProblem(t, 409, "template-adopted", "services")
	var shown wire.Adoption
	s.manage(s.developer, http.MethodPut, s.adoption, `{"name":"Stadt Beispiel","info":{}}`).want(t, 200).decode(&shown)
	if shown.Standing != "incomplete" || len(shown.Missing) != 3 || shown.Published {
		t.Errorf("got %+v, want destination, regions and contacts missing", shown)
	}
	s.manage(s.developer, http.MethodPost, s.adoption+"/online", `{}`).wantProblem(t, 422, "incomplete", "no destination")
	s.manage(s.developer, http.MethodPost, s.adoption+"/offline", `{}`).wantProblem(t, 409, "template-state-invalid", "never online")
	s.manage(s.developer, http.MethodPut, s.adoption, partBody("", s.destination)).want(t, 200)
	s.manage(s.developer, http.MethodPost, s.adoption+"/online", `{"comment":"now"}`).want(t, 200).decode(&shown)
	if shown.Standing != "online" || !shown.Published {
		t.Errorf("got %+v, want it online", shown)
	}
	routes := "/routing-api/v2/routes?ars=09&leikaKey=99050012104000"
	answers := func() wire.RouteList {
		t.Helper()
		var list wire.RouteList
		s.call(http.MethodGet, routes, "").want(t, 200).decode(&list)
		return list
	}
	got := answers()
	if len(got.Routes) != 1 || got.Routes[0].RequiredDocuments.Description["de"] != "Ausweis" || !strings.Contains(string(got.Routes[0].CustomParameters), "20 Euro") {
		t.Fatalf("got %+v, want the authority with the texts of the template", got)
	}
	s.manage(s.developer, http.MethodPut, s.template, templateBody("Reisepass")).want(t, 200)
	if got := answers().Routes[0].RequiredDocuments.Description["de"]; got != "Reisepass" {
		t.Errorf("got %q, want the new text at the next look-up", got)
	}
	s.manage(s.developer, http.MethodPut, s.template, other).wantProblem(t, 409, "template-adopted", "services")
	s.manage(s.developer, http.MethodPut, s.adoption, `{"info":{}}`).wantProblem(t, 422, "incomplete", "no name")
	s.manage(s.developer, http.MethodPost, s.adoption+"/offline", `{}`).want(t, 200)
	if got := answers(); len(got.Routes) != 0 {
		t.Errorf("offline: got %+v, want nobody", got)
	}
	s.manage(s.developer, http.MethodPost, s.adoption+"/leave", `{}`).want(t, 200).decode(&shown)
	if shown.Published || shown.LeftAt == nil {
		t.Errorf("got %+v, want it left", shown)
	}
	for _, deed := range []string{"/online", "/leave"} {
		s.manage(s.developer, http.MethodPost, s.adoption+deed, `{}`).wantProblem(t, 409, "template-state-invalid", "left")
	}
	s.manage(s.developer, http.MethodPut, s.adoption, partBody("", s.destination)).wantProblem(t, 409, "template-state-invalid", "left")
	var list wire.AdoptionList
	for _, path := range []string{s.adoptions, s.template + "/adoptions"} {
		s.manage(s.developer, http.MethodGet, path, "").want(t, 200).decode(&list)
		if list.TotalCount != 1 {
			t.Errorf("%s: got %+v, want one", path, list)
		}
	}
	s.manage(s.developer, http.MethodGet, s.adoption, "").want(t, 200)
	s.fill(t, "adoption", template.MaxAdoptions)
	s.manage(s.developer, http.MethodPost, s.adoptions, s.draft).wantProblem(t, 409, "too-many-adoptions", "10000")
}

// Where publishing takes two persons, what waits for the second is answered with 202 and the proposal.
func TestTemplatesByTwoOverHTTP(t *testing.T) {
	t.Parallel()
	s := newWorldUnder(t, publication.Rule{Open: true, FourEyes: true}).stage(t)
	release := func(a answer) {
		t.Helper()
		var p wire.Proposal
		a.want(t, 202).decode(&p)
		s.manage(s.releaser, http.MethodPost, strings.TrimSuffix(s.templates, "templates")+"proposals/"+p.ProposalID+"/release", `{"digest":"`+p.Digest+`"}`).want(t, 200)
	}
	release(s.manage(s.developer, http.MethodPost, s.template+"/open", `{}`))
	release(s.manage(s.developer, http.MethodPut, s.template, templateBody("Reisepass")))
	s.manage(s.developer, http.MethodPost, s.template+"/close", "").wantProblem(t, 403, "forbidden", "role")
	s.manage(s.releaser, http.MethodPost, s.template+"/close", "").want(t, 200)
	s.manage(s.releaser, http.MethodPost, s.template+"/open", `{}`).want(t, 200)
	s.adopt(t)
	s.manage(s.releaser, http.MethodPost, s.template+"/restore", `{"version":1}`).want(t, 200)
	release(s.manage(s.developer, http.MethodPost, s.adoption+"/online", `{}`))
	s.manage(s.releaser, http.MethodPost, s.adoption+"/offline", `{}`).want(t, 200)
	s.manage(s.releaser, http.MethodPost, s.adoption+"/online", `{}`).want(t, 200)
	release(s.manage(s.developer, http.MethodPut, s.adoption, strings.Replace(partBody("", s.destination), "Stadt", "Gemeinde", 1)))
	release(s.manage(s.developer, http.MethodPost, s.adoption+"/leave", `{}`))
	s.fill(t, "proposal-open", account.MaxOpen)
	var made wire.Template
	s.manage(s.developer, http.MethodPost, s.templates, templateBody("Ausweis")).want(t, 201).decode(&made)
	s.manage(s.developer, http.MethodPost, s.templates+"/"+made.TemplateID+"/open", `{}`).wantProblem(t, 409, "too-many-proposals", "1000")
}

// What was complete when it was proposed may lack something when it is released: the template has another version by then.
func TestCompletenessIsCheckedAtRelease(t *testing.T) {
	t.Parallel()
	s := newWorldUnder(t, publication.Rule{Open: true, FourEyes: true}).stage(t)
	release := func(p wire.Proposal) answer {
		t.Helper()
		return s.manage(s.releaser, http.MethodPost, strings.TrimSuffix(s.templates, "templates")+"proposals/"+p.ProposalID+"/release", `{"digest":"`+p.Digest+`"}`)
	}
	propose := func(method, path, body string) wire.Proposal {
		t.Helper()
		return decoded[wire.Proposal](s.manage(s.developer, method, path, body).want(t, 202))
	}
	release(propose(http.MethodPost, s.template+"/open", `{}`)).want(t, 200)
	s.adopt(t)
	online := propose(http.MethodPost, s.adoption+"/online", `{}`)
	without := strings.Replace(templateBody("Ausweis"), `"privacyPolicyUrl":"https://land.example/datenschutz",`, "", 1)
	release(propose(http.MethodPut, s.template, without)).want(t, 200)
	release(online).wantProblem(t, 422, "incomplete", "no privacy policy")
	release(propose(http.MethodPut, s.template, templateBody("Ausweis"))).want(t, 200)
	release(online).want(t, 200)
}
