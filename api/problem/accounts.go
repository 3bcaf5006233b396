package problem

import "net/http"

// accounts is about organisations, their people and clients, and what takes two persons.
var accounts = []Meaning{
	{
		Code: "organisation-not-found", Title: "Organisation not found", Statuses: []int{http.StatusNotFound},
		Text:   "There is no organisation with this id, or it is none of yours.",
		Remedy: "Take the id from the list of your organisations. If yours is missing there, ask one of its owners to add you.",
		Detail: "there is no organisation 5f0c2f6e-9a7b-4f0e-8a34-2c6b7d1e9c05",
	},
	{
		Code: "client-not-found", Title: "Client not found", Statuses: []int{http.StatusNotFound},
		Text:   "There is no API client with this id, or it belongs to an organisation that is none of yours.",
		Remedy: "Take the id from the list of the organisation's clients; it is the client_id of the token service.",
		Detail: "there is no client 0b4f8f62-3a4c-4d5e-9f60-7a8b9c0d1e2f",
	},
	{
		Code: "too-many-clients", Title: "Too many clients", Statuses: []int{http.StatusConflict},
		Text:   "The organisation has as many API clients as it may have.",
		Remedy: "Use the clients that are there: one may be assigned to many destinations. If that does not do, ask whoever runs the service.",
		Detail: "an organisation has at most 1000 clients",
	},
}
