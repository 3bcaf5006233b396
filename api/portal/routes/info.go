package routes

import (
	"slices"
	"strings"

	"github.com/vierkant/vierkant/api/portal/page"
	"github.com/vierkant/vierkant/broker"
)

// infoFields are the names of the fields about what a route tells people.
func infoFields() []string { return append(lineFields(), textFields()...) }

// lineFields are those of one line: what each authority says of itself.
func lineFields() []string {
	return []string{
		"shortName", "contactName", "contactEmail", "contactPhone", "privacy", "imprint", "accessibility", "contactForm",
		"street", "houseNumber", "postcode", "city",
	}
}

// textFields are those of texts, in each language.
func textFields() (all []string) {
	for _, text := range infoTexts() {
		for _, lang := range page.Languages() {
			all = append(all, text+"."+lang)
		}
	}
	return all
}

func infoTexts() []string { return []string{"further", "documents", "legal", "deadline"} }

// textsOf finds the texts of a name.
func textsOf(i *broker.RouteInfo, name string) *[]broker.Text {
	switch name {
	case "further":
		return &i.Further
	case "documents":
		return &i.Documents
	case "legal":
		return &i.LegalBasis
	}
	return &i.Deadline
}

// lines finds what stands in a line of the form.
func lines(i *broker.RouteInfo, contact *broker.RouteContact, address *broker.Address) map[string]*string {
	return map[string]*string{
		"shortName": &i.ShortName, "privacy": &i.PrivacyURL, "imprint": &i.ImprintURL, "accessibility": &i.AccessibilityURL, "contactForm": &i.ContactFormURL,
		"contactName": &contact.Name, "contactEmail": &contact.Email, "contactPhone": &contact.Phone,
		"street": &address.Street, "houseNumber": &address.HouseNumber, "postcode": &address.Postcode, "city": &address.City,
	}
}

// parts are copies of the first contact and of the address, which may be absent.
func parts(i broker.RouteInfo) (contact broker.RouteContact, address broker.Address) {
	if len(i.Contacts) > 0 {
		contact = i.Contacts[0]
	}
	if i.Address != nil {
		address = *i.Address
	}
	return contact, address
}

// infoForm makes the fields of some names.
func infoForm(i broker.RouteInfo, names []string) (fields []*page.Field) {
	contact, address := parts(i)
	values := lines(&i, &contact, &address)
	for _, name := range names {
		if value, line := values[name]; line {
			fields = append(fields, page.Text(name).Most(2000).Is(*value))
			continue
		}
		text, lang, _ := strings.Cut(name, ".")
		fields = append(fields, page.Area(name).Most(20_000).Lines(3).Is(in(*textsOf(&i, text), lang)))
	}
	return fields
}

func in(all []broker.Text, lang string) string {
	if i := slices.IndexFunc(all, func(t broker.Text) bool { return t.Language == lang }); i >= 0 {
		return all[i].Text
	}
	return ""
}

// readInfo puts what was filled in into what was there: further contacts, languages and all that the form does not show stay.
func readInfo(f *page.Form, i broker.RouteInfo) broker.RouteInfo {
	contact, address := parts(i)
	for name, into := range lines(&i, &contact, &address) {
		if f.Field(name) != nil {
			*into = f.Value(name)
		}
	}
	rest := i.Contacts
	if len(rest) > 0 {
		rest = rest[1:]
	}
	i.Contacts = slices.Clone(rest)
	if contact != (broker.RouteContact{}) {
		i.Contacts = append([]broker.RouteContact{contact}, rest...)
	}
	i.Address = nil
	if address != (broker.Address{}) {
		i.Address = &address
	}
	for _, name := range infoTexts() {
		texts := textsOf(&i, name)
		for _, lang := range page.Languages() {
			if f.Field(name+"."+lang) != nil {
				*texts = with(*texts, lang, f.Value(name+"."+lang))
			}
		}
	}
	return i
}

// with is the texts with another one in a language, in the order of the languages; "" takes it away.
func with(all []broker.Text, lang, text string) []broker.Text {
	all = slices.DeleteFunc(slices.Clone(all), func(t broker.Text) bool { return t.Language == lang })
	if text == "" {
		return all
	}
	at, _ := slices.BinarySearchFunc(all, lang, func(t broker.Text, lang string) int {
		switch {
		case t.Language < lang:
			return -1
		case t.Language > lang:
			return 1
		}
		return 0
	})
	return slices.Insert(all, at, broker.Text{Language: lang, Text: text})
}
