package testenv

import (
	"fmt"
	"net/http"
	"strings"

	"github.com/google/uuid"

	"github.com/vierkant/vierkant/crypto/set"
)

// eventCases are about the event log and the tokens in it (FIT-Connect contract 6.4 to 6.6, 7, 15.6).
func eventCases() []Case {
	cases := []Case{
		conform(99, "announcing is the first event", func(t *trial) {
			s := t.announced(t.home(), 1)
			log := t.wantLog(s, "create-submission")
			t.sameJSON("payload", last(log).payload, map[string]any{})
		}),
		conform(100, "submitting is the next, with the tags of what was sent", func(t *trial) {
			for _, attachments := range []int{0, 1, 3} {
				s := t.submitted(t.activeOffice(), attachments)
				t.wantLog(s, "create-submission", "submit-submission")
				t.checkTags(s)
			}
		}),
		conform(101, "the header of each event has typ, alg and a kid that leads to a key", func(t *trial) { t.lifeOf((*trial).checkHeader) }),
		conform(102, "events of the service verify by its key set", func(t *trial) {
			s := t.submitted(t.home(), 0)
			for _, e := range t.log(s) {
				t.wantMember(e.claims, "iss", t.env.Issuer)
				t.verify(e)
			}
		}),
		conform(103, "events of the subscriber verify by the destination's key", func(t *trial) {
			s := t.submitted(t.home(), 0)
			t.post(s, t.accept(s)).is(http.StatusNoContent)
			e := last(t.log(s))
			t.wantMember(e.claims, "iss", s.office.id)
			t.verify(e)
		}),
		conform(104, "the claims of each event are complete", func(t *trial) { t.lifeOf((*trial).checkClaims) }),
		conform(105, "the log is ordered, oldest first", func(t *trial) {
			s := t.submitted(t.activeOffice(), 0)
			t.post(s, t.forward(s)).is(http.StatusNoContent)
			t.post(s, t.accept(s)).is(http.StatusNoContent)
			before := int64(0)
			for _, e := range t.wantLog(s, "create-submission", "submit-submission", "forward-submission", "accept-submission") {
				issued := t.integer(e.claims, "iat")
				t.holds(issued >= before, "times that do not go back")
				before = issued
			}
		}),
		conform(106, "sender and subscriber read the same log", func(t *trial) {
			s := t.submitted(t.activeOffice(), 0)
			bySender, bySubscriber := t.caseLog(s.caseID, t.sender()), t.caseLog(s.caseID, t.subscriber())
			equal(t, "tokens", rawOf(bySubscriber), rawOf(bySender))
			equal(t, "tokens, read again", rawOf(t.caseLog(s.caseID, t.sender())), rawOf(bySender))
		}),
		conform(107, "an unknown case is 404", func(t *trial) {
			t.get(t.submissions("/cases/"+newID()+"/events"), t.sender()).problem(http.StatusNotFound, "case-not-found", "case")
			t.get(t.submissions("/cases/"+newID()+"/events"), t.subscriber()).problem(http.StatusNotFound, "case-not-found", "case")
			t.get(t.submissions("/cases/x/events"), t.sender()).problem(http.StatusBadRequest, "bad-request", "UUID")
		}),
		conform(107, "a foreign case is 404 or 403, by its submission too", func(t *trial) {
			s := t.announced(t.home(), 0)
			t.get(t.submissions("/cases/"+s.caseID+"/events"), t.foreignSender()).is(http.StatusNotFound, http.StatusForbidden)
			t.get(t.submissions("/cases/"+s.caseID+"/events"), t.foreignSubscriber()).is(http.StatusForbidden, http.StatusNotFound)
			t.get(t.submissions(s.path()+"/events"), t.foreignSender()).problem(http.StatusNotFound, "submission-not-found", "submission")
			t.get(t.submissions(s.path()+"/events"), t.foreignSubscriber()).is(http.StatusForbidden, http.StatusNotFound)
		}),
		conform(108, "a submission has a log of its own", func(t *trial) {
			first, second := t.submitted(t.activeOffice(), 0), submission{}
			second = t.prepare(first.office, 0)
			t.announce(&second, first.caseID)
			for _, s := range []submission{first, second} {
				a := t.get(t.submissions(s.path()+"/events?limit=100&offset=0"), t.sender())
				equal(t, "events", rawOf(t.entries(a)), rawOf(t.log(s)))
			}
			t.get(t.submissions("/submissions/"+newID()+"/events"), t.sender()).problem(http.StatusNotFound, "submission-not-found", "submission")
		}),
		conform(109, "an accept is stored as it was sent", func(t *trial) {
			s := t.submitted(t.home(), 1)
			token := t.accept(s)
			t.post(s, token).is(http.StatusNoContent).empty()
			equal(t, "last token", last(t.log(s)).raw, token)
		}),
		conform(112, "an accepted submission is not accepted again", func(t *trial) {
			s := t.submitted(t.home(), 0)
			t.post(s, t.accept(s)).is(http.StatusNoContent)
			t.post(s, t.accept(s)).problem(http.StatusConflict, "invalid-state-transition", "accepted")
		}),
		conform(113, "an accepted submission is not rejected", func(t *trial) {
			s := t.submitted(t.home(), 0)
			t.post(s, t.accept(s)).is(http.StatusNoContent)
			t.post(s, t.reject(s)).problem(http.StatusConflict, "invalid-state-transition", "accepted")
		}),
		conform(114, "nothing is decided about what is incomplete", func(t *trial) {
			s := t.announced(t.home(), 0)
			for _, token := range []string{t.accept(s), t.reject(s), t.forward(s)} {
				t.post(s, token).problem(http.StatusConflict, "invalid-state-transition", "incomplete")
			}
			t.wantLog(s, "create-submission")
		}),
		conform(115, "the sender sees the problems of a rejection", func(t *trial) {
			s := t.submitted(t.home(), 0)
			t.post(s, t.reject(s)).is(http.StatusNoContent)
			e := last(t.log(s))
			equal(t, "event", e.event, set.RejectSubmission)
			problem, _ := lookUp(e.payload, "problems.0.type")
			equal(t, "problem", problem, any(set.ProblemPrefix+"hash-mismatch"))
		}),
		conform(123, "a forwarded submission is accepted later", func(t *trial) {
			s := t.submitted(t.activeOffice(), 0)
			t.post(s, t.forward(s)).is(http.StatusNoContent)
			t.checkFetched(s)
			t.post(s, t.accept(s)).is(http.StatusNoContent)
			t.wantLog(s, "create-submission", "submit-submission", "forward-submission", "accept-submission")
		}),
	}
	return append(cases, ownEventCases()...)
}

