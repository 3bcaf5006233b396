package wire

import "time"

// The shapes of drafts of routes, and of what is served, in the management API.

// RoutesDraft is what a caller works on.
type RoutesDraft struct {
	Put       []RouteDraft `json:"put"`
	Delete    []string     `json:"delete"` // keys
	Digest    string       `json:"digest"` // names this state of it; "" if there is none
	ChangedAt *time.Time   `json:"changedAt,omitempty"`
}

// RoutesDraftChange is the body of PUT /orgs/{org}/routes/draft.
type RoutesDraftChange struct {
	RouteChanges
	Was string `json:"was"` // the digest of what it takes the place of; "" for none
}

// RoutesReview is what publishing the draft would do now.
type RoutesReview struct {
	RoutePlan
	Stale  []string `json:"stale"`  // keys of routes that others changed since they came into the draft
	Digest string   `json:"digest"` // of all that is agreed to by publishing it
}

// RoutesDraftPublish is the body of POST /orgs/{org}/routes/draft/publish.
type RoutesDraftPublish struct {
	Digest  string `json:"digest"` // of the review that was looked at
	Comment string `json:"comment,omitempty"`
}

// Reach is how far people are served with a service, counted in municipalities.
type Reach struct {
	Service        string `json:"service"`
	Region         string `json:"region,omitempty"` // of the part; absent is the whole territory
	Name           string `json:"name,omitempty"`   // of the part
	Municipalities int    `json:"municipalities"`   // the sum of the other figures
	Own            int    `json:"own"`
	Others         int    `json:"others"`
	Offline        int    `json:"offline"`
	Missing        int    `json:"missing"`
}

// ReachList is a page of services, or of parts of a territory.
type ReachList struct {
	Counted
	Reach []Reach `json:"reach"`
}

// Decision is what the caller may do about a proposal.
type Decision struct {
	Release   Permission      `json:"release"`
	Refuse    Permission      `json:"refuse"`
	Withdraw  Permission      `json:"withdraw"`
	Releasers []PersonInBrief `json:"releasers"` // who of the organisation may release it
}

// Permission says whether a deed is allowed, and if not why.
type Permission struct {
	Allowed bool   `json:"allowed"`
	Code    string `json:"code,omitempty"` // of the problem that it would be answered with
	Reason  string `json:"reason,omitempty"`
}

// PersonInBrief is somebody to ask.
type PersonInBrief struct {
	PersonID string `json:"personId"`
	Name     string `json:"name"`
	Email    string `json:"email"`
	Role     string `json:"role"`
}
