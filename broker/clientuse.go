package broker

import (
	"context"
	"maps"
	"slices"
	"sync"
	"time"
)

// clientUses are entries by client id: when it was last used. They are apart from the client, which is read with every request and remembered by
// stores as long as it stays the same.
const clientUses EntryKind = "client-use" // owner: the organisation

// ClientUse is when a client was last used, to the hour; zero: not since that is noted.
type ClientUse struct {
	Last   time.Time // it logged in, or asked for anything with a token
	Former time.Time // it logged in with the secret before
}

type clientUseRecord struct {
	Last   time.Time `json:"last,omitzero"`
	Former time.Time `json:"former,omitzero"`
}

// covers reports whether u says all that other does.
func (u ClientUse) covers(other ClientUse) bool {
	return !u.Last.Before(other.Last) && !u.Former.Before(other.Former)
}

// with is the later of each.
func (u ClientUse) with(other ClientUse) ClientUse {
	if u.Last.Before(other.Last) {
		u.Last = other.Last
	}
	if u.Former.Before(other.Former) {
		u.Former = other.Former
	}
	return u
}

func readClientUse(tx Tx, id ClientID) (ClientUse, error) {
	r, err := ReadEntry[clientUseRecord](tx, clientUses, string(id))
	return ClientUse(r), ignoreNoRow(err)
}

// ClientUses notes that clients are used: each once an hour on each node, and written later and with others, so that no request waits for a
// commit. What is lost with the process is noted again with the next request.
type ClientUses struct {
	*core
	mu   sync.RWMutex
	seen map[ClientID]ClientUse // guarded by mu; never more than there are clients
	owed map[ClientID]OrgID     // guarded by mu; of seen, what is not written
	some Signal
}

const (
	usePause = 10 * time.Second // in which notes gather
	useBatch = 100              // per transaction
)

func newClientUses(k *core) *ClientUses {
	return &ClientUses{core: k, seen: make(map[ClientID]ClientUse), owed: make(map[ClientID]OrgID), some: newSignal()}
}

// used notes that a client asked for something, and whether it logged in with its former secret.
func (u *ClientUses) used(id ClientID, org OrgID, former bool) {
	now := ClientUse{Last: u.Now().UTC().Truncate(time.Hour)}
	if former {
		now.Former = now.Last
	}
	u.mu.RLock()
	known := u.seen[id].covers(now)
	u.mu.RUnlock()
	if known {
		return
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	u.seen[id] = u.seen[id].with(now)
	u.owed[id] = org
	u.some.Set()
}

// Run writes notes until ctx ends. An error of the store is for failed to tell; what could not be written is tried again.
func (u *ClientUses) Run(ctx context.Context, failed func(error)) {
	u.some.Gather(ctx, usePause, u.Write, failed)
}

// Write writes all notes that there are.
func (u *ClientUses) Write(ctx context.Context) error {
	u.mu.Lock()
	owed := u.owed
	u.owed = make(map[ClientID]OrgID)
	u.mu.Unlock()
	for batch := range slices.Chunk(slices.Collect(maps.Keys(owed)), useBatch) {
		if err := u.Store.Update(ctx, func(tx Tx) error {
			for _, id := range batch {
				if err := u.write(tx, id, owed[id]); err != nil {
					return err
				}
			}
			return nil
		}); err != nil {
			u.owe(owed)
			return err
		}
	}
	return nil
}

// write writes one note, unless another node did already.
func (u *ClientUses) write(tx Tx, id ClientID, org OrgID) error {
	u.mu.RLock()
	seen := u.seen[id]
	u.mu.RUnlock()
	was, err := readClientUse(tx, id)
	if err != nil || was.covers(seen) {
		return err
	}
	return WriteEntry(tx, clientUses, string(id), string(org), clientUseRecord(was.with(seen)))
}

// owe takes back what could not be written.
func (u *ClientUses) owe(owed map[ClientID]OrgID) {
	u.mu.Lock()
	defer u.mu.Unlock()
	maps.Copy(u.owed, owed)
	u.some.Set()
}

// KnownClient is a client with what became of it.
type KnownClient struct {
	Client
	Use ClientUse
}

// known reads when a client was used.
func (c Client) known(tx Tx) (KnownClient, error) {
	use, err := readClientUse(tx, c.ID)
	return KnownClient{c, use}, err
}
