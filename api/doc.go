// Package api assembles the HTTP surface of one environment: every route, and what happens around each of them. It speaks JSON and JOSE;
// there is no HTML.
//
// # What happens to a request, in this order
//
//  1. observe: deadlines, a request id of our own (one that a client sends is not believed), the headers every answer has, a panic made an
//     error, an error made a problem document, and at the end one line in the log and one observation for the metrics.
//  2. rates: requests are counted, and each answer carries the RateLimit headers, errors included.
//  3. paths: a slash at the end is 404; what was percent-encoded in a parameter is decoded.
//  4. the route, or 404, or 405 with Allow.
//  5. auth, on protected routes: the token, the client's budget, and the scope that the body needs. Nothing of the body is read for
//     somebody unknown, who asks too often, or who may not.
//  6. the body: media type, length, pace. A body that is refused by its headers is never asked for (Expect: 100-continue).
//  7. the handler: decode, convert, call, encode.
//
// # Rules
//
//   - routes.go is the whole surface: one line per route, nothing but lines. What is public says so there.
//   - Handlers return errors and never log; package problem alone knows statuses.
//   - A log line holds method, route pattern, status, duration, client, request id and error code: never a payload, a token, a secret or a URL,
//     since URLs of this API name submissions of citizens.
//   - Caching is off unless the route says otherwise.
//
// # Fair use
//
// A client has two budgets, of reads and of writes, so that one that polls too eagerly still delivers. Both are far above what a client
// needs that does its job at full speed: 500 writes and 1,000 reads a second without an end, and a minute's worth of them at once. What comes
// without a good token is paid by the address it comes from. So nobody spends a client's budget who does not hold its token, and
// an address at which many clients live stops none of them that has one. The figures are in FairUse; they are per node (package fair says
// why). Beyond them there is 429 with Retry-After. Failed logins are slowed down by package oauth, large bodies take turns in package
// submission.
//
// # Slow and endless senders
//
// What a caller may hold without moving, and for how long. The listener of cmd/node has the first three rows and the last.
//
//	what                                    for how long                           then
//	handshake of TLS, header of a request   10 s; 32 KiB                           400, hung up; 431
//	nothing, between two requests           2 minutes                              hung up
//	connections of one address              2,000 at once                          the next is hung up on
//	a body                                  30 s of pauses, then 64 KiB/s          400; the connection ends
//	a submit, which holds memory            30 s of pauses, then 1 MiB/s           400; the connection ends
//	a body without an end, or too long      its route's limit of bytes             413; the connection ends
//	a body that nobody asked for            30 s, and 256 KiB are drained          the answer of the route; the connection ends
//	waiting for a turn with a large body    10 s                                   429 or 503, with Retry-After
//	reading an answer                       30 s of pauses, then 64 KiB/s          hung up
//	an end of the node                      10 s for what runs                     hung up
//
// The grace of half a minute is for all pauses of one body or answer together and is given back by haste. One deadline for the whole
// (rejected) would let 500 MB stand still for two hours, or cut off who is slow and honest.
package api
