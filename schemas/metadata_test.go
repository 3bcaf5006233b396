package schemas_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/vierkant/vierkant/schemas"
)

// Both versions: FIT-Connect contract 10.3, 10.4, and what 10.5 and 10.6 have in common.
func commonRules() []rule {
	const (
		data       = "/contentStructure/data"
		attachment = "/contentStructure/attachments/0"
		payment    = "/paymentInformation"
	)
	return slices.Concat(
		required("/contentStructure", "/contentStructure/attachments"),
		required(data+"/hash", data+"/submissionSchema", data+"/submissionSchema/schemaUri", data+"/submissionSchema/mimeType"),
		required(attachment+"/hash", attachment+"/purpose", attachment+"/mimeType", attachment+"/attachmentId"),
		required(attachment+"/hash/type", attachment+"/hash/content"),
		required(attachment+"/signature/signatureFormat", attachment+"/signature/detachedSignature"),
		required(payment+"/transactionReference", payment+"/transactionId", payment+"/paymentMethod", payment+"/status"),
		optional(data+"/signature", attachment+"/signature", attachment+"/filename", attachment+"/description"),
		optional(attachment+"/signature/eidasAdesProfile", attachment+"/signature/content"),
		optional(payment, payment+"/transactionUrl", payment+"/transactionTimestamp", payment+"/paymentMethodDetail", payment+"/grossAmount"),
		optional("/replyChannel", "/additionalReferenceInfo"),
		optional("/additionalReferenceInfo/senderReference", "/additionalReferenceInfo/applicationDate"),
		contentRules(data, attachment),
		paymentRules(payment),
		channelRules(),
		[]rule{
			{"", `[]`, "", "must be of type object"},
			{"/unknown", `{"a":[1]}`, "", good},
			{"/additionalReferenceInfo/senderReference", `17`, "/additionalReferenceInfo/senderReference", "type string"},
			{"/additionalReferenceInfo/applicationDate", `"2026-02-30"`, "/additionalReferenceInfo/applicationDate", "valid date"},
			{"/additionalReferenceInfo/applicationDate", `"01.02.2026"`, "/additionalReferenceInfo/applicationDate", "valid date"},
		},
	)
}

// required makes one rule per member: without it there is a violation at the object that lacks it.
func required(pointers ...string) []rule {
	var rules []rule
	for _, pointer := range pointers {
		at := strings.LastIndex(pointer, "/")
		rules = append(rules, rule{pointer, absent, pointer[:at], "must have the members"})
	}
	return rules
}

func optional(pointers ...string) []rule {
	var rules []rule
	for _, pointer := range pointers {
		rules = append(rules, rule{pointer, absent, "", good})
	}
	return rules
}

