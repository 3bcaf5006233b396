package wire

import "time"

// The shapes of the management API that are about callbacks.

// CallbackEndpoint is an address in trouble: its latest call failed.
type CallbackEndpoint struct {
	ReceiverKind string          `json:"receiverKind"` // "destination" or "sender"
	ReceiverID   string          `json:"receiverId"`
	URL          string          `json:"url"`
	State        string          `json:"state"` // "failing", "paused" or "stopped"
	Failures     int             `json:"failures"`
	Since        time.Time       `json:"since"`
	PausedUntil  *time.Time      `json:"pausedUntil,omitempty"`
	Last         CallbackAttempt `json:"lastAttempt"`
}

// CallbackEndpoints is the answer to GET /orgs/{org}/callbacks.
type CallbackEndpoints struct {
	Counted
	Endpoints []CallbackEndpoint `json:"endpoints"`
}

// CallbackAttempt is one call.
type CallbackAttempt struct {
	At           time.Time `json:"at"`
	Milliseconds int64     `json:"milliseconds"`
	Status       int       `json:"status,omitempty"` // absent: there was no answer
	Reason       string    `json:"reason,omitempty"`
}

// CallbackDelivery is a callback that is owed, or was.
type CallbackDelivery struct {
	DeliveryID    string            `json:"deliveryId"` // the header webhook-id of its calls
	Type          string            `json:"type"`       // "new-submissions", "new-replies" or "new-events"
	State         string            `json:"state"`      // "owed", "delivered" or "given-up"
	ReceiverKind  string            `json:"receiverKind"`
	ReceiverID    string            `json:"receiverId"`
	DestinationID string            `json:"destinationId"`
	CaseID        string            `json:"caseId"`
	SubmissionID  string            `json:"submissionId,omitempty"` // one of the two is there
	ReplyID       string            `json:"replyId,omitempty"`
	CreatedAt     time.Time         `json:"createdAt"`
	ReplayedAt    *time.Time        `json:"replayedAt,omitempty"`
	NextAt        *time.Time        `json:"nextAttemptAt,omitempty"`
	OverAt        *time.Time        `json:"overAt,omitempty"`
	Attempts      []CallbackAttempt `json:"attempts"` // the latest 32, oldest first
}

// CallbackDeliveries is the answer to GET /orgs/{org}/callbacks/{receiver}/deliveries.
type CallbackDeliveries struct {
	Counted
	Deliveries []CallbackDelivery `json:"deliveries"`
}

// CallbackStatus is how the callbacks to a receiver stand.
type CallbackStatus struct {
	ReceiverKind      string             `json:"receiverKind"`
	ReceiverID        string             `json:"receiverId"`
	URL               string             `json:"url,omitempty"`
	FormerSecretUntil *time.Time         `json:"formerSecretUntil,omitempty"`
	Kept              int                `json:"kept"`
	Owed              int                `json:"owed"`
	OldestOwedAt      *time.Time         `json:"oldestOwedAt,omitempty"`
	GivenUp           int                `json:"givenUp"`
	Latest            *CallbackDelivery  `json:"latest,omitempty"`
	Endpoints         []CallbackEndpoint `json:"endpoints"`
}

// CallbackTrial is a call that was made to see whether a destination can be called.
type CallbackTrial struct {
	URL          string        `json:"url"`
	At           time.Time     `json:"at"`
	Milliseconds int64         `json:"milliseconds"`
	Status       int           `json:"status,omitempty"`
	Taken        bool          `json:"taken"`
	Reason       string        `json:"reason,omitempty"`
	Headers      []TrialHeader `json:"headers"`
	Body         string        `json:"body"`
}

// TrialHeader is a header that was sent.
type TrialHeader struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// CallbackReplay is the body of POST /orgs/{org}/callbacks/{receiver}/replay.
type CallbackReplay struct {
	Since       *time.Time `json:"since"`
	Undelivered bool       `json:"undelivered,omitempty"`
}

// CallbackCount tells how many callbacks are replayed, or endpoints resumed.
type CallbackCount struct {
	Count int `json:"count"`
}

// CallbackSecretDraft is the body of POST /orgs/{org}/callbacks/{receiver}/secret.
type CallbackSecretDraft struct {
	Secret  string `json:"secret,omitempty"`  // absent: one is made
	Overlap int    `json:"overlap,omitempty"` // seconds
}

// CallbackSecret is a secret as it is shown once.
type CallbackSecret struct {
	DestinationID     string     `json:"destinationId"`
	Secret            string     `json:"secret"`
	FormerSecretUntil *time.Time `json:"formerSecretUntil,omitempty"`
}
