// Package keycare looks after the keys of destinations (FIT-Connect contract 4.5, 6.2): who has to agree to a change, until when certificates are
// valid, whether they were revoked, and when a key is done with.
//
// # Changes
//
// Where an environment wants it, a key takes effect when a second person releases the proposal (package account), which says which key of
// whom comes in place of which; or at once, if the change is signed with the destination's signing key in force (keys.Change). Package
// broker carries out; here is what is proposed and released.
//
// # One round
//
// All else is found by a round through all keys, every hour and soon after a key was added, on every node. Each look at a key asks what is due and
// does it, in a transaction that looks again, so that many nodes do each thing once: a reminder is noted on the key that it is about, a
// question to a responder is noted before it is asked. Rejected: a timer for each key and each purpose. A round costs
// less than a second per ten thousand keys, needs no second truth about when something is due, sees keys that older programs
// added, and counts on its way what the metrics show.
//
// # Reminders
//
// The contact of a destination is told 90, 30, 14, 7 and 1 days before a certificate of a key that is in force or next ends. Each is told once; what
// was missed, by a node that was off or a certificate that was short from the start, is told as the latest alone.
//
// # Revocation
//
// Outside of test, whoever issued the certificates is asked several times a day. A key that was revoked never takes effect, and if it is the
// encryption key in force the destination takes no new submissions until it has another: the contract has senders check that, and senders who
// do not would seal for whoever has the key. What had been announced may still be submitted, and fetched. It is said loudly: in
// the log, the audit log, the metrics, to the contact. Not to know is no failure, and is shown with the reason and the time of the last good answer;
// it does not make a revoked key good.
//
// # The list
//
// An organisation looks at its keys, those first that end first. This order is kept: each key is a timer in a queue of its organisation, at the end
// of its certificates. It is written with what adds, changes and deletes, and a round puts right what older programs left and what time brings about, like a
// destination that is decommissioned. So a page costs the same among ten keys and among ten thousand, but for what is skipped before it. Rejected: to go
// through all destinations with each look, and totals, which nobody needs and all writers would pay for.
//
// # The end of a key
//
// See broker.Destinations.RetireKey.
package keycare
