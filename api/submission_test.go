package api_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/vierkant/vierkant/api/wire"
	"github.com/vierkant/vierkant/broker"
)

func TestOneSubmission(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	destination := w.active()
	attachment := broker.NewID[string]()
	body := announcement(t, destination, map[string]any{"announcedAttachments": []string{attachment}, "region": "DE09"})
	made := w.call(http.MethodPost, "/submission-api/v2/submissions", body, as(w.sender)).want(t, http.StatusCreated)
	var ref wire.SubmissionRef
	made.decode(&ref)
	if got, want := made.header.Get("Location"), "/submission-api/v2/submissions/"+ref.SubmissionID; got != want {
		t.Errorf("got Location %q, want %q", got, want)
	}

	small, large := sealed(t, "application/pdf", "%PDF"), sealed(t, "application/pdf", strings.Repeat("x", 300<<10))
	for _, jwe := range []string{small, large} {
		if a := w.upload(ref.SubmissionID, attachment, jwe).want(t, http.StatusNoContent); len(a.body) > 0 {
			t.Errorf("upload: got a body %q", a.body)
		}
	}
	metadata, data := sealed(t, "application/json", "{}"), sealed(t, "application/xml", "<a/>")
	var done wire.SubmissionV2
	w.submit(ref.SubmissionID, submitBody(t, metadata, data)).want(t, http.StatusOK).decode(&done)
	if done.SubmissionRef != ref || len(done.Attachments) != 1 || done.Attachments[0] != attachment || done.Region != "DE09" || done.PublicService.Identifier != service {
		t.Errorf("got %+v", done)
	}
	w.submit(ref.SubmissionID, submitBody(t, metadata, data)).want(t, http.StatusOK)

	var list wire.SubmissionList
	w.call(http.MethodGet, "/submission-api/v2/submissions?destinationId="+destination, "", as(w.subscriber)).decode(&list)
	if list.Count != 1 || list.TotalCount != 1 || list.Submissions[0] != ref {
		t.Errorf("got %+v, want one %+v", list, ref)
	}
	var fetched wire.FetchedV2
	w.call(http.MethodGet, "/submission-api/v2/submissions/"+ref.SubmissionID, "", as(w.subscriber)).decode(&fetched)
	if fetched.EncryptedMetadata != metadata || fetched.EncryptedData != data || fetched.Region != "DE09" || fetched.SubmissionRef != ref {
		t.Error("the fetched submission is not the submitted one")
	}
	got := w.call(http.MethodGet, "/submission-api/v2/submissions/"+ref.SubmissionID+"/attachments/"+attachment, "", as(w.subscriber)).want(t, http.StatusOK)
	if string(got.body) != large || got.header.Get("Content-Type") != "application/jose" || got.header.Get("Content-Length") == "" {
		t.Errorf("the fetched attachment is not the last uploaded one: %v", got.header)
	}

	var log wire.EventLog
	w.call(http.MethodGet, "/submission-api/v2/cases/"+ref.CaseID+"/events", "", as(w.sender)).decode(&log)
	if len(log.EventLog) != 2 || log.TotalCount != 2 {
		t.Errorf("got %d events, want 2", len(log.EventLog))
	}
	var same wire.EventLog
	w.call(http.MethodGet, "/submission-api/v2/submissions/"+ref.SubmissionID+"/events?limit=1&offset=1", "", as(w.subscriber)).decode(&same)
	if len(same.EventLog) != 1 || same.EventLog[0] != log.EventLog[1] || same.TotalCount != 2 || same.Offset != 1 {
		t.Errorf("got %+v, want the last of %+v", same, log)
	}
}

