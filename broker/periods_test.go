package broker_test

import (
	"strings"
	"testing"
	"time"

	"github.com/vierkant/vierkant/broker"
)

const day = 24 * time.Hour

var began = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func TestAhead(t *testing.T) {
	t.Parallel()
	waiting := broker.Submission{State: broker.StateSubmitted, Sender: "s", Author: "s", Created: began.Add(-time.Hour), Submitted: began}
	with := func(change func(*broker.Submission)) broker.Submission {
		s := waiting
		change(&s)
		return s
	}
	once := with(func(s *broker.Submission) { s.Reminded = 1 })
	for name, test := range map[string]struct {
		sub  broker.Submission
		now  time.Duration
		want broker.Prospect
		nth  int
		at   time.Duration // from submit on
	}{
		"incomplete":               {with(func(s *broker.Submission) { s.State = broker.StateIncomplete }), 0, broker.WillBeDeleted, 0, 23 * time.Hour},
		"submitted":                {waiting, 0, broker.WillRemind, 1, 3 * day},
		"forwarded":                {with(func(s *broker.Submission) { s.State = broker.StateForwarded }), 0, broker.WillRemind, 1, 3 * day},
		"the first is due":         {waiting, 3 * day, broker.WillRemind, 1, 3 * day},
		"the first was missed":     {waiting, 8 * day, broker.WillRemind, 1, 3 * day},
		"both are due":             {waiting, 9 * day, broker.WillRemind, 2, 9 * day},
		"the first was sent":       {once, 3 * day, broker.WillRemind, 2, 9 * day},
		"the second is due":        {once, 13 * day, broker.WillRemind, 2, 9 * day},
		"both were sent":           {with(func(s *broker.Submission) { s.Reminded = 2 }), 9 * day, broker.WillBeRefused, 0, 14 * day},
		"too late for a reminder":  {waiting, 14 * day, broker.WillBeRefused, 0, 14 * day},
		"a reply to a sender":      {with(func(s *broker.Submission) { s.Kind, s.Author = broker.KindReply, "subscriber" }), 5 * day, broker.WillBeRefused, 0, 14 * day},
		"a reply of a sender":      {with(func(s *broker.Submission) { s.Kind = broker.KindReply }), 5 * day, broker.WillRemind, 1, 3 * day},
		"accepted":                 {with(func(s *broker.Submission) { s.State, s.Decided = broker.StateAccepted, began.Add(day) }), 2 * day, broker.WillBeDeleted, 0, 8 * day},
		"rejected":                 {with(func(s *broker.Submission) { s.State, s.Decided = broker.StateRejected, began.Add(day) }), 9 * day, broker.WillBeDeleted, 0, 8 * day},
		"deleted: nothing follows": {with(func(s *broker.Submission) { s.State = broker.StateDeleted }), 0, broker.NoProspect, 0, 0},
	} {
		what, nth, at := broker.ContractPeriods().Ahead(test.sub, began.Add(test.now))
		if want := began.Add(test.at); what != test.want || nth != test.nth || !at.Equal(want) && what != broker.NoProspect {
			t.Errorf("%s: got %s %d at %s, want %s %d at %s", name, what, nth, at, test.want, test.nth, want)
		}
	}
}

func TestPeriodsCheck(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		periods broker.Periods
		want    string
	}{
		"the contract's":       {broker.Periods{}, ""},
		"short ones":           {broker.Periods{Incomplete: 1, Reminders: []time.Duration{1, 2}, Decision: 3, Content: 1, Case: 4}, ""},
		"no reminders":         {broker.Periods{Reminders: []time.Duration{}, Decision: day}, ""},
		"a negative one":       {broker.Periods{Decision: -1}, "longer than nothing"},
		"a reminder at once":   {broker.Periods{Reminders: []time.Duration{0}}, "in order"},
		"reminders at once":    {broker.Periods{Reminders: []time.Duration{day, day}}, "in order"},
		"a late reminder":      {broker.Periods{Decision: 9 * day}, "when it is too late"},
		"a case without parts": {broker.Periods{Case: 21*day - 1}, "shorter than the life of a submission, up to 504h"},
		"a long announcement":  {broker.Periods{Incomplete: 729 * day}, "shorter than the life"},
	} {
		err := test.periods.WithDefaults().Check()
		if test.want == "" && err != nil || test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want)) {
			t.Errorf("%s: got %v, want %q", name, err, test.want)
		}
	}
}
