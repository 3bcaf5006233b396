// Package cms is a case-management system (Fachverfahren, the fourth corner) as one would write it against the broker: it is told of
// new submissions by callback and polls as a safety net, fetches and checks them through package client, keeps them, decides,
// and answers with a signed event.
//
// It belongs to the test world and the demo, and it is an example: what it does with a submission is a function
// ([Config.Decide]), and what it keeps can be looked at ([CMS.Received], [CMS.Wait], files in a folder).
//
// Problem: callbacks are repeated, polling names the same submissions again, answers get lost, and after an acceptance the broker gives
// nothing away any more. Choice: callbacks and polling only note names in a set; one goroutine works it off, knows of each submission
// how far it came, and goes on from there. A decision that was made is not made again: if posting it fails, the event log tells
// whether it arrived. Rejected: working in the callback's handler. The caller would wait for fetching and deciding, and two calls at once
// would need a lock per submission.
//
// Invariants:
//   - A callback is believed only after its HMAC over the raw body held, no more than five minutes ago (FIT-Connect contract 9.5).
//   - With a folder, a submission is on disk, synced, before it is accepted (13.2).
//   - Each submission is decided and shown once per process. After a crash between keeping and accepting it is fetched again,
//     and Decide asked again.
//   - Only what is the sender's fault is rejected. Everything else is logged and tried again when polling names it next.
package cms
