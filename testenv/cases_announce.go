package testenv

import (
	"net/http"
	"slices"
	"strings"
)

// announceCases are about opening submissions (FIT-Connect contract 3.5, 3.8, 15.4).
func announceCases() []Case {
	return []Case{
		conform(60, "an announcement opens a submission in a case", func(t *trial) {
			s := t.prepare(t.home(), 2)
			a := t.announce(&s, "").want("destinationId", s.office.id)
			if location := a.header.Get("Location"); !t.ended() && !strings.HasSuffix(location, s.path()) {
				t.fail("got the Location %q, want one that ends in %s", location, s.path())
			}
			t.holds(t.ended() || s.id != s.caseID, "different ids for submission and case")
		}),
		conform(61, "the region may be there or not", func(t *trial) {
			for _, region := range []any{"DE", "DE09", "DE094750156156", "DE000000000000", nil} {
				doc := announcement(t.home())
				doc["region"] = region
				t.sendJSON(http.MethodPost, t.submissions("/submissions"), t.sender(), doc).is(http.StatusCreated)
			}
		}),
		conform(62, "an unknown destination is 404 destination-not-found", func(t *trial) {
			doc := announcement(t.home())
			doc["destinationId"] = newID()
			t.sendJSON(http.MethodPost, t.submissions("/submissions"), t.sender(), doc).problem(http.StatusNotFound, "destination-not-found", "destination")
		}),
		conform(63, "only an active destination takes submissions", func(t *trial) {
			for _, status := range []string{"created", "inactive"} {
				o := t.inStatus(status)
				t.sendJSON(http.MethodPost, t.submissions("/submissions"), t.sender(), announcement(o)).
					problem(http.StatusUnprocessableEntity, "destination-state-invalid", "active")
			}
		}),
		conform(64, "a further submission in one's own case", func(t *trial) {
			first := t.submitted(t.home(), 0)
			second := t.prepare(t.home(), 0)
			t.announce(&second, first.caseID).want("caseId", first.caseID)
			t.holds(t.ended() || second.id != first.id, "a new submission")
		}),
		conform(65, "a foreign case is as unknown as none", func(t *trial) {
			s := t.announced(t.home(), 0)
			doc := announcement(t.home())
			doc["caseId"] = s.caseID
			t.sendJSON(http.MethodPost, t.submissions("/submissions"), t.foreignSender(), doc).is(http.StatusNotFound, http.StatusForbidden)
		}),
		own("announcements at the same time get ids of their own", func(t *trial) {
			ids := make([]submission, 8)
			parts := make([]func(*trial), len(ids))
			for i := range parts {
				parts[i] = func(t *trial) { ids[i] = t.announced(t.home(), 0) }
			}
			t.together(parts...)
			seen := map[string]bool{}
			for _, s := range ids {
				seen[s.id], seen[s.caseID] = true, true
			}
			t.holds(t.ended() || len(seen) == 2*len(ids), "%d different ids, not %d", 2*len(ids), len(seen))
		}),
		own("the same announcement twice opens two submissions", func(t *trial) {
			s := t.prepare(t.home(), 1)
			t.announce(&s, "")
			first := s.id
			t.announce(&s, "")
			t.holds(t.ended() || first != s.id, "a second submission")
		}),
		own("a hundred attachments can be announced", func(t *trial) {
			const most = 100
			ids := make([]string, most)
			for i := range ids {
				ids[i] = newID()
			}
			t.sendJSON(http.MethodPost, t.submissions("/submissions"), t.sender(), announcement(t.home(), ids...)).is(http.StatusCreated)
		}),
	}
}

