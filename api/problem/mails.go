package problem

import "net/http"

// mails is about the outbox and the addresses to which mails go.
var mails = []Meaning{
	{
		Code: "mail-not-found", Title: "Mail not found", Statuses: []int{http.StatusNotFound},
		Text:   "The organisation has no mail with this id. Mails are forgotten 90 days after they were sent or given up.",
		Remedy: "Take the id from the list of the organisation's mails.",
		Detail: "the organisation has no mail 3d2c1b0a-9f8e-4d7c-8b6a-5f4e3d2c1b0a: list its mails",
	},
	{
		Code: "code-not-found", Title: "Code not found", Statuses: []int{http.StatusNotFound},
		Text:   "The code by which a mail address is confirmed is wrong, was used already, or is too old.",
		Remedy: "Copy the whole code from the latest mail. If that is more than a week old, have another one sent.",
		Detail: "the code is wrong, was used, or is older than 7 days: copy it from the latest mail, or have another one sent",
	},
	{
		Code: "address-asked", Title: "Asked already", Statuses: []int{http.StatusConflict},
		Text:   "A mail with a code goes to an address at most once in 24 hours, whoever asks for it, so that nobody is flooded.",
		Remedy: "Look for the mail that was sent, also among the spam. If it did not come, ask again later, or ask the operator to confirm the address.",
		Detail: "a mail with a code was sent to this address less than a day ago: look for it, also among the spam, or ask again after 2026-11-23T08:00:00Z",
	},
	{
		Code: "too-many-addresses", Title: "Too many addresses", Statuses: []int{http.StatusConflict},
		Text:   "An organisation has named so many mail addresses that it may not name more.",
		Remedy: "Use one address, like that of an office, for several destinations.",
		Detail: "an organisation names at most 10000 mail addresses",
	},
}
