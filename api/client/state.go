package client

import (
	"slices"
	"strings"

	"github.com/vierkant/vierkant/crypto/set"
)

// State is where a submission or a reply stands (FIT-Connect contract 7.2).
type State string

// The states of both.
const (
	Incomplete State = "incomplete"
	Submitted  State = "submitted"
	Forwarded  State = "forwarded"
	Accepted   State = "accepted"
	Rejected   State = "rejected"
	Deleted    State = "deleted"
)

// happening is what the contract says of one event (7.1, 7.2): who may issue it, in which states, and where it leads. An
// empty To changes nothing.
type happening struct {
	service, destination bool
	from                 []State
	to                   State
}

// happeningOf knows the verbs of event URIs, the same for submissions and replies. Events of replies may come from the service
// too, which acts for senders without a key (3.6). A notification may be late, and a forward repeated: neither is ruled out.
func happeningOf(verb, kind string) (h happening, known bool) {
	known = true
	switch verb {
	case "create":
		h = happening{service: true, from: []State{""}, to: Incomplete}
	case "submit":
		h = happening{service: true, from: []State{Incomplete}, to: Submitted}
	case "notify":
		h = happening{service: true, from: []State{Submitted, Forwarded, Accepted, Rejected}}
	case "forward":
		h, known = happening{destination: true, from: []State{Submitted, Forwarded}, to: Forwarded}, kind == "submission"
	case "accept":
		h = happening{service: kind == "reply", destination: true, from: []State{Submitted, Forwarded}, to: Accepted}
	case "reject":
		h = happening{service: true, destination: true, from: []State{Submitted, Forwarded}, to: Rejected}
	case "delete":
		h = happening{service: true, from: []State{Incomplete, Accepted, Rejected}, to: Deleted}
	default:
		known = false
	}
	return h, known
}

// about returns what kind of thing an event of this type befalls ("submission", "reply") and what it means; ok is false for
// an event that the contract does not know.
func about(event string) (kind string, h happening, ok bool) {
	name, ours := strings.CutPrefix(event, strings.TrimSuffix(set.CreateSubmission, "create-submission"))
	verb, kind, _ := strings.Cut(name, "-")
	h, known := happeningOf(verb, kind)
	return kind, h, ours && known && (kind == "submission" || kind == "reply")
}

// after returns the state that an event leads to, and whether it may happen in s.
func (s State) after(event string) (State, bool) {
	_, h, known := about(event)
	if !known || !slices.Contains(h.from, s) {
		return s, false
	}
	if h.to == "" {
		return s, true
	}
	return h.to, true
}
