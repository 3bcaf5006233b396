package testenv

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/vierkant/vierkant/crypto/keys"
	"github.com/vierkant/vierkant/crypto/seal"
	"github.com/vierkant/vierkant/crypto/set"
)

// first is an address of the first generation of the Submission API, if the broker has it.
func (t *trial) first(path string) string {
	root := t.env.SubmissionURL + "/v1"
	t.offered(&t.hasFirst, "needs the first generation of the Submission API", func(t *trial) *answer { return t.get(root+"/info", "") })
	return root + path
}

// offered skips the case if a broker that others would find complete does not have what one call shows.
func (t *trial) offered(cache *shared[bool], need string, ask func(*trial) *answer) {
	found := cache.get(t, need, func() (bool, error) {
		return made(t, func(t *trial) bool { return ask(t).status != http.StatusNotFound })
	})
	if !found {
		t.skip(need)
	}
}

// announcementV1 is the body of an announce of the first generation, as a document that a case may change.
func announcementV1(o office, attachments ...string) map[string]any {
	return map[string]any{
		"destinationId": o.id, "announcedAttachments": append([]string{}, attachments...),
		"serviceType": map[string]any{"name": "Gewerbeanmeldung", "identifier": o.service},
	}
}

// announcedV1 announces what was prepared through the first generation.
func (t *trial) announcedV1(s submission, changes ...change) submission {
	c := call{
		method: http.MethodPost, url: t.first("/submissions"), token: t.sender(), contentType: jsonType, doc: announcementV1(s.office, s.ids()...),
	}
	for _, alter := range changes {
		alter(t, &c)
	}
	a := t.do(c).is(http.StatusCreated)
	s.id, s.caseID = a.text("submissionId"), a.text("caseId")
	return s
}

func (t *trial) submitV1(s submission, doc any) *answer {
	return t.sendJSON(http.MethodPut, t.first(s.path()), t.sender(), doc)
}

// submittedV1 takes a submission through the first generation.
func (t *trial) submittedV1(o office, attachments int, changes ...change) submission {
	s := t.announcedV1(t.prepare(o, attachments), changes...)
	for _, id := range s.ids() {
		t.sendJOSE(http.MethodPut, t.first(s.attachment(id)), t.sender(), s.attachments[id]).is(http.StatusNoContent).empty()
	}
	t.submitV1(s, s.content()).is(http.StatusAccepted)
	return s
}

// firstCases are about the first generation of the Submission API (FIT-Connect contract 3.1 to 3.3, 3.5).
func firstCases() []Case {
	return slices.Concat(firstScopes(), firstReads(), firstSubmits(), firstEvents(), firstDestinations(), firstRefusals())
}

