package node

import (
	"context"
	"time"

	"github.com/vierkant/vierkant/broker"
)

// lateMail is longer than a mail server is away without somebody noticing.
const lateMail = 6 * time.Hour

// What participants have to mend, and an operator tells them of, is a note.

// examineReceivers looks at the endpoints of callbacks that are in trouble.
func examineReceivers(ctx context.Context, n *Node) (all []Finding) {
	count, err := n.Broker.Deliveries.Troubles(ctx)
	if err != nil {
		return unseen("receivers", err)
	}
	const see = "Their organisations see attempts and reasons, and go on from there."
	for _, state := range []struct {
		is   broker.EndpointState
		text string
	}{
		{broker.EndpointStopped, "answered 410 and called no more: %d"},
		{broker.EndpointPaused, "failed too often and left alone for a while: %d"},
		{broker.EndpointFailing, "failed the last time they were called: %d"},
	} {
		if count[state.is] > 0 {
			all = append(all, note("receivers", see, state.text, count[state.is]))
		}
	}
	if all == nil {
		all = append(all, well("receivers", "none is in trouble"))
	}
	return all
}

// examineCertificates looks at the keys of destinations, as the last round counted them.
func examineCertificates(_ context.Context, n *Node) (all []Finding) {
	const soon = 14 // days, one of the thresholds
	found := n.keycare.Survey()
	if found.At.IsZero() {
		return nil // a node that was just started, or does not run, has gone no round
	}
	for _, kind := range []struct {
		count        int
		remedy, text string
	}{
		{found.Revoked, "Find out why, and have them replaced.", "with a certificate that was revoked: %d"},
		{found.Ended, "Have them replaced: nothing can be sent there.", "with a certificate that has ended: %d"},
		{found.Within[soon] - found.Ended, "Have them replaced in time; their contacts were told.", "with a certificate that ends within 14 days: %d"},
		{found.Unknown, "Can the responders be reached from here?", "with a certificate of which nobody could tell whether it is revoked: %d"},
	} {
		if kind.count > 0 {
			all = append(all, note("keys of destinations", kind.remedy, kind.text, kind.count))
		}
	}
	if all == nil {
		all = append(all, well("keys of destinations", "none has ended, ends soon or was revoked"))
	}
	return all
}

func examineMail(ctx context.Context, n *Node) []Finding {
	s, err := n.Mails.Stats(ctx)
	switch {
	case err != nil:
		return unseen("mail", err)
	case s.WithoutServer > 0:
		return []Finding{note("mail", "Name a mail server in the configuration; until then they can be read in the outbox.", "kept for lack of a mail server: %d", s.WithoutServer)}
	case n.age(s.Queue) > lateMail && n.stopWork != nil:
		return []Finding{trouble("mail", "Look for the reason in the log: is the mail server well, are its credentials?", "waiting: %d, the oldest for %s", s.Queue.Count, n.age(s.Queue).Round(time.Second))}
	case s.WithoutApproval > 0:
		return []Finding{note("mail", "Whoever owns the addresses confirms them.", "kept until their addresses are confirmed: %d", s.WithoutApproval)}
	}
	return []Finding{well("mail", "waiting for their turn: %d", s.Queue.Count)}
}
