package postgres

import (
	"maps"
	"slices"
	"strconv"

	"github.com/vierkant/vierkant/broker"
)

// lock is a name that a function reads (shared) or writes (alone), until its transaction ends.
//
//	name                        read                     written
//	org, client, destination,   shared                   alone
//	body, keys of destination,
//	entry
//	submission (attachments     alone: a write mostly    alone
//	too), case (its log too),   follows, and two that
//	event id, delivery, timer,  share cannot both go
//	service keys of a use       on to write
//	route                                                alone
//	a list: destinations of an  alone                    shared, with every write of what is in it: in which order
//	org, of a client, waiting,                           things are added and taken away makes no difference
//	pending, cases of a sender,
//	at a destination, events
//	of a submission, unsigned,
//	deliveries, those to a
//	receiver, of a submission,
//	timers of a queue, routes,
//	entries of a kind, of an
//	owner
//	submissions of a case       alone                    shared; alone to add one, which gets the next number
//	receipt                     alone, and the list of   alone, and the list shared; who forgets the oldest has
//	                            receipts shared          the list alone
type lock struct {
	name  string
	alone bool
}

func shared(kind, id string) lock { return lock{kind + " " + id, false} }
func alone(kind, id string) lock  { return lock{kind + " " + id, true} }

// Kinds of names.
const (
	anOrg          = "org"
	aClient        = "client"
	aDestination   = "destination"
	keysOf         = "keys of"
	aSubmission    = "submission"
	aBody          = "body"
	aCase          = "case"
	anEvent        = "event"
	aDelivery      = "delivery"
	serviceKeysOf  = "service keys"
	aRoute         = "route"
	destinationsOf = "destinations of" // list, an org's
	assignedTo     = "assigned to"     // list, a client's
	eventsOf       = "events of"       // list, a submission's
	waitingAt      = "waiting at"      // list, an inbox
	pendingOf      = "pending of"      // list, an author's
	submissionsOf  = "submissions of"  // list, a case's
	casesFrom      = "cases from"      // list, a sender's
	casesAt        = "cases at"        // list, a destination's
	aReceipt       = "receipt"
	theReceipts    = "receipts"     // list
	theUnsigned    = "unsigned"     // list
	theDeliveries  = "deliveries"   // list
	deliveriesTo   = "callbacks to" // list, a receiver's
	deliveriesOf   = "callbacks of" // list, a submission's
	aTimer         = "timer"
	theTimers      = "timers" // list, a queue's
	theRoutes      = "routes" // list
	anEntry        = "entry"
	entriesOf      = "entries of"    // list, a kind's
	entriesOwned   = "entries owned" // list, an owner's: the kind, a space, and the owner
)

const (
	maxNames        = 2000 // in a transaction; the server keeps them in memory for some 6,400 by default
	runsWithNames   = 4    // further runs of a function that collided, before it runs alone
	runsAlone       = 4
	longWait        = "10s"      // for names, by who holds none
	lockGate        = 1447641675 // "VIRK": the name that every writer shares, and that who runs alone has alone
	betweenRunsMost = 5          // milliseconds
)

// plan is what the runs of one function have taught about it.
type plan struct {
	run   int
	names map[string]bool // asked for by runs before; true: alone
	lost  int             // runs that lost their connection
	solo  bool            // it runs alone, and needs no names
}

// learn prepares the next run.
func (p *plan) learn(t *tx, tooMany bool) {
	p.run++
	p.solo = p.solo || tooMany || p.run > runsWithNames
	if p.names == nil {
		p.names = make(map[string]bool, len(t.held))
	}
	for name, alone := range t.held {
		p.names[name] = p.names[name] || alone
	}
}

// exhausted reports whether further runs are not worth it.
func (p *plan) exhausted() bool { return p.run >= runsWithNames+runsAlone }

// known returns the names to begin with.
func (p *plan) known() []lock {
	all := make([]lock, 0, len(p.names))
	for name, alone := range p.names {
		all = append(all, lock{name, alone})
	}
	return all
}

// patience is how long to wait for further names, in milliseconds, while others wait for those that are held: the less, the shorter a deadlock. A
// run that was in none, and only had to queue, queues properly the next time, with nothing in its hands.
func (p *plan) patience() string { return strconv.Itoa(5 << (2 * p.run)) }

// missing returns those that are not held yet, in the order in which everybody takes them, with the mode of each as lock_names has it, and notes
// them as held.
func (t *tx) missing(locks []lock) (names, modes []string) {
	wanted := map[string]string{}
	for _, l := range locks {
		has, held := t.held[l.name]
		switch {
		case held && (has || !l.alone):
		case held && wanted[l.name] == "": // from before
			wanted[l.name] = upgraded
		case wanted[l.name] == upgraded:
		case l.alone:
			wanted[l.name] = exclusive
		default:
			wanted[l.name] = inCommon
		}
		t.held[l.name] = has || l.alone
	}
	names = slices.Sorted(maps.Keys(wanted))
	for _, name := range names {
		modes = append(modes, wanted[name])
	}
	return names, modes
}

// Modes of lock_names.
const (
	inCommon  = "s"
	exclusive = "a"
	upgraded  = "u"
)

// A tally is the name of a list whose length is kept.
func destinationsTally(id broker.OrgID) string { return destinationsOf + " " + string(id) }
func pendingTally(id broker.ClientID) string   { return pendingOf + " " + string(id) }
func kindTally(k broker.EntryKind) string      { return entriesOf + " " + string(k) }
func ownedTally(list string) string            { return entriesOwned + " " + list }
func bytesTally(id broker.ClientID) string     { return "bytes " + pendingOf + " " + string(id) }

// tallyShards is into how many rows a length is spread. Connections with neighbouring process ids count in different ones.
const tallyShards = 32

// shard is the SQL of the row in which this connection counts.
var shard = "pg_backend_pid() % " + strconv.Itoa(tallyShards)