// firstScopes are about the scopes of the first generation (FIT-Connect contract 2.3).
func firstScopes() []Case {
	return []Case{
		conform(7, "a region scope is narrowed as asked for, and reaches no further", func(t *trial) {
			north := t.narrowed("send:region:DE01010")
			t.announceWith(north, t.officeIn("DE01010")).is(http.StatusCreated)
			t.announceWith(north, t.officeIn("DE010100000000")).is(http.StatusCreated)
			t.announceWith(north, t.officeIn("DE09")).problem(http.StatusForbidden, "forbidden", "scope")
		}),
		conform(10, "nobody outside gets create:destination", func(t *trial) {
			for _, who := range []url.Values{tokenForm(t.asSender()), tokenForm(t.asSubscriber())} {
				granted := t.askToken(who).is(http.StatusOK).text("scope")
				t.holds(!strings.Contains(granted, "create:destination"), "no create:destination in %q", granted)
				who.Set("scope", "create:destination")
				t.askToken(who).tokenError(http.StatusBadRequest, "invalid_scope").without("access_token")
			}
		}),
		conform(11, "who is not assigned to a destination gets no scope for it", func(t *trial) {
			form := tokenForm(t.stranger().Subscriber)
			for _, id := range []string{t.home().id, newID()} {
				form.Set("scope", "subscribe:destination:"+id)
				t.askToken(form).tokenError(http.StatusBadRequest, "invalid_scope").without("access_token")
			}
		}),
		conform(66, "a token for one region does not send to another", func(t *trial) {
			south := t.officeIn("DE09")
			t.announceWith(t.narrowed("send:region:DE01"), south).problem(http.StatusForbidden, "forbidden", "scope")
			t.announceWith(t.narrowed("send:region:DE09"), south).is(http.StatusCreated)
			t.announceWith(t.narrowed("send:region:DE"), south).is(http.StatusCreated)
		}),
		own("a scope for one service sends no other", func(t *trial) {
			token, o := t.narrowed("send:region:DE+send:service:"+service), t.activeOffice()
			t.announceWith(token, o).is(http.StatusCreated)
			o.service = otherService
			t.announceWith(token, o).problem(http.StatusForbidden, "forbidden", "scope")
		}),
		own("a scope for one destination reads no other", func(t *trial) {
			mine, other := t.activeOffice(), t.activeOffice()
			token := t.tokenWith(tokenForm(t.asSubscriber()), "subscribe:destination:"+mine.id)
			s, alien := t.submitted(mine, 0), t.submitted(other, 0)
			t.get(t.submissions(s.path()), token).is(http.StatusOK)
			t.get(t.submissions(alien.path()), token).problem(http.StatusForbidden, "forbidden", "scope")
			t.sameJSON("the list", t.get(t.submissions("/submissions"), token).page("submissions", 0), []any{s.ref()})
			t.sendJSON(http.MethodPatch, t.destinations("/destinations/"+mine.id), token, map[string]any{"name": "x"}).problem(http.StatusForbidden, "forbidden", "scope")
		}),
		own("a scope that is none of the first generation's is not held", func(t *trial) {
			t.narrowed("send:region:DE") // so that they are known at all
			for _, scope := range []string{
				"send:region:", "send:region:09", "send:region:DE0000000000000", "send:region:de09", "send:region:DE+send:service:", "send:region:DE+send:service:x",
				"send:region", "subscribe:destination:" + t.home().id, "manage:destination:" + t.home().id,
			} {
				form := tokenForm(t.asSender())
				form.Set("scope", scope)
				t.askToken(form).tokenError(http.StatusBadRequest, "invalid_scope")
			}
		}),
	}
}

// narrowed is a token of the sender for one scope of the first generation, which not every broker gives to every sender.
func (t *trial) narrowed(scope string) string {
	return t.tokenWith(tokenForm(t.asSender()), scope)
}

func (t *trial) tokenWith(form url.Values, scope string) string {
	form.Set("scope", scope)
	a := t.askToken(form)
	if a.status == http.StatusBadRequest && strings.Contains(string(a.body), "invalid_scope") {
		t.skip("needs a client that holds scopes of the first generation")
	}
	return a.is(http.StatusOK).want("scope", scope).text("access_token")
}

// officeIn is a destination that serves one region.
func (t *trial) officeIn(region string) office {
	return t.activeOffice(with("services", []any{offer(service, region)}))
}

func (t *trial) announceWith(token string, o office) *answer {
	return t.sendJSON(http.MethodPost, t.first("/submissions"), token, announcementV1(o))
}

// firstReads are about what is only read.
func firstReads() []Case {
	return []Case{
		conform(12, "anybody may ask the first generation for the version", func(t *trial) {
			t.get(t.first("/info"), "").is(http.StatusOK).want("version.major", 1).number("version.patch")
		}),
		conform(22, "an empty list of the first generation is an array", func(t *trial) {
			a := t.get(t.first("/submissions?destinationId="+t.activeOffice().id), t.subscriber())
			t.holds(len(a.page("submissions", 0)) == 0, "no submissions at a new destination")
		}),
		conform(23, "a sender reads the public part of a destination", func(t *trial) {
			o := t.newOffice(with("callback", secretOf(strings.Repeat("s", 32))))
			a := t.get(t.first("/destinations/"+o.id), t.sender()).is(http.StatusOK)
			a.want("destinationId", o.id).want("status", "created").want("encryptionKid", o.encryption.KID)
			a.want("services.0", offer(service, "DE")).want("metadataVersions", []string{"1.0.0", "2.1.0"})
			a.without("contactInformation", "callback", "publicServices")
			t.get(t.first("/destinations/"+o.id), "").problem(http.StatusUnauthorized, "unauthorized", "token")
		}),
		conform(24, "its manager sees contact and callback through the first generation too", func(t *trial) {
			o := t.newOffice(with("callback", secretOf(strings.Repeat("s", 32))))
			a := t.get(t.first("/destinations/"+o.id), t.subscriber()).is(http.StatusOK)
			a.want("contactInformation.legalName", "Prüfstelle").want("callback.url", "https://callback.suite.example/x").without("callback.secret")
		}),
		conform(25, "an unknown destination is 404 in the first generation", func(t *trial) {
			id := newID()
			t.get(t.first("/destinations/"+id), t.sender()).problem(http.StatusNotFound, "destination-not-found", id)
		}),
		conform(26, "destinations of the first generation are not to be cached", func(t *trial) {
			t.get(t.first("/destinations/"+t.home().id), t.sender()).is(http.StatusOK).has("Cache-Control", "no-cache")
		}),
		conform(30, "anybody may read a key", func(t *trial) {
			o := t.home()
			for _, key := range []keys.Private{o.encryption, o.signing} {
				t.get(t.first("/destinations/"+o.id+"/keys/"+key.KID), "").is(http.StatusOK).
					want("kid", key.KID).want("n", t.jwk(key)["n"]).has("Cache-Control", "no-cache")
			}
		}),
		conform(31, "an unknown kid is 404 in the first generation", func(t *trial) {
			t.get(t.first("/destinations/"+t.home().id+"/keys/unknown-key"), "").problem(http.StatusNotFound, "key-not-found", "key")
		}),
	}
}

