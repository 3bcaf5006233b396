package api_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/vierkant/vierkant/api/wire"
	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/crypto/seal"
)

const (
	v1 = "/submission-api/v1"
	v2 = "/submission-api/v2"
)

// announcementV1 is the body of an announcement of the first generation.
func announcementV1(t testing.TB, destination string, changes map[string]any) string {
	t.Helper()
	all := map[string]any{"publicService": nil, "serviceType": map[string]any{"name": "", "identifier": service}}
	for name, value := range changes {
		all[name] = value
	}
	return announcement(t, destination, all)
}

// deflated is a text sealed as the first generation may.
func deflated(t testing.TB, plaintext string) string {
	t.Helper()
	p := must(pairs())(t)
	return must(seal.SealDeflated(p.encryption.Public, "", []byte(plaintext)))(t)
}

// TestGenerationsShareData takes a submission through one generation and reads it through the other.
func TestGenerationsShareData(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	destination := w.active()

	var first wire.SubmissionRef
	w.call(http.MethodPost, v1+"/submissions", announcementV1(t, destination, nil), as(w.sender)).want(t, http.StatusCreated).decode(&first)
	metadata := deflated(t, "{}")
	done := w.call(http.MethodPut, v1+"/submissions/"+first.SubmissionID, `{"encryptedMetadata":"`+metadata+`"}`, as(w.sender))
	var reduced wire.SubmissionV1
	done.want(t, http.StatusAccepted).decode(&reduced)
	if reduced.SubmissionRef != first || reduced.ServiceType.Identifier != service || reduced.Attachments == nil {
		t.Errorf("got %s", done.body)
	}
	asV2 := w.call(http.MethodGet, v2+"/submissions/"+first.SubmissionID, "", as(w.subscriber))
	var two wire.FetchedV2
	asV2.decode(&two)
	if two.PublicService.Identifier != service || two.EncryptedMetadata != metadata || strings.Contains(string(asV2.body), "serviceType") {
		t.Errorf("got %s", asV2.body)
	}

	second := w.submitted(destination)
	asV1 := w.call(http.MethodGet, v1+"/submissions/"+second.SubmissionID, "", as(w.subscriber))
	var one wire.FetchedV1
	asV1.decode(&one)
	if one.ServiceType.Identifier != service || one.ServiceType.Name == "" || strings.Contains(string(asV1.body), "publicService") {
		t.Errorf("got %s", asV1.body)
	}
	var list wire.SubmissionList
	w.call(http.MethodGet, v1+"/submissions", "", as(w.subscriber)).decode(&list)
	if list.TotalCount != 2 || list.Submissions[0] != first || list.Submissions[1] != second {
		t.Errorf("got %+v", list)
	}
}

// TestGenerationsDiffer holds both against what each of them alone allows.
func TestGenerationsDiffer(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	destination := w.active()
	submit := func(root, metadata, data string) answer {
		ref := w.announce(destination)
		return w.call(http.MethodPut, root+"/submissions/"+ref.SubmissionID, submitBody(t, metadata, data), as(w.sender))
	}
	plain, packed, untyped := sealed(t, "application/json", "{}"), deflated(t, "{}"), sealed(t, "", "{}")
	submit(v1, packed, packed).want(t, http.StatusAccepted)
	submit(v2, packed, plain).wantProblem(t, http.StatusUnprocessableEntity, "invalid-jwe-header", "cty")
	submit(v1, untyped, untyped).want(t, http.StatusAccepted)
	submit(v2, untyped, plain).wantProblem(t, http.StatusUnprocessableEntity, "invalid-jwe-header", "cty")
	submit(v1, plain, "").want(t, http.StatusAccepted)
	submit(v2, plain, "").wantProblem(t, http.StatusBadRequest, "bad-request", "encryptedData")

	for _, c := range []struct {
		name    string
		root    string
		changes map[string]any
		words   string
	}{
		{"v1 without serviceType", v1, map[string]any{"serviceType": nil}, "serviceType"},
		{"v1 without its name", v1, map[string]any{"serviceType": map[string]any{"identifier": service}}, "name"},
		{"v1 with publicService only", v1, map[string]any{"serviceType": nil, "publicService": map[string]any{"name": "", "identifier": service}}, "serviceType"},
		{"v1 callback without secret", v1, map[string]any{"callback": map[string]any{"url": "https://example.org/"}}, "secret"},
		{"v1 callback by http", v1, map[string]any{"callback": map[string]any{"url": "http://example.org/", "secret": secret32}}, "https"},
		{"v2 with serviceType only", v2, nil, "URN"},
	} {
		t.Run(c.name, func(t *testing.T) {
			w.call(http.MethodPost, c.root+"/submissions", announcementV1(t, destination, c.changes), as(w.sender)).
				wantProblem(t, http.StatusBadRequest, "bad-request", c.words)
		})
	}
}

