package testenv

import (
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/vierkant/vierkant/crypto/keys"
	"github.com/vierkant/vierkant/crypto/seal"
	"github.com/vierkant/vierkant/crypto/set"
)

// replies is an address below the replies of the second generation, if the broker has any.
func (t *trial) replies(path string) string {
	t.offered(&t.hasReplies, "needs a broker with replies", func(t *trial) *answer { return t.get(t.submissions("/replies?limit=1"), t.sender()) })
	return t.submissions("/replies" + path)
}

// reply is one that a case makes: like a submission, but inside a case and for the key of its addressee. That of a sender stands in
// sealed metadata, where no broker sees it.
type reply struct {
	to             submission // whose case it is in
	key            keys.Private
	id             string
	metadata, data string            // sealed
	attachments    map[string]string // sealed, by id
}

func (r reply) ids() []string { return slices.Sorted(maps.Keys(r.attachments)) }

// ref is a reply as a list names it.
func (r reply) ref() map[string]any {
	return map[string]any{"destinationId": r.to.office.id, "replyId": r.id, "caseId": r.to.caseID}
}

// tags are its authentication tags as an event carries them.
func (r reply) tags() map[string]any {
	return submission{metadata: r.metadata, data: r.data, attachments: r.attachments}.tags()
}

func (r reply) content() map[string]any {
	return map[string]any{"encryptedMetadata": r.metadata, "encryptedData": r.data}
}

// prepareReply seals a reply and announces nothing yet.
func (t *trial) prepareReply(to submission, key keys.Private, attachments int) reply {
	o := office{pair: pair{encryption: key}}
	s := t.prepare(o, attachments)
	return reply{to: to, key: key, metadata: s.metadata, data: s.data, attachments: s.attachments}
}

// side is who writes a reply, or reads it.
type side func(*trial) string

// announceReply announces what was prepared, and returns the answer.
func (t *trial) announceReply(r *reply, by side) *answer {
	a := t.sendJSON(http.MethodPost, t.replies(""), by(t), map[string]any{"caseId": r.to.caseID, "announcedAttachments": append([]string{}, r.ids()...)})
	r.id = a.is(http.StatusCreated).text("replyId")
	return a
}

func (t *trial) uploadReply(r reply, id string, by side) *answer {
	return t.sendJOSE(http.MethodPut, t.replies("/"+r.id+"/attachments/"+id), by(t), r.attachments[id])
}

func (t *trial) submitReply(r reply, by side) *answer {
	return t.sendJSON(http.MethodPut, t.replies("/"+r.id), by(t), r.content())
}

// replied takes a reply to the state submitted.
func (t *trial) replied(to submission, attachments int) reply {
	r := t.prepareReply(to, t.freshPair().encryption, attachments)
	t.announceReply(&r, (*trial).subscriber)
	t.completeReply(r, (*trial).subscriber)
	return r
}

func (t *trial) completeReply(r reply, by side) {
	for _, id := range r.ids() {
		t.uploadReply(r, id, by).is(http.StatusNoContent).empty()
	}
	t.submitReply(r, by).is(http.StatusOK)
}

// answered takes a sender's answer to a reply to the state submitted: it is sealed for the destination.
func (t *trial) answered(to submission, attachments int) reply {
	t.replied(to, 0)
	r := t.prepareReply(to, to.office.encryption, attachments)
	t.announceReply(&r, (*trial).sender)
	t.completeReply(r, (*trial).sender)
	return r
}

// replyLog is what the log of the case says about a reply.
func (t *trial) replyLog(r reply) []entry {
	return slices.DeleteFunc(t.caseLog(r.to.caseID, t.sender()), func(e entry) bool { return e.claims["sub"] != "reply:"+r.id })
}

func (t *trial) wantReplyLog(r reply, want ...string) []entry {
	log := t.replyLog(r)
	equal(t, "events of the reply", events(log), strings.Join(want, " "))
	return log
}

