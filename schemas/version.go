package schemas

import (
	"fmt"
	"regexp"
)

// version says which schema judges documents whose $schema looks like address.
type version struct {
	address *regexp.Regexp
	schema  Name
}

// Within a major version of the metadata everything is judged by the newest schema, as the pattern that the contract gives for
// $schema demands (10.1).
var metadataVersions = []version{
	{published("metadata", `1\.\d+\.\d+`), Metadata100},
	{published("metadata", `2\.\d+\.\d+`), Metadata210},
}

// Tokens are stricter: readers accept only versions that they know (FIT-Connect contract 6.6), and 1.0.x is two exact addresses.
var setPayloadVersions = []version{
	{published("set-payload", `1\.0\.[01]`), SETPayload100},
	{published("set-payload", `1\.1\.\d+`), SETPayload110},
	{published("set-payload", `1\.2\.\d+`), SETPayload122},
}

func published(family, version string) *regexp.Regexp {
	return regexp.MustCompile(`^https://schema\.fitko\.de/fit-connect/` + family + `/` + version + `/` + family + `\.schema\.json$`)
}

// choose finds the schema for a document by its $schema; otherwise is for documents that have none.
func choose(document any, versions []version, otherwise Name) (Name, error) {
	object, _ := document.(map[string]any)
	asked, present := object["$schema"]
	if !present {
		return otherwise, nil
	}
	address, _ := asked.(string)
	for _, known := range versions {
		if known.address.MatchString(address) {
			return known.schema, nil
		}
	}
	return "", fmt.Errorf("%w: $schema is %.200q", ErrUnsupported, address)
}

// generation finds the schema for the public view of a destination by what it calls its services.
func generation(document any) Name {
	object, _ := document.(map[string]any)
	_, first := object["services"]
	if _, second := object["publicServices"]; first && !second {
		return DestinationV1Public
	}
	return DestinationV2Public
}
