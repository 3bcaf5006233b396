package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"github.com/vierkant/vierkant/api/client"
	"github.com/vierkant/vierkant/api/receiver"
	"github.com/vierkant/vierkant/cmd/node"
	"github.com/vierkant/vierkant/crypto/keys"
	"github.com/vierkant/vierkant/testenv"
	"github.com/vierkant/vierkant/testenv/samples"
)

// demoPatience bounds the whole demonstration, key generation included.
const demoPatience = 3 * time.Minute

func demoCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "demo",
		Short: "Watch two applications travel through the four corners",
		Long: `Starts the three environments in a temporary folder on free local ports, and two authorities with a receiving
system each. Sends a business registration to the one, which accepts it, and another one to the other, which rejects it.
Checks everything on the way and exits with 0 only if all of it held.`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			ctx, cancel := context.WithTimeout(cmd.Context(), demoPatience)
			defer cancel()
			return demo(ctx, outputOf(cmd))
		},
	}
}

func demo(ctx context.Context, out output) (err error) {
	folder, err := os.MkdirTemp("", "vierkant-demo-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(folder)
	s := &stage{out: out.narrative(), folder: folder, began: time.Now()}
	s.title("The stage")
	s.world, err = testenv.Start(ctx, testenv.Config{Data: folder, AllowHTTPCallbacks: true, Log: newLog(slog.LevelError, false)})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.world.Stop(context.WithoutCancel(ctx))) }()
	for _, e := range s.world.Environments {
		s.say("Vierkant", "%s answers at %s", e.Name, e.URL)
	}
	if err := s.play(ctx); err != nil {
		return err
	}
	seconds := time.Since(s.began).Seconds()
	return out.show(map[string]any{"applications": s.applications, "events": s.events, "checks": s.checks, "seconds": seconds}, func(to io.Writer) {
		fmt.Fprintf(to, "\n%d applications, %d signed events verified, %d checks held, in %.1f s.\n", s.applications, s.events, s.checks, seconds)
	})
}

// stage is where the demonstration happens, and what it counts.
type stage struct {
	out    io.Writer
	folder string
	world  *testenv.Running
	began  time.Time

	applications, events, checks int
}

func (s *stage) title(text string) { fmt.Fprintf(s.out, "\n%s\n", text) }

func (s *stage) say(who, text string, args ...any) {
	fmt.Fprintf(s.out, "  %6.2f s  %-14s  %s\n", time.Since(s.began).Seconds(), who, fmt.Sprintf(text, args...))
}

// check counts what held, and ends the demonstration with the first thing that does not.
func (s *stage) check(who string, err error, text string, args ...any) error {
	what := fmt.Sprintf(text, args...)
	if err != nil {
		return fmt.Errorf("%s: %s: %w", who, what, err)
	}
	s.checks++
	s.say(who, "✓ %s", what)
	return nil
}

// must makes an error of a condition that does not hold.
func must(holds bool, found string, args ...any) error {
	if holds {
		return nil
	}
	return fmt.Errorf("found "+found, args...)
}

func (s *stage) play(ctx context.Context) error {
	first, err := samples.Business()
	if err != nil {
		return err
	}
	second, err := samples.BusinessXML()
	if err != nil {
		return err
	}
	outside := client.SchemaViolation.Problem(client.InData, "the registered place of business lies outside of this municipality")
	for _, scene := range []scene{
		{title: "A business registration for Münster, as JSON", application: first, office: "Stadt Münster, Gewerbeamt", region: "DE05515",
			decide: receiver.Accept(), want: client.Accepted},
		{title: "A business registration for Leipzig, as XML", application: second, office: "Stadt Leipzig, Gewerbeamt", region: "DE14713",
			decide: receiver.Reject(outside), want: client.Rejected},
	} {
		s.title(scene.title)
		if err := s.perform(ctx, scene); err != nil {
			return err
		}
		s.applications++
	}
	return nil
}

// scene is one application and what becomes of it.
type scene struct {
	title          string
	application    samples.Application
	office, region string
	decide         receiver.Decision
	want           client.State
}

func (s *stage) perform(ctx context.Context, scene scene) error {
	authority, stop, err := s.raise(ctx, scene)
	if err != nil {
		return err
	}
	defer stop()
	service, err := client.New(s.configFor(s.world.Test().Sender))
	if err != nil {
		return err
	}
	application, err := s.address(ctx, service, scene, authority)
	if err != nil {
		return err
	}
	sender := service.Sender()
	receipt, err := sender.Send(ctx, application)
	if err := s.check("online service", err, "sealed metadata, data and %d attachments for the authority's key and submitted them", len(application.Attachments)); err != nil {
		return err
	}
	received, err := authority.inbox.Wait(ctx, receipt.SubmissionID)
	if err := s.check("authority", err, "has submission %s", receipt.SubmissionID); err != nil {
		return err
	}
	if err := s.compare(scene, received, authority.different); err != nil {
		return err
	}
	return s.readLog(ctx, sender, receipt, scene)
}

// office is an authority with its receiving system.
type office struct {
	testenv.Authority
	inbox     testenv.Inbox
	different error // how what came in differs from what was sent
}

