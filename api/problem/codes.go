package problem

import (
	"net/http"
	"slices"
)

// Meaning is what a code of problems means and what to do about it: a row of the table that the pages about problems show.
type Meaning struct {
	Code     string // last part of a problem's type
	Title    string // as the problem has it
	Statuses []int  // that it comes with
	Contract bool   // whether the type is a name of the contract; otherwise it is ours

	Text   string // what has happened, in the words of the one who asked
	Remedy string // what to do now
	Detail string // of an example; empty if there is none
}

// Meanings returns all, by subject.
func Meanings() []Meaning {
	return slices.Concat(technical, operation, destinations, destinationKeys, destinationCare, submissions, replies, repeats, events, accounts, catalogues, templates, publications, callbacks, tracking, mails, golive, sessions, invitations, providers, signIn, administration)
}

// MeaningOf returns that of a code.
func MeaningOf(code string) (Meaning, bool) {
	all := Meanings()
	at := slices.IndexFunc(all, func(m Meaning) bool { return m.Code == code })
	if at < 0 {
		return Meaning{}, false
	}
	return all[at], true
}

// The tables are in the order in which they are read. Services and this package use no other codes; a test says so.

// technical has one per status, as the contract says.
var technical = []Meaning{
	{
		Code: "bad-request", Title: "Bad request", Statuses: []int{http.StatusBadRequest}, Contract: true,
		Text:   "The request breaks a rule of shape: malformed JSON, a member that is missing or has another type, an id that is no UUID, a number out of its bounds, or a body that ended early.",
		Remedy: "The detail names the place and what was expected there. Correct the request; the same one will be refused again.",
		Detail: "limit must be 1 to 500",
	},
	{
		Code: "unauthorized", Title: "Unauthorized", Statuses: []int{http.StatusUnauthorized}, Contract: true,
		Text:   "There is no access token, or the one that was sent is not good here: it has expired, comes from another environment, or belongs to a client that was disabled.",
		Remedy: "Get a new token from the token service of this environment and send it as Authorization: Bearer <token>. If a fresh token is refused as well, ask whoever runs the service whether the client is still enabled.",
		Detail: "the access token has expired: fetch a new one from the token endpoint",
	},
	{
		Code: "forbidden", Title: "Forbidden", Statuses: []int{http.StatusForbidden}, Contract: true,
		Text:   "The token is good, but the client may not do this: it lacks the scope that the detail names, is not assigned to the destination, or the destination belongs to another organisation.",
		Remedy: "Check that the right client is asking. An assignment or a scope that is missing is given by the organisation that owns the client; get a new token afterwards.",
		Detail: "the access token lacks the scope https://schema.fitko.de/fit-connect/oauth/scopes/subscribe-destinations",
	},
	{
		Code: "not-found", Title: "Not found", Statuses: []int{http.StatusNotFound}, Contract: true,
		Text:   "Nothing is at this path, whatever the ids in it are.",
		Remedy: "Compare the path with the description of the API: mind the generation (v1, v2), capitals, and that no path ends with a slash.",
		Detail: "there is nothing at this path: paths begin like /submission-api/v2/ and have no slash at their end",
	},
	{
		Code: "method-not-allowed", Title: "Method not allowed", Statuses: []int{http.StatusMethodNotAllowed}, Contract: true,
		Text:   "The path exists, but does not take this method.",
		Remedy: "The header Allow of the answer lists the methods that it takes.",
		Detail: "this path does not take this method; the header Allow names those that it takes",
	},
	{
		Code: "conflict", Title: "Conflict", Statuses: []int{http.StatusConflict}, Contract: true,
		Text:   "Something else happened to the same thing at the same time, or it is in a state that does not allow this.",
		Remedy: "Read what is there now and decide anew whether your change still makes sense.",
		Detail: "somebody else changed the destination at the same time: read it again and repeat the change",
	},
	{
		Code: "payload-too-large", Title: "Payload too large", Statuses: []int{http.StatusRequestEntityTooLarge}, Contract: true,
		Text:   "A limit of size is passed: of a body, of one sealed part, of the attachments of a submission together, or of their number.",
		Remedy: "The detail names the limit. A large attachment can be split into fragments, each announced and sealed as an attachment of its own.",
		Detail: "a submission has at most 100 attachments, 101 were announced",
	},
	{
		Code: "unsupported-media-type", Title: "Unsupported media type", Statuses: []int{http.StatusUnsupportedMediaType}, Contract: true,
		Text:   "The content type of the request is not one that this path takes, or the body has a content encoding.",
		Remedy: "Send the content type that the detail names: application/json for documents, application/jose for sealed attachments and events. Do not compress.",
		Detail: "the content type must be application/jose",
	},
	{
		Code: "unprocessable", Title: "Unprocessable content", Statuses: []int{http.StatusUnprocessableEntity}, Contract: true,
		Text:   "The request is well-formed, but cannot be carried out as it is.",
		Remedy: "The detail says what is missing or does not fit.",
		Detail: "encryptedData is required: the sealed data as a compact JWE",
	},
	{
		Code: "precondition-failed", Title: "Precondition failed", Statuses: []int{http.StatusPreconditionFailed}, Contract: true,
		Text:   "The content is not the one that If-Match or If-Unmodified-Since names: it was replaced since.",
		Remedy: "Fetch it as a whole and forget the part that you have.",
		Detail: "the content is not the one that If-Match or If-Unmodified-Since names: fetch it as a whole",
	},
	{
		Code: "range-not-satisfiable", Title: "Range not satisfiable", Statuses: []int{http.StatusRequestedRangeNotSatisfiable}, Contract: true,
		Text:   "Range asks for bytes behind the end of the content, or cannot be read.",
		Remedy: "The header Content-Range of the answer says how many bytes there are. If you have all of them, the download is complete.",
		Detail: "Range must name bytes that there are, as in bytes=1000- : the header Content-Range says how many there are",
	},
	{
		Code: "too-many-requests", Title: "Too many requests", Statuses: []int{http.StatusTooManyRequests}, Contract: true,
		Text:   "The client does more at once, or in too short a time, than one client may, so that the others get their turn.",
		Remedy: "Wait as many seconds as Retry-After says, then repeat the request. Send less at a time: keep a token for as long as it is good, and wait for an upload to end before the next begins.",
		Detail: "a client may send 16 at a time of what is as large as this: wait until one has ended",
	},
	{
		Code: "internal-server-error", Title: "Internal server error", Statuses: []int{http.StatusInternalServerError}, Contract: true,
		Text:   "Something is wrong on our side. It is logged under the id that the member instance and the header X-Request-Id name.",
		Remedy: "Repeat the request later. If it goes on, tell whoever runs the service the id.",
	},
	{
		Code: "service-unavailable", Title: "Service unavailable", Statuses: []int{http.StatusServiceUnavailable}, Contract: true,
		Text:   "The service cannot do this now: it is overloaded, or something that it needs does not answer.",
		Remedy: "Repeat the same request after as many seconds as Retry-After says, then after longer and longer pauses.",
		Detail: "the service is overloaded, try again later",
	},
	{
		Code: Busy, Title: "Too many at once", Statuses: []int{http.StatusServiceUnavailable},
		Text:   "Many large bodies arrive at the same time, and yours did not get its turn soon enough. Nothing of it was kept.",
		Remedy: "Repeat the same request after as many seconds as Retry-After says.",
		Detail: "too much arrives at once that is as large as this: send it again in a few seconds",
	},
}

