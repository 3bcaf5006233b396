package publication

import (
	"strings"

	"github.com/vierkant/vierkant/broker"
)

// resolve turns a change set into changes of what is there. A draft that is not well-formed makes findings and no change.
func (w *world) resolve(set ChangeSet) (plan Plan, err error) {
	plan.Org = w.org
	own, seen := w.byKey(), map[string]bool{}
	once := func(key string) bool {
		if seen[key] {
			plan.refuse(KeyTwice, key, "the change set names the key %.120q twice: a route is put once or deleted", key)
			return false
		}
		seen[key] = true
		return true
	}
	if len(set.Comment) > MaxComment {
		plan.refuse(BadDraft, "", "the comment has at most %d bytes", MaxComment)
	}
	for _, d := range set.Put {
		if !once(d.Key) || !plan.wellFormed(d, own[d.Key]) {
			continue
		}
		if err := plan.put(d.route(w.org, own[d.Key]), own[d.Key]); err != nil {
			return plan, err
		}
	}
	for _, key := range set.Delete {
		if once(key) {
			plan.drop(key, own[key])
		}
	}
	return plan, nil
}

func (plan *Plan) put(r broker.Route, was *broker.Route) error {
	before, err := contentOf(was)
	if err != nil {
		return err
	}
	after, err := contentOf(&r)
	if err != nil {
		return err
	}
	if before == after {
		plan.Same++
		return nil
	}
	plan.Changes = append(plan.Changes, Change{Before: was, After: &r})
	return nil
}

func (plan *Plan) drop(key string, was *broker.Route) {
	switch {
	case was == nil:
		plan.refuse(KeyUnknown, key, "there is no route %.120q to delete: list what is published", key)
	default:
		plan.Changes = append(plan.Changes, Change{Before: was})
	}
}

// toward makes the change set that leads to what is desired.
func (w *world) toward(want Desired) (set ChangeSet, err error) {
	own, wanted := w.byKey(), map[string]bool{}
	for _, d := range want.Routes {
		if !strings.HasPrefix(d.Key, want.Prefix) {
			return set, broker.Invalid.New("bad-request", "the key %.120q does not begin with %q, as all of this set do", d.Key, want.Prefix)
		}
		wanted[d.Key] = true
		var probe Plan
		if probe.wellFormed(d, own[d.Key]) {
			if err := probe.put(d.route(w.org, own[d.Key]), own[d.Key]); err != nil {
				return set, err
			}
		}
		if probe.Same == 0 { // what is malformed is put too, so that it is complained of
			set.Put = append(set.Put, d)
		}
	}
	for _, r := range w.own() {
		if key := keyOf(*r); !wanted[key] && strings.HasPrefix(key, want.Prefix) && r.Adoption == "" {
			set.Delete = append(set.Delete, key)
		}
	}
	return set, nil
}
