package node_test

import (
	"context"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/vierkant/vierkant/api/client"
	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/broker/postgres/pgtest"
	"github.com/vierkant/vierkant/cmd/node"
	"github.com/vierkant/vierkant/crypto/keys"
	"github.com/vierkant/vierkant/testenv"
)

// balancer sends each request to the next of its nodes.
type balancer struct {
	mu    sync.Mutex
	nodes []*url.URL
	next  int
}

func (b *balancer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	b.mu.Lock()
	to := b.nodes[b.next%len(b.nodes)]
	b.next++
	b.mu.Unlock()
	httputil.NewSingleHostReverseProxy(to).ServeHTTP(w, r)
}

func (b *balancer) use(addresses ...string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.nodes = nil
	for _, a := range addresses {
		b.nodes = append(b.nodes, &url.URL{Scheme: "http", Host: a})
	}
}

func freeAddress(t testing.TB) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// TestNodesShareADatabase brings applications through two nodes, of which each gets every other request, and then through the one that is
// left: keys, tokens, routes, events and bodies are those of the database.
func TestNodesShareADatabase(t *testing.T) {
	t.Parallel()
	shared := config(t)
	shared.Database, shared.Volatile, shared.Admin = pgtest.Start(t), true, ""
	if _, err := node.Open(t.Context(), shared); err == nil || !strings.Contains(err.Error(), "vierkant migrate") {
		t.Fatalf("a database without tables: got %v, want to be told of vierkant migrate", err)
	}
	if err := node.Migrate(t.Context(), shared); err != nil {
		t.Fatal(err)
	}
	front := new(balancer)
	server := httptest.NewServer(front)
	t.Cleanup(server.Close)
	shared.PublicURL = server.URL

	first, second := shared, shared
	first.Listen, second.Listen = freeAddress(t), freeAddress(t)
	one := start(t, first)
	second.Data = config(t).Data
	if _, err := node.Open(t.Context(), second); err == nil || !strings.Contains(err.Error(), "key file") {
		t.Fatalf("a second node without the key file: got %v, want to be told of it", err)
	}
	second.KeyFile = filepath.Join(first.Data, "key")
	two := start(t, second)
	defer stop(t, two)
	front.use(first.Listen, second.Listen)

	office := seedOffice(t, one)
	for range 3 {
		office.bring(t, server.URL)
	}
	stop(t, one)
	front.use(second.Listen)
	office.bring(t, server.URL)
}

// office is a sender, and an authority with one destination.
type office struct {
	node.Seeded
	keys client.Keys
}

// officeKeys are those of all offices, since making some takes seconds.
var officeKeys = sync.OnceValues(func() (client.Keys, error) {
	encryption, err := keys.Generate(keys.Encryption, "Amt", time.Now(), time.Hour)
	if err != nil {
		return client.Keys{}, err
	}
	signing, err := keys.Generate(keys.Signature, "Amt", time.Now(), time.Hour)
	return client.Keys{Decryption: []keys.Private{encryption}, Signing: signing}, err
})

func seedOffice(t testing.TB, n *node.Node) office {
	t.Helper()
	return seedCalled(t, n, nil)
}

// seedCalled makes an office that is called when there is something for it.
func seedCalled(t testing.TB, n *node.Node, callback *broker.CallbackDraft) office {
	t.Helper()
	pair, err := officeKeys()
	if err != nil {
		t.Fatal(err)
	}
	o := office{keys: pair}
	draft := testenv.Draft("Amt", broker.Contact{LegalName: "Amt", Email: "amt@authority.example"}, "DE", testenv.BusinessRegistration)
	draft.Callback = callback
	o.Seeded, err = n.Seed(t.Context(), node.Seed{
		Organisation: "Amt", Sender: "Onlinedienst", Subscriber: "Fachverfahren",
		Destinations: []node.SeedDestination{{
			Draft: draft, Encryption: pair.Decryption[0], Signing: pair.Signing,
			Coverage: []broker.Coverage{{Services: []string{testenv.BusinessRegistration}, Regions: []string{"DE"}}},
		}},
	})
	if err != nil {
		t.Fatal(err)
	}
	return o
}

