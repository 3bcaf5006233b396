package testenv

import (
	"crypto/rsa"
	"encoding/base64"
	"net/http"
	"slices"
	"strings"

	"github.com/vierkant/vierkant/crypto/set"
)

// draftToken is a subscriber's token before it is signed, so that a case may change any of it.
type draftToken struct {
	submission     submission
	header, claims map[string]any
	key            *rsa.PrivateKey
	sign           func(*rsa.PrivateKey) func([]byte) ([]byte, error) // nil: PS512 as it should be
}

func (t *trial) draftToken(s submission) *draftToken {
	return &draftToken{
		submission: s, header: setHeader(s.office.signing.KID), key: s.office.signing.Secret,
		claims: setClaims(s.office, s.id, s.caseID, set.AcceptSubmission, map[string]any{"authenticationTags": s.tags()}),
	}
}

func (t *trial) finish(d *draftToken) string {
	if d.sign == nil {
		return t.sign(d.header, d.claims, d.key)
	}
	return t.jws(compactJSON(d.header), compactJSON(d.claims), d.sign(d.key))
}

// eventRefusals breaks the rules of a posted event (FIT-Connect contract 6.4, 6.5, 7.1).
func eventRefusals() []Case {
	good := func(t *trial) call {
		s := t.submitted(t.home(), 1)
		return call{
			method: http.MethodPost, url: t.submissions("/cases/" + s.caseID + "/events"), token: t.subscriber(), contentType: joseType, body: []byte(t.accept(s)),
		}
	}
	return refusals("event", good, http.StatusNoContent, slices.Concat(
		eventCallRules(), tokenSyntax(), setHeaderRules(), setClaimRules(), payloadRules(), signatureRules(), issuerRules()))
}

// drafted posts a token that was changed before it was signed.
func drafted(alter func(t *trial, d *draftToken)) change {
	return func(t *trial, c *call) {
		s := t.submitted(t.home(), 1)
		if t.ended() {
			return
		}
		d := t.draftToken(s)
		alter(t, d)
		c.url, c.body = t.submissions("/cases/"+s.caseID+"/events"), []byte(t.finish(d))
	}
}

func invalidEvent(name string, alter func(t *trial, d *draftToken), word string) refusal {
	return refuse(name, drafted(alter), http.StatusUnprocessableEntity, "invalid-event", word)
}

// eventCallRules are about the call around a token.
func eventCallRules() []refusal {
	toCase := func(id func(*trial) string) change {
		return to(func(t *trial) string { return t.submissions("/cases/" + id(t) + "/events") })
	}
	return []refusal{
		refuse("by a sender", as((*trial).sender), http.StatusForbidden, "forbidden", "scope").of(110),
		refuse("by a subscriber that is not connected", as((*trial).foreignSubscriber), http.StatusForbidden, "forbidden", "assigned"),
		refuse("to an unknown case", toCase(func(*trial) string { return newID() }), http.StatusNotFound, "case-not-found", "case"),
		invalid("to a case that is no UUID", toCase(func(*trial) string { return "x" }), "UUID"),
		refuse("to another case", toCase(func(t *trial) string { return t.announced(t.home(), 0).caseID }), http.StatusUnprocessableEntity, "invalid-event", "txn"),
		refuse("as application/json", typed(jsonType), http.StatusUnsupportedMediaType, "unsupported-media-type", joseType).of(122),
		refuse("without content type", typed(""), http.StatusUnsupportedMediaType, "unsupported-media-type", joseType),
		refuse("as application/secevent+jwt", typed("application/secevent+jwt"), http.StatusUnsupportedMediaType, "unsupported-media-type", joseType),
		refuse("beyond 256 KiB", func(t *trial, c *call) { c.body = []byte(strings.Repeat("a", 256<<10+1)) }, http.StatusRequestEntityTooLarge, "payload-too-large", "bytes"),
	}
}

