package testenv

import (
	"net/http"
	"strings"
)

// destinationCases are about reading, making and changing destinations (FIT-Connect contract 3.4, 4, 15.3).
func destinationCases() []Case {
	return []Case{
		conform(24, "its manager sees contact and callback, never the secret", func(t *trial) {
			o := t.newOffice(with("callback", map[string]any{"url": "https://callback.suite.example/x", "secret": strings.Repeat("s", 32)}))
			for _, a := range []*answer{t.managed(o), t.get(t.env.DestinationURL+"/v2/destinations/"+o.id, t.subscriber())} {
				a.is(http.StatusOK).want("contactInformation.legalName", "Prüfstelle").want("callback.url", "https://callback.suite.example/x")
				a.without("callback.secret")
			}
			t.patch(o, map[string]any{"name": "x"}).is(http.StatusOK).without("callback.secret")
		}),
		conform(25, "an unknown destination is 404 destination-not-found", func(t *trial) {
			id := newID()
			for _, a := range []*answer{
				t.get(t.submissions("/destinations/"+id), ""),
				t.get(t.submissions("/destinations/"+id+"/keys/"+t.keyPair().signing.KID), ""),
				t.managed(office{id: id}),
				t.patch(office{id: id}, map[string]any{"name": "x"}),
				t.sendJSON(http.MethodPut, t.destinations("/destinations/"+id), t.subscriber(), t.replacement("active")),
				t.do(call{method: http.MethodDelete, url: t.destinations("/destinations/" + id), token: t.subscriber()}),
				t.sendJSON(http.MethodPost, t.destinations("/destinations/"+id+"/keys"), t.subscriber(), t.jwk(t.keyPair().signing)),
				t.get(t.env.DestinationURL+"/v2/destinations/"+id, t.sender()),
				t.get(t.env.DestinationURL+"/v2/destinations/"+id+"/keys", t.sender()),
			} {
				a.problem(http.StatusNotFound, "destination-not-found", id)
			}
		}),
		conform(26, "destinations and keys are not to be cached", func(t *trial) {
			o := t.home()
			t.get(t.submissions("/destinations/"+o.id), "").is(http.StatusOK).has("Cache-Control", "no-cache")
			t.get(t.submissions("/destinations/"+o.id+"/keys/"+o.encryption.KID), "").is(http.StatusOK).has("Cache-Control", "no-cache")
			t.get(t.env.DestinationURL+"/v2/destinations/"+o.id+"/keys", t.sender()).is(http.StatusOK).has("Cache-Control", "no-cache")
		}),
		conform(27, "anybody may read the public part", func(t *trial) {
			o := t.home()
			a := t.get(t.submissions("/destinations/"+o.id), "").is(http.StatusOK)
			a.want("destinationId", o.id).want("status", "active").want("encryptionKid", o.encryption.KID)
			a.without("services", "contactInformation", "callback")
			t.holds(len(a.list("publicServices")) > 0 || t.ended(), "publicServices")
		}),
		own("the public part is as its manager made it", func(t *trial) {
			a := t.get(t.submissions("/destinations/"+t.activeOffice().id), "").is(http.StatusOK)
			a.want("metadataVersions", []string{"1.0.0", "2.1.0"}).want("publicServices.0", offer(service, "DE"))
		}),
		conform(35, "a destination is created", func(t *trial) {
			a := t.sendJSON(http.MethodPost, t.destinations("/destinations"), t.subscriber(), t.draft()).is(http.StatusCreated)
			id := a.text("destinationId")
			if location := a.header.Get("Location"); !t.ended() && !strings.HasSuffix(location, "/destinations/"+id) {
				t.fail("got the Location %q, want one that ends in /destinations/%s", location, id)
			}
			a.want("services.0.identifier", service).want("contactInformation.email", "pruefung@suite.example")
			t.managed(office{id: id}).is(http.StatusOK).want("name", "Prüfstelle der Suite").want("services.1", offer(otherService, "DE"))
		}),
		conform(36, "a new destination is created, not active", func(t *trial) {
			t.managed(t.newOffice()).is(http.StatusOK).want("status", "created")
			t.managed(t.newOffice(with("status", "active"))).is(http.StatusOK).want("status", "created")
		}),
		conform(42, "a callback must go to https", func(t *trial) {
			c := t.create(with("callback", map[string]any{"url": "http://127.0.0.1:9/x", "secret": strings.Repeat("s", 32)}))
			if a := t.do(c); a.status == http.StatusCreated {
				t.skip("needs a broker that allows no callbacks to http")
			} else {
				a.problem(http.StatusBadRequest, "bad-request", "https")
			}
		}),
		conform(43, "a callback secret has 32 to 512 characters", func(t *trial) {
			for length, status := range map[int]int{31: http.StatusBadRequest, 32: http.StatusCreated, 512: http.StatusCreated, 513: http.StatusBadRequest} {
				t.do(t.create(with("callback", secretOf(strings.Repeat("s", length))))).is(status)
				t.do(t.create(with("callback", secretOf(strings.Repeat("ü", length))))).is(status)
			}
		}),
		conform(44, "regions begin with DE", func(t *trial) {
			for _, region := range []string{"DE", "DE09", "DE000000000000", "DE094750156156", "DE0947"} {
				t.do(t.create(with("services.0.regions", []any{region}))).is(http.StatusCreated)
			}
		}),
		conform(47, "metadata versions have three parts", func(t *trial) {
			t.do(t.create(with("metadataVersions", []any{"2.1"}))).problem(http.StatusBadRequest, "bad-request", "2.1.0")
			t.do(t.create(with("metadataVersions", []any{"2.1.0"}))).is(http.StatusCreated)
		}),
		conform(55, "services outside the LeiKa catalogue are taken", func(t *trial) {
			for _, urn := range []string{"urn:schema-fitko-de:fit-connect:id.bund.de:message_v6", "urn:de:fim:leistung:99010028", "urn:x:y"} {
				t.do(t.create(with("services", []any{offer(urn, "DE")}))).is(http.StatusCreated)
			}
		}),
		own("a destination needs no phone, no address and no name", func(t *trial) {
			t.do(t.create(drop("name"), with("contactInformation", map[string]any{"legalName": "x", "email": "x@y.example"}))).is(http.StatusCreated)
		}),
		own("unknown members are ignored", func(t *trial) {
			t.do(t.create(with("later", map[string]any{"x": []any{1, nil, true}}))).is(http.StatusCreated).without("later")
		}),
		own("reply channels come back as they were given", func(t *trial) {
			channels := map[string]any{"eMail": map[string]any{"usePgp": true}, "fitConnect": map[string]any{"processStandards": []any{"urn:x:y"}}}
			o := t.newOffice(with("replyChannels", channels))
			t.get(t.submissions("/destinations/"+o.id), "").is(http.StatusOK).want("replyChannels", channels)
		}),
		own("the list of a manager has its destinations and nobody else's", destinationList),
		own("a sender reads the public part, without contact and callback", func(t *trial) { t.readsPublicPart(t.sender()) }),
		own("another organisation reads the public part, without contact and callback", func(t *trial) { t.readsPublicPart(t.foreignSubscriber()) }),
		own("another organisation changes nothing", foreignManager),
	}
}

