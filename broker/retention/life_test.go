package retention_test

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/broker/storetest/stores"
	"github.com/vierkant/vierkant/crypto/set"
)

// each runs a test on files and in a database.
func each(t *testing.T, test func(t *testing.T, w *world)) {
	t.Helper()
	stores.OnBothPlaces(t, func(t *testing.T, at stores.Place) { test(t, newWorld(t, at)) })
}

func wantLog(t *testing.T, w *world, c broker.CaseID, want ...string) {
	t.Helper()
	if got := w.log(t, c); !slices.Equal(got, want) {
		t.Errorf("after %s the log is %q, want %q", w.clock.now().Sub(w.clock.start), got, want)
	}
}

func wantTold(t *testing.T, w *world, id broker.SubmissionID, want ...string) {
	t.Helper()
	if got := w.told(t, id); !slices.Equal(got, want) {
		t.Errorf("callbacks: got %q, want %q", got, want)
	}
}

func TestIncompleteIsDeletedAfterADay(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		small, large := w.announce(t, sealedOnce(t)), w.announce(t, sealedOf(t, 100_000))
		blob := w.attachment(t, large).Sealed.Body.Blob
		w.pass(t, day-time.Nanosecond)
		wantLog(t, w, small.Case, "create-submission")
		w.wantPending(t, 2)
		w.pass(t, time.Nanosecond)
		for _, sub := range []broker.Submission{small, large} {
			wantLog(t, w, sub.Case, "create-submission", "delete-submission")
			wantTold(t, w, sub.ID, "new-events to the sender") // its addressee never knew of it
			w.wantNoBodies(t, sub.ID)
		}
		if _, err := w.blobs.Open(t.Context(), blob); blob == "" || !errors.Is(err, broker.ErrNoRow) {
			t.Errorf("the large body %q: %v", blob, err)
		}
		w.wantPending(t, 0)
		sealed := sealedOnce(t)
		_, err := w.Submissions.Submit(t.Context(), w.sender, broker.V2(), small.ID, sealed, sealed, broker.Repeat{})
		if !errors.Is(err, broker.NotFound) {
			t.Errorf("submitted when it is gone: got %v, want NotFound", err)
		}
		if at := w.timer(t, broker.SubmissionDeadline(small.ID, time.Time{})); at >= 0 {
			t.Errorf("somebody looks again after %s", at)
		}
	})
}

// attachment returns the only one.
func (w *world) attachment(t testing.TB, sub broker.Submission) (att broker.Attachment) {
	t.Helper()
	must(t, w.store.View(t.Context(), func(tx broker.Tx) (err error) {
		att, err = tx.Attachment(sub.ID, sub.Announced[0])
		return err
	}))
	return att
}

func (w *world) wantPending(t *testing.T, count int) {
	t.Helper()
	must(t, w.store.View(t.Context(), func(tx broker.Tx) error {
		p, err := tx.Pending(w.sender.Client)
		if p.Count != count || count == 0 && p.Bytes != 0 {
			t.Errorf("pending is %+v, want %d", p, count)
		}
		return err
	}))
}

// wantNoBodies finds names and tags of the parts, and no bytes.
func (w *world) wantNoBodies(t *testing.T, id broker.SubmissionID) {
	t.Helper()
	must(t, w.store.View(t.Context(), func(tx broker.Tx) error {
		sub, err := tx.Submission(id)
		atts, attsErr := tx.Attachments(id)
		for _, a := range atts {
			if a.Sealed.Body.Present() || a.Sealed.Tag == "" {
				t.Errorf("attachment: %+v", a)
			}
		}
		if sub.Metadata.Body.Present() || sub.Data.Body.Present() || sub.State != broker.StateDeleted {
			t.Errorf("submission: %+v", sub)
		}
		return errors.Join(err, attsErr)
	}))
}

// What nobody decides is reminded of twice, rejected, and deleted.
func TestUndecided(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		sub := w.submit(t)
		parts := w.submission(t, sub.ID)
		body := parts.Data.Body
		for _, step := range []struct {
			pass  time.Duration
			mails []int
			log   []string
		}{
			{3*day - 1, nil, nil},
			{1, []int{1}, nil},
			{6*day - 1, []int{1}, nil},
			{1, []int{1, 2}, nil},
			{5*day - 1, []int{1, 2}, nil},
			{1, []int{1, 2, timedOut}, []string{"reject-submission"}},
			{7*day - 1, []int{1, 2, timedOut}, []string{"reject-submission"}},
			{1, []int{1, 2, timedOut}, []string{"reject-submission", "delete-submission"}},
			{700 * day, []int{1, 2, timedOut}, []string{"reject-submission", "delete-submission"}},
		} {
			w.pass(t, step.pass)
			wantLog(t, w, sub.Case, append([]string{"create-submission", "submit-submission"}, step.log...)...)
			if got := w.mails.of(sub.ID); !slices.Equal(got, step.mails) {
				t.Errorf("reminders are %d, want %d", got, step.mails)
			}
		}
		wantTold(t, w, sub.ID, "new-submissions to the destination", "new-events to the sender", "new-events to the destination",
			"new-events to the sender", "new-events to the destination")
		w.wantNoBodies(t, sub.ID)
		must(t, w.store.View(t.Context(), func(tx broker.Tx) error {
			if _, err := tx.Body(body.Record); !errors.Is(err, broker.ErrNoRow) {
				t.Errorf("the small body: %v", err)
			}
			return nil
		}))
		w.wantRecords(t, sub)
	})
}

