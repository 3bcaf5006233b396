package node

import (
	"context"
	"time"

	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/broker/account"
	"github.com/vierkant/vierkant/broker/mail"
)

// noteClients writes down that clients were used.
func (n *Node) noteClients(ctx context.Context) {
	n.Broker.ClientUses.Run(ctx, func(err error) {
		n.complain(ctx, "when API clients were used cannot be written; it is tried again", err)
	})
}

// warnOfSecrets looks every hour for secrets that will end.
func (n *Node) warnOfSecrets(ctx context.Context) {
	every(ctx, time.Hour, func() {
		n.complain(ctx, "that secrets of API clients end cannot be told; it is tried again", n.Broker.Clients.Warn(ctx))
	})
}

// secretEnds owes the owners of an organisation a mail. An organisation without people is one whose clients the operator keeps, who sees the end of their
// secrets in the list.
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
