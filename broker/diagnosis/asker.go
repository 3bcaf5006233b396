package diagnosis

import (
	"github.com/vierkant/vierkant/broker"
)

// side is what who asks is to a submission: its sender, its authority, or both when an operator asks.
type side struct{ sender, authority bool }

// sideOf tells the side of a caller; the zero side is a stranger.
func sideOf(who broker.Caller, sub broker.Submission, d broker.Destination) side {
	switch {
	case who.RequireOperator() == nil:
		return side{true, true}
	case who.Person != "":
		return side{who.Entitled(sub.Org, broker.RightRead) == nil, who.Entitled(d.Org, broker.RightRead) == nil}
	case who.Client == "":
		return side{}
	}
	return side{
		sender:    who.Client == sub.Sender && who.Has(broker.ScopeSend),
		authority: d.AssignedTo(who.Client) && who.Has(broker.ScopeSubscribe),
	}
}

// knows reports whether a side may know that there is the submission at all: what is not submitted only its author does.
func (s side) knows(sub broker.Submission) bool {
	if !sub.Submitted.IsZero() {
		return s.sender || s.authority
	}
	return s.isAuthor(sub)
}

func (s side) isAuthor(sub broker.Submission) bool {
	if sub.FromSender() {
		return s.sender
	}
	return s.authority
}

// sees reports whether attempts of a call are a side's own.
func (s side) sees(d broker.Delivery) bool {
	if d.Sender != "" {
		return s.sender
	}
	return s.authority
}
