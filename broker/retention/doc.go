// Package retention acts when time runs out: reminders, rejection of what nobody decided, deletion. What is to be done is broker.Retention's to
// decide; here is when somebody looks, and who.
//
// # One sweeper among many
//
// Every node has a Sweeper, and one of them works: who has something due takes a lease for a while, an entry in the store by the store's
// clock, and goes on as long as something is due; the others rest until it ends. The lease saves work, it protects nothing: what is done is decided
// in the transaction that does it, and the store has timers that one transaction handles left out for others. So a lease that is lost, stolen
// or believed too long makes nothing wrong, and a node that dies with it delays the deadlines of days by half a minute. The rejected alternative, to let
// all of them sweep, is right as well: they would wait for each other's locks.
//
// # A missed week
//
// What came due while nothing ran is handled in the order of the deadlines, in batches of bounded size with a pause after each, so that requests
// come through. Of several reminders that are due only the last is sent (broker.Periods.Ahead), and what is long overdue is rejected without
// having been reminded of. Content lives on for its whole period after a decision that came late.
//
// # What cannot be done
//
// A store that does not answer ends the round; it is tried again after a second, then ever less often, to once a minute, and logged when it
// begins and when it is over. One timer that cannot be handled, as when a record is damaged, is logged and put off for an hour: it must
// not keep the others from being handled.
package retention
