package testenv

import (
	"net/http"
	"slices"
	"strings"
)

// cases is an address below the cases of the second generation, if the broker lists cases.
func (t *trial) cases(path string) string {
	t.offered(&t.hasCases, "needs a broker that lists cases", func(t *trial) *answer { return t.get(t.submissions("/cases?limit=1"), t.sender()) })
	return t.submissions("/cases" + path)
}

// caseCases are about the list of cases and what a case consists of (FIT-Connect contract 3.1, rows 17 to 19). The contract names no
// members; those of lists and of submissions are taken over.
func caseCases() []Case {
	return []Case{
		own("cases: both sides list a case, and nobody else", func(t *trial) {
			s := t.announced(t.activeOffice(), 0)
			a := t.get(t.cases("?destinationId="+s.office.id), t.subscriber())
			equal(t, "cases of a new destination", len(a.page("cases", 0)), 1)
			a.want("cases.0.caseId", s.caseID).want("cases.0.destinationId", s.office.id).want("totalCount", 1)
			t.holds(t.casesListed(t.sender(), s.caseID) || t.ended(), "the case in the list of its sender")
			t.holds(t.casesListed(t.subscriber(), s.caseID) || t.ended(), "the case in the list of its subscriber")
			t.holds(!t.casesListed(t.foreignSender(), s.caseID), "a foreign case not in the list")
			t.holds(!t.casesListed(t.foreignSubscriber(), s.caseID), "a foreign case not in the list")
		}),
		own("cases: a case tells its submissions, their states and its last event", func(t *trial) {
			s := t.announced(t.activeOffice(), 1)
			t.wantState(s, "incomplete", "create-submission")
			t.complete(s)
			t.wantState(s, "submitted", "submit-submission")
			t.post(s, t.forward(s)).is(http.StatusNoContent)
			t.wantState(s, "forwarded", "forward-submission")
			t.post(s, t.accept(s)).is(http.StatusNoContent)
			t.wantState(s, "accepted", "accept-submission")
		}),
		own("cases: further submissions are in the same case, in their order", func(t *trial) {
			first := t.submitted(t.activeOffice(), 0)
			second := t.prepare(first.office, 0)
			t.announce(&second, first.caseID)
			a := t.get(t.cases("/"+first.caseID), t.sender()).is(http.StatusOK)
			equal(t, "submissions", len(a.list("submissions")), 2)
			a.want("submissions.0.submissionId", first.id).want("submissions.1.submissionId", second.id)
			t.get(t.cases("?destinationId="+first.office.id), t.subscriber()).want("totalCount", 1)
		}),
		own("cases: the list comes in pages, oldest first", func(t *trial) {
			o := t.activeOffice()
			want := []string{t.announced(o, 0).caseID, t.announced(o, 0).caseID, t.announced(o, 0).caseID}
			for limit := 1; limit <= 4; limit++ {
				var got []string
				for offset := 0; offset < len(want) && !t.ended(); offset += limit {
					a := t.get(t.cases("?destinationId="+o.id+"&limit="+itoa(limit)+"&offset="+itoa(offset)), t.subscriber())
					got = append(got, idsIn(a.page("cases", offset), "caseId")...)
					a.want("totalCount", len(want))
				}
				equal(t, "cases in pages of "+itoa(limit), strings.Join(got, " "), strings.Join(want, " "))
			}
		}),
		own("cases: unknown and foreign ones are not shown", func(t *trial) {
			s := t.announced(t.home(), 0)
			t.get(t.cases("/"+newID()), t.sender()).problem(http.StatusNotFound, "case-not-found", "case")
			t.get(t.cases("/"+newID()), t.subscriber()).problem(http.StatusNotFound, "case-not-found", "case")
			t.get(t.cases("/x"), t.sender()).problem(http.StatusBadRequest, "bad-request", "UUID")
			t.get(t.cases("/"+s.caseID), t.foreignSender()).problem(http.StatusNotFound, "case-not-found", "case")
			t.get(t.cases("/"+s.caseID), t.foreignSubscriber()).is(http.StatusForbidden, http.StatusNotFound)
			t.get(t.cases("/"+s.caseID), "").problem(http.StatusUnauthorized, "unauthorized", "token")
			t.get(t.cases("?destinationId="+s.office.id), t.foreignSubscriber()).is(http.StatusForbidden, http.StatusNotFound)
			t.get(t.cases("?destinationId=x"), t.subscriber()).problem(http.StatusBadRequest, "bad-request", "destinationId")
		}),
		own("cases: limits and offsets have the bounds of other lists", func(t *trial) {
			for _, query := range []string{"limit=0", "limit=501", "limit=x", "offset=-1", "offset=x"} {
				t.get(t.cases("?"+query), t.sender()).problem(http.StatusBadRequest, "bad-request", query[:strings.IndexByte(query, '=')])
			}
		}),
		own("cases: the first generation shows the same, in its words", func(t *trial) {
			s := t.submitted(t.home(), 1)
			t.get(t.cases("/"+s.caseID), t.sender()).is(http.StatusOK).want("submissions.0.publicService.identifier", s.office.service)
			a := t.get(t.first("/cases/"+s.caseID), t.sender()).is(http.StatusOK).want("submissions.0.serviceType.identifier", s.office.service)
			a.want("submissions.0.submissionId", s.id).want("submissions.0.state", "submitted").without("submissions.0.publicService")
		}),
	}
}

// wantState asks for a submission and the last event of its case, as both sides see it.
func (t *trial) wantState(s submission, state, event string) {
	for _, token := range []string{t.sender(), t.subscriber()} {
		a := t.get(t.cases("/"+s.caseID), token).is(http.StatusOK).want("caseId", s.caseID).want("destinationId", s.office.id)
		if state == "incomplete" && token != t.sender() {
			a.without("submissions.0") // what was begun and not sent is nobody else's business
		} else {
			a.want("submissions.0.submissionId", s.id).want("submissions.0.state", state).without("submissions.0.encryptedMetadata")
		}
		if said := a.text("lastEvent.type"); !strings.HasSuffix(said, "/notify-submission") { // somebody may have polled since
			equal(t, "last event", strings.TrimPrefix(said, eventBase), event)
			a.want("lastEvent.sub", "submission:"+s.id)
		}
	}
}

// casesListed looks for a case from the end of a list, where new ones are.
func (t *trial) casesListed(token, id string) bool {
	const page = 500
	total := t.get(t.cases("?limit=1"), token).is(http.StatusOK).number("totalCount")
	for offset := max(0, total-page); !t.ended(); offset += page {
		all := t.get(t.cases("?limit="+itoa(page)+"&offset="+itoa(offset)), token).page("cases", offset)
		if slices.Contains(idsIn(all, "caseId"), id) {
			return true
		}
		if len(all) < page {
			return false
		}
	}
	return false
}

// idsIn are the ids of the items of a list.
func idsIn(items []any, member string) []string {
	var ids []string
	for _, one := range items {
		id, _ := lookUp(one, member)
		text, _ := id.(string)
		ids = append(ids, text)
	}
	return ids
}
