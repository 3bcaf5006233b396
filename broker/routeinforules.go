package broker

import (
	"encoding/json"
	"net/mail"
	"net/url"
	"slices"
	"strings"
)

const (
	maxRouteText     = 64 << 10 // bytes of one text, which may be HTML
	maxRouteInfo     = 256 << 10
	maxRouteContacts = 500
)

// Check refuses what the Routing API could not deliver as it is described (FIT-Connect contract 5.2). The error names the field as the wire does.
func (i RouteInfo) Check() error {
	for _, check := range []func() error{i.checkURLs, i.checkContacts, i.checkAddresses, i.checkTexts, i.Duration.check, i.checkCustom} {
		if err := check(); err != nil {
			return err
		}
	}
	raw, err := json.Marshal(i)
	if err == nil && len(raw) > maxRouteInfo {
		return badRequest("what a route tells people has at most %d bytes, this has %d: put long texts on a page of yours and link it", maxRouteInfo, len(raw))
	}
	return err
}

func (i RouteInfo) checkURLs() error {
	for _, field := range []struct{ name, value string }{
		{"destinationLogo", i.LogoURL}, {"privacyPolicyUrl", i.PrivacyURL}, {"imprintUrl", i.ImprintURL},
		{"accessibilityUrl", i.AccessibilityURL}, {"contactFormUrl", i.ContactFormURL},
	} {
		if field.value == "" {
			continue
		}
		if u, err := url.Parse(field.value); err != nil || u.Scheme != "https" || u.Host == "" || len(field.value) > maxText {
			return badRequest("%s must be an address that begins with https://, not %q", field.name, clip(field.value))
		}
	}
	return checkText("destinationShortName", i.ShortName)
}

func (i RouteInfo) checkContacts() error {
	if len(i.Contacts) > maxRouteContacts {
		return badRequest("contactPersons has at most %d", maxRouteContacts)
	}
	for _, c := range i.Contacts {
		if c == (RouteContact{}) {
			return badRequest("contactPersons has an empty one: give a name, an e-mail address or a number, or leave it out")
		}
		if a, err := mail.ParseAddress(c.Email); c.Email != "" && (err != nil || a.Address != c.Email) {
			return badRequest("contactPersons: %q is not a mail address", clip(c.Email))
		}
		if err := checkTexts("contactPersons", c.Name, c.Email, c.Phone, c.Fax); err != nil {
			return err
		}
	}
	return nil
}

func (i RouteInfo) checkAddresses() error {
	for name, a := range map[string]*Address{"address": i.Address, "postalAddress": i.PostalAddress} {
		if a == nil {
			continue
		}
		if err := checkTexts(name, a.Street, a.HouseNumber, a.Postcode, a.City, a.Additional); err != nil {
			return err
		}
	}
	if b := i.PostOfficeBox; b != nil {
		return checkTexts("postOfficeBox", b.Number, b.Postcode, b.City)
	}
	return nil
}

func (i RouteInfo) checkTexts() error {
	for _, field := range []struct {
		name  string
		texts []Text
	}{{"furtherInformation", i.Further}, {"requiredDocuments", i.Documents}, {"legalBasis", i.LegalBasis}, {"deadline", i.Deadline}} {
		var languages []string
		for _, t := range field.texts {
			if t.Language == "" || len(t.Language) > 35 || strings.Trim(t.Language, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-") != "" {
				return badRequest("%s: %q is not a language, like de or en", field.name, clip(t.Language))
			}
			if len(t.Text) > maxRouteText {
				return badRequest("%s: a text has at most %d bytes", field.name, maxRouteText)
			}
			languages = append(languages, t.Language)
		}
		if err := unique(field.name, languages); err != nil {
			return err
		}
	}
	return nil
}

// durationUnits are those of FIT-Connect contract 5.2.
var durationUnits = []string{"year", "month", "week", "day", "workday", "hour", "minute", "second"}

func (d *Duration) check() error {
	switch {
	case d == nil:
		return nil
	case !slices.Contains(durationUnits, d.Unit):
		return badRequest("processingDuration.unit must be one of %s, not %q", strings.Join(durationUnits, ", "), clip(d.Unit))
	case d.Min < 0 || d.Max < d.Min || d.Max > 1<<31-1:
		return badRequest("processingDuration: minDuration must be 0 or more, and maxDuration not less")
	}
	return nil
}

func (i RouteInfo) checkCustom() error {
	var object map[string]json.RawMessage
	if i.Custom != nil && (json.Unmarshal(i.Custom, &object) != nil || object == nil || len(i.Custom) > maxRouteText) {
		return badRequest("customParameters must be a JSON object of at most %d bytes", maxRouteText)
	}
	return nil
}

func checkTexts(field string, texts ...string) error {
	for _, text := range texts {
		if err := checkText(field, text); err != nil {
			return err
		}
	}
	return nil
}

func checkText(field, text string) error {
	if len(text) > maxText {
		return badRequest("%s: a line has at most %d bytes", field, maxText)
	}
	return nil
}
