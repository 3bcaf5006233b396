package template

import (
	"encoding/json"
	"errors"
	"regexp"
	"slices"
	"strings"

	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/routing"
)

var languagePattern = regexp.MustCompile(`^[a-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}$`)

const (
	maxList = 500  // services, schemas, languages, regions
	maxURI  = 2048 // bytes
)

func bad(text string, args ...any) error { return broker.Invalid.New("bad-request", text, args...) }

// check refuses what breaks a rule of shape; a draft may lack anything but a name.
func (c Content) check() error {
	if err := broker.CheckName("the name of a template", c.Name); err != nil {
		return err
	}
	for _, list := range []struct {
		what  string
		all   []string
		valid func(string) bool
		like  string
	}{
		{"services", c.Services, routing.IsURN, "urn:de:fim:leika:leistung:99050012104000"},
		{"schemas", c.Schemas, isURI, "https://schema.example.org/fim/s00000000009_1.0.0.schema.json"},
		{"languages", c.Languages, languagePattern.MatchString, "de or de-x-leicht"},
	} {
		if err := checkList(list.what, list.all, list.valid, list.like); err != nil {
			return err
		}
	}
	if given := foreign(c.Shared, sharedFields); given != "" {
		return bad("%s is for each authority to say: leave it out of the template", given)
	}
	if err := c.Shared.Check(); err != nil {
		return err
	}
	return errors.Join(checkTexts(feesParameter, c.Fees), checkTexts(resultsParameter, c.Results), c.checkCustom())
}

// checkTexts asks of texts that the route has no field for what is asked of those that it has one for.
func checkTexts(field string, texts []broker.Text) error {
	var refused *broker.Error
	if errors.As(broker.RouteInfo{Further: texts}.Check(), &refused) {
		return bad("%s", strings.Replace(refused.Detail, "furtherInformation", field, 1))
	}
	return nil
}

func checkList(what string, all []string, valid func(string) bool, like string) error {
	if len(all) > maxList {
		return bad("a template names at most %d %s", maxList, what)
	}
	for i, text := range all {
		switch {
		case !valid(text):
			return bad("%.80q is not one of what %s are: write something like %s", text, what, like)
		case slices.Contains(all[:i], text):
			return bad("the %s name %.80q twice", what, text)
		}
	}
	return nil
}

func isURI(text string) bool {
	return len(text) > 0 && len(text) <= maxURI && strings.Contains(text, ":") && !strings.ContainsAny(text, " \t\r\n")
}

// checkCustom keeps the names that the template's own texts get.
func (c Content) checkCustom() error {
	var custom map[string]json.RawMessage
	if len(c.Shared.Custom) == 0 {
		return nil
	}
	if err := json.Unmarshal(c.Shared.Custom, &custom); err != nil {
		return err
	}
	for _, name := range []string{feesParameter, resultsParameter} {
		if _, taken := custom[name]; taken {
			return bad("customParameters get %q by themselves: give it as %s of the template", name, name)
		}
	}
	return nil
}

// check refuses what breaks a rule of shape; anything may be missing still.
func (p Part) check() error {
	if p.Name != "" {
		if err := broker.CheckName("the name of the authority", p.Name); err != nil {
			return err
		}
	}
	if len(p.Regions) > maxList {
		return bad("an adoption names at most %d regions: name those that cover others, or adopt the template again", maxList)
	}
	for _, text := range p.Regions {
		if r, err := routing.ParseRegion(text); err != nil || !r.Canonical() {
			return bad("%.20q is not a region that a route can stand at: write DE and 0, 2, 3, 5, 9 or 12 digits of an ARS, like DE05515", text)
		}
	}
	if !p.From.IsZero() && !p.Until.IsZero() && !p.From.Before(p.Until) {
		return bad("until must be later than from: swap them, or leave one out")
	}
	if given := foreign(p.Own, ownFields); given != "" {
		return bad("%s comes from the template: leave it out of the adoption", given)
	}
	return p.Own.Check()
}

// side says whose a part of RouteInfo is.
type side int

const (
	ownFields    side = 1 << iota // the authority's
	sharedFields                  // the template's
)

// foreign names something that is said and is not for that side to say.
func foreign(i broker.RouteInfo, whose side) string {
	const both = ownFields | sharedFields
	for _, f := range []struct {
		name  string
		whose side
		given bool
	}{
		{"destinationShortName", ownFields, i.ShortName != ""},
		{"destinationLogo", ownFields, i.LogoURL != ""},
		{"imprintUrl", ownFields, i.ImprintURL != ""},
		{"contactFormUrl", ownFields, i.ContactFormURL != ""},
		{"contactPersons", ownFields, len(i.Contacts) > 0},
		{"address", ownFields, i.Address != nil},
		{"postalAddress", ownFields, i.PostalAddress != nil},
		{"postOfficeBox", ownFields, i.PostOfficeBox != nil},
		{"privacyPolicyUrl", both, i.PrivacyURL != ""},
		{"accessibilityUrl", both, i.AccessibilityURL != ""},
		{"furtherInformation", sharedFields, len(i.Further) > 0},
		{"requiredDocuments", sharedFields, len(i.Documents) > 0},
		{"legalBasis", sharedFields, len(i.LegalBasis) > 0},
		{"deadline", sharedFields, len(i.Deadline) > 0},
		{"processingDuration", sharedFields, i.Duration != nil},
		{"customParameters", sharedFields, len(i.Custom) > 0},
	} {
		if f.given && f.whose&whose == 0 {
			return f.name
		}
	}
	return ""
}
