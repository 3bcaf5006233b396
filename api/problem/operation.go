package problem

import "net/http"

// operation is about what whoever runs the service decided, so that it is no fault of ours, however often it is answered.
var operation = []Meaning{
	{
		Code: maintenance, Title: "Maintenance", Statuses: []int{http.StatusServiceUnavailable},
		Text:   "The service is being worked on, and nothing can be changed meanwhile. What is there can be read. The header Vierkant-Maintenance of every answer says from when until when.",
		Remedy: "Repeat the same request after as many seconds as Retry-After says.",
		Detail: "maintenance until 2026-01-05T09:00:00Z: nothing can be changed before that; what is there can be read",
	},
	{
		Code: rehearsal, Title: "Rehearsal", Statuses: []int{http.StatusServiceUnavailable},
		Text:   "Whoever runs this test environment was asked to have some requests fail, so that makers of clients see what theirs do. Nothing of the request was done.",
		Remedy: "Do what a client does when a service is away for a moment: repeat the same request after as many seconds as Retry-After says.",
		Detail: "a rehearsal: this request fails because the operator of this test environment was asked for it",
	},
}
