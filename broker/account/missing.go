package account

import "github.com/vierkant/vierkant/broker"

// The NotFound of each noun, which also stands for a foreign one. They pass nil and other errors through.

func noPerson(err error, id broker.PersonID) error {
	return broker.OrNotFound(err, "person-not-found", "there is no person %s here", clip(id))
}

func noToken(err error, id TokenID) error {
	return broker.OrNotFound(err, "token-not-found", "this person has no token %s", clip(id))
}

func noProposal(err error, id ProposalID) error {
	return broker.OrNotFound(err, "proposal-not-found", "there is no proposal %s", clip(id))
}

func noSession(err error, id SessionID) error {
	return broker.OrNotFound(err, "session-not-found", "this person has no session %s", clip(id))
}
