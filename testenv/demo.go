package testenv

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/cmd/node"
	"github.com/vierkant/vierkant/crypto/keys"
)

// keyLifetime of the demo destinations' certificates; the test environment does not look at it.
const keyLifetime = 10 * 365 * 24 * time.Hour

// demoDestination is one destination of the demo organisation.
type demoDestination struct {
	slug     string // of its key files
	region   string
	services []string // URNs; the first stands in world.json
	name     string
	contact  broker.Contact
}

// The services of the demo.
const (
	BusinessRegistration = "urn:de:fim:leika:leistung:99050012104000"
	HousingBenefit       = "urn:de:fim:leika:leistung:99107023037000"
)

func demoDestinations() []demoDestination {
	return []demoDestination{
		{
			slug: "gewerbeamt", region: "DE", name: "Gewerbeamt Musterland (Demo)",
			services: []string{
				BusinessRegistration, "urn:de:fim:leistung:99010028",
				"urn:schema-fitko-de:fit-connect:id.bund.de:message_v6", "urn:schema-fitko-de:fit-connect:id.bund.de:status_v6",
			},
			contact: broker.Contact{
				LegalName: "Musterland, Gewerbeamt", Address: "Musterweg 1, 12345 Musterstadt", Phone: "+49 30 1234567",
				Email: "gewerbeamt@musterland.example", Unit: "Referat 4",
			},
		},
		{
			slug: "wohngeldstelle", region: "DE14713", name: "Stadt Leipzig, Wohngeldstelle (Demo)",
			services: []string{HousingBenefit},
			contact: broker.Contact{
				LegalName: "Stadt Leipzig (Demo)", Address: "Beispielplatz 2, 04109 Leipzig", Phone: "+49 341 1234567",
				Email: "wohngeld@leipzig.example", Unit: "Sozialamt",
			},
		},
	}
}

// settle makes the demo organisation in test, or finds the one that was made before, and describes it in the world.
func (r *Running) settle(ctx context.Context) error {
	made, err := r.recall()
	if errors.Is(err, os.ErrNotExist) {
		made, err = r.make(ctx)
	}
	if err != nil {
		return fmt.Errorf("demo organisation: %w", err)
	}
	test := &r.Environments[0]
	test.Sender, test.Subscriber = &made.Sender, &made.Subscriber
	for i, d := range demoDestinations() {
		test.Destinations = append(test.Destinations, Destination{
			ID: string(made.Destinations[i]), Service: d.services[0], Region: d.region,
			DecryptionKey: r.keyFile(d.slug, keys.Encryption), SigningKey: r.keyFile(d.slug, keys.Signature),
		})
	}
	return nil
}

func (r *Running) demoFile() string { return filepath.Join(r.data, "demo.json") }

func (r *Running) keyFile(slug string, use keys.Use) string {
	kind := map[keys.Use]string{keys.Encryption: "decryption", keys.Signature: "signing"}[use]
	return filepath.Join(r.data, "keys", slug+"-"+kind+".jwk.json")
}

// recall reads what was made at the first start.
func (r *Running) recall() (made node.Seeded, err error) {
	raw, err := os.ReadFile(r.demoFile())
	if err != nil {
		return made, err
	}
	if err := json.Unmarshal(raw, &made); err != nil {
		return made, fmt.Errorf("%s: %w", r.demoFile(), err)
	}
	if len(made.Destinations) != len(demoDestinations()) {
		return made, fmt.Errorf("%s names %d destinations, this version has %d: start with a fresh data folder", r.demoFile(), len(made.Destinations), len(demoDestinations()))
	}
	return made, nil
}

// make makes the demo organisation. demo.json is written last: a start that was interrupted begins anew, and what it left is an
// organisation that nobody uses.
func (r *Running) make(ctx context.Context) (node.Seeded, error) {
	if err := os.MkdirAll(filepath.Join(r.data, "keys"), 0o700); err != nil {
		return node.Seeded{}, err
	}
	all := demoDestinations()
	seed := node.Seed{
		Organisation: "Musterland (Demo)", Sender: "Onlinedienst Gewerbe", Subscriber: "Fachverfahren Gewerbe",
		Destinations: make([]node.SeedDestination, len(all)),
	}
	var group errgroup.Group
	for i, d := range all {
		group.Go(func() (err error) {
			seed.Destinations[i], err = r.seedOf(d)
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return node.Seeded{}, err
	}
	made, err := r.nodes[0].Seed(ctx, seed)
	if err != nil {
		return made, err
	}
	return made, writeSecret(r.demoFile(), asJSON(made))
}

func (r *Running) seedOf(d demoDestination) (s node.SeedDestination, err error) {
	if s.Encryption, err = r.newKey(d, keys.Encryption); err != nil {
		return s, err
	}
	if s.Signing, err = r.newKey(d, keys.Signature); err != nil {
		return s, err
	}
	s.Draft = Draft(d.name, d.contact, d.region, d.services...)
	for _, urn := range d.services {
		s.Coverage = append(s.Coverage, broker.Coverage{Services: []string{urn}, Regions: []string{d.region}})
	}
	return s, nil
}

func (r *Running) newKey(d demoDestination, use keys.Use) (keys.Private, error) {
	key, err := keys.Generate(use, d.name, time.Now(), keyLifetime)
	if err != nil {
		return key, err
	}
	return key, writeSecret(r.keyFile(d.slug, use), asJSON(key))
}

// SchemaFor is the schema of the data that demo destinations take for a service.
func SchemaFor(urn, format string) string {
	if urn == "urn:schema-fitko-de:fit-connect:id.bund.de:message_v6" || urn == "urn:schema-fitko-de:fit-connect:id.bund.de:status_v6" {
		return "https://schema.fitko.de/fit-connect/id.bund.de/message_v6/1.0.0/zbp-message.schema.json"
	}
	return "https://schema.vierkant.example/" + urn[len("urn:"):] + "/1.0.0/" + format
}

// Draft describes a destination that takes the services in one region, as JSON and as XML, with every metadata version in use.
func Draft(name string, contact broker.Contact, region string, services ...string) broker.DestinationDraft {
	draft := broker.DestinationDraft{Name: name, Contact: contact, MetadataVersions: []string{"1.0.0", "2.0.0", "2.1.0"}}
	for _, urn := range services {
		draft.Services = append(draft.Services, broker.OfferedService{
			Identifier: urn, Regions: []string{region},
			Schemas: []broker.SubmissionSchema{
				{URI: SchemaFor(urn, "json"), MIMEType: "application/json"},
				{URI: SchemaFor(urn, "xml"), MIMEType: "application/xml"},
			},
		})
	}
	return draft
}
