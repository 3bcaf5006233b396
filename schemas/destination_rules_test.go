package schemas_test

import (
	"slices"
	"strings"
)

// Rules of documents about a destination: FIT-Connect contract 3.3, 4.2 to 4.4, 6.1.

func shownRules() []rule {
	return slices.Concat(
		required("/destinationId", "/status", "/encryptionKid", "/metadataVersions"),
		[]rule{
			{"/destinationId", `"13ad2349"`, "/destinationId", "valid uuid"},
			{"/destinationId", `7`, "/destinationId", "type string"},
		},
		statusRules("created"), kidRules(), versionRules(),
	)
}

func statusRules(also string) []rule {
	return []rule{
		{"/status", quote(also), "", good},
		{"/status", `"decommissioned"`, "", good},
		{"/status", `"deleted"`, "/status", "must be one of created, active, inactive, decommissioned"},
	}
}

// patchStatusRules: a destination cannot become created again.
func patchStatusRules() []rule {
	return slices.Concat(optional("/status"), []rule{
		{"/status", `"inactive"`, "", good},
		{"/status", `"created"`, "/status", "must be one of active, inactive, decommissioned"},
		{"/status", `null`, "/status", "type string"},
	})
}

func kidRules() []rule {
	return []rule{
		{"/encryptionKid", quote(strings.Repeat("k", 64)), "", good},
		{"/encryptionKid", quote(strings.Repeat("k", 65)), "/encryptionKid", "at most 64 characters"},
	}
}

func versionRules() []rule {
	return []rule{
		{"/metadataVersions", `["1.3.0"]`, "", good},
		{"/metadataVersions", `[]`, "/metadataVersions", "at least 1 items"},
		{"/metadataVersions", `["1.3.0","1.3.0"]`, "/metadataVersions", "must not repeat an item"},
		{"/metadataVersions", `"1.3.0"`, "/metadataVersions", "type array"},
		{"/metadataVersions/0", `"1.3"`, "/metadataVersions/0", "must match"},
		{"/metadataVersions/0", `"1.03.0"`, "/metadataVersions/0", "must match"},
	}
}

// serviceRules are about the list of services, whatever it is called.
func serviceRules(list string) []rule {
	const (
		longest = 255
		parking = `{"identifier":"urn:a:b","regions":["DE"],"submissionSchemas":[{"schemaUri":"urn:a:b","mimeType":"application/xml"}]}`
	)
	first := list + "/0"
	return slices.Concat(
		required(list, first+"/identifier", first+"/regions", first+"/submissionSchemas"),
		[]rule{
			{list, `[]`, list, "at least 1 items"},
			{list, `{}`, list, "type array"},
			{list, `[` + parking + `]`, "", good},
			{list, `[` + parking + `,` + parking + `]`, list, "must not repeat an item"},
			{first, `"urn:a:b"`, first, "type object"},
			{first + "/identifier", `"urn:a:b"`, "", good},
			{first + "/identifier", `"urn:a:"`, first + "/identifier", "at least 7 characters"},
			{first + "/identifier", quote("urn:a:" + strings.Repeat("b", longest-6)), "", good},
			{first + "/identifier", quote("urn:a:" + strings.Repeat("b", longest-5)), first + "/identifier", "at most 255 characters"},
			{first + "/identifier", `"urn:DE:fim:x"`, first + "/identifier", "must match"},
			{first + "/regions", `["DE"]`, "", good},
			{first + "/regions", `["DE000000000000"]`, "", good},
			{first + "/regions", `[]`, first + "/regions", "at least 1 items"},
			{first + "/regions", `["DE","DE"]`, first + "/regions", "must not repeat an item"},
			{first + "/regions/0", `"DE0000000000000"`, first + "/regions/0", "must match"},
			{first + "/regions/0", `"09"`, first + "/regions/0", "must match"},
			{first + "/regions/0", `"de09"`, first + "/regions/0", "must match"},
		},
		schemaRules(first+"/submissionSchemas"),
	)
}

func schemaRules(list string) []rule {
	one := list + "/1"
	return slices.Concat(
		required(one+"/schemaUri", one+"/mimeType"),
		[]rule{
			{list, `[]`, list, "at least 1 items"},
			{list, `[{"schemaUri":"urn:a:b","mimeType":"application/xml"}]`, "", good},
			{list, `[{"schemaUri":"urn:a:b","mimeType":"application/xml"},{"mimeType":"application/xml","schemaUri":"urn:a:b"}]`, list, "must not repeat an item"},
			{one + "/schemaUri", `"schema.json"`, one + "/schemaUri", "valid uri"},
			{one + "/mimeType", `"application/json"`, "", good},
			{one + "/mimeType", `"application/pdf"`, one + "/mimeType", "one of application/json, application/xml"},
		},
	)
}

