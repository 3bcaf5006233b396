package node

import (
	"context"
	"time"
)

// keepInvitations ends those that nobody accepted. Accepting one that is too old is refused at once; this is so that lists show it.
func (n *Node) keepInvitations(ctx context.Context) {
	every(ctx, time.Hour, func() {
		n.complain(ctx, "that invitations ran out cannot be written; it is tried again", n.Accounts.ExpireInvitations(ctx))
	})
}