// firstSubmits are about the way in and out.
func firstSubmits() []Case {
	return []Case{
		conform(56, "an announcement opens a submission in a case", func(t *trial) {
			a := t.sendJSON(http.MethodPost, t.first("/submissions"), t.sender(), announcementV1(t.home())).is(http.StatusCreated)
			a.want("destinationId", t.home().id)
			t.holds(t.ended() || a.text("submissionId") != a.text("caseId"), "different ids for submission and case")
		}),
		conform(58, "the name of the service may be empty", func(t *trial) {
			s := t.announcedV1(t.prepare(t.home(), 0), with("serviceType.name", ""))
			t.submitV1(s, s.content()).is(http.StatusAccepted).want("serviceType.identifier", s.office.service)
		}),
		conform(64, "a further submission in one's own case, through the first generation", func(t *trial) {
			s := t.submittedV1(t.home(), 0)
			second := t.announcedV1(t.prepare(t.home(), 0), with("caseId", s.caseID))
			equal(t, "case", second.caseID, s.caseID)
			t.holds(t.ended() || second.id != s.id, "a new submission")
		}),
		conform(74, "a submit is 202, with the submission", func(t *trial) {
			s := t.announcedV1(t.prepare(t.home(), 1))
			t.sendJOSE(http.MethodPut, t.first(s.attachment(s.ids0())), t.sender(), s.attachments[s.ids0()]).is(http.StatusNoContent)
			a := t.submitV1(s, s.content()).is(http.StatusAccepted).want("submissionId", s.id).want("caseId", s.caseID)
			a.want("destinationId", s.office.id).want("attachments", s.ids()).want("serviceType.identifier", s.office.service).without("publicService")
			t.wantLog(s, "create-submission", "submit-submission")
			t.checkTags(s)
		}),
		conform(73, "while an attachment is missing nothing is submitted, in the first generation too", func(t *trial) {
			s := t.announcedV1(t.prepare(t.home(), 1))
			t.submitV1(s, s.content()).problem(http.StatusUnprocessableEntity, "attachments-missing", "missing")
		}),
		conform(75, "a submit without data is 202", func(t *trial) {
			s := t.announcedV1(t.prepare(t.home(), 0))
			t.submitV1(s, map[string]any{"encryptedMetadata": s.metadata}).is(http.StatusAccepted)
			for _, address := range []string{t.first(s.path()), t.submissions(s.path())} {
				t.get(address, t.subscriber()).is(http.StatusOK).want("encryptedMetadata", s.metadata).without("encryptedData")
			}
			tags, _ := lookUp(last(t.wantLog(s, "create-submission", "submit-submission")).payload, "authenticationTags")
			t.sameJSON("tags", tags, map[string]any{"metadata": tagOf(s.metadata)})
		}),
		conform(81, "zip is taken in the first generation", func(t *trial) {
			s := t.announcedV1(t.prepare(t.home(), 0))
			compact, err := seal.SealDeflated(s.office.encryption.Public, "", []byte("{}"))
			t.must("seal", err)
			s.metadata, s.data = compact, compact
			t.submitV1(s, s.content()).is(http.StatusAccepted)
			a := t.get(t.submissions(s.path()), t.subscriber()).is(http.StatusOK).want("encryptedMetadata", compact)
			equal(t, "the data", t.opened(s.office, a.text("encryptedData")), "{}")
		}),
		conform(86, "the secret of a callback is never given back", func(t *trial) {
			callback := secretOf("a secret of this case, " + newID())
			s := t.announcedV1(t.prepare(t.home(), 0), with("callback", callback))
			for _, a := range []*answer{
				t.submitV1(s, s.content()).is(http.StatusAccepted).want("callback.url", callback["url"]),
				t.get(t.first(s.path()), t.subscriber()).is(http.StatusOK),
				t.get(t.submissions(s.path()), t.subscriber()).is(http.StatusOK),
				t.get(t.first("/cases/"+s.caseID+"/events"), t.sender()).is(http.StatusOK),
			} {
				t.holds(!strings.Contains(string(a.body), "a secret of this case"), "no secret in the answer of %s", a.call)
			}
		}),
		conform(85, "an announcement needs no callback", func(t *trial) {
			t.announcedV1(t.prepare(t.home(), 0))
			t.announcedV1(t.prepare(t.home(), 0), with("callback", secretOf(strings.Repeat("s", 32))))
		}),
		conform(87, "the list of the first generation names destination, submission and case and nothing else", func(t *trial) {
			o := t.activeOffice()
			s := t.submittedV1(o, 0)
			t.sameJSON("the list", t.get(t.first("/submissions?destinationId="+o.id), t.subscriber()).page("submissions", 0), []any{s.ref()})
		}),
		conform(98, "what one generation announced the other reads", func(t *trial) {
			old, young := t.submittedV1(t.home(), 1), t.submitted(t.home(), 1)
			t.checkFetched(old)
			t.get(t.submissions(old.path()), t.subscriber()).is(http.StatusOK).want("publicService.identifier", old.office.service).without("serviceType")
			a := t.get(t.first(young.path()), t.subscriber()).is(http.StatusOK).want("encryptedMetadata", young.metadata).want("encryptedData", young.data)
			a.want("serviceType.identifier", young.office.service).want("attachments", young.ids()).without("publicService", "region")
			id := young.ids0()
			b := t.get(t.first(young.attachment(id)), t.subscriber()).is(http.StatusOK).has("Content-Type", joseType)
			equal(t, "the attachment", string(b.body), young.attachments[id])
			t.sameJSON("the log", logOf(t.get(t.first("/cases/"+young.caseID+"/events"), t.sender())), logOf(t.get(t.submissions("/cases/"+young.caseID+"/events"), t.sender())))
		}),
		own("a submission is announced by one generation and submitted by the other", func(t *trial) {
			s := t.announcedV1(t.prepare(t.home(), 1))
			t.complete(s)
			t.checkFetched(s)
			s = t.announced(t.home(), 0)
			t.submitV1(s, s.content()).is(http.StatusAccepted)
			t.checkFetched(s)
		}),
		own("the first generation takes JWEs as old clients make them", func(t *trial) {
			for _, more := range []map[string]any{{"typ": "JWE"}, {"cty": nothing{}}, {"zip": "DEF"}, {"kid": t.home().encryption.Public.Thumbprint()}} {
				s := t.announcedV1(t.prepare(t.home(), 0))
				s.metadata = envelopeWith(jweHeader(s.office.encryption.KID, more)).String()
				t.submitV1(s, s.content()).is(http.StatusAccepted)
			}
		}),
		own("the same submit again is answered like the first, by both generations", func(t *trial) {
			s := t.submittedV1(t.home(), 0)
			t.submitV1(s, s.content()).is(http.StatusAccepted)
			t.submit(s).is(http.StatusOK)
			other := s
			other.data = t.sealedFor(s.office, seal.JSON, []byte("{}"))
			t.submitV1(s, other.content()).problem(http.StatusConflict, "already-submitted", "submitted")
		}),
	}
}

