package storetest

import (
	"bytes"
	"fmt"
	"slices"
	"time"

	"github.com/vierkant/vierkant/broker"
)

// dice decide. They are bytes, one for each decision, so that the fuzzer, and a seed, can throw them. When they have run out, all is zero.
type dice []byte

func (d *dice) roll(n int) int {
	if len(*d) == 0 {
		return 0
	}
	thrown := int((*d)[0])
	*d = (*d)[1:]
	return thrown % n
}

// generator writes programs.
type generator struct {
	dice
	clock     time.Time // things that come in one transaction, and in some that follow, come at the same instant
	questions []step
}

// generate returns the program that the dice decide on.
func generate(d dice) program {
	g := &generator{dice: d, clock: epoch, questions: survey()}
	var p program
	for len(g.dice) > 0 {
		if len(p)%4 == 3 {
			g.clock = g.clock.Add(time.Nanosecond)
		}
		p = append(p, g.transaction())
	}
	return p
}

func (g *generator) transaction() transaction {
	kinds := [...]kind{commits, commits, commits, commits, commits, commits, fails, fails, views, reopens}
	t := transaction{kind: kinds[g.roll(len(kinds))]}
	if t.kind == reopens {
		return t
	}
	for range 1 + g.roll(8) {
		t.steps = append(t.steps, g.step())
	}
	return t
}

func (g *generator) step() step {
	steps := [...]func() step{
		g.putOrg, g.putClient,
		g.putDestination, g.putDestination, g.putDestination, g.deleteDestination,
		g.putDestinationKey, g.putDestinationKey,
		g.putSubmission, g.putSubmission, g.putSubmission, g.putSubmission, g.putAttachment,
		g.addBody, g.deleteBody,
		g.putCase, g.putCase, g.deleteCase, g.appendEvent, g.appendEvent, g.appendEvent, g.appendEvent, g.signEvent, g.signEvent, g.signOldest,
		g.putDelivery, g.putDelivery, g.putDelivery, g.putDelivery, g.deleteDelivery, g.forgetDeliveries, g.claim,
		g.putTimer, g.putTimer, g.putTimer, g.deleteTimer,
		g.putReceipt, g.putReceipt, g.putReceipt, g.forgetReceipts,
		g.putServiceKey, g.putRoute, g.deleteRoute,
		g.putEntry, g.putEntry, g.putEntry, g.deleteEntry,
		g.look, g.look, g.look, g.page,
	}
	return steps[g.roll(len(steps))]()
}

// variant is how the fields are set that a step does not set itself.
type variant int

const (
	bare     variant = 0 // to zero
	long     variant = 1 // to texts of 4 KiB each
	variants         = 64
)

func (v variant) String() string {
	switch v {
	case bare:
		return "bare"
	case long:
		return "long"
	default:
		return fmt.Sprintf("v%d", int(v))
	}
}

func (g *generator) variant() variant { return variant((g.roll(variants) + 2) % variants) }

func valued[T any](v variant) (zero T) {
	switch v {
	case bare:
		return zero
	case long:
		return filled[T](&filler{n: 1000, long: 4 << 10})
	default:
		return filled[T](&filler{n: 1000 * int(v)})
	}
}

// came returns when a thing came that now is put: it stays what it was at first.
func came[T any](now time.Time, was T, err error, when func(T) time.Time) time.Time {
	if err == nil {
		return when(was)
	}
	return now
}

func (g *generator) putOrg() step {
	n, v := g.roll(someOrgs), g.variant()
	o := valued[broker.Org](v)
	o.ID = named[broker.OrgID](n)
	return write(fmt.Sprintf("PutOrg(org %d, %s)", n, v), func(s side, _ *model) error { return s.PutOrg(o) })
}

func (g *generator) putClient() step {
	n, v := g.roll(someClients), g.variant()
	c := valued[broker.Client](v)
	c.ID = named[broker.ClientID](n)
	return write(fmt.Sprintf("PutClient(client %d, %s)", n, v), func(s side, _ *model) error { return s.PutClient(c) })
}

