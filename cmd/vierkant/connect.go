package main

import (
	"crypto/x509"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/vierkant/vierkant/api/client"
	"github.com/vierkant/vierkant/crypto/keys"
	"github.com/vierkant/vierkant/testenv"
)

// secretVariable is where a client's secret may stand; on the command line everybody on the machine could read it.
const secretVariable = "VIERKANT_CLIENT_SECRET"

// connection is the flags by which a client command finds its environment.
type connection struct {
	world, env, url, clientID, secretFile, anchors string
}

func (c *connection) flags(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringVar(&c.world, "world", "vierkant-data/world.json", "world.json of a running \"vierkant up\"")
	flags.StringVar(&c.env, "env", "test", "environment: test, reference or production; it decides which keys are good enough")
	flags.StringVar(&c.url, "url", "", "base URL of a broker, instead of --world")
	flags.StringVar(&c.clientID, "client-id", "", "with --url: the API client")
	flags.StringVar(&c.secretFile, "client-secret-file", "", "with --url: file with the client's secret (or "+secretVariable+")")
	flags.StringVar(&c.anchors, "trust-anchors", "", "PEM file with the roots that keys must chain to, outside test")
}

// open returns a client of the environment, with the sender's credentials if it has any.
func (c *connection) open() (*client.Client, error) {
	cfg, err := c.config()
	if err != nil {
		return nil, err
	}
	if cfg.Policy, err = c.policy(); err != nil {
		return nil, err
	}
	cfg.UserAgent = "vierkant"
	return client.New(cfg)
}

func (c *connection) config() (client.Config, error) {
	if c.url == "" {
		return c.fromWorld()
	}
	base := strings.TrimRight(c.url, "/")
	cfg := client.Config{
		SubmissionURL: base + "/submission-api", DestinationURL: base + "/destination-api",
		RoutingURL: base + "/routing-api", PortalURL: base + "/portal",
	}
	if c.clientID == "" {
		return cfg, nil // what is public needs no token
	}
	var err error
	cfg.TokenURL, cfg.ClientID = base+"/token", c.clientID
	cfg.ClientSecret, err = c.secret()
	return cfg, err
}

func (c *connection) secret() (string, error) {
	if c.secretFile == "" {
		if secret := os.Getenv(secretVariable); secret != "" {
			return secret, nil
		}
		return "", usageError{fmt.Errorf("the secret of client %s is missing: give --client-secret-file or set %s", c.clientID, secretVariable)}
	}
	raw, err := os.ReadFile(c.secretFile)
	return strings.TrimSpace(string(raw)), err
}

func (c *connection) fromWorld() (client.Config, error) {
	world, err := testenv.ReadWorld(c.world)
	if err != nil {
		return client.Config{}, err
	}
	e, err := world.Environment(c.env)
	if err != nil {
		return client.Config{}, usageError{err}
	}
	return e.Client(e.Sender), nil
}

// policy returns which keys are good enough to seal to.
func (c *connection) policy() (keys.Policy, error) {
	if c.env == "test" {
		return keys.Test(), nil
	}
	if c.env != "reference" && c.env != "production" {
		return keys.Policy{}, usageError{fmt.Errorf("--env %q: it is one of test, reference, production", c.env)}
	}
	if c.anchors == "" {
		return keys.Policy{}, usageError{errors.New("--trust-anchors is required outside test: the roots that the keys of authorities chain to")}
	}
	pem, err := os.ReadFile(c.anchors)
	if err != nil {
		return keys.Policy{}, err
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(pem) {
		return keys.Policy{}, fmt.Errorf("%s has no certificate in PEM form", c.anchors)
	}
	return keys.Strict(c.env, roots), nil
}
