package diagnosis

import (
	"time"

	"github.com/vierkant/vierkant/broker"
)

// Report says where a submission or a reply stands, as far as who asks may know.
type Report struct {
	Submission  broker.SubmissionID
	Kind        broker.SubmissionKind
	Case        broker.CaseID
	Destination broker.DestinationID
	State       broker.State
	Since       time.Time // in this state; clock of deadlines
	Turn        Turn
	At          time.Time // of this report; clock of deadlines
	Summary     Sentence
	Findings    []Finding // what hangs first
	Next        []Step    // in the order of their times
	Calls       []Call    // in the order in which they came to be owed
}

// Turn says who has to do something for it to go on.
type Turn string

// Whose turn it is.
const (
	TurnAuthor    Turn = "author"    // who announced it
	TurnAddressee Turn = "addressee" // whom it is for
	TurnBroker    Turn = "broker"
	TurnNobody    Turn = "nobody" // it is over
)

// Level says how much a finding matters.
type Level string

// The levels.
const (
	Problem Level = "problem" // somebody should do something about it
	Notice  Level = "notice"  // good to know
)

// Finding is one thing that was found.
type Finding struct {
	Code  string // stable, for programs
	Level Level
	Text  Sentence
}

// Step is what will happen unless somebody acts before.
type Step struct {
	At   time.Time // clock of deadlines
	Code string
	Text Sentence
}

// Call is a callback that was or is owed to the side that asks.
type Call struct {
	Type     broker.CallbackType
	To       string // "sender" or "destination"
	Created  time.Time
	Over     time.Time // zero: still owed
	GivenUp  bool
	Again    time.Time // of what is owed: not before
	Attempts []broker.Attempt
}

// Sentence is for people, in the two languages of the product.
type Sentence struct{ EN, DE string }

// In returns the sentence in a language, "de" or English.
func (s Sentence) In(language string) string {
	if language == "de" {
		return s.DE
	}
	return s.EN
}
