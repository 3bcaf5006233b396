package diagnosis

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/vierkant/vierkant/broker"
)

func noon() time.Time { return time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC) }

// submitted are the facts of a submission that has waited for an hour at an active destination, which was told by a callback.
func submitted() facts {
	return facts{
		Submission: broker.Submission{
			ID: "s", Kind: broker.KindSubmission, Author: "sender", Sender: "sender", State: broker.StateSubmitted,
			Submitted: noon().Add(-2 * time.Hour), Notified: []string{"callback"}, Metadata: broker.Sealed{KID: "now"},
		},
		destination: broker.Destination{Status: broker.DestinationActive, EncryptionKID: "now"},
		log:         []broker.Event{{Token: "signed"}},
		callback:    true,
		calls:       []call{{Delivery: broker.Delivery{Type: broker.NewSubmissions, Attempt: 1, Over: noon()}}},
		periods:     broker.ContractPeriods(), now: noon(), deadline: noon(),
	}
}

func TestFindings(t *testing.T) {
	t.Parallel()
	failed := broker.Delivery{
		Type: broker.NewSubmissions, Attempt: 3, NotBefore: noon().Add(time.Hour),
		Attempts: []broker.Attempt{{At: noon(), Status: 503, Reason: "the receiver answered 503"}},
	}
	toSender := failed
	toSender.Sender, toSender.Type = "sender", broker.NewEvents
	givenUp := failed
	givenUp.Over, givenUp.GivenUp = noon(), true
	cases := map[string]struct {
		change            func(*facts)
		sender, authority []string // codes that each side reads
	}{
		"all is well": {func(*facts) {}, []string{"not-decided"}, []string{"not-decided"}},
		"just came":   {func(f *facts) { f.Submitted, f.Notified = noon(), nil }, nil, nil},
		"nobody knows": {func(f *facts) { f.Notified = nil },
			[]string{"never-seen"}, []string{"never-seen"}},
		"polled only": {func(f *facts) { f.callback, f.calls, f.Notified = false, nil, []string{"polling"} },
			[]string{"not-decided", "no-callback"}, []string{"not-decided", "no-callback"}},
		"its callback fails": {func(f *facts) { f.calls[0].Delivery = failed },
			[]string{"not-decided", "other-side-not-told"}, []string{"callback-failing", "not-decided"}},
		"its callback was given up": {func(f *facts) { f.calls[0].Delivery = givenUp },
			[]string{"not-decided", "other-side-not-told"}, []string{"callback-given-up", "not-decided"}},
		"its endpoint is not called": {func(f *facts) {
			f.calls[0] = call{failed, broker.Endpoint{Stopped: true, Last: broker.Attempt{At: noon(), Status: 410}}}
		},
			[]string{"not-decided", "other-side-not-told"}, []string{"callback-stopped", "not-decided"}},
		"the sender's callback fails": {func(f *facts) {
			f.State, f.Decided = broker.StateAccepted, noon()
			f.calls = []call{{Delivery: toSender}}
		},
			[]string{"callback-failing"}, []string{"other-side-not-told"}},
		"inactive": {func(f *facts) { f.destination.Status = broker.DestinationInactive },
			[]string{"destination-inactive", "not-decided"}, []string{"destination-inactive", "not-decided"}},
		"a former key": {func(f *facts) { f.destination.EncryptionKID = "next" },
			[]string{"not-decided"}, []string{"not-decided", "former-key"}},
		"a late signature": {func(f *facts) { f.log = append(f.log, broker.Event{Recorded: noon().Add(-time.Hour)}) },
			[]string{"signature-late", "not-decided"}, []string{"signature-late", "not-decided"}},
		"a fresh signature": {func(f *facts) { f.log = append(f.log, broker.Event{Recorded: noon()}) },
			[]string{"not-decided"}, []string{"not-decided"}},
		"missing parts": {func(f *facts) {
			f.State, f.Submitted, f.calls, f.Announced = broker.StateIncomplete, time.Time{}, nil, []broker.AttachmentID{"a", "b"}
			f.uploaded = []broker.AttachmentID{"b"}
		}, []string{"attachments-missing"}, nil},
		"complete parts": {func(f *facts) { f.State, f.Submitted, f.calls = broker.StateIncomplete, time.Time{}, nil },
			[]string{"not-submitted"}, nil},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := submitted()
			c.change(&f)
			for by, want := range map[side][]string{{sender: true}: c.sender, {authority: true}: c.authority} {
				r := f.report(by)
				if got := codes(r); !slices.Equal(got, want) {
					t.Errorf("%+v: got %q, want %q", by, got, want)
				}
				wantWords(t, r)
			}
		})
	}
}

