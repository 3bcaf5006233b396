package testenv

import (
	"net/http"
	"slices"

	"github.com/vierkant/vierkant/crypto/set"
)

// senderReplies are a sender's answers, from the sender to the destination.
func senderReplies() []Case {
	return []Case{
		own("answers: the destination lists, fetches and opens what the sender answered", func(t *trial) {
			r := t.answered(t.submitted(t.activeOffice(), 0), 1)
			t.sameJSON("the list", t.get(t.replies("?destinationId="+r.to.office.id), t.subscriber()).page("replies", 0), []any{r.ref()})
			t.holds(t.replyListed(r, (*trial).subscriber) || t.ended(), "the answer in the list of the destination")
			t.checkReply(r, (*trial).subscriber)
			t.holds(!t.replyListed(r, (*trial).sender), "no answer of one's own in the list")
			t.get(t.replies("/"+r.id), t.sender()).problem(http.StatusNotFound, "reply-not-found", "reply")
		}),
		own("answers: the subscriber accepts by the same call, signed by the service", func(t *trial) {
			r := t.answered(t.submitted(t.home(), 0), 0)
			t.settle(r, "accept", (*trial).subscriber, map[string]any{"authenticationTags": r.tags()}).is(http.StatusNoContent)
			t.checkReplyEvent(last(t.wantReplyLog(r, "create-reply", "submit-reply", "accept-reply")), r)
		}),
		own("answers: the subscriber accepts or rejects by an event of its own", func(t *trial) {
			for event, payload := range map[string]func(reply) map[string]any{
				set.AcceptReply: func(r reply) map[string]any { return map[string]any{"authenticationTags": r.tags()} },
				set.RejectReply: func(reply) map[string]any { return problems() },
			} {
				r := t.answered(t.submitted(t.home(), 0), 0)
				token := t.replyEvent(r, event, payload(r))
				t.post(r.to, token).is(http.StatusNoContent).empty()
				e := last(t.replyLog(r))
				equal(t, "last token", e.raw, token)
				t.wantMember(e.claims, "iss", r.to.office.id)
				t.verify(e)
				t.get(t.replies("/"+r.id), t.subscriber()).is(http.StatusNotFound)
				t.post(r.to, t.replyEvent(r, set.AcceptReply, nil)).problem(http.StatusConflict, "invalid-state-transition", "reply")
			}
		}),
		own("answers: an answer calls the destination, and its decision the sender", func(t *trial) {
			office, sender := t.receive(http.StatusOK), t.receive(http.StatusOK)
			s := t.submittedV1(t.calledOffice(office), 0, calling(sender))
			t.authentic(t.next(office), office.secret, s)
			r := t.answered(s, 0)
			t.next(sender) // told of the reply that is answered
			t.authenticCall(t.next(office), office.secret, map[string]any{"type": callbackBase + "new-replies", "replies": []any{r.ref()}})
			t.settle(r, "reject", (*trial).subscriber, problems()).is(http.StatusNoContent)
			t.authenticCall(t.next(sender), sender.secret, map[string]any{"type": callbackBase + "new-events", "replies": []any{r.ref()}})
		}),
		own("answers: a sender answers a reply and begins none", func(t *trial) {
			s := t.submitted(t.home(), 0)
			doc := map[string]any{"caseId": s.caseID, "announcedAttachments": []any{}}
			t.sendJSON(http.MethodPost, t.replies(""), t.sender(), doc).is(http.StatusUnprocessableEntity, http.StatusForbidden, http.StatusConflict)
		}),
		own("answers: what is not sealed for the destination is refused", func(t *trial) {
			s := t.submitted(t.home(), 0)
			t.replied(s, 0)
			r := t.prepareReply(s, t.freshPair().encryption, 0)
			t.announceReply(&r, (*trial).sender)
			t.submitReply(r, (*trial).sender).problem(http.StatusUnprocessableEntity, "invalid-jwe-header", "kid")
		}),
	}
}

