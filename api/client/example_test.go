package client_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log"
	"os"

	"github.com/vierkant/vierkant/api/client"
	"github.com/vierkant/vierkant/crypto/keys"
	"github.com/vierkant/vierkant/crypto/set"
)

// open makes a client for one environment.
func open() *client.Client {
	c, err := client.New(client.Config{
		TokenURL:       "https://broker.example/token",
		SubmissionURL:  "https://broker.example/submission-api",
		DestinationURL: "https://broker.example/destination-api",
		RoutingURL:     "https://broker.example/routing-api",
		PortalURL:      "https://broker.example/portal",
		ClientID:       "onlinedienst-gewerbe",
		ClientSecret:   os.Getenv("CLIENT_SECRET"),
		Policy:         keys.Test(), // outside test: keys.Strict with the trust anchors
	})
	if err != nil {
		log.Fatal(err)
	}
	return c
}

// An online service finds the responsible authority and sends an application. The receipt is kept: it proves later what was sent.
func ExampleSender_Send() {
	ctx, c := context.Background(), open()
	routes, err := c.Routes(ctx, "99050012104000", client.Area{ARS: "055150000000"})
	if err != nil || len(routes) != 1 {
		log.Fatal(err, routes)
	}
	receipt, err := c.Sender().Send(ctx, client.Application{
		Destination: routes[0].DestinationID,
		Service:     routes[0].Service,
		Region:      routes[0].Region,
		Data: client.Data{
			Content: []byte(`{"betrieb":"Kaffeerösterei"}`), MIMEType: "application/json",
			SchemaURI: "https://schema.example/gewerbeanmeldung/1.0.0/schema.json",
		},
		Attachments: []client.Attachment{{
			Filename: "antrag.pdf", MIMEType: "application/pdf", Purpose: client.PurposeForm, Open: client.File("/srv/antraege/417.pdf"),
		}},
	})
	var unconfirmed *client.UnconfirmedError
	if errors.As(err, &unconfirmed) {
		receipt = unconfirmed.Receipt // it may have arrived: keep the receipt and look into the event log before sending again
	} else if err != nil {
		log.Fatal(err)
	}
	stored, err := json.Marshal(receipt)
	if err != nil {
		log.Fatal(err)
	}
	if err := os.WriteFile("receipt.json", stored, 0o600); err != nil {
		log.Fatal(err)
	}
}

// The sender looks into the event log until the authority has decided, and only then forgets the plaintext.
func ExampleSender_Events() {
	stored, err := os.ReadFile("receipt.json")
	if err != nil {
		log.Fatal(err)
	}
	var receipt client.Receipt
	if err := json.Unmarshal(stored, &receipt); err != nil {
		log.Fatal(err)
	}
	events, err := open().Sender().Events(context.Background(), receipt)
	if err != nil {
		log.Fatal(err) // a *client.EventError or *client.TagError: somebody tampered
	}
	switch events.State(receipt.SubmissionID) {
	case client.Accepted:
		fmt.Println("the authority has it, byte for byte")
	case client.Rejected:
		last := events.Of(receipt.SubmissionID)[len(events.Of(receipt.SubmissionID))-1]
		fmt.Println("rejected:", last.Payload.Problems)
	}
}

// A case-management system takes what waits. It persists a submission before it accepts: the service gives it away no more afterwards.
func ExampleSubscriber_Fetch() {
	ctx := context.Background()
	const destination client.DestinationID = "0a10bf46-1e4c-4a0e-9a10-6a1a2f6f9d01"
	subscriber, err := open().Subscriber(map[client.DestinationID]client.Keys{
		destination: {Decryption: []keys.Private{load("decryption.jwk")}, Signing: load("signing.jwk")},
	})
	if err != nil {
		log.Fatal(err)
	}
	waiting, _, err := subscriber.List(ctx, destination, client.Page{})
	if err != nil {
		log.Fatal(err)
	}
	for _, ref := range waiting {
		fetched, err := subscriber.Fetch(ctx, ref.SubmissionID)
		var unsound *client.RejectError
		switch {
		case errors.As(err, &unsound):
			err = subscriber.Reject(ctx, ref, unsound.Problems...)
		case err == nil && persist(fetched) == nil:
			err = subscriber.Accept(ctx, fetched)
		}
		if err != nil && !errors.Is(err, client.ErrConflict) { // a conflict: decided before
			log.Print(err)
		}
	}
}

func load(path string) keys.Private {
	raw, err := os.ReadFile(path)
	if err != nil {
		log.Fatal(err)
	}
	key, err := keys.ParsePrivate(raw)
	if err != nil {
		log.Fatal(err)
	}
	return key
}

func persist(*client.Fetched) error {
	return errors.New("put it into the database of the authority, durably")
}

// A receiver refuses for a reason of its own, with a coded problem. The detail can be read by the service and must not repeat content.
func ExampleCode_Problem() {
	problem := client.SchemaViolation.Problem(client.InData, "betrieb.anschrift is missing")
	fmt.Println(problem.Type == set.ProblemPrefix+"schema-violation", problem.Instance)
	// Output: true data
}

// A postcode leads to a place, and the place to the authority whose responsibility the portal has attested.
func ExampleClient_Routes() {
	ctx, c := context.Background(), open()
	places, err := c.Areas(ctx, "48143")
	if err != nil || len(places) == 0 {
		log.Fatal(err, places)
	}
	routes, err := c.Routes(ctx, "99050012104000", places[0].Area())
	if err != nil {
		log.Fatal(err)
	}
	for _, route := range routes {
		fmt.Println(route.Name, route.DestinationID, route.Attested)
	}
}

// A provider rolls the encryption key of a destination over. The old private key is kept until nothing waits that was sealed to it.
func ExampleManager_AddKey() {
	ctx := context.Background()
	const destination client.DestinationID = "0a10bf46-1e4c-4a0e-9a10-6a1a2f6f9d01"
	manager, err := open().Manager()
	if err != nil {
		log.Fatal(err)
	}
	next := load("decryption-2027.jwk").Public
	if err := manager.AddKey(ctx, destination, next); err != nil {
		log.Fatal(err)
	}
	if _, err := manager.Patch(ctx, destination, map[string]any{"encryptionKid": next.KID}); err != nil {
		log.Fatal(err)
	}
}
