package routes

import (
	"fmt"
	"slices"
	"strings"

	"github.com/vierkant/vierkant/api/portal/page"
	"github.com/vierkant/vierkant/api/routesheet"
	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/routing"
	"github.com/vierkant/vierkant/routing/area"
	"github.com/vierkant/vierkant/routing/catalogue"
)

// Name is what people call something, with its key.
type Name struct{ Text, Key string }

// names tells what services, areas and destinations are called, on one page.
type names struct {
	v            *page.Visit
	services     *catalogue.Catalogue
	areas        *area.Catalogue
	destinations *broker.Destinations
}

func (s *Service) names(v *page.Visit) names {
	return names{v, s.cfg.Catalogues.Services(), s.cfg.Catalogues.Areas(), s.cfg.Destinations}
}

func (n names) service(urn string) Name {
	name := Name{Text: urn, Key: urn}
	key, err := catalogue.ParseKey(urn)
	if err != nil {
		return name
	}
	name.Key = string(key)
	if known, ok := n.services.ByKey(key); ok {
		name.Text = known.In(n.v.Lang()).Name
	}
	return name
}

func (n names) region(text string) Name {
	at, err := routing.ParseRegion(text)
	if err != nil {
		return Name{text, text}
	}
	if at.ARS() == "" {
		return Name{n.v.T("germany"), "DE"}
	}
	if known, ok := n.areas.ByARS(at.ARS()); ok {
		return Name{n.areas.Label(known), at.String()}
	}
	return Name{at.String(), at.String()}
}

// destination is the name of one; that of another organisation is its id alone.
func (n names) destination(id broker.DestinationID) Name {
	d, _, err := n.destinations.Get(n.v.Request().Context(), n.v.Who(), id)
	if err != nil || d.Org != n.v.Org() {
		return Name{string(id), string(id)}
	}
	return Name{d.Name, string(id)}
}

// shown is how many of a list are named.
const shown = 10

// brief names the first of a list, and how many more there are.
func brief(all []string, name func(string) Name) (some []Name, more int) {
	for _, one := range all[:min(len(all), shown)] {
		some = append(some, name(one))
	}
	return some, max(0, len(all)-shown)
}

// codes reads what was typed into an area of lines: keys, many in a line, or one name. What is wrong is said at the field of the form.
func (n names) codes(f *page.Form, field string, isCode func(string) (string, bool), find func(string) ([]Name, int)) (all []string) {
	for _, line := range strings.Split(f.Value(field), "\n") {
		line = strings.TrimSpace(line)
		if line == "" {
			continue
		}
		if several, ok := split(line, isCode); ok {
			all = append(all, several...)
			continue
		}
		found, total := find(line)
		if i := slices.IndexFunc(found, func(n Name) bool { return strings.EqualFold(n.Text, line) }); i >= 0 {
			found, total = found[i:i+1], 1
		}
		if total == 1 {
			all = append(all, found[0].Key)
			continue
		}
		f.Wrong(field, n.told(f.Field(field).Label, line, found, total))
		return nil
	}
	return all
}

// split reads a line of keys.
func split(line string, isCode func(string) (string, bool)) (all []string, ok bool) {
	for _, part := range strings.FieldsFunc(line, func(r rune) bool { return strings.ContainsRune(",; \t\r", r) }) {
		code, is := isCode(part)
		if !is {
			return nil, false
		}
		all = append(all, code)
	}
	return all, len(all) > 0
}

// told says that a name is not enough.
func (n names) told(label, line string, found []Name, total int) string {
	if total == 0 {
		return n.v.T("names.unknown", label, line)
	}
	var all []string
	for _, n := range found {
		all = append(all, fmt.Sprintf("%s (%s)", n.Text, n.Key))
	}
	if total > len(all) {
		all = append(all, "…")
	}
	return n.v.T("names.several", label, line, strings.Join(all, "; "))
}

// candidates is how many that a name fits are listed.
const candidates = 8

// findServices finds services by a name: the one that is called so in some language, or all that it fits.
func (n names) findServices(text string) (found []Name, total int) {
	all, total, err := n.services.Search(text, 0, candidates)
	if err != nil {
		return nil, 0
	}
	var exact []Name
	for _, s := range all {
		name := Name{s.In(n.v.Lang()).Name, s.Key.URN()}
		found = append(found, name)
		if slices.ContainsFunc(s.Texts, func(t catalogue.Text) bool { return strings.EqualFold(t.Name, text) }) {
			exact = append(exact, name)
		}
	}
	if len(exact) == 1 {
		return exact, 1
	}
	return found, total
}

func (n names) findRegions(text string) (found []Name, total int) {
	all, total, err := n.areas.Search([]string{text}, 0, candidates)
	if err != nil {
		return nil, 0
	}
	for _, a := range all {
		found = append(found, Name{n.areas.Label(a), a.Region().String()})
	}
	return found, total
}

func isService(text string) (urn string, ok bool) {
	urn = routesheet.URN(text)
	return urn, routing.IsURN(urn)
}

func isRegion(text string) (region string, ok bool) {
	r, err := routing.ParseRegion(routesheet.Region(strings.ToUpper(text)))
	if err != nil {
		return "", false
	}
	return r.String(), true
}

// readServices and readRegions are what fields of a form name.
func (n names) readServices(f *page.Form, field string) []string {
	return n.codes(f, field, isService, n.findServices)
}

func (n names) readRegions(f *page.Form, field string) []string {
	return n.codes(f, field, isRegion, n.findRegions)
}

// notOne says why a line of a filter is no place.
func (n names) notOne(line string, found []Name) string {
	return n.told(n.v.T("list.filter"), line, found, len(found))
}

// one reads a line of a filter as a key, or as a name that fits one alone; "" with ok false is neither.
func one(text string, isCode func(string) (string, bool), find func(string) ([]Name, int)) (code string, found []Name, ok bool) {
	if text == "" {
		return "", nil, true
	}
	if code, is := isCode(text); is {
		return code, nil, true
	}
	found, total := find(text)
	if i := slices.IndexFunc(found, func(n Name) bool { return strings.EqualFold(n.Text, text) }); i >= 0 {
		return found[i].Key, nil, true
	}
	if total == 1 {
		return found[0].Key, nil, true
	}
	return "", found, false
}
