package node_test

import (
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/vierkant/vierkant/cmd/node"
)

func TestConfigCheck(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		change func(*node.Config)
		want   string // part of the message; empty: accepted
	}{
		"as it is":                {func(*node.Config) {}, ""},
		"no environment":          {func(c *node.Config) { c.Environment = node.Environment{} }, "test, reference, production"},
		"no data":                 {func(c *node.Config) { c.Data = "" }, "data:"},
		"no log":                  {func(c *node.Config) { c.Log = nil }, "log:"},
		"listen without port":     {func(c *node.Config) { c.Listen = "localhost" }, "is not host:port"},
		"plain http to the world": {func(c *node.Config) { c.Listen = "0.0.0.0:80" }, "tls.certificate and tls.key"},
		"plain http to the net":   {func(c *node.Config) { c.Listen = ":80" }, "tls.certificate and tls.key"},
		"behind a proxy":          {func(c *node.Config) { c.Listen, c.BehindProxy = "0.0.0.0:80", true }, ""},
		"IPv6 loopback":           {func(c *node.Config) { c.Listen = "[::1]:0" }, ""},
		"half of TLS":             {func(c *node.Config) { c.TLSKey = "key.pem" }, "belong together"},
		"missing anchors":         {func(c *node.Config) { c.TrustAnchors = "nowhere.pem" }, "nowhere.pem"},
		"admin to the world":      {func(c *node.Config) { c.Admin = "0.0.0.0:90" }, "admin:"},
		"http callbacks":          {func(c *node.Config) { c.AllowHTTPCallbacks = true }, ""},
		"http callbacks, listener open": {func(c *node.Config) {
			c.AllowHTTPCallbacks, c.Listen, c.BehindProxy = true, "0.0.0.0:80", true
		}, "loopback"},
		"http callbacks in production": {func(c *node.Config) {
			c.AllowHTTPCallbacks, c.Environment = true, environment("production")
		}, "not in production"},
		"public URL with a query":      {func(c *node.Config) { c.PublicURL = "https://example.org/?a" }, "public_url"},
		"public URL of another scheme": {func(c *node.Config) { c.PublicURL = "ftp://example.org" }, "public_url"},
		"public URL with other braces": {func(c *node.Config) { c.PublicURL = "https://{host}" }, "{env} and {port}"},
		"public URL in the clear":      {func(c *node.Config) { c.PublicURL = "http://example.org" }, "in the clear"},
		"public URL with a user":       {func(c *node.Config) { c.PublicURL = "https://u@example.org" }, "public_url"},
		"trusted proxy": {func(c *node.Config) {
			c.BehindProxy, c.TrustedProxies = true, networks("10.0.0.0/8", "127.0.0.1/32", "fd00::/8")
		}, ""},
		"trusted proxy, but none is there": {func(c *node.Config) { c.TrustedProxies = networks("10.0.0.0/8") }, "only together with behind_proxy"},
		"trusting everybody": {func(c *node.Config) {
			c.BehindProxy, c.TrustedProxies = true, networks("10.0.0.0/8", "::/0")
		}, "::/0 is every address"},
		"trusting an address inside a network": {func(c *node.Config) {
			c.BehindProxy, c.TrustedProxies = true, networks("10.1.2.3/8")
		}, "write 10.0.0.0/8 for the network, or 10.1.2.3/32"},
		"callbacks are kept":          {func(c *node.Config) { c.CallbackLog = 48 * time.Hour }, ""},
		"callbacks are hardly kept":   {func(c *node.Config) { c.CallbackLog = time.Hour }, "callback_log: 1h0m0s is not between 24h"},
		"receivers may take":          {func(c *node.Config) { c.CallbackTimeout = 2 * time.Second }, ""},
		"receivers may hardly answer": {func(c *node.Config) { c.CallbackTimeout = time.Millisecond }, "callback_timeout: 1ms is not between 1s"},
		"proposals wait":              {func(c *node.Config) { c.ProposalsLast = 7 * 24 * time.Hour }, ""},
		"proposals wait for nobody":   {func(c *node.Config) { c.ProposalsLast = time.Minute }, "proposals_last: 1m0s is not between 1h"},
		"deadlines, in test": {func(c *node.Config) {
			c.Deadlines = node.Periods{Incomplete: time.Second, Decision: 10 * 24 * time.Hour}
		}, ""},
		"deadlines, longer": {func(c *node.Config) {
			c.Environment = environment("production")
			c.Deadlines.Content = 30 * 24 * time.Hour
		}, ""},
		"deadlines, shorter": {func(c *node.Config) {
			c.Environment = environment("production")
			c.Deadlines.Content = 6 * 24 * time.Hour
		}, "deadlines: content: 144h0m0s is shorter than the 168h0m0s"},
		"a reminder that is too late": {func(c *node.Config) { c.Deadlines.Reminders = []time.Duration{14 * 24 * time.Hour} }, "deadlines: reminders: the last one, after 336h0m0s"},
		"reminders in no order":       {func(c *node.Config) { c.Deadlines.Reminders = []time.Duration{2, 1} }, "list them in order"},
		"a case that is too short":    {func(c *node.Config) { c.Deadlines.Case = 20 * 24 * time.Hour }, "deadlines: case: 480h0m0s is shorter than the life of a submission"},
		"a negative deadline":         {func(c *node.Config) { c.Deadlines.Content = -1 }, "deadlines: a period must be longer than nothing"},
		"drafts are kept for ever":    {func(c *node.Config) { c.DraftsLast = 10_000 * time.Hour }, "drafts_last"},
		"proposals wait for ever":     {func(c *node.Config) { c.ProposalsLast = 10_000 * time.Hour }, "proposals_last"},
		"receivers may take for ever": {func(c *node.Config) { c.CallbackTimeout = time.Hour }, "callback_timeout"},
		"fewer requests":              {func(c *node.Config) { c.FairUse.ClientReads, c.FairUse.Connections = 1, 1 }, ""},
		"fewer than no requests":      {func(c *node.Config) { c.FairUse.Routing = -1 }, "negative"},
		"less than no connection":     {func(c *node.Config) { c.FairUse.Connections = -1 }, "negative"},
		"public URL":                  {func(c *node.Config) { c.PublicURL = "https://{env}.example.org" }, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cfg := config(t)
			c.change(&cfg)
			err := cfg.Check()
			if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
}

func networks(all ...string) (networks []netip.Prefix) {
	for _, n := range all {
		networks = append(networks, netip.MustParsePrefix(n))
	}
	return networks
}

func TestDemoDataAndRealDataStayApart(t *testing.T) {
	t.Parallel()
	demo := config(t)
	demo.Demo = true
	stop(t, start(t, demo))
	demo.Demo = false
	if err := demo.Check(); err == nil || !strings.Contains(err.Error(), "demo data") {
		t.Errorf("serving demo data: got %v", err)
	}
	real := config(t)
	stop(t, start(t, real))
	real.Demo = true
	if err := real.Check(); err == nil || !strings.Contains(err.Error(), "vierkant serve") {
		t.Errorf("using real data as demo: got %v", err)
	}
}

func TestInspect(t *testing.T) {
	t.Parallel()
	cfg := config(t)
	findings, err := cfg.Inspect(t.Context())
	if err != nil || !strings.Contains(strings.Join(findings, "\n"), "has no data yet") {
		t.Errorf("fresh folder: got %q, %v", findings, err)
	}
	cfg.BehindProxy = true
	findings, err = cfg.Inspect(t.Context())
	if err != nil || !strings.Contains(strings.Join(findings, "\n"), "without trusted_proxies") {
		t.Errorf("behind any proxy: got %q, %v", findings, err)
	}
	stop(t, start(t, cfg))
	findings, err = cfg.Inspect(t.Context())
	if err != nil || !strings.Contains(strings.Join(findings, "\n"), "with its key file") {
		t.Errorf("used folder: got %q, %v", findings, err)
	}
	cfg.Environment = environment("production")
	cfg.TrustAnchors = filepath.Join(cfg.Data, "anchors.pem")
	if err := os.WriteFile(cfg.TrustAnchors, []byte("nothing"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := cfg.Inspect(t.Context()); err == nil || !strings.Contains(err.Error(), "no certificate") {
		t.Errorf("anchors without a certificate: got %v", err)
	}
}
