package wire

// RouteList is the answer to GET /routes (FIT-Connect contract 5.2).
type RouteList struct {
	Counted
	Routes []Route `json:"routes"`
}

// Route is one destination that serves the service in the area, with its signed addressing information.
type Route struct {
	DestinationID        string `json:"destinationId"`
	DestinationSignature string `json:"destinationSignature"`
	DestinationName      string `json:"destinationName,omitempty"`
	Origin               string `json:"origin,omitempty"`
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
