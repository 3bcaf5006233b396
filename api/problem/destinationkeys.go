package problem

import "net/http"

// destinationKeys is about changes of keys, and about what is sealed for keys that are not in force any more.
var destinationKeys = []Meaning{
	{
		Code: "destination-key-revoked", Title: "The destination's key is revoked", Statuses: []int{http.StatusUnprocessableEntity},
		Text:   "Whoever issued the certificate of the destination's encryption key revoked it: somebody else may have the key. Nothing may be sealed for it, so nothing is taken.",
		Remedy: "Announce again once the destination has another encryption key; its managers were told. What was submitted before can still be fetched.",
		Detail: "the certificate of the destination's encryption key 2026-wrapKey was revoked: nothing may be sealed for it",
	},
	{
		Code: "key-revoked", Title: "The key is revoked", Statuses: []int{http.StatusConflict},
		Text:   "Whoever issued the certificate of the key revoked it, so that it can neither take effect nor sign that another one does.",
		Remedy: "Add another key with a certificate that is good, and have it take effect, by a second person's release where the signing key is revoked too.",
		Detail: "the certificate of the key 2026-wrapKey was revoked at 2026-11-22T08:00:00Z (key compromise): add another key",
	},
	{
		Code: "key-replaced", Title: "Sealed for a key that was replaced", Statuses: []int{http.StatusUnprocessableEntity},
		Text:   "A part is sealed for a key that the destination replaced so long ago that nothing more is taken for it.",
		Remedy: "Fetch the destination and its encryptionKid, seal all parts for that key, upload the attachments again, and submit.",
		Detail: "a part is sealed for the key \"2025-wrapKey\", which the destination has replaced: seal it anew, for the key 2026-wrapKey",
	},
	{
		Code: "key-change-not-signed", Title: "The change of keys is not signed as it must be", Statuses: []int{http.StatusUnprocessableEntity},
		Text:   "A change of keys that nobody else has to release is signed with the destination's signing key in force, and says exactly what is to change.",
		Remedy: "Sign again, for the keys as they are now; \"vierkant key activate\" does it with --sign-with. Without a signature the change waits for a second person.",
		Detail: "the change must be signed by the signing key in force, 2026-verify: signature does not verify",
	},
}

// destinationCare is about what people do to destinations and could regret.
var destinationCare = []Meaning{
	{
		Code: "private-key", Title: "A private key was sent", Statuses: []int{http.StatusBadRequest},
		Text:   "Where a public key belongs a private one was sent. It was not kept and is in no log, but it left the place where it was made: whoever saw it on its way can open what is sealed for it.",
		Remedy: "Make a new pair and send its public half only: the JWK without d, p, q, dp, dq and qi. \"vierkant jwk --public FILE\" prints it.",
		Detail: "signingPublicKey is a private key. It was not kept, but it crossed the network: make a new pair, and send only the public half",
	},
	{
		Code: "destination-changed", Title: "The destination was changed meanwhile", Statuses: []int{http.StatusConflict},
		Text:   "The change names the state of the destination that it was made for, by changedAt, and the destination is in another one: somebody else changed it, or a key took effect.",
		Remedy: "Read the destination again, apply the change to what it is now, and send it with the new changedAt; without changedAt it is applied to whatever there is.",
		Detail: "somebody changed the destination meanwhile: look at it as it is now, and change it anew",
	},
}
