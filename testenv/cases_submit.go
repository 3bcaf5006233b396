package testenv

import (
	"net/http"
	"slices"
	"strings"

	"github.com/vierkant/vierkant/crypto/seal"
	"github.com/vierkant/vierkant/crypto/set"
)

// submitCases are about completing submissions (FIT-Connect contract 3.5, 3.8, 15.4).
func submitCases() []Case {
	return []Case{
		conform(73, "while an attachment is missing nothing is submitted", func(t *trial) {
			s := t.announced(t.home(), 2)
			t.submit(s).problem(http.StatusUnprocessableEntity, "attachments-missing", "missing")
			t.upload(s, s.ids0()).is(http.StatusNoContent)
			t.submit(s).problem(http.StatusUnprocessableEntity, "attachments-missing", "1 of 2")
			t.complete(s)
		}),
		conform(76, "a submit is answered with the submission", func(t *trial) {
			s := t.announced(t.home(), 1)
			t.upload(s, s.ids0()).is(http.StatusNoContent)
			a := t.submit(s).is(http.StatusOK).want("submissionId", s.id).want("caseId", s.caseID).want("destinationId", s.office.id)
			a.want("attachments", s.ids()).want("publicService.identifier", s.office.service)
		}),
		conform(77, "data is required", func(t *trial) {
			s := t.announced(t.home(), 0)
			for _, doc := range []any{
				map[string]any{"encryptedMetadata": s.metadata},
				map[string]any{"encryptedMetadata": s.metadata, "encryptedData": nil},
				map[string]any{"encryptedMetadata": s.metadata, "encryptedData": ""},
			} {
				t.put(s, doc).problem(http.StatusBadRequest, "bad-request", "encryptedData")
			}
		}),
		conform(78, "metadata without cty is refused", func(t *trial) {
			s := t.announced(t.home(), 0)
			s.metadata = t.sealedFor(s.office, "", []byte("{}"))
			t.submit(s).problem(http.StatusUnprocessableEntity, "invalid-jwe-header", "Invalid JWE Header 'cty'")
		}),
		conform(79, "data of application/pdf is refused", func(t *trial) {
			s := t.announced(t.home(), 0)
			s.data = t.sealedFor(s.office, "application/pdf", []byte("%PDF"))
			t.submit(s).problem(http.StatusUnprocessableEntity, "invalid-jwe-header", "Invalid JWE Header 'cty'")
		}),
		conform(80, "data of application/xml is taken", func(t *trial) {
			s := t.announced(t.home(), 0)
			s.data = t.sealedFor(s.office, seal.XML, []byte("<x/>"))
			t.submit(s).is(http.StatusOK)
		}),
		conform(81, "zip is refused", func(t *trial) {
			s := t.announced(t.home(), 0)
			compact, err := seal.SealDeflated(s.office.encryption.Public, seal.JSON, []byte("{}"))
			t.must("seal", err)
			for _, doc := range []any{
				map[string]any{"encryptedMetadata": compact, "encryptedData": s.data}, map[string]any{"encryptedMetadata": s.metadata, "encryptedData": compact},
			} {
				t.put(s, doc).problem(http.StatusUnprocessableEntity, "invalid-jwe-header", "zip")
			}
		}),
		conform(82, "an unknown submission is 404 submission-not-found", func(t *trial) {
			s := t.prepare(t.home(), 0)
			s.id = newID()
			t.submit(s).problem(http.StatusNotFound, "submission-not-found", s.id)
		}),
		conform(83, "another sender's submission is as unknown as none", func(t *trial) {
			s := t.announced(t.home(), 0)
			t.sendJSON(http.MethodPut, t.submissions(s.path()), t.foreignSender(), s.content()).is(http.StatusNotFound, http.StatusForbidden)
			t.submit(s).is(http.StatusOK)
		}),
		conform(84, "characters outside the alphabet are refused", func(t *trial) {
			s := t.announced(t.home(), 0)
			for _, bad := range []string{"+", "/", " ", "\n", "ü", "\x00", "*"} {
				i := max(0, strings.LastIndexByte(s.metadata, '.')) // the end of the ciphertext
				t.put(s, map[string]any{"encryptedMetadata": s.metadata[:i] + bad + s.metadata[i:], "encryptedData": s.data}).
					problem(http.StatusBadRequest, "invalid-jwe", "encryptedMetadata")
			}
		}),
		own("the same submit again is answered like the first", func(t *trial) {
			s := t.submitted(t.home(), 1)
			first := t.submit(s).is(http.StatusOK)
			equal(t, "the answer", string(t.submit(s).is(http.StatusOK).body), string(first.body))
			equal(t, "events of the submission", len(t.log(s)), 2)
		}),
		own("another submit after the first is refused", func(t *trial) {
			s := t.submitted(t.home(), 0)
			other := s
			other.data = t.sealedFor(s.office, seal.JSON, []byte(`{"hello":"world"}`))
			t.submit(other).problem(http.StatusConflict, "already-submitted", "submitted")
			t.put(s, map[string]any{"encryptedMetadata": s.data, "encryptedData": s.metadata}).problem(http.StatusConflict, "already-submitted", "submitted")
			t.checkFetched(s)
		}),
		own("the same submit after the decision is answered like the first", func(t *trial) {
			s := t.submitted(t.home(), 0)
			t.post(s, t.accept(s)).is(http.StatusNoContent)
			t.submit(s).is(http.StatusOK).want("submissionId", s.id)
			equal(t, "events of the submission", len(t.log(s)), 3)
		}),
		own("of several submits at the same time one wins", simultaneousSubmits),
		own("a submit with further members and white space is taken", func(t *trial) {
			s := t.announced(t.home(), 0)
			t.do(call{
				method: http.MethodPut, url: t.submissions(s.path()), token: t.sender(), contentType: jsonType + "; charset=utf-8",
				body: []byte(" {\n\t\"x\" : [ { } ] , \"encryptedData\" : \"" + s.data + "\" , \"encryptedMetadata\":\"" + s.metadata + "\" }\r\n "),
			}).is(http.StatusOK)
			t.checkFetched(s)
		}),
		own("after a refused submit a good one is taken", func(t *trial) {
			s := t.announced(t.home(), 0)
			t.put(s, map[string]any{"encryptedMetadata": s.metadata, "encryptedData": s.data + "x"}).is(http.StatusBadRequest)
			equal(t, "events of the submission", len(t.log(s)), 1)
			t.submit(s).is(http.StatusOK)
			t.checkFetched(s)
		}),
		own("a destination that became inactive still takes what was announced", func(t *trial) {
			o := t.activeOffice()
			s := t.announced(o, 1)
			t.patch(o, map[string]any{"status": "inactive"}).is(http.StatusOK)
			t.complete(s)
			t.checkFetched(s)
			t.post(s, t.accept(s)).is(http.StatusNoContent)
		}),
		own("metadata and data of many sizes come back as they were", func(t *trial) {
			for _, size := range []int{0, 1, 1 << 10, 47 << 10, 48 << 10, 49 << 10, 1 << 20} {
				s := t.prepare(t.home(), 0)
				s.metadata = t.sealedFor(s.office, seal.JSON, []byte(strings.Repeat(" ", size)))
				s.data = t.sealedFor(s.office, seal.XML, []byte(strings.Repeat(" ", size/2)))
				t.announce(&s, "")
				t.complete(s)
				t.checkFetched(s)
			}
		}),
		own("data beyond 32 MiB is refused", func(t *trial) {
			s := t.announced(t.home(), 0)
			e := envelopeWith(jweHeader(s.office.encryption.KID, nil))
			e.content = strings.Repeat("A", 32<<20)
			t.put(s, map[string]any{"encryptedMetadata": s.metadata, "encryptedData": e.String()}).problem(http.StatusRequestEntityTooLarge, "payload-too-large", "encryptedData")
		}),
		own("a body beyond both limits is refused before it is sent", func(t *trial) {
			s := t.announced(t.home(), 0)
			const size = 100 << 20
			t.do(call{
				method: http.MethodPut, url: t.submissions(s.path()), token: t.sender(), contentType: jsonType,
				stream: letters{}, size: size, header: http.Header{"Expect": {"100-continue"}},
			}).problem(http.StatusRequestEntityTooLarge, "payload-too-large", "bytes")
		}),
	}
}

