package schemas_test

import (
	"slices"
	"testing"

	"github.com/vierkant/vierkant/schemas"
)

const (
	submission = `"submission:2d3e4f50-6172-4839-8a4b-5c6d7e8f9012"`
	reply      = `"reply:2d3e4f50-6172-4839-8a4b-5c6d7e8f9012"`
	accept     = "/events/https:~1~1schema.fitko.de~1fit-connect~1events~1accept-submission"
)

func setPayloadAddress(version string) string {
	return `"https://schema.fitko.de/fit-connect/set-payload/` + version + `/set-payload.schema.json"`
}

func event(name, payload string) string {
	return `{"https://schema.fitko.de/fit-connect/events/` + name + `":` + payload + `}`
}

// FIT-Connect contract 6.4, 7.1 (payloads) and 8.2 (problems).
func TestSETPayload(t *testing.T) {
	t.Parallel()
	checkRules(t, "set-payload.json", newRegistry(t).SETPayload, setPayloadRules())
}

func setPayloadRules() []rule {
	const tags, problem = accept + "/authenticationTags", accept + "/problems/0"
	const rejected = "/events/https:~1~1schema.fitko.de~1fit-connect~1events~1reject-submission"
	return slices.Concat(
		required("/jti", "/iss", "/iat", "/sub", "/txn", "/events", tags+"/metadata", problem+"/type"),
		optional(tags, tags+"/data", tags+"/attachments", accept+"/problems"),
		optional(problem+"/title", problem+"/detail", problem+"/instance"),
		[]rule{
			{"", `"eyJ0eXAiOiJzZWNldmVudCtqd3QifQ"`, "", "type object"},
			{"/unknown", `1`, "", good},
			{"/$schema", absent, "", "must have the members $schema"},
			{"/jti", `"17"`, "/jti", "valid uuid"},
			{"/iss", `"https://test.fit-connect.fitko.dev/submission-api"`, "", good},
			{"/iss", `"http://127.0.0.1:8080/submission-api"`, "", good},
			{"/iss", `"destination"`, "/iss", "must match"},
			{"/iat", `1577833200`, "", good},
			{"/iat", `1577833199`, "/iat", "at least 1577833200"},
			{"/iat", `1772366400.5`, "/iat", "type integer"},
			{"/iat", `"1772366400"`, "/iat", "type integer"},
			{"/sub", reply, "", good},
			{"/sub", `"case:2d3e4f50-6172-4839-8a4b-5c6d7e8f9012"`, "/sub", "must match"},
			{"/sub", `"submission:2D3E4F50-6172-4839-8A4B-5C6D7E8F9012"`, "/sub", "must match"},
			{"/txn", submission, "/txn", "must match"},
			{"/events", `{}`, "/events", "at least 1 members"},
			{"/events", `{"https://a.example/x":{},"https://a.example/y":{}}`, "/events", "at most 1 members"},
			{"/events", `{"accept":{}}`, "/events/accept", "valid uri"},
			{"/events", event("accept-submission", `[]`), accept, "type object"},
			{"/events", event("accept-submission", `{}`), "", good},
			{"/events", event("notify-submission", `{"notifyType":"polling"}`), "", good},
			{"/events", event("accept-submission", `{"notifyType":"mail"}`), accept + "/notifyType", "one of callback, polling"},
			{"/events", event("accept-submission", `{"deletionRecord":{"deletedAt":"2026-11-22T10:00:00Z","sha256":{"attachments":{}}}}`), "", good},
			{"/events", event("accept-submission", `{"deletionRecord":{"deletedAt":"2026-11-22T10:00:00Z","sha256":{"data":"A"}}}`), accept + "/deletionRecord/sha256/data", "match"},
			{"/events", event("reject-submission", `{}`), rejected, "must have the members problems"},
			{"/events", event("reject-submission", `{"problems":[]}`), rejected + "/problems", "at least 1 items"},
			{"/events", event("reject-submission", `{"problems":[{"type":"https://example.org/problems/own"}]}`), "", good},
			{problem + "/type", `"schema-violation"`, problem + "/type", "valid uri"},
			{problem + "/detail", `{}`, problem + "/detail", "type string"},
			{tags + "/data", `7`, tags + "/data", "type string"},
			{tags + "/attachments", `{"first":"AAAAAAAAAAAAAAAAAAAAAA"}`, tags + "/attachments/first", "valid uuid"},
		},
	)
}

