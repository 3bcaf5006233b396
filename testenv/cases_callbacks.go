package testenv

import (
	"net"
	"net/http"
	"strconv"
	"time"

	"github.com/vierkant/vierkant/crypto/hook"
	"github.com/vierkant/vierkant/crypto/set"
)

// callbackCases are about what a destination is told (FIT-Connect contract 9, 15.7).
func callbackCases() []Case {
	return []Case{
		conform(124, "the golden vectors reproduce", goldenVectors),
		conform(125, "a submit calls the destination, once, with the three ids", func(t *trial) {
			r := t.receive(http.StatusOK)
			s := t.submitted(t.calledOffice(r), 1)
			t.authentic(t.next(r), r.secret, s)
			t.notified(s)
			equal(t, "further callbacks", len(r.calls), 0)
		}),
		conform(126, "the callback is authentic by its own secret only", func(t *trial) {
			r := t.receive(http.StatusOK)
			s := t.submitted(t.calledOffice(r), 0)
			call := t.next(r)
			t.authentic(call, r.secret, s)
			if !t.ended() {
				err := hook.Verify("x"+r.secret[1:], call.header.Get(hook.HeaderTimestamp), call.header.Get(hook.HeaderAuthentication), call.body, call.at)
				t.holds(err != nil, "another secret to make another hash")
			}
		}),
		conform(129, "a callback that fails or finds nobody does not change the answer", func(t *trial) {
			r := t.receive(http.StatusInternalServerError)
			s := t.submitted(t.calledOffice(r), 0)
			t.next(r)
			t.checkFetched(s)
			r.url = t.deadAddress()
			s = t.submitted(t.calledOffice(r), 0)
			t.checkFetched(s)
			t.post(s, t.accept(s)).is(http.StatusNoContent)
		}),
		conform(130, "a failed callback is repeated with a fresh timestamp and hash", func(t *trial) {
			r := t.receive(http.StatusInternalServerError, http.StatusOK)
			s := t.submitted(t.calledOffice(r), 0)
			first, second := t.next(r), t.next(r)
			t.authentic(first, r.secret, s)
			t.authentic(second, r.secret, s)
			t.holds(t.ended() || secondsOf(second) > secondsOf(first), "a later timestamp")
			equal(t, "body of the repeat", string(second.body), string(first.body))
			t.notified(s)
		}),
		conform(131, "without a callback nobody is called and the submission still waits", func(t *trial) {
			r := t.receive(http.StatusOK)
			o, other := t.calledOffice(r), t.calledOffice(r)
			t.patch(o, map[string]any{"callback": nil}).is(http.StatusOK)
			silent := t.submitted(o, 0)
			loud := t.submitted(other, 0)
			t.authentic(t.next(r), r.secret, loud)
			t.notified(loud)
			t.sameJSON("the list", t.waiting(o, ""), []any{silent.ref()})
			equal(t, "further callbacks", len(r.calls), 0)
		}),
		own("any 2xx means that the receiver was told", func(t *trial) {
			for _, status := range []int{http.StatusCreated, http.StatusAccepted, http.StatusNoContent} {
				r := t.receive(status)
				s := t.submitted(t.calledOffice(r), 0)
				t.authentic(t.next(r), r.secret, s)
				t.notified(s)
			}
		}),
		own("a redirect is not followed but repeated as a failure", func(t *trial) {
			r := t.receive(http.StatusTemporaryRedirect, http.StatusOK)
			s := t.submitted(t.calledOffice(r), 0)
			first, second := t.next(r), t.next(r)
			t.authentic(second, r.secret, s)
			const soonest = 2 * time.Second // a redirect would be followed at once
			t.holds(t.ended() || second.at.Sub(first.at) > soonest, "a repeat, not a redirect that is followed")
		}),
		own("a new secret holds at once", func(t *trial) {
			r := t.receive(http.StatusOK)
			o := t.calledOffice(r)
			t.authentic(t.call(r, o))
			r.secret = "another secret of this case, " + newID()
			t.patch(o, map[string]any{"callback": map[string]any{"secret": r.secret}}).is(http.StatusOK).without("callback.secret")
			t.authentic(t.call(r, o))
			t.patch(o, map[string]any{"callback": map[string]any{"url": r.url + "&y=2"}}).is(http.StatusOK)
			t.authentic(t.call(r, o))
		}),
		own("announcing, forwarding and deciding do not call the destination", func(t *trial) {
			r := t.receive(http.StatusOK)
			o := t.calledOffice(r)
			s := t.announced(o, 0)
			equal(t, "callbacks after the announcement", len(r.calls), 0)
			t.submit(s).is(http.StatusOK)
			t.authentic(t.next(r), r.secret, s)
			t.notified(s)
			t.post(s, t.forward(s)).is(http.StatusNoContent)
			t.post(s, t.accept(s)).is(http.StatusNoContent)
			t.authentic(t.call(r, o)) // nothing else came before
			t.wantLog(s, "create-submission", "submit-submission", "notify-submission", "forward-submission", "accept-submission")
		}),
	}
}

// call submits to a destination and waits for its callback.
func (t *trial) call(r *callee, o office) (received, string, submission) {
	s := t.submitted(o, 0)
	return t.next(r), r.secret, s
}

// notified waits until the log says that the receiver was told (FIT-Connect contract 7.1).
func (t *trial) notified(s submission) {
	var told entry
	t.eventually("a notify-submission event", func() bool {
		for _, e := range t.log(s) {
			if e.event == set.NotifySubmission {
				told = e
			}
		}
		return told.event != ""
	})
	t.sameJSON("payload of notify-submission", told.payload, map[string]any{"authenticationTags": s.tags(), "notifyType": "callback"})
}

func secondsOf(call received) int64 {
	n, _ := strconv.ParseInt(call.header.Get(hook.HeaderTimestamp), 10, 64) // 0 is before every call
	return n
}

// deadAddress is one where nobody listens.
func (t *trial) deadAddress() string {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	t.must("listen", err)
	if err != nil {
		return ""
	}
	t.must("close", listener.Close())
	return "http://" + listener.Addr().String() + "/"
}

// goldenVectors are the two of the contract (FIT-Connect contract 9.2).
func goldenVectors(t *trial) {
	const (
		secret = "insecure_unsafe_qHScgrg_kP-R31jHUwp3GkVkGJolvBchz65b74Lzue0"
		at     = 1672527599
		first  = `{"type":"https://schema.fitko.de/fit-connect/submission-api/callbacks/new-submissions","submissionIds":["f39ab143-d91a-474a-b69f-b00f1a1873c2"]`
		second = `,"submissions":[{"destinationId":"d12caea8-f372-4eb1-b102-b0a228253a11","submissionId":"f39ab143-d91a-474a-b69f-b00f1a1873c2","caseId":"9eec7d3e-dc66-4f82-9f52-1520bf96a32e"}]`
	)
	for body, want := range map[string]string{
		first + "}":          "798cd0edb70c08e5b32aa8a18cbbc8ff6b3078c51af6d011ff4e32e470c746234fc4314821fe5185264b029e962bd37de33f3b9fc5f1a93c40ce6672845e90df",
		first + second + "}": "2056b372b5bcec06d8f11ab79b84b42d6cbe1c8e1178cdfa36e4385dcf717758aaa7599f417d9ec3e079087884f4fd59680bf713621383e2d4414ef74fb10df3",
	} {
		timestamp, authentication := hook.Sign(secret, time.Unix(at, 0), []byte(body))
		equal(t, "timestamp", timestamp, strconv.Itoa(at))
		equal(t, "authentication", authentication, want)
	}
}
