package testenv

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/vierkant/vierkant/api/client"
	"github.com/vierkant/vierkant/cmd/node"
)

// World describes three environments to whoever wants to use them. It is the content of world.json.
type World struct {
	Environments []Environment `json:"environments"`
}

// Environment is the addresses of one environment; in test also who may use it and what is there.
type Environment struct {
	Name           string `json:"name"`
	URL            string `json:"url"`
	Issuer         string `json:"issuer"` // "iss" of the service's events
	TokenURL       string `json:"token_url"`
	SubmissionURL  string `json:"submission_url"`
	DestinationURL string `json:"destination_url"`
	RoutingURL     string `json:"routing_url"`
	PortalURL      string `json:"portal_url"`

	Sender       *node.Credentials `json:"sender,omitempty"`
	Subscriber   *node.Credentials `json:"subscriber,omitempty"`
	Destinations []Destination     `json:"destinations,omitempty"`
	Stranger     *Stranger         `json:"stranger,omitempty"` // for the suite: who must neither see nor change what the others have
}

// Stranger is another organisation of the test environment.
type Stranger struct {
	Sender     node.Credentials `json:"sender"`
	Subscriber node.Credentials `json:"subscriber"` // may manage destinations
}

// Destination is an active destination of the demo organisation. The keys are paths of private JWK files.
type Destination struct {
	ID            string `json:"id"`
	Service       string `json:"service"` // URN of the first service it offers
	Region        string `json:"region"`  // like "DE"
	DecryptionKey string `json:"decryption_key"`
	SigningKey    string `json:"signing_key"`
}

// Environment returns the environment of that name.
func (w World) Environment(name string) (Environment, error) {
	for _, e := range w.Environments {
		if e.Name == name {
			return e, nil
		}
	}
	return Environment{}, fmt.Errorf("the world has no environment %q", name)
}

// ReadWorld reads a world.json.
func ReadWorld(path string) (World, error) {
	raw, err := os.ReadFile(path)
	if err != nil {
		return World{}, fmt.Errorf("world: %w (is \"vierkant up\" running with this data folder?)", err)
	}
	var w World
	if err := json.Unmarshal(raw, &w); err != nil {
		return World{}, fmt.Errorf("world: %s: %w", path, err)
	}
	return w, nil
}

// Config says what world to start.
type Config struct {
	Data               string // folder that keeps everything
	Port               int    // of test; reference and production follow, their admin listeners are 10 above. 0: free ports, no admin listeners
	PublicURL          string // template with {env} and {port}; empty: http://127.0.0.1:{port}
	AllowHTTPCallbacks bool   // in test
	Database           string // DSN of a migrated PostgreSQL for test, instead of files; it may be one that syncs nothing
	Log                *slog.Logger
}

// Check refuses what cannot be a world, before anything is opened.
func (c Config) Check() error {
	seen := map[string]string{}
	for i, env := range node.Environments() {
		full, err := nodeConfig(c, "", env, i).URLAt(c.Port + i)
		if err != nil {
			return err
		}
		if other := seen[full]; other != "" {
			return fmt.Errorf("the public URL %s would be that of %s and of %s: put {env} or {port} into it", full, other, env.Name)
		}
		seen[full] = env.Name
	}
	return nil
}

// adminAbove is how far the admin port of an environment lies above its port.
const adminAbove = 10

// Running is a started world.
type Running struct {
	World
	data   string
	nodes  []*node.Node
	owned  bool       // the stores are open, so the folder is ours and nobody else's
	failed chan error // buffered; one per node

	watchers  sync.WaitGroup
	stopWatch context.CancelFunc
}

// Start starts the three environments, makes the demo organisation if there is none yet, and writes world.json as the
// last thing. The caller stops it.
func Start(ctx context.Context, cfg Config) (*Running, error) {
	if err := cfg.Check(); err != nil {
		return nil, err
	}
	data, err := filepath.Abs(cfg.Data)
	if err != nil {
		return nil, err
	}
	r := &Running{data: data}
	if err := os.MkdirAll(data, 0o700); err != nil {
		return nil, fmt.Errorf("data: %w", err)
	}
	if err := r.start(ctx, cfg); err != nil {
		return nil, errors.Join(err, r.Stop(context.WithoutCancel(ctx)))
	}
	return r, nil
}

func (r *Running) start(ctx context.Context, cfg Config) error {
	if err := r.open(ctx, cfg); err != nil {
		return err
	}
	r.owned = true
	if err := r.forget(); err != nil {
		return err
	}
	for i, env := range node.Environments() {
		if err := r.nodes[i].Start(ctx); err != nil {
			return err
		}
		r.Environments = append(r.Environments, describe(env.Name, r.nodes[i].URLs()))
	}
	if err := r.settle(ctx); err != nil {
		return err
	}
	r.watch()
	if err := writeSecret(r.shellFile(), r.Test().shell()); err != nil {
		return err
	}
	return writeSecret(r.WorldFile(), asJSON(r.World))
}

// open opens the nodes side by side: the first time each makes keys.
func (r *Running) open(ctx context.Context, cfg Config) error {
	all := node.Environments()
	opened := make([]*node.Node, len(all))
	var group errgroup.Group
	for i, env := range all {
		group.Go(func() (err error) {
			opened[i], err = node.Open(ctx, nodeConfig(cfg, r.data, env, i))
			return err
		})
	}
	err := group.Wait()
	for _, n := range opened {
		if n != nil {
			r.nodes = append(r.nodes, n)
		}
	}
	return err
}

