package wire

import "time"

// The shapes of routes in the management API.

// RouteDraft is a route as its owner wants it, and as it is shown to its owner.
type RouteDraft struct {
	Key           string          `json:"key"` // the owner's name for it
	DestinationID string          `json:"destinationId"`
	Name          string          `json:"name"`
	Coverage      []RouteCoverage `json:"coverage"`
	Priority      int             `json:"priority,omitempty"`
	From          time.Time       `json:"from,omitzero"`
	Until         time.Time       `json:"until,omitzero"`
	Offline       *bool           `json:"offline,omitempty"` // of a draft: absent is as it is now
	Info          RouteInfo       `json:"info,omitzero"`     // without destinationName and origin
}

// RouteCoverage is each of the services in each of the regions.
type RouteCoverage struct {
	Services []string `json:"services"` // URNs
	Regions  []string `json:"regions"`  // "DE…"
	Schemas  []string `json:"schemas,omitempty"`
}

// ManagedRoute is a route that is published.
type ManagedRoute struct {
	RouteDraft
	RouteID     string    `json:"routeId"`
	AdoptionID  string    `json:"adoptionId,omitempty"` // of a template that it is made of, and where it is changed
	PublishedAt time.Time `json:"publishedAt"`          // first
}

// ManagedRouteList is a page of the routes of an organisation, by key.
type ManagedRouteList struct {
	Counted
	Routes []ManagedRoute `json:"routes"`
}

// RouteChanges is what is to be changed: some routes, or with Desired all of a set.
type RouteChanges struct {
	Put     []RouteDraft   `json:"put,omitempty"`
	Delete  []string       `json:"delete,omitempty"` // keys
	Desired *DesiredRoutes `json:"desired,omitempty"`
	Comment string         `json:"comment,omitempty"`
}

// DesiredRoutes is the state in which a set of routes is to be.
type DesiredRoutes struct {
	Prefix string       `json:"prefix,omitempty"` // of the keys of the set; "" is all that were made by hand
	Routes []RouteDraft `json:"routes"`
}

// RoutePlan is what would be changed, and what is to be said about it.
type RoutePlan struct {
	Refused  bool           `json:"refused"`
	Changes  []RouteChange  `json:"changes"`
	Same     int            `json:"same"`     // routes that are so already
	Findings []RouteFinding `json:"findings"` // some, the errors first

	TotalFindings int            `json:"totalFindings"` // of those that were asked for
	FindingCounts []FindingCount `json:"findingCounts"` // of all that there are
}

// FindingCount is how many findings of a kind there are.
type FindingCount struct {
	Severity string `json:"severity"`
	Code     string `json:"code"`
	Total    int    `json:"total"`
}

// RouteChange is what happens to one route: one of both is absent if it is new, or goes.
type RouteChange struct {
	Key    string      `json:"key"`
	Before *RouteDraft `json:"before,omitempty"`
	After  *RouteDraft `json:"after,omitempty"`
}

// RouteFinding is something to know before publishing.
type RouteFinding struct {
	Severity string `json:"severity"` // "error", "warning" or "note"
	Code     string `json:"code"`
	Key      string `json:"key,omitempty"`
	Service  string `json:"service,omitempty"`
	Region   string `json:"region,omitempty"`
	OrgID    string `json:"orgId,omitempty"` // of the other organisation that it is about
	Count    int    `json:"count,omitempty"`
	Text     string `json:"text"`
}

// RouteOutcome is what became of a change: neither a revision nor a proposal if there was nothing to do, or if it was only planned.
type RouteOutcome struct {
	Plan     RoutePlan `json:"plan"`
	Revision *Revision `json:"revision,omitempty"`
	Proposal *Proposal `json:"proposal,omitempty"`
}

// Revision is one change of the routes of an organisation, as a whole.
type Revision struct {
	Number     int       `json:"number"`
	By         string    `json:"by"`
	ReleasedBy string    `json:"releasedBy,omitempty"`
	ProposalID string    `json:"proposalId,omitempty"`
	At         time.Time `json:"at"`
	Comment    string    `json:"comment,omitempty"`
	Put        int       `json:"put"`
	Deleted    int       `json:"deleted"`
}

// RevisionList is a page of the history, oldest first.
type RevisionList struct {
	Counted
	Revisions []Revision `json:"revisions"`
}

// RouteChangeList is a page of what a revision changed.
type RouteChangeList struct {
	Counted
	Changes []RouteChange `json:"changes"`
}

// Rollback is the body of POST /orgs/{org}/routes/rollback.
type Rollback struct {
	Revision *int   `json:"revision"` // routes become as they were after it; 0 is before the first
	Plan     bool   `json:"plan,omitempty"`
	Comment  string `json:"comment,omitempty"`
}

// RoutesOffline is the body of POST /orgs/{org}/routes/offline and /online.
type RoutesOffline struct {
	Keys    []string `json:"keys"`
	Comment string   `json:"comment,omitempty"`
}

// RoutePreview is who answers for a service in a region at an instant, and why.
type RoutePreview struct {
	At      time.Time      `json:"at"`
	Region  string         `json:"region,omitempty"` // where those stand that answer
	Answers []PreviewRoute `json:"answers"`
	Steps   []PreviewStep  `json:"steps"` // from the place upwards, also beyond the one that answers
}

// PreviewRoute is a route of anybody. The key is shown to its owner only.
type PreviewRoute struct {
	OrgID         string `json:"orgId"`
	Key           string `json:"key,omitempty"`
	DestinationID string `json:"destinationId"`
	Name          string `json:"name"`
}

// PreviewStep is one level of the search.
type PreviewStep struct {
	Region     string             `json:"region"`
	Name       string             `json:"name,omitempty"`
	Candidates []PreviewCandidate `json:"candidates"`
}

// PreviewCandidate is a route and what became of it.
type PreviewCandidate struct {
	PreviewRoute
	Answers bool   `json:"answers"`
	Reason  string `json:"reason"`
}
