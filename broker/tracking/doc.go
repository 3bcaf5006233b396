// Package tracking shows organisations what became of what they sent and received: lists of submissions and cases, and the event log of a case
// with each signature verified. It shows no content, and nothing that is the other side's alone.
//
// # Design
//
// The question is asked on one of two sides: for what clients of the organisation sent, or for what came to its destinations. Each is a ledger of the
// store (broker.Ledger), so a page costs the same among a thousand submissions and among millions; a destination, or a client on the sender's side, is a
// ledger too. All other filters are applied to what is read: at most maxLooked submissions for one page, which then is short, and says from where to look
// on. Rejected: an index for each filter, which every submission would pay for, for the sake of questions that are asked now and then; and totals, which
// would have to be counted.
//
// A page goes on behind a mark, the place of the last submission that was looked at. What comes in the meantime comes before it, so nothing is seen
// twice and nothing is left out.
//
// Who may see it: members of the organisation and its API clients that manage it, and operators who act for it. To all others, and to the other
// organisation as long as nothing is submitted, there is no such submission: NotFound.
//
// Signatures are verified anew with every look, against the keys that the broker has: those that it published itself and those of the destination. A log
// that does not hold is shown, event by event, with what is wrong: to see that is what one looks for.
package tracking
