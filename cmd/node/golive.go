package node

import (
	"context"
	"slices"

	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/broker/golive"
	"github.com/vierkant/vierkant/broker/mail"
	"github.com/vierkant/vierkant/crypto/keys"
	"github.com/vierkant/vierkant/crypto/token"
)

// makeWitness makes what notes first times. The broker tells it, so it is there before.
func (n *Node) makeWitness(context.Context) (err error) {
	n.witness, err = golive.NewWitness(golive.WitnessConfig{Store: n.store.Store, Now: n.now})
	return err
}

// makeGoLive makes the checklists of those who go to the next environment.
func (n *Node) makeGoLive(context.Context) error {
	next, err := n.nextPolicy()
	if err != nil {
		return err
	}
	n.golive, err = golive.New(golive.Config{
		Store: n.store.Store, Keyring: n.keyring, Now: n.now, Environment: n.cfg.Environment.Name, Portal: n.URLs().Portal,
		Faults: n.cfg.Environment.Faults, Next: next, Routes: n.Broker.Routes.To, Confirmed: mail.Confirmed,
	})
	return err
}

// nextPolicy is the rules for keys in the environment that follows; of the last one its own. Its trust anchors are those that this one is configured
// with: test needs none for itself, so they are there for the checklist alone.
func (n *Node) nextPolicy() (keys.Policy, error) {
	all := Environments()
	at := slices.IndexFunc(all, func(e Environment) bool { return e.Name == n.cfg.Environment.Name })
	return all[min(at+1, len(all)-1)].policy(n.cfg.TrustAnchors)
}

// issue makes an access token.
type issue func(subject string, scopes []string) (string, token.Claims, error)

// witnessTokens notes who got one.
func (n *Node) witnessTokens(make issue) issue {
	return func(subject string, scopes []string) (string, token.Claims, error) {
		raw, claims, err := make(subject, scopes)
		if err == nil {
			n.witness.Issued(broker.ClientID(subject), tokenLifetime)
		}
		return raw, claims, err
	}
}

// witnessMail notes whose contact was reminded.
func (n *Node) witnessMail(tx broker.Tx, m mail.Mail) error {
	if m.Template != mail.Waiting && m.Template != mail.WaitingStill {
		return nil
	}
	var reminded []broker.DestinationID
	for _, f := range m.Facts {
		if !slices.Contains(reminded, f.Destination) {
			reminded = append(reminded, f.Destination)
		}
	}
	return n.witness.Reminded(tx, string(m.ID), reminded)
}

// GoLive is the checklists of a running node.
func (n *Node) GoLive() *golive.Service { return n.golive }
