package node

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/broker/rehearsal"
	"github.com/vierkant/vierkant/crypto/token"
)

// openFaults makes room for faults where they may be asked for. Elsewhere there is none, and nothing in the way of a request asks.
func (n *Node) openFaults(context.Context) (err error) {
	if n.cfg.Environment.Faults {
		n.faults, err = rehearsal.New(rehearsal.Config{Now: n.now})
	}
	return err
}

func (n *Node) rehearseRequest() func(broker.ClientID) (time.Duration, error) {
	if n.faults == nil {
		return nil
	}
	return func(c broker.ClientID) (time.Duration, error) {
		after, err := n.faults.Refused(c)
		if err != nil {
			n.witness.Rehearsed(string(rehearsal.Unavailable), string(c))
		}
		return after, err
	}
}

// rehearseExpiry lets good tokens expire early.
func (n *Node) rehearseExpiry(verify func(string) (token.Claims, error)) func(string) (token.Claims, error) {
	if n.faults == nil {
		return verify
	}
	return func(raw string) (token.Claims, error) {
		claims, err := verify(raw)
		if err == nil && n.faults.Expired(broker.ClientID(claims.Subject), claims.IssuedAt) {
			n.witness.Rehearsed(string(rehearsal.ExpiredToken), claims.Subject)
			return token.Claims{}, fmt.Errorf("a rehearsal: %w", token.ErrExpired)
		}
		return claims, err
	}
}

func (n *Node) rehearseCallback() func(context.Context, broker.Delivery) rehearsal.Callback {
	if n.faults == nil {
		return nil
	}
	return func(ctx context.Context, d broker.Delivery) rehearsal.Callback {
		if !n.faults.OfCallbacks() {
			return rehearsal.Callback{}
		}
		told := n.toldBy(ctx, d)
		wrong := n.faults.Callback(d.Created, func(c broker.ClientID) bool { return slices.Contains(told, c) })
		if kind := wrong.Kind(); kind != "" {
			_, receiver := d.Receiver().Parts()
			n.witness.Rehearsed(string(kind), receiver)
		}
		return wrong
	}
}

// toldBy are the clients that a callback is for. If they cannot be read, it is nobody's in particular.
func (n *Node) toldBy(ctx context.Context, d broker.Delivery) (told []broker.ClientID) {
	if d.Sender != "" {
		return []broker.ClientID{d.Sender}
	}
	err := n.store.View(ctx, func(tx broker.Tx) error {
		destination, err := tx.Destination(d.Destination)
		told = destination.Clients
		return err
	})
	if err != nil {
		return nil
	}
	return told
}