// checkReply asks for a reply as it was sent.
func (t *trial) checkReply(r reply, by side) {
	a := t.get(t.replies("/"+r.id), by(t)).is(http.StatusOK).want("replyId", r.id).want("caseId", r.to.caseID)
	equal(t, "encryptedMetadata", a.text("encryptedMetadata"), r.metadata)
	equal(t, "encryptedData", a.text("encryptedData"), r.data)
	t.sameTexts("attachments", a.texts("attachments"), r.ids())
	for _, id := range r.ids() {
		b := t.get(t.replies("/"+r.id+"/attachments/"+id), by(t)).is(http.StatusOK).has("Content-Type", joseType)
		equal(t, "attachment "+id, string(b.body), r.attachments[id])
	}
	equal(t, "the data", t.opened(office{pair: pair{encryption: r.key}}, r.data), `{"hello":"world"}`)
}

// replyListed looks for a reply from the end of a list, where new ones are.
func (t *trial) replyListed(r reply, by side) bool {
	const page = 500
	total := t.get(t.replies("?limit=1"), by(t)).is(http.StatusOK).number("totalCount")
	for offset := max(0, total-page); !t.ended(); offset += page {
		all := t.get(t.replies("?limit="+itoa(page)+"&offset="+itoa(offset)), by(t)).page("replies", offset)
		for _, one := range all {
			if id, _ := lookUp(one, "replyId"); id == r.id {
				t.sameJSON("the reply in the list", one, r.ref())
				return true
			}
		}
		if len(all) < page {
			return false
		}
	}
	return false
}

// settle accepts or rejects a reply.
func (t *trial) settle(r reply, verdict string, by side, doc any) *answer {
	return t.sendJSON(http.MethodPut, t.replies("/"+r.id+"/"+verdict), by(t), doc)
}

func problems() map[string]any {
	return map[string]any{"problems": []any{
		map[string]any{"type": set.ProblemPrefix + "hash-mismatch", "title": "Hash mismatch", "detail": "The hash differs.", "instance": "data"},
	}}
}

// replyCases are about messages inside a case, in both directions (FIT-Connect contract 3.6, 15.10).
func replyCases() []Case {
	return slices.Concat(receiverReplies(), senderReplies(), replyRefusals())
}

