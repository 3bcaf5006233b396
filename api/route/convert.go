package route

import (
	"github.com/vierkant/vierkant/api/wire"
	"github.com/vierkant/vierkant/broker"
)

// origin says where all routes of this broker come from: its own register (FIT-Connect contract 5.2, 5.6).
const origin = "Zustelldienst"

func routeOf(r *broker.Route) wire.Route {
	return wire.Route{DestinationID: string(r.Destination), DestinationSignature: r.Signature, RouteInfo: infoOf(r)}
}

// infoOf is what people may know of a route. Nothing of an owner's administration is in it.
func infoOf(r *broker.Route) wire.RouteInfo {
	i := &r.Info
	return wire.RouteInfo{
		DestinationName: r.Name, DestinationShortName: i.ShortName, DestinationLogo: i.LogoURL,
		ContactPersons: contactsOf(i.Contacts), Address: addressOf(i.Address), PostalAddress: addressOf(i.PostalAddress),
		PostOfficeBox: boxOf(i.PostOfficeBox), PrivacyPolicyURL: i.PrivacyURL, ImprintURL: i.ImprintURL,
		AccessibilityURL: i.AccessibilityURL, ContactFormURL: i.ContactFormURL,
		FurtherInformation: describedOf(i.Further), RequiredDocuments: describedOf(i.Documents),
		LegalBasis: describedOf(i.LegalBasis), Deadline: describedOf(i.Deadline), ProcessingDuration: durationOf(i.Duration),
		CustomParameters: i.Custom, Origin: origin,
	}
}

func contactsOf(all []broker.RouteContact) []wire.ContactPerson {
	var contacts []wire.ContactPerson
	for _, c := range all {
		contacts = append(contacts, wire.ContactPerson{Name: c.Name, Email: c.Email, Tel: c.Phone, Fax: c.Fax})
	}
	return contacts
}

func addressOf(a *broker.Address) *wire.Address {
	if a == nil {
		return nil
	}
	return &wire.Address{Street: a.Street, HouseNumber: a.HouseNumber, Additional: a.Additional, Zip: a.Postcode, City: a.City}
}

func boxOf(b *broker.PostOfficeBox) *wire.PostOfficeBox {
	if b == nil {
		return nil
	}
	return &wire.PostOfficeBox{PostOfficeBox: b.Number, Zip: b.Postcode, City: b.City}
}

func describedOf(texts []broker.Text) *wire.Described {
	if len(texts) == 0 {
		return nil
	}
	by := make(map[string]string, len(texts))
	for _, t := range texts {
		by[t.Language] = t.Text
	}
	return &wire.Described{Description: by}
}

func durationOf(d *broker.Duration) *wire.Duration {
	if d == nil {
		return nil
	}
	return &wire.Duration{Min: d.Min, Max: d.Max, Unit: d.Unit}
}
