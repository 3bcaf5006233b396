package mail

import (
	"errors"
	"time"

	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/broker/account"
)

// Personal is a letter to one person, with a link that does something once. It goes to an address that nobody confirmed, since opening the link is
// how it becomes known who reads mail there; so whoever owes one bounds how many go to one address. The link is a secret: it is wrapped while the letter is owed, and
// gone once that is over.
type Personal struct {
	Template Template
	To       string
	Org      broker.OrgID // in whose outbox it stands; none: that of the installation, which operators read
	Link     string       // path below the public URL of the environment, with its secret
	Expires  time.Time    // when the link ends; later the letter is not sent
	Fact     Fact
}

func (t Template) personal() bool {
	switch t {
	case Invitation, SignUp, PasswordReset, NewAddress, AccessChanged:
		return true
	}
	return false
}

// uninvited letters go to addresses that are not confirmed.
func (t Template) uninvited() bool { return t == confirmation || t.personal() }

// OwePersonal writes, in the transaction of what it is about, that a personal letter is owed.
func (m *Mails) OwePersonal(tx broker.Tx, l Personal) error {
	if !l.Template.personal() || m.cfg.Wrap == nil {
		return errors.New("mail: there is no personal template " + string(l.Template) + ", or nothing to keep its link with")
	}
	if err := account.CheckEmail(l.To); err != nil {
		return err
	}
	now := m.cfg.Now()
	r := mailRecord{
		ID: broker.NewID[ID](), Org: l.Org, Template: l.Template, To: l.To, Created: now.UTC(), State: StateOwed, Expires: l.Expires.UTC(),
	}
	l.Fact.Until = l.Expires
	r.add(now, factRecord(l.Fact.bounded()))
	var err error
	if r.Link, err = m.cfg.Wrap([]byte(l.Link), linkContext(r.ID)); err != nil {
		return err
	}
	if err := r.put(tx); err != nil {
		return err
	}
	tx.OnCommit(m.wake.Set)
	return r.wait(tx, now)
}

// link returns the URL that a personal letter is about.
func (m *Mails) link(r mailRecord) (string, error) {
	path, err := m.cfg.Unwrap(r.Link, linkContext(r.ID))
	return m.cfg.URL + string(path), err
}

func linkContext(id ID) string { return "mail link " + string(id) }
