package broker

import "time"

// Trial is a call that was made to see whether a destination can be called, and what came of it.
type Trial struct {
	URL     string
	At      time.Time
	Took    time.Duration
	Status  int    // 0: there was no answer
	Taken   bool   // it would have counted as a success
	Reason  string // why it did not, or what is to be known of how it did
	Headers []TrialHeader
	Body    string
}

// TrialHeader is a header of the call.
type TrialHeader struct{ Name, Value string }
