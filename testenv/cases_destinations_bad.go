package testenv

import (
	"net/http"
	"slices"
	"strings"
)

// destinationRefusals breaks the rules of a destination (FIT-Connect contract 3.3, 4, 9.6), in each call that sets one.
func destinationRefusals() []Case {
	create := func(t *trial) call { return t.create() }
	replace := func(t *trial) call {
		o := t.activeOffice()
		return call{method: http.MethodPut, url: t.destinations("/destinations/" + o.id), token: t.subscriber(), contentType: jsonType, doc: t.replacement("active")}
	}
	patch := func(t *trial) call {
		o := t.activeOffice()
		return call{method: http.MethodPatch, url: t.destinations("/destinations/" + o.id), token: t.subscriber(), contentType: patchType, doc: map[string]any{"name": "x"}}
	}
	return slices.Concat(
		refusals("create destination", create, http.StatusCreated, slices.Concat(destinationRules(), createRules(), brokenJSON("name"), foreignCallers())),
		refusals("replace destination", replace, http.StatusOK, slices.Concat(destinationRules(), replaceRules(), brokenJSON("name"), foreignCallers())),
		refusals("patch destination", patch, http.StatusOK, slices.Concat(patchRules(), brokenJSON("name"), foreignCallers())),
	)
}

// foreignCallers may not manage destinations.
func foreignCallers() []refusal {
	return []refusal{
		refuse("by a sender", as((*trial).sender), http.StatusForbidden, "forbidden", "scope"),
		refuse("by nobody", as(func(*trial) string { return "" }), http.StatusUnauthorized, "unauthorized", "token"),
	}
}

// long is one more than any text may have.
var long = strings.Repeat("x", 1025)

// destinationRules are those of the whole document.
func destinationRules() []refusal {
	var rows []refusal
	for _, row := range []struct{ path, word string }{
		{"contactInformation", "contactInformation"}, {"contactInformation.legalName", "legalName"}, {"contactInformation.email", "email"},
		{"services", "services"}, {"services.0.identifier", "identifier"}, {"services.0.regions", "regions"},
		{"services.0.submissionSchemas", "submissionSchemas"}, {"services.0.submissionSchemas.0.schemaUri", "schemaUri"},
		{"services.0.submissionSchemas.0.mimeType", "mimeType"}, {"encryptionKid", "encryptionKid"}, {"metadataVersions", "metadataVersions"},
	} {
		rows = append(rows,
			invalid("no "+row.path, drop(row.path), row.word),
			invalid(row.path+" null", with(row.path, nil), row.word),
			invalid(row.path+" of another type", with(row.path, true), lastStep(row.path)),
		)
	}
	return slices.Concat(rows, contactRules(), serviceRules(), versionRules(), channelRules(), callbackRules())
}

func lastStep(path string) string { return path[strings.LastIndexByte(path, '.')+1:] }

func contactRules() []refusal {
	return []refusal{
		invalid("name too long", with("name", long), "name"),
		invalid("name of another type", with("name", 7), "name"),
		invalid("blank legal name", with("contactInformation.legalName", " "), "legalName"),
		invalid("legal name too long", with("contactInformation.legalName", long), "contactInformation"),
		invalid("mail address without @", with("contactInformation.email", "suite.example"), "email"),
		invalid("mail address with a name", with("contactInformation.email", "A <a@suite.example>"), "email"),
		invalid("two mail addresses", with("contactInformation.email", "a@suite.example, b@suite.example"), "email"),
		invalid("mail address with a line break", with("contactInformation.email", "a@suite.example\r\nBcc: b@suite.example"), "email"),
		invalid("unit too long", with("contactInformation.unit", long), "contactInformation"),
		invalid("phone of another type", with("contactInformation.phone", 49), "phone"),
	}
}

