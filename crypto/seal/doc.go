// Package seal encrypts to a destination, inspects what was encrypted without opening it, and opens it again: JWE in
// compact form with RSA-OAEP-256 and A256GCM, nothing else (FIT-Connect contract 6.3; RFC 7516, RFC 7518 4.3 and 5.3).
//
// The corners of the house use it differently. A sender calls [Seal], a receiver [Open]. The broker holds no key and
// only inspects: it must know, while 200 MB pass by on their way to disk, that they are one JWE, that the header obeys
// the generation of the interface, and which tag to record in the event log. So there is one front check, a stream
// ([Inspector]); [Inspect] and [Open] send a body in memory through the same check. What the broker accepts, the
// receiver's libraries can parse.
//
// Rejected: a library parser or a regular expression as the front check. The parsers hold the whole body several times,
// skip line breaks or accept either alphabet, padding and stray bits at the end of a part, so that two different texts
// would be the same JWE, and the tag recorded "verbatim" would not be one value. The '=' that the pattern of the wire
// contract lets through (3.0) never occurs in a compact JWE (RFC 7515 2) and is refused here.
//
// The header is read as strict JSON. Members that are not understood are ignored, as RFC 7516 4 demands, with two
// exceptions: crit is refused, since no extension is supported, and so are the members that carry a key, name a place
// to fetch one, or are parameters of other algorithms (jwk, jku, x5u, x5c, epk and the like). They mean nothing to
// RSA-OAEP-256 with a key known by kid, libraries parse or follow them, and nothing here ever does.
//
// Invariants:
//   - Inspecting takes the same decision for every way of cutting the stream into pieces, in a few KiB of memory.
//   - A tag that was inspected is recorded, not verified: only who opens learns whether it holds.
//   - No plaintext leaves [Open] before its tag held; a failure to open says nothing about its cause.
package seal
