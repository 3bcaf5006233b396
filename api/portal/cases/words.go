package cases

import (
	"strings"
	"time"

	"github.com/vierkant/vierkant/api/portal/page"
	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/broker/diagnosis"
	"github.com/vierkant/vierkant/broker/tracking"
)

// age is a duration as people say it, in its largest unit of which there are at least two.
func age(v *page.Visit, d time.Duration) string {
	for _, unit := range []struct {
		key string
		of  time.Duration
	}{{"age.days", 24 * time.Hour}, {"age.hours", time.Hour}, {"age.minutes", time.Minute}} {
		if n := int(d / unit.of); n >= 2 {
			return v.T(unit.key, n)
		}
	}
	return v.T("age.moment")
}

// Look is the class of the badge of a state.
func (r row) Look() string {
	switch r.State {
	case broker.StateAccepted:
		return "success"
	case broker.StateRejected:
		return "danger"
	case broker.StateDeleted:
		return "info"
	}
	return "warning"
}

// WhoseTurn is the key of who has to do something.
func (r row) WhoseTurn() string {
	switch {
	case r.Turn == diagnosis.TurnBroker || r.Turn == diagnosis.TurnNobody:
		return "turn." + string(r.Turn)
	case (r.Turn == diagnosis.TurnAuthor) == r.FromSender:
		return "turn.sender"
	}
	return "turn.destination"
}

// Short is the beginning of an id, by which people tell things apart in a list.
func (r row) Short() string { return short(string(r.ID)) }

func short(id string) string {
	head, _, _ := strings.Cut(id, "-")
	return head
}

// entry is an event as the timeline shows it.
type entry struct {
	tracking.Event
	Name  string // key of its text; "" is an event that has none
	Path  string // of the submission that it is about
	Token string // address of the signed token; "" if there is none
}

// Look is the class of the badge of a verdict.
func (e entry) Look() string {
	switch e.Verdict {
	case tracking.Verified:
		return "success"
	case tracking.Pending:
		return "info"
	}
	return "danger"
}

// acts are the events that have texts, by the ends of their URIs.
var acts = map[string]bool{"create": true, "submit": true, "notify": true, "forward": true, "accept": true, "reject": true, "delete": true}

func eventName(uri string) string {
	act, _, _ := strings.Cut(uri[strings.LastIndex(uri, "/")+1:], "-")
	if !acts[act] {
		return ""
	}
	return "event." + act
}

// ShortSubmission is the beginning of the id of what the event is about.
func (e entry) ShortSubmission() string { return short(string(e.Submission)) }

// ShortCase is the beginning of the id of the case.
func (r caseRow) ShortCase() string { return short(string(r.Case)) }