func serviceRules() []refusal {
	const identifier, regions, schemas = "services.0.identifier", "services.0.regions", "services.0.submissionSchemas"
	rows := []refusal{
		refuse("no services", with("services", []any{}), http.StatusBadRequest, "bad-request", "services").of(45),
		invalid("a service that is null", with("services.0", nil), "identifier"),
		invalid("service twice", with("services.1", offer(service, "DE")), "twice"),
		invalid("too many services", with("services", slices.Repeat([]any{offer(service, "DE")}, 501)), "500"),

		invalid("identifier in capitals", with(identifier, "urn:de:fim:leika:leistung:99A"), "lower case"),
		invalid("identifier that is no URN", with(identifier, "99050012104000"), "URN"),
		invalid("identifier of 6 characters", with(identifier, "urn:x:"), "7"),
		invalid("identifier of 256 characters", with(identifier, "urn:x:"+strings.Repeat("y", 250)), "255"),
		invalid("identifier with a blank", with(identifier, "urn:x:y z"), "URN"),
		invalid("identifier with a line break behind it", with(identifier, "urn:x:y\n"), "URN"),
		invalid("identifier with a namespace of 33 characters", with(identifier, "urn:"+strings.Repeat("x", 33)+":y"), "URN"),
		invalid("empty identifier", with(identifier, ""), "URN"),

		invalid("region without DE", with(regions, []any{"09"}), "DE").of(44),
		invalid("region in lower case", with(regions, []any{"de09"}), "DE"),
		invalid("region of 13 digits", with(regions, []any{"DE0000000000000"}), "12"),
		invalid("region with a letter", with(regions, []any{"DE0A"}), "DE"),
		invalid("region with a line break behind it", with(regions, []any{"DE09\n"}), "DE"),
		invalid("empty region", with(regions, []any{""}), "DE"),
		invalid("region of another type", with(regions, []any{9}), "regions"),
		invalid("no regions", with(regions, []any{}), "regions"),
		invalid("region twice", with(regions, []any{"DE09", "DE09"}), "twice"),

		invalid("no schemas", with(schemas, []any{}), "submissionSchemas"),
		invalid("schema of text/csv", with(schemas+".0.mimeType", "text/csv"), "application/json").of(46),
		invalid("media type in capitals", with(schemas+".0.mimeType", "application/JSON"), "application/json"),
		invalid("media type with charset", with(schemas+".0.mimeType", "application/json; charset=utf-8"), "application/json"),
		invalid("schema URI without scheme", with(schemas+".0.schemaUri", "//schema.example/x"), "schemaUri"),
		invalid("schema URI with a control character", with(schemas+".0.schemaUri", "https://schema.example/\x7f"), "schemaUri"),
		invalid("schema URI too long", with(schemas+".0.schemaUri", "https://schema.example/"+long), "schemaUri"),
		invalid("empty schema URI", with(schemas+".0.schemaUri", ""), "schemaUri"),
	}
	return append(rows, invalid("schema twice", func(t *trial, c *call) {
		all, _ := lookUp(c.doc, schemas)
		list, _ := all.([]any)
		put(c.doc, strings.Split(schemas, "."), append(list, copied(list[0])))
	}, "twice"))
}

func versionRules() []refusal {
	var rows []refusal
	for _, version := range []string{"2.1", "2", "", "v2.1.0", "2.1.0-rc.1", "02.1.0", "2.01.0", "2.1.00", "2.1.0.0", " 2.1.0", "2.1.0\n", "2.1.x", "٢.1.0"} {
		rows = append(rows, invalid("metadata version "+quoted(version), with("metadataVersions", []any{version}), "metadataVersions"))
	}
	return append(rows,
		invalid("no metadata versions", with("metadataVersions", []any{}), "metadataVersions"),
		invalid("metadata version twice", with("metadataVersions", []any{"2.1.0", "2.1.0"}), "twice"),
		invalid("metadata version of another type", with("metadataVersions", []any{2.1}), "metadataVersions"),
	)
}

func channelRules() []refusal {
	return []refusal{
		invalid("reply channels without any", with("replyChannels", map[string]any{}), "replyChannels"),
		invalid("unknown reply channel only", with("replyChannels", map[string]any{"pigeon": map[string]any{}}), "replyChannels"),
		invalid("reply channel that is no object", with("replyChannels", map[string]any{"eMail": true}), "replyChannels"),
		invalid("reply channels that are a list", with("replyChannels", []any{"eMail"}), "replyChannels"),
	}
}

