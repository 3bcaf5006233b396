package routes

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/vierkant/vierkant/api/manage"
	"github.com/vierkant/vierkant/api/routesheet"
	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/broker/publication"
)

// line is one thing that a route says. Lists have Many, the rest One.
type line struct {
	Label string
	One   string
	Many  []Name
	More  int
	keys  []string // of Many, all
}

// facts are what a draft says, with what is empty left out.
func (n names) facts(d publication.Draft) (all []line) {
	for _, l := range n.lines(d) {
		if l.One != "" || len(l.Many) > 0 {
			l.One = clip(l.One)
			all = append(all, l)
		}
	}
	return all
}

// lines are everything that a draft can say, always in the same order.
func (n names) lines(d publication.Draft) []line {
	t := n.v.T
	desk := n.destination(d.Destination)
	all := []line{{Label: t("edit.name"), One: d.Name}, {Label: t("edit.destination"), One: desk.Text}}
	services, regions := places(d.Coverage)
	var schemas []string
	for _, c := range d.Coverage {
		schemas = append(schemas, c.Schemas...)
	}
	slices.Sort(schemas)
	all = append(all, n.list("coverage.services", services, n.service), n.list("coverage.regions", regions, n.region),
		n.list("coverage.schemas", slices.Compact(schemas), func(uri string) Name { return Name{uri, uri} }),
		line{Label: t("coverage.pairs"), One: pairs(d.Coverage)},
		line{Label: t("edit.priority"), One: strconv.Itoa(d.Priority)},
		line{Label: t("edit.from"), One: routesheet.Edge(d.From)}, line{Label: t("edit.until"), One: routesheet.Edge(d.Until)})
	if d.Offline != nil {
		all = append(all, line{Label: t("edit.state"), One: t("edit.state." + map[bool]string{true: "offline", false: "online"}[*d.Offline])})
	} else {
		all = append(all, line{Label: t("edit.state")})
	}
	return append(all, n.infoLines(d.Info)...)
}

// pairs tells coverages apart that lists of all services and regions would show alike; "" where there is one.
func pairs(all []broker.Coverage) string {
	if len(all) < 2 {
		return ""
	}
	var texts []string
	for _, c := range all {
		texts = append(texts, fmt.Sprintf("%s × %s %s", strings.Join(c.Services, " "), strings.Join(c.Regions, " "), strings.Join(c.Schemas, " ")))
	}
	return strings.Join(texts, "; ")
}

func (n names) list(label string, keys []string, name func(string) Name) line {
	keys = slices.Sorted(slices.Values(keys))
	l := line{Label: n.v.T(label), keys: keys}
	l.Many, l.More = brief(keys, name)
	return l
}

func (n names) infoLines(i broker.RouteInfo) (all []line) {
	contact, address := parts(i)
	values := lines(&i, &contact, &address)
	for _, name := range lineFields() {
		all = append(all, line{Label: n.v.T("edit." + name), One: *values[name]})
	}
	for _, name := range infoTexts() {
		for _, text := range *textsOf(&i, name) {
			all = append(all, line{Label: n.v.T("info."+name) + " (" + text.Language + ")", One: text.Text})
		}
	}
	return append(all, line{Label: n.v.T("info.rest"), One: rest(i)})
}

// rest is what the form has no field for, as the management API writes it; "" for nothing.
func rest(i broker.RouteInfo) string {
	contact, address := parts(i)
	for _, value := range lines(&i, &contact, &address) {
		*value = ""
	}
	i.Contacts, i.Address = i.Contacts[min(1, len(i.Contacts)):], nil
	i.Further, i.Documents, i.LegalBasis, i.Deadline = nil, nil, nil, nil
	raw, err := json.Marshal(manage.ViewDraft(publication.Draft{Info: i}).Info)
	if err != nil || string(raw) == "{}" {
		return ""
	}
	return string(raw)
}

// most is how many characters of a text are shown beside much else.
const most = 300

func clip(text string) string { return window(text, 0) }

// window is the part of a text from a place on.
func window(text string, from int) string {
	r := []rune(text)
	head, tail := "", ""
	if from = max(0, min(from, len(r)-1)); from > 0 {
		head = "…"
	}
	end := min(len(r), from+most)
	if end < len(r) {
		tail = "…"
	}
	return head + string(r[from:end]) + tail
}

// apart is two texts where they differ: of long ones the part around the first difference.
func apart(a, b string) (string, string) {
	x, y, n := []rune(a), []rune(b), 0
	for n < len(x) && n < len(y) && x[n] == y[n] {
		n++
	}
	const before = 40
	if n += -before; n < most/2 {
		n = 0
	}
	return window(a, n), window(b, n)
}

// change is what happens to one route, for people.
type change struct {
	Key   string
	Kind  string // new, gone, changed
	Lines []difference
	Whole []line // of what is new
}

// difference is a line that is another one afterwards; of lists, what comes and goes.
type difference struct {
	Label               string
	Before, After       string
	Added, Removed      []Name
	MoreAdded, MoreGone int
}

func (n names) changes(all []publication.Change) []change {
	changes := make([]change, len(all))
	for i, c := range all {
		changes[i] = n.change(c)
	}
	return changes
}

func (n names) change(c publication.Change) change {
	switch {
	case c.Before == nil:
		return change{Key: c.Key(), Kind: "new", Whole: n.facts(full(c.After))}
	case c.After == nil:
		return change{Key: c.Key(), Kind: "gone", Whole: n.facts(full(c.Before))}
	}
	return change{Key: c.Key(), Kind: "changed", Lines: n.differences(full(c.Before), full(c.After))}
}

// full is a draft that says whether it is offline.
func full(r *broker.Route) publication.Draft {
	d := publication.DraftOf(*r)
	d.Offline = &r.Offline
	return d
}

// differences compares by labels, since texts of a language may be on one side only.
func (n names) differences(before, after publication.Draft) (all []difference) {
	return n.compareAll(n.lines(before), n.lines(after))
}

func (n names) compareAll(was, is []line) (all []difference) {
	for _, l := range is {
		i := slices.IndexFunc(was, func(o line) bool { return o.Label == l.Label })
		var old line
		if i >= 0 {
			old = was[i]
			was = slices.Delete(was, i, i+1)
		}
		if d, differs := n.compare(l.Label, old, l); differs {
			all = append(all, d)
		}
	}
	for _, old := range was {
		if d, differs := n.compare(old.Label, old, line{}); differs {
			all = append(all, d)
		}
	}
	return all
}

func (n names) compare(label string, was, is line) (difference, bool) {
	d := difference{Label: label}
	d.Before, d.After = apart(was.One, is.One)
	added, removed := minus(is.keys, was.keys), minus(was.keys, is.keys)
	name := n.service
	if label == n.v.T("coverage.regions") {
		name = n.region
	}
	d.Added, d.MoreAdded = brief(added, name)
	d.Removed, d.MoreGone = brief(removed, name)
	return d, was.One != is.One || len(added)+len(removed) > 0
}

// minus lists what is in a sorted list and not in another one.
func minus(all, others []string) (left []string) {
	for _, text := range all {
		if _, there := slices.BinarySearch(others, text); !there {
			left = append(left, text)
		}
	}
	return left
}