func channelRulesV1() []rule {
	return slices.Concat(
		optional("/replyChannels", "/replyChannels/eMail", "/replyChannels/fink"),
		[]rule{
			{"/replyChannels", `{}`, "/replyChannels", "at least 1 members"},
			{"/replyChannels", `{"elster":{}}`, "", good},
			{"/replyChannels/eMail", `{}`, "", good},
			{"/replyChannels/eMail/usePgp", `"yes"`, "/replyChannels/eMail/usePgp", "type boolean"},
			{"/replyChannels/deMail", `null`, "/replyChannels/deMail", "type object"},
			{"/replyChannels/fitConnect", `true`, "", good}, // a channel that 1.1.3 does not know
		},
	)
}

// openChannelRules are those of documents whose channels say what they like of themselves.
func openChannelRules() []rule {
	return slices.Concat(
		optional("/replyChannels", "/replyChannels/eMail", "/replyChannels/fink"),
		[]rule{
			{"/replyChannels", `{}`, "/replyChannels", "at least 1 members"},
			{"/replyChannels", `{"idBundDeMailbox":{}}`, "", good},
			{"/replyChannels", `["eMail"]`, "/replyChannels", "type object"},
			{"/replyChannels/eMail/usePgp", `"yes"`, "", good},
			{"/replyChannels/fitConnect", `true`, "/replyChannels/fitConnect", "type object"},
			{"/replyChannels/idBundDeMailbox", `true`, "/replyChannels/idBundDeMailbox", "type object"},
		},
	)
}

func contactRulesV1() []rule {
	const contact = "/contactInformation"
	return slices.Concat(
		required(contact+"/legalName", contact+"/address", contact+"/phone", contact+"/email"),
		optional(contact+"/unit"),
		[]rule{
			{contact, absent, "", "must have the members"},
			{contact, `"Stadt"`, contact, "type object"},
			{contact + "/email", `"stadt.example"`, contact + "/email", "valid email"},
			{contact + "/phone", `112`, contact + "/phone", "type string"},
		},
	)
}

// shownCallbackRules: the secret is never read.
func shownCallbackRules() []rule {
	return slices.Concat(required("/callback/url"), optional("/callback"), []rule{
		{"/callback/secret", quote(strings.Repeat("s", 32)), "/callback", "must have no members but url"},
		{"/callback/url", `"callback.example"`, "/callback/url", "valid uri"},
	})
}

func secureCallbackRules() []rule {
	return []rule{{"/callback/url", `"http://127.0.0.1:8080/x"`, "/callback/url", "must match"}}
}

// callbackRules are those of bodies.
func callbackRules() []rule {
	return slices.Concat(optional("/callback"), []rule{
		{"/callback", `[]`, "/callback", "type object"},
		{"/callback/url", `"https://x"`, "", good},
		{"/callback/url", `null`, "/callback/url", "type string"},
		{"/callback/url", `"ftp://callback.example/x"`, "/callback/url", "must match"},
		{"/callback/secret", quote(strings.Repeat("ä", 32)), "", good},
		{"/callback/secret", quote(strings.Repeat("s", 31)), "/callback/secret", "at least 32 characters"},
		{"/callback/secret", quote(strings.Repeat("s", 513)), "/callback/secret", "at most 512 characters"},
	})
}

// patchRulesV1: whole members only, so a member that is given must be complete.
func patchRulesV1() []rule {
	isMember := func(r rule) bool { return r.text == absent && !strings.Contains(r.at[1:], "/") }
	rules := slices.Concat(serviceRules("/services"), versionRules(), kidRules(), channelRulesV1(), contactRulesV1(), callbackRules())
	return slices.Concat(
		slices.DeleteFunc(rules, isMember),
		required("/callback/url", "/callback/secret"),
		optional("/services", "/metadataVersions", "/encryptionKid", "/replyChannels", "/contactInformation", "/callback"),
		secureCallbackRules(),
		[]rule{{"/callback", `null`, "/callback", "type object"}},
	)
}

func draftRulesV1() []rule {
	return slices.Concat(
		serviceRules("/services"), versionRules(), kidRules(), channelRulesV1(), contactRulesV1(), callbackRules(), secureCallbackRules(),
		required("/metadataVersions", "/encryptionKid", "/callback/url", "/callback/secret"),
	)
}

// managedContactRules: a name and a mail address will do.
func managedContactRules() []rule {
	const contact = "/contactInformation"
	return slices.Concat(
		optional(contact+"/address", contact+"/phone", contact+"/unit", "/name"),
		[]rule{
			{contact, `[]`, contact, "type object"},
			{contact + "/email", `"stadt.example"`, contact + "/email", "valid email"},
			{contact + "/phone", `112`, contact + "/phone", "type string"},
			{"/name", `17`, "/name", "type string"},
		},
	)
}

