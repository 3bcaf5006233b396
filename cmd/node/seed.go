package node

import (
	"context"
	"fmt"
	"slices"

	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/broker/publication"
	"github.com/vierkant/vierkant/crypto/keys"
)

// Credentials are what an API client logs in with.
type Credentials struct {
	ClientID     string `json:"client_id"`
	ClientSecret string `json:"client_secret"`
}

// Seed is what an organisation begins with: a sender, a subscriber that may manage destinations, and active destinations with their
// published routes.
type Seed struct {
	Organisation string
	Sender       string // name of the client; empty: none
	Subscriber   string // name of the client
	Destinations []SeedDestination
}

// SeedDestination is one destination to make, activate, and publish where it has coverage.
type SeedDestination struct {
	Draft               broker.DestinationDraft
	Encryption, Signing keys.Private // only the public halves are stored
	Coverage            []broker.Coverage
}

// Seeded names what was made.
type Seeded struct {
	Sender       Credentials            `json:"sender"`
	Subscriber   Credentials            `json:"subscriber"`
	Destinations []broker.DestinationID `json:"destinations"` // in the order of the seed
}

// Seed makes an organisation with all that belongs to it, by the same services and rules as everybody else.
func (n *Node) Seed(ctx context.Context, s Seed) (made Seeded, err error) {
	org, err := n.Broker.Clients.RegisterOrg(ctx, broker.Operator(""), s.Organisation)
	if err != nil {
		return made, fmt.Errorf("seed %s: %w", s.Organisation, err)
	}
	who := broker.Operator(org.ID)
	if s.Sender != "" {
		if made.Sender, err = n.seedClient(ctx, who, broker.NewClient{Name: s.Sender, Kind: broker.Sender}); err != nil {
			return made, err
		}
	}
	if made.Subscriber, err = n.seedClient(ctx, who, broker.NewClient{Name: s.Subscriber, Kind: broker.Subscriber, Manage: true}); err != nil {
		return made, err
	}
	for _, d := range s.Destinations {
		id, err := n.seedDestination(ctx, who, d, broker.ClientID(made.Subscriber.ClientID))
		if err != nil {
			return made, fmt.Errorf("seed destination %s: %w", d.Draft.Name, err)
		}
		made.Destinations = append(made.Destinations, id)
	}
	return made, nil
}

func (n *Node) seedClient(ctx context.Context, who broker.Caller, c broker.NewClient) (Credentials, error) {
	client, secret, err := n.Broker.Clients.Register(ctx, who, c)
	if err != nil {
		return Credentials{}, fmt.Errorf("seed client %s: %w", c.Name, err)
	}
	return Credentials{ClientID: string(client.ID), ClientSecret: secret}, nil
}

func (n *Node) seedDestination(ctx context.Context, who broker.Caller, s SeedDestination, subscriber broker.ClientID) (broker.DestinationID, error) {
	encryption, err := s.Encryption.Public.MarshalJSON()
	if err != nil {
		return "", err
	}
	signing, err := s.Signing.Public.MarshalJSON()
	if err != nil {
		return "", err
	}
	s.Draft.EncryptionKID = s.Encryption.KID
	d, err := n.Broker.Destinations.Create(ctx, who, s.Draft, encryption, signing)
	if err != nil {
		return "", err
	}
	if err := n.Broker.Destinations.Assign(ctx, who, d.ID, subscriber); err != nil {
		return "", err
	}
	activate := func(draft broker.DestinationDraft) (broker.DestinationDraft, error) {
		draft.Status = broker.DestinationActive
		return draft, nil
	}
	if _, err := n.Broker.Destinations.Change(ctx, who, d.ID, activate); err != nil || len(s.Coverage) == 0 {
		return d.ID, err
	}
	return d.ID, n.publish(ctx, d, s.Draft.Name, s.Coverage)
}

// publish publishes the first route of a destination. The operator grants what it covers, and consents in place of others who are there. Where publishing takes two
// persons the route waits for the second one as a proposal: a program is not two persons.
func (n *Node) publish(ctx context.Context, d broker.Destination, name string, coverage []broker.Coverage) error {
	who := broker.Operator(d.Org)
	for _, c := range coverage {
		for _, region := range c.Regions {
			if _, err := n.Publication.Grant(ctx, who, d.Org, c.Services, region); err != nil {
				return err
			}
			if _, err := n.Publication.Consent(ctx, who, "", d.Org, c.Services, region); err != nil {
				return err
			}
		}
	}
	draft := publication.Draft{Key: string(d.ID), Destination: d.ID, Name: name, Coverage: coverage}
	_, err := n.Publication.Publish(ctx, who, d.Org, publication.ChangeSet{Put: []publication.Draft{draft}})
	return err
}

// PublishRoutes publishes coverage for a destination, in the name of the organisation that owns it, unless it has a route already:
// it may be repeated by somebody who does not know whether it was done.
func (n *Node) PublishRoutes(ctx context.Context, destination broker.DestinationID, name string, coverage ...broker.Coverage) error {
	d, err := n.Broker.Destinations.Public(ctx, destination)
	if err != nil {
		return err
	}
	published, err := n.anyRoute(ctx, func(r broker.Route) bool { return r.Destination == destination })
	if err != nil || published {
		return err
	}
	return n.publish(ctx, d, name, coverage)
}

// RouteNamed reports whether a route of that name is published.
func (n *Node) RouteNamed(ctx context.Context, name string) (bool, error) {
	return n.anyRoute(ctx, func(r broker.Route) bool { return r.Name == name })
}

func (n *Node) anyRoute(ctx context.Context, wanted func(broker.Route) bool) (found bool, err error) {
	err = n.store.View(ctx, func(tx broker.Tx) error {
		all, err := tx.Routes()
		found = slices.ContainsFunc(all, wanted)
		return err
	})
	return found, err
}
