// Package receiver is the receiving side of an authority as a running service: it is told of new submissions by callback and polls as
// a safety net, fetches and checks them through package client, archives them ([archive.Save]), hands them over to a function or
// a program of the authority, and answers with a signed event.
//
// Problem: callbacks are repeated, polling names the same submissions again, answers get lost, processes die in between, and
// after an acceptance the broker gives nothing away any more. Choice: callbacks and polling only note names; each destination has a
// lane that works them off, some at a time, each submission by one goroutine. Whatever must survive is on disk before the next step:
// the submission before it is handed over, the decision before it is told. So every step can be done again by anybody who finds the
// files, and how far a submission came is never known from memory alone. Rejected: working in the callback's handler (the
// caller would wait for fetching and deciding, and two calls at once would need a lock per submission), and a database of
// received submissions (the broker's list says what is open, the event log what was decided, and both cannot disagree with themselves).
//
// The life of a submission: it is noted, fetched, saved, and handed to [Config.Handle]. Accept, Reject and Forward are written down,
// told, looked up in the event log, and forgotten. After Forward the decision is still to come: Handle is asked again, with the pauses of
// [Later], until it accepts or rejects. After Leave somebody else will decide: it is not asked again by this Run, but by the
// next one, and by every [Receiver.Once]. What somebody else decided, or the service for him, is noticed and not handed over any more.
//
// Replies are not worked on here: what is replied to a submission is for whoever decides about it ([client.Subscriber.Reply] takes
// [Received.Submission], also long after), and answers of senders are fetched by [client.Subscriber.FetchReply]. Callbacks about
// them are taken, and only logged: a lane ends with the decision about a submission, and an answer may come years later.
//
// What lies in the folder:
//
//	<submission id>/           saved submissions; see package archive
//	.decisions/<id>.json       what is not finished: fetched and undecided, lacking an attachment, or decided and not yet in the event log
//	.scratch/                  plaintext on its way; emptied when a receiver starts
//	.lock                      held by the receiver that works here
//
// Invariants:
//   - A callback is believed only after its HMAC over the raw body held, no more than five minutes ago (FIT-Connect contract 9.5).
//   - A submission is on disk, synced, before anybody is asked about it, and verified there or fetched again before an acceptance is told,
//     also one from before a crash (13.2).
//   - A decision that was written down is not made again, also not after a crash. If the crash comes before, Handle is asked
//     again about the same submission: it has to know what it took already.
//   - Only what is the sender's fault is rejected. Everything else is logged and tried again, with pauses that grow to an hour.
//   - What was not accepted is not kept: once the rejection is in the event log, whoever made it, the plaintext is removed. Nothing less
//     ends anything: neither an answer that there is no log, nor one that there is no submission.
//   - Plaintext is nowhere but below the folder. Nothing grows with what was received: the broker's list and the files bound it.
//   - No destination waits for another: each has its own polling and its own workers.
package receiver