func TestLargeContentIsStreamedBack(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ref := w.announce(w.active())
	metadata, data := sealed(t, "application/json", "{}"), sealed(t, "application/json", strings.Repeat("y", 2<<20))
	// A body of unknown length takes the same way.
	r, err := http.NewRequest(http.MethodPut, w.url+"/submission-api/v2/submissions/"+ref.SubmissionID, onlyReader{strings.NewReader(submitBody(t, metadata, data))})
	if err != nil {
		t.Fatal(err)
	}
	as(w.sender)(r)
	typed("application/json")(r)
	w.do(r).want(t, http.StatusOK)
	var fetched wire.FetchedV2
	got := w.call(http.MethodGet, "/submission-api/v2/submissions/"+ref.SubmissionID, "", as(w.subscriber))
	got.decode(&fetched)
	if fetched.EncryptedData != data || got.header.Get("Content-Length") == "" {
		t.Error("the fetched data are not the submitted ones")
	}
	w.submit(ref.SubmissionID, submitBody(t, metadata, data)).want(t, http.StatusOK)
	w.submit(ref.SubmissionID, submitBody(t, metadata, metadata)).wantProblem(t, http.StatusConflict, "already-submitted")
}

// onlyReader hides the length of a body.
type onlyReader struct{ r *strings.Reader }

func (o onlyReader) Read(p []byte) (int, error) { return o.r.Read(p) }

func TestDownloadInParts(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	attachment, jwe := broker.NewID[string](), sealed(t, "application/pdf", strings.Repeat("z", 200<<10))
	ref := w.announce(w.active(), attachment)
	w.upload(ref.SubmissionID, attachment, jwe).want(t, http.StatusNoContent)
	w.submit(ref.SubmissionID, submitBody(t, sealed(t, "application/json", "{}"), sealed(t, "application/json", "{}"))).want(t, http.StatusOK)
	path := "/submission-api/v2/submissions/" + ref.SubmissionID + "/attachments/" + attachment
	whole := w.call(http.MethodHead, path, "", as(w.subscriber)).want(t, http.StatusOK)
	if len(whole.body) > 0 {
		t.Errorf("HEAD: got a body of %d bytes", len(whole.body))
	}
	rest := w.call(http.MethodGet, path, "", as(w.subscriber), with("Range", "bytes=1000-"), with("If-Range", whole.header.Get("ETag")))
	if rest.want(t, http.StatusPartialContent); string(rest.body) != jwe[1000:] {
		t.Error("the rest is not the rest")
	}
	for _, r := range []string{"bytes=9999999-", "bytes=x"} {
		beyond := w.call(http.MethodGet, path, "", as(w.subscriber), with("Range", r))
		beyond.wantProblem(t, http.StatusRequestedRangeNotSatisfiable, "range-not-satisfiable", "bytes")
		if got, want := beyond.header.Get("Content-Range"), fmt.Sprintf("bytes */%d", len(jwe)); got != want {
			t.Errorf("got Content-Range %q, want %q", got, want)
		}
		if beyond.header.Get("Cache-Control") != "no-store" || beyond.header.Get("ETag") != "" {
			t.Errorf("got %v, want the headers of a problem", beyond.header)
		}
	}
	other := w.call(http.MethodGet, path, "", as(w.subscriber), with("If-Match", `"other"`))
	other.wantProblem(t, http.StatusPreconditionFailed, "precondition-failed", "If-Match")
	if other.header.Get("Cache-Control") != "no-store" || other.header.Get("ETag") != "" {
		t.Errorf("got %v, want the headers of a problem", other.header)
	}
	same := w.call(http.MethodGet, path, "", as(w.subscriber), with("If-None-Match", whole.header.Get("ETag"))).want(t, http.StatusNotModified)
	if same.header.Get("Cache-Control") != "no-store" || same.header.Get("ETag") == "" || len(same.body) > 0 {
		t.Errorf("got %v %s", same.header, same.body)
	}
}

