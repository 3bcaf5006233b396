package problem

import "net/http"

// sessions is about people who are signed in to the portal.
var sessions = []Meaning{
	{
		Code: "signed-out", Title: "Signed out", Statuses: []int{http.StatusUnauthorized},
		Text:   "The session is over: it was ended, nothing was done in it for half an hour, or it has lasted for twelve hours.",
		Remedy: "Sign in again.",
		Detail: "the session is over: sign in again",
	},
	{
		Code: "session-not-found", Title: "Session not found", Statuses: []int{http.StatusNotFound},
		Text:   "This person has no session with this id. It may be over already.",
		Remedy: "Take the id from the list of the person's sessions.",
		Detail: "this person has no session 3c0e5a1b-3a4f-4f0c-8a0e-9b7d2f6c1e55",
	},
	{
		Code: "form-sent", Title: "Form sent already", Statuses: []int{http.StatusConflict},
		Text:   "The same form was sent a second time, by another press of its button or by going back to it. It was done once.",
		Remedy: "Look whether it did what it should. If not, open the form anew and fill it in again.",
		Detail: "this form was sent already: look whether it did what it should before it is filled in again",
	},
	{
		Code: "cross-site", Title: "Sent by another site", Statuses: []int{http.StatusForbidden},
		Text:   "A page of another site had the browser send this. Nothing was done.",
		Remedy: "Open the portal yourself and do there what you want to do.",
		Detail: "this was sent by a page of another site, so nothing was done",
	},
}
