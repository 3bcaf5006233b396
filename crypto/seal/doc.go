// Package seal encrypts to a destination, inspects what was encrypted without opening it, and opens it again: JWE in
// compact form with RSA-OAEP-256 and A256GCM, nothing else (FIT-Connect contract 6.3; RFC 7516, RFC 7518 4.3 and 5.3).
//
// The corners of the house use it differently. A sender seals: small bodies with [Seal], large ones as a stream with a
// [Writer]. A receiver opens: [Open] in memory, [OpenFile] from a stream to a file. The broker holds no key and only
// inspects: it must know, while 200 MB pass by on their way to disk, that they are one JWE, that the header obeys the
// generation of the interface, and which tag to record in the event log. So there is one front check, a stream
// ([Inspector]); [Inspect], [Open] and [OpenFile] send a body through the same check. What the broker accepts, the
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
// # Large bodies
//
// A compact JWE is one GCM message with one tag at its very end, and the libraries hold it whole, several times: about
// 1 GiB for 200 MB. GCM itself is a counter mode and a sum over blocks, and both can go on where they stopped. The
// counter mode is the standard library's; the sum is put together from what the library's GCM says about each chunk of
// 48 KiB as additional data, in its own constant-time and accelerated code. Ours is the algebra that joins chunks, one
// multiplication in GF(2^128) each, in constant time as well: its operands reveal H, the secret that forges tags. A
// second goroutine takes half of the work and is gone when the call returns. That takes 300 KiB of memory for any
// length, at three to five times the rate of the libraries (make bench).
//
// Rejected: chunks with tags of their own, as age has them, which are better cryptography and no JWE: every other
// client of the contract would have to follow. Handing out plaintext before the tag was seen, to a writer or a pipe:
// whoever reads it would have acted on what an attacker wrote. Therefore OpenFile has a path where an io.Writer would
// be handier, and the plaintext gets its name when it is proved. The libraries for small bodies stay: where memory does
// not matter, theirs is the code that more eyes have seen, and the streams are held against both of them in the tests.
//
// Invariants:
//   - Inspecting takes the same decision for every way of cutting the stream into pieces, in a few KiB of memory.
//   - A tag that was inspected is recorded, not verified: only who opens learns whether it holds.
//   - No plaintext leaves [Open] or [OpenFile] before its tag held, and zip is inflated after that, never beyond the
//     limit.
//   - A failure to open says nothing about its cause. In [OpenFile] the time it takes does not either: an encrypted key
//     that does not unwrap is replaced by a random one, everything is read, and the tag fails.
//   - What GCM says about single chunks never leaves the object that asked. The content key is random and serves one
//     message, the IV has 96 bits, and no message is longer than 2^36 - 32 bytes.
package seal