// wantRecords reads the log as a party does.
func (w *world) wantRecords(t *testing.T, sub broker.Submission) {
	t.Helper()
	log, err := w.Cases.Events(t.Context(), w.sender, sub.Case, broker.Page{Limit: broker.MaxPage})
	must(t, err)
	payload := func(i int) set.Payload {
		token, err := set.Parse(log.Tokens[i])
		must(t, err)
		p, err := set.ParsePayload(token.Claims.Payload)
		must(t, err)
		if token.Claims.Issuer != "https://vierkant.example/submission-api" {
			t.Errorf("event %d is of %s", i, token.Claims.Issuer)
		}
		return p
	}
	if p := payload(2).Problems; len(p) != 1 || p[0].Type != set.ProblemPrefix+"technical-error" || p[0].Instance != "other" {
		t.Errorf("problems of the rejection: %+v", p)
	}
	digest := sha256.Sum256(sealedOnce(t))
	want := hex.EncodeToString(digest[:])
	gone := payload(3).Deletion
	if gone == nil || gone.SHA256.Metadata != want || gone.SHA256.Data != want || gone.SHA256.Attachments[string(sub.Announced[0])] != want {
		t.Errorf("deletion record: %+v, want digests %s", gone, want)
	}
	if _, err := time.Parse(time.RFC3339, gone.DeletedAt); err != nil {
		t.Error(err)
	}
}

func TestDecidedIsDeletedAfterAWeek(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		for _, event := range []string{"accept-submission", "reject-submission"} {
			sub := w.submit(t)
			w.pass(t, 8*day+12*time.Hour) // past one reminder, before the other one
			w.decide(t, sub, set.CreateSubmission[:len(set.CreateSubmission)-len("create-submission")]+event)
			w.pass(t, 7*day-1)
			wantLog(t, w, sub.Case, "create-submission", "submit-submission", event)
			w.pass(t, 1)
			wantLog(t, w, sub.Case, "create-submission", "submit-submission", event, "delete-submission")
			if got := w.mails.of(sub.ID); !slices.Equal(got, []int{1}) {
				t.Errorf("reminders are %d, want the first", got)
			}
		}
	})
}

// Replies have the same deadlines. Of senders there is no address to remind them.
func TestReplies(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		sub := w.submit(t)
		to := w.reply(t, w.subscriber, sub.Case)
		from := w.reply(t, w.sender, sub.Case)
		unsent, err := w.Replies.Announce(t.Context(), w.subscriber, broker.ReplyAnnouncement{Case: sub.Case}, broker.Repeat{})
		must(t, err)
		w.pass(t, 14*day)
		w.pass(t, 7*day)
		for id, want := range map[broker.SubmissionID][]string{
			to.ID:     {"new-replies to the sender", "new-events to the destination", "new-events to the sender", "new-events to the destination", "new-events to the sender"},
			unsent.ID: {"new-events to the destination"},
		} {
			// Callbacks of a sender are those of its submission.
			wantTold(t, w, id, want...)
		}
		for _, id := range []broker.SubmissionID{to.ID, from.ID, unsent.ID} {
			if got := w.submission(t, id).State; got != broker.StateDeleted {
				t.Errorf("a reply is %s", got)
			}
		}
		if got := w.mails.of(to.ID); got != nil {
			t.Errorf("the sender was reminded: %d", got)
		}
		w.wantEvents(t, sub.Case, map[string]int{"reject-reply": 2, "delete-reply": 3, "reject-submission": 1, "delete-submission": 1})
	})
}

func (w *world) wantEvents(t *testing.T, c broker.CaseID, want map[string]int) {
	t.Helper()
	got := map[string]int{}
	for _, name := range w.log(t, c) {
		got[name]++
	}
	for name, n := range want {
		if got[name] != n {
			t.Errorf("%d of %s, want %d: %v", got[name], name, n, got)
		}
	}
}

// A missed week: the later reminder alone, and what is too late is rejected without any.
func TestCatchUp(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		late := w.submit(t)
		w.clock.forward(5 * day)
		two := w.submit(t)
		w.clock.forward(6*day + 1)
		one := w.submit(t)
		w.clock.forward(3 * day)
		w.pass(t, 0)
		for _, test := range []struct {
			sub   broker.Submission
			mails []int
			state broker.State
		}{{late, []int{timedOut}, broker.StateRejected}, {two, []int{2}, broker.StateSubmitted}, {one, []int{1}, broker.StateSubmitted}} {
			if got := w.mails.of(test.sub.ID); !slices.Equal(got, test.mails) {
				t.Errorf("reminders are %d, want %d", got, test.mails)
			}
			if got := w.submission(t, test.sub.ID).State; got != test.state {
				t.Errorf("it is %s, want %s", got, test.state)
			}
		}
		w.pass(t, 7*day-1)
		if got := w.submission(t, late.ID).State; got != broker.StateRejected {
			t.Errorf("content of what was rejected late is %s before its time", got)
		}
	})
}