// tokenSyntax breaks the compact form.
func tokenSyntax() []refusal {
	var rows []refusal
	for _, row := range []struct {
		number int
		name   string
		spoil  func(token string) string
	}{
		{122, "in JSON quotes", quoted},
		{0, "empty", func(string) string { return "" }},
		{0, "with a line break behind it", func(s string) string { return s + "\n" }},
		{0, "with a blank before it", func(s string) string { return " " + s }},
		{0, "cut off", func(s string) string { return s[:len(s)/2] }},
		{0, "of two parts", func(s string) string { return s[:strings.LastIndexByte(s, '.')] }},
		{0, "of four parts", func(s string) string { return s + ".x" }},
		{0, "of dots", func(string) string { return ".." }},
		{0, "with padding", func(s string) string { return s + "==" }},
		{0, "with a header that is no JSON", func(s string) string { return "eA" + s[strings.IndexByte(s, '.'):] }},
		{0, "with claims that are no object", func(s string) string {
			return s[:strings.IndexByte(s, '.')] + ".W10" + s[strings.LastIndexByte(s, '.'):]
		}},
		{0, "twice", func(s string) string { return s + s }},
		{0, "in flattened JSON", func(s string) string {
			parts := strings.Split(s, ".")
			return compactJSON(map[string]any{"protected": parts[0], "payload": parts[1], "signature": parts[2]})
		}},
		{0, "that is a JWE", func(string) string { return envelopeWith(jweHeader("x", nil)).String() }},
		{0, "without signature", func(s string) string { return s[:strings.LastIndexByte(s, '.')+1] }},
		{0, "with a header member twice", func(s string) string {
			return base64url([]byte(`{"typ":"secevent+jwt","alg":"PS512","alg":"PS512","kid":"x"}`)) + s[strings.IndexByte(s, '.'):]
		}},
	} {
		spoilt := text(func(b []byte) []byte { return []byte(row.spoil(string(b))) })
		rows = append(rows, refuse("token "+row.name, spoilt, http.StatusBadRequest, "invalid-set", "compact").of(row.number))
	}
	return rows
}

// setHeaderRules breaks the header, one member at a time.
func setHeaderRules() []refusal {
	var rows []refusal
	for _, row := range []struct {
		name  string
		value any
	}{
		{"typ", nothing{}}, {"typ", "JWT"}, {"typ", "SECEVENT+JWT"}, {"typ", "application/secevent+jwt"}, {"typ", ""},
		{"alg", "PS256"}, {"alg", "RS512"}, {"alg", "none"}, {"alg", "ps512"},
		{"kid", nothing{}}, {"kid", ""}, {"kid", strings.Repeat("k", 65)}, {"kid", "another-key"},
		{"jwk", map[string]any{}}, {"jku", "https://keys.suite.example/"}, {"x5c", []any{}}, {"x5u", "https://keys.suite.example/"}, {"b64", true},
		{"cty", 1}, {"x5t", 1},
	} {
		rows = append(rows, invalidEvent("header "+row.name+" "+described(row.value), func(_ *trial, d *draftToken) {
			put(d.header, []string{row.name}, row.value)
		}, row.name))
	}
	for _, row := range []struct {
		name  string
		value any
	}{
		{"typ", 1}, {"alg", nothing{}}, {"alg", 1}, {"kid", 1}, {"crit", []any{"x"}}, {"crit", []any{}},
	} {
		rows = append(rows, refuse("header "+row.name+" "+described(row.value), drafted(func(_ *trial, d *draftToken) {
			put(d.header, []string{row.name}, row.value)
		}), http.StatusBadRequest, "invalid-set", ""))
	}
	return rows
}

// nobody is the id of nothing; it stands in names of cases, which stay the same.
const nobody = "00000000-0000-4000-8000-00000000000a"

