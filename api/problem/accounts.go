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
		Code: "person-not-found", Title: "Person not found", Statuses: []int{http.StatusNotFound},
		Text:   "There is no person with this id, or not in this organisation, or it is not for you to know.",
		Remedy: "Take the id from the list of the organisation's members.",
		Detail: "there is no person 6a1d9c1e-77f0-4b52-8f3c-94a0a6a2d6b1 here",
	},
	{
		Code: "person-exists", Title: "Person there already", Statuses: []int{http.StatusConflict},
		Text:   "A mail address belongs to one person, however it is capitalised, and a person belongs to an organisation once.",
		Remedy: "Look at the list of members: whoever is in it already can be given another role. A person who is known elsewhere is added with the same address.",
		Detail: "somebody else has this mail address",
	},
	{
		Code: "last-owner", Title: "Last owner", Statuses: []int{http.StatusConflict},
		Text:   "An organisation that has an owner keeps one who can act, and this is the last one.",
		Remedy: "Make another member an owner first.",
		Detail: "this is the last owner of the organisation who can act: make somebody else an owner first",
	},
	{
		Code: "token-not-found", Title: "Token not found", Statuses: []int{http.StatusNotFound},
		Text:   "This person has no personal token with this id. It may have been revoked already.",
		Remedy: "Take the id from the list of the person's tokens. The id is not the token itself.",
		Detail: "this person has no token 2f9b7e60-8f5d-4b6c-a3a5-0d6f4f3f1c11",
	},
	{
		Code: "proposal-not-found", Title: "Proposal not found", Statuses: []int{http.StatusNotFound},
		Text:   "There is no proposal with this id, or it belongs to an organisation that is none of yours.",
		Remedy: "Take the id from the list of the organisation's proposals.",
		Detail: "there is no proposal 9d3f2d52-0b1c-4a57-8b8c-1a2b3c4d5e6f",
	},
	{
		Code: "proposal-closed", Title: "Proposal closed", Statuses: []int{http.StatusConflict},
		Text:   "The proposal was released, refused or withdrawn already, or no longer fits what is there.",
		Remedy: "Look at the proposal: it says who closed it, when and why. What should be done all the same has to be proposed anew.",
		Detail: "the proposal is not open any more: it is released",
	},
	{
		Code: "proposal-expired", Title: "Proposal expired", Statuses: []int{http.StatusConflict},
		Text:   "Nobody released or refused the proposal in the time that it had, which is 30 days unless whoever runs the service says otherwise.",
		Remedy: "Look at what is there now, since much may have changed, and propose it anew if it is still wanted.",
		Detail: "the proposal of 2026-10-01T08:00:00Z waited for a second person until 2026-10-31T08:00:00Z and can not be released any more: look at what is there now, and propose it anew",
	},
	{
		Code: "proposal-changed", Title: "Not what was proposed", Statuses: []int{http.StatusConflict},
		Text:   "The digest that was sent is not that of the proposal, so what you looked at is not what would be done.",
		Remedy: "Read the proposal again, look at what it would do, and release it with the digest that it has.",
		Detail: "this is not the digest of what was proposed, which is 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08: look at the proposal again",
	},
	{
		Code: "second-person-needed", Title: "Second person needed", Statuses: []int{http.StatusForbidden},
		Text:   "What takes two persons is released by another person than the one who proposed it: not by an API client, and not by anybody who was shown the secret of the client that proposed it.",
		Remedy: "Ask an owner or operator of the organisation who has nothing to do with the proposal to release it with a personal token.",
		Detail: "you proposed this: another person releases it",
	},
	{
		Code: "too-many-clients", Title: "Too many clients", Statuses: []int{http.StatusConflict},
		Text:   "The organisation has as many API clients as it may have.",
		Remedy: "Use the clients that are there: one may be assigned to many destinations. If that does not do, ask whoever runs the service.",
		Detail: "an organisation has at most 1000 clients",
	},
	{
		Code: "too-many-members", Title: "Too many members", Statuses: []int{http.StatusConflict},
		Text:   "The organisation has as many members as it may have.",
		Remedy: "Remove members who no longer need to act for the organisation.",
		Detail: "an organisation has at most 1000 members",
	},
	{
		Code: "too-many-organisations", Title: "Too many organisations", Statuses: []int{http.StatusConflict},
		Text:   "The person belongs to as many organisations as a person may.",
		Remedy: "Have the person leave organisations for which they no longer act.",
		Detail: "a person belongs to at most 100 organisations",
	},
	{
		Code: "too-many-tokens", Title: "Too many tokens", Statuses: []int{http.StatusConflict},
		Text:   "The person has as many personal tokens as a person may have.",
		Remedy: "Revoke tokens that nobody uses any more; those that have expired do not count.",
		Detail: "a person has at most 50 tokens: revoke some",
	},
	{
		Code: "too-many-proposals", Title: "Too many open proposals", Statuses: []int{http.StatusConflict},
		Text:   "The organisation has as many open proposals as it may have.",
		Remedy: "Release, refuse or withdraw some of them.",
		Detail: "an organisation has at most 1000 open proposals: release, refuse or withdraw some",
	},
}
