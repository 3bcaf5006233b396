package broker

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/vierkant/vierkant/crypto/set"
)

// tell owes the callbacks that follow from what befell (FIT-Connect contract 9.4). A notification is followed by none. What was never submitted its
// addressee never knew of.
func (k *core) tell(tx Tx, c Case, sub Submission, what act) error {
	switch what {
	case submitted:
		return k.owe(tx, c, sub, arrivals[sub.Kind], !sub.FromSender())
	case forwarded, accepted, rejected:
		return k.owe(tx, c, sub, NewEvents, sub.FromSender())
	case deleted:
		err := k.owe(tx, c, sub, NewEvents, sub.FromSender())
		if err != nil || sub.Submitted.IsZero() {
			return err
		}
		return k.owe(tx, c, sub, NewEvents, !sub.FromSender())
	}
	return nil
}

// arrivals names what an addressee is told.
var arrivals = map[SubmissionKind]CallbackType{KindSubmission: NewSubmissions, KindReply: NewReplies}

// owe owes a callback to the sender or to the destination, if it wants any.
func (k *core) owe(tx Tx, c Case, sub Submission, what CallbackType, toSender bool) error {
	d := Delivery{
		ID: NewID[DeliveryID](), Type: what, Kind: sub.Kind, Destination: sub.Destination,
		Submission: sub.ID, Case: sub.Case, Created: k.Now(),
	}
	wanted := senderCallback(c, sub)
	if toSender {
		d.Sender = sub.Sender
	} else {
		destination, err := tx.Destination(sub.Destination)
		if err != nil {
			return ignoreNoRow(err) // nobody is there to be told
		}
		wanted = destination.Callback
	}
	if wanted == nil {
		return nil
	}
	var err error
	if d.NotBefore, err = tx.Now(); err != nil {
		return err
	}
	tx.OnCommit(k.deliveriesOwed.Set)
	return tx.PutDelivery(d)
}

// senderCallback is where the sender wants to be told: of a submission as that one said, of replies as its latest submission that said it.
func senderCallback(c Case, sub Submission) *Callback {
	if sub.Kind == KindReply {
		return c.Callback
	}
	return sub.Callback
}

// notify writes into the log that the addressee was informed of what waits, once for each way of informing.
func (k *core) notify(tx Tx, id SubmissionID, how string) error {
	sub, err := tx.Submission(id)
	if err != nil || !sub.State.Retrievable() || slices.Contains(sub.Notified, how) {
		return ignoreNoRow(err)
	}
	tags, err := tagsOf(tx, sub)
	if err != nil {
		return err
	}
	c, err := tx.Case(sub.Case)
	if err != nil {
		return err
	}
	sub.Notified = append(sub.Notified, how)
	return k.advance(tx, &c, &sub, notified, set.Payload{AuthenticationTags: &tags, NotifyType: how})
}

// Polls notes what addressees found by polling. The note is written later and with others, so that no list waits for a
// commit; one that is lost with the process is made again when the addressee looks again.
type Polls struct {
	*core
	mu    sync.Mutex
	found map[SubmissionID]bool
	some  Signal
}

const (
	maxPolls  = 10_000                 // what is found beyond is noted when it is found again
	pollBatch = 20                     // per transaction
	pollPause = 500 * time.Millisecond // in which notes gather
)

func newPolls(k *core) *Polls {
	return &Polls{core: k, found: make(map[SubmissionID]bool), some: newSignal()}
}

// Found notes what an answer that was sent has shown to its addressee.
func (p *Polls) Found(all ...Submission) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, sub := range all {
		if len(p.found) < maxPolls && !slices.Contains(sub.Notified, set.NotifiedByPolling) {
			p.found[sub.ID] = true
		}
	}
	if len(p.found) > 0 {
		p.some.Set()
	}
}

// Run writes notes until ctx ends. An error of the store is for failed to tell; what could not be written is found again.
func (p *Polls) Run(ctx context.Context, failed func(error)) {
	p.some.Gather(ctx, pollPause, p.Write, failed)
}

// Write writes all notes that there are.
func (p *Polls) Write(ctx context.Context) error {
	p.mu.Lock()
	found := p.found
	p.found = make(map[SubmissionID]bool)
	p.mu.Unlock()
	ids := make([]SubmissionID, 0, len(found))
	for id := range found {
		ids = append(ids, id)
	}
	for batch := range slices.Chunk(ids, pollBatch) {
		if err := p.Store.Update(ctx, func(tx Tx) error {
			for _, id := range batch {
				if err := p.notify(tx, id, set.NotifiedByPolling); err != nil {
					return err
				}
			}
			return nil
		}); err != nil {
			return err
		}
	}
	return nil
}
