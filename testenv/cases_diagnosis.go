package testenv

import (
	"net/http"
	"slices"
)

// diagnosis asks where a submission stands, if the broker tells.
func (t *trial) diagnosis(id, token string) *answer {
	t.offered(&t.hasDiagnosis, "needs a broker that diagnoses", func(t *trial) *answer {
		return t.get(t.env.URL+"/manage-api/v1/me", t.manager())
	})
	return t.get(t.env.URL+"/manage-api/v1/submissions/"+id+"/diagnosis", token)
}

// found returns the codes of what a diagnosis found.
func (a *answer) found() []string { return idsIn(a.list("findings"), "code") }

func diagnosisCases() []Case {
	return []Case{
		own("diagnosis: an incomplete submission is its sender's turn, and nobody else knows of it", func(t *trial) {
			s := t.announced(t.activeOffice(), 1)
			a := t.diagnosis(s.id, t.sender()).is(http.StatusOK)
			a.want("submissionId", s.id).want("caseId", s.caseID).want("destinationId", s.office.id).want("kind", "submission")
			a.want("state", "incomplete").want("turn", "author").want("next.0.code", "deletion")
			t.holds(slices.Contains(a.found(), "attachments-missing"), "the missing attachment among the findings")
			t.diagnosis(s.id, t.subscriber()).problem(http.StatusNotFound, "submission-not-found", "party")
		}),
		own("diagnosis: a submitted one is the authority's turn, for both sides", func(t *trial) {
			s := t.submitted(t.activeOffice(), 0)
			for _, token := range []string{t.sender(), t.subscriber()} {
				a := t.diagnosis(s.id, token).is(http.StatusOK)
				a.want("state", "submitted").want("turn", "addressee").want("next.0.code", "reminder")
				t.holds(slices.Contains(a.found(), "no-callback"), "that nobody is called among the findings")
				equal(t, "calls to this side", len(a.list("callbacks")), 0)
			}
			t.post(s, t.accept(s)).is(http.StatusNoContent)
			t.diagnosis(s.id, t.sender()).is(http.StatusOK).want("state", "accepted").want("turn", "nobody").want("next.0.code", "deletion")
		}),
		own("diagnosis: who is no party learns nothing", func(t *trial) {
			s := t.submitted(t.home(), 0)
			for _, token := range []string{t.foreignSender(), t.foreignSubscriber()} {
				t.diagnosis(s.id, token).problem(http.StatusNotFound, "submission-not-found", "party")
			}
			t.diagnosis(newID(), t.sender()).problem(http.StatusNotFound, "submission-not-found", "party")
			t.diagnosis("x", t.sender()).problem(http.StatusBadRequest, "bad-request", "UUID")
			t.diagnosis(s.id, "").problem(http.StatusUnauthorized, "unauthorized", "token")
		}),
		own("diagnosis: a callback that fails is told to whom it is for, and to the other side only that it failed", func(t *trial) {
			o := t.calledOffice(t.receive(http.StatusInternalServerError, http.StatusInternalServerError, http.StatusInternalServerError))
			s := t.submitted(o, 0)
			t.eventually("an attempt in the diagnosis", func() bool {
				calls := t.diagnosis(s.id, t.subscriber()).is(http.StatusOK).list("callbacks")
				return len(calls) == 1 && len(t.diagnosis(s.id, t.subscriber()).list("callbacks.0.attempts")) > 0
			})
			a := t.diagnosis(s.id, t.subscriber()).want("callbacks.0.type", "new-submissions").want("callbacks.0.state", "owed").want("callbacks.0.attempts.0.status", 500)
			t.holds(slices.Contains(a.found(), "callback-failing"), "the failing callback among the findings")
			b := t.diagnosis(s.id, t.sender()).is(http.StatusOK)
			equal(t, "calls that a sender sees of the other side", len(b.list("callbacks")), 0)
			t.holds(slices.Contains(b.found(), "other-side-not-told"), "that the authority was not told among the findings")
		}),
	}
}
