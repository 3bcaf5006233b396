package problem

import "net/http"

// providers is about signing in by OpenID Connect.
var providers = []Meaning{
	{
		Code: "provider-not-found", Title: "Provider not found", Statuses: []int{http.StatusNotFound},
		Text:   "No OpenID provider of this name is configured here.",
		Remedy: "Choose one of those that the page for signing in offers.",
		Detail: "there is no such provider here: choose one on the page for signing in",
	},
	{
		Code: "provider-unavailable", Title: "Provider not available", Statuses: []int{http.StatusServiceUnavailable},
		Text:   "The OpenID provider does not answer, or not as it should.",
		Remedy: "Try again later, or sign in another way. If it lasts, tell whoever runs this service.",
		Detail: "the provider does not answer as it should: try again later, or sign in another way",
	},
	{
		Code: "sign-in-refused", Title: "Answer of the provider refused", Statuses: []int{http.StatusUnprocessableEntity},
		Text:   "What the OpenID provider answered does not fit what was asked, or is not signed as it should be.",
		Remedy: "Begin again, in the same browser. If it happens again, tell whoever runs this service.",
		Detail: "the answer of the provider does not fit what was asked here: begin again, in this browser",
	},
	{
		Code: "sign-in-cancelled", Title: "Not agreed to at the provider", Statuses: []int{http.StatusUnprocessableEntity},
		Text:   "At the OpenID provider nothing was agreed to.",
		Remedy: "Begin again, or sign in another way.",
		Detail: "nothing was agreed to at the provider: begin again, or sign in another way",
	},
	{
		Code: "sign-in-over", Title: "Sign-in over", Statuses: []int{http.StatusConflict},
		Text:   "This browser did not ask the OpenID provider, or more than ten minutes ago, or the answer was used already.",
		Remedy: "Begin again, in this browser.",
		Detail: "this browser did not ask the provider, or too long ago, or the answer was used: begin again",
	},
	{
		Code: "second-factor-missing", Title: "Second factor missing", Statuses: []int{http.StatusForbidden},
		Text:   "The OpenID provider did not say that it saw to two factors, as a session takes.",
		Remedy: "Sign in another way, or ask whoever runs this service how the provider says it.",
		Detail: "the provider did not say that it saw to two factors, and there is no other one here: sign in another way",
	},
	{
		Code: "identity-unknown", Title: "Account not linked", Statuses: []int{http.StatusForbidden},
		Text:   "The account at the OpenID provider is linked to nobody here. A mail address alone links nobody.",
		Remedy: "Sign in another way and link the account, or open the link of an invitation and choose the provider there.",
		Detail: "this account at the provider is linked to nobody here: sign in another way and link it, or open the link of an invitation first",
	},
	{
		Code: "identity-taken", Title: "Account linked to somebody else", Statuses: []int{http.StatusConflict},
		Text:   "The account at the OpenID provider is linked to another person here.",
		Remedy: "Sign in with it, or link another account.",
		Detail: "this account at the provider is linked to another person here: sign in with it, or use another one",
	},
	{
		Code: "identity-not-found", Title: "Linked account not found", Statuses: []int{http.StatusNotFound},
		Text:   "The person has no linked account with this id.",
		Remedy: "Take the id from the list of the person's linked accounts.",
		Detail: "this person has no linked account 0b4f8f62-3a4c-4d5e-9f60-7a8b9c0d1e2f",
	},
	{
		Code: "too-many-identities", Title: "Too many linked accounts", Statuses: []int{http.StatusConflict},
		Text:   "The person has as many linked accounts as a person may have.",
		Remedy: "Unlink some of them.",
		Detail: "a person has at most 10 linked accounts: unlink some",
	},
}