func TestAnnounceRefuses(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	destination, idle := w.active(), w.destination(nil)
	foreignCase := w.announce(destination).CaseID
	id := broker.NewID[string]()
	publicService := func(identifier string) map[string]any {
		return map[string]any{"publicService": map[string]any{"name": "", "identifier": identifier}}
	}
	many := make([]string, 101)
	for i := range many {
		many[i] = broker.NewID[string]()
	}
	for _, c := range []struct {
		name    string
		changes map[string]any
		status  int
		code    string
		words   string
	}{
		{"no destination", map[string]any{"destinationId": nil}, 400, "bad-request", "destinationId"},
		{"destination is no UUID", map[string]any{"destinationId": "x"}, 400, "bad-request", "destinationId"},
		{"destination is a number", map[string]any{"destinationId": 7}, 400, "bad-request", "destinationId must be a string, not number"},
		{"unknown destination", map[string]any{"destinationId": id}, 404, "destination-not-found", id},
		{"destination not active", map[string]any{"destinationId": idle}, 422, "destination-state-invalid", "active"},
		{"no attachments member", map[string]any{"announcedAttachments": nil}, 400, "bad-request", "announcedAttachments is required"},
		{"attachments are no array", map[string]any{"announcedAttachments": id}, 400, "bad-request", "announcedAttachments must be an array"},
		{"attachment is no UUID", map[string]any{"announcedAttachments": []string{id, "x"}}, 400, "bad-request", "announcedAttachments[1]"},
		{"attachment is a number", map[string]any{"announcedAttachments": []int{1}}, 400, "bad-request", "announcedAttachments must be a string"},
		{"attachment twice", map[string]any{"announcedAttachments": []string{id, id}}, 400, "bad-request", "announcedAttachments"},
		{"too many attachments", map[string]any{"announcedAttachments": many}, 413, "payload-too-large", "100"},
		{"no service", map[string]any{"publicService": nil}, 400, "bad-request", "URN"},
		{"service is a string", map[string]any{"publicService": service}, 400, "bad-request", "publicService must be an object"},
		{"identifier is a number", map[string]any{"publicService": map[string]any{"identifier": 1}}, 400, "bad-request", "publicService.identifier must be a string"},
		{"identifier in upper case", publicService("urn:de:FIM:x"), 400, "bad-request", "URN"},
		{"identifier too long", publicService("urn:de:" + strings.Repeat("x", 260)), 400, "bad-request", "URN"},
		{"service not offered", publicService("urn:de:fim:leika:leistung:99000000000000"), 422, "service-not-offered", ""},
		{"region without DE", map[string]any{"region": "09"}, 400, "bad-request", "region"},
		{"case is no UUID", map[string]any{"caseId": "x"}, 400, "bad-request", "caseId"},
		{"unknown case", map[string]any{"caseId": id}, 404, "case-not-found", ""},
	} {
		w.call(http.MethodPost, "/submission-api/v2/submissions", announcement(t, destination, c.changes), as(w.sender)).
			wantProblem(t, c.status, c.code, c.words)
	}
	w.call(http.MethodPost, "/submission-api/v2/submissions", announcement(t, destination, map[string]any{"caseId": foreignCase}), as(w.other)).
		wantProblem(t, 404, "case-not-found")
	w.call(http.MethodPost, "/submission-api/v2/submissions", announcement(t, destination, nil), as(w.subscriber)).
		wantProblem(t, 403, "forbidden", "send-submissions")
	w.call(http.MethodPost, "/submission-api/v2/submissions", announcement(t, destination, nil)).
		wantProblem(t, 401, "unauthorized", "Bearer")
	var again wire.SubmissionRef
	w.call(http.MethodPost, "/submission-api/v2/submissions", announcement(t, destination, map[string]any{"caseId": foreignCase, "extra": []any{1}}), as(w.sender)).decode(&again)
	if again.CaseID != foreignCase {
		t.Errorf("got case %s, want the own one %s", again.CaseID, foreignCase)
	}
}

