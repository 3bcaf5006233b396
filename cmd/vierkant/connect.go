package main

import (
	"crypto/x509"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/vierkant/vierkant/api/client"
	"github.com/vierkant/vierkant/cmd/node"
	"github.com/vierkant/vierkant/crypto/keys"
	"github.com/vierkant/vierkant/testenv"
)

// secretVariable is where a client's secret may stand; on the command line everybody on the machine could read it.
const secretVariable = "VIERKANT_CLIENT_SECRET"

// userAgent is how the commands name themselves to a broker.
const userAgent = "vierkant"

// side is for whom a command speaks: it decides which client of the world it is.
type side string

// The sides.
const (
	asSender     side = "sender"
	asSubscriber side = "subscriber"
)

// connection is the flags by which a client command finds its environment.
type connection struct {
	judgement
	world, url, clientID, secretFile string
}

func (c *connection) flags(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringVar(&c.world, "world", "vierkant-data/world.json", "world.json of a running \"vierkant up\"")
	c.judgement.flags(cmd)
	flags.StringVar(&c.url, "url", "", "base URL of a broker, instead of --world")
	flags.StringVar(&c.clientID, "client-id", "", "the API client, instead of the one in the world")
	flags.StringVar(&c.secretFile, "client-secret-file", "", "with --client-id: file with the client's secret (or "+secretVariable+")")
	completeFile(cmd, "world", "json")
	completeFile(cmd, "client-secret-file")
	completeNothing(cmd, "url", "client-id")
}

// open returns a client of the environment, with the credentials of that side if there are any. A nil progress tells nobody.
func (c *connection) open(as side, progress func(client.Progress)) (*client.Client, error) {
	cfg, err := c.config(as)
	if err != nil {
		return nil, err
	}
	cfg.Progress = progress
	return client.New(cfg)
}

func (c *connection) config(as side) (client.Config, error) {
	cfg, err := c.addresses(as)
	if err != nil {
		return cfg, err
	}
	cfg.UserAgent, cfg.Notice = userAgent, tellMaintenance
	if c.clientID != "" {
		cfg.ClientID = c.clientID
		if cfg.ClientSecret, err = c.secret(); err != nil {
			return cfg, err
		}
	}
	if cfg.ClientID == "" {
		cfg.TokenURL = "" // what is public needs no token
	}
	cfg.Policy, err = c.policy()
	return cfg, err
}

func (c *connection) addresses(as side) (client.Config, error) {
	if c.url != "" {
		base := strings.TrimRight(c.url, "/")
		return client.Config{
			TokenURL: base + "/token", SubmissionURL: base + "/submission-api", DestinationURL: base + "/destination-api",
			RoutingURL: base + "/routing-api", PortalURL: base + "/portal",
		}, nil
	}
	e, err := c.environment()
	if err != nil {
		return client.Config{}, err
	}
	who := map[side]*node.Credentials{asSender: e.Sender, asSubscriber: e.Subscriber}[as]
	if who == nil {
		who = &node.Credentials{} // reference and production of the world have none
	}
	return e.Client(who), nil
}

// environment reads the world.
func (c *connection) environment() (testenv.Environment, error) {
	world, err := testenv.ReadWorld(c.world)
	if err != nil {
		return testenv.Environment{}, err
	}
	e, err := world.Environment(c.env)
	if err != nil {
		return e, usageError{err}
	}
	return e, nil
}

func (c *connection) secret() (string, error) {
	if c.secretFile == "" {
		if secret := os.Getenv(secretVariable); secret != "" {
			return secret, nil
		}
		return "", usageError{fmt.Errorf("the secret of client %s is missing: give --client-secret-file or set %s", c.clientID, secretVariable)}
	}
	return readSecret(c.secretFile)
}

// readSecret reads a secret that stands alone in a file.
func readSecret(path string) (string, error) {
	raw, err := os.ReadFile(path)
	if err != nil {
		return "", err
	}
	secret := strings.TrimSpace(string(raw))
	if secret == "" {
		return "", fmt.Errorf("%s is empty: expected a secret", path)
	}
	return secret, nil
}

// judgement is the flags that say which keys are good enough.
type judgement struct{ env, anchors string }

func (j *judgement) flags(cmd *cobra.Command) {
	cmd.Flags().StringVar(&j.env, "env", "test", "environment: test, reference or production; it decides which keys are good enough")
	cmd.Flags().StringVar(&j.anchors, "trust-anchors", "", "PEM file with the roots that keys of authorities must chain to, outside test")
	completeValues(cmd, "env", "test", "reference", "production")
	completeFile(cmd, "trust-anchors", "pem", "crt")
}

// policy returns the rules for keys of authorities.
func (j *judgement) policy() (keys.Policy, error) {
	if j.env == "test" {
		return keys.Test(), nil
	}
	if j.env != "reference" && j.env != "production" {
		return keys.Policy{}, usageError{fmt.Errorf("--env %q: it is one of test, reference, production", j.env)}
	}
	if j.anchors == "" {
		return keys.Policy{}, usageError{errors.New("--trust-anchors is required outside test: the roots that the keys of authorities chain to")}
	}
	pem, err := os.ReadFile(j.anchors)
	if err != nil {
		return keys.Policy{}, err
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(pem) {
		return keys.Policy{}, fmt.Errorf("%s has no certificate in PEM form", j.anchors)
	}
	return keys.Strict(j.env, roots), nil
}
