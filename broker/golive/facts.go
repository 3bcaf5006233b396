package golive

import (
	"slices"
	"time"

	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/crypto/set"
)

// Happened notes what a fact shows of both sides. It is told by broker.Config.Happened.
func (w *Witness) Happened(tx broker.Tx, f broker.Fact) error {
	s := f.Submission
	shown := Evidence{string(s.Kind), string(s.ID)}
	sender, destination, by := string(s.Sender), string(s.Destination), string(f.By)
	switch {
	case f.Kind == broker.FactSubmitted:
		return w.submitted(tx, s, shown)
	case f.Kind == broker.FactAccepted:
		return w.note(tx, SubmissionAccepted, shown, destination, sender, by)
	case f.Kind == broker.FactRejected && by != "": // not because nobody decided
		return w.note(tx, SubmissionRejected, shown, destination, by)
	case f.Kind == broker.FactReplied && !s.FromSender():
		return w.note(tx, ReplySent, shown, destination, string(s.Author))
	case f.Kind == broker.FactReplyAccepted && !s.FromSender():
		return w.note(tx, ReplyAccepted, shown, sender)
	case f.Kind == broker.FactCalled:
		_, of := f.Delivery.Receiver().Parts()
		return w.note(tx, CallbackTaken, Evidence{"callback", string(f.Delivery.ID)}, of)
	}
	return nil
}

func (w *Witness) submitted(tx broker.Tx, s broker.Submission, shown Evidence) error {
	received, sent := []Point{SubmissionReceived}, []Point{SubmissionSent}
	if len(s.Announced) > 0 {
		received, sent = append(received, AttachmentReceived), append(sent, AttachmentSent)
	}
	if err := w.noteAll(tx, received, shown, string(s.Destination)); err != nil {
		return err
	}
	return w.noteAll(tx, sent, shown, string(s.Sender))
}

func (w *Witness) noteAll(tx broker.Tx, all []Point, shown Evidence, of string) error {
	for _, p := range all {
		if err := w.note(tx, p, shown, of); err != nil {
			return err
		}
	}
	return nil
}

// Reminded is told, in the transaction that notes it, that a mail server took a reminder to the contacts of destinations.
func (w *Witness) Reminded(tx broker.Tx, mail string, destinations []broker.DestinationID) error {
	for _, d := range destinations {
		if err := w.note(tx, ReminderSent, Evidence{"mail", mail}, string(d)); err != nil {
			return err
		}
	}
	return nil
}

// Shown is broker.Config.Shown: a sender reads that what it sent was rejected. What it sent is all that it can read of.
func (w *Witness) Shown(who broker.Caller, events []broker.Event) {
	if !who.Has(broker.ScopeSend) {
		return
	}
	at := slices.IndexFunc(events, func(e broker.Event) bool { return e.Type == set.RejectSubmission })
	if at >= 0 {
		w.later(RejectionSeen, Evidence{string(broker.KindSubmission), string(events[at].Submission)}, string(who.Client))
	}
}

// Issued is told of an access token that a client got, and of how long tokens are good.
func (w *Witness) Issued(client broker.ClientID, lifetime time.Duration) {
	of := string(client)
	issued := milestone{of: of, point: TokenIssued, at: w.cfg.Now(), lasts: lifetime}
	w.laterOne(issued)
	if first, known := w.knows(key{of, TokenIssued}); known && issued.renews(first) {
		w.later(TokenRenewed, Evidence{}, of)
	}
}

// Rehearsed is told that a fault on request befell somebody: clients, or the destination of a callback.
func (w *Witness) Rehearsed(fault string, subjects ...string) {
	for _, of := range subjects {
		w.later(FaultRehearsed, Evidence{"fault", fault}, of)
	}
}
