package node

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/vierkant/vierkant/broker/guard"
	"github.com/vierkant/vierkant/broker/oidc"
)

// Provider is an OpenID provider at which people sign in to the portal.
type Provider struct {
	Name       string // in addresses
	Label      string // for people
	Issuer     string
	ClientID   string
	SecretFile string
	Trust      bool     // it sees to two factors for everybody
	ACR, AMR   []string // by one of which it says that it did
}

// maxProviderAnswer bounds what a provider says: key sets of large ones have tens of kilobytes.
const maxProviderAnswer = 256 << 10

// checkProviders refuses providers that cannot be ones, without asking them.
func (c Config) checkProviders() error {
	for _, at := range c.PrivateProviders {
		host, port, err := net.SplitHostPort(at)
		if n, bad := strconv.Atoi(port); err != nil || bad != nil || n < 1 || n > 65535 || host == "" {
			return fmt.Errorf("private_providers: %q is not host:port, like login.stadt.example:443", at)
		}
	}
	var errs []error
	for _, p := range c.OIDC {
		if err := c.checkProvider(p); err != nil {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

func (c Config) checkProvider(p Provider) error {
	if _, err := os.Stat(p.SecretFile); err != nil {
		return fmt.Errorf("oidc: secret_file of %s: %w", p.Name, err)
	}
	u, err := url.Parse(p.Issuer)
	if err == nil && u.Scheme == "http" && (!c.Environment.HTTPCallbacks || !isLoopback(u.Hostname())) {
		return fmt.Errorf("oidc: issuer of %s: plain http only in test, and on this machine: the secret of the client would be sent in the clear", p.Name)
	}
	return c.provider(p, "x", http.DefaultClient).Check()
}

func (c Config) provider(p Provider, secret string, client *http.Client) oidc.Provider {
	return oidc.Provider{
		Name: p.Name, Label: p.Label, Issuer: p.Issuer, ClientID: p.ClientID, Secret: secret, Trusted: p.Trust, ACR: p.ACR, AMR: p.AMR, HTTP: client,
	}
}

// makeOIDC makes what signs people in at providers.
func (n *Node) makeOIDC(context.Context) (err error) {
	client := n.cfg.providerClient()
	var all []oidc.Provider
	for _, p := range n.cfg.OIDC {
		secret, err := os.ReadFile(p.SecretFile)
		if err != nil {
			return fmt.Errorf("oidc: secret_file of %s: %w", p.Name, err)
		}
		all = append(all, n.cfg.provider(p, strings.TrimSpace(string(secret)), client))
	}
	n.oidc, err = oidc.New(oidc.Config{
		Accounts: n.Accounts, Store: n.store.Store, Providers: all, Wrap: n.wrapper.Wrap, Unwrap: n.wrapper.Unwrap,
		URL: n.URLs().Portal, Now: n.now, Log: n.log,
	})
	return err
}

// providerClient makes the calls to providers. What a provider says where its keys and tokens are is the word of a stranger: those addresses have to be public too, but for hosts
// that the operator named.
func (c Config) providerClient() *http.Client {
	client := guard.NewClient(guard.Rule{PublicOnly: true, MaxResponse: maxProviderAnswer})
	inside := guard.NewClient(guard.Rule{AllowLoopback: true, AllowHTTP: c.Environment.HTTPCallbacks, MaxResponse: maxProviderAnswer})
	client.Transport = byHost{private: c.PrivateProviders, inside: inside.Transport, outside: client.Transport}
	return client
}

// byHost calls hosts that the operator named in another way than all others.
type byHost struct {
	private         []string // host:port
	inside, outside http.RoundTripper
}

// RoundTrip implements http.RoundTripper.
func (b byHost) RoundTrip(r *http.Request) (*http.Response, error) {
	if slices.Contains(b.private, hostPort(r.URL)) {
		return b.inside.RoundTrip(r)
	}
	return b.outside.RoundTrip(r)
}
