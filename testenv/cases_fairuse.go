package testenv

import (
	"net/http"
	"strconv"
)

// fairUseCases are about what one caller may ask for. Other cases need these budgets too, so none of them is used up here.
func fairUseCases() []Case {
	return []Case{
		own("every answer of the Submission and Destination API says how many requests are left", func(t *trial) {
			for _, e := range endpoints() {
				for _, token := range []string{"", "x", t.sender(), t.subscriber()} {
					t.saysWhatIsLeft(call{method: e.method, url: e.url(t, newID()), token: token})
				}
			}
			for _, base := range []string{t.env.SubmissionURL, t.env.DestinationURL} {
				for _, path := range []string{"", "/", "/v2", "/v2/nothing", "/v9/submissions"} {
					t.saysWhatIsLeft(call{method: http.MethodGet, url: base + path, token: t.sender()})
				}
			}
			t.saysWhatIsLeft(call{method: http.MethodDelete, url: t.submissions("/submissions"), token: t.sender()})
			t.saysWhatIsLeft(call{method: http.MethodGet, url: t.env.SubmissionURL + "/.well-known/jwks.json"})
		}),
		own("requests are counted for the client that makes them", func(t *trial) {
			path := t.submissions("/submissions")
			most := t.remaining(t.get(path, t.subscriber()), "RateLimit-Limit")
			for range 3 {
				left := t.remaining(t.get(path, t.subscriber()).is(http.StatusOK), "RateLimit-Remaining")
				t.holds(t.ended() || left < most, "fewer than %d requests left, not %d", most, left)
			}
		}),
		own("wrong secrets are paid for with a pause, by nobody else", wrongSecrets),
	}
}

func (t *trial) saysWhatIsLeft(c call) {
	a := t.do(c)
	limit, left := t.remaining(a, "RateLimit-Limit"), t.remaining(a, "RateLimit-Remaining")
	t.holds(t.ended() || left >= 0 && left < limit, "%d of %d requests are left at %s", left, limit, a.call)
	t.holds(t.ended() || t.remaining(a, "RateLimit-Reset") > 0, "seconds in RateLimit-Reset of %s", a.call)
}

// remaining reads one of the headers.
func (t *trial) remaining(a *answer, header string) int {
	if t.ended() {
		return 0
	}
	n, err := strconv.Atoi(a.header.Get(header))
	t.must(header+" of "+a.call, err)
	return n
}

// wrongSecrets tries to log in as a client that there is not until it is told to wait, and then as one that there is.
func wrongSecrets(t *trial) {
	form := tokenForm(t.asSender())
	form.Set("client_id", newID())
	form.Set("client_secret", "a wrong one")
	wrong := t.tokenCall(form.Encode())
	wrong.impatient = true
	a := t.do(wrong).tokenError(http.StatusUnauthorized, "invalid_client")
	const most = 30
	for i := 0; i < most && a.status == http.StatusUnauthorized && !t.ended(); i++ {
		a = t.do(wrong)
	}
	a.tokenError(http.StatusTooManyRequests, "slow_down")
	t.holds(t.ended() || t.remaining(a, "Retry-After") > 0, "seconds in Retry-After")
	t.askToken(tokenForm(t.asSender())).is(http.StatusOK)
}
