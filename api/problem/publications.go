package problem

import "net/http"

// publications is about routes, and whose territory it is.
var publications = []Meaning{
	{
		Code: "routes-refused", Title: "Routes refused", Statuses: []int{http.StatusUnprocessableEntity},
		Text:   "Routes cannot be published so: a draft contradicts itself or what is published, leads to a destination that does not offer it, lies outside the territory of the organisation, or needs the consent of somebody who is responsible there. Nothing was changed.",
		Remedy: "The detail tells the first reason and the way out; a plan of the same change tells all. Correct the drafts, ask for the grant or the consent, and publish again.",
		Detail: "route gewerbe: urn:de:fim:leika:leistung:99050012104000 in DE05515 lies outside the territory of the organisation: ask the operator of the platform for a grant, or leave it out",
	},
	{
		Code: "proposal-outdated", Title: "Proposal outdated", Statuses: []int{http.StatusConflict},
		Text:   "What the proposal changes was changed by somebody else after it was made, so that it would undo what its author never saw. It is closed.",
		Remedy: "Look at what is published now and propose anew.",
		Detail: "route gewerbe changed after the proposal was made, gewerbe last by person 6a1d9c1e-77f0-4b52-8f3c-94a0a6a2d6b1 in revision 7: propose anew, on what is published now",
	},
	{
		Code: "draft-not-found", Title: "Draft not found", Statuses: []int{http.StatusNotFound},
		Text:   "You have no draft of routes for this organisation: none was kept, or it was published or discarded, perhaps by a second click or in another window.",
		Remedy: "List what is published, and its history. Keep a draft before you review or publish it.",
		Detail: "there is no draft: it was published or discarded, perhaps by a second click or in another window; look at what is published",
	},
	{
		Code: "draft-changed", Title: "Draft changed", Statuses: []int{http.StatusConflict},
		Text:   "The draft that you keep is not the one that you have seen: it was changed meanwhile, perhaps in another window. It was left as it is.",
		Remedy: "Read the draft again, put into it what is missing, and keep it with its new digest.",
		Detail: "the draft was changed elsewhere meanwhile, perhaps in another window: look at it again, and repeat what is missing",
	},
	{
		Code: "draft-too-large", Title: "Draft too large", Statuses: []int{http.StatusRequestEntityTooLarge},
		Text:   "A draft that is kept between requests has a limit of size, and this one would pass it. The draft was left as it is.",
		Remedy: "Publish a part of it first. A large file can be published at once by the management API, without a draft.",
		Detail: "a draft has at most 4 MiB, this one would have 5120 KiB: publish a part of it first, or publish the file by the management API, which takes more",
	},
	{
		Code: "plan-changed", Title: "Plan changed", Statuses: []int{http.StatusConflict},
		Text:   "What would be published is not what was reviewed: the draft, a route that it changes, or a warning about it is another one by now. Nothing was published, and the draft is kept.",
		Remedy: "Review the draft again, and publish it if you still agree.",
		Detail: "this is not what was reviewed: the draft, routes that it changes, or what is to be said about it are others by now; nothing was published, and the draft is kept: review it again",
	},
	{
		Code: "route-not-found", Title: "Route not found", Statuses: []int{http.StatusNotFound},
		Text:   "The organisation has no published route with this key.",
		Remedy: "List what is published. A route is named by the key that its owner chose, not by the name that people see.",
		Detail: "the organisation has no route \"gewerbe\": list what is published",
	},
	{
		Code: "revision-not-found", Title: "Revision not found", Statuses: []int{http.StatusNotFound},
		Text:   "The organisation never had this revision of its routes.",
		Remedy: "List the history of its routes; revisions are numbered from 1, and 0 stands for the time before.",
		Detail: "the organisation has no revision 12 of its routes",
	},
	{
		Code: "grant-not-found", Title: "Grant not found", Statuses: []int{http.StatusNotFound},
		Text:   "The organisation has no grant of territory with this id. It may have been withdrawn already.",
		Remedy: "List the grants of the organisation.",
		Detail: "the organisation has no such grant: list its grants",
	},
	{
		Code: "grant-in-use", Title: "Grant in use", Statuses: []int{http.StatusConflict},
		Text:   "Routes of the organisation lie in this grant and in no other, so they would stand outside of its territory.",
		Remedy: "Delete the routes first, grant what they need anew, or withdraw the grant together with its routes.",
		Detail: "the grant carries route gewerbe: delete them first, grant what they need anew, or withdraw it together with them",
	},
	{
		Code: "too-many-grants", Title: "Too many grants", Statuses: []int{http.StatusConflict},
		Text:   "An organisation has so many grants of territory that they could not be gone through with every publication.",
		Remedy: "Grant larger regions, or all services of a region, and withdraw the small grants that lie inside.",
		Detail: "an organisation has at most 1000 grants: grant whole Kreise or Länder, or all services of a region",
	},
	{
		Code: "consent-not-found", Title: "Consent not found", Statuses: []int{http.StatusNotFound},
		Text:   "There is no consent with this id, or it is not yours. It may have been withdrawn already.",
		Remedy: "List the consents that the organisation gave, or was given.",
		Detail: "there is no such consent: list those that were given",
	},
	{
		Code: "too-many-consents", Title: "Too many consents", Statuses: []int{http.StatusConflict},
		Text:   "One organisation has given another so many consents that they could not be gone through with every publication.",
		Remedy: "Consent to larger regions or to all services, and withdraw the small consents that lie inside.",
		Detail: "an organisation gives another one at most 1000 consents: consent to whole Kreise or Länder, or to all services",
	},
}