func codes(r Report) (all []string) {
	for _, f := range r.Findings {
		all = append(all, f.Code)
	}
	return all
}

// wantWords holds each sentence against what would be a slip of its making.
func wantWords(t *testing.T, r Report) {
	t.Helper()
	all := []Sentence{r.Summary}
	for _, f := range r.Findings {
		all = append(all, f.Text)
	}
	for _, s := range all {
		for _, text := range []string{s.EN, s.DE} {
			if text == "" || strings.Contains(text, "%") || strings.Contains(text, "{") || !strings.HasSuffix(text, ".") && !strings.HasSuffix(text, "?") {
				t.Errorf("got the sentence %q", text)
			}
		}
		if s.EN == s.DE {
			t.Errorf("not translated: %q", s.EN)
		}
	}
}

func TestTurn(t *testing.T) {
	t.Parallel()
	owed := []call{{Delivery: broker.Delivery{Sender: "sender"}}}
	for name, c := range map[string]struct {
		state broker.State
		calls []call
		want  Turn
	}{
		"announced":          {broker.StateIncomplete, nil, TurnAuthor},
		"submitted":          {broker.StateSubmitted, nil, TurnAddressee},
		"forwarded":          {broker.StateForwarded, nil, TurnAddressee},
		"accepted":           {broker.StateAccepted, nil, TurnNobody},
		"accepted, not told": {broker.StateAccepted, owed, TurnBroker},
		"rejected, not told": {broker.StateRejected, owed, TurnBroker},
		"deleted":            {broker.StateDeleted, owed, TurnNobody},
	} {
		f := submitted()
		f.State, f.calls = c.state, c.calls
		if got := f.turn(); got != c.want {
			t.Errorf("%s: got %s, want %s", name, got, c.want)
		}
	}
}

// Of what is not submitted only its author knows, whichever side that is.
func TestWhoKnows(t *testing.T) {
	t.Parallel()
	sender, authority := side{sender: true}, side{authority: true}
	draft := submitted().Submission
	draft.Submitted = time.Time{}
	answer := draft
	answer.Author = "subscriber"
	for name, c := range map[string]struct {
		by   side
		sub  broker.Submission
		want bool
	}{
		"sender of a draft":            {sender, draft, true},
		"authority of a draft":         {authority, draft, false},
		"sender, draft of a reply":     {sender, answer, false},
		"authority, draft of a reply":  {authority, answer, true},
		"sender of what is submitted":  {sender, submitted().Submission, true},
		"authority, what is submitted": {authority, submitted().Submission, true},
		"stranger":                     {side{}, submitted().Submission, false},
	} {
		if got := c.by.knows(c.sub); got != c.want {
			t.Errorf("%s: got %t, want %t", name, got, c.want)
		}
	}
}

func TestSpan(t *testing.T) {
	t.Parallel()
	for d, want := range map[time.Duration]Sentence{
		0:                          {"a moment", "einem Moment"},
		time.Second:                {"1 second", "1 Sekunde"},
		119 * time.Second:          {"119 seconds", "119 Sekunden"},
		2 * time.Minute:            {"2 minutes", "2 Minuten"},
		time.Hour:                  {"1 hour", "1 Stunde"},
		90 * time.Minute:           {"90 minutes", "90 Minuten"},
		24 * time.Hour:             {"1 day", "1 Tag"},
		36 * time.Hour:             {"36 hours", "36 Stunden"},
		14 * 24 * time.Hour:        {"14 days", "14 Tagen"},
		-3 * time.Hour:             {"a moment", "einem Moment"},
		100 * 24 * time.Hour:       {"100 days", "100 Tagen"},
		61 * time.Minute:           {"1 hour", "1 Stunde"},
		23*time.Hour + time.Minute: {"23 hours", "23 Stunden"},
	} {
		if got := span(d); got != want {
			t.Errorf("%s: got %v, want %v", d, got, want)
		}
	}
}
