package wire

import "time"

// The shapes of the management API that are about what became of submissions.

// Tracked is a submission or a reply as one of its sides sees it: never its content.
type Tracked struct {
	SubmissionID  string        `json:"submissionId,omitempty"` // one of the two is there
	ReplyID       string        `json:"replyId,omitempty"`
	CaseID        string        `json:"caseId"`
	DestinationID string        `json:"destinationId"`
	Destination   string        `json:"destinationName,omitempty"` // of an own one
	ClientID      string        `json:"clientId,omitempty"`        // of the sender, for its own organisation
	Client        string        `json:"clientName,omitempty"`
	From          string        `json:"from"` // "sender" or "destination"
	Service       PublicService `json:"publicService,omitzero"`
	Region        string        `json:"region,omitempty"`
	State         string        `json:"state"`
	Turn          string        `json:"turn"` // "author", "addressee", "broker" or "nobody"
	Attachments   int           `json:"attachments"`
	AnnouncedAt   time.Time     `json:"announcedAt"`
	SubmittedAt   *time.Time    `json:"submittedAt,omitempty"`
	DecidedAt     *time.Time    `json:"decidedAt,omitempty"`
}

// TrackedList is the answer to GET /orgs/{org}/submissions.
type TrackedList struct {
	Submissions []Tracked `json:"submissions"`
	Next        string    `json:"next,omitempty"` // the parameter "after" of the next page; absent: there is none
}

// TrackedCase is a case as one of its sides sees it.
type TrackedCase struct {
	CaseID        string    `json:"caseId"`
	DestinationID string    `json:"destinationId"`
	OpenedAt      time.Time `json:"openedAt"`
	ChangedAt     time.Time `json:"changedAt"`
	Events        int       `json:"events"`
	Entries       []Tracked `json:"entries"` // in the order they were announced
}

// TrackedCases is the answer to GET /orgs/{org}/cases.
type TrackedCases struct {
	Cases []TrackedCase `json:"cases"`
	Next  string        `json:"next,omitempty"`
}

// TrackedEvent is one entry of the log of a case, and whether it holds.
type TrackedEvent struct {
	Number       int             `json:"number"`
	EventID      string          `json:"eventId"`
	SubmissionID string          `json:"submissionId,omitempty"` // one of the two is there
	ReplyID      string          `json:"replyId,omitempty"`
	Type         string          `json:"type"`
	By           string          `json:"by"` // "service" or "destination"
	Issuer       string          `json:"issuer,omitempty"`
	IssuedAt     *time.Time      `json:"issuedAt,omitempty"`
	RecordedAt   time.Time       `json:"recordedAt"`
	Verdict      string          `json:"verdict"`
	KeyID        string          `json:"kid,omitempty"`
	NotifyType   string          `json:"notifyType,omitempty"`
	Problems     []EventProblem  `json:"problems,omitempty"`
	Deletion     *DeletionRecord `json:"deletionRecord,omitempty"`
	Token        string          `json:"token,omitempty"` // absent: it is not signed yet
}

// DeletionRecord says what was deleted.
type DeletionRecord struct {
	DeletedAt string      `json:"deletedAt"`
	SHA256    PartDigests `json:"sha256"`
}

// PartDigests are of the sealed parts as they were sent, in hexadecimal digits.
type PartDigests struct {
	Metadata    string            `json:"metadata,omitempty"`
	Data        string            `json:"data,omitempty"`
	Attachments map[string]string `json:"attachments,omitempty"` // by attachment id
}

// TrackedEvents is the answer to GET /orgs/{org}/cases/{case}/events.
type TrackedEvents struct {
	Counted
	CaseID string         `json:"caseId"`
	Whole  bool           `json:"whole"` // it ends as its case remembers
	Events []TrackedEvent `json:"events"`
}

// FoundID is the answer to GET /orgs/{org}/ids/{id}: what the id names, with what leads there.
type FoundID struct {
	SubmissionID  string `json:"submissionId,omitempty"` // also of a reply
	CaseID        string `json:"caseId,omitempty"`
	DestinationID string `json:"destinationId,omitempty"`
	ClientID      string `json:"clientId,omitempty"`
	DeliveryID    string `json:"deliveryId,omitempty"`
	ReceiverID    string `json:"receiverId,omitempty"` // of the callback
}
