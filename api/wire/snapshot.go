package wire

import "time"

// SnapshotType is the media type of a snapshot of all routes: lines of JSON behind a head, which is a compact JWS on a line of its own.
// Every line ends with a line feed.
const SnapshotType = "application/x-ndjson"

// SnapshotRoute is one line of a snapshot. The oldest route comes first, which decides between equal ones.
type SnapshotRoute struct {
	ID       string     `json:"id"`
	Coverage []Coverage `json:"coverage"`
	Priority int        `json:"priority,omitempty"`
	From     time.Time  `json:"from,omitzero"`  // in force from then on
	Until    time.Time  `json:"until,omitzero"` // and before then
	Offline  bool       `json:"offline,omitempty"`
	Route
}

// Coverage is each of the services in each of the regions.
type Coverage struct {
	Services []string `json:"services"`          // URNs
	Regions  []string `json:"regions"`           // DE and up to 12 digits
	Schemas  []string `json:"schemas,omitempty"` // URIs of those that are taken there; none: all that the destination offers
}
