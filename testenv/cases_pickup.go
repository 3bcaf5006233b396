package testenv

import (
	"net/http"
	"strings"

	"github.com/vierkant/vierkant/crypto/seal"
)

// pickupCases are about listing and fetching (FIT-Connect contract 3.4, 7.2, 15.5).
func pickupCases() []Case {
	return []Case{
		conform(87, "the list names destination, submission and case and nothing else", func(t *trial) {
			o := t.activeOffice()
			s := t.submitted(o, 1)
			t.sameJSON("the list", t.waiting(o, ""), []any{s.ref()})
		}),
		conform(88, "the list is narrowed to a destination", func(t *trial) {
			o, other := t.activeOffice(), t.activeOffice()
			s, alien := t.submitted(o, 0), t.submitted(other, 0)
			t.sameJSON("the list of one", t.waiting(o, ""), []any{s.ref()})
			t.sameJSON("the list of the other", t.waiting(other, ""), []any{alien.ref()})
		}),
		conform(89, "totalCount counts all, whatever the limit", pages),
		conform(90, "what is incomplete is neither listed nor found", func(t *trial) {
			o := t.activeOffice()
			s := t.announced(o, 1)
			t.upload(s, s.ids0()).is(http.StatusNoContent)
			t.sameJSON("the list", t.waiting(o, ""), []any{})
			t.get(t.submissions(s.path()), t.subscriber()).problem(http.StatusNotFound, "submission-not-found", "incomplete")
			t.get(t.submissions(s.attachment(s.ids0())), t.subscriber()).is(http.StatusNotFound)
		}),
		conform(91, "both JWEs come back byte for byte", func(t *trial) { t.checkFetched(t.submitted(t.home(), 2)) }),
		conform(92, "the answer has the public service, and the region if it was given", func(t *trial) {
			s := t.submitted(t.home(), 0)
			t.get(t.submissions(s.path()), t.subscriber()).is(http.StatusOK).
				want("publicService.identifier", s.office.service).want("publicService.name", "Gewerbeanmeldung").without("region", "serviceType", "callback")
			doc := announcement(s.office)
			doc["region"] = "DE09"
			s.id = t.sendJSON(http.MethodPost, t.submissions("/submissions"), t.sender(), doc).is(http.StatusCreated).text("submissionId")
			t.submit(s).is(http.StatusOK)
			t.get(t.submissions(s.path()), t.subscriber()).is(http.StatusOK).want("region", "DE09")
		}),
		conform(93, "attachments of all sizes come back byte for byte", func(t *trial) {
			s := t.prepare(t.home(), 0)
			for _, size := range []int{0, 1, 47 << 10, 48 << 10, 49 << 10, 300_000, 3 << 20} {
				s.attachments[newID()] = t.sealedFor(s.office, "application/pdf", []byte(strings.Repeat("%", size)))
			}
			t.announce(&s, "")
			t.complete(s)
			t.checkFetched(s)
			t.checkTags(s)
		}),
		conform(94, "a subscriber that is not connected to the destination is refused", func(t *trial) {
			s := t.submitted(t.home(), 1)
			for _, path := range []string{s.path(), s.attachment(s.ids0()), "/submissions?destinationId=" + s.office.id} {
				t.get(t.submissions(path), t.foreignSubscriber()).problem(http.StatusForbidden, "forbidden", "assigned")
			}
			t.holds(!strings.Contains(string(t.get(t.submissions("/submissions?limit=500"), t.foreignSubscriber()).is(http.StatusOK).body), s.id),
				"no foreign submission in the list")
		}),
		conform(95, "a sender fetches nothing", func(t *trial) {
			s := t.submitted(t.home(), 1)
			for _, path := range []string{s.path(), s.attachment(s.ids0()), "/submissions"} {
				t.get(t.submissions(path), t.sender()).problem(http.StatusForbidden, "forbidden", "scope")
			}
		}),
		conform(96, "after the decision nothing can be fetched", func(t *trial) {
			for _, decide := range []func(submission) string{t.accept, t.reject} {
				o := t.activeOffice()
				s := t.submitted(o, 1)
				t.post(s, decide(s)).is(http.StatusNoContent)
				for _, path := range []string{s.path(), s.attachment(s.ids0())} {
					t.get(t.submissions(path), t.subscriber()).problem(http.StatusNotFound, "submission-not-found", "submission")
				}
				t.sameJSON("the list", t.waiting(o, ""), []any{})
			}
		}),
		conform(97, "after a forward everything can be fetched", func(t *trial) {
			s := t.submitted(t.home(), 1)
			t.post(s, t.forward(s)).is(http.StatusNoContent)
			t.checkFetched(s)
		}),
		own("what was fetched can be fetched again", func(t *trial) {
			s := t.submitted(t.home(), 1)
			t.checkFetched(s)
			t.checkFetched(s)
		}),
		own("unknown things are 404, each by its name", func(t *trial) {
			s := t.submitted(t.home(), 1)
			t.get(t.submissions("/submissions/"+newID()), t.subscriber()).problem(http.StatusNotFound, "submission-not-found", "submission")
			t.get(t.submissions("/submissions/"+newID()+"/attachments/"+newID()), t.subscriber()).problem(http.StatusNotFound, "submission-not-found", "submission")
			t.get(t.submissions(s.attachment(newID())), t.subscriber()).problem(http.StatusNotFound, "attachment-not-found", "attachment")
			t.get(t.submissions(s.attachment("x")), t.subscriber()).problem(http.StatusBadRequest, "bad-request", "UUID")
			t.get(t.submissions("/submissions?destinationId="+newID()), t.subscriber()).problem(http.StatusNotFound, "destination-not-found", "destination")
			t.get(t.submissions("/submissions?destinationId=x"), t.subscriber()).problem(http.StatusBadRequest, "bad-request", "destinationId")
			t.get(t.submissions("/submissions?destinationId="), t.subscriber()).problem(http.StatusBadRequest, "bad-request", "destinationId")
		}),
		own("every destination of the world opens what is sealed to its key", func(t *trial) {
			for _, o := range t.worldOffices() {
				t.throughCorners(o)
			}
		}),
	}
}