// announceRefusals breaks the rules of an announcement (FIT-Connect contract 3.2, 3.5, 3.8).
func announceRefusals() []Case {
	good := func(t *trial) call {
		return call{
			method: http.MethodPost, url: t.submissions("/submissions"), token: t.sender(), contentType: jsonType,
			doc: announcement(t.home(), newID()),
		}
	}
	unprocessable := func(name string, change change, code, word string) refusal {
		return refuse(name, change, http.StatusUnprocessableEntity, code, word)
	}
	id := newID()
	rows := []refusal{
		invalid("no announcedAttachments", drop("announcedAttachments"), "announcedAttachments"),
		invalid("announcedAttachments null", with("announcedAttachments", nil), "announcedAttachments"),
		invalid("announcedAttachments of another type", with("announcedAttachments", "x"), "announcedAttachments"),
		invalid("attachment that is no UUID", with("announcedAttachments", []any{"x"}), "announcedAttachments"),
		invalid("attachment of another type", with("announcedAttachments", []any{1}), "announcedAttachments"),
		invalid("attachment twice", with("announcedAttachments", []any{id, id}), "twice"),
		invalid("attachment twice, without dashes", with("announcedAttachments", []any{id, strings.ReplaceAll(id, "-", "")}), "twice"),
		invalid("attachment twice, in capitals", with("announcedAttachments", []any{id, strings.ToUpper(id)}), "twice"),
		refuse("101 attachments", func(t *trial, c *call) {
			ids := make([]any, 101)
			for i := range ids {
				ids[i] = newID()
			}
			with("announcedAttachments", ids)(t, c)
		}, http.StatusRequestEntityTooLarge, "payload-too-large", "100"),

		invalid("no destinationId", drop("destinationId"), "destinationId"),
		invalid("destinationId that is no UUID", with("destinationId", "x"), "destinationId"),
		invalid("destinationId as URN", with("destinationId", "urn:uuid:"+id), "destinationId"),
		invalid("destinationId in braces", with("destinationId", "{"+id+"}"), "destinationId"),
		invalid("destinationId of another type", with("destinationId", map[string]any{}), "destinationId"),

		invalid("no publicService", drop("publicService"), "public service"),
		invalid("publicService that is a text", with("publicService", service), "publicService"),
		invalid("serviceType as in the first generation", both(drop("publicService"), with("serviceType", map[string]any{"name": "", "identifier": service})), "public service"),
		invalid("no identifier", drop("publicService.identifier"), "public service"),
		invalid("identifier in capitals", with("publicService.identifier", strings.ToUpper(service)), "lower case"),
		invalid("identifier of another type", with("publicService.identifier", 99), "identifier"),
		invalid("name of another type", with("publicService.name", 1), "name"),
		invalid("name too long", with("publicService.name", long), "name"),
		unprocessable("service that is not offered", with("publicService.identifier", "urn:de:fim:leika:leistung:99999999999999"), "service-not-offered", "offer"),

		invalid("region without DE", with("region", "09"), "region"),
		invalid("region in lower case", with("region", "de"), "region"),
		invalid("region of 13 digits", with("region", "DE0000000000000"), "region"),
		invalid("region of another type", with("region", 9), "region"),
		unprocessable("region that is not served", regionalOffice, "region-not-served", "region"),

		invalid("caseId that is no UUID", with("caseId", "x"), "caseId"),
		invalid("caseId of another type", with("caseId", 1), "caseId"),
		refuse("unknown case", with("caseId", newID()), http.StatusNotFound, "case-not-found", "case"),
		refuse("foreign case", func(t *trial, c *call) {
			with("caseId", t.announced(t.home(), 0).caseID)(t, c)
			c.token = t.foreignSender()
		}, http.StatusNotFound, "case-not-found", "case").of(65),
		unprocessable("case of another destination", func(t *trial, c *call) {
			with("caseId", t.announced(t.activeOffice(), 0).caseID)(t, c)
		}, "case-destination-mismatch", "case"),

		refuse("unknown destination", with("destinationId", id), http.StatusNotFound, "destination-not-found", id).of(62),
		unprocessable("destination in created", func(t *trial, c *call) { with("destinationId", t.newOffice().id)(t, c) }, "destination-state-invalid", "active").of(63),
		unprocessable("inactive destination", func(t *trial, c *call) { with("destinationId", t.inStatus("inactive").id)(t, c) }, "destination-state-invalid", "active").of(63),
		refuse("body beyond 1 MiB", with("x", strings.Repeat("x", 1<<20)), http.StatusRequestEntityTooLarge, "payload-too-large", "bytes"),
		refuse("compressed body", func(t *trial, c *call) { c.header = http.Header{"Content-Encoding": {"gzip"}} }, http.StatusUnsupportedMediaType, "unsupported-media-type", "Content-Encoding"),
	}
	return refusals("announce", good, http.StatusCreated, slices.Concat(rows, brokenJSON("destinationId")))
}

// regionalOffice announces to a destination in Bavaria for Saxony.
func regionalOffice(t *trial, c *call) {
	o := t.activeOffice(with("services.0.regions", []any{"DE09"}))
	doc := announcement(o)
	doc["region"] = "DE14"
	c.doc = doc
}
