// Package oauth is the token service (FIT-Connect contract 2, RFC 6749 4.4): client credentials in the form body against a short-lived
// bearer token, and the two documents under which others find it (RFC 8414) and its keys (RFC 7517).
//
// The live service takes credentials in the form body only and answers HTTP Basic with invalid_client; so does this one. Form parameters
// in the query are refused rather than ignored: a secret in a URL ends up in logs, and its sender should learn of it. Errors are those of
// RFC 6749, not problem documents, because OAuth libraries read them; only what is our own fault, or is refused before the form is looked
// at, goes the way of all faults.
//
// A 401 names a challenge only to a client that tried an Authorization header, as RFC 6749 5.2 has it: there is no scheme to offer.
//
// # Failed logins
//
// Secrets are 256 random bits, so nobody guesses one; what failures do is cost, and hide in their number the one that matters. So five
// wrong secrets for a client from one address are free, and then that pair pauses: 1 s, 2 s, 4 s … up to 5 minutes, one failure being
// forgiven every 10 minutes. All failures from one address count together as well: 50 are free, one is forgiven every 10 s. In the
// pause of a pair nothing is looked at, in that of an address only what is right is let through, and the answer is 429 with Retry-After and the error slow_down (RFC 8628 3.5), the same for clients that exist
// and for those that do not.
//
// Nobody is locked out by what others do. A client is counted per address, so that failures from elsewhere do not touch it. A success
// clears its pair. A right secret passes whatever the neighbours at its address do. And the secret that was right for this pair the last time is always looked at: where many share an address, or one
// of two installations has an old secret, the good one goes on. That tells nobody anything who does not have the secret. Rejected: counting
// per client (whoever knows an id could shut its owner out), letting a success clear the address (whoever has one client could guess at all
// the others), and making every login slow, which hits those that fetch a token for every call.
package oauth
