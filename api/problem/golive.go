package problem

import "net/http"

// golive is about the checklists of those who go to the next environment.
var golive = []Meaning{
	{
		Code: "subject-not-found", Title: "Nothing to go live", Statuses: []int{http.StatusNotFound},
		Text:   "There is no destination and no API client with this id, or it belongs to an organisation that is none of yours.",
		Remedy: "Take the id from the organisation's list of checklists.",
		Detail: "there is no destination and no client \"0b4f8f62-3a4c-4d5e-9f60-7a8b9c0d1e2f\" in this organisation",
	},
	{
		Code: "point-not-found", Title: "Point not found", Statuses: []int{http.StatusNotFound},
		Text:   "There is no such point on this checklist: checklists of senders, subscribers and destinations differ, and an organisation may have removed one of its own points.",
		Remedy: "Take the name of the point from the checklist.",
		Detail: "there is no point \"trainings\" on this checklist",
	},
	{
		Code: "point-not-declarable", Title: "Point fills itself", Statuses: []int{http.StatusConflict},
		Text:   "The point is done when what it speaks of happens in this environment, or is in order there. Nobody's word replaces that.",
		Remedy: "Do what the point asks for. The checklist shows it a moment later.",
		Detail: "the point submission-sent fills itself from what happens here: nobody ticks it",
	},
	{
		Code: "too-many-points", Title: "Too many points", Statuses: []int{http.StatusConflict},
		Text:   "The organisation has as many points of its own as it may have.",
		Remedy: "Remove one that is not needed any more.",
		Detail: "an organisation has at most 50 points of its own: remove one first",
	},
}
