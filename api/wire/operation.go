package wire

import "time"

// Operation is the answer to GET /operation.
type Operation struct {
	At           time.Time           `json:"at"`
	Deadline     time.Time           `json:"deadline"` // the clock of deadlines
	Signing      OperationBacklog    `json:"signing"`
	Callbacks    OperationBacklog    `json:"callbacks"`
	LagSeconds   int64               `json:"lagSeconds"`
	Disk         *OperationDisk      `json:"disk,omitempty"`
	Waiting      OperationWaiting    `json:"waiting"`
	Endpoints    []OperationEndpoint `json:"endpoints"`
	AllEndpoints int                 `json:"allEndpoints"`
	Keys         *OperationKeys      `json:"keys,omitempty"` // none: not looked at yet
	Findings     []OperationFinding  `json:"findings"`
	Maintenance  *OperationNotice    `json:"maintenance,omitempty"`
}

// OperationBacklog is what waits.
type OperationBacklog struct {
	Count  int        `json:"count"`
	Oldest *time.Time `json:"oldest,omitempty"`
}

// OperationDisk is the disk of the node that answers, in bytes.
type OperationDisk struct {
	Free  uint64 `json:"free"`
	Total uint64 `json:"total"`
}

// OperationWaiting is what waits to be fetched and decided on.
type OperationWaiting struct {
	At           time.Time                     `json:"at"`
	Count        int                           `json:"count"`
	Destinations []OperationWaitingDestination `json:"destinations"`
}

// OperationWaitingDestination is a destination at which something waits.
type OperationWaitingDestination struct {
	DestinationID string    `json:"destinationId"`
	Name          string    `json:"name"`
	OrgID         string    `json:"orgId"`
	OrgName       string    `json:"orgName"`
	Status        string    `json:"status"`
	Count         int       `json:"count"`
	Oldest        time.Time `json:"oldest"` // by the clock of deadlines
}

// OperationEndpoint is an endpoint of callbacks that is in trouble.
type OperationEndpoint struct {
	OrgID    string     `json:"orgId"`
	To       string     `json:"to"` // "destination" or "sender"
	ID       string     `json:"id"`
	Host     string     `json:"host"`
	State    string     `json:"state"` // "failing", "paused" or "stopped"
	Failures int        `json:"failures"`
	Since    time.Time  `json:"since"`
	Until    *time.Time `json:"until,omitempty"` // of a paused one
	Status   int        `json:"status,omitempty"`
	Reason   string     `json:"reason,omitempty"`
}

// OperationKeys is what is known of the keys of destinations.
type OperationKeys struct {
	At      time.Time      `json:"at"`
	Ended   int            `json:"ended"`
	Revoked int            `json:"revoked"`
	Unknown int            `json:"unknown"`
	Soonest []OperationKey `json:"soonest"`
}

// OperationKey is a key whose certificate ends.
type OperationKey struct {
	DestinationID string    `json:"destinationId"`
	KID           string    `json:"kid"`
	Use           string    `json:"use"` // "enc" or "sig"
	Expires       time.Time `json:"expires"`
}

// OperationFinding is what an examination of the node that answers found.
type OperationFinding struct {
	Subject string `json:"subject"`
	Grade   string `json:"grade"` // "ok", "note" or "trouble"
	Text    string `json:"text"`
	Remedy  string `json:"remedy,omitempty"`
}

// OperationNotice announces maintenance.
type OperationNotice struct {
	From     time.Time `json:"from"`
	Until    time.Time `json:"until"`
	ReadOnly bool      `json:"readOnly"`
	Text     string    `json:"text,omitempty"`
}
