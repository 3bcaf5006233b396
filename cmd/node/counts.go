package node

// Counts is what the store, the blobs and the keys were asked to do since the node was opened. The figures are exact: where one
// request is served at a time, and nothing runs in the background, their difference is what that request cost.
type Counts struct {
	Updates       int64 // transactions whose success was answered
	Commits       int64 // durable commits of the store, two syncs each; one may serve many transactions
	FileSyncs     int64 // of large bodies
	FolderSyncs   int64 // of the folders that hold them
	PrivateKeyOps int64 // signatures with the broker's own keys: RSA-4096 for events and routes, ECDSA for access tokens
}

// Counts returns the figures of this moment.
func (n *Node) Counts() Counts {
	c := n.store.counts()
	c.PrivateKeyOps = n.keyring.PrivateKeyOps()
	return c
}
