package template

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/routing"
)

// Missing lists what a template lacks for being opened.
func (c Content) Missing() (all []Missing) {
	if len(c.Services) == 0 {
		all = append(all, Missing{"services", "no service is named: add the URN of at least one"})
	}
	if len(c.Languages) == 0 {
		all = append(all, Missing{"languages", "no language is named: add at least one, like de"})
	}
	for _, t := range []struct {
		field string
		texts []broker.Text
	}{
		{"furtherInformation", c.Shared.Further}, {"requiredDocuments", c.Shared.Documents}, {"legalBasis", c.Shared.LegalBasis},
		{"deadline", c.Shared.Deadline}, {feesParameter, c.Fees}, {resultsParameter, c.Results},
	} {
		all = append(all, c.missingIn(t.field, t.texts)...)
	}
	return all
}

// missingIn compares the languages of texts that are not left out altogether with those of the template.
func (c Content) missingIn(field string, texts []broker.Text) (all []Missing) {
	if len(texts) == 0 {
		return nil
	}
	in := func(language string) bool {
		return slices.ContainsFunc(texts, func(t broker.Text) bool { return t.Language == language && strings.TrimSpace(t.Text) != "" })
	}
	for _, language := range c.Languages {
		if !in(language) {
			all = append(all, Missing{field, fmt.Sprintf("%s has no text in %q, which is a language of the template: add it, or leave out %s, or the language", field, language, field)})
		}
	}
	for _, t := range texts {
		if !slices.Contains(c.Languages, t.Language) {
			all = append(all, Missing{"languages", fmt.Sprintf("%s has a text in %q, which is no language of the template: add the language, or leave out the text", field, t.Language)})
		}
	}
	return all
}

// incomplete is the error of what is not complete; nil if nothing is missing.
func incomplete(what string, all []Missing) error {
	if len(all) == 0 {
		return nil
	}
	texts := make([]string, len(all))
	for i, m := range all {
		texts[i] = m.Text
	}
	return broker.Unprocessable.New("incomplete", "%s is not complete: %s", what, strings.Join(texts, "; "))
}

// offer is what an adoption is made of, as one transaction sees it.
type offer struct {
	Adoption
	was         Adoption // as it is stored
	template    Template
	destination *broker.Destination // nil: the organisation has none of that id
	route       *broker.Route       // nil: none
}

func (a Adoption) offer(tx broker.Tx) (offer, error) {
	t, err := readTemplate(tx, a.Template)
	if err != nil {
		return offer{}, err
	}
	o := offer{Adoption: a, was: a, template: t}
	d, err := tx.Destination(a.Destination)
	switch {
	case errors.Is(err, broker.ErrNoRow):
		return o, nil
	case err == nil && d.Org == a.Org:
		o.destination = &d
	}
	return o, err
}

// missing lists what an adoption lacks for being online.
func (o offer) missing() (all []Missing) {
	add := func(field, text string, args ...any) { all = append(all, Missing{field, fmt.Sprintf(text, args...)}) }
	if o.Name == "" {
		add("name", "the authority has no name: give the one by which people know it, with the hierarchy, like Stadt Münster, Ordnungsamt")
	}
	if len(o.Regions) == 0 {
		add("regions", "no region is named: add at least one that the authority is responsible for, like DE05515")
	}
	if len(o.Own.Contacts) == 0 {
		add("contactPersons", "nobody is named to ask: add at least one contact with an e-mail address or a telephone number")
	} else if !slices.ContainsFunc(o.Own.Contacts, func(c broker.RouteContact) bool { return c.Email != "" || c.Phone != "" }) {
		add("contactPersons", "no contact can be reached: give at least one an e-mail address or a telephone number")
	}
	if o.Own.PrivacyURL == "" && o.template.Shared.PrivacyURL == "" {
		add("privacyPolicyUrl", "there is no privacy policy: the template has none, so give the address of the authority's own")
	}
	return append(all, o.missingAtDestination()...)
}

func (o offer) missingAtDestination() (all []Missing) {
	switch {
	case o.Destination == "":
		return []Missing{{"destination", "no destination is named: choose one of the organisation that offers the services of the template"}}
	case o.destination == nil:
		return []Missing{{"destination", fmt.Sprintf("the organisation has no destination %.40s: create it, or correct the id", o.Destination)}}
	case o.destination.Status != broker.DestinationActive:
		all = append(all, Missing{"destination", fmt.Sprintf("the destination %s is %s: activate it, or choose another one", o.destination.Name, o.destination.Status)})
	}
	for _, service := range o.template.Services {
		if text := o.notOffered(service); text != "" {
			all = append(all, Missing{"destination", text})
		}
	}
	return all
}

// notOffered says why the destination cannot take a service; "" if it can.
func (o offer) notOffered(service string) string {
	name := o.destination.Name
	offered, ok := o.destination.Offered(service)
	if !ok {
		return fmt.Sprintf("the destination %s does not offer %s: add the service to it, with the regions and a schema", name, service)
	}
	for _, region := range o.Regions {
		if !covers(offered.Regions, region) {
			return fmt.Sprintf("the destination %s does not offer %s in %s: widen its offer, or leave out the region", name, service, region)
		}
	}
	if len(o.schemas(offered)) == 0 && len(o.template.Schemas) > 0 {
		return fmt.Sprintf("the destination %s offers %s in none of the schemas of the template, which are %s: add one to its offer", name, service, strings.Join(o.template.Schemas, ", "))
	}
	return ""
}

// schemas are those of the template that the destination offers for a service.
func (o offer) schemas(offered broker.OfferedService) (both []string) {
	for _, s := range offered.Schemas {
		if slices.Contains(o.template.Schemas, s.URI) {
			both = append(both, s.URI)
		}
	}
	return both
}

func covers(regions []string, text string) bool {
	wanted, err := routing.ParseRegion(text)
	return err == nil && slices.ContainsFunc(regions, func(served string) bool {
		r, err := routing.ParseRegion(served)
		return err == nil && r.Covers(wanted)
	})
}