// put sends any body as a submit.
func (t *trial) put(s submission, doc any) *answer {
	return t.sendJSON(http.MethodPut, t.submissions(s.path()), t.sender(), doc)
}

// checkFetched asks for a submission as it was sent.
func (t *trial) checkFetched(s submission) {
	a := t.get(t.submissions(s.path()), t.subscriber()).is(http.StatusOK)
	equal(t, "encryptedMetadata", a.text("encryptedMetadata"), s.metadata)
	equal(t, "encryptedData", a.text("encryptedData"), s.data)
	t.sameTexts("attachments", a.texts("attachments"), s.ids())
	for _, id := range s.ids() {
		equal(t, "attachment "+id, t.download(s, id), s.attachments[id])
	}
}

// simultaneousSubmits submits the same bytes twice and others twice, all at once.
func simultaneousSubmits(t *trial) {
	s := t.announced(t.home(), 0)
	other := s
	other.data = t.sealedFor(s.office, seal.JSON, []byte("{}"))
	answers := make([]*answer, 4)
	parts := make([]func(*trial), len(answers))
	for i := range parts {
		mine := []submission{s, other}[i%2]
		parts[i] = func(t *trial) { answers[i] = t.submit(mine).is(http.StatusOK, http.StatusConflict) }
	}
	t.together(parts...)
	if t.ended() {
		return
	}
	t.holds(answers[0].status == answers[2].status && answers[1].status == answers[3].status && answers[0].status != answers[1].status,
		"the same answer to the same bytes and another to others")
	if answers[1].status == http.StatusOK {
		s = other
	}
	t.checkFetched(s)
	submits := 0
	for _, e := range t.log(s) {
		if e.event == set.SubmitSubmission {
			submits++
		}
	}
	equal(t, "submit-submission events", submits, 1)
}

