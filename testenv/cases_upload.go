package testenv

import (
	"net/http"
	"slices"
	"strings"

	"github.com/vierkant/vierkant/crypto/seal"
)

// uploadCases are about attachments on their way in (FIT-Connect contract 3.8, 6.3, 15.4).
func uploadCases() []Case {
	return []Case{
		conform(67, "an announced attachment is taken", func(t *trial) {
			s := t.announced(t.home(), 1)
			t.upload(s, s.ids0()).is(http.StatusNoContent).empty()
		}),
		conform(68, "a second upload takes the place of the first", func(t *trial) {
			s := t.announced(t.home(), 1)
			id := s.ids0()
			for range 2 {
				t.upload(s, id).is(http.StatusNoContent).empty()
				s.attachments[id] = t.sealedFor(s.office, "application/pdf", []byte(newID()))
			}
			t.complete(s)
			equal(t, "the attachment", t.download(s, id), s.attachments[id])
			t.checkTags(s)
		}),
		conform(69, "an attachment that was not announced is refused", func(t *trial) {
			s := t.announced(t.home(), 1)
			t.sendJOSE(http.MethodPut, t.submissions(s.attachment(newID())), t.sender(), s.attachments[s.ids0()]).
				problem(http.StatusUnprocessableEntity, "attachment-not-announced", "announced")
		}),
		conform(70, "an attachment as application/json is refused", func(t *trial) {
			s := t.announced(t.home(), 1)
			t.do(call{
				method: http.MethodPut, url: t.submissions(s.attachment(s.ids0())), token: t.sender(), contentType: jsonType, body: []byte(s.attachments[s.ids0()]),
			}).problem(http.StatusUnsupportedMediaType, "unsupported-media-type", joseType)
		}),
		conform(71, "what is no JWE is refused", func(t *trial) {
			s := t.announced(t.home(), 1)
			for _, body := range []string{"", " ", "x", "a b.c.d.e.f", `{"payload":"x"}`, "%PDF-1.7", "\x00\x01"} {
				t.sendJOSE(http.MethodPut, t.submissions(s.attachment(s.ids0())), t.sender(), body).problem(http.StatusBadRequest, "invalid-jwe", "JWE")
			}
		}),
		conform(72, "an attachment beyond 500 MB is refused", func(t *trial) {
			s := t.announced(t.home(), 1)
			// Whether a MB is 10^6 or 2^20 bytes is open, so the length is beyond both. It is announced and never sent.
			const size = 500<<20 + 1
			t.do(call{
				method: http.MethodPut, url: t.submissions(s.attachment(s.ids0())), token: t.sender(), contentType: joseType,
				stream: endless(jweHeader(s.office.encryption.KID, nil)), size: size, header: http.Header{"Expect": {"100-continue"}},
			}).problem(http.StatusRequestEntityTooLarge, "payload-too-large", "bytes")
			t.submit(s).problem(http.StatusUnprocessableEntity, "attachments-missing", s.ids0())
		}),
		own("attachments are taken with any content type of the plaintext, or none", func(t *trial) {
			for _, contentType := range []string{"", "application/json", "application/pdf", "text/csv; charset=utf-8", "x"} {
				s := t.announced(t.home(), 1)
				s.attachments[s.ids0()] = t.sealedFor(s.office, contentType, []byte("x"))
				t.complete(s)
				equal(t, "the attachment", t.download(s, s.ids0()), s.attachments[s.ids0()])
			}
		}),
		own("a header may say typ JWE and more that means nothing", func(t *trial) {
			s := t.announced(t.home(), 1)
			more := map[string]any{"typ": "JWE", "x5t": "x", "later": map[string]any{"x": []any{1}}}
			s.attachments[s.ids0()] = envelopeWith(jweHeader(s.office.encryption.KID, more)).String()
			s.data = envelopeWith(jweHeader(s.office.encryption.KID, more)).String()
			t.complete(s)
			t.checkFetched(s)
		}),
		own("an empty attachment is one", func(t *trial) {
			s := t.announced(t.home(), 1)
			s.attachments[s.ids0()] = t.sealedFor(s.office, "", nil)
			t.complete(s)
			equal(t, "the attachment", t.download(s, s.ids0()), s.attachments[s.ids0()])
		}),
		own("a media type with parameters is taken", func(t *trial) {
			s := t.announced(t.home(), 1)
			t.do(call{
				method: http.MethodPut, url: t.submissions(s.attachment(s.ids0())), token: t.sender(), contentType: "Application/JOSE; charset=utf-8",
				body: []byte(s.attachments[s.ids0()]),
			}).is(http.StatusNoContent)
		}),
		own("an attachment whose length is not announced is taken", func(t *trial) {
			s := t.announced(t.home(), 1)
			t.do(call{
				method: http.MethodPut, url: t.submissions(s.attachment(s.ids0())), token: t.sender(), contentType: joseType,
				stream: strings.NewReader(s.attachments[s.ids0()]), size: -1,
			}).is(http.StatusNoContent)
			t.complete(s)
			equal(t, "the attachment", t.download(s, s.ids0()), s.attachments[s.ids0()])
		}),
		own("the id of an attachment is taken without dashes and in capitals", func(t *trial) {
			s := t.announced(t.home(), 1)
			id := strings.ToUpper(strings.ReplaceAll(s.ids0(), "-", ""))
			t.sendJOSE(http.MethodPut, t.submissions(s.attachment(id)), t.sender(), s.attachments[s.ids0()]).is(http.StatusNoContent)
			t.submit(s).is(http.StatusOK).want("attachments", s.ids())
		}),
		own("a refused upload leaves the good one before it", func(t *trial) {
			s := t.announced(t.home(), 1)
			t.upload(s, s.ids0()).is(http.StatusNoContent)
			bad := s.attachments[s.ids0()]
			t.sendJOSE(http.MethodPut, t.submissions(s.attachment(s.ids0())), t.sender(), bad+"x").is(http.StatusBadRequest)
			t.submit(s).is(http.StatusOK)
			equal(t, "the attachment", t.download(s, s.ids0()), bad)
		}),
		own("an upload that breaks off is not kept", brokenUpload),
		own("uploads of one attachment at the same time leave one of them whole", simultaneousUploads),
		own("a kid may be the thumbprint of the key", func(t *trial) {
			const kid = "suite-wrap-key"
			o := t.activeOffice(with("encryptionPublicKey.kid", kid), with("encryptionKid", kid))
			thumbprint := o.encryption.Public.Thumbprint()
			for _, name := range []string{kid, thumbprint} {
				o.encryption.KID = name
				t.submitted(o, 1)
			}
		}),
		own("after a roll-over what is sealed to the old key is still taken", func(t *trial) {
			o, fresh := t.activeOffice(), t.freshPair().encryption
			before := t.announced(o, 1)
			t.addKey(o, t.jwk(fresh)).is(http.StatusCreated)
			t.patch(o, map[string]any{"encryptionKid": fresh.KID}).is(http.StatusOK)
			t.complete(before)
			o.encryption = fresh
			t.submitted(o, 1)
		}),
	}
}