func nodeConfig(cfg Config, data string, env node.Environment, i int) node.Config {
	c := node.Config{
		Environment: env, Data: filepath.Join(data, env.Name), Listen: "127.0.0.1:0", PublicURL: cfg.PublicURL,
		AllowHTTPCallbacks: cfg.AllowHTTPCallbacks && env.HTTPCallbacks, Demo: true, Log: cfg.Log,
	}
	if i == 0 {
		c.Database, c.Volatile = cfg.Database, true
	}
	if env.OpenSignUp {
		c.SignUp = node.SignUpOpen
	}
	if cfg.Port != 0 {
		c.Listen = fmt.Sprintf("127.0.0.1:%d", cfg.Port+i)
		c.Admin = fmt.Sprintf("127.0.0.1:%d", cfg.Port+adminAbove+i)
	}
	return c
}

func describe(name string, u node.URLs) Environment {
	return Environment{
		Name: name, URL: u.Base, Issuer: u.Submission, TokenURL: u.Token, SubmissionURL: u.Submission,
		DestinationURL: u.Destination, RoutingURL: u.Routing, PortalURL: u.Portal,
	}
}

// Node returns the running node of an environment.
func (r *Running) Node(name string) *node.Node {
	for i, e := range r.Environments {
		if e.Name == name {
			return r.nodes[i]
		}
	}
	return nil
}

// Test returns the description of the test environment.
func (r *Running) Test() Environment { return r.Environments[0] }

// watch hands on what breaks until the world stops.
func (r *Running) watch() {
	ctx, stop := context.WithCancel(context.Background())
	r.failed, r.stopWatch = make(chan error, len(r.nodes)), stop
	for _, n := range r.nodes {
		r.watchers.Go(func() {
			select {
			case err := <-n.Failed():
				r.failed <- err
			case <-ctx.Done():
			}
		})
	}
}

// Failed delivers what broke in an environment while the world ran. The world has to be stopped then.
func (r *Running) Failed() <-chan error { return r.failed }

// Stop stops all environments side by side, as node.Node.Stop does, and removes world.json, which nobody answers for any more. It may
// be called again.
func (r *Running) Stop(ctx context.Context) error {
	forgotten := r.forget()
	r.owned = false
	if r.stopWatch != nil {
		r.stopWatch()
	}
	r.watchers.Wait()
	errs := make([]error, len(r.nodes))
	var group sync.WaitGroup
	for i, n := range r.nodes {
		group.Go(func() { errs[i] = n.Stop(ctx) })
	}
	group.Wait()
	return errors.Join(append(errs, forgotten)...)
}

// WorldFile is the path of world.json.
func (r *Running) WorldFile() string { return filepath.Join(r.data, "world.json") }

func (r *Running) shellFile() string { return filepath.Join(r.data, "world.env") }

// shell is the test environment as variables of a shell, for those who try the wire with curl.
func (e Environment) shell() []byte {
	var b bytes.Buffer
	for _, v := range []struct{ name, value string }{
		{"TOKEN_URL", e.TokenURL}, {"SUBMISSION_URL", e.SubmissionURL}, {"DESTINATION_URL", e.DestinationURL}, {"ROUTING_URL", e.RoutingURL},
		{"SENDER_ID", e.Sender.ClientID}, {"SENDER_SECRET", e.Sender.ClientSecret},
		{"SUBSCRIBER_ID", e.Subscriber.ClientID}, {"SUBSCRIBER_SECRET", e.Subscriber.ClientSecret},
	} {
		fmt.Fprintf(&b, "%s='%s'\n", v.name, v.value)
	}
	return b.Bytes()
}

// asJSON is for values of our own that always encode.
func asJSON(content any) []byte {
	raw, _ := json.MarshalIndent(content, "", "  ")
	return append(raw, '\n')
}

// forget removes world.json and world.env, unless they are those of another process.
func (r *Running) forget() error {
	if !r.owned {
		return nil
	}
	for _, f := range []string{r.WorldFile(), r.shellFile()} {
		if err := os.Remove(f); err != nil && !errors.Is(err, os.ErrNotExist) {
			return fmt.Errorf("world: %w", err)
		}
	}
	return nil
}

// writeSecret writes a file of secrets: 0600, and either whole or not at all. When it returns, the file is durable.
func writeSecret(path string, content []byte) error {
	f, err := os.CreateTemp(filepath.Dir(path), ".new-*")
	if err != nil {
		return err
	}
	_, err = f.Write(content)
	err = errors.Join(err, f.Sync(), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	return syncFolder(filepath.Dir(path))
}

func syncFolder(path string) error {
	folder, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(folder.Sync(), folder.Close())
}

// Client returns the configuration of a client of this environment; without credentials it reads what is public. Which keys are
// good enough is for the caller to add.
func (e Environment) Client(who *node.Credentials) client.Config {
	cfg := client.Config{
		SubmissionURL: e.SubmissionURL, DestinationURL: e.DestinationURL,
		RoutingURL: e.RoutingURL, PortalURL: e.PortalURL,
	}
	if who != nil {
		cfg.TokenURL, cfg.ClientID, cfg.ClientSecret = e.TokenURL, who.ClientID, who.ClientSecret
	}
	return cfg
}
