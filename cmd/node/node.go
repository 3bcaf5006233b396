package node

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/vierkant/vierkant/api"
	"github.com/vierkant/vierkant/api/manage"
	"github.com/vierkant/vierkant/api/route"
	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/broker/account"
	"github.com/vierkant/vierkant/broker/backup"
	"github.com/vierkant/vierkant/broker/catalogues"
	"github.com/vierkant/vierkant/broker/diagnosis"
	"github.com/vierkant/vierkant/broker/figures"
	"github.com/vierkant/vierkant/broker/golive"
	"github.com/vierkant/vierkant/broker/keycare"
	"github.com/vierkant/vierkant/broker/mail"
	"github.com/vierkant/vierkant/broker/oidc"
	"github.com/vierkant/vierkant/broker/outbox"
	"github.com/vierkant/vierkant/broker/postgres"
	"github.com/vierkant/vierkant/broker/publication"
	"github.com/vierkant/vierkant/broker/rehearsal"
	"github.com/vierkant/vierkant/broker/retention"
	"github.com/vierkant/vierkant/broker/signer"
	"github.com/vierkant/vierkant/broker/signin"
	"github.com/vierkant/vierkant/broker/template"
	"github.com/vierkant/vierkant/crypto/keys"
)

// lookAround is how often a node that shares a database looks for what it was not told.
const lookAround = 10 * time.Second

// Names inside the data folder.
const (
	storeFile  = "vierkant.db"
	blobFolder = "blobs"
	keyFile    = "key"
	demoMarker = "demo"
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
		failed: make(chan error, 1), stopping: make(chan struct{}),
	}
	if err := n.open(ctx); err != nil {
		n.close()
		return nil, fmt.Errorf("%s: %w", cfg.Environment.Name, err)
	}
	return n, nil
}

func (n *Node) open(ctx context.Context) error {
	err := n.openData(ctx)
	if err != nil {
		return err
	}
	n.keyring, err = broker.OpenKeyring(ctx, broker.KeyringConfig{
		Store: n.store.Store, Wrapper: n.wrapper, Make: keyMakers(n.cfg.Environment.Name, n.now), Now: n.now,
	})
	if err != nil {
		return err
	}
	n.signer, err = signer.New(signer.Config{Store: n.store.Store, Keyring: n.keyring, Log: n.log})
	if err != nil {
		return err
	}
	n.metrics = newMetrics(n)
	n.started = instant{time.Now()}
	n.health.probe.write = n.writeNothing
	if n.cfg.TLSCertificate != "" {
		if n.certificate, err = loadCertificate(n.cfg.TLSCertificate, n.cfg.TLSKey); err != nil {
			return err
		}
	}
	if err := n.openFaults(); err != nil {
		return err
	}
	if err := n.followClock(ctx); err != nil {
		return err
	}
	return n.openCatalogues(ctx)
}

// openData makes the folder and opens what is kept in it: the key file, and, unless there is a database, store and blobs.
func (n *Node) openData(ctx context.Context) (err error) {
	if err := os.MkdirAll(n.cfg.Data, 0o700); err != nil {
		return fmt.Errorf("data: %w", err)
	}
	if n.cfg.Demo {
		if err := n.cfg.markDemo(); err != nil {
			return fmt.Errorf("data: %w", err)
		}
	}
	if n.cfg.Database != "" {
		return n.openShared(ctx)
	}
	if err := backup.Refusal(n.cfg.Data); err != nil {
		return err
	}
	_, err = os.Stat(filepath.Join(n.cfg.Data, storeFile))
	if n.wrapper, err = openWrapper(n.cfg.keyPath(), errors.Is(err, os.ErrNotExist)); err != nil {
		return err
	}
	n.store, err = openFiles(n.cfg)
	return err
}

// openShared opens the database first: it tells whether there should be a key file.
func (n *Node) openShared(ctx context.Context) (err error) {
	if n.store, err = openDatabase(ctx, n.cfg); err != nil {
		return err
	}
	notes, err := n.store.notes(ctx)
	if err != nil {
		return err
	}
	for _, note := range notes {
		n.log.Warn("database: " + note)
	}
	empty, err := n.store.isEmpty(ctx)
	if err != nil {
		return err
	}
	n.wrapper, err = openWrapper(n.cfg.keyPath(), empty)
	return err
}

