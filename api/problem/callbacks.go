package problem

import "net/http"

// callbacks is about how receivers are told of what is new.
var callbacks = []Meaning{
	{
		Code: "receiver-not-found", Title: "Receiver not found", Statuses: []int{http.StatusNotFound},
		Text:   "The organisation has neither a destination nor a sending client with this id.",
		Remedy: "Take the id from the list of destinations or of clients of your organisation.",
		Detail: "there is no destination and no sending client 4b05bbd5-436e-4f47-a5a8-b79c268fdaee in this organisation",
	},
	{
		Code: "callback-not-found", Title: "Callback not found", Statuses: []int{http.StatusNotFound},
		Text:   "There is no callback with this id, it tells somebody of another organisation, or it was over so long ago that it was forgotten.",
		Remedy: "Take the id from the list of callbacks to the receiver. It is also the header webhook-id of its calls.",
		Detail: "there is no callback 0c9a4f2e-7f1d-4f0b-9a53-2b7c1f0d8e61: what is over is kept for a time only",
	},
	{
		Code: "no-callback", Title: "No callback", Statuses: []int{http.StatusConflict},
		Text:   "The destination has no callback, or the receiver is a sender, who names one with each submission.",
		Remedy: "Set the URL and the secret of the destination's callback first, by the API that manages destinations.",
		Detail: "the destination has no callback: set one first, with its URL",
	},
	{
		Code: "callback-under-way", Title: "Callback under way", Statuses: []int{http.StatusConflict},
		Text:   "The callback is being made at this moment, so it cannot be made again at the same time.",
		Remedy: "Wait a minute and look at what came of it.",
		Detail: "this callback is being made at this moment: look at what came of it in a minute",
	},
	{
		Code: "too-many-callbacks", Title: "Too many callbacks", Statuses: []int{http.StatusUnprocessableEntity},
		Text:   "More callbacks came to be owed since that time than are replayed at a time. None of them was replayed.",
		Remedy: "Say a later time, or replay only those that nobody has taken. For what is older ask the list of submissions: it names what waits.",
		Detail: "since 2026-01-01T00:00:00Z more than 10000 callbacks were owed: say a later time",
	},
}
