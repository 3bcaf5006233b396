package testenv

import (
	"context"
	"crypto/rand"
	"fmt"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/vierkant/vierkant/api/client"
	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/cmd/node"
	"github.com/vierkant/vierkant/crypto/keys"
)

// Office is an authority to be set up in test: one destination, published for one region.
type Office struct {
	Name     string
	Region   string // "DE…"
	Services []string
	Callback string // URL; empty: it polls
}

// Authority is an Office that was set up: what its case-management system needs.
type Authority struct {
	Office
	Client      node.Credentials // of its subscriber
	Destination client.DestinationID
	Keys        client.Keys
	Secret      string // of its callbacks
}

// SetUp makes the organisation, client, keys, destination and route of an authority. Its keys are kept nowhere else.
func (r *Running) SetUp(ctx context.Context, o Office) (Authority, error) {
	a := Authority{Office: o, Secret: rand.Text() + rand.Text()}
	var encryption, signing keys.Private
	var group errgroup.Group
	group.Go(func() (err error) {
		encryption, err = keys.Generate(keys.Encryption, o.Name, time.Now(), keyLifetime)
		return err
	})
	group.Go(func() (err error) {
		signing, err = keys.Generate(keys.Signature, o.Name, time.Now(), keyLifetime)
		return err
	})
	if err := group.Wait(); err != nil {
		return a, err
	}
	a.Keys = client.Keys{Decryption: []keys.Private{encryption}, Signing: signing}
	draft := Draft(o.Name, broker.Contact{LegalName: o.Name, Email: "gewerbe@authority.example"}, o.Region, o.Services...)
	if o.Callback != "" {
		draft.Callback = &broker.CallbackDraft{URL: o.Callback, Secret: a.Secret}
	}
	made, err := r.nodes[0].Seed(ctx, node.Seed{
		Organisation: o.Name, Subscriber: o.Name,
		Destinations: []node.SeedDestination{{
			Draft: draft, Encryption: encryption, Signing: signing,
			Coverage: []broker.Coverage{{Services: o.Services, Regions: []string{o.Region}}},
		}},
	})
	if err != nil {
		return a, fmt.Errorf("%s: %w", o.Name, err)
	}
	a.Client, a.Destination = made.Subscriber, client.DestinationID(made.Destinations[0])
	return a, nil
}