var destinations = []Meaning{
	{
		Code: "destination-not-found", Title: "Destination not found", Statuses: []int{http.StatusNotFound}, Contract: true,
		Text:   "There is no destination with this id in this environment.",
		Remedy: "Look up the route again: the authority may have moved to another destination. Ids of the test environment mean nothing in production.",
		Detail: "there is no destination d12caea8-f372-4eb1-b102-b0a228253a11",
	},
	{
		Code: "destination-state-invalid", Title: "Destination state invalid", Contract: true,
		Statuses: []int{http.StatusUnprocessableEntity, http.StatusConflict, http.StatusForbidden},
		Text:     "The status of the destination does not allow this. Only an active one takes new submissions; from a decommissioned one nothing can be fetched; a status changes from created to active, between active and inactive, and from inactive to decommissioned after 30 days.",
		Remedy:   "As a sender: look up the route again, and tell the authority if it leads here. As a manager: set the status that is needed first.",
		Detail:   "the destination is inactive; it takes new submissions only while it is active",
	},
	{
		Code: "too-many-destinations", Title: "Too many destinations", Statuses: []int{http.StatusConflict},
		Text:   "The organisation has as many destinations as it may have.",
		Remedy: "Decommission those that nobody needs, or ask whoever runs the service for a higher limit.",
		Detail: "an organisation has at most 5000 destinations",
	},
	{
		Code: "too-many-keys", Title: "Too many keys", Statuses: []int{http.StatusConflict},
		Text:   "The destination has as many keys as it may have. None is ever removed, since events of the past are verified with them.",
		Remedy: "Make a new destination and publish its routes.",
		Detail: "a destination has at most 100 keys, and none is ever removed: make a new destination",
	},
	{
		Code: "service-not-offered", Title: "Service not offered by the destination", Statuses: []int{http.StatusUnprocessableEntity},
		Text:   "The destination does not list the public service of the announcement.",
		Remedy: "Compare the identifier with those of the destination; it is a URN like urn:de:fim:leika:leistung:99050012104000, in lower case. Look up the route again.",
		Detail: "the destination does not offer the service urn:de:fim:leika:leistung:99050012104000",
	},
	{
		Code: "region-not-served", Title: "Region not served by the destination", Statuses: []int{http.StatusUnprocessableEntity},
		Text:   "The destination offers the service, but not in this region.",
		Remedy: "Look up the route with the regional key of the place that the application is about.",
		Detail: "the destination does not offer this service in the region DE09",
	},
	{
		Code: "key-not-found", Title: "Key not found", Statuses: []int{http.StatusNotFound}, Contract: true,
		Text:   "The destination has no key with this id.",
		Remedy: "Take the id from encryptionKid of the destination, or from the header kid of the token that you want to verify, as it is.",
		Detail: "the destination has no key \"c7e1b0b6-wrapKey\"",
	},
	{
		Code: "key-not-allowed", Title: "Key not allowed", Statuses: []int{http.StatusBadRequest},
		Text:   "The key is not one that this environment takes: its length, its purpose or its certificate breaks a rule.",
		Remedy: "The detail names the rule. Keys are RSA with 4096 bits at least, RSA-OAEP-256 with wrapKey to encrypt or PS512 with verify to sign, with a certificate in x5c; outside of the test environment its chain must end at a trusted root.",
		Detail: "signingPublicKey: n must have at least 683 characters",
	},
	{
		Code: "key-exists", Title: "Another key has this id", Statuses: []int{http.StatusConflict},
		Text:   "The destination has a key with this kid already, and it is another one.",
		Remedy: "Give the new key an id of its own; the thumbprint of the key (RFC 7638) never collides.",
		Detail: "the destination has another key with the kid \"2026-wrapKey\": choose another kid",
	},
}