func managedViewRules() []rule {
	return slices.Concat(managedContactRules(), required("/contactInformation", "/contactInformation/legalName", "/contactInformation/email"), []rule{
		{"/name", `null`, "/name", "type string"},
		{"/callback/url", `"http://127.0.0.1:8080/x"`, "", good},
	})
}

// nullRules: in a body null says that an optional member is to be absent.
func nullRules() []rule {
	return []rule{
		{"/name", `null`, "", good},
		{"/contactInformation/address", `null`, "", good},
		{"/contactInformation/phone", `null`, "", good},
		{"/contactInformation/unit", `null`, "", good},
		{"/replyChannels", `null`, "", good},
		{"/replyChannels", `{"eMail":null,"deMail":null,"elster":null,"fink":null,"fitConnect":null,"idBundDeMailbox":null}`, "", good},
		{"/callback", `null`, "", good},
		{"/contactInformation", `null`, "/contactInformation", "type object"},
		{"/contactInformation/legalName", `""`, "/contactInformation/legalName", "at least 1 characters"},
		{"/contactInformation/legalName", `null`, "/contactInformation/legalName", "type string"},
		{"/services", `null`, "/services", "type array"},
		{"/callback/secret", `null`, "/callback/secret", "type string"},
		{"/callback/url", `"http://127.0.0.1:8080/x"`, "", good},
	}
}

func wholeRules() []rule {
	return slices.Concat(
		serviceRules("/services"), versionRules(), kidRules(), openChannelRules(), callbackRules(), managedContactRules(), nullRules(),
		required("/metadataVersions", "/encryptionKid", "/callback/url"),
		required("/contactInformation", "/contactInformation/legalName", "/contactInformation/email"),
	)
}

// mergePatchRules: nothing is required but inside of lists, which are replaced as a whole.
func mergePatchRules() []rule {
	isMember := func(r rule) bool { return r.text == absent && !strings.Contains(r.at[1:], "/") }
	isEmpty := func(r rule) bool { return r.at == "/replyChannels" && r.text == `{}` }
	rules := slices.Concat(serviceRules("/services"), versionRules(), kidRules(), openChannelRules(), callbackRules(), managedContactRules(), nullRules())
	return slices.Concat(
		slices.DeleteFunc(rules, func(r rule) bool { return isMember(r) || isEmpty(r) }),
		optional("/services", "/metadataVersions", "/encryptionKid", "/replyChannels", "/contactInformation", "/callback", "/name"),
		optional("/contactInformation/legalName", "/contactInformation/email", "/callback/url", "/callback/secret"),
		[]rule{{"/replyChannels", `{}`, "", good}, {"/callback", `{}`, "", good}},
	)
}

// encryptionKeyRules and signatureKeyRules are those of a key at a place of the document.
func encryptionKeyRules(key string) []rule {
	return keyRules(key, "RSA-OAEP-256", "wrapKey", "enc")
}

func signatureKeyRules(key string) []rule {
	return keyRules(key, "PS512", "verify", "sig")
}

func keyRules(key, alg, operation, use string) []rule {
	return slices.Concat(
		required(key+"/kty", key+"/alg", key+"/key_ops", key+"/kid", key+"/n", key+"/e", key+"/x5c"),
		optional(key+"/use"),
		[]rule{
			{key + "/kty", `"EC"`, key + "/kty", "one of RSA"},
			{key + "/alg", `"RS512"`, key + "/alg", "one of " + alg},
			{key + "/key_ops", `[]`, key + "/key_ops", "at least 1 items"},
			{key + "/key_ops", `["` + operation + `","` + operation + `"]`, key + "/key_ops", "at most 1 items"},
			{key + "/key_ops/0", `"deriveKey"`, key + "/key_ops/0", "one of " + operation},
			{key + "/use", `"tls"`, key + "/use", "one of " + use},
			{key + "/kid", quote(strings.Repeat("k", 8)), "", good},
			{key + "/kid", quote(strings.Repeat("k", 7)), key + "/kid", "at least 8 characters"},
			{key + "/kid", quote(strings.Repeat("k", 65)), key + "/kid", "at most 64 characters"},
			{key + "/n", quote(strings.Repeat("A", 682)), key + "/n", "at least 683 characters"},
			{key + "/n", quote(strings.Repeat("A", 683) + "="), key + "/n", "must match"},
			{key + "/d", `"AQAB"`, key + "/d", "must be none of d, dp, dq, k, oth, p, q, qi"},
			{key + "/e", `"AAEAAQ"`, key + "/e", "one of AQAB"},
			{key + "/x5c", `[]`, key + "/x5c", "at least 1 items"},
			{key + "/x5c/0", `"MII-"`, key + "/x5c/0", "must match"},
		},
	)
}
