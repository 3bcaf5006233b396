package wire

import "time"

// Figures is the answer to GET /figures and GET /orgs/{org}/figures.
type Figures struct {
	Step   string         `json:"step"` // "hour", "day" or "month"
	Zone   string         `json:"zone"` // of days and months
	From   time.Time      `json:"from"`
	To     time.Time      `json:"to"`     // before it is the last
	Bounds []int64        `json:"bounds"` // of Acceptance: seconds, each up to and including
	Sum    FigureCounts   `json:"sum"`
	Points []FiguresPoint `json:"points"` // without gaps, the oldest first
}

// FiguresPoint is what happened in one step.
type FiguresPoint struct {
	From time.Time `json:"from"`
	To   time.Time `json:"to"`
	FigureCounts
}

// FigureCounts is what happened in some time.
type FigureCounts struct {
	Announced       int            `json:"announced"`
	Submitted       int            `json:"submitted"`
	Accepted        int            `json:"accepted"`
	Rejected        map[string]int `json:"rejected"` // by reason; {}: none
	Expired         int            `json:"expired"`
	Replies         int            `json:"replies"`
	Bytes           int64          `json:"bytes"`
	CallbacksTaken  int            `json:"callbacksTaken"`
	CallbacksFailed int            `json:"callbacksFailed"`
	Acceptance      []int          `json:"acceptance"`              // how many took how long, one more than Bounds
	AcceptanceP50   *int64         `json:"acceptanceP50,omitempty"` // seconds that half of them did not exceed; none: nothing was accepted, or longer than the last bound
	AcceptanceP90   *int64         `json:"acceptanceP90,omitempty"`
}
