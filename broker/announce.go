package broker

import (
	"context"

	"github.com/vierkant/vierkant/crypto/set"
)

// opening is an announcement on its way.
type opening struct {
	who   Caller
	again Repeat

	// Of the last run of a transaction.
	c      Case
	office OrgID // the destination's
	sub    Submission
	done   bool // it was announced before: sub is what was answered then
}

// repeated looks for the first time that the same was asked.
func (o *opening) repeated(tx Tx) (found bool, err error) {
	o.sub, o.done, err = o.again.find(tx, o.who)
	return o.done, err
}

// announce admits and opens. The quota is looked at before, once: in the transaction all announcements of a client would queue for it.
func (s Exchange) announce(ctx context.Context, o *opening, admit, open func(Tx) error) (Submission, error) {
	err := s.Store.View(ctx, func(tx Tx) error {
		if err := admit(tx); err != nil || o.done {
			return err
		}
		return s.roomToAnnounce(tx, o.who)
	})
	if err != nil || o.done {
		return o.sub, err
	}
	err = s.Store.Update(ctx, func(tx Tx) error {
		if err := admit(tx); err != nil || o.done {
			return err
		}
		return open(tx)
	})
	return o.sub, err
}

// begin writes a fresh submission or reply, its event and the receipt for repeats.
func (s Exchange) begin(tx Tx, o *opening, sub Submission, callback *CallbackDraft) error {
	sub.ID, sub.Kind, sub.Case, sub.Author, sub.Created = NewID[SubmissionID](), s.kind, o.c.ID, o.who.Client, s.Deadline()
	sub.Sender, sub.Org, sub.Office, sub.Opens = o.c.Sender, o.c.Org, o.office, o.c.Events == 0
	if err := s.arm(tx, o.c, sub); err != nil {
		return err
	}
	if callback != nil {
		secret, err := s.Wrapper.Wrap([]byte(callback.Secret), senderSecretContext(o.c.ID))
		if err != nil {
			return err
		}
		sub.Callback = &Callback{URL: callback.URL, Secret: secret}
		o.c.Callback = sub.Callback
	}
	if err := s.advance(tx, &o.c, &sub, created, set.Payload{}); err != nil {
		return err
	}
	o.sub = sub
	return o.again.keep(tx, o.who, sub.ID, s.Now())
}

func senderSecretContext(c CaseID) string { return "callback secret of the sender in " + string(c) }

// arm has somebody look at a fresh submission or reply in time, and at its case, if it is fresh, too.
func (k *core) arm(tx Tx, c Case, sub Submission) error {
	sub.State = StateIncomplete
	_, _, at := k.Periods.Ahead(sub, sub.Created)
	if err := tx.PutTimer(SubmissionDeadline(sub.ID, k.Periods.look(sub, sub.Created, at))); err != nil || c.Events > 0 {
		return err
	}
	return tx.PutTimer(CaseDeadline(c.ID, sub.Created.Add(k.Periods.Case)))
}
