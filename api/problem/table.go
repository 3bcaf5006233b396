package problem

import (
	"net/http"

	"github.com/vierkant/vierkant/broker"
)

// Base is where the types of all problems begin (FIT-Connect contract 8.1).
const Base = "https://schema.fitko.de/fit-connect/submission-api/problems/"

// answer is what a kind of error means in HTTP.
type answer struct {
	status int
	code   string // when the error has none
	retry  string // Retry-After in seconds; empty where a repeat does not help
}

// answers has a row for every kind.
var answers = map[broker.Kind]answer{
	broker.Invalid:          {http.StatusBadRequest, "bad-request", ""},
	broker.Unauthenticated:  {http.StatusUnauthorized, "unauthorized", ""},
	broker.Forbidden:        {http.StatusForbidden, "forbidden", ""},
	broker.NotFound:         {http.StatusNotFound, "not-found", ""},
	broker.Conflict:         {http.StatusConflict, "conflict", ""},
	broker.TooLarge:         {http.StatusRequestEntityTooLarge, "payload-too-large", ""},
	broker.UnsupportedMedia: {http.StatusUnsupportedMediaType, "unsupported-media-type", ""},
	broker.Unprocessable:    {http.StatusUnprocessableEntity, "unprocessable", ""},
	broker.RateLimited:      {http.StatusTooManyRequests, "too-many-requests", "5"},
	broker.Unavailable:      {http.StatusServiceUnavailable, "service-unavailable", "5"},
	broker.Internal:         {http.StatusInternalServerError, "internal-server-error", ""},
}

// Busy is the code of an Unavailable that says that others are being served: no fault of ours, however often it is answered.
const Busy = "busy"

// frameworkCode is for the statuses that no kind has.
var frameworkCode = map[int]string{
	http.StatusMethodNotAllowed:             "method-not-allowed",
	http.StatusPreconditionFailed:           "precondition-failed",
	http.StatusRequestedRangeNotSatisfiable: "range-not-satisfiable",
}

// frameworkDetail says what was expected where HTTP alone refuses.
var frameworkDetail = map[int]string{
	http.StatusPreconditionFailed:           "the content is not the one that If-Match or If-Unmodified-Since names: fetch it as a whole",
	http.StatusRequestedRangeNotSatisfiable: "Range must name bytes that there are, as in bytes=1000- : the header Content-Range says how many there are",
	http.StatusNotFound:                     "there is nothing at this path: paths begin like /submission-api/v2/ and have no slash at their end",
	http.StatusMethodNotAllowed:             "this path does not take this method; the header Allow names those that it takes",
}

// titles says in words what a code means. Services and this package use no other codes; a test says so.
var titles = map[string]string{
	// One per status.
	"bad-request":            "Bad request",
	"unauthorized":           "Unauthorized",
	"forbidden":              "Forbidden",
	"not-found":              "Not found",
	"method-not-allowed":     "Method not allowed",
	"conflict":               "Conflict",
	"payload-too-large":      "Payload too large",
	"unsupported-media-type": "Unsupported media type",
	"unprocessable":          "Unprocessable content",
	"precondition-failed":    "Precondition failed",
	"range-not-satisfiable":  "Range not satisfiable",
	"too-many-requests":      "Too many requests",
	"internal-server-error":  "Internal server error",
	"service-unavailable":    "Service unavailable",
	Busy:                     "Too many at once",

	// Destinations.
	"destination-not-found":     "Destination not found",
	"destination-state-invalid": "Destination state invalid",
	"too-many-destinations":     "Too many destinations",
	"too-many-keys":             "Too many keys",
	"service-not-offered":       "Service not offered by the destination",
	"region-not-served":         "Region not served by the destination",
	"key-not-found":             "Key not found",
	"key-not-allowed":           "Key not allowed",
	"key-exists":                "Another key has this id",

	// Submissions.
	"submission-not-found":      "Submission not found",
	"attachment-not-found":      "Attachment not found",
	"attachment-not-announced":  "Attachment not announced",
	"attachments-missing":       "Attachments missing",
	"already-submitted":         "Already submitted",
	"submission-state-invalid":  "Submission state invalid",
	"case-destination-mismatch": "Case belongs to another destination",
	"invalid-jwe":               "Invalid JWE",
	"invalid-jwe-header":        "Invalid JWE header",
	"quota-exceeded":            "Quota exceeded",
	"idempotency-key-reused":    "Idempotency-Key stands for another request",

	"reply-not-found":     "Reply not found",
	"nothing-to-reply-to": "Nothing to reply to",

	// Cases and events.
	"case-not-found":               "Case not found",
	"invalid-set":                  "Invalid security event token",
	"invalid-event":                "Invalid event",
	"payload-schema-not-supported": "Payload Schema not supported", // text of the live service
	"duplicate-event":              "Event stored already",
	"invalid-state-transition":     "Event not allowed in this state",

	// Administration.
	"organisation-not-found": "Organisation not found",
	"no-signing-key":         "No signing key",
	"no-next-key":            "No next key",
	"next-key-too-young":     "Next key too young",
}
