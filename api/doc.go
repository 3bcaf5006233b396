// Package api assembles the HTTP surface of one environment: every route, and what happens around each of them. It speaks JSON and JOSE;
// there is no HTML.
//
// # What happens to a request, in this order
//
//  1. observe: deadlines, a request id of our own (one that a client sends is not believed), the headers every answer has, a panic made an
//     error, an error made a problem document, and at the end one line in the log and one observation for the metrics.
//  2. paths: a slash at the end is 404; what was percent-encoded in a parameter is decoded.
//  3. rates: below /routing-api, counting and the RateLimit headers, on errors too.
//  4. the route, or 404, or 405 with Allow.
//  5. auth, on protected routes: the token, and the scope that the body needs. Nothing of the body is read for somebody unknown, or who may not.
//  6. the body: media type, length, pace. A body that is refused by its headers is never asked for (Expect: 100-continue).
//  7. the handler: decode, convert, call, encode.
//
// # Rules
//
//   - routes.go is the whole surface: one line per route, nothing but lines. What is public says so there.
//   - Handlers return errors and never log; package problem alone knows statuses.
//   - A log line holds method, route pattern, status, duration, client, request id and error code: never a payload, a token, a secret or a URL,
//     since URLs of this API name submissions of citizens.
//   - Bodies and answers must move: a grace of half a minute and then at least 64 KiB/s, a submit 1 MiB/s, so that nobody holds memory, a
//     file or a goroutine by sending or reading nothing. The grace is for all pauses together and is given back by haste: one deadline for a
//     whole body or answer (rejected) would let 500 MB stand still for two hours. The listener adds limits for headers and idle connections.
//   - Large bodies wait for a turn, of which no client has more than its share: see package submission.
//   - Caching is off unless the route says otherwise.
package api
