package node

import (
	"errors"

	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/broker/account"
	"github.com/vierkant/vierkant/broker/keycare"
	"github.com/vierkant/vierkant/broker/mail"
)

// The broker tells in its transactions what somebody should know; here stands who that is. A letter is owed in the same transaction.

// contacted has a destination's contact asked whether mails may go there.
func (n *Node) contacted(tx broker.Tx, d broker.Destination) error {
	return mail.Introduce(tx, n.now(), d.Org, d.Contact.Email)
}

// remind tells the contact of a destination what waits there for the nth time.
func (n *Node) remind(tx broker.Tx, s broker.Submission, nth int) error {
	template := mail.Waiting
	if nth > 1 {
		template = mail.WaitingStill
	}
	return n.tellContact(tx, s.Destination, template, n.waiting(s))
}

// tellOfTimeout tells the contact of a destination what was rejected because nobody there decided.
func (n *Node) tellOfTimeout(tx broker.Tx, s broker.Submission) error {
	return n.tellContact(tx, s.Destination, mail.TimedOut, n.waiting(s))
}

// waiting is what waits, or waited, for a decision.
func (n *Node) waiting(s broker.Submission) mail.Fact {
	return mail.Fact{ID: string(s.ID), Since: s.Submitted, Until: s.Submitted.Add(n.cfg.Deadlines.WithDefaults().Decision)}
}

// unreached tells the contact of a destination that its system is not reached. Of senders there is no address.
func (n *Node) unreached(tx broker.Tx, e broker.Endpoint) error {
	_, name := e.Receiver.Parts()
	id := broker.DestinationID(name)
	if e.Receiver != broker.ToDestination(id) {
		return nil
	}
	return n.tellContact(tx, id, mail.CallbackDisabled, mail.Fact{Since: e.Since, Why: e.Last.Reason})
}

// tellContact tells the contact of a destination, unless that is gone.
func (n *Node) tellContact(tx broker.Tx, id broker.DestinationID, template mail.Template, about mail.Fact) error {
	d, err := tx.Destination(id)
	if errors.Is(err, broker.ErrNoRow) {
		return nil
	}
	if err != nil {
		return err
	}
	return n.writeContact(tx, d, template, about)
}

// writeContact owes the contact of a destination a letter, if there is an address.
func (n *Node) writeContact(tx broker.Tx, d broker.Destination, template mail.Template, about mail.Fact) error {
	if d.Contact.Email == "" {
		return nil
	}
	about.Destination, about.Name = d.ID, d.Name
	return mail.Owe(tx, n.now(), mail.Letter{Template: template, To: d.Contact.Email, Org: d.Org, Fact: about})
}

// tellOfKey tells the contact of a destination what became of one of its keys.
func (n *Node) tellOfKey(tx broker.Tx, news keycare.News) error {
	template := map[keycare.Topic]mail.Template{
		keycare.Changed: mail.KeyChanged, keycare.Proposed: mail.KeyProposed, keycare.Expiring: mail.KeyExpires, keycare.Revoked: mail.KeyRevoked,
	}[news.Topic]
	if template == mail.KeyChanged && !news.Key.Encryption {
		template = mail.SigningChanged
	}
	return n.writeContact(tx, news.Destination, template, mail.Fact{
		ID: news.Key.KID, Until: news.Key.Expires, By: news.By, Since: news.Key.Revocation.Since, Why: news.Key.Revocation.Why,
	})
}

// secretEnds tells the owners of an organisation. One without people is one whose clients the operator keeps, who sees the end of their secrets
// in the list.
func (n *Node) secretEnds(tx broker.Tx, c broker.Client) error {
	owners, err := account.Owners(tx, c.Org)
	for _, o := range owners {
		if err := mail.Owe(tx, n.now(), mail.Letter{
			Template: mail.SecretEnds, To: o.Email, Org: c.Org, Fact: mail.Fact{ID: string(c.ID), Name: c.Name, Until: c.SecretUntil},
		}); err != nil {
			return err
		}
	}
	return err
}

// postInvitation tells who is invited.
func (n *Node) postInvitation(tx broker.Tx, l account.Letter) error {
	return n.Mails.OwePersonal(tx, mail.Personal{
		Template: mail.Invitation, To: l.To, Org: l.Org, Link: l.Link, Expires: l.Expires, Fact: mail.Fact{By: l.By, Role: string(l.Role)},
	})
}
