// Package broker is the vocabulary and the rules of Vierkant: what a submission, a case, an event, a destination is,
// who may do what with it, and what has to be written together.
//
// # The shape
//
// A *Broker* holds one service per noun (Clients, Destinations, Submissions, Replies, Cases, Deliveries, Routes, Keyring). A
// service method takes the Caller, checks the caller's scope, reads with Store.View to refuse early without a lock,
// and then decides again inside Store.Update, where everything that belongs together is written in one transaction. The package knows
// no HTTP, no database and no wire format; those are adapters around the three interfaces Store, Tx and Blobs.
//
// # Events are facts first, signatures second
//
// An RSA-4096 signature costs about ten milliseconds of a core. Signing before answering would cap a small machine at
// some fifty submissions a second, and would make the private key a part of every write. So an event is committed as
// its exact claim bytes together with its number in the case and an HMAC chained over the log of the case; kid and
// signature follow, made by broker/signer in the background or for the first reader, stored once by compare-and-set,
// and from then on always the same bytes. The rejected alternative, storing the fields and building the claims when
// signing, would let a later change of code change what was acknowledged. Tokens that subscribers signed are stored
// verbatim and chained the same way.
//
// # Replies
//
// A reply has the parts, states, deadlines and limits of a submission, and goes the other way or back again (FIT-Connect contract 3.6). So it is
// the same noun with another Kind, and what an author and an addressee do with either is written once, in Exchange; who they are follows from
// Author and Sender. Rejected: a noun of its own, which doubled tables, services and tests for the sake of a name. What differs stays
// apart: a reply is announced in a case and not to a destination, its addressee may be a sender, who has no key, so that the broker signs its
// decision, and the broker knows the key that it must be sealed for only if it goes to a destination.
//
// # What happened
//
// Who counts deeds or keeps their first times is told of each by Config.Happened, in the transaction of the deed, so that it is written down if and
// only if it happened; a refusal or a rollback tells nobody of anything. There is one such hook. It tells of all that anybody wants to know, each Fact
// with the records that the deed had in its hands, and who listens takes the kinds that it understands. Rejected: a hook for each listener,
// which told of one deed at two places in two ways. Apart from it stay the hooks that are told of one thing and owe a mail for it, and Shown,
// since reading is no deed: it has no transaction that writes.
//
// # Asking twice
//
// A client that got no answer asks again. A submit is known by the digest of its bytes, which outlives the content. An announcement is
// known if its client named it (Repeat): the receipt is written in the transaction that it is a receipt of, so there is never one without the
// other, on whatever node the repeat arrives. Receipts are kept for fourteen days.
//
// # Invariants
//
//   - A submission never has a state that its event log does not prove: both change in one transaction.
//   - What was answered with success is on disk.
//   - A callback is owed if and only if the transaction that caused it committed; it is made at least once.
//   - Attachment bytes are synced before the record that names them is written, and deleted after it is gone: a crash
//     leaves at most an orphan file, never a record without its bytes.
//   - The functions given to Store.Update may run more than once: they do not sign, call, log or send.
//   - A notification never causes a notification, and the log has one for each way of informing. That an addressee polled is noted after its
//     answer and with others (Polls); no reading request waits for a commit.
//   - Nothing here opens content. Sealed bodies are inspected (shape, header, tag), never decrypted.
//
// # Two clocks
//
// Config.Now is the wall clock: issue times of events, tokens and callbacks. Config.Deadline is the clock of deadlines, which the
// operator of a test environment may move forward to rehearse them. They are the same everywhere else.
package broker
