// Package operation tells operators how an installation is: what waits and for how long, where nobody fetches, whom callbacks do not reach, which keys
// end, and what an examination of the node found.
//
// # Design
//
// A report is read when it is asked for and stored nowhere. Most of it are figures that the store keeps anyway. What is not is at which
// destinations something waits for long: waiting submissions are listed by destination. So all destinations are gone through, many at a time: the
// store keeps how much waits in several inboxes, so that where nothing does is passed over at once, and what fits into one page is told apart there; of
// more, the destinations are halved until it does. A second look within half a minute gets the answer of the first.
//
// Rejected: an index over all that waits by age. Every submission would pay for it, twice, for a page that few people look at now and then.
//
// What a report tells is about who waits for whom, never about what: neither a submission nor a URL, which may hold a secret, is in it.
package operation