// setClaimRules breaks the claims, one at a time.
func setClaimRules() []refusal {
	var rows []refusal
	for _, row := range []struct {
		name  string
		value any
	}{
		{"jti", nothing{}}, {"jti", "x"}, {"jti", 1}, {"jti", nil}, {"iss", nothing{}}, {"iss", ""}, {"iss", 1}, {"iss", nobody}, {"iss", strings.ToUpper(nobody)},
		{"iat", nothing{}}, {"iat", "1700000000"}, {"iat", 1.5}, {"iat", 1577833199}, {"iat", -1}, {"iat", nil}, {"iat", 1e30},
		{"sub", nothing{}}, {"sub", 1}, {"sub", nobody}, {"sub", "submission:" + nobody}, {"sub", "submission:x"}, {"sub", "reply:" + nobody}, {"sub", "case:" + nobody},
		{"txn", nothing{}}, {"txn", 1}, {"txn", nobody}, {"txn", "case:x"},
		{"$schema", 1}, {"$schema", ""}, {"$schema", nothing{}},
		{"events", nothing{}}, {"events", map[string]any{}}, {"events", []any{set.AcceptSubmission}}, {"events", set.AcceptSubmission},
		{"events", map[string]any{set.AcceptSubmission: []any{}}}, {"events", map[string]any{set.AcceptSubmission: nil}}, {"events", map[string]any{set.AcceptSubmission: "x"}},
		{"events", map[string]any{"accept-submission": map[string]any{}}}, {"events", map[string]any{"": map[string]any{}}},
	} {
		rows = append(rows, claimRefusal(row.name, row.value))
	}
	for _, version := range []string{"1.0.0", "1.0.1", "2.0.0", "1.3.0"} {
		rows = append(rows, schemaRefusal("version "+version, set.SchemaURI(version)).of(121))
	}
	rows = append(rows,
		claimRefusal("txn", "case:"+nobody).of(119),
		claimRefusal("events", map[string]any{set.AcceptSubmission: map[string]any{}, set.ForwardSubmission: map[string]any{}}).of(118),
		schemaRefusal("another schema", "https://schema.suite.example/set-payload.schema.json"),
		invalidEvent("claim sub of a submission of another case", func(t *trial, d *draftToken) {
			d.claims["sub"] = "submission:" + t.submitted(t.home(), 0).id
		}, "sub"),
		invalidEvent("claim sub in capitals", func(_ *trial, d *draftToken) { d.claims["sub"] = "submission:" + strings.ToUpper(d.submission.id) }, "sub"),
		invalidEvent("claim sub without dashes", func(_ *trial, d *draftToken) {
			d.claims["sub"] = "submission:" + strings.ReplaceAll(d.submission.id, "-", "")
		}, "sub"),
		invalidEvent("claim txn in capitals", func(_ *trial, d *draftToken) { d.claims["txn"] = "case:" + strings.ToUpper(d.submission.caseID) }, "txn"),
		invalidEvent("claim iss of the service", func(t *trial, d *draftToken) { d.claims["iss"] = t.env.Issuer }, "iss"),
		invalidEvent("claim iss in capitals", func(_ *trial, d *draftToken) { d.claims["iss"] = strings.ToUpper(d.submission.office.id) }, "iss"),
	)
	return append(rows, refuse("claim twice", doubleClaim, http.StatusBadRequest, "invalid-set", "strict"))
}

// doubleClaim posts a token that has a claim twice.
func doubleClaim(t *trial, c *call) {
	s := t.submitted(t.home(), 0)
	claims := `{"jti":"` + nobody + `",` + strings.TrimPrefix(compactJSON(setClaims(s.office, s.id, s.caseID, set.AcceptSubmission, nil)), "{")
	c.url = t.submissions("/cases/" + s.caseID + "/events")
	c.body = []byte(t.jws(compactJSON(setHeader(s.office.signing.KID)), claims, signPSS(s.office.signing.Secret, pssSalt)))
}

// claimRefusal is an accept with another value of a claim.
func claimRefusal(claim string, value any) refusal {
	return invalidEvent("claim "+claim+" "+described(value), func(_ *trial, d *draftToken) {
		put(d.claims, []string{claim}, value)
	}, claim)
}

