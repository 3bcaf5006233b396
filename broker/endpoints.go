package broker

import (
	"math/rand/v2"
	"time"
)

// endpointEntries are the endpoints that are in trouble, by the digest of receiver and URL, in the lists of the organisations whose they are. The
// store is where they are because all nodes share it: what one node learns of a dead receiver, the others need not learn again. Of
// endpoints that work nothing is kept, so a store in which all work has no entry, and that is all that a claim has to ask.
const endpointEntries EntryKind = "callback-endpoint"

// gone is the status by which a receiver says that it will never take a call again (RFC 9110 15.5.11).
const gone = 410

const (
	pauseAfter = 5                // failures in a row
	firstPause = time.Minute      // doubled with every further failure
	lastPause  = time.Hour        // at most
	mostAsked  = 6 * time.Hour    // what a receiver may ask for by Retry-After
	whileTried = 12 * time.Second // what waits for the outcome of a call that tries looks again so soon
	unreached  = 24 * time.Hour   // after which somebody is told; shorter ones are nobody's business, like a weekend's maintenance
)

// EndpointState says how an endpoint in trouble is treated.
type EndpointState string

// The states.
const (
	EndpointFailing EndpointState = "failing" // its latest call failed
	EndpointPaused  EndpointState = "paused"  // nobody calls before a time, and then one call tries; the others wait and cost nothing
	EndpointStopped EndpointState = "stopped" // it answered 410: nobody calls until its URL is changed or somebody says so
)

// Endpoint is a URL at which a receiver is called whose latest call failed. A changed URL is another endpoint, so it begins without a past.
type Endpoint struct {
	Receiver Receiver
	Org      OrgID
	URL      string
	Failures int       // in a row
	Since    time.Time // the first of them
	Last     Attempt
	Until    time.Time // nobody calls before; zero: it is not paused. By the store's clock
	Trying   bool      // one call tries now; Until is when it is believed to be lost
	Stopped  bool
	Told     bool // somebody was told that it is not reached
}

// endpointRecord is Endpoint as it is stored.
type endpointRecord struct {
	Receiver Receiver      `json:"receiver"`
	Org      OrgID         `json:"org"`
	URL      string        `json:"url"`
	Failures int           `json:"failures"`
	Since    time.Time     `json:"since"`
	Last     attemptRecord `json:"last"`
	Until    time.Time     `json:"until,omitzero"`
	Trying   bool          `json:"trying,omitempty"`
	Stopped  bool          `json:"stopped,omitempty"`
	Told     bool          `json:"told,omitempty"`
}

// attemptRecord is Attempt as it is stored with an endpoint.
type attemptRecord struct {
	At     time.Time     `json:"at"`
	Took   time.Duration `json:"ns,omitempty"`
	Status int           `json:"status,omitempty"`
	Reason string        `json:"reason,omitempty"`
}

func (r endpointRecord) domain() Endpoint {
	return Endpoint{
		Receiver: r.Receiver, Org: r.Org, URL: r.URL, Failures: r.Failures, Since: r.Since, Last: Attempt(r.Last),
		Until: r.Until, Trying: r.Trying, Stopped: r.Stopped, Told: r.Told,
	}
}

// State says how it is treated.
func (e Endpoint) State() EndpointState {
	switch {
	case e.Stopped:
		return EndpointStopped
	case !e.Until.IsZero():
		return EndpointPaused
	}
	return EndpointFailing
}

func endpointID(r Receiver, url string) string {
	return Digest(string(r) + " " + url)[:32]
}

func (e Endpoint) put(tx Tx) error {
	return WriteEntry(tx, endpointEntries, endpointID(e.Receiver, e.URL), string(e.Org), endpointRecord{
		Receiver: e.Receiver, Org: e.Org, URL: e.URL, Failures: e.Failures, Since: e.Since.UTC(), Last: attemptRecord(e.Last),
		Until: e.Until.UTC(), Trying: e.Trying, Stopped: e.Stopped, Told: e.Told,
	})
}

// readEndpoint returns an endpoint in trouble; ErrNoRow if it is in none.
func readEndpoint(tx Tx, r Receiver, url string) (Endpoint, error) {
	found, err := ReadEntry[endpointRecord](tx, endpointEntries, endpointID(r, url))
	return found.domain(), err
}

// failed is the endpoint after one more call that failed. Until what it asked for is over, or the pause that grows with the failures, nobody
// calls it.
func (e Endpoint) failed(r Result, now time.Time) Endpoint {
	if e.Failures == 0 {
		e.Since = r.Attempt.At
	}
	e.Failures++
	e.Last, e.Trying, e.Until = r.Attempt, false, time.Time{}
	e.Stopped = e.Stopped || r.Attempt.Status == gone
	if wait := max(pauseOf(e.Failures), min(r.RetryAfter, mostAsked)); wait > 0 {
		e.Until = now.Add(wait)
	}
	return e
}

// pauseOf is for how long an endpoint is left alone after so many failures in a row: not at all before the fifth, then for 1 minute, 2, 4, and so on
// up to an hour. One call that tries is all that a dead endpoint costs in that time.
func pauseOf(failures int) time.Duration {
	if failures < pauseAfter {
		return 0
	}
	return min(firstPause<<min(failures-pauseAfter, 10), lastPause)
}

// wait is until when a delivery has to wait, by chance a little longer, so that those that wait together do not come together.
func (e Endpoint) wait(now time.Time) time.Time {
	until := e.Until
	if soon := now.Add(whileTried); e.Trying && soon.Before(until) {
		until = soon
	}
	return until.Add(rand.N(until.Sub(now)/10 + 1))
}

// TroubleOf returns the endpoint of a delivery, if it is in trouble.
func TroubleOf(tx Tx, d Delivery) (e Endpoint, is bool, err error) {
	to, err := receiver(tx, d)
	if err != nil || to.callback == nil {
		return e, false, ignoreNoRow(err)
	}
	e, err = readEndpoint(tx, d.Receiver(), to.callback.URL)
	return e, err == nil, ignoreNoRow(err)
}
