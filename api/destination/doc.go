// Package destination is the Destination API (FIT-Connect contract 4): subscribers with the right to manage make destinations, change
// them and add keys under v1, and read them under v2.
//
// A change, whether PUT or PATCH, is one document judged as a whole by the service. A merge patch (RFC 7396) is applied to the
// document that the manager could have sent with PUT, so there is one reading, one conversion and one set of rules for both. The callback's secret
// is not in that document: it is never read back. A callback without a secret keeps the one that is there.
//
// Who may see contact and callback is the service's answer, not this package's.
package destination
