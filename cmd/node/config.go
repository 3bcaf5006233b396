package node

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/vierkant/vierkant/api"
	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/broker/backup"
	"github.com/vierkant/vierkant/crypto/keys"
)

// Config is what a node needs to run.
type Config struct {
	Environment Environment
	Data        string // folder; made if missing (0700)

	// Database is the DSN of a PostgreSQL database that keeps records and bodies, for many nodes; empty: they are in Data. All nodes
	// need the same key file.
	Database string
	KeyFile  string // empty: "key" in Data
	Volatile bool   // a database that may lose what it acknowledged is accepted: for tests

	// Patience is how long a request waits for a database that is silent before it is answered with 503, up to three times as long if it was about
	// to be committed; 0 is 10 seconds.
	Patience time.Duration

	Listen string // host:port of the API; port 0 takes a free one
	Admin  string // host:port of health, readiness and metrics; empty: none

	// PublicURL is under which URL callers know this environment; {env} and {port} are filled in. Empty: http://127.0.0.1:{port}.
	PublicURL string

	TLSCertificate, TLSKey string // PEM files; both or none
	BehindProxy            bool   // a proxy in front terminates TLS

	// TrustedProxies are the addresses from which a proxy's word on its caller's address is taken. Empty: nobody's.
	TrustedProxies []netip.Prefix

	TrustAnchors       string   // PEM file; see Environment.SelfSigned
	PrivateResponders  []string // host:port of those who tell of revocations and whose addresses are not public
	AllowHTTPCallbacks bool

	// CallbackTimeout is how long a receiver of callbacks may take to answer; zero means 10 s. A callback that a node was making when it
	// died is made again by whoever is there, after leaseTimeouts times as long.
	CallbackTimeout time.Duration

	// ProposalsLast is how long what one person proposed waits for the other one; zero means 30 days.
	ProposalsLast time.Duration
	// DraftsLast is how long a draft of routes is kept after its last change; zero means 30 days.
	DraftsLast time.Duration

	SignUp SignUp // who makes an account; zero: who is invited

	Deadlines Periods

	// Drain is for how long a node that stops is not ready and answers all the same, so that a load balancer sends no more requests before
	// there is nobody to take them. 0: not at all, for a node that stands alone.
	Drain time.Duration

	// DiskReserve is how many bytes of the data folder's disk stay free; with less the node is not ready. 0 is 64 MiB.
	DiskReserve int64

	// CallbackLog is for how long callbacks that are over are kept for people to see and replay; zero means 30 days.
	CallbackLog time.Duration

	Mail Mail // which server takes mails

	OIDC             []Provider // at which people sign in to the portal
	PrivateProviders []string   // host:port of those whose addresses are not public

	Demo       bool // data made by "vierkant up"
	Foreground bool // no background work: events are signed when they are read, no callback is made; for tests that count

	Limits  Limits
	FairUse FairUse
	Log     *slog.Logger     // required
	Now     func() time.Time // wall clock; nil is time.Now
}

// Limits bound what callers may ask for; zero fields mean the defaults.
type Limits = broker.Limits

// Callback timeouts that make sense: below, honest receivers are cut off, and above, a few that hang hold up all others.
const (
	leastCallbackTimeout = time.Second
	mostCallbackTimeout  = time.Minute
)

// leaseTimeouts is for how many timeouts a callback belongs to the node that claimed it.
const leaseTimeouts = 6

// FairUse bounds what one caller may take of this node; zero fields mean the defaults.
type FairUse struct {
	api.FairUse
	Connections int // from one address at once; default 2,000; behind a proxy that is for the proxy to bound
}

func (f FairUse) check() error {
	if f.Connections < 0 {
		return errors.New("fair use: no limit of connections can be negative; leave it out for the default")
	}
	return f.FairUse.Check()
}

// publicURLDefault is where a node is reached when nobody said otherwise.
const publicURLDefault = "http://127.0.0.1:{port}"

// Check refuses a configuration that cannot run, before anything is opened. Each message says what to change.
func (c Config) Check() error {
	if c.Environment.Name == "" {
		return errors.New("environment: name one of test, reference, production")
	}
	if c.Data == "" {
		return errors.New("data: name the folder that keeps this environment's data")
	}
	if c.Log == nil {
		return errors.New("log: a logger is required")
	}
	if (c.TLSCertificate == "") != (c.TLSKey == "") {
		return errors.New("tls: certificate and key belong together, one of them is missing")
	}
	for _, f := range []string{c.TLSCertificate, c.TLSKey, c.TrustAnchors, c.Mail.PasswordFile, c.Mail.TrustAnchors} {
		if f == "" {
			continue
		}
		if _, err := os.Stat(f); err != nil {
			return fmt.Errorf("file of the configuration: %w", err)
		}
	}
	loopback, err := listensOnLoopback(c.Listen)
	if err != nil {
		return err
	}
	return errors.Join(
		c.FairUse.check(),
		c.checkTransport(loopback),
		c.checkCallbacks(loopback),
		c.checkPublicURL(),
		c.checkProxies(),
		c.checkTimeout(),
		c.checkCallbackLog(),
		c.checkProposals(),
		c.checkSignUp(),
		c.checkDeadlines(),
		c.checkDemo(),
		c.checkOperation(),
		c.checkResponders(),
		c.checkProviders(),
		c.Mail.check(),
	)
}

