package wire

import "time"

// The shapes of the management API that are about going live.

// GoLiveSubject is a client or a destination, and how far its checklist is.
type GoLiveSubject struct {
	SubjectID string `json:"subjectId"`
	Kind      string `json:"kind"` // "sender", "subscriber" or "destination"
	Name      string `json:"name"`
	Digest    string `json:"digest"` // SHA-256, in hex, of how it is set up
	Done      int    `json:"done"`
	Required  int    `json:"required"` // points that are required and apply
	Complete  bool   `json:"complete"`
}

// GoLiveSubjects is the answer to GET /orgs/{org}/golive.
type GoLiveSubjects struct {
	Counted
	Subjects []GoLiveSubject `json:"subjects"`
}

// GoLiveChecklist is the answer to GET /orgs/{org}/golive/{subject}.
type GoLiveChecklist struct {
	GoLiveSubject
	Points []GoLivePoint `json:"points"`
}

// GoLivePoint is a line of a checklist.
type GoLivePoint struct {
	Point    string          `json:"point"`
	Title    string          `json:"title"`
	Source   string          `json:"source"` // "witnessed", "seen" or "declared"
	State    string          `json:"state"`  // "open", "done" or "not-applicable"
	Required bool            `json:"required"`
	Own      bool            `json:"own"` // the organisation added it
	At       *time.Time      `json:"at,omitempty"`
	Evidence *GoLiveEvidence `json:"evidence,omitempty"`
	Why      string          `json:"why,omitempty"` // it is open, or does not apply
	By       string          `json:"by,omitempty"`
	Note     string          `json:"note,omitempty"`
	Link     string          `json:"link,omitempty"`
}

// GoLiveEvidence is what shows a point.
type GoLiveEvidence struct {
	Type string `json:"type"`
	ID   string `json:"id"`
}

// GoLiveDeclaration is the body of PUT /orgs/{org}/golive/{subject}/points/{point}.
type GoLiveDeclaration struct {
	Done *bool  `json:"done"`
	Note string `json:"note"`
	Link string `json:"link"`
}

// GoLiveOwnPoint is a point that the organisation added to its checklists.
type GoLiveOwnPoint struct {
	PointID   string    `json:"pointId"`
	Text      string    `json:"text"`
	Kinds     []string  `json:"kinds"` // on whose checklists it stands; none: on all
	By        string    `json:"by"`
	CreatedAt time.Time `json:"createdAt"`
}

// GoLiveOwnPoints is the answer to GET /orgs/{org}/golive-points.
type GoLiveOwnPoints struct {
	Points []GoLiveOwnPoint `json:"points"`
}

// GoLiveOwnPointDraft is the body of POST /orgs/{org}/golive-points.
type GoLiveOwnPointDraft struct {
	Text  string   `json:"text"`
	Kinds []string `json:"kinds"`
}
