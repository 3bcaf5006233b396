package broker

import "errors"

func isNoRow(err error) bool { return errors.Is(err, ErrNoRow) }

// The NotFound of each noun. They pass nil and other errors through.

func noDestination(err error, id DestinationID) error {
	return OrNotFound(err, "destination-not-found", "there is no destination %s", id)
}

func noAttachment(err error, id AttachmentID) error {
	return OrNotFound(err, "attachment-not-found", "the submission has no attachment %s", id)
}

// noCase also stands for a foreign case: err nil says that there is one the caller must not know of.
func noCase(err error, id CaseID) error {
	if err == nil {
		err = ErrNoRow
	}
	return OrNotFound(err, "case-not-found", "there is no case %s", id)
}

// NoOrg also stands for a foreign organisation.
func NoOrg(err error, id OrgID) error {
	return OrNotFound(err, "organisation-not-found", "there is no organisation %s", clip(string(id)))
}

// noClient also stands for a foreign client.
func noClient(err error, id ClientID) error {
	return OrNotFound(err, "client-not-found", "there is no client %s", clip(string(id)))
}
