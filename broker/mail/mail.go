package mail

import (
	"errors"
	"time"

	"github.com/vierkant/vierkant/broker"
)

// ID names a mail.
type ID string

// State says what has become of a mail.
type State string

// The states of a mail.
const (
	StateOwed     State = "owed"     // to be sent, or kept until it can be; see Mail.Held
	StateSent     State = "sent"     // the mail server took it
	StateFailed   State = "failed"   // the mail server refused it for good, or the time was over
	StateNeedless State = "needless" // what it would have told was taken care of before it could be sent
)

// Hold says for what an owed mail is kept. The zero value is nothing: it is in the queue.
type Hold string

// For what mails are kept.
const (
	HeldForAddress Hold = "address-not-confirmed"
	HeldForServer  Hold = "no-mail-server"
)

// Mail is a mail that is, or was, owed.
type Mail struct {
	ID       ID
	Org      broker.OrgID
	Template Template
	To       string
	Facts    []Fact // the first MaxFacts
	Count    int    // of facts in all
	Created  time.Time
	Latest   time.Time // when the latest fact was added
	State    State
	Held     Hold
	Attempts int
	Next     time.Time // of the next attempt at the earliest; zero unless it is in the queue after a failed one
	Reason   string    // why the last attempt failed
	Expires  time.Time // of a personal letter: when its link ends; zero: it has none
	Over     time.Time // when it was sent or failed; zero: owed
}

// The kinds of entries of this package.
const (
	mailEntries      broker.EntryKind = "mail"           // owner: the organisation
	owedEntries      broker.EntryKind = "mail-owed"      // the ids of mails that are owed; owner: what they wait for, see owed.go
	gatheringEntries broker.EntryKind = "mail-gathering" // gatheringID → the mail that takes further facts
	addressEntries   broker.EntryKind = "mail-address"   // addressKey
	codeEntries      broker.EntryKind = "mail-code"      // hex SHA-256 of a code
	userEntries      broker.EntryKind = "mail-user"      // organisation and address; owner: the organisation
	choiceEntries    broker.EntryKind = "mail-language"  // the organisation's
)

// Timers is the queue of this package. The ID of a timer is that of a mail or, behind releasePrefix, a wait that is over.
const Timers broker.TimerQueue = "mail"

// mailRecord is Mail as it is stored.
type mailRecord struct {
	ID       ID           `json:"id"`
	Org      broker.OrgID `json:"org,omitempty"`
	Template Template     `json:"template"`
	To       string       `json:"to"`
	Facts    []factRecord `json:"facts,omitempty"`
	Count    int          `json:"count"`
	Created  time.Time    `json:"created"`
	Latest   time.Time    `json:"latest,omitzero"`
	State    State        `json:"state"`
	Held     Hold         `json:"held,omitempty"`
	Attempts int          `json:"attempts,omitempty"`
	Next     time.Time    `json:"next,omitzero"`
	Reason   string       `json:"reason,omitempty"`
	Over     time.Time    `json:"over,omitzero"`
	Lease    string       `json:"lease,omitempty"` // random per claim; only its holder may report
	Link     []byte       `json:"link,omitempty"`  // of a personal letter that is owed: path and secret, wrapped
	Expires  time.Time    `json:"expires,omitzero"`
}

func (m mailRecord) domain() Mail {
	facts := make([]Fact, len(m.Facts))
	for i, f := range m.Facts {
		facts[i] = Fact(f)
	}
	return Mail{
		ID: m.ID, Org: m.Org, Template: m.Template, To: m.To, Facts: facts, Count: m.Count, Created: m.Created, Latest: m.Latest,
		State: m.State, Held: m.Held, Attempts: m.Attempts, Next: m.Next, Reason: m.Reason, Over: m.Over, Expires: m.Expires,
	}
}

func readMail(tx broker.Tx, id ID) (mailRecord, error) {
	return broker.ReadEntry[mailRecord](tx, mailEntries, string(id))
}

func (m mailRecord) put(tx broker.Tx) error {
	return broker.WriteEntry(tx, mailEntries, string(m.ID), string(m.Org), m)
}

// add adds a fact; one more than are shown is counted only. The same thing is told of once.
func (m *mailRecord) add(now time.Time, f factRecord) {
	for _, known := range m.Facts {
		if known.ID != "" && known.ID == f.ID && known.Destination == f.Destination {
			return
		}
	}
	m.Count++
	m.Latest = now.UTC()
	if len(m.Facts) < MaxFacts {
		m.Facts = append(m.Facts, f)
	}
}

// closed takes no further facts.
func (m mailRecord) closed(tx broker.Tx) error {
	l := Letter{Template: m.Template, To: m.To, Org: m.Org}
	id, err := broker.ReadEntry[ID](tx, gatheringEntries, gatheringID(l))
	if errors.Is(err, broker.ErrNoRow) || err == nil && id != m.ID {
		return nil
	}
	if err != nil {
		return err
	}
	return tx.DeleteEntry(gatheringEntries, gatheringID(l))
}
