// Package fair lets many ask at once without one of them taking what is there for all. It knows nothing of HTTP statuses or of
// the broker: a key is who asks, and the answers are numbers and times.
//
//   - Budget: how many requests somebody may make. It is a bucket that holds the requests of one window and fills evenly: who has been
//     quiet may ask for all of them at once, and who never stops gets them evenly. What the headers promise (how many are left, until
//     when all are there again) is exact. Rejected: counting in fixed windows, which lets twice as much through around a border, and
//     makes everybody who is over it come back in the same moment; golang.org/x/time/rate, a lock and eight fields for the one
//     time that is kept here.
//   - Failures: who fails again and again has to pause, each time twice as long, and is forgiven with time.
//   - Turns: where requests wait for room, those who wait are served one after the other, however many each of them sends.
//   - Proxies: from where a request came, of IPv6 the first 64 bits, since that is what one subscriber gets.
//
// # Bounded
//
// Budget, Failures and Recent remember a fixed number of keys, those that were used last: a flood of addresses costs a fixed amount of
// memory (some 350 bytes a key) and time. Somebody who is forgotten begins anew, with a full budget and no failures. So who has more
// addresses than are remembered is not held by what counts addresses; that is a matter for the network in front. It cannot hurt others:
// being forgotten is to their advantage.
//
// # Each node for itself
//
// All of this is in the memory of one node, so n nodes together allow n times as much, and a node that starts has forgotten everything.
// That is right for what it protects: the processor, memory and connections of this node, of which n nodes have n times as many. Shared
// counters would cost a round trip to the database for each request, the most for those that are to be refused, and
// would make the database fail for all what a flood does to it. Rights, quotas and states of submissions are facts and in the store.
//
// Times come from a clock that may be moved: where it is set back nobody waits longer than he would have from the beginning.
package fair