var submissions = []Meaning{
	{
		Code: "submission-not-found", Title: "Submission not found", Statuses: []int{http.StatusNotFound}, Contract: true,
		Text:   "There is no submission with this id, it is not yours, or it cannot be fetched in its state: not before it was submitted, and not after it was accepted, rejected or deleted.",
		Remedy: "As a receiver: take ids from the list of what waits, and read the event log of the case to learn what became of this one. As a sender: announce anew if the announcement is older than a day.",
		Detail: "there is no submission f39ab143-d91a-474a-b69f-b00f1a1873c2",
	},
	{
		Code: "attachment-not-found", Title: "Attachment not found", Statuses: []int{http.StatusNotFound}, Contract: true,
		Text:   "The submission has no attachment with this id.",
		Remedy: "Take the ids from the member attachments of the submission.",
		Detail: "the submission has no attachment 1b8ba3cb-3fd7-4a1c-a0d7-7a2ad2e9a1f4",
	},
	{
		Code: "attachment-not-announced", Title: "Attachment not announced", Statuses: []int{http.StatusUnprocessableEntity}, Contract: true,
		Text:   "The submission was announced without this attachment, and nothing can be added later.",
		Remedy: "Announce a new submission that lists all ids in announcedAttachments.",
		Detail: "the attachment 1b8ba3cb-3fd7-4a1c-a0d7-7a2ad2e9a1f4 was not announced with this submission",
	},
	{
		Code: "attachments-missing", Title: "Attachments missing", Statuses: []int{http.StatusUnprocessableEntity}, Contract: true,
		Text:   "The submission cannot be submitted while announced attachments have not been uploaded.",
		Remedy: "Upload those that are missing, the detail names the first, and submit again.",
		Detail: "1 of 2 announced attachments are missing, the first is 1b8ba3cb-3fd7-4a1c-a0d7-7a2ad2e9a1f4: upload them, then submit",
	},
	{
		Code: "already-submitted", Title: "Already submitted", Statuses: []int{http.StatusConflict},
		Text:   "The submission was submitted before, with other bytes. What was submitted is never replaced.",
		Remedy: "If you repeat a submit, send the very bytes of the first time: sealing again makes other ones. For other content announce a new submission; it may continue the same case.",
		Detail: "the submission is submitted; other content cannot replace what was submitted: announce a new submission",
	},
	{
		Code: "submission-state-invalid", Title: "Submission state invalid", Statuses: []int{http.StatusUnprocessableEntity},
		Text:   "Attachments are uploaded between announcement and submit, and this submission is not between them any more.",
		Remedy: "Announce a new submission; it may continue the same case.",
		Detail: "the submission is submitted: attachments are uploaded before it is submitted",
	},
	{
		Code: "case-destination-mismatch", Title: "Case belongs to another destination", Statuses: []int{http.StatusUnprocessableEntity},
		Text:   "The announcement continues a case, but names another destination than the one that the case is at.",
		Remedy: "Announce to the destination of the case, or without caseId to begin a new one.",
		Detail: "the case belongs to another destination: a further submission goes to the same one, else announce without caseId",
	},
	{
		Code: "invalid-jwe", Title: "Invalid JWE", Statuses: []int{http.StatusBadRequest},
		Text:   "What was sent as sealed content is not a JWE in compact serialisation: five base64url parts with dots between them and nothing else.",
		Remedy: "Send the text that your library gives for compact serialisation, without quotes, line breaks or blanks.",
		Detail: "encryptedMetadata: want five parts with dots between them",
	},
	{
		Code: "invalid-jwe-header", Title: "Invalid JWE header", Statuses: []int{http.StatusUnprocessableEntity},
		Text:   "The header of a JWE says something that is not allowed: an algorithm other than RSA-OAEP-256 with A256GCM, a kid that is no encryption key of the destination, no cty or another one than application/json or application/xml where that is asked for, or zip where it is forbidden.",
		Remedy: "The detail names the member. Seal again with the key that encryptionKid of the destination names now.",
		Detail: "Invalid JWE Header 'cty': expected application/json or application/xml",
	},
}

