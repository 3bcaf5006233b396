package testenv_test

import (
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/cmd/node"
	"github.com/vierkant/vierkant/crypto/keys"
	"github.com/vierkant/vierkant/testenv"
)

// nodeTimeout is how long a receiver of callbacks may take. It is the shortest there is, since leases last six times as long, and a test
// that kills nodes waits for them to end.
const nodeTimeout = time.Second

// shared is an environment in a database, with an organisation: what nodes need that share it.
type shared struct {
	binary, folder string
	config         node.Config // of a node in this process
	env            testenv.Environment
}

// newShared makes the environment in an empty database. Callers will know it by its public URL.
func newShared(t testing.TB, binary, dsn, public string) *shared {
	t.Helper()
	s := &shared{binary: binary, folder: t.TempDir()}
	test, err := node.ByName("test")
	if err != nil {
		t.Fatal(err)
	}
	s.config = node.Config{
		Environment: test, Data: filepath.Join(s.folder, "seed"), Database: dsn, KeyFile: filepath.Join(s.folder, "key"),
		Listen: "127.0.0.1:0", PublicURL: public, Foreground: true, Log: slog.New(slog.DiscardHandler),
	}
	if err := node.Migrate(t.Context(), s.config); err != nil {
		t.Fatal(err)
	}
	s.seed(t)
	return s
}

// seed makes the organisation, in a node that runs only for that.
func (s *shared) seed(t testing.TB) {
	t.Helper()
	n, err := node.Open(t.Context(), s.config)
	if err != nil {
		t.Fatal(err)
	}
	defer n.Stop(t.Context())
	if err := n.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	office := s.office(t)
	made, err := n.Seed(t.Context(), node.Seed{
		Organisation: "Amt", Sender: "Onlinedienst", Subscriber: "Fachverfahren", Destinations: []node.SeedDestination{office},
	})
	if err != nil {
		t.Fatal(err)
	}
	urls := n.URLs()
	s.env = testenv.Environment{
		Name: "test", URL: urls.Base, Issuer: urls.Submission, TokenURL: urls.Token, SubmissionURL: urls.Submission,
		DestinationURL: urls.Destination, RoutingURL: urls.Routing, PortalURL: urls.Portal, Sender: &made.Sender, Subscriber: &made.Subscriber,
		Destinations: []testenv.Destination{{
			ID: string(made.Destinations[0]), Service: testenv.BusinessRegistration, Region: "DE",
			DecryptionKey: s.keep(t, "decryption", office.Encryption), SigningKey: s.keep(t, "signing", office.Signing),
		}},
	}
}

// officeKeys are the keys of the destination, each a second of work: nothing in these tests is about them.
var officeKeys = sync.OnceValues(func() (pair [2]keys.Private, err error) {
	if pair[0], err = keys.Generate(keys.Encryption, "Amt", time.Now(), time.Hour); err != nil {
		return pair, err
	}
	pair[1], err = keys.Generate(keys.Signature, "Amt", time.Now(), time.Hour)
	return pair, err
})

func (s *shared) office(t testing.TB) node.SeedDestination {
	t.Helper()
	pair, err := officeKeys()
	if err != nil {
		t.Fatal(err)
	}
	contact := broker.Contact{LegalName: "Amt", Email: "amt@authority.example"}
	return node.SeedDestination{
		Draft: testenv.Draft("Amt", contact, "DE", testenv.BusinessRegistration), Encryption: pair[0], Signing: pair[1],
	}
}

// keep writes a private key and returns where.
func (s *shared) keep(t testing.TB, name string, key keys.Private) string {
	t.Helper()
	path := filepath.Join(s.folder, name+".jwk.json")
	if err := os.WriteFile(path, asJSON(key), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// node is "vierkant serve" at a port. It is killed at the end of the test.
func (s *shared) node(t testing.TB, port int) *program {
	t.Helper()
	data := filepath.Join(s.folder, fmt.Sprint(port))
	p := &program{
		binary: s.binary, data: data, port: port, args: []string{"serve", "--config", data + ".yaml"}, answering: `"answering"`,
	}
	t.Cleanup(func() {
		p.kill()
		if t.Failed() {
			t.Logf("the node at port %d said at last: %s", port, p.lastWords())
		}
	})
	config := fmt.Sprintf(`environment: test
data: %s
database: %s
key_file: %s
listen: 127.0.0.1:%d
admin: 127.0.0.1:%d
public_url: %s
allow_http_callbacks: true
callback_timeout: %s
`, data, s.config.Database, s.config.KeyFile, port, port+10, s.config.PublicURL, nodeTimeout)
	if err := os.WriteFile(p.configFile(), []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	return p
}

// configFile is that of "serve".
func (p *program) configFile() string { return p.data + ".yaml" }