// Every JSON body is read alike; the announcement stands for all.
func TestJSONIsReadStrictly(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	good := announcement(t, w.active(), nil)
	twice := func(member string) string { return strings.Replace(good, "{", `{"`+member+`":"DE",`, 1) }
	path := "/submission-api/v2/submissions"
	for name, c := range map[string]struct{ body, word string }{
		"nothing":             {"", "value"},
		"cut off":             {good[:len(good)-1], "comma"},
		"two documents":       {good + good, "nothing behind"},
		"an array":            {"[" + good + "]", "must be a JSON object"},
		"a string":            {`"x"`, "must be a JSON object"},
		"null":                {"null", ""},
		"member twice":        {strings.Replace(good, "{", `{"region":"DE","region":"DE",`, 1), "twice"},
		"twice by case":       {twice("DestinationID"), "twice"},
		"twice by escape":     {twice(`destination\u0049d`), "twice"},
		"broken UTF-8":        {strings.Replace(good, "Gewerbe", "\xff", 1), "UTF-8"},
		"lone surrogate":      {strings.Replace(good, "Gewerbe", `\ud800`, 1), "surrogate"},
		"control character":   {strings.Replace(good, "Gewerbe", "\x01", 1), "control"},
		"nested too deep":     {strings.Replace(good, "{", `{"x":`+strings.Repeat("[", 40)+strings.Repeat("]", 40)+",", 1), "deep"},
		"number out of shape": {strings.Replace(good, "{", `{"x":01,`, 1), "comma"},
		"byte order mark":     {"\xef\xbb\xbf" + good, "value"},
	} {
		t.Run(name, func(t *testing.T) {
			w.call(http.MethodPost, path, c.body, as(w.sender), typed("application/json")).wantProblem(t, 400, "bad-request", c.word)
		})
	}
	w.call(http.MethodPost, path, good, as(w.sender), typed("application/json; charset=utf-8")).want(t, 201)
	for _, mediaType := range []string{"", "text/plain", "application/jose", "application/json/x", "application/problem+json"} {
		w.call(http.MethodPost, path, good, as(w.sender), typed(mediaType)).wantProblem(t, 415, "unsupported-media-type", "application/json")
	}
	w.call(http.MethodPost, path, good, as(w.sender), with("Content-Encoding", "gzip")).wantProblem(t, 415, "unsupported-media-type", "Content-Encoding")
	w.call(http.MethodPost, path, good+strings.Repeat(" ", 1<<20), as(w.sender)).wantProblem(t, 413, "payload-too-large", "1048576")
	r, err := http.NewRequest(http.MethodPost, w.url+path, onlyReader{strings.NewReader(good + strings.Repeat(" ", 1<<20))})
	if err != nil {
		t.Fatal(err)
	}
	as(w.sender)(r)
	typed("application/json")(r)
	w.do(r).wantProblem(t, 413, "payload-too-large", "1048576")
}

func TestUploadRefuses(t *testing.T) {
	t.Parallel()
	const limit = 64 << 10
	w := newWorld(t, func(b *brokerConfig, _ *apiConfig) { b.Limits.Attachment = limit })
	attachment, id := broker.NewID[string](), broker.NewID[string]()
	ref := w.announce(w.active(), attachment)
	jwe := sealed(t, "application/pdf", "x")
	w.upload(ref.SubmissionID, id, jwe).wantProblem(t, 422, "attachment-not-announced", id)
	w.upload(id, attachment, jwe).wantProblem(t, 404, "submission-not-found")
	w.upload("x", attachment, jwe).wantProblem(t, 400, "bad-request", "UUID")
	w.upload(ref.SubmissionID, "x", jwe).wantProblem(t, 400, "bad-request", "UUID")
	w.upload(ref.SubmissionID, attachment, jwe, as(w.other)).wantProblem(t, 404, "submission-not-found")
	w.upload(ref.SubmissionID, attachment, jwe, as(w.subscriber)).wantProblem(t, 403, "forbidden")
	w.upload(ref.SubmissionID, attachment, jwe, with("Authorization", "Bearer x")).wantProblem(t, 401, "unauthorized")
	w.upload(ref.SubmissionID, attachment, jwe, typed("application/json")).wantProblem(t, 415, "unsupported-media-type", "application/jose")
	w.upload(ref.SubmissionID, attachment, jwe, typed("")).wantProblem(t, 415, "unsupported-media-type")
	w.upload(ref.SubmissionID, attachment, jwe+" ").wantProblem(t, 400, "invalid-jwe")
	w.upload(ref.SubmissionID, attachment, "").wantProblem(t, 400, "invalid-jwe")
	w.upload(ref.SubmissionID, attachment, strings.Repeat("A", limit+1)).wantProblem(t, 413, "payload-too-large", "65536")
	r, err := http.NewRequest(http.MethodPut, w.url+"/submission-api/v2/submissions/"+ref.SubmissionID+"/attachments/"+attachment,
		onlyReader{strings.NewReader(sealed(t, "application/pdf", strings.Repeat("A", limit)))})
	if err != nil {
		t.Fatal(err)
	}
	as(w.sender)(r)
	typed("application/jose")(r)
	w.do(r).wantProblem(t, 413, "payload-too-large")
	w.upload(ref.SubmissionID, attachment, jwe, typed("application/jose; charset=utf-8")).want(t, 204)
	upper := strings.ToUpper(strings.ReplaceAll(attachment, "-", ""))
	w.upload(ref.SubmissionID, upper, jwe).want(t, 204)
}

