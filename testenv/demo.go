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

// madeDemo is the content of demo.json.
type madeDemo struct {
	node.Seeded
	Stranger  *Stranger `json:"stranger,omitempty"` // nil in what earlier versions made
	Published bool      `json:"published"`          // the routes; from then on what becomes of the demo is up to its owner
}

// settle makes the demo organisation in test, or finds the one that was made before, and describes it in the world.
func (r *Running) settle(ctx context.Context) error {
	made, err := r.recall()
	if errors.Is(err, os.ErrNotExist) {
		made, err = r.make(ctx)
	}
	if err == nil && made.Stranger == nil {
		made, err = r.makeStranger(ctx, made)
	}
	if err == nil && !made.Published {
		err = r.publish(ctx, made)
	}
	if err != nil {
		return fmt.Errorf("demo organisation: %w", err)
	}
	test := &r.Environments[0]
	test.Sender, test.Subscriber, test.Stranger = &made.Sender, &made.Subscriber, made.Stranger
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
func (r *Running) recall() (made madeDemo, err error) {
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

// make makes the demo organisation so that it can be interrupted anywhere and begun anew: keys that are there are kept, and no
// route leads to anything before demo.json says what was made. What an interruption leaves is an organisation that nobody uses.
func (r *Running) make(ctx context.Context) (made madeDemo, err error) {
	if err := r.unpublished(ctx); err != nil {
		return made, err
	}
	seed, err := r.seed()
	if err != nil {
		return made, err
	}
	if made.Seeded, err = r.nodes[0].Seed(ctx, seed); err != nil {
		return made, err
	}
	return made, writeSecret(r.demoFile(), asJSON(made))
}

// makeStranger makes the second organisation, whose clients see nothing of the first. An interruption leaves one that nobody uses.
func (r *Running) makeStranger(ctx context.Context, made madeDemo) (madeDemo, error) {
	seeded, err := r.nodes[0].Seed(ctx, node.Seed{
		Organisation: "Nachbarland (Demo)", Sender: "Onlinedienst des Nachbarn", Subscriber: "Fachverfahren des Nachbarn",
	})
	if err != nil {
		return made, err
	}
	made.Stranger = &Stranger{Sender: seeded.Sender, Subscriber: seeded.Subscriber}
	return made, writeSecret(r.demoFile(), asJSON(made))
}

// seed describes the demo organisation, with keys that are there or are made now.
func (r *Running) seed() (node.Seed, error) {
	all := demoDestinations()
	seed := node.Seed{
		Organisation: "Musterland (Demo)", Sender: "Onlinedienst Gewerbe", Subscriber: "Fachverfahren Gewerbe",
		Destinations: make([]node.SeedDestination, len(all)),
	}
	if err := os.MkdirAll(filepath.Join(r.data, "keys"), 0o700); err != nil {
		return seed, err
	}
	var group errgroup.Group
	for i, d := range all {
		group.Go(func() (err error) {
			seed.Destinations[i], err = r.seedOf(d)
			return err
		})
	}
	return seed, group.Wait()
}

// unpublished refuses data in which the demo is published although demo.json is not there: a second one beside it would leave
// senders with two authorities for one service, one of which nobody has the credentials of.
func (r *Running) unpublished(ctx context.Context) error {
	for _, d := range demoDestinations() {
		published, err := r.nodes[0].RouteNamed(ctx, d.name)
		if err != nil {
			return err
		}
		if published {
			return fmt.Errorf("%s is missing, but what it tells of is published: restore it, or start with a fresh data folder", r.demoFile())
		}
	}
	return nil
}

// publish publishes the routes that are not published yet, and notes that all are.
func (r *Running) publish(ctx context.Context, made madeDemo) error {
	for i, d := range demoDestinations() {
		var coverage []broker.Coverage
		for _, urn := range d.services {
			coverage = append(coverage, broker.Coverage{Services: []string{urn}, Regions: []string{d.region}})
		}
		if err := r.nodes[0].PublishRoutes(ctx, made.Destinations[i], d.name, coverage...); err != nil {
			return fmt.Errorf("route to %s: %w", d.name, err)
		}
	}
	made.Published = true
	return writeSecret(r.demoFile(), asJSON(made))
}

func (r *Running) seedOf(d demoDestination) (s node.SeedDestination, err error) {
	if s.Encryption, err = r.key(d, keys.Encryption); err != nil {
		return s, err
	}
	if s.Signing, err = r.key(d, keys.Signature); err != nil {
		return s, err
	}
	s.Draft = Draft(d.name, d.contact, d.region, d.services...)
	return s, nil
}

// key reads the key of a destination, or makes it if its file is not there.
func (r *Running) key(d demoDestination, use keys.Use) (keys.Private, error) {
	path := r.keyFile(d.slug, use)
	raw, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		return newKey(path, d.name, use)
	}
	if err != nil {
		return keys.Private{}, err
	}
	key, err := keys.ParsePrivate(raw)
	if err != nil {
		return key, fmt.Errorf("%s: %w", path, err)
	}
	return key, nil
}

func newKey(path, name string, use keys.Use) (keys.Private, error) {
	key, err := keys.Generate(use, name, time.Now(), keyLifetime)
	if err != nil {
		return key, err
	}
	return key, writeSecret(path, asJSON(key))
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
