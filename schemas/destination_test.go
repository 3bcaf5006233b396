package schemas_test

import (
	"slices"
	"testing"

	"github.com/vierkant/vierkant/schemas"
)

// sample returns a document of that schema in which every member that the contract knows is present and right.
func sample(t testing.TB, name schemas.Name) map[string]any {
	t.Helper()
	if name == schemas.Problem {
		return full(t, "problem.json")
	}
	all := full(t, "destination.json")
	switch name {
	case schemas.JWKEncryption:
		return all["encryptionPublicKey"].(map[string]any)
	case schemas.JWKSignature:
		return all["signingPublicKey"].(map[string]any)
	case schemas.DestinationV1Private, schemas.DestinationManaged:
		delete(all["callback"].(map[string]any), "secret")
	case schemas.DestinationV2Public:
		all["publicServices"] = all["services"]
	}
	document := map[string]any{}
	for _, member := range members(name) {
		document[member] = all[member]
	}
	return document
}

// members are what a document about a destination has (FIT-Connect contract 3.3, 4.3).
func members(name schemas.Name) []string {
	var (
		common = []string{"encryptionKid", "metadataVersions", "replyChannels"}
		shown  = append([]string{"destinationId", "status"}, common...)
		draft  = append([]string{"contactInformation", "services", "callback"}, common...)
	)
	switch name {
	case schemas.DestinationV1Public:
		return append(shown, "services")
	case schemas.DestinationV2Public:
		return append(shown, "publicServices")
	case schemas.DestinationV1Private:
		return append(shown, "services", "contactInformation", "callback")
	case schemas.DestinationManaged:
		return append(shown, "services", "contactInformation", "callback", "name")
	case schemas.DestinationV1Create:
		return append(draft, "encryptionPublicKey", "signingPublicKey")
	case schemas.DestinationManagedCreate:
		return append(draft, "encryptionPublicKey", "signingPublicKey", "name")
	case schemas.DestinationManagedUpdate, schemas.DestinationManagedPatch:
		return append(draft, "status", "name")
	}
	return append(draft, "status")
}

// destinationSchemas are all schemas about destinations, each with the rules that are its own.
func destinationSchemas() map[schemas.Name][]rule {
	return map[schemas.Name][]rule{
		schemas.DestinationV1Public:      slices.Concat(shownRules(), serviceRules("/services"), channelRulesV1()),
		schemas.DestinationV1Private:     slices.Concat(shownRules(), serviceRules("/services"), channelRulesV1(), contactRulesV1(), shownCallbackRules(), secureCallbackRules()),
		schemas.DestinationV1Create:      slices.Concat(draftRulesV1(), encryptionKeyRules("/encryptionPublicKey"), signatureKeyRules("/signingPublicKey"), required("/encryptionPublicKey", "/signingPublicKey")),
		schemas.DestinationV1Update:      slices.Concat(draftRulesV1(), required("/status"), statusRules("created")),
		schemas.DestinationV1Patch:       slices.Concat(patchRulesV1(), patchStatusRules()),
		schemas.DestinationV2Public:      slices.Concat(shownRules(), serviceRules("/publicServices"), openChannelRules()),
		schemas.DestinationManaged:       slices.Concat(shownRules(), serviceRules("/services"), openChannelRules(), managedViewRules(), shownCallbackRules()),
		schemas.DestinationManagedCreate: slices.Concat(wholeRules(), encryptionKeyRules("/encryptionPublicKey"), signatureKeyRules("/signingPublicKey"), required("/encryptionPublicKey", "/signingPublicKey", "/callback/secret")),
		schemas.DestinationManagedUpdate: slices.Concat(wholeRules(), required("/status"), statusRules("created"), optional("/callback/secret")),
		schemas.DestinationManagedPatch:  slices.Concat(mergePatchRules(), patchStatusRules()),
	}
}

func TestDestination(t *testing.T) {
	t.Parallel()
	for name, rules := range destinationSchemas() {
		t.Run(string(name), func(t *testing.T) {
			t.Parallel()
			judge := func(document []byte) error { return newRegistry(t).Validate(name, document) }
			rules := append(rules, rule{"", `[]`, "", "type object"}, rule{"/unknown", `{"a":[1]}`, "", good})
			fresh := func() map[string]any { return sample(t, name) }
			checkRulesOn(t, fresh, judge, rules)
			checkCombinations(t, fresh, judge, rules)
		})
	}
}

func TestEveryPlaceOfADestinationHasAType(t *testing.T) {
	t.Parallel()
	for name := range destinationSchemas() {
		checkTypes(t, name, sample(t, name), typeless(name))
	}
}

// typeless lists the places of a sample that may be null.
func typeless(name schemas.Name) []string {
	open := []string{"/replyChannels/fitConnect/", "/replyChannels/eMail/"}
	switch name {
	case schemas.DestinationV2Public, schemas.DestinationManaged:
		return open
	case schemas.DestinationManagedCreate, schemas.DestinationManagedUpdate, schemas.DestinationManagedPatch:
		return []string{"/name", "/replyChannels", "/callback", "/contactInformation/address", "/contactInformation/phone", "/contactInformation/unit"}
	}
	return []string{"/replyChannels/fitConnect"}
}

// What everybody reads is judged by what it calls its services.
func TestDestinationChoosesByGeneration(t *testing.T) {
	t.Parallel()
	first, second := sample(t, schemas.DestinationV1Public), sample(t, schemas.DestinationV2Public)
	both := sample(t, schemas.DestinationV2Public)
	both["services"] = 17
	tests := []struct {
		name     string
		document any
		want     error
	}{
		{"services", first, nil},
		{"publicServices", second, nil},
		{"both", both, nil},
		{"services that are none", edit(t, sample(t, schemas.DestinationV1Public), "/services", `null`), &schemas.Violation{Schema: schemas.DestinationV1Public}},
		{"publicServices that are none", edit(t, sample(t, schemas.DestinationV2Public), "/publicServices", `[]`), &schemas.Violation{Schema: schemas.DestinationV2Public}},
		{"neither", map[string]any{}, &schemas.Violation{Schema: schemas.DestinationV2Public}},
		{"no object", []any{}, &schemas.Violation{Schema: schemas.DestinationV2Public}},
	}
	for _, test := range tests {
		checkError(t, test.name, newRegistry(t).Destination(encode(t, test.document)), test.want)
	}
	checkError(t, "no JSON", newRegistry(t).Destination([]byte(`{"services":[],"services":[]}`)), schemas.ErrSyntax)
}

// The Destination API says services under v1 and publicServices under v2.
func TestManagedDestinationInBothVersions(t *testing.T) {
	t.Parallel()
	document := sample(t, schemas.DestinationManaged)
	document["publicServices"] = document["services"]
	delete(document, "services")
	judge := func(document []byte) error { return newRegistry(t).Validate(schemas.DestinationManaged, document) }
	if err := judge(encode(t, document)); err != nil {
		t.Errorf("got %v, want no error", err)
	}
	err := judge(encode(t, edit(t, document, "/publicServices/0/regions/0", `"BY"`)))
	checkVerdict(t, err, rule{pointer: "/publicServices/0/regions/0", expected: "must match"})
}