// ref is a submission as a list names it.
func (s submission) ref() map[string]any {
	return map[string]any{"destinationId": s.office.id, "submissionId": s.id, "caseId": s.caseID}
}

// waiting lists what waits at one destination.
func (t *trial) waiting(o office, query string) []any {
	return t.get(t.submissions("/submissions?destinationId="+o.id+query), t.subscriber()).page("submissions", 0)
}

// pages reads a list of three in pages of every size.
func pages(t *trial) {
	o := t.activeOffice()
	want := []any{t.submitted(o, 0).ref(), t.submitted(o, 0).ref(), t.submitted(o, 0).ref()}
	for limit := 1; limit <= 4; limit++ {
		var got []any
		for offset := 0; offset < len(want) && !t.ended(); offset += limit {
			a := t.get(t.submissions("/submissions?destinationId="+o.id+"&limit="+itoa(limit)+"&offset="+itoa(offset)), t.subscriber())
			got = append(got, a.page("submissions", offset)...)
			a.want("totalCount", len(want)).want("count", min(limit, len(want)-offset))
		}
		t.sameJSON("pages of "+itoa(limit), got, want)
	}
}

// throughCorners sends to a destination whose private key the world has, opens what it fetches, and accepts.
func (t *trial) throughCorners(o office) {
	published := t.get(t.submissions("/destinations/"+o.id), "").is(http.StatusOK).want("status", "active")
	kid := published.text("encryptionKid")
	equal(t, "encryptionKid", kid, o.encryption.KID)
	o.encryption.Public = t.publishedKey(o.id, kid)
	s := t.submitted(o, 2)
	a := t.get(t.submissions(s.path()), t.subscriber()).is(http.StatusOK)
	equal(t, "the data", t.opened(o, a.text("encryptedData")), `{"hello":"world"}`)
	for _, id := range s.ids() {
		t.holds(strings.HasPrefix(t.opened(o, t.download(s, id)), "%PDF-1.7 ") || t.ended(), "the attachment in the clear")
	}
	t.post(s, t.accept(s)).is(http.StatusNoContent)
	for _, e := range t.log(s) {
		t.verify(e)
	}
}

// opened unseals with the private key of a destination.
func (t *trial) opened(o office, compact string) string {
	if t.ended() {
		return ""
	}
	const most = 64 << 20
	plain, _, err := seal.Open(o.encryption, compact, seal.V1(), most)
	t.must("open", err)
	return string(plain)
}
