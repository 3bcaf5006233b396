package problem

import "net/http"

// signIn is about proving who one is, in the portal.
var signIn = []Meaning{
	{
		Code: "sign-in-failed", Title: "Not signed in", Statuses: []int{http.StatusUnprocessableEntity},
		Text:   "Address and password do not belong together, or the account is disabled. Which of them it is, is not told to anybody.",
		Remedy: "Look at both once more. If you have forgotten the password, have a link sent by which you choose another one.",
		Detail: "address and password do not belong together, or the account is disabled",
	},
	{
		Code: "attempt-over", Title: "Sign-in took too long", Statuses: []int{http.StatusUnauthorized},
		Text:   "Between the first and the second step too much time has passed, or there were too many wrong codes.",
		Remedy: "Begin again with address and password.",
		Detail: "too much time has passed since the first step, or there were too many wrong codes: begin again",
	},
	{
		Code: "code-wrong", Title: "Wrong code", Statuses: []int{http.StatusUnprocessableEntity},
		Text:   "The code is wrong, too old, or was used already. Each is good once, and for about a minute.",
		Remedy: "Wait for the next code of your app. If all are refused, look whether the clock of the device is right, or use a recovery code.",
		Detail: "the code is wrong, too old, or was used already: wait for the next one",
	},
	{
		Code: "too-many-tries", Title: "Too many tries", Statuses: []int{http.StatusTooManyRequests},
		Text:   "Too many passwords or codes were wrong. The pause grows with each further one, up to five minutes.",
		Remedy: "Wait, then try again. In a browser in which you have signed in before, or with a passkey, you need not wait for what others do.",
		Detail: "too much was tried in vain: wait 8 seconds, then try again",
	},
	{
		Code: "password-length", Title: "Password too short or too long", Statuses: []int{http.StatusUnprocessableEntity},
		Text:   "A password has 12 to 128 characters. Which ones is up to you.",
		Remedy: "Take some words that do not belong together, with spaces between them.",
		Detail: "a password has 12 to 128 characters: some words with spaces between them do well",
	},
	{
		Code: "password-common", Title: "Password too common", Statuses: []int{http.StatusUnprocessableEntity},
		Text:   "The password is one of those that are tried first, or repeats or counts up a few characters.",
		Remedy: "Take another one, that only you would come up with.",
		Detail: "this password is among the first that somebody would try: take another one",
	},
	{
		Code: "password-personal", Title: "Password too easy to guess", Statuses: []int{http.StatusUnprocessableEntity},
		Text:   "The password is mostly made of your name, your address, your organisation or this service, which others know too.",
		Remedy: "Leave those out.",
		Detail: "without names that everybody knows this password has less than 8 characters left: leave out your name, your address, your organisation and this service",
	},
	{
		Code: "password-wrong", Title: "Wrong present password", Statuses: []int{http.StatusUnprocessableEntity},
		Text:   "To choose another password takes the present one, and this is not it.",
		Remedy: "Type it once more. If you have forgotten it, sign out and have a link sent.",
		Detail: "this is not your present password",
	},
	{
		Code: "prove-again", Title: "Proof needed", Statuses: []int{http.StatusForbidden},
		Text:   "What changes how you sign in, or who may act for others, takes a second factor that was shown in the last ten minutes.",
		Remedy: "Show your second factor once more.",
		Detail: "this takes a second factor that was shown in the last ten minutes: show it once more",
	},
	{
		Code: "enrolment-over", Title: "Begun too long ago", Statuses: []int{http.StatusConflict},
		Text:   "The code to scan was shown more than ten minutes ago, or another one was shown since.",
		Remedy: "Begin again, and remove in your app what you added before.",
		Detail: "this was begun too long ago: begin again, with a new code to scan",
	},
	{
		Code: "too-many-factors", Title: "Too many apps or passkeys", Statuses: []int{http.StatusConflict},
		Text:   "A person has at most ten apps that make codes and ten passkeys.",
		Remedy: "Remove some that you do not use any more.",
		Detail: "a person has at most 10 apps and 10 passkeys: remove some",
	},
	{
		Code: "last-factor", Title: "Last second factor", Statuses: []int{http.StatusConflict},
		Text:   "Nobody signs in with a password alone, so the last second factor stays.",
		Remedy: "Add another app or passkey first.",
		Detail: "this is the last second factor: add another one first",
	},
	{
		Code: "factor-not-found", Title: "App or passkey not found", Statuses: []int{http.StatusNotFound},
		Text:   "You have no app or passkey with this id. It may have been removed already.",
		Remedy: "Look at the list of what you have.",
		Detail: "you have no such app or passkey: it may have been removed already",
	},
	{
		Code: "passkey-refused", Title: "Passkey refused", Statuses: []int{http.StatusUnprocessableEntity},
		Text:   "The passkey is not known here, is for another address of this service, or was asked for too long ago.",
		Remedy: "Try again, or use another way to sign in.",
		Detail: "this passkey was not accepted: try again, or use another way to sign in",
	},
	{
		Code: "no-passkeys", Title: "No passkeys here", Statuses: []int{http.StatusConflict},
		Text:   "Browsers make passkeys for names only, and this service was opened under a number.",
		Remedy: "Open it under its name, or use an app that makes codes.",
		Detail: "browsers make no passkeys for an address in place of a name: use this service under its name",
	},
	{
		Code: "link-over", Title: "Link used or too old", Statuses: []int{http.StatusNotFound},
		Text:   "A link from a mail is good once and for a short time, and this one is not good any more, or was not copied as a whole.",
		Remedy: "Have another one sent.",
		Detail: "the link was used, is too old, or was not copied as a whole: ask for another one",
	},
	{
		Code: "address-unconfirmed", Title: "Address not confirmed", Statuses: []int{http.StatusForbidden},
		Text:   "A person gets another mail address only when whoever reads mail there has confirmed it, since links to choose another password go there.",
		Remedy: "Change it in the portal, on the page of your account. The operator at the machine may change it without that.",
		Detail: "another mail address takes a confirmation from there: change it in the portal, on the page of your account",
	},
	{
		Code: "sign-up-closed", Title: "By invitation only", Statuses: []int{http.StatusForbidden},
		Text:   "In this environment accounts are made by invitation.",
		Remedy: "Ask an owner of your organisation to invite you, or whoever runs the service.",
		Detail: "accounts are made by invitation here: ask an owner of your organisation, or whoever runs this service",
	},
}