func (g *generator) putDestination() step {
	n, org, v := g.roll(someDestinations), g.roll(someOrgs), g.variant()
	d := valued[broker.Destination](v)
	d.ID, d.Org, d.Clients = named[broker.DestinationID](n), named[broker.OrgID](org), nil
	clients := make([]int, g.roll(4))
	for i := range clients {
		clients[i] = g.roll(someClients)
		d.Clients = append(d.Clients, named[broker.ClientID](clients[i]))
	}
	now := g.clock
	return write(fmt.Sprintf("PutDestination(destination %d, org %d, clients %d, %s)", n, org, clients, v), func(s side, ref *model) error {
		was, err := ref.Destination(d.ID)
		d := d
		d.Created = came(now, was, err, func(d broker.Destination) time.Time { return d.Created })
		return s.PutDestination(d)
	})
}

func (g *generator) deleteDestination() step {
	n := g.roll(someDestinations)
	return write(fmt.Sprintf("DeleteDestination(destination %d)", n), func(s side, _ *model) error {
		return s.DeleteDestination(named[broker.DestinationID](n))
	})
}

func (g *generator) putDestinationKey() step {
	n, kid, v := g.roll(someDestinations), kidOf(g.roll(someKeys)), g.variant()
	k := valued[broker.DestinationKey](v)
	k.Destination, k.KID = named[broker.DestinationID](n), kid
	now := g.clock
	return write(fmt.Sprintf("PutDestinationKey(destination %d, %.15q, %s)", n, kid, v), func(s side, ref *model) error {
		was, err := ref.DestinationKey(k.Destination, k.KID)
		k := k
		k.Added = came(now, was, err, func(k broker.DestinationKey) time.Time { return k.Added })
		return s.PutDestinationKey(k)
	})
}

func (g *generator) putSubmission() step {
	n, state, v := g.roll(someSubmissions), stateOf(g.roll(9)%6), g.variant() // most wait
	sub := valued[broker.Submission](v)
	asSubmission(&sub, n)
	sub.State = state
	sub.Metadata.Body.Record, sub.Data.Body.Record = "", ""
	contents := g.contents()
	return write(fmt.Sprintf("PutSubmission(submission %d, a %s in case %d, %s, body %d, %s)", n, sub.Kind, caseOf(n), state, contents, v), func(s side, _ *model) error {
		sub := sub
		sub.Data.Body.Record = s.bodies[contents]
		return s.PutSubmission(sub)
	})
}

// contents returns the number of the body that a submission or an attachment has: rarely one that others have, too.
func (g *generator) contents() int { return g.roll(someBodies) }

func (g *generator) putAttachment() step {
	sub, n, v := g.roll(someSubmissions), g.roll(someAttachments), g.variant()
	a := valued[broker.Attachment](v)
	a.ID, a.Submission = named[broker.AttachmentID](n), named[broker.SubmissionID](sub)
	contents := g.contents()
	return write(fmt.Sprintf("PutAttachment(submission %d, attachment %d, body %d, %s)", sub, n, contents, v), func(s side, _ *model) error {
		a := a
		a.Sealed.Body.Record = s.bodies[contents]
		return s.PutAttachment(a)
	})
}

func (g *generator) addBody() step {
	n, size := g.roll(someBodies), [...]int{0, 1, 100, 5000, 70_000}[g.roll(5)]
	if g.roll(32) == 31 {
		size = 1 << 20
	}
	content := bytes.Repeat([]byte{byte(g.roll(256))}, size)
	return write(fmt.Sprintf("body %d = AddBody(%d bytes)", n, size), func(s side, ref *model) (err error) {
		s.bodies[n], err = s.AddBody(content)
		ref.bodyName = s.bodies[n] // which the model is asked for next
		return err
	})
}

func (g *generator) deleteBody() step {
	n := g.roll(someBodies)
	return write(fmt.Sprintf("DeleteBody(body %d)", n), func(s side, _ *model) error { return s.DeleteBody(s.bodies[n]) })
}

func (g *generator) putCase() step {
	n, v := g.roll(someCases), g.variant()
	c := valued[broker.Case](v)
	asCase(&c, n)
	return write(fmt.Sprintf("PutCase(case %d, %s)", n, v), func(s side, _ *model) error { return s.PutCase(c) })
}

func (g *generator) deleteCase() step {
	n := g.roll(someCases)
	return write(fmt.Sprintf("DeleteCase(case %d)", n), func(s side, _ *model) error { return s.DeleteCase(named[broker.CaseID](n)) })
}

