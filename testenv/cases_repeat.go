package testenv

import (
	"net/http"
	"slices"
)

const idempotencyKey = "Idempotency-Key"

// repeatCases are about requests that their client named, so that it can send them again without doing them again. They are ours: the
// contract has no such header, and clients that do not send it see no difference.
func repeatCases() []Case {
	announce := func(t *trial) call {
		return call{
			method: http.MethodPost, url: t.submissions("/submissions"), token: t.sender(), contentType: jsonType,
			doc: announcement(t.home(), newID()), header: http.Header{idempotencyKey: {newID()}},
		}
	}
	cases := []Case{
		own("repeat: the same announcement under the same key is answered like the first", func(t *trial) {
			c := announce(t)
			first := t.do(c).is(http.StatusCreated)
			equal(t, "the answer", string(t.do(c).is(http.StatusCreated).body), string(first.body))
			equal(t, "events of the case", len(t.caseLog(first.text("caseId"), t.sender())), 1)
		}),
		own("repeat: another announcement under the same key is refused", func(t *trial) {
			c := announce(t)
			t.do(c).is(http.StatusCreated)
			with("announcedAttachments", []any{})(t, &c)
			t.do(c).problem(http.StatusUnprocessableEntity, "idempotency-key-reused", idempotencyKey)
		}),
		own("repeat: a key stands for nothing but what its client made of it", func(t *trial) {
			c := announce(t)
			first := t.do(c).is(http.StatusCreated)
			c.token = t.foreignSender()
			second := t.do(c).is(http.StatusCreated)
			t.holds(t.ended() || first.text("submissionId") != second.text("submissionId"), "a submission of its own")
		}),
		own("repeat: what was refused is no first request", func(t *trial) {
			c := announce(t)
			good := c.doc
			c.doc = map[string]any{}
			t.do(c).is(http.StatusBadRequest)
			c.doc = good
			t.do(c).is(http.StatusCreated)
		}),
		own("repeat: the same announcement at the same time opens one submission", func(t *trial) {
			c := announce(t)
			answers := make([]*answer, 6)
			parts := make([]func(*trial), len(answers))
			for i := range parts {
				parts[i] = func(t *trial) { answers[i] = t.do(c).is(http.StatusCreated) }
			}
			t.together(parts...)
			for _, a := range answers {
				t.holds(t.ended() || a.text("submissionId") == answers[0].text("submissionId"), "the same submission in all answers")
			}
		}),
		own("repeat: a submit under a key is answered again after the decision", func(t *trial) {
			s := t.announced(t.home(), 0)
			c := call{
				method: http.MethodPut, url: t.submissions(s.path()), token: t.sender(), contentType: jsonType, doc: s.content(),
				header: http.Header{idempotencyKey: {`"` + newID() + `"`}},
			}
			first := t.do(c).is(http.StatusOK)
			t.post(s, t.accept(s)).is(http.StatusNoContent)
			equal(t, "the answer", string(t.do(c).is(http.StatusOK).body), string(first.body))
			with("encryptedData", s.metadata)(t, &c)
			t.do(c).is(http.StatusUnprocessableEntity, http.StatusConflict)
			t.wantLog(s, "create-submission", "submit-submission", "accept-submission")
		}),
		own("repeat: an announced reply is answered like the first", func(t *trial) {
			s := t.submitted(t.home(), 0)
			c := call{
				method: http.MethodPost, url: t.replies(""), token: t.subscriber(), contentType: jsonType,
				doc: map[string]any{"caseId": s.caseID, "announcedAttachments": []any{}}, header: http.Header{idempotencyKey: {newID()}},
			}
			first := t.do(c).is(http.StatusCreated)
			equal(t, "the answer", string(t.do(c).is(http.StatusCreated).body), string(first.body))
			c.token = t.sender()
			t.do(c).is(http.StatusUnprocessableEntity)
		}),
	}
	keyed := func(values ...string) change {
		return func(_ *trial, c *call) { c.header = http.Header{idempotencyKey: values} }
	}
	return slices.Concat(cases, refusals("repeat", announce, http.StatusCreated, []refusal{
		invalid("empty key", keyed(""), idempotencyKey),
		invalid("empty quoted key", keyed(`""`), idempotencyKey),
		invalid("half quoted key", keyed(`"x`), idempotencyKey),
		invalid("key with a blank", keyed("a b"), idempotencyKey),
		invalid("key with an umlaut", keyed("schlüssel"), idempotencyKey),
		invalid("key too long", keyed(long), idempotencyKey),
		invalid("two keys", keyed("a", "b"), idempotencyKey),
	}))
}
