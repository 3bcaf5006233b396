package testenv

import (
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"strings"
	"time"
)

// The deadlines of the contract, and how far before one a case looks that nothing happened yet.
const (
	dayLong      = 24 * time.Hour
	justBefore   = time.Minute
	toDecide     = 14 * dayLong
	contentStays = 7 * dayLong
	caseStays    = 730 * dayLong
)

// deadlineCases are about what time brings (FIT-Connect contract 7.3, 15.8).
func deadlineCases() []Case {
	return []Case{
		conformMoving(128, "a rejection by timeout and a deletion call both sides", timeCallsBoth),
		conformMoving(132, "what was not submitted within a day is gone", timeForgets),
		conformMoving(133, "on day 3 and on day 9 the contact gets a mail", timeReminds),
		conformMoving(134, "on day 14 the service rejects", func(t *trial) {
			timeRejects(t)
		}),
		conformMoving(135, "on day 21 what was rejected is deleted", func(t *trial) {
			s := timeRejects(t)
			t.afterExactly(contentStays, func() { t.wantLog(s, "create-submission", "submit-submission", "reject-submission") })
			t.deleted(s, "create-submission", "submit-submission", "reject-submission", "delete-submission")
		}),
		conformMoving(136, "7 days after it was accepted a submission is deleted", func(t *trial) {
			s := t.submitted(t.activeOffice(), 1)
			t.forwardClock(dayLong)
			t.post(s, t.accept(s)).is(http.StatusNoContent)
			t.afterExactly(contentStays, func() { t.wantLog(s, "create-submission", "submit-submission", "accept-submission") })
			t.deleted(s, "create-submission", "submit-submission", "accept-submission", "delete-submission")
		}),
		conformMoving(137, "730 days after its last event a case is gone", timeEnds),
		conformMoving(138, "replies have the same deadlines", timeOfReplies),
	}
}

// afterExactly moves the clock to just before a deadline, asks what holds until then, and moves it there.
func (t *trial) afterExactly(period time.Duration, before func()) {
	t.forwardClock(period - justBefore)
	before()
	t.forwardClock(justBefore)
}

// became waits until the log of a submission is this.
func (t *trial) became(s submission, want ...string) []entry {
	t.eventually(want[len(want)-1], func() bool { return events(t.log(s)) == strings.Join(want, " ") })
	return t.log(s)
}

// byService asks for the last event to be one of the service, which verifies.
func (t *trial) byService(log []entry) entry {
	e := last(log)
	t.wantMember(e.claims, "iss", t.env.Issuer)
	t.verify(e)
	return e
}

// deleted waits for the deletion of a submission, and asks for what it says.
func (t *trial) deleted(s submission, want ...string) {
	e := t.byService(t.became(s, want...))
	t.get(t.submissions(s.path()), t.subscriber()).problem(http.StatusNotFound, "submission-not-found", "submission")
	for _, id := range s.ids() {
		t.get(t.submissions(s.attachment(id)), t.subscriber()).is(http.StatusNotFound)
	}
	if t.cfg.Tolerant {
		return
	}
	digests := map[string]any{"metadata": digestOf(s.metadata), "data": digestOf(s.data)}
	t.wantRecord(e, digests, s.attachments)
}

// wantRecord asks for a deletion record that has these digests and no other.
func (t *trial) wantRecord(e entry, digests map[string]any, attachments map[string]string) {
	all := map[string]any{}
	for id, sealed := range attachments {
		all[id] = digestOf(sealed)
	}
	if len(all) > 0 {
		digests["attachments"] = all
	}
	got, _ := lookUp(e.payload, "deletionRecord.sha256")
	t.sameJSON("digests of what was deleted", got, digests)
	at, _ := lookUp(e.payload, "deletionRecord.deletedAt")
	text, _ := at.(string)
	when, err := time.Parse(time.RFC3339, text)
	t.must("time of the deletion", err)
	t.holds(t.ended() || time.Since(when).Abs() < time.Hour, "a deletion by now, not at %s", when)
}

func digestOf(sealed string) string {
	sum := sha256.Sum256([]byte(sealed))
	return hex.EncodeToString(sum[:])
}

func timeForgets(t *trial) {
	s := t.announced(t.activeOffice(), 1)
	t.afterExactly(dayLong, func() { t.upload(s, s.ids0()).is(http.StatusNoContent) })
	e := t.byService(t.became(s, "create-submission", "delete-submission"))
	t.upload(s, s.ids0()).problem(http.StatusNotFound, "submission-not-found", "submission")
	t.submit(s).problem(http.StatusNotFound, "submission-not-found", "submission")
	t.get(t.submissions(s.path()), t.subscriber()).is(http.StatusNotFound)
	if !t.cfg.Tolerant {
		t.wantRecord(e, map[string]any{}, s.attachments)
	}
}

