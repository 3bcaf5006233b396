package wire

import "time"

// Session is a browser in which a person is signed in to the portal.
type Session struct {
	SessionID string    `json:"sessionId"`
	Agent     string    `json:"agent,omitempty"`
	From      string    `json:"from,omitempty"` // network, of an IPv4 address the first 24 bits
	Means     []string  `json:"means"`
	StartedAt time.Time `json:"startedAt"`
	SeenAt    time.Time `json:"seenAt"`
	EndsAt    time.Time `json:"endsAt"`
}

// SessionList is the answer to GET /people/{person}/sessions.
type SessionList struct {
	Sessions []Session `json:"sessions"`
}

// Factors is the answer to GET /people/{person}/factors.
type Factors struct {
	PasswordSetAt *time.Time `json:"passwordSetAt,omitempty"`
	Factors       []Factor   `json:"factors"`
	RecoveryCodes int        `json:"recoveryCodes"` // that are left
}

// Factor is an app that makes codes, or a passkey.
type Factor struct {
	FactorID string     `json:"factorId"`
	Kind     string     `json:"kind"`
	Name     string     `json:"name"`
	MadeAt   time.Time  `json:"madeAt"`
	UsedAt   *time.Time `json:"usedAt,omitempty"`
}