// openWrapper loads the key file, and makes one only for data that does not exist yet: a fresh key file beside old data
// would hide that the right one is missing.
func openWrapper(path string, fresh bool) (*keys.Wrapper, error) {
	wrapper, err := keys.LoadWrapper(path)
	if !errors.Is(err, os.ErrNotExist) {
		return wrapper, err
	}
	if !fresh {
		return nil, fmt.Errorf("the key file %s is missing: restore it from its backup, or copy that of another node; without it the data's keys and secrets cannot be read", path)
	}
	return keys.CreateWrapper(path)
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
	if err := n.makeBroker(); err != nil {
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
	if err := n.openRetention(); err != nil {
		return err
	}
	n.work()
	return n.serve(surface)
}

func (n *Node) makeBroker() error {
	policy, err := n.cfg.Environment.policy(n.cfg.TrustAnchors)
	if err != nil {
		return err
	}
	if err := n.openKeyCare(); err != nil {
		return err
	}
	if err := n.openWitness(); err != nil {
		return err
	}
	n.Broker, err = broker.New(broker.Config{
		Store: n.store.Store, Blobs: n.store.blobs, Wrapper: n.wrapper, Keyring: n.keyring,
		Policy: policy, KeyCare: n.keycare.Rules(), Callbacks: broker.CallbackRule{Insecure: n.cfg.AllowHTTPCallbacks},
		Issuer: n.URLs().Submission, Portal: n.URLs().Portal,
		Sign: n.signer.Sign, Now: n.now, Deadline: n.deadline.now, Limits: n.cfg.Limits, Periods: n.cfg.Deadlines, Join: template.Join,
		Withdraw: publication.Withdraw, Contacted: n.contacted, Unreached: n.unreached, Remind: n.remind, TimedOut: n.tellOfTimeout,
		SecretEnds: n.secretEnds, Happened: n.happened, Shown: n.witness.Shown,
	})
	if err != nil {
		return err
	}
	n.Publication, err = publication.New(publication.Config{
		Store: n.store.Store, Routes: n.Broker.Routes, Areas: n.catalogues.Areas, Now: n.now,
		Rule: n.cfg.publishing(),
	})
	if err != nil {
		return err
	}
	if n.Accounts, err = account.New(account.Config{Store: n.store.Store, Now: n.now, Post: n.postInvitation, Founding: n.cfg.Environment.Founding}); err != nil {
		return err
	}
	if err := errors.Join(n.makeMails(), n.makeSignIn()); err != nil {
		return err
	}
	if err := n.makeFigures(); err != nil {
		return err
	}
	if err := n.makeOIDC(); err != nil {
		return err
	}
	if err := n.Broker.Notices.Reload(context.Background()); err != nil {
		return err
	}
	n.templates, n.adoptions, err = template.New(template.Config{
		Store: n.store.Store, Routes: n.Broker.Routes, Publisher: n.Publication, Now: n.now,
	})
	if err != nil {
		return err
	}
	if err := n.makeGoLive(); err != nil {
		return err
	}
	return n.makeOutbox()
}

// openCatalogues puts the catalogues into force. A stored one that cannot be read leaves the sample: that finds fewer areas and services,
// while routes are found as ever, and the operator can import it again.
func (n *Node) openCatalogues(ctx context.Context) (err error) {
	n.catalogues, err = catalogues.New(catalogues.Config{Store: n.store.Store, Blobs: n.store.blobs, Log: n.log, Now: n.now})
	if err != nil {
		return err
	}
	err = n.catalogues.Reload(ctx)
	if errors.Is(err, catalogues.ErrBroken) {
		n.log.Error("the sample is in force", "error", err)
		return nil
	}
	return err
}

// work starts the background workers.
func (n *Node) work() {
	ctx, stop := context.WithCancel(context.Background())
	n.stopWork = stop
	n.workers.Go(func() { n.watchStore(ctx) })
	n.workers.Go(func() { n.keepCertificate(ctx) })
	if n.cfg.Foreground {
		return
	}
	n.workers.Go(func() { n.signer.Run(ctx, n.Broker.EventsWritten) })
	n.workers.Go(func() { n.outbox.Run(ctx, n.Broker.DeliveriesOwed) })
	n.workers.Go(func() { n.sweeper.Run(ctx, n.moved) })
	n.workers.Go(func() { n.Mails.Run(ctx) })
	n.workers.Go(func() { n.Figures.Run(ctx) })
	n.workers.Go(func() { n.forgetCallbacks(ctx) })
	n.workers.Go(func() { n.keepKeys(ctx) })
	n.workers.Go(func() { n.keycare.Run(ctx, n.Broker.Destinations.RetireKey) })
	n.workers.Go(func() { n.keepProposals(ctx) })
	n.workers.Go(func() { n.keepInvitations(ctx) })
	n.workers.Go(func() { n.keepMilestones(ctx) })
	n.workers.Go(func() { n.forgetSignIns(ctx) })
	n.workers.Go(func() {
		n.Broker.Polls.Run(ctx, func(err error) {
			n.complain(ctx, "what addressees found by polling cannot be written; it is tried again", err)
		})
	})
	n.workers.Go(func() { n.noteClients(ctx) })
	n.workers.Go(func() { n.warnOfSecrets(ctx) })
	n.workers.Go(func() {
		every(ctx, time.Hour, func() {
			n.complain(ctx, "that old requests are forgotten cannot be written; it is tried again", n.Broker.ForgetReceipts(ctx))
		})
	})
	if n.store.hints != nil {
		n.workers.Go(func() { n.listen(ctx) })
		n.workers.Go(func() { n.lookAround(ctx) })
	}
}

// listen wakes this node's workers when another node wrote something for them.
func (n *Node) listen(ctx context.Context) {
	for hint := range n.store.hints(ctx) {
		n.follow(ctx, hint)
	}
}

// lookAround finds what a lost hint would have told.
func (n *Node) lookAround(ctx context.Context) {
	every(ctx, lookAround, func() {
		n.follow(ctx, postgres.EventsWritten|postgres.DeliveriesOwed|postgres.RoutesChanged|postgres.EntriesChanged)
	})
}

// every calls do again and again until ctx ends, for the first time after a pause.
func every(ctx context.Context, pause time.Duration, do func()) {
	tick := time.NewTicker(pause)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			do()
		}
	}
}