// ids0 returns the id of the only attachment, "" if there is none.
func (s submission) ids0() string {
	for _, id := range s.ids() {
		return id
	}
	return ""
}

// download fetches an attachment.
func (t *trial) download(s submission, id string) string {
	a := t.get(t.submissions(s.attachment(id)), t.subscriber()).is(http.StatusOK).has("Content-Type", joseType)
	return string(a.body)
}

// brokenUpload announces more bytes than it sends.
func brokenUpload(t *trial) {
	s := t.announced(t.home(), 1)
	body := s.attachments[s.ids0()]
	if t.ended() {
		return
	}
	c := call{
		method: http.MethodPut, url: t.submissions(s.attachment(s.ids0())), token: t.sender(), contentType: joseType,
		stream: strings.NewReader(body), size: int64(len(body)) + 100,
	}
	r, err := c.request(t)
	t.must("request", err)
	if t.ended() {
		return
	}
	if response, err := t.client.Do(r); err == nil {
		response.Body.Close()
		t.holds(response.StatusCode >= http.StatusBadRequest, "no success for half a body, got %d", response.StatusCode)
	}
	t.submit(s).problem(http.StatusUnprocessableEntity, "attachments-missing", s.ids0())
	t.complete(s)
	equal(t, "the attachment", t.download(s, s.ids0()), body)
}

// simultaneousUploads uploads several large bodies under one id.
func simultaneousUploads(t *trial) {
	const size, uploads = 300_000, 4
	s := t.announced(t.home(), 1)
	bodies := make([]string, uploads)
	parts := make([]func(*trial), uploads)
	for i := range bodies {
		bodies[i] = t.sealedFor(s.office, "", []byte(strings.Repeat(itoa(i), size)))
		parts[i] = func(t *trial) {
			t.sendJOSE(http.MethodPut, t.submissions(s.attachment(s.ids0())), t.sender(), bodies[i]).is(http.StatusNoContent)
		}
	}
	t.together(parts...)
	t.submit(s).is(http.StatusOK)
	got := t.download(s, s.ids0())
	t.holds(t.ended() || slices.Contains(bodies, got), "one of the attachments that were sent, whole")
	s.attachments[s.ids0()] = got
	if !t.ended() {
		t.checkTags(s)
	}
}