func schemaRefusal(name, uri string) refusal {
	return refuse("claim $schema "+name, drafted(func(_ *trial, d *draftToken) { d.claims["$schema"] = uri }),
		http.StatusUnprocessableEntity, "payload-schema-not-supported", "Payload Schema not supported")
}

// payloadRules breaks what an accept and a rejection say.
func payloadRules() []refusal {
	var rows []refusal
	tag := randomText(tagBytes)
	for _, row := range []struct {
		name, path string
		value      any
		word       string
	}{
		{"other tag of the metadata", "authenticationTags.metadata", tag, "authenticationTags"},
		{"other tag of the data", "authenticationTags.data", tag, "authenticationTags"},
		{"no tag of the data", "authenticationTags.data", nothing{}, "authenticationTags"},
		{"no tags of attachments", "authenticationTags.attachments", nothing{}, "authenticationTags"},
		{"tag of an attachment more", "authenticationTags.attachments.x", tag, "authenticationTags"},
		{"no tags at all", "authenticationTags", map[string]any{}, "authenticationTags"},
		{"tags that are a list", "authenticationTags", []any{}, "authenticationTags"},
		{"tags null", "authenticationTags", nil, "authenticationTags"},
		{"tag of another type", "authenticationTags.metadata", 1, "metadata"},
		{"tags of attachments that are a list", "authenticationTags.attachments", []any{}, "attachments"},
		{"tag of an attachment of another type", "authenticationTags.attachments.x", 1, "x"},
		{"problems that are an object", "problems", map[string]any{}, "problems"},
		{"problem that is a text", "problems", []any{"x"}, "problems"},
		{"problem without type", "problems", []any{map[string]any{"title": "x"}}, "problems[0].type"},
		{"problem whose type is no URI", "problems", []any{map[string]any{"type": "x y"}}, "problems[0].type"},
		{"second problem of another type", "problems", []any{map[string]any{"type": "urn:x:y"}, map[string]any{"type": 1}}, "problems[1].type"},
		{"title of another type", "problems", []any{map[string]any{"type": "urn:x:y", "title": 1}}, "title"},
		{"notifyType of another type", "notifyType", 1, "notifyType"},
	} {
		rows = append(rows, invalidEvent("accept with "+row.name, func(_ *trial, d *draftToken) {
			put(d.payload(), strings.Split(row.path, "."), row.value)
		}, row.word))
	}
	return append(rows, invalidEvent("accept with the tags of another submission", func(t *trial, d *draftToken) {
		put(d.payload(), []string{"authenticationTags"}, t.submitted(t.home(), 1).tags())
	}, "authenticationTags"))
}

// payload is what the accept says.
func (d *draftToken) payload() any {
	events, _ := d.claims["events"].(map[string]any)
	return events[set.AcceptSubmission]
}