// bring sends an application by its route and has it accepted; both sides read the same log.
func (o office) bring(t testing.TB, base string) {
	t.Helper()
	o.accept(t, base, o.send(t, base))
}

func (o office) send(t testing.TB, base string) client.Receipt {
	t.Helper()
	sender := o.sender(t, base)
	route := awaitRoute(t, sender)
	d, err := sender.Destination(context.Background(), route.DestinationID)
	if err != nil {
		t.Fatal(err)
	}
	receipt, err := sender.Sender().Send(context.Background(), client.Application{
		Destination: route.DestinationID, Service: route.Service, Region: route.Region,
		Data: client.Data{Content: []byte(`{"name":"Rösterei"}`), MIMEType: "application/json", SchemaURI: jsonSchemaOf(d)},
		Attachments: []client.Attachment{{
			Filename: "large.bin", MIMEType: "application/octet-stream", Open: client.Bytes(make([]byte, 300_000)),
		}},
	})
	if err != nil {
		t.Fatal(err)
	}
	return receipt
}

func (o office) accept(t testing.TB, base string, receipt client.Receipt) {
	t.Helper()
	ctx := context.Background()
	subscriber := o.subscriber(t, base)
	fetched, err := subscriber.Fetch(ctx, receipt.SubmissionID)
	if err != nil {
		t.Fatal(err)
	}
	defer fetched.Close()
	if err := subscriber.Accept(ctx, fetched); err != nil {
		t.Fatal(err)
	}
	log, err := o.sender(t, base).Sender().Events(ctx, receipt)
	if err != nil || log.State(receipt.SubmissionID) != client.Accepted {
		t.Fatalf("the sender reads %s, %v; want accepted", log.State(receipt.SubmissionID), err)
	}
	again, err := subscriber.Events(ctx, receipt.Ref)
	if err != nil || len(again) < len(log) {
		t.Fatalf("the receiver reads %d events, %v; want at least %d", len(again), err, len(log))
	}
	for i, e := range log {
		if again[i].Token != e.Token {
			t.Errorf("event %d has two signed forms: on one node\n%s\non another\n%s", i, e.Token, again[i].Token)
		}
	}
}

func (o office) sender(t testing.TB, base string) *client.Client {
	t.Helper()
	c, err := client.New(o.config(base, o.Sender))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func (o office) subscriber(t testing.TB, base string) *client.Subscriber {
	t.Helper()
	c, err := client.New(o.config(base, o.Subscriber))
	if err != nil {
		t.Fatal(err)
	}
	s, err := c.Subscriber(map[client.DestinationID]client.Keys{client.DestinationID(o.Destinations[0]): o.keys})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func (o office) config(base string, who node.Credentials) client.Config {
	return client.Config{
		TokenURL: base + "/token", SubmissionURL: base + "/submission-api", RoutingURL: base + "/routing-api", PortalURL: base + "/portal",
		ClientID: who.ClientID, ClientSecret: who.ClientSecret, Policy: keys.Test(),
	}
}

// awaitRoute asks both nodes until both know the route: the second one is told after the first one published it.
func awaitRoute(t testing.TB, c *client.Client) client.Route {
	t.Helper()
	var found client.Route
	limit := time.After(20 * time.Second)
	for known := 0; known < 2; {
		key := strings.TrimPrefix(testenv.BusinessRegistration, "urn:de:fim:leika:leistung:")
		routes, err := c.Routes(context.Background(), key, client.Area{ARS: "05"})
		if err != nil {
			t.Fatal(err)
		}
		known++
		if len(routes) == 0 {
			known = 0
		} else {
			found = routes[0]
		}
		select {
		case <-limit:
			t.Fatal("a node does not get to know the route")
		default:
		}
	}
	return found
}

func jsonSchemaOf(d client.Destination) string {
	for _, schema := range d.Services[0].SubmissionSchemas {
		if schema.MIMEType == "application/json" {
			return schema.SchemaURI
		}
	}
	return ""
}
