package node

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"sync"
	"time"

	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/broker/account"
	"github.com/vierkant/vierkant/broker/catalogues"
	"github.com/vierkant/vierkant/broker/figures"
	"github.com/vierkant/vierkant/broker/golive"
	"github.com/vierkant/vierkant/broker/keycare"
	"github.com/vierkant/vierkant/broker/mail"
	"github.com/vierkant/vierkant/broker/oidc"
	"github.com/vierkant/vierkant/broker/outbox"
	"github.com/vierkant/vierkant/broker/publication"
	"github.com/vierkant/vierkant/broker/rehearsal"
	"github.com/vierkant/vierkant/broker/retention"
	"github.com/vierkant/vierkant/broker/signer"
	"github.com/vierkant/vierkant/broker/signin"
	"github.com/vierkant/vierkant/broker/template"
	"github.com/vierkant/vierkant/crypto/keys"
)

// Node is one environment, running or about to run.
type Node struct {
	Broker      *broker.Broker
	Publication *publication.Publisher // of routes
	Figures     *figures.Figures
	Accounts    *account.Accounts
	Mails       *mail.Mails

	cfg        Config
	catalogues *catalogues.Catalogues
	templates  *template.Templates
	adoptions  *template.Adoptions
	signIn     *signin.Service
	log        *slog.Logger
	now        func() time.Time
	deadline   clock
	wrapper    *keys.Wrapper
	store      *storage
	keyring    *broker.Keyring
	signer     *signer.Signer
	outbox     *outbox.Outbox
	sweeper    *retention.Sweeper
	moved      broker.Signal // the clock of deadlines was
	metrics    *metrics
	keycare    *keycare.Keeper
	witness    *golive.Witness
	golive     *golive.Service
	oidc       *oidc.Service
	health     health
	faults     *rehearsal.Faults // nil where none can be asked for
	failed     chan error        // buffered; the first thing that broke
	stopping   chan struct{}     // closed by Stop
	stopOnce   sync.Once

	started     instant      // when it was opened
	certificate *certificate // nil: no TLS of its own

	// Set by Start.
	public   string
	servers  []*server
	watched  *server // the one of the admin listener, of servers; nil: none
	api      net.Listener
	admin    net.Listener
	stopWork context.CancelFunc
	workers  sync.WaitGroup
}

// Open makes or opens the data of an environment and wires its parts. The node answers nothing before Start. The caller stops it.
func Open(ctx context.Context, cfg Config) (*Node, error) {
	if err := cfg.Check(); err != nil {
		return nil, err
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	n := &Node{
		cfg: cfg, log: cfg.Log.With("environment", cfg.Environment.Name), now: cfg.Now, deadline: clock{wall: cfg.Now},
		failed: make(chan error, 1), stopping: make(chan struct{}), started: instant{time.Now()},
	}
	n.health.probe.write = n.writeNothing
	if err := inOrder(ctx, n.opening()); err != nil {
		n.close()
		return nil, fmt.Errorf("%s: %w", cfg.Environment.Name, err)
	}
	return n, nil
}

// Start binds the addresses and answers. It returns when requests are taken.
func (n *Node) Start(ctx context.Context) error {
	if err := n.bind(); err != nil {
		return fmt.Errorf("%s: %w", n.cfg.Environment.Name, err)
	}
	if err := n.wire(ctx); err != nil {
		return fmt.Errorf("%s: %w", n.cfg.Environment.Name, err)
	}
	return nil
}

func (n *Node) bind() (err error) {
	if n.api, err = net.Listen("tcp", n.cfg.Listen); err != nil {
		return err
	}
	n.public, err = n.cfg.URLAt(n.api.Addr().(*net.TCPAddr).Port)
	if err != nil || n.cfg.Admin == "" {
		return err
	}
	n.admin, err = net.Listen("tcp", n.cfg.Admin)
	return err
}

// wire makes the services, which need the public URL, and sets everything running.
func (n *Node) wire(ctx context.Context) error {
	if err := inOrder(ctx, n.making()); err != nil {
		return err
	}
	if err := n.Broker.Routes.Reattest(ctx); err != nil { // the public URL may be another than last time
		return err
	}
	if err := n.Broker.Routes.Reload(ctx); err != nil {
		return err
	}
	surface, err := n.surface()
	if err != nil {
		return err
	}
	n.work()
	return n.serve(surface)
}

// fail reports what broke; the first thing is enough to end the node for.
func (n *Node) fail(err error) {
	n.health.broken.Store(true)
	select {
	case n.failed <- fmt.Errorf("%s: %w", n.cfg.Environment.Name, err):
	default:
	}
}

// Failed delivers, once, what broke while the node ran: a listener, or the store after a commit that failed. The node has to be
// stopped then.
func (n *Node) Failed() <-chan error { return n.failed }

// Stop ends the node. It says that it is not ready, and answers all the same for as long as Config.Drain says, so that whoever sends requests
// here notices; then there are no new ones, and those that run may end until ctx does, and are cut off then; last the workers and the store.
// It may be called again.
func (n *Node) Stop(ctx context.Context) error {
	n.stopOnce.Do(func() { close(n.stopping) })
	n.drain(ctx)
	err := n.stopServers(ctx)
	for _, l := range []net.Listener{n.api, n.admin} {
		if l != nil && len(n.servers) == 0 {
			l.Close()
		}
	}
	if n.stopWork != nil {
		n.stopWork()
	}
	n.workers.Wait()
	return errors.Join(err, n.close())
}

func (n *Node) close() error {
	if n.store == nil {
		return nil
	}
	return n.store.close()
}

// URLs are the addresses of a running environment.
type URLs struct {
	Base, Token, Submission, Destination, Routing, Portal, Admin string
}

// URLs returns where the node answers; complete after Start.
func (n *Node) URLs() URLs {
	u := URLs{
		Base: n.public, Token: n.public + "/token", Submission: n.public + "/submission-api",
		Destination: n.public + "/destination-api", Routing: n.public + "/routing-api", Portal: n.public + "/portal",
	}
	if n.admin != nil {
		u.Admin = "http://" + n.admin.Addr().String()
	}
	return u
}
