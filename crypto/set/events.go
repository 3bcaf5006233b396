package set

import (
	"regexp"
	"strings"
)

const events = "https://schema.fitko.de/fit-connect/events/"

// The events of the contract (FIT-Connect contract 7.1), as they stand in the claim events.
const (
	CreateSubmission  = events + "create-submission"
	SubmitSubmission  = events + "submit-submission"
	NotifySubmission  = events + "notify-submission"
	ForwardSubmission = events + "forward-submission"
	AcceptSubmission  = events + "accept-submission"
	RejectSubmission  = events + "reject-submission"
	DeleteSubmission  = events + "delete-submission"

	CreateReply = events + "create-reply"
	SubmitReply = events + "submit-reply"
	NotifyReply = events + "notify-reply"
	AcceptReply = events + "accept-reply"
	RejectReply = events + "reject-reply"
	DeleteReply = events + "delete-reply"
)

// ProblemPrefix is what the types of the documented problems begin with (FIT-Connect contract 8.2).
const ProblemPrefix = events + "problems/"

// How a receiver was informed, in the payload of a notify event (FIT-Connect contract 7.1).
const (
	NotifiedByCallback = "callback"
	NotifiedByPolling  = "polling"
)

// CurrentVersion is the version of the payload schema that the broker writes (FIT-Connect contract 6.4).
const CurrentVersion = "1.2.2"

// SchemaURI returns the $schema of a version such as [CurrentVersion].
func SchemaURI(version string) string {
	return "https://schema.fitko.de/fit-connect/set-payload/" + version + "/set-payload.schema.json"
}

var schemaPattern = regexp.MustCompile(`^https://schema\.fitko\.de/fit-connect/set-payload/(1\.\d+\.\d+)/set-payload\.schema\.json$`)

// Versions lists the versions of the payload schema that are taken: "1.0.1" stands for itself, "1.2" for every 1.2.x.
type Versions []string

// V1 returns the versions that the first generation of the interface takes (FIT-Connect contract 6.4).
func V1() Versions { return Versions{"1.0.0", "1.0.1", "1.1", "1.2"} }

// V2 returns the versions that the second generation takes; it refuses 1.0.x (FIT-Connect contract 6.4).
func V2() Versions { return Versions{"1.1", "1.2"} }

// take reports whether uri is the $schema of a version in v.
func (v Versions) take(uri string) bool {
	match := schemaPattern.FindStringSubmatch(uri)
	if match == nil {
		return false
	}
	for _, version := range v {
		if match[1] == version || strings.HasPrefix(match[1], version+".") {
			return true
		}
	}
	return false
}