// secretOf is a callback with a secret.
func secretOf(secret string) map[string]any {
	return map[string]any{"url": "https://callback.suite.example/x", "secret": secret}
}

// managed reads a destination as its manager.
func (t *trial) managed(o office) *answer {
	return t.get(t.destinations("/destinations/"+o.id), t.subscriber())
}

// create is a call that makes a destination.
func (t *trial) create(changes ...change) call {
	c := call{method: http.MethodPost, url: t.destinations("/destinations"), token: t.subscriber(), contentType: jsonType, doc: t.draft()}
	for _, alter := range changes {
		alter(t, &c)
	}
	return c
}

// replacement is the body of a PUT that changes nothing but the status.
func (t *trial) replacement(status string) map[string]any {
	doc := t.draft()
	doc["status"] = status
	delete(doc, "encryptionPublicKey")
	delete(doc, "signingPublicKey")
	return doc
}

func destinationList(t *trial) {
	o := t.newOffice()
	t.holds(t.listed(o, t.subscriber()) || t.ended(), "the new destination in the list of its manager")
	t.holds(!t.listed(o, t.foreignSubscriber()), "a foreign destination not in the list")
}

// listed looks for a destination on all pages of a manager's list.
func (t *trial) listed(o office, token string) bool {
	for offset := 0; !t.ended(); {
		a := t.get(t.destinations("/destinations?limit=500&offset="+itoa(offset)), token)
		all := a.page("destinations", offset)
		for _, one := range all {
			if id, _ := lookUp(one, "destinationId"); id == o.id {
				return true
			}
		}
		if offset += len(all); len(all) == 0 || offset >= a.number("totalCount") {
			return false
		}
	}
	return false
}

func (t *trial) readsPublicPart(token string) {
	o := t.newOffice(with("callback", secretOf(strings.Repeat("s", 32))))
	for _, version := range []string{"/v1", "/v2"} {
		a := t.get(t.env.DestinationURL+version+"/destinations/"+o.id, token).is(http.StatusOK)
		a.want("destinationId", o.id).without("contactInformation", "callback")
	}
}

func foreignManager(t *trial) {
	o := t.newOffice()
	path := t.destinations("/destinations/" + o.id)
	stranger := t.foreignSubscriber()
	before := t.managed(o)
	for _, a := range []*answer{
		t.do(call{method: http.MethodPatch, url: path, token: stranger, contentType: patchType, doc: map[string]any{"status": "active"}}),
		t.sendJSON(http.MethodPut, path, stranger, t.replacement("active")),
		t.sendJSON(http.MethodPost, path+"/keys", stranger, t.jwk(t.freshPair().encryption)),
		t.do(call{method: http.MethodDelete, url: path, token: stranger}),
	} {
		a.problem(http.StatusForbidden, "forbidden", "organisation")
	}
	equal(t, "the destination", string(t.managed(o).is(http.StatusOK).body), string(before.body))
}