// What is overdue is done in the order of the deadlines.
func TestOrder(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		var want []broker.SubmissionID
		for i := range 7 {
			want = append(want, w.announce(t, sealedOnce(t)).ID)
			w.clock.forward(time.Duration(i+1) * time.Minute)
		}
		w.pass(t, 30*day)
		must(t, w.store.View(t.Context(), func(tx broker.Tx) error {
			all, err := tx.Unsigned(1000)
			var got []broker.SubmissionID
			for _, e := range all {
				if e.Type == set.DeleteSubmission {
					got = append(got, e.Submission)
				}
			}
			if !slices.Equal(got, want) {
				t.Errorf("deleted in the order %q, want %q", got, want)
			}
			return err
		}))
	})
}

func TestCaseIsDeletedTwoYearsAfterItsLastEvent(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		sub := w.submit(t)
		w.pass(t, 1*day)
		w.decide(t, sub, set.AcceptSubmission)
		w.pass(t, 7*day) // the last event
		w.pass(t, 730*day-1)
		if got := w.log(t, sub.Case); len(got) != 4 {
			t.Errorf("the log is %q", got)
		}
		if at := w.timer(t, broker.CaseDeadline(sub.Case, time.Time{})); at != 738*day {
			t.Errorf("somebody looks after %s, want 738 days", at)
		}
		young := w.submit(t) // its case began long after the wall clock says
		w.pass(t, 1)
		if _, err := w.Cases.Events(t.Context(), w.sender, sub.Case, broker.Page{Limit: 1}); !errors.Is(err, broker.NotFound) {
			t.Errorf("the case: got %v, want NotFound", err)
		}
		if at := w.timer(t, broker.CaseDeadline(sub.Case, time.Time{})); at >= 0 {
			t.Errorf("somebody looks again after %s", at)
		}
		wantLog(t, w, young.Case, "create-submission", "submit-submission")
	})
}

// Two years down: nothing is deleted that was not rejected before, and no case with something in it.
func TestTwoYearsDown(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		sub := w.submit(t)
		w.pass(t, 1000*day)
		wantLog(t, w, sub.Case, "create-submission", "submit-submission", "reject-submission")
		w.pass(t, 7*day)
		wantLog(t, w, sub.Case, "create-submission", "submit-submission", "reject-submission", "delete-submission")
		w.pass(t, 730*day)
		if got := w.log(t, sub.Case); len(got) != 0 {
			t.Errorf("the log is %q", got)
		}
	})
}

// A timer that an older program left due at once, or that is missing everything, does no harm.
func TestHints(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		sub := w.submit(t)
		must(t, w.store.Update(t.Context(), func(tx broker.Tx) error {
			return errors.Join(
				tx.PutTimer(broker.SubmissionDeadline(sub.ID, time.Time{})), tx.PutTimer(broker.CaseDeadline(sub.Case, time.Time{})),
				tx.PutTimer(broker.SubmissionDeadline("none", time.Time{})), tx.PutTimer(broker.CaseDeadline("none", time.Time{})),
			)
		}))
		w.pass(t, 0)
		wantLog(t, w, sub.Case, "create-submission", "submit-submission")
		for name, test := range map[string]struct {
			of   broker.Timer
			want time.Duration
		}{
			"submission":      {broker.SubmissionDeadline(sub.ID, time.Time{}), 3 * day},
			"case":            {broker.CaseDeadline(sub.Case, time.Time{}), 730 * day},
			"no submission":   {broker.SubmissionDeadline("none", time.Time{}), -1},
			"no case of that": {broker.CaseDeadline("none", time.Time{}), -1},
		} {
			if got := w.timer(t, test.of); got != test.want {
				t.Errorf("%s: somebody looks after %s, want %s", name, got, test.want)
			}
		}
	})
}

// Whatever the periods, nobody who acts has to move a timer.
func TestShortPeriods(t *testing.T) {
	t.Parallel()
	for i, p := range []broker.Periods{
		{Incomplete: 100 * day, Reminders: []time.Duration{day}, Decision: 2 * day, Content: 10 * day, Case: 730 * day},
		{Incomplete: 10 * day, Reminders: []time.Duration{}, Decision: 14 * day, Content: time.Hour, Case: 730 * day},
	} {
		t.Run(fmt.Sprint(i), func(t *testing.T) {
			t.Parallel()
			w := newWorldWith(t, stores.InFiles(t), p)
			idle, done := w.submit(t), w.submit(t)
			w.pass(t, time.Minute)
			w.decide(t, done, set.AcceptSubmission)
			w.pass(t, p.Content)
			if got := w.submission(t, done.ID).State; got != broker.StateDeleted {
				t.Errorf("what was accepted is %s", got)
			}
			w.pass(t, p.Decision)
			if got := w.submission(t, idle.ID).State; got == broker.StateSubmitted {
				t.Errorf("what was not decided is %s", got)
			}
		})
	}
}
