// Package oauth is the token service (FIT-Connect contract 2, RFC 6749 4.4): client credentials in the form body against a short-lived
// bearer token, and the two documents under which others find it (RFC 8414) and its keys (RFC 7517).
//
// The live service takes credentials in the form body only and answers HTTP Basic with invalid_client; so does this one. Form parameters
// in the query are refused rather than ignored: a secret in a URL ends up in logs, and its sender should learn of it. Errors are those of
// RFC 6749, not problem documents, because OAuth libraries read them; only what is our own fault goes the way of all faults.
//
// A 401 names a challenge only to a client that tried an Authorization header, as RFC 6749 5.2 has it: there is no scheme to offer.
package oauth