func ownEventCases() []Case {
	return []Case{
		own("events of several submissions of a case are in one log", func(t *trial) {
			first := t.submitted(t.activeOffice(), 0)
			second := t.prepare(first.office, 1)
			t.announce(&second, first.caseID)
			t.post(first, t.accept(first)).is(http.StatusNoContent)
			t.complete(second)
			t.post(second, t.reject(second)).is(http.StatusNoContent)
			t.wantLog(first, "create-submission", "submit-submission", "accept-submission")
			t.wantLog(second, "create-submission", "submit-submission", "reject-submission")
			equal(t, "events of the case", events(t.caseLog(first.caseID, t.subscriber())),
				"create-submission submit-submission create-submission accept-submission submit-submission reject-submission")
		}),
		own("a rejected submission takes no further event", func(t *trial) {
			s := t.submitted(t.home(), 0)
			t.post(s, t.reject(s)).is(http.StatusNoContent)
			for _, token := range []string{t.accept(s), t.reject(s), t.forward(s)} {
				t.post(s, token).problem(http.StatusConflict, "invalid-state-transition", "rejected")
			}
		}),
		own("a submission is forwarded once, and rejected from there", func(t *trial) {
			s := t.submitted(t.home(), 0)
			t.post(s, t.forward(s)).is(http.StatusNoContent)
			t.post(s, t.forward(s)).problem(http.StatusConflict, "invalid-state-transition", "forwarded")
			t.post(s, t.reject(s)).is(http.StatusNoContent)
		}),
		own("an accepted submission is not forwarded", func(t *trial) {
			s := t.submitted(t.home(), 0)
			t.post(s, t.accept(s)).is(http.StatusNoContent)
			t.post(s, t.forward(s)).problem(http.StatusConflict, "invalid-state-transition", "accepted")
		}),
		own("the same token again is refused, for its jti as well", func(t *trial) {
			s := t.submitted(t.home(), 0)
			forward := setClaims(s.office, s.id, s.caseID, set.ForwardSubmission, nil)
			t.post(s, t.sign(setHeader(s.office.signing.KID), forward, s.office.signing.Secret)).is(http.StatusNoContent)
			accept := setClaims(s.office, s.id, s.caseID, set.AcceptSubmission, nil)
			accept["jti"] = forward["jti"]
			t.post(s, t.sign(setHeader(s.office.signing.KID), accept, s.office.signing.Secret)).problem(http.StatusConflict, "duplicate-event", "jti")
			t.post(s, t.accept(s)).is(http.StatusNoContent)
		}),
		own("an event id of the service is taken too", func(t *trial) {
			s := t.submitted(t.home(), 0)
			log := t.log(s)
			accept := setClaims(s.office, s.id, s.caseID, set.AcceptSubmission, nil)
			accept["jti"] = last(log).claims["jti"]
			t.post(s, t.sign(setHeader(s.office.signing.KID), accept, s.office.signing.Secret)).problem(http.StatusConflict, "duplicate-event", "jti")
		}),
		own("the same jti in capitals is the same", func(t *trial) {
			s := t.submitted(t.home(), 0)
			forward := setClaims(s.office, s.id, s.caseID, set.ForwardSubmission, nil)
			t.post(s, t.sign(setHeader(s.office.signing.KID), forward, s.office.signing.Secret)).is(http.StatusNoContent)
			accept := setClaims(s.office, s.id, s.caseID, set.AcceptSubmission, nil)
			accept["jti"] = strings.ToUpper(fmt.Sprint(forward["jti"]))
			t.post(s, t.sign(setHeader(s.office.signing.KID), accept, s.office.signing.Secret)).problem(http.StatusConflict, "duplicate-event", "jti")
		}),
		own("of two decisions at the same time one wins", func(t *trial) {
			s := t.submitted(t.home(), 0)
			accept, reject := t.accept(s), t.reject(s)
			var answers [2]*answer
			t.together(
				func(t *trial) { answers[0] = t.post(s, accept).is(http.StatusNoContent, http.StatusConflict) },
				func(t *trial) { answers[1] = t.post(s, reject).is(http.StatusNoContent, http.StatusConflict) },
			)
			t.holds(t.ended() || answers[0].status != answers[1].status, "one decision, not two or none")
		}),
		own("a submission in an accept that names no tags is accepted", func(t *trial) {
			s := t.submitted(t.home(), 1)
			t.post(s, t.event(s, set.AcceptSubmission, nil)).is(http.StatusNoContent)
		}),
		own("an accept may carry warnings of any type, a rejection too", func(t *trial) {
			warning := map[string]any{"type": "urn:suite:warning", "title": "Warnung", "later": []any{1}}
			s, other := t.submitted(t.home(), 0), t.submitted(t.home(), 0)
			t.post(s, t.event(s, set.AcceptSubmission, map[string]any{"authenticationTags": s.tags(), "problems": []any{warning}})).is(http.StatusNoContent)
			t.post(other, t.event(other, set.RejectSubmission, map[string]any{"problems": []any{warning, warning}})).is(http.StatusNoContent)
		}),
		own("an event of version 1.1 or 1.2 and one that needs no schema are taken", func(t *trial) {
			for _, schema := range []any{set.SchemaURI("1.1.0"), set.SchemaURI("1.2.0"), set.SchemaURI("1.2.9"), nothing{}} {
				s := t.submitted(t.home(), 0)
				claims := setClaims(s.office, s.id, s.caseID, set.ForwardSubmission, nil)
				put(claims, []string{"$schema"}, schema)
				t.post(s, t.sign(setHeader(s.office.signing.KID), claims, s.office.signing.Secret)).is(http.StatusNoContent)
			}
		}),
		own("unknown claims and header members are taken and kept", func(t *trial) {
			s := t.submitted(t.home(), 0)
			header, claims := setHeader(s.office.signing.KID), setClaims(s.office, s.id, s.caseID, set.ForwardSubmission, nil)
			header["cty"], claims["aud"] = "x", []any{"y"}
			token := t.sign(header, claims, s.office.signing.Secret)
			t.post(s, token).is(http.StatusNoContent)
			equal(t, "last token", last(t.log(s)).raw, token)
		}),
		own("an event may be signed with a key that was added later", func(t *trial) {
			o, fresh := t.activeOffice(), t.freshPair().signing
			s := t.submitted(o, 0)
			t.addKey(o, t.jwk(fresh)).is(http.StatusCreated)
			s.office.signing = fresh
			t.post(s, t.accept(s)).is(http.StatusNoContent)
			t.verify(last(t.log(s)))
		}),
	}
}

