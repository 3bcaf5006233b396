package node

import (
	"context"
	"crypto/x509"
	"encoding/pem"
	"os"
	"time"

	"github.com/vierkant/vierkant/broker"
)

// What is too late. Signing takes milliseconds, and the first attempts of a callback that fails go on for minutes.
const (
	lateSigning  = 5 * time.Minute
	lateCallback = time.Hour
	lateDeadline = 15 * time.Minute
	clocksDiffer = 5 * time.Second
	anchorSoon   = 90 * 24 * time.Hour
)

// examineClock compares the clocks that there are: that of the store, that of this machine, the one that keys were written by, and how the
// machine's clock went since the process began.
func examineClock(ctx context.Context, n *Node) []Finding {
	const ntp = "Have the clock of this machine set by NTP: tokens, callbacks and the order of events depend on it."
	var stored time.Time
	err := n.store.View(ctx, func(tx broker.Tx) (err error) {
		stored, err = tx.Now()
		return err
	})
	if err != nil {
		return unseen("clock", err)
	}
	now := n.now()
	if apart := stored.Sub(now); apart.Abs() > clocksDiffer {
		return []Finding{trouble("clock", ntp, "the store's clock is %s apart from this machine's", apart.Abs().Round(time.Millisecond))}
	}
	if jumped := n.started.jump(); jumped.Abs() > clocksDiffer {
		return []Finding{note("clock", ntp, "the clock of this machine was set by %s since the node began", jumped.Round(time.Millisecond))}
	}
	for _, use := range []broker.KeyUse{broker.ServiceKeys, broker.PortalKeys, broker.TokenKeys} {
		for _, k := range n.keyring.All(use) {
			if ahead := k.Changed.Sub(now); ahead > clocksDiffer {
				return []Finding{trouble("clock", ntp, "it is behind: a key was written %s from now", ahead.Round(time.Second))}
			}
		}
	}
	return []Finding{well("clock", "%s, and the store's agrees", now.UTC().Format(time.RFC3339))}
}

// instant is a moment by both readings of the machine's clock.
type instant struct{ at time.Time }

// jump is by how much the wall clock went further than time did.
func (i instant) jump() time.Duration {
	now := time.Now()
	return now.Round(0).Sub(i.at.Round(0)) - now.Sub(i.at) // Round strips the monotonic reading
}

func examineCertificate(_ context.Context, n *Node) []Finding {
	const renew = "Renew it: the files are read again while the node runs."
	if n.certificate == nil {
		return nil
	}
	until := n.certificate.leaf().NotAfter
	switch left := until.Sub(n.now()); {
	case left <= 0:
		return []Finding{trouble("TLS certificate", renew, "it ended at %s: callers refuse to connect", until.UTC().Format(time.RFC3339))}
	case left < certificateWarning:
		return []Finding{trouble("TLS certificate", renew, "it ends at %s", until.UTC().Format(time.RFC3339))}
	}
	return []Finding{well("TLS certificate", "good until %s", until.UTC().Format(time.RFC3339))}
}

// examineAnchors looks at the roots to which keys of destinations chain: with one of them end all keys below it.
func examineAnchors(_ context.Context, n *Node) []Finding {
	if n.cfg.Environment.SelfSigned {
		return nil
	}
	if n.cfg.TrustAnchors == "" {
		return []Finding{note("trust anchors", "Name their file in trust_anchors.", "there are none: no key of a destination is accepted")}
	}
	raw, err := os.ReadFile(n.cfg.TrustAnchors)
	if err != nil {
		return []Finding{trouble("trust anchors", "Restore the file: the next start needs it.", "%v", err)}
	}
	all := []Finding{}
	for block, rest := pem.Decode(raw); block != nil; block, rest = pem.Decode(rest) {
		c, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			continue // what is no certificate was refused, or left out, at the start
		}
		name, until := c.Subject.String(), c.NotAfter.UTC().Format(time.RFC3339)
		switch left := c.NotAfter.Sub(n.now()); {
		case left <= 0:
			all = append(all, trouble("trust anchors", "Take it out, and have its successor put in.", "%s ended at %s: no key below it is good", name, until))
		case left < anchorSoon:
			all = append(all, note("trust anchors", "Put its successor beside it.", "%s ends at %s", name, until))
		}
	}
	if len(all) == 0 {
		all = append(all, well("trust anchors", "all are good for more than %d days", anchorSoon/(24*time.Hour)))
	}
	return all
}