// checkTransport keeps plain http from leaving the machine by mistake.
func (c Config) checkTransport(loopback bool) error {
	if c.Admin != "" {
		if own, err := listensOnLoopback(c.Admin); err != nil {
			return fmt.Errorf("admin: %w", err)
		} else if !own && !c.BehindProxy {
			return errors.New("admin: it speaks plain http: listen on 127.0.0.1, or set behind_proxy when something in front protects it")
		}
	}
	if loopback || c.TLSCertificate != "" || c.BehindProxy {
		return nil
	}
	return fmt.Errorf("listen: %s is reachable from outside and this would be plain http: give tls.certificate and tls.key, or set behind_proxy when a proxy terminates TLS", c.Listen)
}

func (c Config) checkCallbacks(loopback bool) error {
	switch {
	case !c.AllowHTTPCallbacks:
		return nil
	case !c.Environment.HTTPCallbacks:
		return fmt.Errorf("allow_http_callbacks: not in %s; callbacks there are https to public addresses", c.Environment.Name)
	case !loopback:
		return fmt.Errorf("allow_http_callbacks: only while the listener itself is loopback, not %s", c.Listen)
	}
	return nil
}

func (c Config) checkPublicURL() error {
	full, err := c.URLAt(1)
	if err != nil {
		return err
	}
	u, err := url.Parse(full)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return fmt.Errorf("public_url: %q is not an http(s) URL without user and query", c.PublicURL)
	}
	if u.Scheme == "http" && !c.Demo && !isLoopback(u.Hostname()) {
		return fmt.Errorf("public_url: %s is plain http and not on this machine: callers would send tokens in the clear", full)
	}
	return nil
}

// checkProxies keeps callers from choosing the address that they are known by.
func (c Config) checkProxies() error {
	if len(c.TrustedProxies) > 0 && !c.BehindProxy {
		return errors.New("trusted_proxies: only together with behind_proxy; without a proxy a caller's address is that of its connection")
	}
	for _, p := range c.TrustedProxies {
		switch {
		case p.Bits() == 0:
			return fmt.Errorf("trusted_proxies: %s is every address there is: any caller could claim any address", p)
		case p != p.Masked():
			return fmt.Errorf("trusted_proxies: %s names an address inside a network: write %s for the network, or %s/%d for the address",
				p, p.Masked(), p.Addr(), p.Addr().BitLen())
		}
	}
	return nil
}

func (c Config) checkTimeout() error {
	if t := c.CallbackTimeout; t != 0 && (t < leastCallbackTimeout || t > mostCallbackTimeout) {
		return fmt.Errorf("callback_timeout: %s is not between %s and %s", t, leastCallbackTimeout, mostCallbackTimeout)
	}
	return nil
}

// mostDrain is longer than any load balancer takes to notice.
const mostDrain = 10 * time.Minute

func (c Config) checkOperation() error {
	switch {
	case c.Drain < 0 || c.Drain > mostDrain:
		return fmt.Errorf("drain: %s is not between 0s and %s", c.Drain, mostDrain)
	case c.DiskReserve < 0:
		return errors.New("disk_reserve: it cannot be negative; leave it out for the default")
	}
	return nil
}

// checkDemo keeps demo data, whose secrets lie in a file, and real data apart.
func (c Config) checkDemo() error {
	_, err := os.Stat(filepath.Join(c.Data, demoMarker))
	marked := err == nil
	if marked && !c.Demo {
		return fmt.Errorf("data: %s was made by \"vierkant up\" as demo data, with secrets in files: serve another folder", c.Data)
	}
	if _, err := os.Stat(filepath.Join(c.Data, storeFile)); err == nil && c.Demo && !marked {
		return fmt.Errorf("data: %s is not demo data: run it with \"vierkant serve\"", c.Data)
	}
	return nil
}

func (c Config) markDemo() error {
	text := "Demo data of \"vierkant up\": secrets lie in files. Never serve it.\n"
	return os.WriteFile(filepath.Join(c.Data, demoMarker), []byte(text), 0o600)
}

func (c Config) keyPath() string {
	if c.KeyFile != "" {
		return c.KeyFile
	}
	return filepath.Join(c.Data, keyFile)
}

