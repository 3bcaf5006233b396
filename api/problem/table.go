package problem

import (
	"net/http"

	"github.com/vierkant/vierkant/broker"
)

// Base is where the types begin that are names of the contract (8.1). They lead nowhere, since the place is not ours.
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

// Codes of package broker and below that say what its operator decided.
const (
	maintenance = "maintenance"
	rehearsal   = "rehearsal"
)

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