func TestSubmitRefuses(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	destination, attachment := w.active(), broker.NewID[string]()
	ref, waiting := w.announce(destination), w.announce(destination, attachment)
	metadata, data := sealed(t, "application/json", "{}"), sealed(t, "application/json", "{}")
	good := submitBody(t, metadata, data)
	for name, c := range map[string]struct {
		body   string
		status int
		code   string
		word   string
	}{
		"no metadata":          {submitBody(t, "", data), 400, "invalid-jwe", "encryptedMetadata"},
		"metadata left out":    {`{"encryptedData":"` + data + `"}`, 400, "bad-request", "encryptedMetadata is required"},
		"metadata null":        {`{"encryptedMetadata":null,"encryptedData":"` + data + `"}`, 400, "bad-request", "encryptedMetadata is required"},
		"metadata a number":    {`{"encryptedMetadata":1,"encryptedData":"` + data + `"}`, 400, "bad-request", "encryptedMetadata must be a string"},
		"no data":              {submitBody(t, metadata, ""), 400, "bad-request", "encryptedData is required"},
		"bad character":        {submitBody(t, metadata+"+", data), 400, "invalid-jwe", "encryptedMetadata"},
		"line break in data":   {strings.Replace(good, `"}`, "\n\"}", 1), 400, "invalid-jwe", "encryptedData"},
		"metadata without cty": {submitBody(t, sealed(t, "", "{}"), data), 422, "invalid-jwe-header", "Invalid JWE Header 'cty'"},
		"data are PDF":         {submitBody(t, metadata, sealed(t, "application/pdf", "x")), 422, "invalid-jwe-header", "encryptedData"},
		"member twice":         {strings.Replace(good, "{", `{"encryptedData":"x",`, 1), 400, "bad-request", "twice"},
		"other document":       {good + "x", 400, "bad-request", "nothing behind"},
		"array":                {"[]", 400, "bad-request", "object"},
		"nothing":              {"", 400, "bad-request", "object"},
	} {
		t.Run(name, func(t *testing.T) {
			w.submit(ref.SubmissionID, c.body, typed("application/json")).wantProblem(t, c.status, c.code, c.word)
		})
	}
	w.submit(waiting.SubmissionID, good).wantProblem(t, 422, "attachments-missing", attachment)
	w.submit(broker.NewID[string](), good).wantProblem(t, 404, "submission-not-found")
	w.submit("x", good).wantProblem(t, 400, "bad-request", "UUID")
	w.submit(ref.SubmissionID, good, as(w.other)).wantProblem(t, 404, "submission-not-found")
	w.submit(ref.SubmissionID, good, typed("application/jose")).wantProblem(t, 415, "unsupported-media-type")
	// Escapes and unknown members are JSON as well.
	escaped := strings.Replace(strings.Replace(good, "eyJ", `\u0065yJ`, 1), "{", `{"unknown":{"a":[1,-2.5e3,true,null,"\n"]},`, 1)
	w.submit(ref.SubmissionID, escaped).want(t, 200)
}

