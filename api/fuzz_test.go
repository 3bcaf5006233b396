package api_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/vierkant/vierkant/broker"
)

// Whatever is sent to whatever route, nothing is our fault and no handler panics.
func FuzzSurface(f *testing.F) {
	w := newWorld(f, func(_ *brokerConfig, a *apiConfig) { a.FairUse = unlimited() })
	destination, attachment := w.active(), broker.NewID[string]()
	open, done := w.announce(destination, attachment), w.submitted(destination)
	reply := w.replied(w.subscriber, done.CaseID)
	asked := w.replied(w.sender, done.CaseID)
	sub := "/submission-api/v2/submissions/"
	for _, seed := range []struct{ method, path, mediaType, body, key string }{
		{"POST", "/submission-api/v2/submissions", "application/json", announcement(f, destination, nil), `"a-key"`},
		{"PUT", sub + open.SubmissionID, "application/json", `{"encryptedMetadata":"a.b.c.d.e","encryptedData":"a.b.c.d.e"}`, ""},
		{"PUT", sub + open.SubmissionID + "/attachments/" + attachment, "application/jose", "a.b.c.d.e", ""},
		{"GET", sub + done.SubmissionID, "", "", ""},
		{"GET", sub + done.SubmissionID + "/events?limit=1&offset=-0", "", "", ""},
		{"GET", "/submission-api/v2/submissions?destinationId=" + destination, "", "", ""},
		{"POST", "/submission-api/v2/cases/" + done.CaseID + "/events", "application/jose", "a.b.c", ""},
		{"GET", "/submission-api/v2/destinations/" + destination + "/keys/%2e%2f", "", "", ""},
		{"POST", "/destination-api/v1/destinations", "application/json", draft(f, nil), ""},
		{"PATCH", "/destination-api/v1/destinations/" + destination, "application/merge-patch+json", `{"callback":{"url":null},"replyChannels":{"eMail":[]}}`, ""},
		{"PUT", "/destination-api/v1/destinations/" + destination, "application/json", `{"status":"active","services":[{}]}`, ""},
		{"POST", "/destination-api/v1/destinations/" + destination + "/keys", "application/json", `{"kty":"RSA","n":"AQAB","e":"AQAB"}`, ""},
		{"GET", "/routing-api/v2/routes?leikaKey=99050012104000&ags=09162000", "", "", ""},
		{"GET", "/routing-api/v1/areas?areaSearchexpression=*a*b*&areaSearchexpression=%ff", "", "", ""},
		{"POST", v1 + "/submissions", "application/json", announcementV1(f, destination, map[string]any{"callback": map[string]any{"url": "https://example.org", "secret": secret32}}), "b"},
		{"PATCH", v1 + "/destinations/" + destination, "application/json", `{"contactInformation":null,"services":[1]}`, ""},
		{"GET", v1 + "/cases?limit=2&destinationId=" + destination, "", "", ""},
		{"GET", v2 + "/cases/" + done.CaseID, "", "", ""},
		{"POST", v2 + "/replies", "application/json", `{"caseId":"` + done.CaseID + `","announcedAttachments":[]}`, "c"},
		{"PUT", v2 + "/replies/" + reply.ReplyID, "application/json", `{"encryptedMetadata":"a.b.c.d.e"}`, "d"},
		{"PUT", v2 + "/replies/" + reply.ReplyID + "/accept", "application/json", `{"authenticationTags":{"metadata":"x","attachments":{"y":"z"}}}`, ""},
		{"PUT", v2 + "/replies/" + asked.ReplyID + "/reject", "application/json", `{"problems":[{"type":"https://example.org/p","instance":"data"}]}`, ""},
		{"POST", "/token", formType, credentials(w.sender), ""},
		{"POST", "/token", formType, credentials(w.sender) + "&scope=send:region:DE01+send:service:urn:de:x:y", ""},
	} {
		f.Add(seed.method, seed.path, seed.mediaType, seed.body, seed.key, false)
		f.Add(seed.method, seed.path, seed.mediaType, seed.body, seed.key, true)
	}
	f.Fuzz(func(t *testing.T, method, target, mediaType, body, key string, receiver bool) {
		u, err := url.ParseRequestURI(target)
		if err != nil || !strings.HasPrefix(target, "/") {
			return
		}
		who := w.sender
		if receiver {
			who = w.subscriber
		}
		r := httptest.NewRequest(http.MethodGet, "/", strings.NewReader(body))
		r.Method, r.URL = method, u
		r.Header["Content-Type"] = []string{mediaType}
		if key != "" {
			r.Header.Set("Idempotency-Key", key)
		}
		as(who)(r)
		answer := httptest.NewRecorder()
		w.handler.ServeHTTP(answer, r)
		if answer.Code >= 500 || answer.Code < 200 {
			t.Errorf("%s %s: got %d %s", method, target, answer.Code, answer.Body)
		}
		if answer.Code >= 400 && answer.Header().Get("Content-Type") == "" {
			t.Errorf("%s %s: got %d without a content type", method, target, answer.Code)
		}
	})
}