// URLAt returns the public URL of the environment when its API listens on port.
func (c Config) URLAt(port int) (string, error) {
	template := c.PublicURL
	if template == "" {
		template = publicURLDefault
	}
	full := strings.NewReplacer("{env}", c.Environment.Name, "{port}", strconv.Itoa(port)).Replace(template)
	if strings.ContainsAny(full, "{}") {
		return "", fmt.Errorf("public_url: only {env} and {port} can be filled in, not what else stands in braces in %s", template)
	}
	return strings.TrimRight(full, "/"), nil
}

// configuredURL is the public URL as far as the configuration alone tells: a port that the system chooses is 0.
func (c Config) configuredURL() (string, error) {
	_, port, err := net.SplitHostPort(c.Listen)
	if err != nil {
		return "", fmt.Errorf("listen: %q is not host:port, like 127.0.0.1:8080", c.Listen)
	}
	number, err := net.LookupPort("tcp", port)
	if err != nil {
		return "", fmt.Errorf("listen: %w", err)
	}
	return c.URLAt(number)
}

// listensOnLoopback reports whether an address to listen on is reachable from this machine only.
func listensOnLoopback(address string) (bool, error) {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return false, fmt.Errorf("listen: %q is not host:port, like 127.0.0.1:8080", address)
	}
	return isLoopback(host), nil
}

func isLoopback(host string) bool {
	if host == "localhost" {
		return true
	}
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.IsLoopback()
}

// Inspect looks at what a configuration names, without changing anything, and returns what it found in sentences.
func (c Config) Inspect(ctx context.Context) ([]string, error) {
	ofMail, err := c.Mail.inspect()
	if err != nil {
		return nil, err
	}
	findings, err := c.inspect(ctx)
	if err == nil {
		findings = append(findings, ofMail...)
	}
	return findings, err
}

func (c Config) inspect(ctx context.Context) ([]string, error) {
	var findings []string
	if _, err := c.Environment.policy(c.TrustAnchors); err != nil {
		return findings, err
	}
	if !c.Environment.SelfSigned && c.TrustAnchors == "" {
		findings = append(findings, "note: no trust_anchors: no key of a destination will be accepted in "+c.Environment.Name)
	}
	if c.BehindProxy && len(c.TrustedProxies) == 0 {
		findings = append(findings, "note: behind_proxy without trusted_proxies: all callers have the proxy's address, and share its limits of requests and of failed logins")
	}
	if c.TLSCertificate != "" {
		if _, err := tls.LoadX509KeyPair(c.TLSCertificate, c.TLSKey); err != nil {
			return findings, fmt.Errorf("tls: %w", err)
		}
	}
	if c.Database != "" {
		notes, err := inspectDatabase(ctx, c)
		return append(findings, notes...), err
	}
	if err := backup.Refusal(c.Data); err != nil {
		return findings, err
	}
	_, err := os.Stat(filepath.Join(c.Data, storeFile))
	if errors.Is(err, os.ErrNotExist) {
		return append(findings, "note: "+c.Data+" has no data yet: the first start makes it"), nil
	}
	if err != nil {
		return findings, fmt.Errorf("data: %w", err)
	}
	if _, err := keys.LoadWrapper(c.keyPath()); err != nil {
		return findings, err
	}
	return append(findings, "data: "+c.Data+" with its key file"), nil
}

// inspectDatabase looks at the database as a node that starts would.
func inspectDatabase(ctx context.Context, c Config) (findings []string, err error) {
	s, err := openDatabase(ctx, c)
	if err != nil {
		return nil, err
	}
	defer s.close()
	empty, err := s.isEmpty(ctx)
	if err != nil {
		return nil, err
	}
	notes, err := s.notes(ctx)
	for _, note := range notes {
		findings = append(findings, "note: database: "+note)
	}
	if empty {
		return append(findings, "note: the database has no data yet: the first start makes it, and the key file"), err
	}
	if _, keyErr := keys.LoadWrapper(c.keyPath()); keyErr != nil {
		return findings, keyErr
	}
	return append(findings, "data: the database, with the key file "+c.keyPath()), err
}

// DemoAt is the configuration of one stopped or running environment of "vierkant up", by its data folder.
func DemoAt(data string, log *slog.Logger) (Config, error) {
	env, err := ByName(filepath.Base(filepath.Clean(data)))
	if err != nil {
		return Config{}, fmt.Errorf("%s is not a folder of one environment: %w", data, err)
	}
	cfg := Config{Environment: env, Data: data, Listen: "127.0.0.1:0", Demo: true, Log: log}
	if _, err := os.Stat(filepath.Join(data, demoMarker)); err != nil {
		return Config{}, fmt.Errorf("%s is not demo data: name its node by the configuration file", data)
	}
	return cfg, nil
}
