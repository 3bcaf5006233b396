// Package set writes, signs, reads and checks security event tokens, the entries of the event log (RFC 8417; FIT-Connect
// contract 6.4 to 6.6 and 7.1): a JWS in compact form, PS512, whose claims say which event befell which submission.
//
// Making a token takes two steps that may lie far apart. [Claims.Bytes] turns a fact into its exact claim bytes, which
// are stored when the fact becomes true; [Sign] puts key and signature around these very bytes later, in the background
// or for the first reader. Rejected: storing the fields and building the claims when signing. A change of code in
// between would then change what had already been acknowledged.
//
// Reading takes steps too, because an API answers their failures differently: [Parse] judges the form ([ErrSyntax],
// [*HeaderError], [*ClaimError]), [Token.CheckSchema] the version of the payload schema, [Token.Verify] the signature.
// What needs knowledge of a case (issuer, state, whether sub and txn belong together, whether the tags are the right
// ones) is for the broker. A payload is checked for its shape only: the problems in a rejection are between receiver and
// sender, any type URI will do. Unknown claims and unknown members of a payload are let through (RFC 8417 2.2).
//
// Tokens of others are kept verbatim ([Token.Raw]) and shown to readers with other libraries. So the header must not
// hold what such a library would stumble over or trust: members that carry a key or name a place to fetch one are
// refused, and crit.
//
// Invariants:
//   - [ParseClaims] reads what [Claims.Bytes] wrote, and equal claims have equal bytes.
//   - An accepted token has exactly one event, and one value for every member at any depth.
//   - A signature counts only with a salt of 64 bytes (RFC 7518 3.5), under the key that kid names.
package set
