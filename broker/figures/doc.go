// Package figures counts what happens: submissions, decisions, callbacks, volume and time to acceptance, over hours and days.
//
// # Counted once, beside the request
//
// A request must not wait for a counter that all requests write: in PostgreSQL that is a row on which they queue. So the transaction of a deed
// leaves one small row of its own that nobody else writes, a timer that names what happened and when (Note), and the request ends. Whoever folds
// takes some of these rows, reads what they are about, adds it up, and in one transaction writes the sums and removes the rows. A row is
// there if and only if the deed was committed, and it goes if and only if it was counted: whatever crashes, and however often a function runs
// again, each fact counts once.
//
// Rejected: to count in the transaction of the deed, in rows spread over shards, which costs each request several rows to read and write where this
// costs it one to insert. To follow the event log with a cursor, which costs a request nothing: numbers that PostgreSQL gives out become visible
// in another order than they were given, so a cursor skips what commits late, unless it stays so far behind that nobody can say how far. To count events
// when they are signed, as only the broker's own are.
//
// All nodes fold, with neither lease nor leader: rows that one transaction works on are left out for others, and sums are written in one order.
//
// # What is kept
//
// A subject is the installation, what an organisation sent, what it received, a destination, or a client. Of each there is, where something
// happened, one sheet of a day with its hours, and after fourteen days one line in the sheet of a month, kept for three years. Days and months
// are those of German offices (Europe/Berlin), so a day has 23 to 25 hours; hours are UTC. A sheet that was moved to its month may get
// late facts and is moved again: sums are added, so a reader adds what stands in both. Sheets stand in lists by their day or month, which is how
// what is old is found.
//
// There are counts only: nothing says which submission was counted. What is gone before it is counted, which takes a clock that was moved by
// months within seconds, is not.
//
// # What is counted when
//
// At the time of the deed, by the wall clock: what was announced in one hour and submitted in the next counts in both. Time to acceptance is by the clock
// of deadlines, which test may move: there a rehearsed week counts as one. It is kept in classes, whose bounds stand in Bounds; a
// quantile is the upper bound of its class. Content are the sealed bytes of what was submitted. Of replies only is counted that they were
// sent. Callbacks are calls: one that succeeds at the third attempt is two that failed and one that did not.
package figures
