package problem

import "net/http"

// templates is about online services that many authorities share.
var templates = []Meaning{
	{
		Code: "template-not-found", Title: "Template not found", Statuses: []int{http.StatusNotFound},
		Text:   "There is no template with this id, or it is a draft of another organisation, or it does not belong to the organisation that the path names.",
		Remedy: "Take the id from the list of templates that can be adopted, or from that of your organisation.",
		Detail: "there is no template 3f1a9f0c-2b7d-4a55-8f4e-5b0d6c7e8f90",
	},
	{
		Code: "adoption-not-found", Title: "Adoption not found", Statuses: []int{http.StatusNotFound},
		Text:   "There is no adoption with this id, or it belongs to another organisation.",
		Remedy: "Take the id from the list of adoptions of your organisation.",
		Detail: "there is no adoption b8a3c1d2-4e5f-4a6b-9c7d-8e9f0a1b2c3d",
	},
	{
		Code: "version-not-found", Title: "Version not found", Statuses: []int{http.StatusNotFound},
		Text:   "The template never had a version with this number.",
		Remedy: "Take the number from the list of its versions; 1 is the first.",
		Detail: "the template has no version 7: list its versions",
	},
	{
		Code: "template-state-invalid", Title: "Not in this state", Statuses: []int{http.StatusConflict},
		Text:   "A template is a draft, open or closed, an adoption stands or was left, and this cannot be done as it is now.",
		Remedy: "Read the template or the adoption: its state says what can be done. A template that was opened is closed, not deleted; one that was left is adopted again.",
		Detail: "the template is closed: only one that is open can be adopted",
	},
	{
		Code: "template-adopted", Title: "Template adopted", Statuses: []int{http.StatusConflict},
		Text:   "The services and schemas of a template are attested in the routes of all who have adopted it, so they do not change any more.",
		Remedy: "Make another template with the other services or schemas, open it, and close this one. Texts can be changed at any time.",
		Detail: "the services and schemas of a template do not change once it was adopted: make another template, and close this one",
	},
	{
		Code: "incomplete", Title: "Not complete", Statuses: []int{http.StatusUnprocessableEntity},
		Text:   "A template is complete before it is opened, an adoption before it goes online. The detail names all that is missing.",
		Remedy: "Add what is missing and try again. Reading the template or adoption shows the same list in its member missing.",
		Detail: "the adoption is not complete: no region is named: add at least one that the authority is responsible for, like DE05515",
	},
	{
		Code: "too-many-templates", Title: "Too many templates", Statuses: []int{http.StatusConflict},
		Text:   "The organisation has as many templates as it may have.",
		Remedy: "Delete drafts that nobody needs.",
		Detail: "an organisation has at most 1000 templates: delete drafts that nobody needs",
	},
	{
		Code: "too-many-adoptions", Title: "Too many adoptions", Statuses: []int{http.StatusConflict},
		Text:   "The organisation has adopted templates as often as it may.",
		Remedy: "Name several regions in one adoption instead of one in each.",
		Detail: "an organisation adopts templates at most 10000 times: name several regions in one adoption",
	},
}
