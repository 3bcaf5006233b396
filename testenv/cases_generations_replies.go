package testenv

import "net/http"

// replying is about replies of a destination on their way.
func (g generation) replying() []Case {
	return []Case{
		g.own("a reply needs a case, and something in it", func(t *trial) {
			g.announceReply(t, newID(), nil, nil).problem(http.StatusNotFound, "case-not-found", "case")
			g.announceReply(t, t.announced(t.home(), 0).caseID, nil, nil).problem(http.StatusUnprocessableEntity, "nothing-to-reply-to", "submitted")
		}),
		g.own("a reply is submitted whole and once", func(t *trial) { g.checkReplyWay(t) }),
		g.own("a reply is decided once, by what was sent", func(t *trial) { g.checkReplyDecision(t) }),
		g.own("a reply is announced once under a key", func(t *trial) {
			s, key := t.submitted(t.home(), 0), underKey()
			first := g.announceReply(t, s.caseID, nil, key).is(http.StatusCreated)
			again := g.announceReply(t, s.caseID, nil, key).is(http.StatusCreated)
			equal(t, "the answer", string(again.body), string(first.body))
			g.announceReply(t, s.caseID, []string{newID()}, key).problem(http.StatusUnprocessableEntity, "idempotency-key-reused", idempotencyKey)
			equal(t, "events of the case", events(t.caseLog(s.caseID, t.sender())), "create-submission submit-submission create-reply")
		}),
		g.own("a reply is submitted once under a key, also after its acceptance", func(t *trial) {
			r, key := g.begunReply(t, 0), underKey()
			first := g.submitReply(t, r, key).is(g.submitted)
			g.settle(t, r.id, "accept", map[string]any{}).is(http.StatusNoContent).empty()
			equal(t, "the answer", string(g.submitReply(t, r, key).is(g.submitted).body), string(first.body))
			g.submitReply(t, r.swapped(), key).problem(http.StatusUnprocessableEntity, "idempotency-key-reused", idempotencyKey)
			t.wantReplyLog(r, "create-reply", "submit-reply", "accept-reply")
		}),
	}
}

// underKey is a header that names a request.
func underKey() http.Header { return headers(idempotencyKey, newID()) }

// swapped is the reply with other content: its own, the wrong way round.
func (r reply) swapped() reply {
	r.metadata, r.data = r.data, r.metadata
	return r
}

func (g generation) announceReply(t *trial, caseID string, ids []string, header http.Header) *answer {
	return t.do(call{
		method: http.MethodPost, url: g.replies(t, ""), token: t.subscriber(), contentType: jsonType, header: header,
		doc: map[string]any{"caseId": caseID, "announcedAttachments": append([]string{}, ids...)},
	})
}

// begunReply is announced and nothing more.
func (g generation) begunReply(t *trial, attachments int) reply {
	r := t.prepareReply(t.submitted(t.home(), 0), t.freshPair().encryption, attachments)
	r.id = g.announceReply(t, r.to.caseID, r.ids(), nil).is(http.StatusCreated).text("replyId")
	return r
}

func (g generation) submitReply(t *trial, r reply, header http.Header) *answer {
	return t.do(call{
		method: http.MethodPut, url: g.replies(t, "/"+r.id), token: t.subscriber(), contentType: jsonType, header: header, doc: r.content(),
	})
}

// uploadReply sends the only attachment of a reply, under an id.
func (g generation) uploadReply(t *trial, r reply, id string) *answer {
	return t.sendJOSE(http.MethodPut, g.replies(t, "/"+r.id+"/attachments/"+id), t.subscriber(), r.attachments[r.ids0()])
}

// settle is the sender's decision.
func (g generation) settle(t *trial, id, verdict string, doc any) *answer {
	return t.sendJSON(http.MethodPut, g.replies(t, "/"+id+"/"+verdict), t.sender(), doc)
}

func (g generation) checkReplyWay(t *trial) {
	r := g.begunReply(t, 1)
	g.uploadReply(t, r, newID()).problem(http.StatusUnprocessableEntity, "attachment-not-announced", "announced")
	g.submitReply(t, r, nil).problem(http.StatusUnprocessableEntity, "attachments-missing", r.ids0())
	g.settle(t, r.id, "accept", map[string]any{}).problem(http.StatusConflict, "invalid-state-transition", "incomplete")
	g.uploadReply(t, r, r.ids0()).is(http.StatusNoContent).empty()
	g.submitReply(t, r, nil).is(g.submitted).want("replyId", r.id)
	g.uploadReply(t, r, r.ids0()).problem(http.StatusUnprocessableEntity, "submission-state-invalid", "submitted")
	g.submitReply(t, r.swapped(), nil).problem(http.StatusConflict, "already-submitted", "submitted")
	t.wantReplyLog(r, "create-reply", "submit-reply")
	r.id = newID()
	g.submitReply(t, r, nil).problem(http.StatusNotFound, "reply-not-found", r.id)
	g.uploadReply(t, r, r.ids0()).problem(http.StatusNotFound, "reply-not-found", r.id)
}

func (g generation) checkReplyDecision(t *trial) {
	r := g.begunReply(t, 0)
	g.submitReply(t, r, nil).is(g.submitted)
	for verdict, doc := range map[string]any{"accept": map[string]any{}, "reject": problems()} {
		g.settle(t, newID(), verdict, doc).problem(http.StatusNotFound, "reply-not-found", "reply")
	}
	wrong := map[string]any{"authenticationTags": r.swapped().tags()}
	g.settle(t, r.id, "accept", wrong).problem(http.StatusUnprocessableEntity, "invalid-event", "authenticationTags")
	g.settle(t, r.id, "reject", problems()).is(http.StatusNoContent).empty()
	for verdict, doc := range map[string]any{"accept": map[string]any{}, "reject": problems()} {
		g.settle(t, r.id, verdict, doc).problem(http.StatusConflict, "invalid-state-transition", "rejected")
	}
	g.submitReply(t, r, nil).is(g.submitted).want("replyId", r.id)
	t.wantReplyLog(r, "create-reply", "submit-reply", "reject-reply")
}
