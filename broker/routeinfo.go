package broker

import "encoding/json"

// RouteInfo is what a route tells people about the authority and the service (FIT-Connect contract 5.2). All of it is optional.
type RouteInfo struct {
	ShortName                                                         string
	LogoURL, PrivacyURL, ImprintURL, AccessibilityURL, ContactFormURL string // https
	Contacts                                                          []RouteContact
	Address, PostalAddress                                            *Address
	PostOfficeBox                                                     *PostOfficeBox
	Further, Documents, LegalBasis, Deadline                          []Text // one per language
	Duration                                                          *Duration
	Custom                                                            json.RawMessage // JSON object
}

// Text is one text in one language (BCP 47). It may contain HTML: whoever shows it has to sanitise it.
type Text struct{ Language, Text string }

// RouteContact is somebody to ask.
type RouteContact struct{ Name, Email, Phone, Fax string }

// Address is a street address in Germany.
type Address struct{ Street, HouseNumber, Postcode, City, Additional string }

// PostOfficeBox is where letters go.
type PostOfficeBox struct{ Number, Postcode, City string }

// Duration is how long an authority takes, in units of FIT-Connect contract 5.2: year to second.
type Duration struct {
	Min, Max int
	Unit     string
}
