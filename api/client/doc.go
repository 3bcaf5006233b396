// Package client is the Go client of the FIT-Connect contract for both sides: online services that send ([Sender]),
// case-management systems that receive ([Subscriber]), and whoever administers destinations ([Manager]).
//
// The security of end-to-end encryption is decided here, not in the broker, and clients skip checks when checking is a separate
// call. So no method hands out what was not checked: no key before the [Config.Policy] judged it, no [Route] before its
// signature, no [Event] before its signature, issuer and place in the life of the submission, no plaintext before event log,
// authentication tags, hashes and metadata held. There is no switch to turn a check off; a weaker environment has another
// Policy. Rejected: a thin binding with a verify function beside each call. It would be smaller, and used wrongly.
//
// Nobody is believed for what a message says of itself. The service's keys come from the configured SubmissionURL and the portal's
// from the PortalURL, never from an iss or a header; redirects are not followed. A destination's keys are fetched anew for every use.
//
// A list is whole or an error. One event or route that does not hold makes the whole answer an error that names it
// ([*EventError], [*RouteError]): whoever could drop or forge one entry cannot be trusted with the others.
//
// Errors of the service are [*Problem]; errors.Is tells the kind ([ErrNotFound], [ErrConflict], …) and [Retryable] whether later may be
// better. The client itself repeats at most three times, with growing pauses and jitter after what Retry-After wants (if that is
// more than half a minute, the caller gets to wait: [Problem.RetryAfter]), and only what may be repeated: reads, uploads, submits of
// the same bytes, tokens, and announcements, each of which has a key by which the service knows it again. Never an event, a decision or a
// change of a destination, since these may have had their effect. A token that was refused is renewed once. A download that breaks off,
// or stands still for two minutes, goes on where it was; an upload begins again and is sealed anew.
//
// What a receiver sees of a submission is either all ([Fetched]) or a [*RejectError] with coded problems, to be passed to
// [Subscriber.Reject]. Failures that are not the sender's fault, such as a full disk or what a proxy answers, are other errors: do not
// reject for them.
//
// Attachments are never whole in memory: they are sealed while they are read and opened while they arrive, four at a time, with less
// than a mebibyte each. Those longer than [Config.FragmentSize] travel in fragments and arrive as one (FIT-Connect contract 3.7). What
// was opened lies in files below [Config.Scratch] from before its tag held, and is handed out after everything did: move it, and call
// [Fetched.Close]. Data and metadata are in memory; services limit them to some 32 MiB each.
//
// Replies (FIT-Connect contract 3.6) go the way of submissions, with the same checks: a sender gives a key ([NewReplyKey], [ReplyTo]), the
// authority seals to it ([Subscriber.Reply]), the sender opens and decides ([Sender.FetchReply]) and may answer ([Sender.Answer]). A [Ref]
// names either, and whatever takes one, or a [Subject], is for both. Rejected: types of their own for references, receipts and errors of
// replies. Two of each would be one more place where a check is forgotten.
//
// An event log can be kept as [Evidence], with the keys that signed it, and verified again years later without the service. What it
// says happened; that nothing happened after it, it cannot say.
package client
