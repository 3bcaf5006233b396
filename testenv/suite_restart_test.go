package testenv

import (
	"net/http"
	"slices"
	"strings"
	"testing"
)

// left is what one life of a world acknowledged, and the next must still have.
type left struct {
	issuer                                  string
	submitted, forwarded, accepted, started submission
	log                                     string // of forwarded, as it was read
	silent, called                          office
	destination                             string // silent, as it was read
	owed                                    submission
	receiver                                *callee
}

// TestSuiteRestart stops a world and starts it again on the same data: what was acknowledged is still there.
func TestSuiteRestart(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	before := startWorld(t, data)
	first := newSession(t, SessionConfig{World: before.World})
	leaving := &trial{Session: first, ctx: t.Context()}
	t.Cleanup(leaving.cleanUp)
	l := leave(leaving)
	if leaving.err != nil {
		t.Fatal(leaving.err)
	}
	stopWorld(t, before)

	after := startWorld(t, data)
	second := newSession(t, SessionConfig{World: after.World})
	second.env.Issuer = l.issuer // events keep the one they were written under; the ports have changed
	returning := &trial{Session: second, ctx: t.Context()}
	t.Cleanup(returning.cleanUp)
	find(returning, l)
	if returning.err != nil {
		t.Fatal(returning.err)
	}
}

// leave makes one of each thing.
func leave(t *trial) left {
	l := left{issuer: t.env.Issuer, receiver: t.receive(http.StatusInternalServerError, http.StatusOK)}
	l.silent = t.activeOffice(with("callback", secretOf(strings.Repeat("s", 32))))
	t.patch(l.silent, map[string]any{"callback": nil}).is(http.StatusOK)
	t.addKey(l.silent, t.jwk(t.freshPair().encryption)).is(http.StatusCreated)

	l.submitted = t.prepare(l.silent, 2)
	l.submitted.attachments[newID()] = t.sealedFor(l.silent, "", []byte(strings.Repeat("x", 200_000)))
	t.announce(&l.submitted, "")
	t.complete(l.submitted)

	l.forwarded = t.submitted(l.silent, 1)
	t.post(l.forwarded, t.forward(l.forwarded)).is(http.StatusNoContent)
	l.log = rawOf(t.log(l.forwarded))

	l.accepted = t.submitted(l.silent, 1)
	t.post(l.accepted, t.accept(l.accepted)).is(http.StatusNoContent)

	l.started = t.announced(l.silent, 2)
	t.upload(l.started, l.started.ids0()).is(http.StatusNoContent)

	l.called = t.calledOffice(l.receiver)
	l.owed = t.submitted(l.called, 0)
	t.next(l.receiver)
	l.destination = string(t.managed(l.silent).is(http.StatusOK).body)
	return l
}

// find looks for all of it, and goes on from there.
func find(t *trial, l left) {
	equal(t, "the destination", string(t.managed(l.silent).is(http.StatusOK).body), l.destination)
	t.get(t.submissions("/destinations/"+l.silent.id+"/keys/"+l.silent.encryption.KID), "").is(http.StatusOK)
	t.sameJSON("what waits", t.waiting(l.silent, ""), []any{l.submitted.ref(), l.forwarded.ref()})

	for _, s := range []submission{l.submitted, l.forwarded} {
		t.checkFetched(s)
		t.checkTags(s)
	}
	equal(t, "the log", rawOf(t.log(l.forwarded)), l.log)
	t.wantLog(l.accepted, "create-submission", "submit-submission", "accept-submission")
	for _, s := range []submission{l.submitted, l.forwarded, l.accepted, l.started} {
		for _, e := range t.log(s) {
			t.verify(e)
		}
	}
	t.get(t.submissions(l.accepted.path()), t.subscriber()).is(http.StatusNotFound)
	t.submit(l.submitted).is(http.StatusOK)

	t.submit(l.started).problem(http.StatusUnprocessableEntity, "attachments-missing", "1 of 2")
	t.upload(l.started, l.started.ids()[1]).is(http.StatusNoContent)
	t.submit(l.started).is(http.StatusOK)
	t.checkFetched(l.started)
	t.post(l.submitted, t.accept(l.submitted)).is(http.StatusNoContent)

	t.authentic(t.next(l.receiver), l.receiver.secret, l.owed)
	t.notified(l.owed)
	t.ofWorld(func(d Destination, key string) {
		for _, version := range versions {
			list := t.get(t.env.RoutingURL+"/"+version+"/routes?leikaKey="+key+"&ars="+arsIn(d.Region), "")
			t.holds(slices.ContainsFunc(list.page("routes", 0), func(any) bool { return true }) || t.ended(), "a route")
			t.routeTo(list, d.ID)
		}
	})
}
