package testenv

// Chapter is one part of the contract's list of cases (FIT-Connect contract 15). A case has the same number for ever, so that reports
// of different brokers, and of different years, can be laid side by side.
type Chapter struct {
	Section string // like "15.4"
	Title   string
	First   int      // number of its first case
	Cases   []string // what each asks for, in the order of the numbers, short enough for a line of a report
}

// Last returns the number of its last case.
func (c Chapter) Last() int { return c.First + len(c.Cases) - 1 }

// Uncovered returns why this suite has no case for some numbers of the contract.
func Uncovered() map[int]string {
	reasons := map[int]string{}
	for _, gap := range []struct {
		first, last int
		why         string
	}{
		{128, 128, noDeadlines}, {132, 138, noDeadlines},
	} {
		for number := gap.first; number <= gap.last; number++ {
			reasons[number] = gap.why
		}
	}
	return reasons
}

const noDeadlines = "no case for deadlines yet"

// Chapters returns the whole list, without a gap.
func Chapters() []Chapter {
	return []Chapter{
		{"15.1", "Token service", 1, []string{
			"client credentials give a bearer token for 1800 s",
			"credentials by HTTP Basic are invalid_client",
			"a wrong secret is 401 invalid_client",
			"without scope a v2 sender gets send-submissions",
			"without scope a v2 subscriber gets subscribe and manage",
			"a scope that is not held is invalid_scope",
			"v1: a region scope is narrowed as asked for",
			"another path of the token host is 404",
			"a token whose time is over is 401",
			"v1: nobody outside gets create:destination",
			"v1: no destination, no subscribe scope",
		}},
		{"15.2", "General", 12, []string{
			"anybody may ask for the version",
			"anybody may read the keys of the service",
			"without a token a protected call is 401",
			"with a token of the wrong kind it is 403",
			"every error is a problem document of its own status",
			"limits outside 1 to 500 are 400",
			"a negative offset is 400",
			"without limit a list has at most 100 items",
			"a limit of 500 is taken",
			"an id that is no UUID is 400 or 404",
			"v1: an empty list is an array",
		}},
		{"15.3", "Destinations and keys", 23, []string{
			"v1: a sender reads the public part of a destination",
			"its manager sees contact and callback, never the secret",
			"an unknown destination is 404 destination-not-found",
			"destinations and keys are not to be cached",
			"v2: anybody may read the public part",
			"v2: anybody may read the encryption key",
			"v2: the Submission API lists no keys",
			"v1: anybody may read a key",
			"an unknown kid is 404",
			"a kid of 44 characters is retrievable",
			"the signing key is retrievable",
			"the Destination API lists the keys",
			"a destination is created",
			"a new destination has the status created",
			"a merge patch activates",
			"a patch to created is 400",
			"encryptionKid and encryptionPublicKey must agree",
			"a key of 2048 bits is 400",
			"a key without certificate is 400",
			"a callback over http is 400",
			"a callback secret has 32 to 512 characters",
			"regions begin with DE",
			"no services is 400",
			"a submission schema of text/csv is 400",
			"metadata versions have three parts",
			"a key is added, and again",
			"after a roll-over the old key stays retrievable",
			"what was never active is deleted",
			"what is active is not deleted",
			"inactive becomes active at any time",
			"inactive is decommissioned after 30 days, not before",
			"decommissioned does not become active",
			"services outside the LeiKa catalogue are taken",
		}},
		{"15.4", "Announce, upload, submit", 56, []string{
			"v1: an announcement opens a submission in a case",
			"v1: announcedAttachments must be there",
			"v1: the name of the service must be there and may be empty",
			"v1: an identifier in capitals is 400",
			"v2: an announcement opens a submission in a case",
			"v2: the region may be there or not",
			"an unknown destination is 404 destination-not-found",
			"only an active destination takes submissions",
			"a further submission in one's own case",
			"a foreign case is 403 or 404",
			"v1: a region scope does not reach another region",
			"an announced attachment is taken",
			"a second upload takes the place of the first",
			"an attachment that was not announced is 422",
			"an attachment as application/json is 415",
			"an attachment that is no JWE is 400",
			"an attachment beyond 500 MB is 413",
			"while an attachment is missing a submit is 422",
			"v1: a submit is 202, with the submission",
			"v1: a submit without data is 202",
			"v2: a submit is 200",
			"v2: a submit without data is refused",
			"v2: metadata without cty is 422",
			"v2: data of application/pdf is 422",
			"v2: data of application/xml is taken",
			"zip is refused in v2 and taken in v1",
			"an unknown submission is 404 submission-not-found",
			"another sender's submission is 403 or 404",
			"characters outside the alphabet are 400",
			"a callback needs a secret, and need not be there",
			"the callback secret is never given back",
		}},
		{"15.5", "Pick-up", 87, []string{
			"the list names destination, submission and case only",
			"the list is narrowed to a destination",
			"totalCount counts all, whatever the limit",
			"what is incomplete is neither listed nor found",
			"both JWEs come back byte for byte",
			"v2 has publicService and region, v1 serviceType",
			"attachments come back byte for byte",
			"a subscriber that is not connected is 403",
			"a sender fetches nothing",
			"after the decision nothing can be fetched",
			"after a forward everything can be fetched",
			"what one generation announced the other reads",
		}},
		{"15.6", "Event log and SETs", 99, []string{
			"announcing is the first event",
			"submitting is the next, with the tags of what was sent",
			"the header of each event has typ, alg and a known kid",
			"events of the service verify by its key set",
			"events of the subscriber verify by the destination's key",
			"the claims of each event are complete",
			"the log is ordered, oldest first",
			"the sender reads the log of its case",
			"unknown and foreign cases are 403 or 404",
			"v2: a submission has a log of its own",
			"an accept is 204 and stored as it was sent",
			"an event by a sender is 403",
			"v1: an accept without payload is taken",
			"accept after accept is 409",
			"reject after accept is 409",
			"accept of what is incomplete is 409",
			"the sender sees the problems of a rejection",
			"a signature of another key is refused",
			"RS256 and a missing kid are refused",
			"two events in one token are refused",
			"txn of another case is 422",
			"an event of the service is refused from a subscriber",
			"v2: payload schema 1.2.2 is taken, 1.0.0 is not",
			"an event in JSON quotes or as JSON is refused",
			"a forwarded submission is accepted later",
		}},
		{"15.7", "Callbacks", 124, []string{
			"the golden vectors reproduce",
			"a submit calls the destination, once, with the ids",
			"the HMAC is over timestamp, dot and raw body",
			"v1: an accept calls the sender",
			"a rejection by time-out and a deletion call both sides",
			"a callback that fails does not change the answer",
			"it is repeated with a fresh timestamp and HMAC",
			"without a callback the submission still waits",
		}},
		{"15.8", "Deadlines", 132, []string{
			"what is incomplete for a day is gone",
			"after 3 and 9 days the contact gets a mail",
			"after 14 days the service rejects",
			"after 21 days the service deletes",
			"7 days after an accept the service deletes",
			"730 days after its last event a case is gone",
			"replies have the same deadlines",
		}},
		{"15.9", "Routing", 139, []string{
			"a look-up answers a counted list",
			"no area is 400",
			"ars and ags together are 400",
			"a service of two digits is 400",
			"an ars of 4 digits is 400",
			"a look-up that finds nothing is an empty list",
			"a route has a destination and a signature",
			"the signature verifies and is about this route",
			"every answer says how many requests are left",
			"beyond the limit requests are 429",
			"a search answers areas with id, name and type",
			"eleven expressions and one character are 400",
			"several expressions must all hold",
			"anybody may ask for the version",
		}},
		{"15.10", "Replies", 153, []string{
			"the receiver opens a reply in a case",
			"a submitted reply calls the sender side",
			"the sender fetches and opens it",
			"its acceptance is in the log, signed by the service",
			"no reply in a case of a decommissioned destination",
			"a reply is notified once per type",
		}},
	}
}