func contentRules(data, attachment string) []rule {
	hex := strings.Repeat("0123456789abcdef", 8)
	return []rule{
		{"/contentStructure/attachments", `[]`, "", good},
		{"/contentStructure/attachments", `{}`, "/contentStructure/attachments", "type array"},
		{data + "/hash/type", `"sha256"`, data + "/hash/type", "one of sha512"},
		{data + "/hash/content", `"` + hex[1:] + `"`, data + "/hash/content", "must match"},
		{data + "/hash/content", `"` + hex + `0"`, data + "/hash/content", "must match"},
		{data + "/hash/content", `"` + strings.ToUpper(hex) + `"`, data + "/hash/content", "must match"},
		{data + "/hash/content", `"` + hex + `\n"`, data + "/hash/content", "must match"},
		{data + "/submissionSchema/mimeType", `"application/xml"`, "", good},
		{data + "/submissionSchema/mimeType", `"application/pdf"`, data + "/submissionSchema/mimeType", "one of application/json, application/xml"},
		{data + "/submissionSchema/schemaUri", `"urn:example:schema"`, "", good},
		{data + "/submissionSchema/schemaUri", `"schema.json"`, data + "/submissionSchema/schemaUri", "valid uri"},
		{attachment, `7`, attachment, "type object"},
		{attachment + "/purpose", `"report"`, "", good},
		{attachment + "/purpose", `"other"`, attachment + "/purpose", "must be one of attachment"},
		{attachment + "/purpose", `["form"]`, attachment + "/purpose", "type string"},
		{attachment + "/mimeType", `"pdf"`, attachment + "/mimeType", "must match"},
		{attachment + "/mimeType", `"text/plain; charset=utf-8"`, attachment + "/mimeType", "must match"},
		{attachment + "/attachmentId", `"0C2A1F4E-9D4C-4A53-8F0E-5F6F2C9F7A10"`, "", good},
		{attachment + "/attachmentId", `"0c2a1f4e9d4c4a538f0e5f6f2c9f7a10"`, attachment + "/attachmentId", "valid uuid"},
		{attachment + "/attachmentId", `"0c2a1f4e-9d4c-4a53-8f0e-5f6f2c9f7a1g"`, attachment + "/attachmentId", "valid uuid"},
		{attachment + "/filename", `null`, attachment + "/filename", "type string"},
		{attachment + "/signature/signatureFormat", `"pgp"`, attachment + "/signature/signatureFormat", "one of asic, cms, json, pdf, xml"},
		{attachment + "/signature/detachedSignature", `"true"`, attachment + "/signature/detachedSignature", "type boolean"},
		{attachment + "/signature/eidasAdesProfile", `"B-B"`, attachment + "/signature/eidasAdesProfile", "must be one of http"},
		{attachment + "/signature/content", `"MEUCIQ=="`, "", good},
		{attachment + "/signature/content", `""`, attachment + "/signature/content", "must match"},
		{attachment + "/signature/content", `"$$"`, attachment + "/signature/content", "must match"},
	}
}

func paymentRules(payment string) []rule {
	return []rule{
		{payment + "/transactionReference", `""`, "", good},
		{payment + "/transactionId", `""`, payment + "/transactionId", "at least 1 characters"},
		{payment + "/transactionId", `"` + strings.Repeat("x", 36) + `"`, "", good},
		{payment + "/transactionId", `"` + strings.Repeat("x", 37) + `"`, payment + "/transactionId", "at most 36 characters"},
		{payment + "/transactionId", `"4711/2"`, payment + "/transactionId", "must match"},
		{payment + "/paymentMethodDetail", `"Visa Card"`, payment + "/paymentMethodDetail", "must match"},
		{payment + "/paymentMethod", `"BITCOIN"`, payment + "/paymentMethod", "must be one of CREDITCARD"},
		{payment + "/status", `"booked"`, payment + "/status", "must be one of BOOKED"},
		{payment + "/transactionUrl", `""`, payment + "/transactionUrl", "valid uri"},
		{payment + "/transactionTimestamp", `"2026-03-01T12:30:00Z"`, "", good},
		{payment + "/transactionTimestamp", `"2026-03-01 12:30:00"`, payment + "/transactionTimestamp", "valid date-time"},
		{payment + "/grossAmount", `0.01`, "", good},
		{payment + "/grossAmount", `1e2`, "", good},
		{payment + "/grossAmount", `0`, payment + "/grossAmount", "at least 0.01"},
		{payment + "/grossAmount", `0.015`, payment + "/grossAmount", "multiple of 0.01"},
		{payment + "/grossAmount", `"12.50"`, payment + "/grossAmount", "type number"},
	}
}

