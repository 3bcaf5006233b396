package transfer

import (
	"fmt"
	"time"

	"github.com/vierkant/vierkant/broker"
)

// State is what a store is to a move. The zero value is a store that no move has touched.
type State string

// The states; see the package comment.
const (
	Moving   State = "moving"
	Moved    State = "moved"
	Arriving State = "arriving"
	Verified State = "verified"
	Arrived  State = "arrived"
)

// Mark is what a store notes about the last move that it was a side of.
type Mark struct {
	State State     `json:"state"`
	Move  string    `json:"move"` // random name, the same on both sides
	Peer  string    `json:"peer"` // the other side, as its Side says it
	Since time.Time `json:"since"`

	// Of the target.
	Done   map[Kind]Progress `json:"done,omitempty"`   // what was written so far
	Blob   broker.BlobID     `json:"blob,omitempty"`   // the last one that was written
	Result []Digest          `json:"result,omitempty"` // what both sides hold, once that was compared
}

// Progress is how much of a kind was written or compared.
type Progress struct {
	Rows  int64 `json:"rows"`
	Bytes int64 `json:"bytes"`
}

// Refusal says why a store with this mark may not be served; nil: it may.
func (m Mark) Refusal() error {
	switch m.State {
	case Moving:
		return fmt.Errorf("this environment is being moved to %s: run `vierkant migrate-store` again to finish that, or with --abandon to go on here", m.Peer)
	case Moved:
		return fmt.Errorf("this environment was moved to %s on %s: serve it there; to have it back here, move it into an empty store", m.Peer, m.Since.Format(time.DateOnly))
	case Arriving, Verified:
		return fmt.Errorf("this is the unfinished copy of a move from %s: run `vierkant migrate-store` again to finish it", m.Peer)
	}
	return nil
}