func callbackRules() []refusal {
	secret := strings.Repeat("s", 32)
	at := func(url any) change { return with("callback", map[string]any{"url": url, "secret": secret}) }
	return []refusal{
		invalid("callback without URL", with("callback", map[string]any{"secret": secret}), "callback.url"),
		invalid("callback without secret", with("callback", map[string]any{"url": "https://callback.suite.example/x"}), "callback.secret").of(85),
		invalid("callback secret of 31 characters", with("callback", secretOf(secret[1:])), "32").of(43),
		invalid("callback secret of 513 characters", with("callback", secretOf(strings.Repeat("s", 513))), "512").of(43),
		invalid("callback secret of another type", with("callback", map[string]any{"url": "https://callback.suite.example/x", "secret": 7}), "secret"),
		invalid("callback that is a text", with("callback", "https://callback.suite.example/x"), "callback"),
		invalid("callback over ftp", at("ftp://callback.suite.example/x"), "https"),
		invalid("callback to a file", at("file:///etc/passwd"), "callback.url"),
		invalid("callback to a script", at("javascript:alert(1)"), "callback.url"),
		invalid("callback to a path", at("/x"), "callback.url"),
		invalid("callback without host", at("https:///x"), "callback.url"),
		invalid("callback with a user", at("https://user:password@callback.suite.example/x"), "user"),
		invalid("callback URL with a blank", at("https://callback.suite.example /x"), "callback.url"),
		invalid("callback URL with a line break", at("https://callback.suite.example/x\r\nX: y"), "callback.url"),
		invalid("callback URL too long", at("https://callback.suite.example/"+long), "callback.url"),
		invalid("callback URL of another type", at(7), "url"),
	}
}

// createRules are those of a new destination alone.
func createRules() []refusal {
	return []refusal{
		invalid("encryptionKid of another key", with("encryptionKid", "another-key"), "encryptionKid").of(39),
		invalid("encryptionKid of the signing key", func(t *trial, c *call) { with("encryptionKid", t.keyPair().signing.KID)(t, c) }, "encryptionKid"),
		invalid("both keys under one kid", func(t *trial, c *call) { with("signingPublicKey.kid", t.keyPair().encryption.KID)(t, c) }, "kid"),
		refuse("body beyond 1 MiB", with("name", strings.Repeat("x", 1<<20)), http.StatusRequestEntityTooLarge, "payload-too-large", "bytes"),
	}
}

// replaceRules are those of PUT alone.
func replaceRules() []refusal {
	return []refusal{
		invalid("no status", drop("status"), "status"),
		invalid("status null", with("status", nil), "status"),
		invalid("unknown status", with("status", "Active"), "status"),
		invalid("status of another type", with("status", 1), "status"),
		refuse("status created again", with("status", "created"), http.StatusConflict, "destination-state-invalid", "created"),
		invalid("encryptionKid of no key", with("encryptionKid", "another-key"), "encryptionKid"),
		invalid("encryptionKid of the signing key", func(t *trial, c *call) { with("encryptionKid", t.keyPair().signing.KID)(t, c) }, "encryptionKid"),
		refuse("id that is no UUID", to(func(t *trial) string { return t.destinations("/destinations/x") }), http.StatusBadRequest, "bad-request", "UUID"),
	}
}

// patchRules are those of a merge patch. A patch sets a member to null to take it out.
func patchRules() []refusal {
	rows := []refusal{
		refuse("status created", with("status", "created"), http.StatusBadRequest, "bad-request", "status").of(38),
		invalid("status null", with("status", nil), "status"),
		invalid("unknown status", with("status", "deleted"), "status"),
		invalid("encryptionKid of no key", with("encryptionKid", "another-key"), "encryptionKid"),
		invalid("encryptionKid of the signing key", func(t *trial, c *call) { with("encryptionKid", t.keyPair().signing.KID)(t, c) }, "encryptionKid"),
		invalid("callback secret without URL", with("callback", map[string]any{"secret": strings.Repeat("s", 32)}), "callback.url"),
		refuse("content type of JSON Patch", typed("application/json-patch+json"), http.StatusUnsupportedMediaType, "unsupported-media-type", "merge-patch"),
		refuse("id that is no UUID", to(func(t *trial) string { return t.destinations("/destinations/x") }), http.StatusBadRequest, "bad-request", "UUID"),
	}
	for _, member := range []string{"contactInformation", "services", "encryptionKid", "metadataVersions"} {
		rows = append(rows, invalid(member+" taken out", with(member, nil), member), invalid(member+" of another type", with(member, true), member))
	}
	for _, nested := range []string{"legalName", "email"} {
		rows = append(rows, invalid("contactInformation."+nested+" taken out", with("contactInformation", map[string]any{nested: nil}), nested))
	}
	return slices.Concat(rows, versionRules(), channelRules(), callbackRules())
}
