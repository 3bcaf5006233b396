package record

import (
	"slices"
	"time"

	"github.com/vierkant/vierkant/broker"
)

// Coverage is broker.Coverage as it is stored.
type Coverage struct {
	Services []string `json:"services,omitempty"`
	Regions  []string `json:"regions,omitempty"`
	Schemas  []string `json:"schemas,omitempty"`
}

// NewCoverage writes it down.
func NewCoverage(c broker.Coverage) Coverage { return Coverage(c) }

// Domain reads it back.
func (r Coverage) Domain() broker.Coverage {
	return broker.Coverage{
		Services: slices.Clone(r.Services), Regions: slices.Clone(r.Regions), Schemas: slices.Clone(r.Schemas),
	}
}

// Route is broker.Route as it is stored.
type Route struct {
	ID          string     `json:"id"`
	Org         string     `json:"org"`
	Key         string     `json:"key,omitempty"`
	Destination string     `json:"dest"`
	Name        string     `json:"name,omitempty"`
	Coverage    []Coverage `json:"coverage,omitempty"`
	Priority    int        `json:"priority,omitempty"`
	From        time.Time  `json:"from,omitzero"`
	Until       time.Time  `json:"until,omitzero"`
	Offline     bool       `json:"offline,omitempty"`
	Info        RouteInfo  `json:"info,omitzero"`
	Adoption    string     `json:"adoption,omitempty"`
	Signature   string     `json:"sig,omitempty"`
	Published   time.Time  `json:"published,omitzero"`
}

// NewRoute writes it down.
func NewRoute(r broker.Route) Route {
	return Route{
		ID: string(r.ID), Org: string(r.Org), Key: r.Key, Destination: string(r.Destination), Name: r.Name,
		Coverage: convert(r.Coverage, NewCoverage), Priority: r.Priority, From: r.From.UTC(), Until: r.Until.UTC(), Offline: r.Offline,
		Info: NewRouteInfo(r.Info), Adoption: string(r.Adoption), Signature: r.Signature, Published: r.Published.UTC(),
	}
}

// Domain reads it back.
func (r Route) Domain() broker.Route {
	return broker.Route{
		ID: broker.RouteID(r.ID), Org: broker.OrgID(r.Org), Key: r.Key, Destination: broker.DestinationID(r.Destination), Name: r.Name,
		Coverage: convert(r.Coverage, Coverage.Domain), Priority: r.Priority, From: r.From, Until: r.Until, Offline: r.Offline,
		Info: r.Info.Domain(), Adoption: broker.AdoptionID(r.Adoption), Signature: r.Signature, Published: r.Published,
	}
}

// RouteInfo is broker.RouteInfo as it is stored.
type RouteInfo struct {
	ShortName        string         `json:"short,omitempty"`
	LogoURL          string         `json:"logo,omitempty"`
	PrivacyURL       string         `json:"privacy,omitempty"`
	ImprintURL       string         `json:"imprint,omitempty"`
	AccessibilityURL string         `json:"accessibility,omitempty"`
	ContactFormURL   string         `json:"form,omitempty"`
	Contacts         []RouteContact `json:"contacts,omitempty"`
	Address          *Address       `json:"address,omitempty"`
	PostalAddress    *Address       `json:"postal,omitempty"`
	PostOfficeBox    *PostOfficeBox `json:"box,omitempty"`
	Further          []Text         `json:"further,omitempty"`
	Documents        []Text         `json:"documents,omitempty"`
	LegalBasis       []Text         `json:"legal,omitempty"`
	Deadline         []Text         `json:"deadline,omitempty"`
	Duration         *Duration      `json:"duration,omitempty"`
	Custom           []byte         `json:"custom,omitempty"`
}

// NewRouteInfo writes it down.
func NewRouteInfo(i broker.RouteInfo) RouteInfo {
	return RouteInfo{
		ShortName: i.ShortName, LogoURL: i.LogoURL, PrivacyURL: i.PrivacyURL, ImprintURL: i.ImprintURL,
		AccessibilityURL: i.AccessibilityURL, ContactFormURL: i.ContactFormURL,
		Contacts: convert(i.Contacts, func(c broker.RouteContact) RouteContact { return RouteContact(c) }),
		Address:  (*Address)(i.Address), PostalAddress: (*Address)(i.PostalAddress), PostOfficeBox: (*PostOfficeBox)(i.PostOfficeBox),
		Further: convert(i.Further, NewText), Documents: convert(i.Documents, NewText), LegalBasis: convert(i.LegalBasis, NewText), Deadline: convert(i.Deadline, NewText),
		Duration: (*Duration)(i.Duration), Custom: i.Custom,
	}
}

// Domain reads it back.
func (r RouteInfo) Domain() broker.RouteInfo {
	return broker.RouteInfo{
		ShortName: r.ShortName, LogoURL: r.LogoURL, PrivacyURL: r.PrivacyURL, ImprintURL: r.ImprintURL,
		AccessibilityURL: r.AccessibilityURL, ContactFormURL: r.ContactFormURL,
		Contacts: convert(r.Contacts, func(c RouteContact) broker.RouteContact { return broker.RouteContact(c) }),
		Address:  own((*broker.Address)(r.Address)), PostalAddress: own((*broker.Address)(r.PostalAddress)),
		PostOfficeBox: own((*broker.PostOfficeBox)(r.PostOfficeBox)),
		Further:       convert(r.Further, Text.Domain), Documents: convert(r.Documents, Text.Domain), LegalBasis: convert(r.LegalBasis, Text.Domain), Deadline: convert(r.Deadline, Text.Domain),
		Duration: own((*broker.Duration)(r.Duration)), Custom: slices.Clone(r.Custom),
	}
}

// own copies what p points to: a record that is remembered is shared.
func own[T any](p *T) *T {
	if p == nil {
		return nil
	}
	v := *p
	return &v
}

// Text is broker.Text as it is stored.
type Text struct {
	Language string `json:"lang,omitempty"`
	Text     string `json:"text,omitempty"`
}

// NewText writes it down.
func NewText(t broker.Text) Text { return Text(t) }

// Domain reads it back.
func (r Text) Domain() broker.Text { return broker.Text(r) }

// RouteContact is broker.RouteContact as it is stored.
type RouteContact struct {
	Name  string `json:"name,omitempty"`
	Email string `json:"email,omitempty"`
	Phone string `json:"phone,omitempty"`
	Fax   string `json:"fax,omitempty"`
}

// Address is broker.Address as it is stored.
type Address struct {
	Street      string `json:"street,omitempty"`
	HouseNumber string `json:"number,omitempty"`
	Postcode    string `json:"postcode,omitempty"`
	City        string `json:"city,omitempty"`
	Additional  string `json:"additional,omitempty"`
}

// PostOfficeBox is broker.PostOfficeBox as it is stored.
type PostOfficeBox struct {
	Number   string `json:"number,omitempty"`
	Postcode string `json:"postcode,omitempty"`
	City     string `json:"city,omitempty"`
}

// Duration is broker.Duration as it is stored.
type Duration struct {
	Min  int    `json:"min,omitempty"`
	Max  int    `json:"max,omitempty"`
	Unit string `json:"unit,omitempty"`
}