// replyEvent is a good token of the destination about a reply.
func (t *trial) replyEvent(r reply, event string, payload map[string]any) string {
	claims := setClaims(r.to.office, r.id, r.to.caseID, event, payload)
	claims["sub"] = "reply:" + r.id
	return t.sign(setHeader(r.to.office.signing.KID), claims, r.to.office.signing.Secret)
}

// replyRefusals break the rules of replies, one by one.
func replyRefusals() []Case {
	announce := func(t *trial) call {
		s := t.submitted(t.home(), 0)
		return call{
			method: http.MethodPost, url: t.replies(""), token: t.subscriber(), contentType: jsonType,
			doc: map[string]any{"caseId": s.caseID, "announcedAttachments": []any{newID()}},
		}
	}
	begun := func(t *trial) reply {
		r := t.prepareReply(t.submitted(t.home(), 0), t.freshPair().encryption, 1)
		t.announceReply(&r, (*trial).subscriber)
		return r
	}
	upload := func(t *trial) call {
		r := begun(t)
		return call{
			method: http.MethodPut, url: t.replies("/" + r.id + "/attachments/" + r.ids0()), token: t.subscriber(), contentType: joseType,
			body: []byte(r.attachments[r.ids0()]),
		}
	}
	submit := func(t *trial) call {
		r := t.prepareReply(t.submitted(t.home(), 0), t.freshPair().encryption, 0)
		t.announceReply(&r, (*trial).subscriber)
		return call{method: http.MethodPut, url: t.replies("/" + r.id), token: t.subscriber(), contentType: jsonType, doc: r.content()}
	}
	return slices.Concat(
		refusals("reply announce", announce, http.StatusCreated, slices.Concat(replyAnnounceRules(), brokenJSON("caseId"))),
		refusals("reply upload", upload, http.StatusNoContent, replyUploadRules(begun)),
		refusals("reply submit", submit, http.StatusOK, replySubmitRules(begun)),
		refusals("reply accept", settling("accept"), http.StatusNoContent, acceptRules()),
		refusals("reply reject", settling("reject"), http.StatusNoContent, rejectRules()),
	)
}

func replyAnnounceRules() []refusal {
	id := newID()
	unsubmitted := func(t *trial, c *call) { with("caseId", t.announced(t.home(), 0).caseID)(t, c) }
	return []refusal{
		refuse("by nobody", as(func(*trial) string { return "" }), http.StatusUnauthorized, "unauthorized", "token").of(14),
		refuse("by another sender", as((*trial).foreignSender), http.StatusNotFound, "case-not-found", "case"),
		refuse("by another subscriber", as((*trial).foreignSubscriber), http.StatusForbidden, "forbidden", "assigned"),
		refuse("unknown case", with("caseId", newID()), http.StatusNotFound, "case-not-found", "case"),
		refuse("case in which nothing was submitted", unsubmitted, http.StatusUnprocessableEntity, "nothing-to-reply-to", "submitted"),
		invalid("no case", drop("caseId"), "caseId"),
		invalid("case that is no UUID", with("caseId", "x"), "caseId"),
		invalid("no announcedAttachments", drop("announcedAttachments"), "announcedAttachments"),
		invalid("attachment that is no UUID", with("announcedAttachments", []any{"x"}), "announcedAttachments"),
		invalid("attachment twice", with("announcedAttachments", []any{id, id}), "twice"),
	}
}

func replyUploadRules(begun func(*trial) reply) []refusal {
	elsewhere := func(path func(*trial) string) change {
		return to(func(t *trial) string { return t.replies("/" + path(t)) })
	}
	return []refusal{
		refuse("by the addressee", as((*trial).sender), http.StatusNotFound, "reply-not-found", "reply"),
		refuse("by another subscriber", as((*trial).foreignSubscriber), http.StatusNotFound, "reply-not-found", "reply"),
		refuse("unknown reply", elsewhere(func(*trial) string { return newID() + "/attachments/" + newID() }), http.StatusNotFound, "reply-not-found", "reply"),
		refuse("submission as a reply", elsewhere(func(t *trial) string {
			s := t.announced(t.home(), 1)
			return s.id + "/attachments/" + s.ids0()
		}), http.StatusNotFound, "reply-not-found", "reply"),
		refuse("attachment that was not announced", elsewhere(func(t *trial) string { return begun(t).id + "/attachments/" + newID() }),
			http.StatusUnprocessableEntity, "attachment-not-announced", "announced"),
		refuse("as application/json", typed(jsonType), http.StatusUnsupportedMediaType, "unsupported-media-type", joseType),
		refuse("what is no JWE", sent("a b.c.d.e.f"), http.StatusBadRequest, "invalid-jwe", "JWE"),
	}
}