// submitRefusals breaks the rules of a submit (FIT-Connect contract 3.2, 3.5, 3.8, 6.3).
func submitRefusals() []Case {
	good := func(t *trial) call {
		s := t.announced(t.home(), 0)
		return call{method: http.MethodPut, url: t.submissions(s.path()), token: t.sender(), contentType: jsonType, doc: s.content()}
	}
	rows := []refusal{
		invalid("no metadata", drop("encryptedMetadata"), "encryptedMetadata"),
		invalid("metadata null", with("encryptedMetadata", nil), "encryptedMetadata"),
		invalid("metadata of another type", with("encryptedMetadata", 1), "encryptedMetadata"),
		invalid("metadata that is a list", with("encryptedMetadata", []any{}), "encryptedMetadata"),
		refuse("empty metadata", with("encryptedMetadata", ""), http.StatusBadRequest, "invalid-jwe", "encryptedMetadata"),
		invalid("data of another type", with("encryptedData", true), "encryptedData"),
		invalid("data that is an object", with("encryptedData", map[string]any{}), "encryptedData"),
		refuse("metadata of application/pdf", sealedAs("encryptedMetadata", "application/pdf"), http.StatusUnprocessableEntity, "invalid-jwe-header", "cty"),
		refuse("data without cty", sealedAs("encryptedData", ""), http.StatusUnprocessableEntity, "invalid-jwe-header", "cty"),
		refuse("data of text/xml", sealedAs("encryptedData", "text/xml"), http.StatusUnprocessableEntity, "invalid-jwe-header", "cty"),
		refuse("cty with charset", sealedAs("encryptedData", "application/json; charset=utf-8"), http.StatusUnprocessableEntity, "invalid-jwe-header", "cty"),
		refuse("cty in capitals", sealedAs("encryptedData", "application/JSON"), http.StatusUnprocessableEntity, "invalid-jwe-header", "cty"),
		refuse("by a subscriber", as((*trial).subscriber), http.StatusForbidden, "forbidden", "scope"),
		refuse("foreign submission", as((*trial).foreignSender), http.StatusNotFound, "submission-not-found", "submission").of(83),
		invalid("id that is no UUID", to(func(t *trial) string { return t.submissions("/submissions/x") }), "UUID"),
		refuse("compressed body", func(t *trial, c *call) { c.header = http.Header{"Content-Encoding": {"gzip"}} }, http.StatusUnsupportedMediaType, "unsupported-media-type", "Content-Encoding"),
	}
	in := func(member string) []refusal {
		put := func(forge forgery) change {
			return func(t *trial, c *call) { with(member, forge(t, t.home().encryption.KID))(t, c) }
		}
		all := slices.Concat(syntaxRules(put), headerRules(put))
		for i := range all {
			all[i].name = member + ": " + all[i].name
		}
		return all
	}
	return refusals("submit", good, http.StatusOK, slices.Concat(rows, in("encryptedMetadata"), in("encryptedData"), brokenJSON("encryptedData")))
}

// sealedAs puts a part that is sealed as another content type into the document.
func sealedAs(member, contentType string) change {
	return func(t *trial, c *call) { with(member, t.sealedFor(t.home(), contentType, []byte("{}")))(t, c) }
}
