package problem

import "net/http"

// tracking is about looking for what became of submissions.
var tracking = []Meaning{
	{
		Code: "nothing-found", Title: "Nothing found", Statuses: []int{http.StatusNotFound},
		Text:   "The id names nothing that this organisation sent, received or owns, or it was deleted for good.",
		Remedy: "Compare the id, and ask as the organisation of the sender or of the destination. Cases are deleted some time after the last thing that happened in them.",
		Detail: "there is nothing with the id 0c9a4f2e-7f1d-4f0b-9a53-2b7c1f0d8e61 that this organisation is a party of",
	},
	{
		Code: "event-not-found", Title: "Event not found", Statuses: []int{http.StatusNotFound},
		Text:   "The event log of the case has no event with this number.",
		Remedy: "Read the log: its events are numbered from 1 on.",
		Detail: "the log of the case 9eec7d3e-dc66-4f82-9f52-1520bf96a32e has no event 7",
	},
	{
		Code: "log-too-long", Title: "Event log too long", Statuses: []int{http.StatusUnprocessableEntity},
		Text:   "The log of the case has more events than are handed out at a time.",
		Remedy: "Read the log page by page.",
		Detail: "the log of the case has 12000 events; at most 10000 are handed out at a time: read it page by page",
	},
}
