package wire

import "time"

// Missing is something that has to be there first.
type Missing struct {
	Field string `json:"field"`
	Text  string `json:"text"` // with the way out
}

// TemplateContent is what the owner of a template says about an online service; the body of POST /orgs/{org}/templates.
type TemplateContent struct {
	Name            string     `json:"name"`
	Services        []string   `json:"services,omitempty"`  // URNs
	Schemas         []string   `json:"schemas,omitempty"`   // URIs; none: those that a destination offers
	Languages       []string   `json:"languages,omitempty"` // all texts are in each
	Info            RouteInfo  `json:"info"`
	Fees            *Described `json:"fees,omitempty"`
	ResultDocuments *Described `json:"resultDocuments,omitempty"`
}

// TemplateChange is the body of PUT /orgs/{org}/templates/{template}.
type TemplateChange struct {
	TemplateContent
	Comment string `json:"comment,omitempty"`
}

// Comment says why, for people who look later.
type Comment struct {
	Comment string `json:"comment,omitempty"`
}

// TemplateRestore is the body of POST /orgs/{org}/templates/{template}/restore.
type TemplateRestore struct {
	Version int    `json:"version"`
	Comment string `json:"comment,omitempty"`
}

// Template is what all authorities that offer an online service have in common.
type Template struct {
	TemplateID string `json:"templateId"`
	OrgID      string `json:"orgId"`
	State      string `json:"state"`   // "draft", "open" or "closed"
	Version    int    `json:"version"` // 0: never opened
	TemplateContent
	Missing   []Missing `json:"missing"` // for being opened
	CreatedAt time.Time `json:"createdAt"`
	ChangedAt time.Time `json:"changedAt"`
}

// TemplateList is the answer to GET /templates and GET /orgs/{org}/templates.
type TemplateList struct {
	Counted
	Templates []Template `json:"templates"`
}

// TemplateVersion is one state of a template that was in force.
type TemplateVersion struct {
	Version    int       `json:"version"`
	By         string    `json:"by"`
	ReleasedBy string    `json:"releasedBy,omitempty"` // the second person
	ProposalID string    `json:"proposalId,omitempty"`
	At         time.Time `json:"at"`
	Comment    string    `json:"comment,omitempty"`
	TemplateContent
}

// TemplateVersionList is the answer to GET /orgs/{org}/templates/{template}/versions.
type TemplateVersionList struct {
	Counted
	Versions []TemplateVersion `json:"versions"`
}

// AdoptionPart is what an authority says about itself. Name is what people know it by.
type AdoptionPart struct {
	Name          string     `json:"name,omitempty"`
	DestinationID string     `json:"destinationId,omitempty"`
	Regions       []string   `json:"regions,omitempty"` // "DE…"
	From          *time.Time `json:"from,omitempty"`    // in force from, and before
	Until         *time.Time `json:"until,omitempty"`
	Info          RouteInfo  `json:"info"`
}

// AdoptionDraft is the body of POST /orgs/{org}/adoptions.
type AdoptionDraft struct {
	TemplateID string `json:"templateId"`
	AdoptionPart
}

// AdoptionChange is the body of PUT /orgs/{org}/adoptions/{adoption}.
type AdoptionChange struct {
	AdoptionPart
	Comment string `json:"comment,omitempty"`
}

// Adoption is an authority's use of a template.
type Adoption struct {
	AdoptionID string `json:"adoptionId"`
	OrgID      string `json:"orgId"`
	TemplateID string `json:"templateId"`
	AdoptionPart
	Standing   string     `json:"standing"`  // "incomplete", "offline" or "online"
	Published  bool       `json:"published"` // whether it has a route
	RouteKey   string     `json:"routeKey"`  // of that route
	Pending    bool       `json:"pending"`   // whether a change waits for a second person
	ProposalID string     `json:"proposalId,omitempty"`
	Missing    []Missing  `json:"missing"` // for being online
	CreatedAt  time.Time  `json:"createdAt"`
	ChangedAt  time.Time  `json:"changedAt"`
	LeftAt     *time.Time `json:"leftAt,omitempty"`
}

// AdoptionList is the answer to GET /orgs/{org}/adoptions and GET /orgs/{org}/templates/{template}/adoptions.
type AdoptionList struct {
	Counted
	Adoptions []Adoption `json:"adoptions"`
}