func channelRules() []rule {
	return []rule{
		{"/replyChannel", `{}`, "/replyChannel", "at least 1 members"},
		{"/replyChannel", `{"deMail":{"address":"a@b.de"},"eMail":{"address":"a@b.de"}}`, "/replyChannel", "at most 1 members"},
		{"/replyChannel", `{"eMail":{}}`, "/replyChannel/eMail", "must have the members address"},
		{"/replyChannel", `{"eMail":{"address":"ada@example.org"}}`, "", good},
		{"/replyChannel", `{"eMail":{"address":"ada.example.org"}}`, "/replyChannel/eMail/address", "valid email"},
		{"/replyChannel", `{"eMail":{"address":"a@b.de","pgpPublicKey":"-----BEGIN PGP PUBLIC KEY BLOCK-----\n\nmDMEY"}}`, "", good},
		{"/replyChannel", `{"eMail":{"address":"a@b.de","pgpPublicKey":"-----BEGIN PGP PUBLIC KEY BLOCK-----\nmDMEY"}}`, "/replyChannel/eMail/pgpPublicKey", "must match"},
		{"/replyChannel", `{"deMail":{}}`, "/replyChannel/deMail", "must have the members address"},
		{"/replyChannel", `{"fink":{}}`, "/replyChannel/fink", "must have the members finkPostfachRef"},
		{"/replyChannel", `{"fink":{"finkPostfachRef":"hh/by/12345","host":"https://konto.example.org/"}}`, "", good},
		{"/replyChannel", `{"fink":{"finkPostfachRef":"HH"}}`, "/replyChannel/fink/finkPostfachRef", "must match"},
		{"/replyChannel", `{"fink":{"finkPostfachRef":"` + strings.Repeat("a", 151) + `"}}`, "/replyChannel/fink/finkPostfachRef", "at most 150 characters"},
		{"/replyChannel", `{"fink":{"finkPostfachRef":"a","host":"konto"}}`, "/replyChannel/fink/host", "valid uri"},
		{"/replyChannel", `{"elster":{}}`, "/replyChannel/elster", "must have the members accountId"},
		{"/replyChannel", `{"elster":{"accountId":"0123456789","lieferTicket":"t","geschaeftszeichen":"0123456789"}}`, "", good},
		{"/replyChannel", `{"elster":{"accountId":1}}`, "/replyChannel/elster/accountId", "type string"},
	}
}

func TestMetadata100(t *testing.T) {
	t.Parallel()
	own := []rule{
		{"/$schema", absent, "", good},
		{"/contentStructure/data", absent, "", good},
		{"/publicServiceType", absent, "", good},
		{"/publicServiceType/identifier", absent, "/publicServiceType", "must have the members identifier"},
		{"/publicServiceType/identifier", `"urn:DE:x"`, "/publicServiceType/identifier", "must match"},
		{"/publicServiceType/identifier", `"urn:a:b"`, "", good},
		{"/publicServiceType/identifier", `"urn:a:"`, "/publicServiceType/identifier", "at least 7 characters"},
		{"/publicServiceType/identifier", `"urn:a:` + strings.Repeat("b", 250) + `"`, "/publicServiceType/identifier", "at most 255 characters"},
		{"/authenticationInformation", absent, "", good},
		{"/authenticationInformation", `[]`, "/authenticationInformation", "at least 1 items"},
		{"/authenticationInformation/0/type", absent, "/authenticationInformation/0", "must have the members type, version, content"},
		{"/authenticationInformation/0/type", `"passport"`, "/authenticationInformation/0/type", "one of identificationReport"},
		{"/authenticationInformation/0/version", `"1.0"`, "/authenticationInformation/0/version", "must match"},
		{"/authenticationInformation/0/version", `"1.02.0"`, "/authenticationInformation/0/version", "must match"},
		{"/authenticationInformation/0/content", `"a b"`, "/authenticationInformation/0/content", "must match"},
		{"/contentStructure/attachments/0/purpose", `"data"`, "/contentStructure/attachments/0/purpose", "one of attachment, form, report"},
		{"/contentStructure/attachments/0/fragments", `[]`, "", good}, // a word that 1.0.0 does not know
		{"/replyChannel", `{"fink":{"finkPostfachRef":""}}`, "", good},
		{"/replyChannel", `{"elster":{"accountId":"123456789"}}`, "/replyChannel/elster/accountId", "must match"},
		{"/replyChannel", `{"elster":{"accountId":"0123456789","geschaeftszeichen":"01234567890"}}`, "/replyChannel/elster/geschaeftszeichen", "at most 10 characters"},
		{"/additionalReferenceInfo/unknown", `1`, "", good},
	}
	checkRules(t, "metadata-1.0.0.json", newRegistry(t).Metadata, append(commonRules(), own...))
}

