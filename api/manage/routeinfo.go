package manage

import (
	"maps"
	"slices"

	"github.com/vierkant/vierkant/api/wire"
	"github.com/vierkant/vierkant/broker"
)

// infoOf reads what a route is to tell people. Name and origin of a route are not among it.
func infoOf(i wire.RouteInfo) (broker.RouteInfo, error) {
	if i.DestinationName != "" || i.Origin != "" {
		return broker.RouteInfo{}, &wire.Error{Member: "info", Want: "has neither destinationName nor origin: the name stands beside it, the origin is always this service"}
	}
	info := broker.RouteInfo{
		ShortName: i.DestinationShortName, LogoURL: i.DestinationLogo, PrivacyURL: i.PrivacyPolicyURL, ImprintURL: i.ImprintURL,
		AccessibilityURL: i.AccessibilityURL, ContactFormURL: i.ContactFormURL,
		Further: textsOf(i.FurtherInformation), Documents: textsOf(i.RequiredDocuments), LegalBasis: textsOf(i.LegalBasis), Deadline: textsOf(i.Deadline),
		Address: addressOf(i.Address), PostalAddress: addressOf(i.PostalAddress), Custom: i.CustomParameters,
	}
	for _, c := range i.ContactPersons {
		info.Contacts = append(info.Contacts, broker.RouteContact{Name: c.Name, Email: c.Email, Phone: c.Tel, Fax: c.Fax})
	}
	if b := i.PostOfficeBox; b != nil {
		info.PostOfficeBox = &broker.PostOfficeBox{Number: b.PostOfficeBox, Postcode: b.Zip, City: b.City}
	}
	if d := i.ProcessingDuration; d != nil {
		info.Duration = &broker.Duration{Min: d.Min, Max: d.Max, Unit: d.Unit}
	}
	return info, nil
}

// textsOf sorts texts by language.
func textsOf(d *wire.Described) (texts []broker.Text) {
	if d == nil {
		return nil
	}
	for _, language := range slices.Sorted(maps.Keys(d.Description)) {
		texts = append(texts, broker.Text{Language: language, Text: d.Description[language]})
	}
	return texts
}

func addressOf(a *wire.Address) *broker.Address {
	if a == nil {
		return nil
	}
	return &broker.Address{Street: a.Street, HouseNumber: a.HouseNumber, Additional: a.Additional, Postcode: a.Zip, City: a.City}
}

// viewInfo is infoOf the other way round.
func viewInfo(i broker.RouteInfo) wire.RouteInfo {
	view := wire.RouteInfo{
		DestinationShortName: i.ShortName, DestinationLogo: i.LogoURL, PrivacyPolicyURL: i.PrivacyURL, ImprintURL: i.ImprintURL,
		AccessibilityURL: i.AccessibilityURL, ContactFormURL: i.ContactFormURL,
		FurtherInformation: viewTexts(i.Further), RequiredDocuments: viewTexts(i.Documents), LegalBasis: viewTexts(i.LegalBasis), Deadline: viewTexts(i.Deadline),
		Address: viewAddress(i.Address), PostalAddress: viewAddress(i.PostalAddress), CustomParameters: i.Custom,
	}
	for _, c := range i.Contacts {
		view.ContactPersons = append(view.ContactPersons, wire.ContactPerson{Name: c.Name, Email: c.Email, Tel: c.Phone, Fax: c.Fax})
	}
	if b := i.PostOfficeBox; b != nil {
		view.PostOfficeBox = &wire.PostOfficeBox{PostOfficeBox: b.Number, Zip: b.Postcode, City: b.City}
	}
	if d := i.Duration; d != nil {
		view.ProcessingDuration = &wire.Duration{Min: d.Min, Max: d.Max, Unit: d.Unit}
	}
	return view
}

func viewTexts(texts []broker.Text) *wire.Described {
	if len(texts) == 0 {
		return nil
	}
	by := make(map[string]string, len(texts))
	for _, t := range texts {
		by[t.Language] = t.Text
	}
	return &wire.Described{Description: by}
}

func viewAddress(a *broker.Address) *wire.Address {
	if a == nil {
		return nil
	}
	return &wire.Address{Street: a.Street, HouseNumber: a.HouseNumber, Additional: a.Additional, Zip: a.Postcode, City: a.City}
}
