package testenv

import (
	"net/http"
	"slices"

	"github.com/vierkant/vierkant/crypto/seal"
	"github.com/vierkant/vierkant/crypto/set"
)

// generation is one of the two forms of the Submission API. Where they have the same calls, a case asks both.
type generation struct {
	name      string
	at        func(t *trial, path string) string // address of a path below its root
	submitted int                                // status of a submit that was taken
}

func generations() []generation {
	return []generation{
		{"v1", (*trial).first, http.StatusAccepted},
		{"v2", (*trial).submissions, http.StatusOK},
	}
}

// replies is an address below the replies, if the broker has any.
func (g generation) replies(t *trial, path string) string {
	t.replies("")
	return g.at(t, "/replies"+path)
}

func (g generation) submit(t *trial, s submission) *answer {
	return t.sendJSON(http.MethodPut, g.at(t, s.path()), t.sender(), s.content())
}

func (g generation) post(t *trial, caseID, token string) *answer {
	return t.sendJOSE(http.MethodPost, g.at(t, "/cases/"+caseID+"/events"), t.subscriber(), token)
}

// generationCases are what both generations answer alike, and what the first alone has.
func generationCases() []Case {
	var cases []Case
	for _, g := range generations() {
		cases = slices.Concat(cases, g.lists(), g.sendings(), g.replying(), g.downloads())
	}
	return slices.Concat(cases, firstDestinationRefusals(), firstDestinationReads())
}

// own makes a case about this generation.
func (g generation) own(name string, run func(*trial)) Case { return own(g.name+": "+name, run) }

func (g generation) lists() []Case {
	var cases []Case
	for _, path := range []string{"/submissions", "/cases", "/replies"} {
		cases = append(cases, g.own("the list "+path+" has bounds, and is of destinations that there are", func(t *trial) {
			if path != "/submissions" {
				t.cases("")
				t.replies("")
			}
			t.get(g.at(t, path+"?limit=0"), t.subscriber()).problem(http.StatusBadRequest, "bad-request", "limit")
			t.get(g.at(t, path+"?destinationId=x"), t.subscriber()).problem(http.StatusBadRequest, "bad-request", "destinationId")
			t.get(g.at(t, path+"?destinationId="+newID()), t.subscriber()).problem(http.StatusNotFound, "destination-not-found", "destination")
		}))
	}
	return cases
}

// sendings are about submissions and their events.
func (g generation) sendings() []Case {
	return []Case{
		g.own("an attachment that was not announced is refused", func(t *trial) {
			s := t.announced(t.home(), 1)
			t.sendJOSE(http.MethodPut, g.at(t, s.attachment(newID())), t.sender(), s.attachments[s.ids0()]).
				problem(http.StatusUnprocessableEntity, "attachment-not-announced", "announced")
		}),
		g.own("the same submit after the acceptance is answered, another refused, and neither is in the log", func(t *trial) {
			s := t.submitted(t.home(), 0)
			g.post(t, s.caseID, t.accept(s)).is(http.StatusNoContent).empty()
			g.submit(t, s).is(g.submitted).want("submissionId", s.id)
			other := s
			other.data = t.sealedFor(s.office, seal.JSON, []byte("{}"))
			g.submit(t, other).problem(http.StatusConflict, "already-submitted", "accepted")
			t.wantLog(s, "create-submission", "submit-submission", "accept-submission")
		}),
		g.own("an event of an unknown case, with other tags, or after the decision is refused", func(t *trial) {
			s, unknown := t.submitted(t.home(), 0), newID()
			g.post(t, unknown, t.signedEvent(s.office, s.id, unknown, set.AcceptSubmission, nil)).problem(http.StatusNotFound, "case-not-found", "case")
			other := s
			other.data = t.sealedFor(s.office, seal.JSON, []byte("{}"))
			g.post(t, s.caseID, t.accept(other)).problem(http.StatusUnprocessableEntity, "invalid-event", "authenticationTags")
			g.post(t, s.caseID, t.accept(s)).is(http.StatusNoContent)
			g.post(t, s.caseID, t.reject(s)).problem(http.StatusConflict, "invalid-state-transition", "accepted")
		}),
	}
}

// firstDestinationRefusals break the rules of destinations where old subscribers write them: one for each kind of answer, since the rules
// are those of the Destination API, which has a case for each.
func firstDestinationRefusals() []Case {
	write := func(method, below string, doc func(*trial) map[string]any) func(*trial) call {
		return func(t *trial) call {
			return call{method: method, url: t.first("/destinations/" + t.activeOffice().id + below), token: t.subscriber(), contentType: jsonType, doc: doc(t)}
		}
	}
	create := func(t *trial) call {
		return call{method: http.MethodPost, url: t.first("/destinations"), token: t.subscriber(), contentType: jsonType, doc: t.draft()}
	}
	replace := write(http.MethodPut, "", func(t *trial) map[string]any { return t.replacement("active") })
	patch := write(http.MethodPatch, "", func(*trial) map[string]any { return map[string]any{"name": "x"} })
	addKey := write(http.MethodPost, "/keys", func(t *trial) map[string]any { return t.jwk(t.freshPair().encryption) })
	unknown := func(below string) refusal {
		elsewhere := to(func(t *trial) string { return t.first("/destinations/" + newID() + below) })
		return refuse("unknown destination", elsewhere, http.StatusNotFound, "destination-not-found", "destination")
	}
	ended := refuse("from active to decommissioned", with("status", "decommissioned"), http.StatusConflict, "destination-state-invalid", "allowed")
	return slices.Concat(
		refusals("v1 create destination", create, http.StatusCreated, []refusal{
			invalid("no services", drop("services"), "services"),
			refuse("a key that is not for encryption", func(t *trial, c *call) {
				both(with("encryptionPublicKey", t.jwk(t.freshPair().signing)), with("encryptionKid", t.freshPair().signing.KID))(t, c)
			}, http.StatusBadRequest, "key-not-allowed", "key_ops"),
		}),
		refusals("v1 replace destination", replace, http.StatusOK, []refusal{invalid("no services", drop("services"), "services"), ended, unknown("")}),
		refusals("v1 patch destination", patch, http.StatusOK, []refusal{invalid("name of another type", with("name", 7), "name"), ended, unknown("")}),
		refusals("v1 add key", addKey, http.StatusCreated, []refusal{
			invalid("array instead of an object", sent("[]"), "object"),
			unknown("/keys"),
			refuse("another key under a kid that is taken", func(t *trial, c *call) { with("kid", t.keyPair().encryption.KID)(t, c) }, http.StatusConflict, "key-exists", "kid"),
		}),
	)
}

// firstDestinationReads break the rules of reading them.
func firstDestinationReads() []Case {
	return []Case{
		own("v1 destinations: the list has bounds", func(t *trial) {
			t.get(t.first("/destinations?limit=0"), t.subscriber()).problem(http.StatusBadRequest, "bad-request", "limit")
		}),
		own("v1 destinations: a key is asked for by a destination's UUID", func(t *trial) {
			t.get(t.first("/destinations/x/keys/"+t.home().encryption.KID), "").problem(http.StatusBadRequest, "bad-request", "UUID")
		}),
	}
}