// uploadRefusals breaks the rules of an upload (FIT-Connect contract 3.8, 6.3).
func uploadRefusals() []Case {
	good := func(t *trial) call {
		s := t.announced(t.home(), 1)
		return call{
			method: http.MethodPut, url: t.submissions(s.attachment(s.ids0())), token: t.sender(), contentType: joseType, body: []byte(s.attachments[s.ids0()]),
		}
	}
	elsewhere := func(path func(*trial) string) change {
		return to(func(t *trial) string { return t.submissions(path(t)) })
	}
	rows := []refusal{
		refuse("unknown submission", elsewhere(func(*trial) string { return "/submissions/" + newID() + "/attachments/" + newID() }), http.StatusNotFound, "submission-not-found", "submission"),
		refuse("foreign submission", as((*trial).foreignSender), http.StatusNotFound, "submission-not-found", "submission").of(83),
		refuse("by a subscriber", as((*trial).subscriber), http.StatusForbidden, "forbidden", "scope"),
		invalid("submission that is no UUID", elsewhere(func(*trial) string { return "/submissions/x/attachments/" + newID() }), "UUID"),
		invalid("attachment that is no UUID", elsewhere(func(t *trial) string { return t.announced(t.home(), 1).attachment("x") }), "UUID"),
		refuse("attachment of another submission", elsewhere(func(t *trial) string {
			return t.announced(t.home(), 1).attachment(t.announced(t.home(), 1).ids0())
		}), http.StatusUnprocessableEntity, "attachment-not-announced", "announced").of(69),
		refuse("after the submit", elsewhere(func(t *trial) string {
			s := t.submitted(t.home(), 1)
			return s.attachment(s.ids0())
		}), http.StatusUnprocessableEntity, "submission-state-invalid", "submitted"),
		refuse("no content type", typed(""), http.StatusUnsupportedMediaType, "unsupported-media-type", joseType),
		refuse("content type application/octet-stream", typed("application/octet-stream"), http.StatusUnsupportedMediaType, "unsupported-media-type", joseType),
		refuse("content type application/jose+json", typed("application/jose+json"), http.StatusUnsupportedMediaType, "unsupported-media-type", joseType),
		refuse("compressed body", func(t *trial, c *call) { c.header = http.Header{"Content-Encoding": {"gzip"}} }, http.StatusUnsupportedMediaType, "unsupported-media-type", "Content-Encoding"),
	}
	asBody := func(forge forgery) change {
		return func(t *trial, c *call) { c.body = []byte(forge(t, t.home().encryption.KID)) }
	}
	return refusals("upload", good, http.StatusNoContent, slices.Concat(rows, syntaxRules(asBody), headerRules(asBody)))
}

// forgery makes a bad JWE that names the key kid.
type forgery func(t *trial, kid string) string

