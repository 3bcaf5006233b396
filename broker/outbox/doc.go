// Package outbox makes the callbacks that committed transactions owe (FIT-Connect contract 9).
//
// A transaction that causes a callback writes it down as a delivery (package broker). Run claims those that are due, on a
// lease, posts each one, and reports: taken, to be tried again, or given up. Timestamp and HMAC are made when a call
// leaves, never before, since receivers refuse what is older than five minutes. Any 2xx counts as taken; the contract
// names 200, and a receiver that answers 204 has understood as much.
//
// # Slow and dead endpoints
//
// One goroutine, Run, decides; it alone knows what is claimed and which calls are running, so nothing is locked. Each receiver is a
// lane with at most a few calls at a time, and lanes take turns. Two crews make the calls: the slow one calls receivers whose latest call failed
// or hangs, one call at a time, the fast one all others. A call of the fast crew that hangs is handed over to the slow crew after a second. So
// a receiver that dies costs the others a second of one worker, once, however long its calls hang. Rejected: more workers
// alone, since a hundred dead receivers take any number of them, ten seconds at a time; and a queue and a worker per
// receiver, which is as many goroutines and timers as an installation has receivers.
//
// Claims come most overdue first, whoever they are for, so thousands that are due at a dead endpoint would fill any bounded memory and
// hide the rest. Therefore a lane knows its pace, from the calls that are over or from one that hangs, and when memory gets short, what
// would wait too long in its lane is put aside: given back to the store until its turn comes, as if never claimed.
//
// An endpoint that fails again and again is paused (broker.Endpoint). The store has that, not Run: what is due at a paused endpoint is put off in
// the claim, on whatever node, so the others neither wait nor call. When the pause is over, the claim that finds this notes in its transaction that a call
// tries, for as long as the lease is: nodes that claim in the same instant claim one after the other, so one of them makes that call. What
// is claimed already when an endpoint is paused is given back. A node learns of a pause that another one wrote
// with its next claim, or with its next failure.
//
// # Invariants
//
//   - At least once: a delivery is over only after a 2xx, or when it is given up. A process that dies between the 2xx and its record makes the
//     call again, under the same webhook-id.
//   - Who was silent beyond its lease is not believed: broker.Deliveries ignores reports on a lease that has ended and was claimed anew.
//   - No call is begun that could outlast its lease.
//   - Nothing here writes an event or owes a callback; broker.Deliveries.Delivered writes the notification, and that causes none.
//   - Logs and attempts name the receiver and never a URL, a secret or a body.
//
// Calls leave through broker/guard only: the addresses of callbacks come from strangers.
package outbox
