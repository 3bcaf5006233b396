package wire

import (
	"encoding/json"
	"time"
)

// RouteList is the answer to GET /routes (FIT-Connect contract 5.2).
type RouteList struct {
	Counted
	Routes      []Route      `json:"routes"`
	Explanation *Explanation `json:"explanation,omitempty"`
}

// Route is one destination that serves the service in the area, with its signed addressing information.
type Route struct {
	DestinationID        string `json:"destinationId"`
	DestinationSignature string `json:"destinationSignature"`
	RouteInfo
}

// RouteInfo is what a route tells people. All of it is optional, and what is empty is left out.
type RouteInfo struct {
	DestinationName      string          `json:"destinationName,omitempty"`
	DestinationShortName string          `json:"destinationShortName,omitempty"`
	DestinationLogo      string          `json:"destinationLogo,omitempty"`
	ContactPersons       []ContactPerson `json:"contactPersons,omitempty"`
	Address              *Address        `json:"address,omitempty"`
	PostalAddress        *Address        `json:"postalAddress,omitempty"`
	PostOfficeBox        *PostOfficeBox  `json:"postOfficeBox,omitempty"`
	PrivacyPolicyURL     string          `json:"privacyPolicyUrl,omitempty"`
	ImprintURL           string          `json:"imprintUrl,omitempty"`
	AccessibilityURL     string          `json:"accessibilityUrl,omitempty"`
	ContactFormURL       string          `json:"contactFormUrl,omitempty"`
	FurtherInformation   *Described      `json:"furtherInformation,omitempty"`
	RequiredDocuments    *Described      `json:"requiredDocuments,omitempty"`
	LegalBasis           *Described      `json:"legalBasis,omitempty"`
	Deadline             *Described      `json:"deadline,omitempty"`
	ProcessingDuration   *Duration       `json:"processingDuration,omitempty"`
	CustomParameters     json.RawMessage `json:"customParameters,omitempty"` // a JSON object
	Origin               string          `json:"origin,omitempty"`
}

// ContactPerson is somebody to ask.
type ContactPerson struct {
	Name  string `json:"name,omitempty"`
	Email string `json:"email,omitempty"`
	Tel   string `json:"tel,omitempty"`
	Fax   string `json:"fax,omitempty"`
}

// Address is a street address.
type Address struct {
	Street      string `json:"street,omitempty"`
	HouseNumber string `json:"houseNumber,omitempty"`
	Additional  string `json:"additional,omitempty"`
	Zip         string `json:"zip,omitempty"`
	City        string `json:"city,omitempty"`
}

// PostOfficeBox is where letters go.
type PostOfficeBox struct {
	PostOfficeBox string `json:"postOfficeBox,omitempty"`
	Zip           string `json:"zip,omitempty"`
	City          string `json:"city,omitempty"`
}

// Described is a text by language, which may contain HTML: whoever shows it has to sanitise it.
type Described struct {
	Description map[string]string `json:"description"`
}

// Duration is how long something takes; unit is year, month, week, day, workday, hour, minute or second.
type Duration struct {
	Min  int    `json:"minDuration,omitempty"`
	Max  int    `json:"maxDuration,omitempty"`
	Unit string `json:"unit,omitempty"`
}

// Explanation is how an answer came about, an addition of ours.
type Explanation struct {
	At        time.Time `json:"at"` // the time that decided what is in force
	Parameter string    `json:"parameter"`
	Value     string    `json:"value"`
	Area      *Area     `json:"area,omitempty"`   // that this is, if it is known
	Region    string    `json:"region,omitempty"` // where the search began; "" if that is not known
	Notes     []string  `json:"notes,omitempty"`
	Outcome   string    `json:"outcome"`
	Levels    []Level   `json:"levels"` // the nearest first
}

// Level is one area of a search.
type Level struct {
	Region     string      `json:"region"`
	Name       string      `json:"name,omitempty"`
	Candidates []Candidate `json:"candidates"`
	Omitted    int         `json:"omitted,omitempty"` // how many more candidates there are
}

// Candidate is a route for the service at a level, and what became of it.
type Candidate struct {
	DestinationID   string    `json:"destinationId"`
	DestinationName string    `json:"destinationName,omitempty"`
	Priority        int       `json:"priority,omitempty"`
	From            time.Time `json:"from,omitzero"`
	Until           time.Time `json:"until,omitzero"`
	Verdict         string    `json:"verdict"`
	Reason          string    `json:"reason"`
}

// AreaList is the answer to GET /areas (FIT-Connect contract 5.3).
type AreaList struct {
	Counted
	Areas []Area `json:"areas"`
}

// Area is a part of the country; ID is made of digits. ARS, an addition of ours, lets a client ask for routes by the key that the
// addressing information attests; other services leave it out.
type Area struct {
	ID   string `json:"id"`
	Name string `json:"name"`
	Type string `json:"type"`
	ARS  string `json:"ars,omitempty"`
}
