// Package rehearsal keeps the faults that the operator of a test environment asked for, and says whom one concerns: so that makers of clients
// rehearse what goes wrong rarely. It decides; who asks carries it out.
//
//	unavailable      requests are answered with 503 and Retry-After, and nothing is done
//	expired-token    requests with a good access token are answered as if its time were over; with a time, only tokens that old
//	callback-failed  callbacks are not made, as if nobody had answered; each is tried again, as after a real failure
//	callback-late    callbacks are made so much later than they were owed
//	callback-twice   callbacks are made more than once, as after a crash between the answer and its record
//
// # Where faults are kept
//
// In the memory of one node. A fault that was forgotten must not outlive the process, a restart is the way out that always works, and to
// count "the next three requests" must not cost a transaction for each. Rejected: the store, which all nodes share: it would take a commit
// per request to count, and an environment for rehearsals has one node. Who has more asks each of them.
//
// # Invariants
//
//   - Every fault ends by itself: at a time, and before it if its number is used up.
//   - Nothing that was acknowledged is undone: a fault comes before the deed, in place of it, or is a repeat that receivers have to stand
//     anyway (FIT-Connect contract 9).
package rehearsal
