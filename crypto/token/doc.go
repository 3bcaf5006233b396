// Package token issues and checks the access tokens that the broker's token service hands to API clients
// (FIT-Connect contract 2.2, 2.5).
//
// A token is a signed statement "this client, with these scopes, until then, for this service": a JWT after RFC 9068
// with typ at+jwt and alg ES256, kept to the advice of RFC 8725 (one algorithm, explicit type, issuer and audience
// always checked). Every environment has its own issuer, audience and keys, so a token of one is worth nothing in another.
//
// A token is checked on every request, so checking has two speeds. The first time the signature is verified; the claims
// are then remembered under the SHA-256 of the whole token, and the next check is a hash and a lookup. Rejected: opaque
// tokens in the store (a read per request, and a write per token for clients that fetch one for every call), and
// remembering tokens as they are (whoever sees the memory could use them).
//
// Invariants:
//   - What is remembered was verified, and every hit checks again what can change: expiry, and that its key is still
//     the one known under its kid. A key that is withdrawn is out at once, remembered tokens included.
//   - The memory is bounded and holds no token.
//   - A token says nothing about what a client may do now beyond its scopes: the caller reads the client's record too,
//     so that a disabled client is out at once.
package token
