// Package clients is the part of the portal that is about API clients: what programs log in with.
//
// A secret is shown by the answer to the post that made it and by nothing else: no redirect carries it, no address leads back to it, and browsers are told to
// keep no page. Whoever reloads has used up the form, and is told to give the client another secret if this one was lost.
//
// What may be sent is written as it is kept, one permission a line, and one more can be looked up beside it. So a page without scripts loses nothing, and
// permissions that were set by a program come through unchanged. Rejected: lists of regions and of services of which each pair counts, which cannot say
// what programs can.
package clients
