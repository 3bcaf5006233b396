package testenv

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
)

func itoa(n int) string { return strconv.Itoa(n) }

func quoted(s string) string { return strconv.Quote(s) }

// statusCases are about the states of a destination (FIT-Connect contract 4.4, 15.3) and about what a change leaves alone.
func statusCases() []Case {
	return slices.Concat(transitionCases(), changeCases())
}

// ways leads a new destination to each state that can be reached at once.
func ways(to string) []string {
	return map[string][]string{"created": nil, "active": {"active"}, "inactive": {"active", "inactive"}}[to]
}

// inStatus makes a destination and takes it to a status.
func (t *trial) inStatus(status string) office {
	o := t.newOffice()
	for _, step := range ways(status) {
		t.patch(o, map[string]any{"status": step}).is(http.StatusOK)
	}
	return o
}

func transitionCases() []Case {
	cases := []Case{
		conform(37, "a merge patch activates", func(t *trial) {
			o := t.newOffice()
			t.patch(o, map[string]any{"status": "active"}).is(http.StatusOK).want("status", "active")
			t.managed(o).is(http.StatusOK).want("status", "active")
			t.get(t.submissions("/destinations/"+o.id), "").is(http.StatusOK).want("status", "active")
		}),
		conform(50, "a destination that was never active is deleted", func(t *trial) {
			o := t.newOffice()
			t.delete(o).is(http.StatusNoContent).empty()
			t.managed(o).problem(http.StatusNotFound, "destination-not-found", "destination")
			t.get(t.submissions("/destinations/"+o.id), "").problem(http.StatusNotFound, "destination-not-found", "destination")
			t.get(t.submissions("/destinations/"+o.id+"/keys/"+o.signing.KID), "").is(http.StatusNotFound)
			t.delete(o).problem(http.StatusNotFound, "destination-not-found", "destination")
			t.holds(!t.listed(o, t.subscriber()), "the deleted destination not in the list")
		}),
		conform(51, "an active or inactive destination is not deleted", func(t *trial) {
			for _, status := range []string{"active", "inactive"} {
				o := t.inStatus(status)
				t.delete(o).problem(http.StatusConflict, "destination-state-invalid", "created")
				t.managed(o).is(http.StatusOK).want("status", status)
			}
		}),
		conform(52, "an inactive destination becomes active at any time", func(t *trial) {
			o := t.inStatus("inactive")
			t.patch(o, map[string]any{"status": "active"}).is(http.StatusOK).want("status", "active")
			t.submitted(o, 0)
		}),
		conform(53, "a destination is not decommissioned before 30 days", func(t *trial) {
			o := t.inStatus("inactive")
			t.patch(o, map[string]any{"status": "decommissioned"}).problem(http.StatusConflict, "destination-state-invalid", "30 days")
			t.managed(o).is(http.StatusOK).want("status", "inactive")
		}),
		conformMoving(54, "a destination that is decommissioned stays so, and takes and gives nothing", decommission),
	}
	for _, row := range []struct{ from, to string }{
		{"created", "inactive"}, {"created", "decommissioned"}, {"active", "decommissioned"},
	} {
		cases = append(cases, own("status: "+row.from+" does not become "+row.to, func(t *trial) {
			for _, replace := range []bool{false, true} {
				o := t.inStatus(row.from)
				t.setStatus(o, row.to, replace).problem(http.StatusConflict, "destination-state-invalid", "allowed")
				t.managed(o).is(http.StatusOK).want("status", row.from)
			}
		}))
	}
	for _, row := range []struct{ from, to string }{
		{"created", "active"}, {"active", "active"}, {"active", "inactive"}, {"inactive", "inactive"}, {"inactive", "active"}, {"created", "created"},
	} {
		cases = append(cases, own("status: "+row.from+" becomes "+row.to+" by PUT", func(t *trial) {
			t.setStatus(t.inStatus(row.from), row.to, true).is(http.StatusOK).want("status", row.to)
		}))
	}
	return cases
}

func (t *trial) delete(o office) *answer {
	return t.do(call{method: http.MethodDelete, url: t.destinations("/destinations/" + o.id), token: t.subscriber()})
}

func (t *trial) replace(o office, doc any) *answer {
	return t.sendJSON(http.MethodPut, t.destinations("/destinations/"+o.id), t.subscriber(), doc)
}

func (t *trial) setStatus(o office, status string, replace bool) *answer {
	if replace {
		return t.replace(o, t.replacement(status))
	}
	return t.patch(o, map[string]any{"status": status})
}