// No schema of these claims was published, so the corpus is made of the rules.
func TestSETPayloadCombinations(t *testing.T) {
	t.Parallel()
	for _, version := range []string{"1.0.0", "1.1.0", "1.2.2"} {
		t.Run(version, func(t *testing.T) {
			t.Parallel()
			rules := slices.DeleteFunc(setPayloadRules(), func(r rule) bool {
				return r.at == "/$schema" || r.text == reply // the first depends on the event, the second on the version
			})
			if version == "1.2.2" {
				rules = append(rules, rule{"/sub", reply, "", good})
			} else {
				rules = append(rules, rule{"/sub", reply, "/sub", "must match"})
			}
			fresh := func() map[string]any {
				document := full(t, "set-payload.json")
				document["$schema"] = decode(t, setPayloadAddress(version))
				return document
			}
			checkCombinations(t, fresh, newRegistry(t).SETPayload, rules)
		})
	}
}

func TestSETPayloadVersions(t *testing.T) {
	t.Parallel()
	r := newRegistry(t)
	tests := []struct {
		version, sub string
		want         error
	}{
		{"1.0.0", submission, nil},
		{"1.0.1", submission, nil},
		{"1.1.0", submission, nil},
		{"1.1.7", submission, nil},
		{"1.2.0", submission, nil},
		{"1.2.2", reply, nil},
		{"1.0.0", reply, &schemas.Violation{Schema: schemas.SETPayload100}},
		{"1.1.0", reply, &schemas.Violation{Schema: schemas.SETPayload110}},
		{"1.0.2", submission, schemas.ErrUnsupported},
		{"1.3.0", submission, schemas.ErrUnsupported},
		{"2.0.0", submission, schemas.ErrUnsupported},
		{"0.9.0", submission, schemas.ErrUnsupported},
	}
	for _, test := range tests {
		document := edit(t, full(t, "set-payload.json"), "/$schema", setPayloadAddress(test.version))
		err := r.SETPayload(encode(t, edit(t, document, "/sub", test.sub)))
		checkError(t, test.version+" "+test.sub, err, test.want)
	}
}

func TestEachSETPayloadSchemaJudgesItsOwnAddresses(t *testing.T) {
	t.Parallel()
	tests := []struct {
		schema  schemas.Name
		version string
		good    bool
	}{
		{schemas.SETPayload100, "1.0.0", true},
		{schemas.SETPayload100, "1.1.0", false},
		{schemas.SETPayload110, "1.2.2", true},
		{schemas.SETPayload110, "2.0.0", false},
		{schemas.SETPayload122, "1.0.0", true},
		{schemas.SETPayload122, "2.0.0", false},
	}
	for _, test := range tests {
		document := encode(t, edit(t, full(t, "set-payload.json"), "/$schema", setPayloadAddress(test.version)))
		if err := newRegistry(t).Validate(test.schema, document); (err == nil) != test.good {
			t.Errorf("%s with $schema %s: got %v, want good: %v", test.schema, test.version, err, test.good)
		}
	}
}

func TestEmptyEventNeedsNoSchema(t *testing.T) {
	t.Parallel()
	document := edit(t, full(t, "set-payload.json"), "/$schema", absent)
	document = edit(t, document, "/events", event("create-submission", `{}`))
	if err := newRegistry(t).SETPayload(encode(t, document)); err != nil {
		t.Errorf("got %v, want no error", err)
	}
}

func TestEveryClaimHasAType(t *testing.T) {
	t.Parallel()
	versions := map[schemas.Name]string{schemas.SETPayload100: "1.0.0", schemas.SETPayload110: "1.1.0", schemas.SETPayload122: "1.2.2"}
	for schema, version := range versions {
		document := edit(t, full(t, "set-payload.json"), "/$schema", setPayloadAddress(version))
		checkTypes(t, schema, document, nil)
		checkTypes(t, schema, edit(t, document, "/events", event("notify-submission", `{"notifyType":"callback"}`)), nil)
	}
}
