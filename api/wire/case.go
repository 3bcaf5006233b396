package wire

import "time"

// Case is an item of GET /cases. The published contract names the call and not its members; these are ours.
type Case struct {
	CaseID        string    `json:"caseId"`
	DestinationID string    `json:"destinationId"`
	CreatedAt     time.Time `json:"createdAt"`
	ChangedAt     time.Time `json:"changedAt"`
	EventCount    int       `json:"eventCount"`
	LastEvent     LastEvent `json:"lastEvent"`
}

// LastEvent is what the log of a case says last.
type LastEvent struct {
	ID         string    `json:"jti"`
	Type       string    `json:"type"` // event URI
	Subject    string    `json:"sub"`  // "submission:<uuid>" or "reply:<uuid>"
	RecordedAt time.Time `json:"recordedAt"`
}

// CaseList is the answer to GET /cases.
type CaseList struct {
	Counted
	Cases []Case `json:"cases"`
}

// CaseContent is what GET /cases/{id} tells beyond the list: the replies, and how much there is beyond the first 500 of each.
type CaseContent struct {
	SubmissionCount int         `json:"submissionCount"`
	ReplyCount      int         `json:"replyCount"`
	Replies         []CaseReply `json:"replies"`
}

// CaseV1 is the answer to GET /v1/cases/{id}.
type CaseV1 struct {
	Case
	CaseContent
	Submissions []CaseSubmissionV1 `json:"submissions"`
}

// CaseV2 is the answer to GET /v2/cases/{id}.
type CaseV2 struct {
	Case
	CaseContent
	Submissions []CaseSubmissionV2 `json:"submissions"`
}

// CaseState is where a submission or a reply of a case stands.
type CaseState struct {
	State       string     `json:"state"`
	CreatedAt   time.Time  `json:"createdAt"`
	SubmittedAt *time.Time `json:"submittedAt,omitempty"`
}

// CaseSubmissionV1 is a submission of a case in generation 1.
type CaseSubmissionV1 struct {
	SubmissionV1
	CaseState
}

// CaseSubmissionV2 is the same in generation 2.
type CaseSubmissionV2 struct {
	SubmissionV2
	CaseState
}

// CaseReply is a reply of a case.
type CaseReply struct {
	Reply
	CaseState
	From string `json:"from"` // "sender" or "destination"
}
