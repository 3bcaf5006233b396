// Package signer turns committed facts into signed events.
//
// The broker commits an event as its exact claim bytes, because a signature costs some ten milliseconds of a core and the
// writer shall not wait for it (package broker says why). The signature is made here: by Run in the background, oldest
// first, or by Sign for a reader who is faster. Either way the token is stored by compare-and-set, what stands in the
// store wins, and only what stands is handed out.
//
// # One signature per event
//
// Readers and the background come upon the same event at the same time. A single flight per event would be enough if
// signing and storing were one step, but a whole page of events is stored in one transaction: between a signature and its commit
// a second reader would sign again. So a token stays in memory, under the id of its event, from the moment it is signed until its
// transaction has ended; whoever comes meanwhile takes it and stores it, too, which changes nothing. Whoever comes later finds it in the
// store, which is read again just before each signature. The rejected alternative, a claim on the event in the store, would cost a
// synced transaction before every signature to save nothing on one node.
//
// Two nodes on one store may both sign an event: they share no memory. The one who commits first wins, the other's work is lost and
// its signature is never seen. That is rare while the nodes keep up, since each is woken by its own commits; in a
// backlog that several nodes drain at once it is not, and their signatures do not add up.
//
// # Invariants
//
//   - A token is never handed out before it is durable, and never changes afterwards.
//   - An event that cannot be signed is an error for its reader, never left out.
//   - Claims are signed as they stand in the store, whatever a caller hands in.
//   - The background uses at most its workers, steps back while readers wait for signatures, and, while no event is older than
//     Config.Patience, for writers.
package signer