func timeReminds(t *trial) {
	if t.cfg.Mails == nil {
		t.skip("needs somebody who reads the mails to contacts")
	}
	s, decided := t.submitted(t.activeOffice(), 0), t.submitted(t.activeOffice(), 0)
	t.post(decided, t.accept(decided)).is(http.StatusNoContent)
	for i, day := range []time.Duration{3 * dayLong, 6 * dayLong} {
		t.afterExactly(day, func() { t.wantMails(s, i) })
		t.eventually("a mail", func() bool { return t.mailsAbout(s) == i+1 })
	}
	t.afterExactly(5*dayLong, func() { t.wantMails(s, 2) })
	t.became(s, "create-submission", "submit-submission", "reject-submission")
	t.wantMails(decided, 0)
}

// mailsAbout is how many mails remind of a submission.
func (t *trial) mailsAbout(s submission) int {
	n, err := t.cfg.Mails(t.ctx, s.id)
	t.must("read the mails", err)
	return n
}

func (t *trial) wantMails(s submission, want int) {
	if !t.ended() {
		equal(t, "mails about a submission", t.mailsAbout(s), want)
	}
}

// timeRejects lets a submission wait for too long.
func timeRejects(t *trial) submission {
	s := t.submitted(t.activeOffice(), 1)
	t.afterExactly(toDecide, func() { t.checkFetched(s) })
	e := t.byService(t.became(s, "create-submission", "submit-submission", "reject-submission"))
	all, _ := lookUp(e.payload, "problems")
	problems, _ := all.([]any)
	t.holds(len(problems) > 0 || t.ended(), "at least one problem in %s", e.event)
	t.get(t.submissions(s.path()), t.subscriber()).problem(http.StatusNotFound, "submission-not-found", "submission")
	t.post(s, t.accept(s)).problem(http.StatusConflict, "invalid-state-transition", "rejected")
	return s
}

func timeEnds(t *trial) {
	s := t.submitted(t.activeOffice(), 0)
	t.post(s, t.reject(s)).is(http.StatusNoContent)
	t.forwardClock(contentStays)
	t.deleted(s, "create-submission", "submit-submission", "reject-submission", "delete-submission")
	path := t.submissions("/cases/" + s.caseID + "/events")
	t.afterExactly(caseStays, func() { t.get(path, t.sender()).is(http.StatusOK) })
	t.eventually("that the case is gone", func() bool { return t.get(path, t.sender()).status == http.StatusNotFound })
	t.get(path, t.sender()).problem(http.StatusNotFound, "case-not-found", "case")
}

func timeOfReplies(t *trial) {
	to := t.submitted(t.activeOffice(), 0)
	idle, done, unsent := t.replied(to, 1), t.replied(to, 0), t.prepareReply(to, t.freshPair().encryption, 0)
	t.announceReply(&unsent, (*trial).subscriber)
	t.settle(done, "accept", (*trial).sender, map[string]any{}).is(http.StatusNoContent)
	t.afterExactly(dayLong, func() { t.wantReplyLog(unsent, "create-reply") })
	t.replyBecame(unsent, "create-reply", "delete-reply")
	t.afterExactly(contentStays-dayLong, func() { t.wantReplyLog(done, "create-reply", "submit-reply", "accept-reply") })
	t.replyBecame(done, "create-reply", "submit-reply", "accept-reply", "delete-reply")
	t.afterExactly(toDecide-contentStays, func() { t.checkReply(idle, (*trial).sender) })
	t.replyBecame(idle, "create-reply", "submit-reply", "reject-reply")
	t.get(t.replies("/"+idle.id), t.sender()).is(http.StatusNotFound)
	t.forwardClock(contentStays)
	t.replyBecame(idle, "create-reply", "submit-reply", "reject-reply", "delete-reply")
}

// replyBecame waits until the log of a reply is this, of which the last event is the service's.
func (t *trial) replyBecame(r reply, want ...string) {
	t.eventually(want[len(want)-1]+" of a reply", func() bool { return events(t.replyLog(r)) == strings.Join(want, " ") })
	t.checkReplyEvent(last(t.replyLog(r)), r)
}

// timeCallsBoth lets a submission wait for too long, of which both sides are called (FIT-Connect contract 9.4).
func timeCallsBoth(t *trial) {
	authority, online := t.receive(http.StatusOK), t.receive(http.StatusOK)
	s := t.submittedV1(t.calledOffice(authority), 0, calling(online))
	t.authentic(t.next(authority), authority.secret, s)
	t.notified(s)
	for _, period := range []time.Duration{toDecide, contentStays} {
		equal(t, "callbacks before it is time", len(authority.calls), 0)
		t.forwardClock(period)
		t.told(t.nextAbout(authority, s), authority.secret, s)
		t.told(t.nextAbout(online, s), online.secret, s)
	}
	t.wantLog(s, "create-submission", "submit-submission", "notify-submission", "reject-submission", "delete-submission")
}

// nextAbout waits for a callback that tells of a submission; those of others, which the case did not submit, are let pass.
func (t *trial) nextAbout(r *callee, s submission) received {
	for {
		if call := t.next(r); t.ended() || strings.Contains(string(call.body), s.id) {
			return call
		}
	}
}
