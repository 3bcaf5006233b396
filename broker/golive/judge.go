package golive

import (
	"time"

	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/crypto/keys"
)

// judging is one checklist on its way.
type judging struct {
	*Service
	tx       broker.Tx
	one      subject
	happened map[Point]milestoneRecord
	declared map[Point]declaration
}

func (s *Service) judge(tx broker.Tx, one subject) (c Checklist, err error) {
	j := judging{Service: s, tx: tx, one: one}
	if c.Subject, err = one.view(); err != nil {
		return c, err
	}
	if j.happened, err = milestones(tx, one.id()); err != nil {
		return c, err
	}
	if j.declared, err = declarations(tx, one.id()); err != nil {
		return c, err
	}
	for _, def := range definitions(one.kind()) {
		item := Item{Point: def.point, Source: def.source, Required: !def.optional, Title: def.title, State: Open}
		if err := j.fill(&item); err != nil {
			return c, err
		}
		c.Items = append(c.Items, item)
	}
	own, err := ownPoints(tx, one.org())
	for _, p := range own {
		if p.covers(one.kind()) {
			c.Items = append(c.Items, j.declare(Item{Point: Point(p.ID), Source: Declared, Required: true, Title: p.Text, State: Open, Own: true}))
		}
	}
	return c, err
}

func (j judging) fill(i *Item) (err error) {
	switch i.Source {
	case Witnessed:
		j.recall(i)
	case Declared:
		*i = j.declare(*i)
	case Seen:
		err = j.see(i)
	}
	if i.State == Open && i.Why == "" {
		j.excuse(i)
	}
	return err
}

// recall looks whether it happened.
func (j judging) recall(i *Item) {
	if m, did := j.happened[i.Point]; did {
		i.State, i.At, i.Shown = Done, m.At, Evidence{m.Type, m.ID}
	}
}

func (j judging) declare(i Item) Item {
	if d, is := j.declared[i.Point]; is {
		i.State, i.At, i.By, i.Note, i.Link = Done, d.At, d.By, d.Note, d.Link
	}
	return i
}

// excuse finds what a subject cannot reach as it is set up.
func (j judging) excuse(i *Item) {
	d := j.one.destination
	switch {
	case i.Point == FaultRehearsed && !j.cfg.Faults:
		i.State, i.Why = NotApplicable, "in "+j.cfg.Environment+" no faults can be asked for"
	case i.Point == CallbackTaken && d != nil && d.Callback == nil:
		i.State, i.Why = NotApplicable, "the destination has no callback: its subscribers poll"
	case i.Point == ReplySent && d != nil && (d.ReplyChannels == nil || d.ReplyChannels.FitConnect == nil):
		i.State, i.Why = NotApplicable, "the destination does not offer replies by this service"
	}
}

// see reads how things are now.
func (j judging) see(i *Item) error {
	switch i.Point {
	case Assigned:
		return j.assigned(i)
	case Active:
		if i.Why = "the destination is " + string(j.one.destination.Status); j.one.destination.Status == broker.DestinationActive {
			i.State, i.Why = Done, ""
		}
	case KeysFit:
		return j.keysFit(i)
	case ContactConfirmed:
		return j.confirmed(i)
	case RoutePublished:
		j.routed(i)
	}
	return nil
}

func (j judging) assigned(i *Item) error {
	all, err := j.tx.AssignedDestinations(j.one.client.ID)
	if err != nil || len(all) == 0 {
		i.Why = "no destination names the client"
		return err
	}
	i.State, i.Shown = Done, Evidence{"destination", string(all[0].ID)}
	if all[0].Org != j.one.org() {
		i.Shown = Evidence{} // whose it is, is not for this organisation
	}
	return nil
}

func (j judging) confirmed(i *Item) error {
	address := j.one.destination.Contact.Email
	if address == "" {
		i.Why = "the contact has no mail address"
		return nil
	}
	since, err := j.cfg.Confirmed(j.tx, address)
	if err != nil {
		return err
	}
	if since.IsZero() {
		i.Why = "whoever reads mail at the address of the contact has not repeated the code that was sent there"
		return nil
	}
	i.State, i.At = Done, since
	return nil
}

// routed looks for a route that is answered today; the first of them shows it.
func (j judging) routed(i *Item) {
	i.Why = "no route names the destination"
	for _, r := range j.cfg.Routes(j.one.destination.ID) {
		if r.Offline || !r.InForce(j.cfg.Now()) {
			i.Why = "the route is offline or not in force"
			continue
		}
		i.State, i.At, i.Shown, i.Why = Done, r.Published, Evidence{"route", string(r.ID)}, ""
		return
	}
}

// keysFit holds the keys in force against the rules of the next environment.
func (j judging) keysFit(i *Item) error {
	d := j.one.destination
	all, err := j.tx.DestinationKeys(d.ID)
	if err != nil {
		return err
	}
	encryption := false
	for _, k := range all {
		if k.State(*d) != broker.DestinationKeyCurrent {
			continue
		}
		if i.Why = unfit(k, j.cfg.Next, j.cfg.Now()); i.Why != "" {
			i.Shown = Evidence{"key", k.KID}
			return nil
		}
		if k.Encryption {
			encryption = true
			i.At, i.Shown = k.Added, Evidence{"key", k.KID}
		}
	}
	if i.Why = "the destination has no encryption key in force"; encryption {
		i.State, i.Why = Done, ""
	}
	return nil
}

// unfit says why a key does not pass; empty: it does.
func unfit(k broker.DestinationKey, policy keys.Policy, now time.Time) string {
	use := keys.Signature
	if k.Encryption {
		use = keys.Encryption
	}
	public, err := keys.ParsePublic(k.JWK)
	if err == nil {
		err = policy.Check(public, use, now)
	}
	switch {
	case err != nil:
		return "for " + policy.Name + " the key " + k.KID + " is not good enough: " + oneLine(err.Error())
	case k.Revoked():
		return "the certificate of the key " + k.KID + " was revoked"
	}
	return ""
}
