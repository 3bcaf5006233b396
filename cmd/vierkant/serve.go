package main

import (
	"context"
	"fmt"
	"net/netip"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/spf13/cobra"

	"github.com/vierkant/vierkant/cmd/node"
)

// configFile is what stands in the file of "serve". Relative paths are relative to the file.
type configFile struct {
	Environment        string        `yaml:"environment"`
	Data               string        `yaml:"data"`
	Database           string        `yaml:"database"`
	KeyFile            string        `yaml:"key_file"`
	Listen             string        `yaml:"listen"`
	Admin              string        `yaml:"admin"`
	PublicURL          string        `yaml:"public_url"`
	BehindProxy        bool          `yaml:"behind_proxy"`
	TrustedProxies     []string      `yaml:"trusted_proxies"` // networks, or single addresses
	TrustAnchors       string        `yaml:"trust_anchors"`
	PrivateResponders  []string      `yaml:"private_responders"` // host:port
	AllowHTTPCallbacks bool          `yaml:"allow_http_callbacks"`
	CallbackTimeout    time.Duration `yaml:"callback_timeout"` // like 10s
	CallbackLog        time.Duration `yaml:"callback_log"`     // like 720h
	ProposalsLast      time.Duration `yaml:"proposals_last"`   // like 720h
	DraftsLast         time.Duration `yaml:"drafts_last"`      // like 720h
	SignUp             string        `yaml:"signup"`           // open or invitation
	Deadlines          deadlines     `yaml:"deadlines"`
	LogLevel           string        `yaml:"log_level"`
	LogFormat          string        `yaml:"log_format"`
	MemoryLimit        string        `yaml:"memory_limit"` // like 4GiB
	DiskReserve        string        `yaml:"disk_reserve"` // like 1GiB
	Drain              time.Duration `yaml:"drain"`
	StopTimeout        time.Duration `yaml:"stop_timeout"`
	Mail               mailConfig    `yaml:"mail"`

	OIDC             []providerConfig `yaml:"oidc"`
	PrivateProviders []string         `yaml:"private_providers"` // host:port

	TLS struct {
		Certificate string `yaml:"certificate"`
		Key         string `yaml:"key"`
	} `yaml:"tls"`
	Limits struct {
		AttachmentBytes int64 `yaml:"attachment_bytes"`
		ContentBytes    int64 `yaml:"content_bytes"`
		Attachments     int   `yaml:"attachments"`
		Destinations    int   `yaml:"destinations"`

		ClientReads   int `yaml:"client_reads_per_minute"`
		ClientWrites  int `yaml:"client_writes_per_minute"`
		Address       int `yaml:"address_requests_per_minute"`
		Routing       int `yaml:"routing_requests_per_minute"`
		Uploads       int `yaml:"uploads"`
		ClientUploads int `yaml:"client_uploads"`
		Connections   int `yaml:"connections_per_address"`
	} `yaml:"limits"`
}