// appendEvent appends the next event, sometimes one that is signed already, and sometimes what is refused.
func (g *generator) appendEvent() step {
	sub, id, v := g.roll(someSubmissions), g.roll(someEvents), g.variant()
	c := caseOf(sub)
	skip := [...]int{0, 0, 0, 0, 0, 0, 0, 1, -1}[g.roll(9)]
	e := valued[broker.Event](v)
	e.Case, e.Submission, e.ID = named[broker.CaseID](c), named[broker.SubmissionID](sub), named[broker.EventID](id)
	e.Token, e.Recorded = "", g.clock
	if g.roll(4) == 3 {
		e.Token, e.Claims = "a.posted.token", nil
	}
	text := fmt.Sprintf("AppendEvent(case %d, number next%+d, event %d, submission %d, token %q, %s)", c, skip, id, sub, e.Token, v)
	return write(text, func(s side, ref *model) error {
		e := e
		e.Number = len(ref.log(e.Case)) + 1 + skip
		return s.AppendEvent(e)
	})
}

func (g *generator) signEvent() step {
	c, number, token := g.roll(someCases), g.roll(6), fmt.Sprintf("token.%d.x", g.roll(8))
	ref := broker.EventRef{Case: named[broker.CaseID](c), Number: number}
	return step{fmt.Sprintf("SignEvent(case %d, number %d, %q)", c, number, token), func(s side, _ *model) (any, error) {
		return s.SignEvent(ref, token)
	}}
}

// signOldest is what a signer does.
func (g *generator) signOldest() step {
	limit := 1 + g.roll(3)
	return step{fmt.Sprintf("SignEvent(each of Unsigned(%d))", limit), func(s side, _ *model) (any, error) {
		all, err := s.Unsigned(limit)
		for i, e := range all {
			if all[i].Token, err = s.SignEvent(e.Ref(), "signed."+string(e.ID)+".x"); err != nil {
				return all, err
			}
		}
		return all, err
	}}
}

func (g *generator) putDelivery() step {
	n, due, over, v := g.roll(someDeliveries), instant(g.roll(someInstants)), g.roll(2*someInstants), g.variant()
	d := valued[broker.Delivery](v)
	asDelivery(&d, n)
	d.NotBefore, d.Over = due, time.Time{}
	if over < someInstants {
		d.Over = instant(over)
	}
	now := g.clock
	return write(fmt.Sprintf("PutDelivery(delivery %d, due %s, over %s, %s)", n, stamp(d.NotBefore), stamp(d.Over), v), func(s side, ref *model) error {
		was, err := ref.Delivery(d.ID)
		d := d
		d.Created = came(now, was, err, func(d broker.Delivery) time.Time { return d.Created })
		return s.PutDelivery(d)
	})
}

func stamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.999999999") }

func (g *generator) deleteDelivery() step {
	n := g.roll(someDeliveries)
	return write(fmt.Sprintf("DeleteDelivery(delivery %d)", n), func(s side, _ *model) error {
		return s.DeleteDelivery(named[broker.DeliveryID](n))
	})
}

func (g *generator) forgetDeliveries() step {
	before, limit := instant(g.roll(someInstants)), 1+g.roll(3)
	return step{fmt.Sprintf("ForgetDeliveries(%s, %d)", stamp(before), limit), func(s side, _ *model) (any, error) {
		return s.ForgetDeliveries(before, limit)
	}}
}

func (g *generator) putTimer() step {
	q, id, at := queueOf(g.roll(someQueues)), timerID(g.roll(someTimers)), instant(g.roll(someInstants))
	return write(fmt.Sprintf("PutTimer(%s, %q, %s)", q, id, stamp(at)), func(s side, _ *model) error {
		return s.PutTimer(broker.Timer{Queue: q, ID: id, At: at})
	})
}

func (g *generator) deleteTimer() step {
	q, id := queueOf(g.roll(someQueues)), timerID(g.roll(someTimers))
	return write(fmt.Sprintf("DeleteTimer(%s, %q)", q, id), func(s side, _ *model) error { return s.DeleteTimer(q, id) })
}

