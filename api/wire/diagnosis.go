package wire

import "time"

// Diagnosis is the answer to GET /submissions/{submission}/diagnosis.
type Diagnosis struct {
	SubmissionID  string    `json:"submissionId"`
	Kind          string    `json:"kind"` // "submission" or "reply"
	CaseID        string    `json:"caseId"`
	DestinationID string    `json:"destinationId"`
	State         string    `json:"state"`
	Since         time.Time `json:"since"`
	Turn          string    `json:"turn"` // "author", "addressee", "broker" or "nobody"
	At            time.Time `json:"at"`
	Summary       string    `json:"summary"`

	Findings  []DiagnosisFinding `json:"findings"`
	Next      []DiagnosisStep    `json:"next"`
	Callbacks []DiagnosisCall    `json:"callbacks"`
}

// DiagnosisFinding is what was found.
type DiagnosisFinding struct {
	Code  string `json:"code"`
	Level string `json:"level"` // "problem" or "notice"
	Text  string `json:"text"`
}

// DiagnosisStep is what time brings.
type DiagnosisStep struct {
	At   time.Time `json:"at"`
	Code string    `json:"code"`
	Text string    `json:"text"`
}

// DiagnosisCall is a callback to the side that asks.
type DiagnosisCall struct {
	Type     string             `json:"type"`
	To       string             `json:"to"` // "sender" or "destination"
	OwedAt   time.Time          `json:"owedAt"`
	State    string             `json:"state"` // "owed", "taken" or "given-up"
	Again    *time.Time         `json:"again,omitempty"`
	Attempts []DiagnosisAttempt `json:"attempts"`
}

// DiagnosisAttempt is one call that was made.
type DiagnosisAttempt struct {
	At     time.Time `json:"at"`
	TookMS int64     `json:"tookMs"`
	Status int       `json:"status,omitempty"` // none: no answer
	Reason string    `json:"reason,omitempty"`
}