func serveCommand() *cobra.Command {
	var path string
	cmd := &cobra.Command{
		Use:   "serve --config FILE",
		Short: "Run one environment as the configuration file says",
		Long: `Runs one environment. Keys of the configuration file; paths are relative to it:

  environment           test, reference or production (required)
  data                  folder that keeps everything (required)
  database              PostgreSQL, like postgres://vierkant@db.example/vierkant: records and bodies are there, for any number of
                        nodes; libpq's variables and password file are read. The key file must be the same for all nodes. Several
                        servers, separated by commas, are those of which one takes over from another
  key_file              unlocks what is wrapped at rest (default: key in data)
  listen                host:port of the API (required)
  admin                 host:port of health, readiness and metrics
  public_url            under which URL callers know the environment; {env} and {port} are filled in
  tls                   certificate, key: PEM files; read again when they change, and on SIGHUP
  behind_proxy          true: a proxy terminates TLS
  trusted_proxies       [10.0.0.0/8, …]: addresses of proxies whose word on the caller's address is taken; with behind_proxy
  trust_anchors         PEM file with the roots that keys of destinations must chain to, outside test
  private_responders    [ocsp.pki.example:80, …]: who is asked after revocations though the address is not public; others must be
  allow_http_callbacks  true: callbacks in test may go to http and to this machine
  callback_timeout      how long a receiver of callbacks may take to answer, like 5s (default 10s). What a
                        node was delivering when it died is due again after six times as long
  callback_log          for how long callbacks that are over can be seen and replayed, like 168h (default 720h)
  proposals_last        how long what takes two persons waits for the second one, like 168h (default 720h: 30 days)
  drafts_last           how long a draft of routes is kept after its last change (default 720h: 30 days)
  signup                who makes an account in the portal: invitation (default), or open, for whoever wants, in test only
  deadlines             how long things may take, or are kept, like 48h; outside test only longer than the default:
                        incomplete (24h, from announce to submit), reminders ([72h, 216h], from submit), decision (336h, from submit),
                        content (168h, from the decision), case (17520h, from its last event)
  mail                  server (host:port), from, user, password_file, encryption (starttls, implicit, or none on this machine),
                        trust_anchors, timeout (30s), gather (1h): which mail server takes mails. Without server they are kept
  oidc                  a list of OpenID providers at which people sign in to the portal: name (in addresses), label, issuer, client_id,
                        secret_file; trust_second_factor: true, or acr or amr: [..] by one of which the provider says that it saw to two
                        factors; otherwise the second one is asked for here. It leads back to PUBLIC_URL/portal/oidc/NAME/return
  private_providers     [login.stadt.example:443, …]: hosts of providers whose addresses are not public
  limits                attachment_bytes, content_bytes, attachments, destinations;
                        of one client: client_reads_per_minute (60000), client_writes_per_minute (30000), client_uploads (16);
                        of one address: address_requests_per_minute (30000, without a token), routing_requests_per_minute (6000),
                        connections_per_address (2000); uploads (1000): large ones at once in all
  memory_limit          what the process keeps its memory near, like 4GiB (default 1GiB); the environment variable GOMEMLIMIT goes first
  disk_reserve          how much of the disk of data stays free, like 1GiB (default 64MiB); with less, /readyz says 503
  drain                 for how long after a signal /readyz says 503 while everything is still answered, like 15s, so that a load balancer
                        sends no more (default 0s)
  stop_timeout          how long running requests may take to end after that, like 2m (default 10s)
  log_level             debug, info, warn, error
  log_format            json (default) or text

"vierkant check" says what is wrong with a file. A second signal ends the process at once. It also ends, with status 1, when its store
fails: start it again then.`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			cfg, err := readConfig(path)
			if err != nil {
				return err
			}
			limitMemory(cfg.memory)
			return serve(cmd.Context(), cfg)
		},
	}
	configFlag(cmd, &path)
	return cmd
}

func configFlag(cmd *cobra.Command, path *string) {
	cmd.Flags().StringVar(path, "config", "", "YAML file that describes the environment (required)")
}

func serve(ctx context.Context, cfg settings) error {
	n, err := node.Open(ctx, cfg.Config)
	if err != nil {
		return err
	}
	if err := n.Start(ctx); err != nil {
		n.Stop(context.WithoutCancel(ctx))
		return err
	}
	cfg.Log.Info("answering", "environment", cfg.Environment.Name, "listen", cfg.Listen, "public_url", n.URLs().Base)
	err = tend(ctx, n)
	cfg.Log.Info("stopping", "environment", cfg.Environment.Name, "drain", cfg.Drain, "timeout", cfg.stop)
	grace, cancel := context.WithTimeout(context.Background(), cfg.Drain+cfg.stop)
	defer cancel()
	if stopErr := n.Stop(grace); err == nil {
		err = stopErr
	}
	return err
}

// tend waits until the node is to stop, or has failed. Meanwhile SIGHUP has it read its files again.
func tend(ctx context.Context, n *node.Node) error {
	again := make(chan os.Signal, 1)
	signal.Notify(again, syscall.SIGHUP)
	defer signal.Stop(again)
	for {
		select {
		case <-again:
			n.Reload()
		case <-ctx.Done():
			return nil
		case err := <-n.Failed():
			return err
		}
	}
}