// TestSenderCallbackIsNeverShown reads a submission that has one, by everybody.
func TestSenderCallbackIsNeverShown(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	body := announcementV1(t, w.active(), map[string]any{"callback": map[string]any{"url": "https://example.org/called", "secret": secret32}})
	var ref wire.SubmissionRef
	w.call(http.MethodPost, v1+"/submissions", body, as(w.sender)).want(t, http.StatusCreated).decode(&ref)
	done := w.call(http.MethodPut, v1+"/submissions/"+ref.SubmissionID, submitBody(t, sealed(t, "", "{}"), ""), as(w.sender)).want(t, http.StatusAccepted)
	if !strings.Contains(string(done.body), `"callback":{"url":"https://example.org/called"}`) {
		t.Errorf("the sender does not see its callback in %s", done.body)
	}
	fetched := w.call(http.MethodGet, v1+"/submissions/"+ref.SubmissionID, "", as(w.subscriber)).want(t, http.StatusOK)
	ofCase := w.call(http.MethodGet, v1+"/cases/"+ref.CaseID, "", as(w.subscriber)).want(t, http.StatusOK)
	for _, a := range []answer{done, fetched, ofCase} {
		if strings.Contains(string(a.body), secret32) {
			t.Errorf("%s shows the secret", a.what)
		}
	}
	for _, a := range []answer{fetched, ofCase} {
		if strings.Contains(string(a.body), "example.org/called") {
			t.Errorf("%s shows the receiver where the sender is called", a.what)
		}
	}
}

// TestDestinationsOfTheFirstGeneration is what old subscribers do at every start.
func TestDestinationsOfTheFirstGeneration(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var made wire.DestinationV1
	w.call(http.MethodPost, v1+"/destinations", draft(t, map[string]any{
		"contactInformation": map[string]any{"legalName": "Stadt", "email": "post@stadt.example", "phone": "1", "address": "Hier", "unit": "Amt"},
	}), as(w.subscriber)).want(t, http.StatusCreated).decode(&made)
	path := v1 + "/destinations/" + made.DestinationID

	// Plain JSON replaces what it names as a whole: the unit is gone.
	patch := `{"status":"active","contactInformation":{"legalName":"Stadt","email":"neu@stadt.example"},"callback":{"url":"https://example.org/","secret":"` + secret32 + `"}}`
	var after wire.DestinationV1
	w.call(http.MethodPatch, path, patch, as(w.subscriber)).want(t, http.StatusOK).decode(&after)
	if after.Status != "active" || after.ContactInformation.Unit != "" || after.ContactInformation.Email != "neu@stadt.example" || after.Callback.URL != "https://example.org/" {
		t.Errorf("got %+v", after)
	}
	w.call(http.MethodPatch, path, `{"status":"created"}`, as(w.subscriber)).wantProblem(t, http.StatusBadRequest, "bad-request", "status")
	w.call(http.MethodPatch, path, `[]`, as(w.subscriber)).wantProblem(t, http.StatusBadRequest, "bad-request", "object")
	w.call(http.MethodPatch, path, `{"services":[]}`, as(w.subscriber)).wantProblem(t, http.StatusBadRequest, "bad-request", "services")

	var public wire.DestinationV1
	read := w.call(http.MethodGet, path, "", as(w.sender)).want(t, http.StatusOK)
	read.decode(&public)
	if public.ContactInformation != nil || public.Callback != nil || len(public.Services) != 1 {
		t.Errorf("the sender got %s", read.body)
	}
	if got := read.header.Get("Cache-Control"); got != "no-cache" {
		t.Errorf("got Cache-Control %q", got)
	}
	w.call(http.MethodGet, path, "").wantProblem(t, http.StatusUnauthorized, "unauthorized")
	w.call(http.MethodGet, path+"/keys/"+made.EncryptionKID, "").want(t, http.StatusOK)
	w.call(http.MethodPatch, path, `{"status":"inactive"}`, as(w.foreign)).wantProblem(t, http.StatusForbidden, "forbidden")
	w.call(http.MethodDelete, path, "", as(w.subscriber)).wantProblem(t, http.StatusConflict, "destination-state-invalid")

	idle := w.destination(nil)
	w.call(http.MethodDelete, v1+"/destinations/"+idle, "", as(w.subscriber)).want(t, http.StatusNoContent)
	w.call(http.MethodGet, v1+"/destinations/"+broker.NewID[string](), "", as(w.sender)).wantProblem(t, http.StatusNotFound, "destination-not-found")
}