func TestMetadata210(t *testing.T) {
	t.Parallel()
	validate := func(document []byte) error { return newRegistry(t).Validate(schemas.Metadata210, document) }
	checkRules(t, "metadata-2.1.0.json", validate, slices.Concat(commonRules(), rules210(), fitConnectRules(), dataSetRules()))
}

func rules210() []rule {
	const info, fragments = "/additionalReferenceInfo", "/contentStructure/attachments/1/fragments"
	return slices.Concat(
		required("/$schema", "/contentStructure/data", "/author/name", "/author/product"),
		required("/author/product/name", "/author/product/version", "/author/product/manufacturer"),
		optional("/author", "/author/description", "/author/url", "/author/product/description"),
		optional("/dataSets", fragments, info+"/idBundDeApplicationId", info+"/zustimmungZumDigitalenBescheid"),
		[]rule{
			{"/$schema", `"https://schema.fitko.de/fit-connect/metadata/2.0.0/metadata.schema.json"`, "", good},
			{"/$schema", `"https://schema.fitko.de/fit-connect/metadata/1.0.0/metadata.schema.json"`, "/$schema", "must match"},
			{"/contentStructure/attachments/0/purpose", `"data"`, "", good},
			{fragments, `[]`, fragments, "at least 1 items"},
			{fragments, `["11111111-2222-4333-8444-555555555555","11111111-2222-4333-8444-555555555555"]`, fragments, "must not repeat"},
			{fragments + "/1", `"part-2"`, fragments + "/1", "valid uuid"},
			{fragments + "/1", `2`, fragments + "/1", "type string"},
			{"/replyChannel", `{"fink":{"finkPostfachRef":""}}`, "/replyChannel/fink/finkPostfachRef", "must match"},
			{"/replyChannel", `{"elster":{"accountId":"free text"}}`, "", good},
			{"/replyChannel", `{"elster":{"accountId":"1","geschaeftszeichen":"` + strings.Repeat("x", 61) + `"}}`, "/replyChannel/elster/geschaeftszeichen", "at most 60 characters"},
			{"/replyChannel", `{"idBundDeMailbox":{"mailboxUuid":"5b4f4a37-9f7e-4f6a-8f4e-1f0a7c9d2b11"}}`, "", good},
			{"/replyChannel", `{"idBundDeMailbox":{}}`, "/replyChannel/idBundDeMailbox", "must have the members mailboxUuid"},
			{"/replyChannel", `{"idBundDeMailbox":{"mailboxUuid":"17"}}`, "/replyChannel/idBundDeMailbox/mailboxUuid", "valid uuid"},
			{info + "/unknown", `1`, info, "must have no members but applicationDate, idBundDeApplicationId, senderReference, zustimmungZumDigitalenBescheid"},
			{info + "/idBundDeApplicationId", `"17"`, info + "/idBundDeApplicationId", "valid uuid"},
			{info + "/zustimmungZumDigitalenBescheid", `"nein"`, info + "/zustimmungZumDigitalenBescheid", "type boolean"},
			{"/author", `"Portal"`, "/author", "type object"},
		},
	)
}