func (n *Node) follow(ctx context.Context, hint postgres.Hint) {
	if hint&postgres.EventsWritten != 0 {
		n.Broker.EventsWritten.Set()
	}
	if hint&postgres.DeliveriesOwed != 0 {
		n.Broker.DeliveriesOwed.Set()
	}
	var err error
	if hint&postgres.KeysChanged != 0 {
		err = n.keyring.Reload(ctx)
	}
	if hint&(postgres.RoutesChanged|postgres.EntriesChanged) != 0 {
		err = errors.Join(err, n.Broker.Routes.Follow(ctx))
	}
	if hint&postgres.EntriesChanged != 0 {
		err = errors.Join(err, n.catalogues.Reload(ctx), n.followClock(ctx), n.Broker.Notices.Reload(ctx))
	}
	n.complain(ctx, "what another node changed cannot be read; it is tried again", err)
}

// complain logs the failure of a background worker, unless it fails because it has to end.
func (n *Node) complain(ctx context.Context, what string, err error) {
	if err != nil && ctx.Err() == nil {
		n.log.Error(what, "error", err)
	}
}

// keepKeys makes the next keys that are missing and looks for what another node or an operator rotated, every minute. It does
// not begin at once: making keys takes seconds of a core that the first callers want.
func (n *Node) keepKeys(ctx context.Context) {
	every(ctx, time.Minute, func() {
		n.complain(ctx, "keys of the broker", n.keyring.Prepare(ctx))
	})
}

// watchStore reports a store that stopped by itself: a node without one would answer nothing but 503 from then on.
func (n *Node) watchStore(ctx context.Context) {
	select {
	case err := <-n.store.failed:
		n.fail(fmt.Errorf("the store failed, so the node ends; what it acknowledged is on disk. Start it again once the cause is mended: %w", errors.Unwrap(err)))
	case <-ctx.Done():
	}
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

// surface is what the API needs.
func (n *Node) surface() (api.Config, error) {
	diagnoses, err := diagnosis.New(diagnosis.Config{Store: n.store.Store, Periods: n.Broker.Periods, Now: n.now, Deadline: n.deadline.now})
	if err != nil {
		return api.Config{}, err
	}
	tracked, err := n.tracking()
	if err != nil {
		return api.Config{}, err
	}
	operation, err := n.makeOperation()
	if err != nil {
		return api.Config{}, err
	}
	tokens, err := newTokens(n.keyring, n.public, n.now)
	return api.Config{
		Broker: n.Broker, Keyring: n.keyring, PublicURL: n.public, Environment: n.cfg.Environment.Name, Issue: n.witnessTokens(tokens.Issue), Verify: n.rehearseExpiry(tokens.Verify),
		Rehearse:       n.rehearseRequest(),
		TrustedProxies: n.cfg.TrustedProxies, Routing: route.Config{Areas: n.catalogues.Areas, Folder: n.cfg.Data}, FairUse: n.cfg.FairUse.FairUse,
		Management: manage.Config{
			Accounts: n.Accounts, Catalogues: n.catalogues, Publication: n.Publication, Templates: n.templates, Adoptions: n.adoptions,
			Keys: n.keycare, Mails: n.Mails, Try: n.outbox.Try, Diagnosis: diagnoses, Tracking: tracked,
			Figures:   n.Figures,
			Operation: operation,
			Releases:  n.releases(),
			GoLive:    n.golive,
			OIDC:      n.oidc,
			SignIn:    n.signIn,
		},
		Log: n.log, Now: n.now, Observe: n.metrics.observe, Refused: n.metrics.refused,
	}, err
}