func replySubmitRules(begun func(*trial) reply) []refusal {
	missing := to(func(t *trial) string { return t.replies("/" + begun(t).id) })
	return []refusal{
		refuse("by the addressee", as((*trial).sender), http.StatusNotFound, "reply-not-found", "reply"),
		refuse("while an attachment is missing", missing, http.StatusUnprocessableEntity, "attachments-missing", "missing"),
		invalid("no metadata", drop("encryptedMetadata"), "encryptedMetadata"),
		invalid("no data", drop("encryptedData"), "encryptedData"),
		refuse("zip", with("encryptedMetadata", envelopeWith(jweHeader("some-key", map[string]any{"zip": "DEF"})).String()), http.StatusUnprocessableEntity, "invalid-jwe-header", "zip"),
		refuse("data without cty", with("encryptedData", envelopeWith(jweHeader("some-key", map[string]any{"cty": nothing{}})).String()), http.StatusUnprocessableEntity, "invalid-jwe-header", "cty"),
		refuse("characters outside the alphabet", with("encryptedMetadata", "a b.c.d.e.f"), http.StatusBadRequest, "invalid-jwe", "encryptedMetadata"),
	}
}

// settling is a good decision of the sender about a reply.
func settling(verdict string) func(*trial) call {
	return func(t *trial) call {
		r := t.replied(t.submitted(t.home(), 0), 0)
		doc := problems()
		if verdict == "accept" {
			doc = map[string]any{"authenticationTags": r.tags()}
		}
		return call{method: http.MethodPut, url: t.replies("/" + r.id + "/" + verdict), token: t.sender(), contentType: jsonType, doc: doc}
	}
}

// deciding rules are the same for both decisions.
func deciding(verdict string) []refusal {
	elsewhere := func(path func(*trial) string) change {
		return to(func(t *trial) string { return t.replies("/" + path(t) + "/" + verdict) })
	}
	return []refusal{
		refuse("by its author", as((*trial).subscriber), http.StatusNotFound, "reply-not-found", "reply"),
		refuse("by another sender", as((*trial).foreignSender), http.StatusNotFound, "reply-not-found", "reply"),
		refuse("unknown reply", elsewhere(func(*trial) string { return newID() }), http.StatusNotFound, "reply-not-found", "reply"),
		invalid("reply that is no UUID", elsewhere(func(*trial) string { return "x" }), "UUID"),
		refuse("incomplete reply", elsewhere(func(t *trial) string {
			r := t.prepareReply(t.submitted(t.home(), 0), t.freshPair().encryption, 0)
			t.announceReply(&r, (*trial).subscriber)
			return r.id
		}), http.StatusConflict, "invalid-state-transition", "incomplete"),
		refuse("as application/jose", typed(joseType), http.StatusUnsupportedMediaType, "unsupported-media-type", "json"),
	}
}

func acceptRules() []refusal {
	return append(deciding("accept"),
		refuse("other tags", with("authenticationTags.metadata", randomText(tagBytes)), http.StatusUnprocessableEntity, "invalid-event", "authenticationTags"),
		invalid("tags that are a list", with("authenticationTags", []any{}), "authenticationTags"),
	)
}

func rejectRules() []refusal {
	return append(deciding("reject"),
		invalid("no problems", drop("problems"), "problems"),
		invalid("empty problems", with("problems", []any{}), "problems"),
		invalid("problem without type", with("problems", []any{map[string]any{"title": "x"}}), "type"),
		invalid("problem whose type is no URI", with("problems", []any{map[string]any{"type": "x y"}}), "type"),
	)
}