func TestSubmitLimits(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(b *brokerConfig, _ *apiConfig) { b.Limits.Content = 100 << 10 })
	ref := w.announce(w.active())
	small, large := sealed(t, "application/json", "{}"), sealed(t, "application/json", strings.Repeat("x", 90<<10))
	w.submit(ref.SubmissionID, submitBody(t, small, large)).wantProblem(t, 413, "payload-too-large", "encryptedData")
	w.submit(ref.SubmissionID, submitBody(t, strings.Repeat("A", 200<<10), strings.Repeat("A", 200<<10))).wantProblem(t, 413, "payload-too-large", "270336")
	w.submit(ref.SubmissionID, submitBody(t, small, small)).want(t, 200)
}

func TestPickUpRefuses(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	destination := w.active()
	incomplete, ref := w.announce(destination), w.submitted(destination)
	at := func(id string) string { return "/submission-api/v2/submissions/" + id }
	w.call(http.MethodGet, at(incomplete.SubmissionID), "", as(w.subscriber)).wantProblem(t, 404, "submission-not-found")
	w.call(http.MethodGet, at(ref.SubmissionID), "", as(w.sender)).wantProblem(t, 403, "forbidden")
	w.call(http.MethodGet, at(ref.SubmissionID), "", as(w.foreign)).wantProblem(t, 403, "forbidden", "assigned")
	w.call(http.MethodGet, at(ref.SubmissionID), "").wantProblem(t, 401, "unauthorized")
	w.call(http.MethodGet, at("x"), "", as(w.subscriber)).wantProblem(t, 400, "bad-request", "UUID")
	w.call(http.MethodGet, at(ref.SubmissionID)+"/attachments/"+broker.NewID[string](), "", as(w.subscriber)).wantProblem(t, 404, "attachment-not-found")
	w.call(http.MethodGet, at(ref.SubmissionID)+"/events", "", as(w.other)).wantProblem(t, 404, "submission-not-found")
	w.call(http.MethodGet, "/submission-api/v2/cases/"+ref.CaseID+"/events", "", as(w.other)).wantProblem(t, 404, "case-not-found")
	w.call(http.MethodGet, "/submission-api/v2/cases/"+ref.CaseID+"/events", "", as(w.foreign)).wantProblem(t, 403, "forbidden")
	w.call(http.MethodGet, "/submission-api/v2/submissions?destinationId="+destination, "", as(w.foreign)).wantProblem(t, 403, "forbidden")
	w.call(http.MethodGet, "/submission-api/v2/submissions", "", as(w.sender)).wantProblem(t, 403, "forbidden")
	var list wire.SubmissionList
	empty := w.call(http.MethodGet, "/submission-api/v2/submissions?limit=500", "", as(w.foreign))
	empty.decode(&list)
	if !strings.Contains(string(empty.body), `"submissions":[]`) {
		t.Errorf("got %s, want an empty array", empty.body)
	}
}

func TestPaging(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	destination := w.active()
	for range 3 {
		w.submitted(destination)
	}
	for query, want := range map[string]int{"": 3, "?limit=2": 2, "?limit=2&offset=2": 1, "?offset=9": 0, "?limit=500&offset=0": 3, "?unknown=1": 3} {
		var list wire.SubmissionList
		w.call(http.MethodGet, "/submission-api/v2/submissions"+query, "", as(w.subscriber)).decode(&list)
		if len(list.Submissions) != want || list.Count != want || list.TotalCount != 3 {
			t.Errorf("%s: got %+v, want %d of 3", query, list, want)
		}
	}
	for query, word := range map[string]string{
		"limit=0": "1 to 500", "limit=501": "1 to 500", "offset=-1": "offset", "limit=x": "limit must be a whole number", "limit=": "limit",
		"offset=1.5": "offset", "limit=1&limit=1": "at most once", "offset=99999999999": "offset", "limit=%zz": "percent", "a;b": "query",
		"destinationId=x": "destinationId", "destinationId=": "destinationId",
	} {
		w.call(http.MethodGet, "/submission-api/v2/submissions?"+query, "", as(w.subscriber)).wantProblem(t, 400, "bad-request", word)
	}
}

