package mail

import (
	"errors"
	"strings"
	"time"

	"github.com/vierkant/vierkant/broker"
)

// Owners of owed entries: what the mails wait for.
const (
	inQueue   = "queue"  // their turn
	forServer = "server" // a mail server
)

func forAddress(key string) string { return "address " + key }

// releasePrefix begins the timer that ends a wait; the rest is the owner of the owed entries that wait.
const releasePrefix = "release "

// releaseBatch is how many mails whose wait is over one transaction puts into the queue.
const releaseBatch = 100

// owedRecord is the value of an owed entry.
type owedRecord struct {
	Since time.Time `json:"since"` // the mail is owed
}

// waitOf is the list in which an owed mail stands.
func (m mailRecord) waitOf() string {
	switch m.Held {
	case HeldForServer:
		return forServer
	case HeldForAddress:
		return forAddress(addressKey(m.To))
	}
	return inQueue
}

// wait lets an owed mail wait as Held says, to be looked at again at a time.
func (m mailRecord) wait(tx broker.Tx, until time.Time) error {
	if err := m.list(tx); err != nil {
		return err
	}
	return m.at(tx, until)
}

// list puts an owed mail into the list of what it waits for, and takes it from the one in which it was.
func (m mailRecord) list(tx broker.Tx) error {
	was, err := tx.Entry(owedEntries, string(m.ID))
	if err == nil && was.Owner == m.waitOf() {
		return nil
	}
	if err != nil && !errors.Is(err, broker.ErrNoRow) {
		return err
	}
	if err := tx.DeleteEntry(owedEntries, string(m.ID)); err != nil {
		return err
	}
	return broker.WriteEntry(tx, owedEntries, string(m.ID), m.waitOf(), owedRecord{m.Created})
}

// at has the mail looked at at a time.
func (m mailRecord) at(tx broker.Tx, t time.Time) error {
	return tx.PutTimer(broker.Timer{Queue: Timers, ID: string(m.ID), At: t})
}

// endWait has what waited put into the queue, soon.
func endWait(tx broker.Tx, now time.Time, wait string) error {
	_, waiting, err := tx.EntriesOf(owedEntries, wait, broker.Page{Limit: 1})
	if err != nil || waiting == 0 {
		return err
	}
	return tx.PutTimer(broker.Timer{Queue: Timers, ID: releasePrefix + wait, At: now})
}

// release puts a batch of what waited into the queue, and comes back for the rest.
func release(tx broker.Tx, now time.Time, timer string) error {
	wait := strings.TrimPrefix(timer, releasePrefix)
	entries, total, err := tx.EntriesOf(owedEntries, wait, broker.Page{Limit: releaseBatch})
	if err != nil {
		return err
	}
	for _, e := range entries {
		if err := requeue(tx, now, ID(e.ID)); err != nil {
			return err
		}
	}
	if total > len(entries) {
		return tx.PutTimer(broker.Timer{Queue: Timers, ID: timer, At: now})
	}
	return tx.DeleteTimer(Timers, timer)
}

func requeue(tx broker.Tx, now time.Time, id ID) error {
	m, err := readMail(tx, id)
	if errors.Is(err, broker.ErrNoRow) {
		return tx.DeleteEntry(owedEntries, string(id))
	}
	if err != nil {
		return err
	}
	m.Held = ""
	if err := m.put(tx); err != nil {
		return err
	}
	return m.wait(tx, now)
}
