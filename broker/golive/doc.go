// Package golive keeps the checklist that a client or a destination passes before it goes to the next environment: what of it was seen to work in this
// one, what is in order now, and what its organisation says of itself.
//
// # Three kinds of points
//
// Some are witnessed: they happened at least once, like the first submission that was accepted. What they happened to is deleted after days, so
// that it happened is kept here, with the time and the id of what showed it. Some are seen: they are read from the store when the list is
// asked for, like keys that the next environment would take, and can be lost again. Some are declared: a person ticked them, with a note,
// and can take that back.
//
// # How a first time is kept
//
// A milestone is an entry, one for each subject and point, and never changed. What a transaction brings about is noted in that transaction (Happened), so
// that there is no milestone of what did not happen, and none is missing of what did. Whether one is there is known in memory: a busy destination
// costs one look at the store per point and process, and nothing after that. What only reads, like a token that was issued or a log that
// was read, writes nothing in its request; it is noted in the background and with others, and noted the next time if the process ends before.
// Rejected: to fold the event log with a cursor, since submissions that were deleted in the meantime are not in it and the state of a checklist would lag;
// and to search the logs when somebody asks, since content and cases are gone after their periods.
//
// Two transactions may both find that a milestone is not there, on two nodes; then the later one stands. Nobody can tell which came first anyway.
//
// # The report
//
// A checklist can be had as a report that the portal signs (attest.Readiness), to be kept, printed, and read by the next environment, which
// knows the portal's keys. It holds a digest of what was tested, so that something else is not promoted by it.
//
// # Invariants
//
//   - A milestone names only ids that its subject's organisation may know.
//   - A report says what the checklist says at that moment, complete or not.
//   - Who may read everything of an organisation reads its checklists; who may draft ticks, and a program never does.
package golive
