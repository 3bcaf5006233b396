package publication

import (
	"encoding/json"
	"slices"
	"time"

	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/broker/record"
	"github.com/vierkant/vierkant/routing"
)

// Draft is a route as its owner wants it. Regions may have any padding, lists any order.
type Draft struct {
	Key         string // the owner's name for it: 1 to 100 small letters, digits and . _ - /, beginning with a letter or digit
	Destination broker.DestinationID
	Name        string // the authority's name, for people
	Coverage    []broker.Coverage
	Priority    int       // 0 is usual; at the same region the highest are answered
	From, Until time.Time // in force from, and before; zero: open; full seconds count
	Offline     *bool     // whether it keeps its place and is not answered; nil: as it is now, online if it is new
	Info        broker.RouteInfo
	Adoption    broker.AdoptionID // of a template that it is made of; none: by hand
}

// ChangeSet is what an organisation wants changed. A key is named once.
type ChangeSet struct {
	Put     []Draft
	Delete  []string // keys
	Comment string   // why, for the history
}

// Without is the change set with nothing to be done about some keys.
func (s ChangeSet) Without(keys ...string) ChangeSet {
	s.Put = slices.DeleteFunc(slices.Clone(s.Put), func(d Draft) bool { return slices.Contains(keys, d.Key) })
	s.Delete = slices.DeleteFunc(slices.Clone(s.Delete), func(key string) bool { return slices.Contains(keys, key) })
	return s
}

// With is the change set with another one on top, which has its way where both name a key.
func (s ChangeSet) With(more ChangeSet) ChangeSet {
	named := map[string]bool{}
	for _, d := range more.Put {
		named[d.Key] = true
	}
	for _, key := range more.Delete {
		named[key] = true
	}
	s.Put = slices.DeleteFunc(slices.Clone(s.Put), func(d Draft) bool { return named[d.Key] })
	s.Delete = slices.DeleteFunc(slices.Clone(s.Delete), func(key string) bool { return named[key] })
	s.Put, s.Delete = append(s.Put, more.Put...), append(s.Delete, more.Delete...)
	return s
}

// Empty reports whether nothing is to be done.
func (s ChangeSet) Empty() bool { return len(s.Put) == 0 && len(s.Delete) == 0 }

// Desired is the state in which an organisation, or a named set of its routes, is to be: a declarative file.
type Desired struct {
	Prefix string // the routes whose keys begin so; "": all of the organisation that were made by hand
	Routes []Draft
}

// DraftOf returns what is published as a draft that would change nothing.
func DraftOf(r broker.Route) Draft {
	d := Draft{
		Key: keyOf(r), Destination: r.Destination, Name: r.Name, Coverage: r.Coverage, Priority: r.Priority,
		From: r.From, Until: r.Until, Info: r.Info, Adoption: r.Adoption,
	}
	if r.Offline {
		d.Offline = &r.Offline
	}
	return d
}

// keyOf returns the name by which a route is changed; routes of older programs have none of their own.
func keyOf(r broker.Route) string {
	if r.Key == "" {
		return string(r.ID)
	}
	return r.Key
}

// route returns what a well-formed draft makes of a route of the organisation that is there, or of none. Without a signature it has to be signed.
func (d Draft) route(org broker.OrgID, was *broker.Route) broker.Route {
	r := broker.Route{
		ID: broker.NewID[broker.RouteID](), Org: org, Key: d.Key, Destination: d.Destination, Name: d.Name, Coverage: canonical(d.Coverage),
		Priority: d.Priority, From: d.From.UTC().Truncate(time.Second), Until: d.Until.UTC().Truncate(time.Second), Info: d.Info, Adoption: d.Adoption,
	}
	if was != nil {
		r.ID, r.Key, r.Published, r.Offline = was.ID, was.Key, was.Published, was.Offline
	}
	if d.Offline != nil {
		r.Offline = *d.Offline
	}
	if was != nil && attestedAlike(*was, r) {
		r.Signature = was.Signature
	}
	return r
}

// attestedAlike reports whether the addressing information of two routes says the same.
func attestedAlike(a, b broker.Route) bool {
	attested := func(x, y broker.Coverage) bool {
		return slices.Equal(x.Services, y.Services) && slices.Equal(x.Regions, y.Regions)
	}
	return a.Destination == b.Destination && slices.EqualFunc(a.Coverage, b.Coverage, attested)
}

// canonical is well-formed coverage in one order, without padding and repetition.
func canonical(all []broker.Coverage) []broker.Coverage {
	return convert(all, func(c broker.Coverage) broker.Coverage {
		regions := convert(c.Regions, func(text string) string {
			if r, err := routing.ParseRegion(text); err == nil {
				return r.String()
			}
			return text
		})
		return broker.Coverage{Services: sorted(c.Services), Regions: sorted(regions), Schemas: sorted(c.Schemas)}
	})
}

func sorted(texts []string) []string {
	if len(texts) == 0 {
		return nil
	}
	texts = slices.Clone(texts)
	slices.Sort(texts)
	return slices.Compact(texts)
}

// contentOf is a digest of what an owner decides about a route; "" for none.
func contentOf(r *broker.Route) (string, error) {
	if r == nil {
		return "", nil
	}
	content := *r
	content.ID, content.Org, content.Key = "", "", keyOf(*r)
	content.Signature, content.Published = "", time.Time{}
	raw, err := json.Marshal(record.NewRoute(content))
	return broker.Digest(raw), err
}
