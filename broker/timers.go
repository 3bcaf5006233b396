package broker

import "time"

// TimerQueue names what timers are for. The package that owns a queue has it as a constant, in lower-case letters; an id may follow, for a
// queue of somebody's own.
type TimerQueue string

// Timer is something that is due at a time, by the clock of its queue. It is a hint, never a fact: whoever handles one reads what it is about,
// and the rule decides anew; what is not due yet is put again at its right time. So nothing has to be written when a deadline moves to later,
// and one that is missing, or comes twice, does no harm that the rule would not see.
type Timer struct {
	Queue TimerQueue
	ID    string // unique in its queue
	At    time.Time
}

// Deadlines is the queue of what becomes of submissions, replies and cases with time, by the clock of deadlines. A timer is about one of them,
// and its ID says which: "submission <id>", also for a reply, or "case <id>".
const Deadlines TimerQueue = "deadlines"

// SubmissionDeadline is the timer of a submission or a reply.
func SubmissionDeadline(id SubmissionID, at time.Time) Timer {
	return Timer{Queue: Deadlines, ID: submissionTimers + string(id), At: at}
}

// CaseDeadline is the timer of a case.
func CaseDeadline(id CaseID, at time.Time) Timer {
	return Timer{Queue: Deadlines, ID: caseTimers + string(id), At: at}
}

const (
	submissionTimers = "submission "
	caseTimers       = "case "
)
