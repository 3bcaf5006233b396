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
	return err
}

// recall looks whether it happened, or else whether it can.
func (j judging) recall(i *Item) {
	if m, did := j.happened[i.Point]; did {
		i.State, i.At, i.Shown = Done, m.At, Evidence{m.Type, m.ID}
	} else if i.Reason = j.excuse(i.Point); i.Reason != "" {
		i.State = NotApplicable
	}
}

func (j judging) declare(i Item) Item {
	if d, is := j.declared[i.Point]; is {
		i.State, i.At, i.By, i.Note, i.Link = Done, d.At, d.By, d.Note, d.Link
	}
	return i
}

// excuse says why a subject cannot reach a point as it is set up; "": it can.
func (j judging) excuse(p Point) Reason {
	d := j.one.destination
	switch {
	case p == FaultRehearsed && !j.cfg.Faults:
		return NoFaults
	case p == CallbackTaken && d != nil && d.Callback == nil:
		return NoCallback
	case p == ReplySent && d != nil && (d.ReplyChannels == nil || d.ReplyChannels.FitConnect == nil):
		return NoReplies
	}
	return ""
}

// see reads how things are now.
func (j judging) see(i *Item) error {
	switch i.Point {
	case Assigned:
		return j.assigned(i)
	case Active:
		if i.Reason = NotActive; j.one.destination.Status == broker.DestinationActive {
			i.done(time.Time{}, Evidence{})
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

// done takes back what seemed to be missing.
func (i *Item) done(at time.Time, shown Evidence) {
	i.State, i.At, i.Shown, i.Reason = Done, at, shown, ""
}

func (j judging) assigned(i *Item) error {
	all, err := j.tx.AssignedDestinations(j.one.client.ID)
	if i.Reason = Unassigned; err != nil || len(all) == 0 {
		return err
	}
	shown := Evidence{"destination", string(all[0].ID)}
	if all[0].Org != j.one.org() {
		shown = Evidence{} // whose it is, is not for this organisation
	}
	i.done(time.Time{}, shown)
	return nil
}

func (j judging) confirmed(i *Item) error {
	address := j.one.destination.Contact.Email
	if i.Reason = NoAddress; address == "" {
		return nil
	}
	since, err := j.cfg.Confirmed(j.tx, address)
	if i.Reason = Unconfirmed; err == nil && !since.IsZero() {
		i.done(since, Evidence{})
	}
	return err
}

// routed looks for a route that is answered today; the first of them shows it.
func (j judging) routed(i *Item) {
	i.Reason = NoRoute
	for _, r := range j.cfg.Routes(j.one.destination.ID) {
		if !r.Offline && r.InForce(j.cfg.Now()) {
			i.done(r.Published, Evidence{"route", string(r.ID)})
			return
		}
		i.Reason = RouteOffline
	}
}

// keysFit holds the keys in force against the rules of the next environment.
func (j judging) keysFit(i *Item) error {
	d := j.one.destination
	all, err := j.tx.DestinationKeys(d.ID)
	if err != nil {
		return err
	}
	var encryption broker.DestinationKey
	for _, k := range all {
		if k.State(*d) != broker.DestinationKeyCurrent {
			continue
		}
		if i.Reason, i.Detail = unfit(k, j.cfg.Next, j.cfg.Now()); i.Reason != "" {
			i.Shown = Evidence{"key", k.KID}
			return nil
		}
		if k.Encryption {
			encryption = k
		}
	}
	if i.Reason = NoKey; encryption.KID != "" {
		i.done(encryption.Added, Evidence{"key", encryption.KID})
	}
	return nil
}

// unfit says why a key does not pass; "": it does.
func unfit(k broker.DestinationKey, policy keys.Policy, now time.Time) (Reason, string) {
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
		return KeyUnfit, "in " + policy.Name + " the " + oneLine(err.Error())
	case k.Revoked():
		return KeyRevoked, ""
	}
	return "", ""
}