var replies = []Meaning{
	{
		Code: "reply-not-found", Title: "Reply not found", Statuses: []int{http.StatusNotFound}, Contract: true,
		Text:   "There is no reply with this id, it is not for you, or it cannot be fetched in its state: not before it was submitted, and not after it was accepted, rejected or deleted.",
		Remedy: "Take ids from the list of replies that wait, and read the event log of the case to learn what became of this one.",
		Detail: "there is no reply 5f0c2f6e-9a7b-4f0e-8a34-2c6b7d1e9c05",
	},
	{
		Code: "nothing-to-reply-to", Title: "Nothing to reply to", Statuses: []int{http.StatusUnprocessableEntity},
		Text:   "The case has nothing that this side could reply to: no submission was submitted, or, for a sender, the receiver has not written yet.",
		Remedy: "The receiver of a submission begins. A sender with more to say submits to the same case instead.",
		Detail: "a receiver replies to a submission: none of this case was submitted",
	},
}

// repeats are about doing a thing once, and about doing too many.
var repeats = []Meaning{
	{
		Code: "idempotency-key-reused", Title: "Idempotency key used for another request", Statuses: []int{http.StatusUnprocessableEntity},
		Text:   "This Idempotency-Key stands for a request that was done before, and it was another one: its path or its body differ.",
		Remedy: "Choose a new key for each new request; a random UUID never collides. To repeat a request send the very bytes of the first time.",
		Detail: "this Idempotency-Key stands for another request that was done before: choose a new key for each new request",
	},
	{
		Code: "quota-exceeded", Title: "Too much announced and not submitted", Statuses: []int{http.StatusRequestEntityTooLarge},
		Text:   "The client has announced as many submissions and replies as it may have open, and submitted none of them.",
		Remedy: "Submit what is announced. What is not submitted is deleted after a day; do not announce again to repeat an announcement whose answer was lost, but send it with an Idempotency-Key.",
		Detail: "a client has at most 1000 submissions and replies that are announced and not submitted: submit those first",
	},
}