// raise sets up the authority and starts its receiving system.
func (s *stage) raise(ctx context.Context, scene scene) (*office, func(), error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, nil, err
	}
	o := new(office)
	o.Authority, err = s.world.SetUp(ctx, testenv.Office{
		Name: scene.office, Region: scene.region, Services: []string{samples.Service}, Callback: receiver.CallbackURL(listener),
	})
	if err != nil {
		return nil, nil, errors.Join(err, listener.Close())
	}
	system, err := receiver.New(receiver.Config{
		Client:       s.configFor(&o.Client),
		Destinations: map[client.DestinationID]client.Keys{o.Destination: o.Keys},
		Folder:       filepath.Join(s.folder, "authorities", string(o.Destination)),
		Listener:     listener, Secret: o.Secret, Decided: o.inbox.Decided,
		Handle: func(_ context.Context, r receiver.Received) receiver.Decision {
			o.different = differs(r.Submission, scene.application)
			return scene.decide
		},
	})
	if err != nil {
		return nil, nil, errors.Join(err, listener.Close())
	}
	running, cancel := context.WithCancel(ctx)
	ended := make(chan error, 1)
	go func() { ended <- system.Run(running) }()
	s.say("authority", "%s offers the service in %s and waits for callbacks", scene.office, scene.region)
	return o, func() { cancel(); <-ended }, nil
}

func (s *stage) configFor(who *node.Credentials) client.Config {
	cfg := s.world.Test().Client(who)
	cfg.Policy, cfg.UserAgent = keys.Test(), "vierkant-demo"
	return cfg
}

// address finds the responsible authority by the postcode of the application, as an online service would.
func (s *stage) address(ctx context.Context, service *client.Client, scene scene, authority *office) (client.Application, error) {
	a := scene.application
	places, err := service.Areas(ctx, a.Postcode)
	if err == nil {
		err = must(len(places) == 1, "%d places", len(places))
	}
	if err := s.check("online service", err, "postcode %s is one municipality: %s", a.Postcode, nameOf(places)); err != nil {
		return client.Application{}, err
	}
	routes, err := service.Routes(ctx, samples.ServiceKey, places[0].Area())
	if err == nil {
		err = must(len(routes) == 1 && routes[0].DestinationID == authority.Destination, "%d routes, none or not only to the authority", len(routes))
	}
	if err := s.check("online service", err, "the route leads to %s, and the portal's signature covers service and place", scene.office); err != nil {
		return client.Application{}, err
	}
	key, err := service.EncryptionKey(ctx, routes[0].DestinationID)
	if err := s.check("online service", err, "the authority's key keeps the rules: %d bit, certificate, use", bits(key)); err != nil {
		return client.Application{}, err
	}
	return application(a, routes[0]), nil
}

func bits(key keys.Public) int {
	if key.Key == nil {
		return 0
	}
	return key.Key.N.BitLen()
}

func nameOf(places []client.Place) string {
	if len(places) == 0 {
		return ""
	}
	return places[0].Name
}

func application(a samples.Application, route client.Route) client.Application {
	out := client.Application{
		Destination: route.DestinationID, Service: route.Service, ServiceName: samples.ServiceName, Region: route.Region,
		Data:      client.Data{Content: a.Data.Content, MIMEType: a.Data.MIMEType, SchemaURI: a.SchemaURI},
		Reference: &client.Reference{SenderReference: a.Reference, ApplicationDate: a.Applied},
	}
	for _, d := range a.Documents {
		out.Attachments = append(out.Attachments, client.Attachment{
			Filename: d.Name, MIMEType: d.MIMEType, Purpose: d.Purpose, Description: d.Description, Open: client.Bytes(d.Content),
		})
	}
	return out
}

// compare looks at what the authority opened.
func (s *stage) compare(scene scene, got receiver.Received, different error) error {
	if err := s.check("authority", must(got.Callback, "it by polling"), "was called back; the call's HMAC held"); err != nil {
		return err
	}
	if err := s.check("authority", must(got.Submission != nil, "problems %v", got.Problems),
		"opened it: event log, authentication tags, hashes and metadata 2.1.0 hold"); err != nil {
		return err
	}
	if err := s.check("authority", different, "data and %d attachments are byte for byte what was sent", len(scene.application.Documents)); err != nil {
		return err
	}
	return s.check("authority", must(got.State == scene.want, "the state %s", got.State), "signed its decision: %s", scene.want)
}

// differs says how a submission is not the application that was sent. It reads the attachments where they are saved, so it has to be
// asked before a rejection removes them.
func differs(got *client.Fetched, sent samples.Application) error {
	if !bytes.Equal(got.Data.Content, sent.Data.Content) {
		return errors.New("found other data than were sent")
	}
	if len(got.Attachments) != len(sent.Documents) {
		return fmt.Errorf("found %d attachments", len(got.Attachments))
	}
	for i, a := range got.Attachments {
		content, err := contentOf(a)
		if err != nil {
			return err
		}
		if !bytes.Equal(content, sent.Documents[i].Content) {
			return fmt.Errorf("found other bytes in %s than were sent", a.Filename)
		}
	}
	return nil
}

func contentOf(a client.ReceivedAttachment) ([]byte, error) {
	file, err := a.Open()
	if err != nil {
		return nil, err
	}
	defer file.Close()
	return io.ReadAll(file)
}

// readLog is the sender's last look: every signature, the tags of what it sent, and the decision.
func (s *stage) readLog(ctx context.Context, sender *client.Sender, receipt client.Receipt, scene scene) error {
	log, err := sender.Events(ctx, receipt)
	if err := s.check("online service", err, "read the event log: all %d signatures hold, the tags are those of what it sealed", len(log)); err != nil {
		return err
	}
	s.events += len(log)
	for _, e := range log {
		s.say("", "    %s", describe(e))
	}
	state := log.State(receipt.SubmissionID)
	if err := s.check("online service", must(state == scene.want, "state %s", state), "the application is %s", state); err != nil {
		return err
	}
	if scene.want != client.Rejected {
		return nil
	}
	reasons := log[len(log)-1].Payload.Problems
	return s.check("online service", must(len(reasons) == 1, "%d problems", len(reasons)), "the authority's reason can be read")
}
