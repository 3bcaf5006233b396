package wire

import "time"

// The catalogues of areas and services, as the management API shows and takes them.

// CatalogueState says where a catalogue in force comes from.
type CatalogueState struct {
	Sample      bool       `json:"sample"` // nothing was imported; the other members are absent
	Digest      string     `json:"digest,omitempty"`
	Attribution string     `json:"attribution,omitempty"`
	ImportedBy  string     `json:"importedBy,omitempty"`
	ImportedAt  *time.Time `json:"importedAt,omitempty"`
}

// Part is the beginning of a list, and how long all of it is.
type Part[T any] struct {
	TotalCount int `json:"totalCount"`
	Items      []T `json:"items"`
}

// AreaCounts counts a catalogue of areas.
type AreaCounts struct {
	AsOf           string `json:"asOf,omitempty"` // day of the list
	Areas          int    `json:"areas"`
	Municipalities int    `json:"municipalities"`
	FormerAreas    int    `json:"formerAreas"`
	Postcodes      int    `json:"postcodes"` // pairs of a postcode and a municipality
	Population     int    `json:"population"`
}

// AreaCatalogue is the answer of GET /areas.
type AreaCatalogue struct {
	CatalogueState
	AreaCounts
}

// ListedArea is an area in a difference.
type ListedArea struct {
	ARS  string `json:"ars"`
	Name string `json:"name"`
	Type string `json:"type"`
}

// RemovedArea is an area that the new list has no more.
type RemovedArea struct {
	ListedArea
	Successor string `json:"successor,omitempty"` // its ARS, if one is known
}

// ChangedArea is an area of both lists.
type ChangedArea struct {
	Before ListedArea `json:"before"`
	After  ListedArea `json:"after"`
	What   []string   `json:"what"` // of "key", "name", "type", "parent", "postcodes"
}

// AreaImport is the answer of POST /areas/import.
type AreaImport struct {
	Applied bool              `json:"applied"`
	Before  AreaCounts        `json:"before"`
	After   AreaCounts        `json:"after"`
	Added   Part[ListedArea]  `json:"added"`
	Removed Part[RemovedArea] `json:"removed"`
	Changed Part[ChangedArea] `json:"changed"`
	Notes   Part[string]      `json:"notes"` // what was left out
}

// ServiceText is what a service is called in one language.
type ServiceText struct {
	Language     string `json:"language"`
	Name         string `json:"name"`
	OfficialName string `json:"officialName,omitempty"`
	Description  string `json:"description,omitempty"`
}

// ListedService is a service of the catalogue.
type ListedService struct {
	Key   string        `json:"key"` // fourteen digits, or a URN
	URN   string        `json:"urn"`
	Name  string        `json:"name"` // in German, if it has a name there
	Texts []ServiceText `json:"texts"`
}

// ServiceList is the answer of GET /services.
type ServiceList struct {
	Counted
	Catalogue CatalogueState  `json:"catalogue"`
	Services  []ListedService `json:"services"`
}

// NamedService is a service in a difference.
type NamedService struct {
	Key  string `json:"key"`
	Name string `json:"name"`
}

// RenamedService is a service whose names differ.
type RenamedService struct {
	Key    string `json:"key"`
	Before string `json:"before"`
	After  string `json:"after"`
}

// ServiceImport is the answer of POST /services/import.
type ServiceImport struct {
	Applied   bool                 `json:"applied"`
	Services  int                  `json:"services"` // in the catalogue then
	Added     Part[NamedService]   `json:"added"`
	Removed   Part[NamedService]   `json:"removed"`
	Renamed   Part[RenamedService] `json:"renamed"`
	Described Part[NamedService]   `json:"described"` // only described otherwise
	Notes     Part[string]         `json:"notes"`     // what was left out
}