var events = []Meaning{
	{
		Code: "case-not-found", Title: "Case not found", Statuses: []int{http.StatusNotFound}, Contract: true,
		Text:   "There is no case with this id, or it is not yours.",
		Remedy: "Take the id from the answer to the announcement, from a submission or from the list of what waits.",
		Detail: "there is no case 9eec7d3e-dc66-4f82-9f52-1520bf96a32e",
	},
	{
		Code: "invalid-set", Title: "Invalid security event token", Statuses: []int{http.StatusBadRequest}, Contract: true,
		Text:   "What was posted is not a security event token as the contract has it: a compact JWS with typ secevent+jwt, alg PS512, a kid, and claims of the right shape with exactly one event.",
		Remedy: "The detail names the part. Post the token itself, as application/jose, without quotes.",
		Detail: "the header typ must be secevent+jwt",
	},
	{
		Code: "invalid-event", Title: "Invalid event", Statuses: []int{http.StatusUnprocessableEntity}, Contract: true,
		Text:   "The token is well-formed, but says something that it may not: about another case or submission, in the name of another destination, an event that a receiver does not issue, or with a signature that the named key of the destination does not verify.",
		Remedy: "The detail names the claim. iss is the id of the destination, txn names the case and sub the submission; sign with the private half of a signing key that the destination has.",
		Detail: "the signature does not verify with the destination's key 9b1d3c52-verify",
	},
	{
		Code: "payload-schema-not-supported", Title: "Payload Schema not supported", Statuses: []int{http.StatusUnprocessableEntity}, // text of the live service
		Text:   "The claim $schema names a version of the payload schema that this generation does not take.",
		Remedy: "Use the $schema of the submit-submission event in the log of the same case.",
		Detail: "Payload Schema not supported: expected a $schema of version 1.1 or 1.2",
	},
	{
		Code: "duplicate-event", Title: "Event stored already", Statuses: []int{http.StatusConflict},
		Text:   "An event with the same jti is part of the log already.",
		Remedy: "If you repeat a call whose answer was lost: the event is there, and nothing is left to do. Give every new event a jti of its own.",
		Detail: "an event with jti 0b4f8f62-3a4c-4d5e-9f60-7a8b9c0d1e2f is stored already",
	},
	{
		Code: "invalid-state-transition", Title: "Event not allowed in this state", Statuses: []int{http.StatusConflict}, Contract: true,
		Text:   "The submission is in a state in which this event makes no sense: it is accepted or rejected already, or not submitted yet.",
		Remedy: "Read the event log of the case: somebody else, or time, has decided before you.",
		Detail: "the event accept-submission is not allowed while the submission is accepted",
	},
}

var administration = []Meaning{
	{
		Code: "no-signing-key", Title: "No signing key", Statuses: []int{http.StatusServiceUnavailable},
		Text:   "The service has no key of its own to sign with at the moment, so it can show no signed events.",
		Remedy: "Repeat the request later. If it goes on, tell whoever runs the service: its keys are missing or cannot be read.",
		Detail: "this service has no service key at the moment",
	},
	{
		Code: "no-next-key", Title: "No next key", Statuses: []int{http.StatusConflict},
		Text:   "A key of the service was to be replaced, and the next one has not been made yet.",
		Remedy: "Try again in a minute.",
		Detail: "the service keys have no next key yet: it is being made, try again in a minute",
	},
	{
		Code: "next-key-too-young", Title: "Next key too young", Statuses: []int{http.StatusConflict},
		Text:   "The next key has not been shown for an hour, so those who verify may not know it yet.",
		Remedy: "Rotate at or after the time that the detail names.",
		Detail: "the next service key is shown since 2026-11-22T10:00:00Z; verifiers that keep the key set for an hour may not know it: rotate at or after 2026-11-22T11:00:00Z",
	},
}
