package publication_test

import (
	"errors"
	"flag"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/broker/publication"
)

var seedFlag = flag.Uint64("seed", 0, "of the random calls; 0: a few fixed ones")

// TestNobodyCapturesAPlace makes random calls of several organisations. No call of one changes an answer that another gives in its granted territory, unless
// that one, or the operator, has consented to the place.
func TestNobodyCapturesAPlace(t *testing.T) {
	for name, rule := range map[string]publication.Rule{"open": open, "closed": closed} {
		t.Run(name, func(t *testing.T) {
			onBothStores(t, rule, func(t *testing.T, w *world) {
				seeds, calls := []uint64{1, 2}, 70
				if *seedFlag != 0 {
					seeds, calls = []uint64{*seedFlag}, 600
				}
				for _, seed := range seeds {
					newCapture(t, w, seed).run(calls)
				}
			})
		})
	}
}

// capture is organisations that try to get at each other's places.
type capture struct {
	t       *testing.T
	w       *world
	rnd     *rand.Rand
	seed    uint64
	offices []office
	grants  map[broker.OrgID][]publication.Grant
	agreed  []publication.Consent

	published, refused, compared int
}

var (
	places = []string{
		"DE", "DE05", "DE055", "DE05566", "DE055660004", "DE055660004001", "DE055669999001", "DE055660004002", "DE06",
	}
	asked = []string{trade, dogs}
)

func newCapture(t *testing.T, w *world, seed uint64) *capture {
	c := &capture{t: t, w: w, rnd: rand.New(rand.NewPCG(seed, 0)), seed: seed, grants: map[broker.OrgID][]publication.Grant{}}
	for i := range 3 {
		c.offices = append(c.offices, w.office(t, strings.Join([]string{"Office", number(i), number(int(seed))}, " ")))
	}
	for range 5 {
		c.giveGrant()
	}
	return c
}

func (c *capture) run(calls int) {
	for range calls {
		switch n := c.rnd.IntN(30); {
		case n == 0:
			c.giveGrant()
		case n == 1:
			c.withdrawGrant()
		case n <= 4:
			c.agree()
		case n <= 7 && len(c.agreed) > 0:
			c.disagree()
		default:
			c.call()
		}
	}
	if c.published < calls/8 || c.refused < calls/20 || c.compared < calls {
		c.t.Errorf("seed %d: %d calls published, %d were refused, %d answers were protected: the test tests too little", c.seed, c.published, c.refused, c.compared)
	}
}

func (c *capture) someOffice() office       { return c.offices[c.rnd.IntN(len(c.offices))] }
func pick[T any](rnd *rand.Rand, all []T) T { return all[rnd.IntN(len(all))] }
func (c *capture) someServices() (s []string) {
	if c.rnd.IntN(2) == 0 {
		return nil
	}
	return []string{pick(c.rnd, asked)}
}

func (c *capture) giveGrant() {
	o := c.someOffice()
	c.grants[o.org] = append(c.grants[o.org], c.w.grant(c.t, o, pick(c.rnd, places), c.someServices()...))
}

func (c *capture) withdrawGrant() {
	o := c.someOffice()
	if all := c.grants[o.org]; len(all) > 0 {
		i := c.rnd.IntN(len(all))
		id := all[i].ID
		_, err := c.w.WithdrawGrant(c.t.Context(), machine, o.org, id, c.rnd.IntN(2) == 0)
		if err == nil {
			c.grants[o.org] = slices.DeleteFunc(all, func(g publication.Grant) bool { return g.ID == id })
		} else if !errors.Is(err, broker.Conflict) {
			c.t.Fatal(err)
		}
	}
}

func (c *capture) agree() {
	from, to := c.someOffice(), c.someOffice()
	if from.org == to.org {
		return
	}
	agreed := c.w.consent(c.t, from, to, pick(c.rnd, places), c.someServices()...)
	if !slices.ContainsFunc(c.agreed, func(old publication.Consent) bool { return old.ID == agreed.ID }) {
		c.agreed = append(c.agreed, agreed)
	}
}

func (c *capture) disagree() {
	i := c.rnd.IntN(len(c.agreed))
	must(c.t, c.w.WithdrawConsent(c.t.Context(), machine, c.agreed[i].From, c.agreed[i].ID))
	c.agreed = slices.Delete(c.agreed, i, i+1)
}

// call lets an organisation do something, and compares all answers.
func (c *capture) call() {
	o := c.someOffice()
	before := c.w.routes(c.t)
	what, err := c.act(o)
	switch {
	case err == nil:
		c.published++
	case errors.Is(err, broker.Unprocessable) || errors.Is(err, broker.NotFound):
		c.refused++
	default:
		c.t.Fatal(err)
	}
	after := c.w.routes(c.t)
	if err != nil && asJSON(c.t, before) != asJSON(c.t, after) {
		c.t.Fatalf("seed %d: %s was refused, and changed something", c.seed, what)
	}
	c.compare(o, before, after, what)
}