// settings is what a configuration file says.
type settings struct {
	node.Config
	memory int64         // bytes
	stop   time.Duration // for running requests to end
}

// readConfig reads a configuration file strictly: a key that nobody knows is a typing error that must not pass.
func readConfig(path string) (settings, error) {
	if path == "" {
		return settings{}, usageError{fmt.Errorf("--config is required: the YAML file that describes the environment")}
	}
	raw, err := os.ReadFile(path)
	if err != nil {
		return settings{}, fmt.Errorf("config: %w", err)
	}
	var f configFile
	if err := yaml.UnmarshalWithOptions(raw, &f, yaml.Strict()); err != nil {
		return settings{}, fmt.Errorf("config %s: %s", path, yaml.FormatError(err, false, true))
	}
	read, err := f.settings(filepath.Dir(path))
	if err != nil {
		return settings{}, fmt.Errorf("config %s: %w", path, err)
	}
	if err := read.Check(); err != nil {
		return settings{}, fmt.Errorf("config %s: %w", path, err)
	}
	return read, nil
}

func (f configFile) settings(base string) (s settings, err error) {
	if s.memory, err = parseMemory(f.MemoryLimit); err != nil {
		return s, err
	}
	s.Config = f.node(base)
	if s.Environment, err = node.ByName(f.Environment); err != nil {
		return s, err
	}
	if s.TrustedProxies, err = f.proxies(); err != nil {
		return s, err
	}
	return f.operation(s)
}

// node returns what needs no reading.
func (f configFile) node(base string) node.Config {
	from := func(p string) string {
		if p == "" || filepath.IsAbs(p) {
			return p
		}
		return filepath.Join(base, p)
	}
	return node.Config{
		Data: from(f.Data), Database: f.Database, KeyFile: from(f.KeyFile), Listen: f.Listen, Admin: f.Admin, PublicURL: f.PublicURL,
		TLSCertificate: from(f.TLS.Certificate), TLSKey: from(f.TLS.Key), BehindProxy: f.BehindProxy,
		TrustAnchors: from(f.TrustAnchors), PrivateResponders: f.PrivateResponders, AllowHTTPCallbacks: f.AllowHTTPCallbacks, CallbackTimeout: f.CallbackTimeout, CallbackLog: f.CallbackLog, ProposalsLast: f.ProposalsLast, DraftsLast: f.DraftsLast, SignUp: node.SignUp(f.SignUp),
		Deadlines: node.Periods(f.Deadlines),
		Limits: node.Limits{
			Attachment: f.Limits.AttachmentBytes, Content: f.Limits.ContentBytes,
			Attachments: f.Limits.Attachments, Destinations: f.Limits.Destinations,
		},
		FairUse: f.fairUse(), Mail: f.Mail.node(from),
		OIDC: providers(f.OIDC, from), PrivateProviders: f.PrivateProviders,
	}
}

func (f configFile) fairUse() (use node.FairUse) {
	use.ClientReads, use.ClientWrites = f.Limits.ClientReads, f.Limits.ClientWrites
	use.Address, use.Routing = f.Limits.Address, f.Limits.Routing
	use.Uploads, use.ClientUploads = f.Limits.Uploads, f.Limits.ClientUploads
	use.Connections = f.Limits.Connections
	return use
}

// proxies reads networks and addresses.
func (f configFile) proxies() ([]netip.Prefix, error) {
	var all []netip.Prefix
	for _, text := range f.TrustedProxies {
		network, err := netip.ParsePrefix(text)
		if address, noNetwork := netip.ParseAddr(text); noNetwork == nil {
			network, err = address.Prefix(address.BitLen())
		}
		if err != nil {
			return nil, fmt.Errorf("trusted_proxies: %q is neither a network like 10.0.0.0/8 nor an address", text)
		}
		all = append(all, network)
	}
	return all, nil
}