// syntaxRules breaks the form of a JWE. put says where the bad one is sent.
func syntaxRules(put func(forgery) change) []refusal {
	var rows []refusal
	for _, row := range []struct {
		name  string
		spoil func(e *envelope)
		word  string
	}{
		{"padding in the header", func(e *envelope) { e.header += "=" }, "base64url"},
		{"padding at the end", func(e *envelope) { e.tag += "==" }, ""},
		{"plus sign", func(e *envelope) { e.content = "+" + e.content }, "base64url"},
		{"slash", func(e *envelope) { e.iv = "/" + e.iv[1:] }, "base64url"},
		{"blank", func(e *envelope) { e.content += " " }, "base64url"},
		{"umlaut", func(e *envelope) { e.content += "ü" }, "base64url"},
		{"key of 682 characters", func(e *envelope) { e.key = e.key[1:] }, "683"},
		{"key of 684 characters", func(e *envelope) { e.key += "A" }, "683"},
		{"key of a 2048-bit key", func(e *envelope) { e.key = e.key[:342] }, "683"},
		{"no key", func(e *envelope) { e.key = "" }, "683"},
		{"iv of 15 characters", func(e *envelope) { e.iv = e.iv[1:] }, "16"},
		{"iv of 17 characters", func(e *envelope) { e.iv += "A" }, "16"},
		{"tag of 21 characters", func(e *envelope) { e.tag = e.tag[1:] }, "22"},
		{"tag of 23 characters", func(e *envelope) { e.tag += "A" }, "22"},
		{"ciphertext that is no base64url", func(e *envelope) { e.content = "A" }, ""},
		{"header that is no base64url", func(e *envelope) { e.header += "A" }, ""},
		{"six parts", func(e *envelope) { e.tag += ".A" }, "five"},
		{"no header", func(e *envelope) { e.header = "" }, "header"},
		{"header that is no JSON", func(e *envelope) { e.header = base64url([]byte("x")) }, "JSON"},
		{"header that is a list", func(e *envelope) { e.header = base64url([]byte("[]")) }, "JSON"},
		{"header with a member twice", func(e *envelope) { e.header = base64url([]byte(`{"alg":"RSA-OAEP-256","alg":"RSA-OAEP-256"}`)) }, "JSON"},
		{"header beyond 4 KiB", func(e *envelope) { e.header = randomText(5 << 10) }, ""},
	} {
		rows = append(rows, refuse("JWE with "+row.name, put(func(t *trial, kid string) string {
			e := envelopeWith(jweHeader(kid, nil))
			row.spoil(&e)
			return e.String()
		}), http.StatusBadRequest, "invalid-jwe", row.word))
	}
	return append(rows, refuse("JWE with four parts", put(func(t *trial, kid string) string {
		e := envelopeWith(jweHeader(kid, nil))
		return strings.TrimSuffix(e.String(), "."+e.tag)
	}), http.StatusBadRequest, "invalid-jwe", "five"))
}

// headerRules breaks the header of a JWE for any part of a submission in the second generation (FIT-Connect contract 6.3).
func headerRules(put func(forgery) change) []refusal {
	var rows []refusal
	for _, row := range []struct {
		name  string
		value any
		word  string
	}{
		{"alg", nothing{}, "alg"}, {"alg", "RSA-OAEP", "RSA-OAEP-256"}, {"alg", "RSA-OAEP-512", "RSA-OAEP-256"}, {"alg", "dir", "alg"}, {"alg", "RSA1_5", "alg"},
		{"alg", "rsa-oaep-256", "alg"}, {"alg", nil, "alg"}, {"alg", 1, "alg"},
		{"enc", nothing{}, "enc"}, {"enc", "A128GCM", "A256GCM"}, {"enc", "A256CBC-HS512", "A256GCM"}, {"enc", []any{"A256GCM"}, "enc"},
		{"zip", "DEF", "zip"}, {"zip", "", "zip"}, {"zip", nil, "zip"}, {"zip", "GZ", "zip"},
		{"kid", nothing{}, "kid"}, {"kid", "", "kid"}, {"kid", "another-key", "kid"}, {"kid", 1, "kid"}, {"kid", nil, "kid"},
		{"cty", 1, "cty"}, {"cty", nil, "cty"}, {"typ", "JWT", "typ"},
		{"crit", []any{"exp"}, "crit"}, {"jku", "https://keys.suite.example/", "jku"}, {"jwk", map[string]any{}, "jwk"}, {"x5u", "https://keys.suite.example/", "x5u"},
		{"x5c", []any{}, "x5c"}, {"p2c", 1, "p2c"}, {"p2s", "x", "p2s"}, {"b64", false, "b64"}, {"epk", map[string]any{}, "epk"}, {"apu", "x", "apu"}, {"apv", "x", "apv"},
		{"iv", "x", "iv"}, {"tag", "x", "tag"}, {"x5t", 1, "x5t"}, {"x5t#S256", []any{}, "x5t#S256"}, {"nonce", 1, "nonce"},
	} {
		rows = append(rows, badHeader(row.name+" "+described(row.value), put(func(t *trial, kid string) string {
			return envelopeWith(jweHeader(kid, map[string]any{row.name: row.value})).String()
		}), row.word))
	}
	return append(rows,
		badHeader("kid of the signing key", put(func(t *trial, kid string) string {
			return envelopeWith(jweHeader(t.home().signing.KID, nil)).String()
		}), "kid"),
		badHeader("kid of another destination's key", put(func(t *trial, kid string) string {
			return t.sealedFor(office{pair: t.freshPair()}, seal.JSON, []byte("{}"))
		}), "kid"),
	)
}

func badHeader(name string, change change, word string) refusal {
	return refuse("JWE header "+name, change, http.StatusUnprocessableEntity, "invalid-jwe-header", word)
}

// described names a value in the name of a case.
func described(value any) string {
	if _, absent := value.(nothing); absent {
		return "missing"
	}
	return compactJSON(value)
}