// receiverReplies are from the destination to the sender.
func receiverReplies() []Case {
	return []Case{
		conform(153, "the receiver opens a reply in a case", func(t *trial) {
			r := t.prepareReply(t.submitted(t.activeOffice(), 0), t.freshPair().encryption, 1)
			t.announceReply(&r, (*trial).subscriber).want("caseId", r.to.caseID)
			log := t.wantReplyLog(r, "create-reply")
			t.checkReplyEvent(last(log), r)
			t.sameJSON("payload", last(log).payload, map[string]any{})
			t.uploadReply(r, r.ids()[0], (*trial).subscriber).is(http.StatusNoContent)
			t.get(t.replies("/"+r.id), t.sender()).problem(http.StatusNotFound, "reply-not-found", "incomplete")
			t.holds(!t.replyListed(r, (*trial).sender), "no incomplete reply in the list")
		}),
		conform(154, "a submitted reply is in the log, with the tags of what was sent", func(t *trial) {
			r := t.replied(t.submitted(t.activeOffice(), 0), 2)
			e := last(t.wantReplyLog(r, "create-reply", "submit-reply"))
			t.checkReplyEvent(e, r)
			tags, _ := lookUp(e.payload, "authenticationTags")
			t.sameJSON("tags", tags, r.tags())
		}),
		conform(154, "a submitted reply calls the sender", func(t *trial) {
			callee := t.receive(http.StatusOK)
			r := t.replied(t.submittedV1(t.home(), 0, calling(callee)), 0)
			t.authenticCall(t.next(callee), callee.secret, map[string]any{"type": callbackBase + "new-replies", "replies": []any{r.ref()}})
		}),
		conform(155, "the sender lists, fetches and opens it", func(t *trial) {
			r := t.replied(t.submitted(t.activeOffice(), 0), 2)
			t.holds(t.replyListed(r, (*trial).sender) || t.ended(), "the reply in the list of its addressee")
			t.checkReply(r, (*trial).sender)
			t.checkReply(r, (*trial).sender)
		}),
		conform(156, "the sender's acceptance is in the log, signed by the service", func(t *trial) {
			for _, doc := range []func(reply) any{
				func(r reply) any { return map[string]any{"authenticationTags": r.tags()} },
				func(reply) any { return map[string]any{} },
			} {
				r := t.replied(t.submitted(t.home(), 0), 1)
				t.settle(r, "accept", (*trial).sender, doc(r)).is(http.StatusNoContent).empty()
				e := last(t.wantReplyLog(r, "create-reply", "submit-reply", "accept-reply"))
				t.checkReplyEvent(e, r)
				tags, _ := lookUp(e.payload, "authenticationTags")
				t.sameJSON("tags", tags, r.tags())
				t.get(t.replies("/"+r.id), t.sender()).problem(http.StatusNotFound, "reply-not-found", "accepted")
				t.holds(!t.replyListed(r, (*trial).sender), "no accepted reply in the list")
			}
		}),
		conform(156, "so is the sender's rejection, with its problems", func(t *trial) {
			r := t.replied(t.submitted(t.home(), 0), 0)
			t.settle(r, "reject", (*trial).sender, problems()).is(http.StatusNoContent).empty()
			e := last(t.wantReplyLog(r, "create-reply", "submit-reply", "reject-reply"))
			t.checkReplyEvent(e, r)
			problem, _ := lookUp(e.payload, "problems.0.type")
			equal(t, "problem", problem, any(set.ProblemPrefix+"hash-mismatch"))
			for _, verdict := range []string{"accept", "reject"} {
				t.settle(r, verdict, (*trial).sender, problems()).problem(http.StatusConflict, "invalid-state-transition", "rejected")
			}
		}),
		conformMoving(157, "no reply in a case of a decommissioned destination", func(t *trial) {
			s := t.submitted(t.activeOffice(), 0)
			begun := t.prepareReply(s, t.freshPair().encryption, 0)
			t.patch(s.office, map[string]any{"status": "inactive"}).is(http.StatusOK)
			t.afterExactly(30*dayLong, func() { t.announceReply(&begun, (*trial).subscriber) })
			t.patch(s.office, map[string]any{"status": "decommissioned"}).is(http.StatusOK)
			late := map[string]any{"caseId": s.caseID, "announcedAttachments": []any{}}
			t.sendJSON(http.MethodPost, t.replies(""), t.subscriber(), late).problem(http.StatusUnprocessableEntity, "destination-state-invalid", "decommissioned")
			t.submitReply(begun, (*trial).subscriber).problem(http.StatusUnprocessableEntity, "destination-state-invalid", "decommissioned")
		}),
		conform(157, "a reply in a case of an inactive destination is taken", func(t *trial) {
			s := t.submitted(t.activeOffice(), 0)
			t.patch(s.office, map[string]any{"status": "inactive"}).is(http.StatusOK)
			t.checkReply(t.replied(s, 0), (*trial).sender)
		}),
		conform(158, "a reply is notified once per type", func(t *trial) {
			s := t.submitted(t.activeOffice(), 0)
			r := t.replied(s, 0)
			t.pollReply(r)
			t.pollReply(r)
			t.pollReply(t.replied(s, 0)) // what is noted of the first is noted before this
			equal(t, "notifications by polling", len(t.replyPolls(r)), 1)
			t.checkReplyEvent(last(t.replyPolls(r)), r)
		}),
		own("replies: a reply calls the sender back with events, the destination that wrote it", func(t *trial) {
			callee := t.receive(http.StatusOK)
			o := t.calledOffice(callee)
			s := t.submitted(o, 0)
			t.authentic(t.next(callee), callee.secret, s)
			r := t.replied(s, 0)
			t.settle(r, "accept", (*trial).sender, map[string]any{}).is(http.StatusNoContent)
			t.authenticCall(t.next(callee), callee.secret, map[string]any{"type": callbackBase + "new-events", "replies": []any{r.ref()}})
		}),
		own("replies: several in a case, after a decision too", func(t *trial) {
			s := t.submitted(t.activeOffice(), 0)
			first := t.replied(s, 0)
			t.post(s, t.accept(s)).is(http.StatusNoContent)
			second := t.replied(s, 1)
			t.checkReply(first, (*trial).sender)
			t.checkReply(second, (*trial).sender)
			a := t.get(t.cases("/"+s.caseID), t.sender()).is(http.StatusOK).want("replies.0.replyId", first.id).want("replies.1.replyId", second.id)
			a.want("replies.1.state", "submitted").want("submissions.0.state", "accepted")
		}),
		own("replies: the same submit again is answered like the first, another is refused", func(t *trial) {
			r := t.replied(t.submitted(t.home(), 0), 0)
			t.submitReply(r, (*trial).subscriber).is(http.StatusOK).want("replyId", r.id)
			other := r
			other.data = t.sealedFor(office{pair: pair{encryption: r.key}}, seal.JSON, []byte("{}"))
			t.submitReply(other, (*trial).subscriber).problem(http.StatusConflict, "already-submitted", "submitted")
			t.checkReply(r, (*trial).sender)
		}),
		own("replies: the first generation has them too", func(t *trial) {
			s := t.submitted(t.home(), 0)
			r := t.prepareReply(s, t.freshPair().encryption, 1)
			doc := map[string]any{"caseId": s.caseID, "announcedAttachments": r.ids()}
			r.id = t.sendJSON(http.MethodPost, t.first("/replies"), t.subscriber(), doc).is(http.StatusCreated).text("replyId")
			id := r.ids0()
			t.sendJOSE(http.MethodPut, t.first("/replies/"+r.id+"/attachments/"+id), t.subscriber(), r.attachments[id]).is(http.StatusNoContent)
			t.sendJSON(http.MethodPut, t.first("/replies/"+r.id), t.subscriber(), r.content()).is(http.StatusAccepted)
			t.checkReply(r, (*trial).sender)
			t.get(t.first("/replies/"+r.id), t.sender()).is(http.StatusOK).want("encryptedMetadata", r.metadata)
			t.sendJSON(http.MethodPut, t.first("/replies/"+r.id+"/accept"), t.sender(), map[string]any{}).is(http.StatusNoContent)
		}),
	}
}

// ids0 returns the id of the only attachment, "" if there is none.
func (r reply) ids0() string { return submission{attachments: r.attachments}.ids0() }

// checkReplyEvent asks for an event of the service about this reply, which verifies.
func (t *trial) checkReplyEvent(e entry, r reply) {
	t.wantMember(e.claims, "sub", "reply:"+r.id)
	t.wantMember(e.claims, "txn", "case:"+r.to.caseID)
	t.wantMember(e.claims, "iss", t.env.Issuer)
	t.verify(e)
}

// pollReply finds a reply in its list and fetches it, until that is noted.
func (t *trial) pollReply(r reply) {
	t.holds(t.replyListed(r, (*trial).sender) || t.ended(), "the reply in the list of its addressee")
	t.checkReply(r, (*trial).sender)
	t.eventually("a notify-reply event", func() bool { return len(t.replyPolls(r)) > 0 })
}

// replyPolls are the events of a reply that say that its addressee polled.
func (t *trial) replyPolls(r reply) []entry {
	all := t.allEntries(t.get(t.submissions("/cases/"+r.to.caseID+"/events?limit=500"), t.sender()))
	return slices.DeleteFunc(all, func(e entry) bool { return !e.byPolling() || e.claims["sub"] != "reply:"+r.id })
}
