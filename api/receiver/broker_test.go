package receiver_test

import (
	"context"
	"crypto/x509"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/vierkant/vierkant/api/client"
	"github.com/vierkant/vierkant/api/receiver"
	"github.com/vierkant/vierkant/api/wire"
	"github.com/vierkant/vierkant/cmd/node"
	"github.com/vierkant/vierkant/crypto/keys"
	"github.com/vierkant/vierkant/testenv"
	"github.com/vierkant/vierkant/testenv/samples"
)

const secret = "a-callback-secret-of-at-least-32-characters"

var pair = sync.OnceValues(func() (keys.Private, error) {
	return keys.Generate(keys.Encryption, "Stadt Münster", time.Now().Add(-time.Hour), 24*time.Hour)
})

// privateKeys are those of every destination: one pair in both roles, since making one takes a second.
func privateKeys(t testing.TB) client.Keys {
	t.Helper()
	encryption, err := pair()
	if err != nil {
		t.Fatal(err)
	}
	signing := encryption
	encryption.KID, signing.KID = "muenster-wrapKey", "muenster-verify"
	signing.Alg, signing.Ops = keys.PS512, []string{keys.OpVerify}
	signing.Chain = append([]*x509.Certificate(nil), encryption.Chain...)
	return client.Keys{Decryption: []keys.Private{encryption}, Signing: signing}
}

// broker is a real one, with an organisation in it.
type broker struct {
	t    *testing.T
	node *node.Node
	made node.Seeded
}

func newBroker(t *testing.T) *broker {
	t.Helper()
	environment, err := node.ByName("test")
	if err != nil {
		t.Fatal(err)
	}
	n, err := node.Open(context.Background(), node.Config{
		Environment: environment, Data: t.TempDir(), Listen: "127.0.0.1:0", AllowHTTPCallbacks: true, Log: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := n.Stop(context.Background()); err != nil {
			t.Error(err)
		}
	})
	if err := n.Start(context.Background()); err != nil {
		t.Fatal(err)
	}
	made, err := n.Seed(context.Background(), node.Seed{Organisation: "Stadt Münster", Sender: "Onlinedienst", Subscriber: "Fachverfahren"})
	if err != nil {
		t.Fatal(err)
	}
	return &broker{t: t, node: n, made: made}
}

func (b *broker) config(who node.Credentials) client.Config {
	u := b.node.URLs()
	return client.Config{
		TokenURL: u.Token, SubmissionURL: u.Submission, DestinationURL: u.Destination, RoutingURL: u.Routing, PortalURL: u.Portal,
		ClientID: who.ClientID, ClientSecret: who.ClientSecret, Policy: keys.Test(),
	}
}

func (b *broker) client(who node.Credentials) *client.Client {
	b.t.Helper()
	c, err := client.New(b.config(who))
	if err != nil {
		b.t.Fatal(err)
	}
	return c
}

// destination makes an active one, with a callback if there is a listener for it.
func (b *broker) destination(l net.Listener) client.DestinationID {
	b.t.Helper()
	ctx := context.Background()
	manager, err := b.client(b.made.Subscriber).Manager()
	if err != nil {
		b.t.Fatal(err)
	}
	own := privateKeys(b.t)
	fresh := client.NewDestination{
		Name:    "Gewerbeamt",
		Contact: wire.ContactInformation{LegalName: "Stadt Münster", Email: "gewerbeamt@muenster.example"},
		Services: []wire.OfferedService{{
			Identifier: samples.Service, Regions: []string{"DE"},
			SubmissionSchemas: []wire.SubmissionSchema{
				{SchemaURI: samples.SchemaJSON, MIMEType: "application/json"}, {SchemaURI: samples.SchemaXML, MIMEType: "application/xml"},
			},
		}},
		MetadataVersions: []string{"2.1.0"}, EncryptionKey: own.Decryption[0].Public, SigningKey: own.Signing.Public,
	}
	if l != nil {
		fresh.Callback = &wire.Callback{URL: receiver.CallbackURL(l), Secret: secret}
	}
	made, err := manager.Create(ctx, fresh)
	if err != nil {
		b.t.Fatalf("Create: %v", err)
	}
	id := client.DestinationID(made.DestinationID)
	if _, err := manager.SetStatus(ctx, id, client.Active); err != nil {
		b.t.Fatalf("SetStatus: %v", err)
	}
	return id
}

// started is a receiver that runs.
type started struct {
	*receiver.Receiver
	testenv.Inbox
	config receiver.Config
	stop   func() error // ends Run and returns its error; a second time is no harm
}

