// Package archive keeps a fetched submission on disk so that it can be checked again later, without the service: what came in,
// from where it came, what was found to hold, and the signed event log beside it.
//
//	<submission id>/
//	  report.json      what was fetched, when, and the SHA-512 of every other file
//	  report.jws       the same bytes, signed with the destination's signing key
//	  metadata.json    as the sender wrote them
//	  data.json        or data.xml: the original bytes
//	  attachments/01-antrag.pdf   in the order of the metadata, under harmless names
//	  log.json         the event log as of then with the keys that verify it, see [client.Evidence]
//
// The answer of a sender is kept the same way, under the id of the reply. A sender keeps replies without a report ([Keep]), since it has
// no key to sign one.
//
// Problem: the sender's tags cover ciphertext, and once a submission is accepted its ciphertext is gone for good. Files alone
// prove nothing any more: nobody can tell whether what lies there is what was sent. Choice: whoever fetches signs what he found at that
// moment. The report binds each plaintext file to the authentication tags, and the log, signed by the service, says that parts with
// these tags were submitted. Rejected: keeping the ciphertext with the private key (the key outlives its use), and digests
// without a signature (whoever changes a file changes them too).
//
// What it proves: that nothing in the folder was changed since an owner of the signing key saved it, and that the service
// vouches for the tags and the events. What it does not prove: that this owner was honest about which plaintext the tags belong to; the
// sender is not asked. And it proves as much as the keys are worth: without keys of the verifier's own ([Trust]) those saved
// beside the files are used, and the answer says so ([Verification]). A folder whose keys are all its own can be made by anybody, as far
// as the [keys.Policy] lets him have certificates.
//
// Invariants: a folder that carries the name of a submission is whole and synced; unfinished ones are called .new-… and are
// removed by [Sweep]. Files are 0600, folders 0700. Keys are judged as of the time when they signed: an archive does not spoil
// because a certificate expires. Every bit of every file is covered, and a link is not followed.
package archive
