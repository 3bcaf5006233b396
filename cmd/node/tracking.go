package node

import "github.com/vierkant/vierkant/broker/tracking"

// tracking shows what became of submissions, by API and in the portal.
func (n *Node) tracking() (*tracking.Tracking, error) {
	return tracking.New(tracking.Config{
		Store: n.store.Store, Keyring: n.keyring, Issuer: n.URLs().Submission, Deadline: n.deadline.now, Sign: n.signer.Sign,
	})
}