func examineSigning(ctx context.Context, n *Node) []Finding {
	waiting, err := n.backlog(ctx, broker.Tx.SigningBacklog)
	switch {
	case err != nil:
		return unseen("signing", err)
	case waiting.Count > 0 && n.stopWork == nil:
		return []Finding{note("signing", "", "events that wait for their signature until the node runs: %d", waiting.Count)}
	case n.age(waiting) > lateSigning:
		return []Finding{trouble("signing", "Look for \"events cannot be signed\" in the log.", "events that wait for their signature: %d, the oldest for %s", waiting.Count, n.age(waiting).Round(time.Second))}
	}
	return []Finding{well("signing", "events that wait for their signature: %d", waiting.Count)}
}

func examineCallbacks(ctx context.Context, n *Node) []Finding {
	waiting, err := n.backlog(ctx, broker.Tx.DeliveryBacklog)
	switch {
	case err != nil:
		return unseen("callbacks", err)
	case waiting.Count > 0 && n.stopWork == nil:
		return []Finding{note("callbacks", "", "owed until the node runs: %d", waiting.Count)}
	case n.age(waiting) > lateCallback:
		return []Finding{note("callbacks", "Its receiver does not answer, or refuses: the log names destination and reason.", "owed: %d, the oldest for %s", waiting.Count, n.age(waiting).Round(time.Second))}
	}
	return []Finding{well("callbacks", "owed: %d", waiting.Count)}
}

func examineDeadlines(ctx context.Context, n *Node) []Finding {
	lag, err := n.overdue(ctx, broker.Deadlines, n.deadline.now())
	switch {
	case err != nil:
		return unseen("deadlines", err)
	case lag > lateDeadline && n.stopWork == nil:
		return []Finding{note("deadlines", "Start the node: what was missed is made up for in order.", "the oldest is overdue by %s", lag.Round(time.Second))}
	case lag > lateDeadline:
		return []Finding{trouble("deadlines", "Look in the log for what keeps them: applications may wait longer than the law allows.", "the oldest is overdue by %s", lag.Round(time.Second))}
	}
	return []Finding{well("deadlines", "none is overdue")}
}

// examineRehearsal tells what somebody may have forgotten.
func examineRehearsal(_ context.Context, n *Node) (all []Finding) {
	if ahead := time.Duration(n.deadline.ahead.Load()); ahead > 0 {
		all = append(all, note("rehearsal", "", "the clock of deadlines is %s ahead, for good", ahead))
	}
	if n.faults != nil {
		if count := len(n.faults.List()); count > 0 {
			all = append(all, note("rehearsal", "vierkant test fault list", "faults on request in force: %d", count))
		}
	}
	if m, told := n.Broker.Notices.Current(); told {
		all = append(all, note("maintenance", "vierkant maintenance clear, if it is over", "announced until %s", m.Until.Format(time.RFC3339)))
	}
	return all
}

// backlog measures what waits.
func (n *Node) backlog(ctx context.Context, measure func(broker.Tx) (broker.Backlog, error)) (waiting broker.Backlog, err error) {
	err = n.store.View(ctx, func(tx broker.Tx) (err error) {
		waiting, err = measure(tx)
		return err
	})
	return waiting, err
}

func (n *Node) age(waiting broker.Backlog) time.Duration {
	if waiting.Oldest.IsZero() {
		return 0
	}
	return max(0, n.now().Sub(waiting.Oldest))
}