func (c *capture) act(o office) (what string, err error) {
	ctx := c.t.Context()
	switch c.rnd.IntN(8) {
	case 0:
		_, total, err := c.w.History(ctx, o.owner, o.org, page)
		must(c.t, err)
		_, err = c.w.Rollback(ctx, o.owner, o.org, c.rnd.IntN(total+1), "")
		return "rollback", err
	case 1:
		_, err = c.w.SetOffline(ctx, o.owner, o.org, []string{number(c.rnd.IntN(4))}, c.rnd.IntN(3) > 0, "")
		return "offline", err
	case 2:
		_, err = c.w.Publish(ctx, o.owner, o.org, publication.ChangeSet{Delete: []string{number(c.rnd.IntN(4))}})
		return "delete", err
	}
	set := puts(c.someDraft(o))
	if own := c.own(o); c.rnd.IntN(3) == 0 && len(own) > 0 {
		set = puts(c.altered(publication.DraftOf(pick(c.rnd, own))))
	}
	_, err = c.w.Publish(ctx, o.owner, o.org, set)
	return asJSON(c.t, set), err
}

func (c *capture) someDraft(o office) publication.Draft {
	d := o.draft(number(c.rnd.IntN(4)), pick(c.rnd, asked), pick(c.rnd, places))
	if c.rnd.IntN(4) == 0 {
		d.Coverage = append(d.Coverage, broker.Coverage{Services: asked, Regions: []string{pick(c.rnd, places)}})
	}
	return c.altered(d)
}

func (c *capture) own(o office) []broker.Route {
	return slices.DeleteFunc(c.w.routes(c.t), func(r broker.Route) bool { return r.Org != o.org })
}

// altered is a draft of the same places with another priority, and perhaps at other times.
func (c *capture) altered(d publication.Draft) publication.Draft {
	d.Priority = c.rnd.IntN(3)
	if c.rnd.IntN(3) == 0 {
		d.From, d.Until = time.Time{}, time.Time{}
	}
	if c.rnd.IntN(3) == 0 {
		d.From = day(1 + c.rnd.IntN(3))
	}
	if c.rnd.IntN(3) == 0 {
		d.Until = day(4 + c.rnd.IntN(3))
	}
	if c.rnd.IntN(4) == 0 {
		offline := c.rnd.IntN(2) == 0
		d.Offline = &offline
	}
	return d
}

func (c *capture) questions() (all []question) {
	for _, s := range asked {
		for n := range 7 {
			at := day(n + 1).Add(-1e9)
			for _, r := range places {
				all = append(all, question{service: s, region: r, at: at})
			}
			all = append(all, question{service: s, region: "DE055660004009", at: at}, question{service: s, ags: "05566001", at: at}, question{service: s, ags: "05566077", at: at})
		}
	}
	return all
}

// compare holds that no answer was taken from, or shared with, anybody but the caller who did not agree.
func (c *capture) compare(o office, before, after []broker.Route, what string) {
	c.t.Helper()
	for _, q := range c.questions() {
		was := ask(before, q)
		for _, other := range c.offices {
			if other.org == o.org || !c.protected(other, o, before, q, was) {
				continue
			}
			c.compared++
			is := ask(after, q)
			kept := slices.Equal(was.of(other.org), is.of(other.org))
			joined := slices.ContainsFunc(is.orgs(), func(org broker.OrgID) bool { return !slices.Contains(was.orgs(), org) })
			if !kept || joined {
				c.t.Fatalf("seed %d: %v\nwas answered by %s\nand is by %s\nafter the call of %s:\n%s", c.seed, q, asJSON(c.t, was.routes), asJSON(c.t, is.routes), o.org, what)
			}
		}
	}
}

// protected reports whether an office answers in its own territory, with nobody's offline route before it, and without having agreed to what the caller does there.
func (c *capture) protected(other, caller office, before []broker.Route, q question, was answer) bool {
	mine := was.of(other.org)
	if len(mine) == 0 {
		return false
	}
	region := q.region
	if i := slices.IndexFunc(was.routes, func(r broker.Route) bool { return r.Org == other.org }); q.ags != "" {
		region = was.regions[i]
	}
	granted := slices.ContainsFunc(c.grants[other.org], func(g publication.Grant) bool { return covers(g.Services, g.Region, q.service, region) })
	agreed := slices.ContainsFunc(c.agreed, func(a publication.Consent) bool {
		return a.To == caller.org && a.From == other.org && (covers(a.Services, a.Region, q.service, region) || q.ags != "")
	})
	return granted && !agreed && !hidden(before, q.service, was, caller.org, q)
}

// hidden reports whether an offline route of the caller would answer before, or beside, those of the answer.
func hidden(all []broker.Route, service string, was answer, caller broker.OrgID, q question) bool {
	return slices.ContainsFunc(all, func(r broker.Route) bool {
		return r.Offline && r.Org == caller && slices.ContainsFunc(was.regions, func(region string) bool {
			return stands(r, service, region, q.at) && r.Priority >= was.routes[0].Priority || q.ags != "" && r.Org == caller
		})
	})
}

func covers(services []string, region, service, place string) bool {
	return (len(services) == 0 || slices.Contains(services, service)) && strings.HasPrefix(place, region)
}