func TestEventBodies(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ref := w.submitted(w.active())
	path := "/submission-api/v2/cases/" + ref.CaseID + "/events"
	w.call(http.MethodPost, path, "a.b.c", as(w.subscriber), typed("application/json")).wantProblem(t, 415, "unsupported-media-type", "application/jose")
	w.call(http.MethodPost, path, `"a.b.c"`, as(w.subscriber), typed("application/jose")).wantProblem(t, 400, "invalid-set")
	w.call(http.MethodPost, path, "", as(w.subscriber), typed("application/jose")).wantProblem(t, 400, "invalid-set")
	w.call(http.MethodPost, path, "a.b.c", as(w.sender), typed("application/jose")).wantProblem(t, 403, "forbidden")
	w.call(http.MethodPost, path, strings.Repeat("a", 256<<10+1), as(w.subscriber), typed("application/jose")).wantProblem(t, 413, "payload-too-large", "262144")
	w.call(http.MethodPost, "/submission-api/v2/cases/x/events", "a.b.c", as(w.subscriber), typed("application/jose")).wantProblem(t, 400, "bad-request", "UUID")
}

func TestPostEvent(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	destination := w.active()
	ref := w.submitted(destination)
	path := "/submission-api/v2/cases/" + ref.CaseID + "/events"
	accept := w.event(destination, ref, "accept-submission")
	if a := w.call(http.MethodPost, path, accept, as(w.subscriber), typed("application/jose")).want(t, 204); len(a.body) > 0 {
		t.Errorf("got a body %q", a.body)
	}
	var log wire.EventLog
	w.call(http.MethodGet, path, "", as(w.sender)).decode(&log)
	if got := log.EventLog[len(log.EventLog)-1]; got != accept {
		t.Errorf("got %s, want the posted token verbatim", got)
	}
	w.call(http.MethodPost, path, w.event(destination, ref, "reject-submission"), as(w.subscriber), typed("application/jose")).
		wantProblem(t, 409, "invalid-state-transition", "accepted")
	w.call(http.MethodGet, "/submission-api/v2/submissions/"+ref.SubmissionID, "", as(w.subscriber)).wantProblem(t, 404, "submission-not-found")
}

func TestInfo(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, path := range []string{"/submission-api/v2/info", "/routing-api/v1/info", "/routing-api/v2/info"} {
		var info struct {
			Version map[string]json.Number `json:"version"`
		}
		w.call(http.MethodGet, path, "").decode(&info)
		for _, part := range []string{"major", "minor", "patch"} {
			if _, err := info.Version[part].Int64(); err != nil {
				t.Errorf("%s: got %v, want the whole number %s", path, info.Version, part)
			}
		}
	}
}

// What a caller may not send at all is refused before anything of it is looked at.
func TestScopeIsAskedFirst(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ref := w.announce(w.active())
	const sub, dst = "/submission-api/v2/submissions", "/destination-api/v1/destinations"
	for _, c := range []struct {
		method, path string
		who          client
	}{
		{http.MethodPost, sub, w.subscriber},
		{http.MethodPut, sub + "/" + ref.SubmissionID, w.subscriber},
		{http.MethodPut, sub + "/x", w.subscriber},
		{http.MethodPut, sub + "/x/attachments/y", w.subscriber},
		{http.MethodPost, "/submission-api/v2/cases/x/events", w.sender},
		{http.MethodPost, dst, w.sender},
		{http.MethodPost, dst, w.reader},
		{http.MethodPatch, dst + "/x", w.sender},
	} {
		for _, mediaType := range []string{"application/json", "text/plain"} {
			w.call(c.method, c.path, "not JSON", as(c.who), typed(mediaType)).wantProblem(t, 403, "forbidden", "scope")
		}
	}
}