// signatureRules breaks the signature.
func signatureRules() []refusal {
	by := func(sign func(*rsa.PrivateKey) func([]byte) ([]byte, error)) func(*trial, *draftToken) {
		return func(_ *trial, d *draftToken) { d.sign = sign }
	}
	salted := func(salt int) func(*rsa.PrivateKey) func([]byte) ([]byte, error) {
		return func(key *rsa.PrivateKey) func([]byte) ([]byte, error) { return signPSS(key, salt) }
	}
	rows := []refusal{
		invalidEvent("signed with another key", func(t *trial, d *draftToken) { d.key = t.freshPair().signing.Secret }, "signature").of(116),
		invalidEvent("signed with a key that was not added", func(t *trial, d *draftToken) {
			d.key, d.header["kid"] = t.freshPair().signing.Secret, t.freshPair().signing.KID
		}, "kid").of(116),
		invalidEvent("signed with the key of another destination", func(t *trial, d *draftToken) {
			if offices := t.worldOffices(); !t.ended() {
				d.key, d.header["kid"] = offices[0].signing.Secret, offices[0].signing.KID
			}
		}, "kid"),
		invalidEvent("signed with the encryption key", func(_ *trial, d *draftToken) {
			d.key, d.header["kid"] = d.submission.office.encryption.Secret, d.submission.office.encryption.KID
		}, "kid"),
		invalidEvent("signed with RS256", func(_ *trial, d *draftToken) { d.header["alg"], d.sign = "RS256", signPKCS1 }, "alg").of(117),
		invalidEvent("signed with PS256", func(_ *trial, d *draftToken) { d.header["alg"], d.sign = "PS256", signPSS256 }, "alg"),
		invalidEvent("signed with RS256 under the name PS512", by(signPKCS1), "signature"),
		invalidEvent("salt of 32 bytes", by(salted(32)), "signature"),
		invalidEvent("salt of no bytes", by(salted(0)), "signature"),
		invalidEvent("signed with the public key as a secret", func(t *trial, d *draftToken) {
			d.header["alg"] = "HS256"
			d.sign = func(*rsa.PrivateKey) func([]byte) ([]byte, error) {
				return signHMAC([]byte(compactJSON(t.jwk(t.home().signing))))
			}
		}, "alg"),
		invalidEvent("not signed, as alg none", func(_ *trial, d *draftToken) {
			d.header["alg"], d.sign = "none", func(*rsa.PrivateKey) func([]byte) ([]byte, error) {
				return func([]byte) ([]byte, error) { return []byte("x"), nil }
			}
		}, "alg"),
		invalidEvent("key of its own in the header", func(t *trial, d *draftToken) {
			d.key, d.header["jwk"] = t.freshPair().signing.Secret, t.jwk(t.freshPair().signing)
		}, "jwk"),
	}
	for _, row := range []struct {
		name  string
		spoil func([]byte) []byte
	}{
		{"one bit changed", func(s []byte) []byte { s[100] ^= 1; return s }},
		{"one byte shorter", func(s []byte) []byte { return s[1:] }},
		{"one byte longer", func(s []byte) []byte { return append(s, 0) }},
		{"all zero", func(s []byte) []byte { return make([]byte, len(s)) }},
		{"one byte", func([]byte) []byte { return []byte{1} }},
	} {
		spoilt := text(func(b []byte) []byte { return resigned(b, row.spoil) })
		rows = append(rows, refuse("signature with "+row.name, spoilt, http.StatusUnprocessableEntity, "invalid-event", "signature"))
	}
	return append(rows, refuse("claims changed after signing", changedClaims, http.StatusUnprocessableEntity, "invalid-event", "signature"))
}

// resigned changes the signature of a token.
func resigned(token []byte, spoil func([]byte) []byte) []byte {
	i := strings.LastIndexByte(string(token), '.')
	signature, _ := base64.RawURLEncoding.DecodeString(string(token[i+1:]))
	return append(token[:i+1:i+1], base64url(spoil(signature))...)
}

// changedClaims posts a rejection under the signature of an accept.
func changedClaims(t *trial, c *call) {
	parts := strings.Split(string(c.body), ".")
	raw, err := base64.RawURLEncoding.DecodeString(parts[1])
	t.must("claims", err)
	raw = []byte(strings.Replace(string(raw), "accept-submission", "reject-submission", 1))
	c.body = []byte(parts[0] + "." + base64url(raw) + "." + parts[2])
}

// issuerRules are events that a subscriber may not issue.
func issuerRules() []refusal {
	var rows []refusal
	for _, event := range []string{
		set.CreateSubmission, set.SubmitSubmission, set.NotifySubmission, set.DeleteSubmission, set.CreateReply, set.SubmitReply, set.AcceptReply, set.RejectReply,
		eventBase + "ACCEPT-SUBMISSION", eventBase + "unknown", "urn:suite:event",
	} {
		rows = append(rows, invalidEvent("event "+strings.TrimPrefix(event, eventBase), func(_ *trial, d *draftToken) {
			d.claims["events"] = map[string]any{event: map[string]any{}}
		}, "may not be issued").of(120))
	}
	return rows
}
