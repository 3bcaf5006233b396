package manage

import (
	"maps"
	"slices"

	"github.com/vierkant/vierkant/api/wire"
	"github.com/vierkant/vierkant/broker"
)

// infoOf reads what a route is to tell people. Name and origin of a route are not among it. The member is where it stands in the body.
func infoOf(member string, in wire.RouteInfo) (broker.RouteInfo, error) {
	if in.DestinationName != "" || in.Origin != "" {
		return broker.RouteInfo{}, &wire.Error{Member: member, Want: "has neither destinationName nor origin: the name stands beside it, the origin is always this service"}
	}
	return broker.RouteInfo{
		ShortName: in.DestinationShortName, LogoURL: in.DestinationLogo, PrivacyURL: in.PrivacyPolicyURL, ImprintURL: in.ImprintURL,
		AccessibilityURL: in.AccessibilityURL, ContactFormURL: in.ContactFormURL,
		Contacts: convert(in.ContactPersons, func(p wire.ContactPerson) broker.RouteContact {
			return broker.RouteContact{Name: p.Name, Email: p.Email, Phone: p.Tel, Fax: p.Fax}
		}),
		Address: readAddress(in.Address), PostalAddress: readAddress(in.PostalAddress),
		PostOfficeBox: optional(in.PostOfficeBox, func(b wire.PostOfficeBox) broker.PostOfficeBox {
			return broker.PostOfficeBox{Number: b.PostOfficeBox, Postcode: b.Zip, City: b.City}
		}),
		Further: readTexts(in.FurtherInformation), Documents: readTexts(in.RequiredDocuments),
		LegalBasis: readTexts(in.LegalBasis), Deadline: readTexts(in.Deadline),
		Duration: optional(in.ProcessingDuration, func(d wire.Duration) broker.Duration { return broker.Duration(d) }),
		Custom:   in.CustomParameters,
	}, nil
}

func readAddress(in *wire.Address) *broker.Address {
	return optional(in, func(a wire.Address) broker.Address {
		return broker.Address{Street: a.Street, HouseNumber: a.HouseNumber, Postcode: a.Zip, City: a.City, Additional: a.Additional}
	})
}

// readTexts reads a text by language in the order of the languages, so that the same text is the same route.
func readTexts(in *wire.Described) (all []broker.Text) {
	if in == nil {
		return nil
	}
	for _, language := range slices.Sorted(maps.Keys(in.Description)) {
		all = append(all, broker.Text{Language: language, Text: in.Description[language]})
	}
	return all
}

// viewInfo shows it as it was written.
func viewInfo(i broker.RouteInfo) wire.RouteInfo {
	return wire.RouteInfo{
		DestinationShortName: i.ShortName, DestinationLogo: i.LogoURL, PrivacyPolicyURL: i.PrivacyURL, ImprintURL: i.ImprintURL,
		AccessibilityURL: i.AccessibilityURL, ContactFormURL: i.ContactFormURL,
		ContactPersons: convert(i.Contacts, func(p broker.RouteContact) wire.ContactPerson {
			return wire.ContactPerson{Name: p.Name, Email: p.Email, Tel: p.Phone, Fax: p.Fax}
		}),
		Address: viewAddress(i.Address), PostalAddress: viewAddress(i.PostalAddress),
		PostOfficeBox: optional(i.PostOfficeBox, func(b broker.PostOfficeBox) wire.PostOfficeBox {
			return wire.PostOfficeBox{PostOfficeBox: b.Number, Zip: b.Postcode, City: b.City}
		}),
		FurtherInformation: viewTexts(i.Further), RequiredDocuments: viewTexts(i.Documents),
		LegalBasis: viewTexts(i.LegalBasis), Deadline: viewTexts(i.Deadline),
		ProcessingDuration: optional(i.Duration, func(d broker.Duration) wire.Duration { return wire.Duration(d) }),
		CustomParameters:   i.Custom,
	}
}

func viewAddress(a *broker.Address) *wire.Address {
	return optional(a, func(a broker.Address) wire.Address {
		return wire.Address{Street: a.Street, HouseNumber: a.HouseNumber, Additional: a.Additional, Zip: a.Postcode, City: a.City}
	})
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

// convert converts each of a list; none stays none.
func convert[A, B any](all []A, one func(A) B) (converted []B) {
	for _, a := range all {
		converted = append(converted, one(a))
	}
	return converted
}

// optional converts what may be absent.
func optional[A, B any](a *A, one func(A) B) *B {
	if a == nil {
		return nil
	}
	b := one(*a)
	return &b
}
