package node

import (
	"context"
	"time"

	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/broker/account"
	"github.com/vierkant/vierkant/broker/mail"
)

// postInvitation owes the letter of an invitation.
func (n *Node) postInvitation(tx broker.Tx, l account.Letter) error {
	return n.Mails.OwePersonal(tx, mail.Personal{
		Template: mail.Invitation, To: l.To, Org: l.Org, Link: l.Link, Expires: l.Expires, Fact: mail.Fact{By: l.By, Role: string(l.Role)},
	})
}

// keepInvitations ends those that nobody accepted. Accepting one that is too old is refused at once; this is so that lists show it.
func (n *Node) keepInvitations(ctx context.Context) {
	every(ctx, time.Hour, func() {
		n.complain(ctx, "that invitations ran out cannot be written; it is tried again", n.Accounts.ExpireInvitations(ctx))
	})
}
