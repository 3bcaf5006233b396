package client_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/vierkant/vierkant/api/client"
	"github.com/vierkant/vierkant/crypto/keys"
	"github.com/vierkant/vierkant/crypto/set"
)

// An online service finds the responsible authority and sends an application. The receipt is kept: it proves later what was sent.
func ExampleSender_Send() {
	service, folder := start() // a broker on this machine, and a folder for files
	defer service.stop()
	ctx := context.Background()
	c, err := client.New(client.Config{
		TokenURL:       service.url + "/token",
		SubmissionURL:  service.url + "/submission-api",
		DestinationURL: service.url + "/destination-api",
		RoutingURL:     service.url + "/routing-api",
		PortalURL:      service.url + "/portal",
		ClientID:       "onlinedienst-gewerbe",
		ClientSecret:   "secret",    // keep it out of the program
		Policy:         keys.Test(), // outside test: keys.Strict with the trust anchors
	})
	if err != nil {
		log.Fatal(err)
	}
	routes, err := c.Routes(ctx, "99050012104000", client.Area{ARS: "055150000000"})
	if err != nil || len(routes) != 1 {
		log.Fatal(err, routes)
	}
	receipt, err := c.Sender().Send(ctx, client.Application{
		Destination: routes[0].DestinationID,
		Service:     routes[0].Service,
		Region:      routes[0].Region,
		Data:        client.Data{Content: []byte(`{"betrieb":"Kaffeerösterei"}`), MIMEType: "application/json", SchemaURI: schemaJSON},
		Attachments: []client.Attachment{{
			Filename: "antrag.pdf", MIMEType: "application/pdf", Purpose: client.PurposeForm,
			Open: client.File(filepath.Join(folder, "antrag.pdf")), // of any size: it is sealed while it is sent
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
	if err := os.WriteFile(filepath.Join(folder, "receipt.json"), stored, 0o600); err != nil {
		log.Fatal(err)
	}
	fmt.Println("sent to", routes[0].Name, "with", len(receipt.Tags.Attachments), "attachment")
	// Output: sent to Stadt Musterstadt, Gewerbeamt with 1 attachment
}

// The sender looks into the event log until the authority has decided, and only then forgets the plaintext.
func ExampleSender_Events() {
	service, folder := start()
	defer service.stop()
	service.sendAndDecide(folder)

	stored, err := os.ReadFile(filepath.Join(folder, "receipt.json"))
	if err != nil {
		log.Fatal(err)
	}
	var receipt client.Receipt
	if err := json.Unmarshal(stored, &receipt); err != nil {
		log.Fatal(err)
	}
	events, err := service.client().Sender().Events(context.Background(), receipt)
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
	// Output: the authority has it, byte for byte
}

// A case-management system takes what waits. It persists a submission before it accepts: the service gives it away no more afterwards.
func ExampleSubscriber_Fetch() {
	service, folder := start()
	defer service.stop()
	service.send(folder)

	ctx := context.Background()
	const destination client.DestinationID = "0a10bf46-1e4c-4a0e-9a10-6a1a2f6f9d01"
	subscriber, err := service.client().Subscriber(map[client.DestinationID]client.Keys{
		destination: {Decryption: []keys.Private{load(folder, "decryption.jwk")}, Signing: load(folder, "signing.jwk")},
	})
	if err != nil {
		log.Fatal(err)
	}
	waiting, err := subscriber.Waiting(ctx, destination)
	if err != nil {
		log.Fatal(err)
	}
	for _, ref := range waiting {
		fetched, err := subscriber.Fetch(ctx, ref.SubmissionID)
		var unsound *client.RejectError
		switch {
		case errors.As(err, &unsound):
			err = subscriber.Reject(ctx, ref, unsound.Problems...)
		case err == nil:
			if err = persist(folder, fetched); err == nil {
				err = subscriber.Accept(ctx, fetched)
			}
			err = errors.Join(err, fetched.Close())
		}
		if err != nil && !errors.Is(err, client.ErrConflict) { // a conflict: decided before
			log.Print(err) // not accepted: it is fetched again next time
		}
	}
	// Output:
	// {"betrieb":"Kaffeerösterei"}
	// antrag.pdf of 15 bytes: %PDF-1.4 Antrag
}

// An authority asks back. The online service, which gave a key for that with its application, reads the question and answers it, and the
// authority takes the answer like a submission.
func ExampleSubscriber_Reply() {
	service, folder := start()
	defer service.stop()
	ctx := context.Background()
	sender, subscriber := service.client().Sender(), service.subscriber()

	key, err := client.NewReplyKey() // for this application; kept as long as replies may come
	if err != nil {
		log.Fatal(err)
	}
	application := service.application(folder)
	application.ReplyChannel = client.ReplyTo(key.Public)
	receipt, err := sender.Send(ctx, application)
	if err != nil {
		log.Fatal(err)
	}

	// The authority:
	fetched, err := subscriber.Fetch(ctx, receipt.SubmissionID)
	if err != nil {
		log.Fatal(err)
	}
	defer fetched.Close()
	const schema = "https://schema.vierkant.example/rueckfrage/1.0.0/rueckfrage.schema.json"
	_, err = subscriber.Reply(ctx, fetched, client.Reply{
		Data: client.Data{Content: []byte(`{"frage":"Wann beginnt der Betrieb?"}`), MIMEType: "application/json", SchemaURI: schema},
	})
	if err != nil {
		log.Fatal(err)
	}

	// The online service:
	waiting, err := sender.WaitingReplies(ctx)
	if err != nil || len(waiting) != 1 {
		log.Fatal(err, waiting)
	}
	question := client.Ref{DestinationID: receipt.DestinationID, CaseID: receipt.CaseID, ReplyID: waiting[0].ReplyID} // to this application
	reply, err := sender.FetchReply(ctx, question, key)
	if err != nil {
		log.Fatal(err) // a *client.RejectError: sender.RejectReply tells the authority
	}
	defer reply.Close()
	fmt.Println(string(reply.Data.Content))
	if err := sender.AcceptReply(ctx, reply); err != nil { // after it was persisted
		log.Fatal(err)
	}
	answered, err := sender.Answer(ctx, reply.Ref, client.Reply{
		Data: client.Data{Content: []byte(`{"antwort":"Am 1. März"}`), MIMEType: "application/json", SchemaURI: schema},
	})
	if err != nil {
		log.Fatal(err)
	}

	// The authority again:
	answer, err := subscriber.FetchReply(ctx, answered.ReplyID)
	if err != nil {
		log.Fatal(err)
	}
	defer answer.Close()
	fmt.Println(string(answer.Data.Content))
	if err := subscriber.Accept(ctx, answer); err != nil {
		log.Fatal(err)
	}
	events, err := sender.Events(ctx, answered)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("question", events.State(question), "answer", events.State(answered))
	// Output:
	// {"frage":"Wann beginnt der Betrieb?"}
	// {"antwort":"Am 1. März"}
	// question accepted answer accepted
}

// persist keeps a submission where the authority works with it. A real one makes sure that it is on disk before it returns.
func persist(folder string, f *client.Fetched) error {
	fmt.Println(string(f.Data.Content))
	for i, attachment := range f.Attachments {
		kept := filepath.Join(folder, fmt.Sprintf("%s-%d", f.SubmissionID, i)) // never a name that the sender chose
		if err := os.Rename(attachment.Path, kept); err != nil {
			return err
		}
		content, err := os.ReadFile(kept)
		if err != nil {
			return err
		}
		fmt.Printf("%s of %d bytes: %s\n", attachment.Filename, attachment.Size, content)
	}
	return nil
}

func load(folder, name string) keys.Private {
	raw, err := os.ReadFile(filepath.Join(folder, name))
	if err != nil {
		log.Fatal(err)
	}
	key, err := keys.ParsePrivate(raw)
	if err != nil {
		log.Fatal(err)
	}
	return key
}

// The event log is kept with the keys that signed it. Years later, when the service has deleted the case, it still proves what
// happened, and to what.
func ExampleEvidence_Verify() {
	service, folder := start()
	defer service.stop()
	receipt := service.sendAndDecide(folder)

	evidence, _, err := service.client().Evidence(context.Background(), receipt.Ref)
	if err != nil {
		log.Fatal(err)
	}
	stored, err := json.Marshal(evidence)
	if err != nil {
		log.Fatal(err)
	}

	// Years later, without any network:
	var kept client.Evidence
	if err := json.Unmarshal(stored, &kept); err != nil {
		log.Fatal(err)
	}
	events, err := kept.Verify(keys.Test(), time.Now())
	if err != nil {
		log.Fatal(err)
	}
	for _, event := range events {
		fmt.Println(event.Type[strings.LastIndexByte(event.Type, '/')+1:], event.ByService)
	}
	fmt.Println("tags:", events.CheckTags(receipt.SubmissionID, receipt.Tags))

	kept.Tokens[2] = strings.Replace(kept.Tokens[2], ".ey", ".eY", 1)
	_, err = kept.Verify(keys.Test(), time.Now())
	var broken *client.EventError
	fmt.Println("tampered:", errors.As(err, &broken), broken.Number)
	// Output:
	// create-submission true
	// submit-submission true
	// accept-submission false
	// tags: <nil>
	// tampered: true 3
}

// Whoever waits wants to see something happen. The client tells about every 256 KiB, from several goroutines.
func ExampleConfig_progress() {
	service, folder := start()
	defer service.stop()

	config := service.config()
	config.Progress = func(p client.Progress) { fmt.Printf("%s: %d of %d bytes\n", p.Attachment, p.Done, p.Total) }
	c, err := client.New(config)
	if err != nil {
		log.Fatal(err)
	}
	if _, err := c.Sender().Send(context.Background(), service.application(folder)); err != nil {
		log.Fatal(err)
	}
	// Output:
	// antrag.pdf: 0 of 15 bytes
	// antrag.pdf: 15 of 15 bytes
}

// A receiver refuses for a reason of its own, with a coded problem. The detail can be read by the service and must not repeat content.
func ExampleCode_Problem() {
	problem := client.SchemaViolation.Problem(client.InData, "betrieb.anschrift is missing")
	fmt.Println(problem.Type == set.ProblemPrefix+"schema-violation", problem.Instance)
	// Output: true data
}

// A postcode leads to a place, and the place to the authority whose responsibility the portal has attested.
func ExampleClient_Routes() {
	service, _ := start()
	defer service.stop()
	ctx, c := context.Background(), service.client()

	places, err := c.Areas(ctx, "Münster 48143")
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
	// Output: Stadt Musterstadt, Gewerbeamt 0a10bf46-1e4c-4a0e-9a10-6a1a2f6f9d01 [05515]
}

// A provider rolls the encryption key of a destination over. The old private key is kept until nothing waits that was sealed to it.
func ExampleManager_AddKey() {
	service, folder := start()
	defer service.stop()
	ctx := context.Background()
	const destination client.DestinationID = "0a10bf46-1e4c-4a0e-9a10-6a1a2f6f9d01"

	manager, err := service.client().Manager()
	if err != nil {
		log.Fatal(err)
	}
	next := load(folder, "decryption.jwk").Public
	if err := manager.AddKey(ctx, destination, next); err != nil {
		log.Fatal(err)
	}
	if _, err := manager.Patch(ctx, destination, map[string]any{"encryptionKid": next.KID}); err != nil {
		log.Fatal(err)
	}
	fmt.Println("sealed to", next.KID, "from now on")
	// Output: sealed to destination-wrapKey from now on
}

// A browser or another program reads what was fetched as a stream.
func ExampleReceivedAttachment_Open() {
	service, folder := start()
	defer service.stop()
	receipt := service.send(folder)

	fetched, err := service.subscriber().Fetch(context.Background(), receipt.SubmissionID)
	if err != nil {
		log.Fatal(err)
	}
	defer fetched.Close()
	file, err := fetched.Attachments[0].Open()
	if err != nil {
		log.Fatal(err)
	}
	defer file.Close()
	if _, err := io.Copy(os.Stdout, file); err != nil {
		log.Fatal(err)
	}
	// Output: %PDF-1.4 Antrag
}