func fitConnectRules() []rule {
	const channel = "/replyChannel/fitConnect"
	const key = channel + "/encryptionPublicKey"
	return slices.Concat(
		required(channel+"/processStandards", key, key+"/kty", key+"/alg", key+"/key_ops", key+"/kid", key+"/n", key+"/e"),
		[]rule{
			{channel + "/processStandards", `[]`, channel + "/processStandards", "at least 1 items"},
			{channel + "/processStandards/0", `"xfall"`, channel + "/processStandards/0", "valid uri"},
			{key + "/kty", `"EC"`, key + "/kty", "one of RSA"},
			{key + "/alg", `"RSA-OAEP"`, key + "/alg", "one of RSA-OAEP-256"},
			{key + "/key_ops", `["wrapKey","verify"]`, key + "/key_ops/1", "one of wrapKey"},
			{key + "/kid", `"1234567"`, key + "/kid", "at least 8 characters"},
			{key + "/kid", `"` + strings.Repeat("k", 65) + `"`, key + "/kid", "at most 64 characters"},
			{key + "/n", `"` + strings.Repeat("A", 682) + `"`, key + "/n", "at least 683 characters"},
			{key + "/e", `"AAEAAQ"`, key + "/e", "one of AQAB"},
			{key + "/x5c", `["MII"]`, "", good},
		},
	)
}

func dataSetRules() []rule {
	const set = "/dataSets/0"
	return slices.Concat(
		required(set+"/dataSetId", set+"/schema", set+"/schema/schemaUri", set+"/schema/mimeType", set+"/hash", set+"/content"),
		optional(set+"/description"),
		[]rule{
			{"/dataSets", `[]`, "", good},
			{set, `[]`, set, "type object"},
			{set + "/content", `null`, "", good},
			{set + "/content", `{"any":["thing",1.5,true]}`, "", good},
			{set + "/dataSetId", `"17"`, set + "/dataSetId", "valid uuid"},
			{set + "/schema/mimeType", `"text/plain"`, set + "/schema/mimeType", "one of application/jose, application/json, application/xml"},
			{set + "/schema/schemaUri", `"relative"`, set + "/schema/schemaUri", "valid uri"},
			{set + "/hash/type", `"md5"`, set + "/hash/type", "one of sha512"},
		},
	)
}

// channels are reply channels with all their members; 2.1.0's fitConnect stands in the full document.
func channels() []string {
	return []string{
		`{"eMail":{"address":"ada@example.org","pgpPublicKey":"-----BEGIN PGP PUBLIC KEY BLOCK-----\n\nmDMEY"}}`,
		`{"deMail":{"address":"ada@example.de-mail.de"}}`,
		`{"fink":{"finkPostfachRef":"hh/by/12345","host":"https://konto.example.org/"}}`,
		`{"elster":{"accountId":"0123456789","lieferTicket":"ticket","geschaeftszeichen":"AZ-17"}}`,
		`{"idBundDeMailbox":{"mailboxUuid":"5b4f4a37-9f7e-4f6a-8f4e-1f0a7c9d2b11"}}`,
	}
}

func TestEveryPlaceOfMetadataHasAType(t *testing.T) {
	t.Parallel()
	tests := []struct {
		schema   schemas.Name
		file     string
		typeless []string // places that may hold anything
	}{
		{schemas.Metadata100, "metadata-1.0.0.json", []string{"/$schema", "/replyChannel/idBundDeMailbox"}},
		{schemas.Metadata210, "metadata-2.1.0.json", []string{"/dataSets/0/content"}},
	}
	for _, test := range tests {
		checkTypes(t, test.schema, full(t, test.file), test.typeless)
		for _, channel := range channels() {
			checkTypes(t, test.schema, edit(t, full(t, test.file), "/replyChannel", channel), test.typeless)
		}
	}
}

func checkTypes(t *testing.T, schema schemas.Name, document any, typeless []string) {
	t.Helper()
	for _, at := range pointers(document, "") {
		if slices.ContainsFunc(typeless, func(place string) bool { return strings.HasPrefix(at, place) }) {
			continue
		}
		wrong := edit(t, decode(t, string(encode(t, document))), at, `null`)
		err := newRegistry(t).Validate(schema, encode(t, wrong))
		checkVerdict(t, err, rule{pointer: at, expected: "must be of type"})
	}
}