func logOf(a *answer) []string { return a.is(http.StatusOK).texts("eventLog") }

// firstEvents are about events of old subscribers, and what old senders are told.
func firstEvents() []Case {
	post := func(t *trial, s submission, token string) *answer {
		return t.sendJOSE(http.MethodPost, t.first("/cases/"+s.caseID+"/events"), t.subscriber(), token)
	}
	return []Case{
		conform(111, "an accept without payload is taken", func(t *trial) {
			s := t.submittedV1(t.home(), 1)
			post(t, s, t.event(s, set.AcceptSubmission, map[string]any{})).is(http.StatusNoContent).empty()
			t.wantLog(s, "create-submission", "submit-submission", "accept-submission")
		}),
		conform(121, "payload schema 1.0.0 is taken by the first generation and not by the second", func(t *trial) {
			s := t.submittedV1(t.home(), 0)
			claims := setClaims(s.office, s.id, s.caseID, set.AcceptSubmission, nil)
			claims["$schema"] = set.SchemaURI("1.0.0")
			token := t.sign(setHeader(s.office.signing.KID), claims, s.office.signing.Secret)
			t.post(s, token).problem(http.StatusUnprocessableEntity, "payload-schema-not-supported", "Payload Schema not supported")
			post(t, s, token).is(http.StatusNoContent)
			equal(t, "last token", last(t.log(s)).raw, token)
		}),
		conform(127, "an accept calls the sender", func(t *trial) {
			r := t.receive(http.StatusOK)
			s := t.submittedV1(t.home(), 0, calling(r))
			t.post(s, t.accept(s)).is(http.StatusNoContent)
			t.told(t.next(r), r.secret, s)
		}),
		own("forwarding and rejecting call the sender too", func(t *trial) {
			r := t.receive(http.StatusOK)
			s := t.submittedV1(t.home(), 0, calling(r))
			for _, token := range []string{t.forward(s), t.reject(s)} {
				post(t, s, token).is(http.StatusNoContent)
				t.told(t.next(r), r.secret, s)
			}
		}),
		own("a sender is told of each submission as that one asked", func(t *trial) {
			r := t.receive(http.StatusOK)
			silent := t.submittedV1(t.home(), 0)
			loud := t.submittedV1(t.home(), 0, calling(r))
			t.post(silent, t.accept(silent)).is(http.StatusNoContent)
			t.post(loud, t.accept(loud)).is(http.StatusNoContent)
			t.told(t.next(r), r.secret, loud)
			equal(t, "further callbacks", len(r.calls), 0)
		}),
	}
}