// rawOf joins tokens.
func rawOf(log []entry) string {
	var all []string
	for _, e := range log {
		all = append(all, e.raw)
	}
	return strings.Join(all, "\n")
}

// lifeOf takes a submission to its end and has each event of it judged.
func (t *trial) lifeOf(judge func(*trial, submission, entry)) {
	s := t.submitted(t.activeOffice(), 1)
	t.post(s, t.forward(s)).is(http.StatusNoContent)
	t.post(s, t.accept(s)).is(http.StatusNoContent)
	for _, e := range t.wantLog(s, "create-submission", "submit-submission", "forward-submission", "accept-submission") {
		judge(t, s, e)
	}
}

func (t *trial) checkHeader(_ submission, e entry) {
	t.wantMember(e.header, "typ", "secevent+jwt")
	t.wantMember(e.header, "alg", "PS512")
	t.verify(e)
}

func (t *trial) checkClaims(s submission, e entry) {
	t.wantMember(e.claims, "sub", "submission:"+s.id)
	t.wantMember(e.claims, "txn", "case:"+s.caseID)
	t.wantMember(e.claims, "$schema", set.SchemaURI("1.2.2"))
	id, _ := e.claims["jti"].(string)
	t.must("jti", uuid.Validate(id))
	t.integer(e.claims, "iat")
	_, isObject := e.payload.(map[string]any)
	t.holds(isObject, "an object as payload of %s", e.event)
	for name := range e.claims {
		t.holds(strings.Contains(" $schema jti iss iat sub txn events ", " "+name+" "), "no claim %s", name)
	}
}
