package account

import (
	"errors"

	"github.com/vierkant/vierkant/broker"
)

// orNotFound turns ErrNoRow into NotFound with code and detail, and leaves every other error as it is.
func orNotFound(err error, code, detail string, args ...any) error {
	if errors.Is(err, broker.ErrNoRow) {
		return broker.NotFound.New(code, detail, args...)
	}
	return err
}

// The NotFound of each noun, which also stands for a foreign one. They pass nil and other errors through.

func noOrg(err error, id broker.OrgID) error {
	return orNotFound(err, "organisation-not-found", "there is no organisation %s", clip(id))
}

func noPerson(err error, id broker.PersonID) error {
	return orNotFound(err, "person-not-found", "there is no person %s here", clip(id))
}

func noToken(err error, id TokenID) error {
	return orNotFound(err, "token-not-found", "this person has no token %s", clip(id))
}

func noProposal(err error, id ProposalID) error {
	return orNotFound(err, "proposal-not-found", "there is no proposal %s", clip(id))
}
