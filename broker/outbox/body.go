package outbox

import (
	"encoding/json"

	"github.com/vierkant/vierkant/broker"
)

// typePrefix is what the types of all callbacks begin with (FIT-Connect contract 9.3).
const typePrefix = "https://schema.fitko.de/fit-connect/submission-api/callbacks/"

// callback is the body of a call, its members in the order of the contract's examples (9.2). It names each submission
// twice: receivers of the first generation may read only the one, those of the second read only the other.
type callback struct {
	Type          string                `json:"type"`
	SubmissionIDs []broker.SubmissionID `json:"submissionIds,omitempty"`
	Submissions   []submission          `json:"submissions,omitempty"`
	Replies       []reply               `json:"replies,omitempty"`
}

type submission struct {
	Destination broker.DestinationID `json:"destinationId"`
	Submission  broker.SubmissionID  `json:"submissionId"`
	Case        broker.CaseID        `json:"caseId"`
}

type reply struct {
	Destination broker.DestinationID `json:"destinationId"`
	Reply       broker.SubmissionID  `json:"replyId"`
	Case        broker.CaseID        `json:"caseId"`
}

// body returns the bytes to be posted, without white space.
func body(d broker.Delivery) []byte {
	c := callback{Type: typePrefix + string(d.Type)}
	if d.Kind == broker.KindReply {
		c.Replies = []reply{{d.Destination, d.Submission, d.Case}}
	} else {
		c.SubmissionIDs = []broker.SubmissionID{d.Submission}
		c.Submissions = []submission{{d.Destination, d.Submission, d.Case}}
	}
	raw, _ := json.Marshal(c) // nothing but strings
	return raw
}
