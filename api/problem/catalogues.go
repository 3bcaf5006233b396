package problem

import "net/http"

// catalogues is about what look-ups of areas and services depend on.
var catalogues = []Meaning{
	{
		Code: "service-not-found", Title: "Service not found", Statuses: []int{http.StatusNotFound},
		Text:   "The catalogue of services has nothing under this key. That does not keep anybody from using it: whether a key is good is asked of its form alone.",
		Remedy: "Compare the key, or search the catalogue by words. If the service is new, the operator can import a newer catalogue.",
		Detail: "the catalogue has no service 99050012104001; it may be used all the same",
	},
	{
		Code: "import-refused", Title: "Import refused", Statuses: []int{http.StatusUnprocessableEntity},
		Text:   "A list that was to be imported is not as it has to be, so nothing of it was taken: what was in force before still is.",
		Remedy: "The detail names the file with the line and the column, and what was expected there. Correct the file and import it again; a plan shows what an import would change, and changes nothing.",
		Detail: "areas: read areas: line 17, column 1: AGS \"0516200\" of ARS 051620004004: want \"05162004\"",
	},
	{
		Code: "catalogue-changed", Title: "Catalogue changed meanwhile", Statuses: []int{http.StatusConflict},
		Text:   "Somebody else imported a catalogue while this import was under way, so that it would change something else than what was compared.",
		Remedy: "Plan the import again, look at the difference, and import.",
		Detail: "the catalogue of areas was replaced in the meantime: look at the difference again",
	},
}