// calling has the sender be called, if this broker allows callbacks to this machine.
func calling(r *callee) change {
	return func(t *trial, c *call) {
		with("callback", map[string]any{"url": r.url, "secret": r.secret})(t, c)
		if t.do(*c).status == http.StatusBadRequest {
			t.skip("needs a broker that allows callbacks to http on this machine")
		}
	}
}

// told asks for a callback that tells a sender of events about its submission, and of that alone (FIT-Connect contract 9.3, 9.4).
func (t *trial) told(got received, secret string, s submission) {
	t.authenticCall(got, secret, map[string]any{
		"type": callbackBase + "new-events", "submissionIds": []any{s.id}, "submissions": []any{s.ref()},
	})
}

// firstDestinations are about what old subscribers do to their destinations under the Submission API, at every start.
func firstDestinations() []Case {
	return []Case{
		own("the first generation changes a destination by a plain patch, member by member", func(t *trial) {
			o := t.newOffice()
			path := t.first("/destinations/" + o.id)
			contact := map[string]any{"legalName": "Stadt", "address": "Hier 1", "phone": "1", "email": "neu@suite.example"}
			a := t.sendJSON(http.MethodPatch, path, t.subscriber(), map[string]any{"status": "active", "contactInformation": contact}).is(http.StatusOK)
			a.want("status", "active").want("contactInformation.email", "neu@suite.example").without("contactInformation.unit", "callback.secret")
			t.managed(o).is(http.StatusOK).want("status", "active").want("services.1", offer(otherService, "DE"))
		}),
		own("the first generation replaces a destination", func(t *trial) {
			o := t.activeOffice()
			doc := t.replacement("inactive")
			t.sendJSON(http.MethodPut, t.first("/destinations/"+o.id), t.subscriber(), doc).is(http.StatusOK).want("status", "inactive")
			t.sendJSON(http.MethodPut, t.first("/destinations/"+o.id), t.sender(), doc).problem(http.StatusForbidden, "forbidden", "scope")
		}),
		own("the first generation adds keys", func(t *trial) {
			o, fresh := t.newOffice(), t.freshPair().encryption
			for range 2 {
				t.sendJSON(http.MethodPost, t.first("/destinations/"+o.id+"/keys"), t.subscriber(), t.jwk(fresh)).is(http.StatusCreated)
			}
			t.get(t.first("/destinations/"+o.id+"/keys/"+fresh.KID), "").is(http.StatusOK).want("kid", fresh.KID)
		}),
		own("the first generation deletes what was never active", func(t *trial) {
			remove := func(o office) *answer {
				return t.do(call{method: http.MethodDelete, url: t.first("/destinations/" + o.id), token: t.subscriber()})
			}
			remove(t.newOffice()).is(http.StatusNoContent)
			remove(t.activeOffice()).problem(http.StatusConflict, "destination-state-invalid", "created")
		}),
	}
}