// wait is longer than anything here takes, so that a broken test ends.
func (s *started) wait(t *testing.T, id client.SubmissionID) receiver.Received {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	r, err := s.Wait(ctx, id)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// prepare makes a destination and the config of a receiver for it, which accepts everything and never polls a second time.
func (b *broker) prepare(change func(*receiver.Config)) (receiver.Config, client.DestinationID) {
	b.t.Helper()
	config := receiver.Config{
		Client: b.config(b.made.Subscriber), Poll: time.Hour, Secret: secret, Folder: b.t.TempDir(),
		Handle: func(context.Context, receiver.Received) receiver.Decision { return receiver.Accept() },
		Retry:  func(int) time.Duration { return time.Millisecond },
	}
	change(&config)
	id := b.destination(config.Listener)
	config.Destinations = map[client.DestinationID]client.Keys{id: privateKeys(b.t)}
	return config, id
}

// start runs a receiver for a new destination until the test ends.
func (b *broker) start(change func(*receiver.Config)) (*started, client.DestinationID) {
	b.t.Helper()
	config, id := b.prepare(change)
	return b.run(config), id
}

// run runs a receiver until the test ends.
func (b *broker) run(config receiver.Config) *started {
	b.t.Helper()
	s := &started{config: config}
	config.Decided = s.Decided
	var err error
	if s.Receiver, err = receiver.New(config); err != nil {
		b.t.Fatalf("New: %v", err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- s.Run(ctx) }()
	s.stop = sync.OnceValue(func() error { cancel(); return <-ended })
	b.t.Cleanup(func() {
		if err := s.stop(); err != nil {
			b.t.Errorf("Run: %v", err)
		}
	})
	return s
}

// send sends a sample.
func (b *broker) send(a samples.Application, to client.DestinationID) client.Receipt {
	b.t.Helper()
	receipt, err := b.client(b.made.Sender).Sender().Send(context.Background(), application(a, to))
	if err != nil {
		b.t.Fatalf("Send: %v", err)
	}
	return receipt
}

func application(a samples.Application, to client.DestinationID) client.Application {
	application := client.Application{
		Destination: to, Service: samples.Service, ServiceName: samples.ServiceName, Region: "DE" + a.ARS,
		Data:      client.Data{Content: a.Data.Content, MIMEType: a.Data.MIMEType, SchemaURI: a.SchemaURI},
		Reference: &client.Reference{SenderReference: a.Reference, ApplicationDate: a.Applied},
	}
	for _, d := range a.Documents {
		application.Attachments = append(application.Attachments, client.Attachment{
			Filename: d.Name, MIMEType: d.MIMEType, Purpose: d.Purpose, Description: d.Description, Open: client.Bytes(d.Content),
		})
	}
	return application
}

func business(t testing.TB) samples.Application {
	t.Helper()
	a, err := samples.Business()
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func listen(t testing.TB) net.Listener {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() }) // a second time is no harm
	return l
}

// lossy loses answers: the request had its effect, and the client does not hear of it.
type lossy struct {
	mu    sync.Mutex
	fits  func(*http.Request) bool
	times int // how many answers are lost
	lost  int
}

func (l *lossy) RoundTrip(r *http.Request) (*http.Response, error) {
	response, err := http.DefaultTransport.RoundTrip(r)
	l.mu.Lock()
	defer l.mu.Unlock()
	if err == nil && l.fits(r) && l.lost < l.times {
		l.lost++
		_ = response.Body.Close()
		return nil, http.ErrHandlerTimeout
	}
	return response, err
}

// tripper looks at requests on their way.
type tripper func(*http.Request)

func (t tripper) RoundTrip(r *http.Request) (*http.Response, error) {
	t(r)
	return http.DefaultTransport.RoundTrip(r)
}

// watcher gets something for each poll that was answered.
type watcher chan struct{}

func (w watcher) RoundTrip(r *http.Request) (*http.Response, error) {
	response, err := http.DefaultTransport.RoundTrip(r)
	if strings.HasSuffix(r.URL.Path, "/v2/submissions") {
		select {
		case w <- struct{}{}:
		default:
		}
	}
	return response, err
}

// wait waits for so many more polls.
func (w watcher) wait(t *testing.T, polls int) {
	t.Helper()
	for range polls {
		select {
		case <-w:
		case <-time.After(time.Minute):
			t.Fatal("nobody polls")
		}
	}
}

// refuser lets no event pass, as if the network broke, and tells of each.
type refuser struct{ cut chan<- struct{} }

func (f refuser) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Method == http.MethodPost && strings.HasSuffix(r.URL.Path, "/events") {
		f.cut <- struct{}{}
		return nil, http.ErrHandlerTimeout
	}
	return http.DefaultTransport.RoundTrip(r)
}
