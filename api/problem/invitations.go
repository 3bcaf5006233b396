package problem

import "net/http"

// invitations is about how people come to belong to organisations.
var invitations = []Meaning{
	{
		Code: "invitation-not-found", Title: "Invitation not found", Statuses: []int{http.StatusNotFound},
		Text:   "The invitation was accepted or withdrawn, or has run out, or its link was not copied as a whole.",
		Remedy: "Open the link from the latest mail. If that does not help, ask whoever invited you for another invitation.",
		Detail: "this invitation was accepted, withdrawn, or has run out: ask who invited you for another one",
	},
	{
		Code: "invited-already", Title: "Invited already", Statuses: []int{http.StatusConflict},
		Text:   "An organisation sends an invitation to one address at most once in 24 hours, so that nobody is flooded.",
		Remedy: "Ask the person to look for the mail, also among the spam. Without a mail server the link stands in the outbox of the organisation.",
		Detail: "an invitation went to this address less than a day ago: wait for its answer, or invite again after 2026-11-23T08:00:00Z",
	},
	{
		Code: "invited-somebody-else", Title: "Invitation for another address", Statuses: []int{http.StatusForbidden},
		Text:   "An invitation is for one mail address, and you are signed in with another.",
		Remedy: "Sign in with the account of the address that was invited, or have yourself invited with the address of your account.",
		Detail: "the invitation is for another mail address than yours: sign in with the account of that address, or have yourself invited with yours",
	},
	{
		Code: "too-many-invitations", Title: "Too many open invitations", Statuses: []int{http.StatusConflict},
		Text:   "The organisation has as many open invitations as it may have.",
		Remedy: "Withdraw some of them, or wait: they run out after a week.",
		Detail: "an organisation has at most 100 open invitations: withdraw some, or wait until they have run out",
	},
}