// firstRefusals breaks the rules of an announcement and of a submit (FIT-Connect contract 3.2).
func firstRefusals() []Case {
	announce := func(t *trial) call {
		return call{
			method: http.MethodPost, url: t.first("/submissions"), token: t.sender(), contentType: jsonType, doc: announcementV1(t.home(), newID()),
		}
	}
	submit := func(t *trial) call {
		s := t.announcedV1(t.prepare(t.home(), 0))
		return call{method: http.MethodPut, url: t.first(s.path()), token: t.sender(), contentType: jsonType, doc: s.content()}
	}
	unprocessable := func(name string, change change, code, word string) refusal {
		return refuse(name, change, http.StatusUnprocessableEntity, code, word)
	}
	at := func(url, secret any) change { return with("callback", map[string]any{"url": url, "secret": secret}) }
	good := strings.Repeat("s", 32)
	return slices.Concat(
		refusals("v1 announce", announce, http.StatusCreated, slices.Concat([]refusal{
			invalid("no announcedAttachments", drop("announcedAttachments"), "announcedAttachments").of(57),
			invalid("announcedAttachments null", with("announcedAttachments", nil), "announcedAttachments").of(57),
			invalid("no name", drop("serviceType.name"), "serviceType").of(58),
			invalid("name of another type", with("serviceType.name", 1), "name"),
			invalid("no serviceType", drop("serviceType"), "serviceType"),
			invalid("publicService as in the second generation", both(drop("serviceType"), with("publicService", map[string]any{"name": "", "identifier": service})), "serviceType"),
			invalid("no identifier", drop("serviceType.identifier"), ""),
			invalid("identifier in capitals", with("serviceType.identifier", strings.ToUpper(service)), "lower case").of(59),
			unprocessable("service that is not offered", with("serviceType.identifier", "urn:de:fim:leika:leistung:99999999999999"), "service-not-offered", "offer"),
			refuse("unknown destination", with("destinationId", newID()), http.StatusNotFound, "destination-not-found", "destination").of(62),
			unprocessable("destination in created", func(t *trial, c *call) { with("destinationId", t.newOffice().id)(t, c) }, "destination-state-invalid", "active").of(63),
			unprocessable("inactive destination", func(t *trial, c *call) { with("destinationId", t.inStatus("inactive").id)(t, c) }, "destination-state-invalid", "active").of(63),
			refuse("unknown case", with("caseId", newID()), http.StatusNotFound, "case-not-found", "case"),
			refuse("by a subscriber", as((*trial).subscriber), http.StatusForbidden, "forbidden", "scope").of(15),
			invalid("callback without secret", with("callback", map[string]any{"url": "https://callback.suite.example/x"}), "secret").of(85),
			invalid("callback without URL", with("callback", map[string]any{"secret": good}), "url"),
			invalid("callback secret of 31 characters", at("https://callback.suite.example/x", good[1:]), "32"),
			invalid("callback secret of 513 characters", at("https://callback.suite.example/x", strings.Repeat("s", 513)), "512"),
			invalid("callback over ftp", at("ftp://callback.suite.example/x", good), "https"),
			invalid("callback to a path", at("/x", good), "url"),
			invalid("callback with a user", at("https://user:password@callback.suite.example/x", good), "user"),
		}, brokenJSON("destinationId"))),
		refusals("v1 submit", submit, http.StatusAccepted, []refusal{
			invalid("no metadata", drop("encryptedMetadata"), "encryptedMetadata"),
			refuse("characters outside the alphabet", with("encryptedMetadata", "a b.c.d.e.f"), http.StatusBadRequest, "invalid-jwe", "encryptedMetadata").of(84),
			refuse("data that is no JWE", with("encryptedData", "x"), http.StatusBadRequest, "invalid-jwe", "encryptedData"),
			refuse("foreign submission", as((*trial).foreignSender), http.StatusNotFound, "submission-not-found", "submission").of(83),
			refuse("kid of another key", sealedForAnother, http.StatusUnprocessableEntity, "invalid-jwe-header", "kid"),
		}),
	)
}

// sealedForAnother puts metadata into the document that the destination could not open.
func sealedForAnother(t *trial, c *call) {
	with("encryptedMetadata", t.sealedFor(office{pair: t.freshPair()}, seal.JSON, []byte("{}")))(t, c)
}