// changeCases are about what PATCH and PUT change and what they leave.
func changeCases() []Case {
	withCallback := with("callback", secretOf(strings.Repeat("s", 32)))
	return []Case{
		own("a merge patch changes what it names and nothing else", func(t *trial) {
			o := t.newOffice(withCallback)
			t.patch(o, map[string]any{"contactInformation": map[string]any{"phone": "+49 30 2", "unit": nil}, "later": 1}).is(http.StatusOK)
			a := t.managed(o).is(http.StatusOK).want("contactInformation.phone", "+49 30 2").without("contactInformation.unit")
			a.want("contactInformation.legalName", "Prüfstelle").want("name", "Prüfstelle der Suite").want("services.1", offer(otherService, "DE"))
			a.want("callback.url", "https://callback.suite.example/x").want("status", "created")
		}),
		own("a merge patch replaces lists as a whole", func(t *trial) {
			o := t.newOffice()
			t.patch(o, map[string]any{"metadataVersions": []any{"2.0.0"}, "services": []any{offer(otherService, "DE09")}}).is(http.StatusOK)
			a := t.managed(o).is(http.StatusOK).want("metadataVersions", []string{"2.0.0"}).want("services.0", offer(otherService, "DE09"))
			equal(t, "services", len(a.list("services")), 1)
		}),
		own("a merge patch takes out what is set to null", func(t *trial) {
			o := t.newOffice(withCallback, with("replyChannels", map[string]any{"eMail": map[string]any{}}))
			t.patch(o, map[string]any{"callback": nil, "replyChannels": nil, "name": nil}).is(http.StatusOK).without("callback", "replyChannels", "name")
			t.managed(o).is(http.StatusOK).without("callback", "replyChannels", "name")
		}),
		own("a merge patch as application/json is taken too", func(t *trial) {
			o := t.newOffice()
			t.sendJSON(http.MethodPatch, t.destinations("/destinations/"+o.id), t.subscriber(), map[string]any{"name": "y"}).is(http.StatusOK).want("name", "y")
		}),
		own("an empty merge patch changes nothing", func(t *trial) {
			o := t.newOffice()
			before := string(t.managed(o).body)
			t.patch(o, map[string]any{}).is(http.StatusOK)
			equal(t, "the destination", string(t.managed(o).body), before)
		}),
		own("a refused change changes nothing", func(t *trial) {
			o := t.newOffice()
			before := string(t.managed(o).body)
			t.patch(o, map[string]any{"name": "y", "metadataVersions": []any{"2"}}).is(http.StatusBadRequest)
			t.patch(o, map[string]any{"name": "y", "status": "inactive"}).is(http.StatusConflict)
			equal(t, "the destination", string(t.managed(o).body), before)
		}),
		own("a replacement replaces everything", func(t *trial) {
			o := t.activeOffice(withCallback, with("replyChannels", map[string]any{"eMail": map[string]any{}}))
			doc := t.replacement("inactive")
			delete(doc, "name")
			t.replace(o, doc).is(http.StatusOK)
			t.managed(o).is(http.StatusOK).want("status", "inactive").without("callback", "replyChannels", "name")
			t.get(t.submissions("/destinations/"+o.id+"/keys/"+o.encryption.KID), "").is(http.StatusOK)
		}),
		own("a replacement keeps a callback's secret that it does not name", func(t *trial) {
			o := t.activeOffice(withCallback)
			doc := t.replacement("active")
			doc["callback"] = map[string]any{"url": "https://callback.suite.example/y"}
			t.replace(o, doc).is(http.StatusOK).want("callback.url", "https://callback.suite.example/y")
		}),
		own("changes at the same time lose none", simultaneousChanges),
	}
}

// simultaneousChanges patches four things at once and finds all of them.
func simultaneousChanges(t *trial) {
	o := t.newOffice()
	patch := func(doc map[string]any) func(*trial) {
		return func(t *trial) { t.patch(o, doc).is(http.StatusOK) }
	}
	t.together(
		patch(map[string]any{"name": "y"}), patch(map[string]any{"metadataVersions": []any{"2.0.0"}}),
		patch(map[string]any{"contactInformation": map[string]any{"phone": "1"}}), patch(map[string]any{"contactInformation": map[string]any{"unit": "2"}}),
	)
	a := t.managed(o).is(http.StatusOK).want("name", "y").want("metadataVersions", []string{"2.0.0"})
	a.want("contactInformation.phone", "1").want("contactInformation.unit", "2")
}

// decommission ends the life of a destination.
func decommission(t *trial) {
	ended := map[string]any{"status": "decommissioned"}
	o := t.activeOffice()
	waiting := t.submitted(o, 1)
	t.patch(o, map[string]any{"status": "inactive"}).is(http.StatusOK)
	t.afterExactly(30*dayLong, func() { t.patch(o, ended).problem(http.StatusConflict, "destination-state-invalid", "30 days") })
	t.patch(o, ended).is(http.StatusOK).want("status", "decommissioned")
	for _, status := range []string{"active", "inactive"} {
		t.setStatus(o, status, false).problem(http.StatusConflict, "destination-state-invalid", "allowed")
		t.setStatus(o, status, true).problem(http.StatusConflict, "destination-state-invalid", "allowed")
	}
	t.delete(o).problem(http.StatusConflict, "destination-state-invalid", "created")
	t.sendJSON(http.MethodPost, t.submissions("/submissions"), t.sender(), announcement(o)).
		problem(http.StatusUnprocessableEntity, "destination-state-invalid", "active")
	for _, path := range []string{waiting.path(), waiting.attachment(waiting.ids0()), "/submissions?destinationId=" + o.id} {
		t.get(t.submissions(path), t.subscriber()).problem(http.StatusForbidden, "destination-state-invalid", "decommissioned")
	}
	t.became(waiting, "create-submission", "submit-submission", "reject-submission") // long since, as nobody decided
	t.post(waiting, t.accept(waiting)).problem(http.StatusConflict, "invalid-state-transition", "rejected")
}