// claim is what the outbox does.
func (g *generator) claim() step {
	now, limit := instant(g.roll(someInstants)), 1+g.roll(3)
	return step{fmt.Sprintf("PutDelivery(each of DueDeliveries(%s, %d), leased for a minute)", stamp(now), limit), func(s side, _ *model) (any, error) {
		due, err := s.DueDeliveries(now, limit)
		for i := range due {
			due[i].Attempt++
			due[i].Lease, due[i].NotBefore = "lease", now.Add(time.Minute)
			if err := s.PutDelivery(due[i]); err != nil {
				return due, err
			}
		}
		return due, err
	}}
}

func (g *generator) putReceipt() step {
	c, key, made, v := g.roll(someClients), receiptKey(g.roll(someReceipts)), instant(g.roll(someInstants)), g.variant()
	r := valued[broker.Receipt](v)
	r.Client, r.Key, r.Made = named[broker.ClientID](c), key, made
	return write(fmt.Sprintf("PutReceipt(client %d, %q, made %s, %s)", c, key, stamp(made), v), func(s side, _ *model) error {
		return s.PutReceipt(r)
	})
}

func (g *generator) forgetReceipts() step {
	before, limit := instant(g.roll(someInstants)), 1+g.roll(3)
	return step{fmt.Sprintf("ForgetReceipts(%s, %d)", stamp(before), limit), func(s side, _ *model) (any, error) {
		return s.ForgetReceipts(before, limit)
	}}
}

func (g *generator) putServiceKey() step {
	use, kid, v := useOf(g.roll(3)), kidOf(g.roll(someKeys)), g.variant()
	k := valued[broker.ServiceKey](v)
	k.Use, k.KID = use, kid
	now := g.clock
	return write(fmt.Sprintf("PutServiceKey(%s, %.15q, %s)", use, kid, v), func(s side, ref *model) error {
		was, err := ref.serviceKeys.find(func(has broker.ServiceKey) bool { return has.Use == use && has.KID == kid })
		k := k
		k.Created = came(now, was, err, func(k broker.ServiceKey) time.Time { return k.Created })
		return s.PutServiceKey(k)
	})
}

func (g *generator) putRoute() step {
	n, v := g.roll(someRoutes), g.variant()
	r := valued[broker.Route](v)
	r.ID = named[broker.RouteID](n)
	now := g.clock
	return write(fmt.Sprintf("PutRoute(route %d, %s)", n, v), func(s side, ref *model) error {
		was, err := ref.routes.find(func(has broker.Route) bool { return has.ID == r.ID })
		r := r
		r.Published = came(now, was, err, func(r broker.Route) time.Time { return r.Published })
		return s.PutRoute(r)
	})
}

func (g *generator) deleteRoute() step {
	n := g.roll(someRoutes)
	return write(fmt.Sprintf("DeleteRoute(route %d)", n), func(s side, _ *model) error { return s.DeleteRoute(named[broker.RouteID](n)) })
}

// putEntry puts an entry that is there already mostly under its owner, and sometimes under another one, which is refused.
func (g *generator) putEntry() step {
	k, n, owner, v := kindOf(g.roll(someKinds)), g.roll(someEntries), g.roll(someOwners), g.variant()
	another := g.roll(8) == 7
	e := valued[broker.Entry](v)
	e.Kind, e.ID, e.Owner = k, entryID(n), ownerOf(owner)
	text := fmt.Sprintf("PutEntry(%s, %q, owner %q, or the one that it has %t, %s)", k, e.ID, e.Owner, !another, v)
	return write(text, func(s side, ref *model) error {
		e := e
		if was, err := ref.Entry(e.Kind, e.ID); err == nil && !another {
			e.Owner = was.Owner
		}
		return s.PutEntry(e)
	})
}

func (g *generator) deleteEntry() step {
	k, id := kindOf(g.roll(someKinds)), entryID(g.roll(someEntries))
	return write(fmt.Sprintf("DeleteEntry(%s, %q)", k, id), func(s side, _ *model) error { return s.DeleteEntry(k, id) })
}

// look asks something that the survey asks, too.
func (g *generator) look() step {
	return g.questions[g.roll(len(g.questions))]
}

// page reads a part of a list.
func (g *generator) page() step {
	p := broker.Page{Offset: g.roll(6), Limit: 1 + g.roll(4)}
	all := slices.Concat(pages(p), casePages(p), entryPages(p), deliveryPages(p))
	return all[g.roll(len(all))]
}
