package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/google/uuid"
	"github.com/spf13/cobra"

	"github.com/vierkant/vierkant/cmd/node"
	"github.com/vierkant/vierkant/testenv"
)

// target is the flags that say which broker is judged, and by whom. What is given on the command line counts more than what a file says.
type target struct {
	world, url                   string
	env                          testenv.Environment // its addresses, as far as they are given one by one
	sender, subscriber           credential
	otherSender, otherSubscriber credential
	keys                         keyFolders
	destination, service, region string
	expired, samples             string
	tolerant                     bool
	operator                     string // configuration file or data folder of the node, whose clock of deadlines may be moved
}

func (t *target) flags(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringVar(&t.world, "world", "vierkant-data/world.json", "file that describes the broker; its environment \"test\" is judged")
	flags.StringVar(&t.url, "url", "", "base URL of a broker with Vierkant's paths, instead of --world")
	for _, address := range addresses(&t.env) {
		flags.StringVar(address.value, address.flag, "", address.means)
		completeNothing(cmd, address.flag)
	}
	t.sender = newCredential(cmd, "sender", "a sender")
	t.subscriber = newCredential(cmd, "subscriber", "a subscriber")
	t.otherSender = newCredential(cmd, "other-sender", "a sender of a second organisation")
	t.otherSubscriber = newCredential(cmd, "other-subscriber", "a subscriber of a second organisation")
	flags.StringVar(&t.destination, "destination", "", "destination of the world that cases send to, instead of one that they make")
	flags.StringArrayVar((*[]string)(&t.keys), "keys", nil,
		"DESTINATION=DIR: a destination that cases send to, and the folder of \"vierkant keygen\" with its private keys")
	flags.StringVar(&t.service, "service", "", "with --keys: URN of a service that the destination offers")
	flags.StringVar(&t.region, "region", "DE", "with --keys: region where it offers the service")
	flags.StringVar(&t.expired, "expired-token-file", "", "file with an access token of the sender whose time is over, for case 9")
	flags.StringVar(&t.samples, "samples", "", "folder of further files to send")
	flags.BoolVar(&t.tolerant, "tolerant", false, "ask errors for status and form, not for types and words that are Vierkant's own")
	flags.StringVar(&t.operator, "operator", "", "configuration file, or folder made by \"vierkant up\" like vierkant-data/test, of the broker's node on this "+
		"machine, for cases that move the clock of deadlines; it stays moved")
	completeFile(cmd, "operator")
	completeFile(cmd, "world", "json")
	completeFile(cmd, "expired-token-file")
	completeFolder(cmd, "samples", "keys")
	completeNothing(cmd, "url", "destination", "service", "region")
}

// address is one of the addresses of a broker.
type address struct {
	flag, means string
	value       *string
}

func addresses(env *testenv.Environment) []address {
	return []address{
		{"token-url", "address of the token service, with its path", &env.TokenURL},
		{"submission-url", "base of the Submission API, without /v2", &env.SubmissionURL},
		{"destination-url", "base of the Destination API, without /v1", &env.DestinationURL},
		{"routing-url", "base of the Routing API, without /v2", &env.RoutingURL},
		{"portal-url", "base of the portal, which signs addressing information", &env.PortalURL},
		{"issuer", "\"iss\" of the service's events (default: base of the Submission API)", &env.Issuer},
	}
}

// session is one with the broker that the flags and the file describe.
func (t *target) session(worldGiven bool) (*testenv.Session, error) {
	env, err := t.environment(worldGiven)
	if err != nil {
		return nil, err
	}
	cfg := testenv.SessionConfig{World: env, Samples: t.samples, Tolerant: t.tolerant}
	test := &cfg.World.Environments[0]
	if err := t.overlay(test); err != nil {
		return nil, err
	}
	if cfg.Home, err = t.home(test); err != nil {
		return nil, err
	}
	if cfg.Forward, err = t.forward(); err != nil {
		return nil, err
	}
	if t.expired != "" {
		if cfg.Expired, err = readSecret(t.expired); err != nil {
			return nil, err
		}
	}
	session, err := testenv.NewSession(cfg)
	if err != nil {
		return nil, usageError{err}
	}
	return session, nil
}

// environment is a world whose first environment is the one to be judged.
func (t *target) environment(worldGiven bool) (testenv.World, error) {
	if worldGiven && t.url != "" {
		return testenv.World{}, usageError{errors.New("--world and --url say the same thing: give one of them")}
	}
	if t.url != "" || t.env.SubmissionURL != "" && !worldGiven {
		return testenv.World{Environments: []testenv.Environment{at(t.url)}}, nil
	}
	world, err := testenv.ReadWorld(t.world)
	if err != nil {
		return world, err
	}
	test, err := world.Environment("test")
	if err != nil {
		return world, usageError{fmt.Errorf("%s: %w", t.world, err)}
	}
	others := []testenv.Environment{test}
	for _, e := range world.Environments {
		if e.Name != test.Name {
			others = append(others, e)
		}
	}
	return testenv.World{Environments: others}, nil
}

// at is a broker with our paths below a base URL; nothing if there is none.
func at(base string) testenv.Environment {
	if base == "" {
		return testenv.Environment{Name: "test"}
	}
	base = strings.TrimRight(base, "/")
	return testenv.Environment{
		Name: "test", URL: base, TokenURL: base + "/token", SubmissionURL: base + "/submission-api", DestinationURL: base + "/destination-api",
		RoutingURL: base + "/routing-api", PortalURL: base + "/portal",
	}
}

// overlay puts what the flags say in place of what the file says.
func (t *target) overlay(env *testenv.Environment) error {
	meant := addresses(env)
	for i, given := range addresses(&t.env) {
		if *given.value != "" {
			*meant[i].value = strings.TrimRight(*given.value, "/")
		}
	}
	if env.Issuer == "" {
		env.Issuer = env.SubmissionURL
	}
	for _, c := range []struct {
		credential
		into **node.Credentials
	}{{t.sender, &env.Sender}, {t.subscriber, &env.Subscriber}} {
		who, err := c.read()
		if err != nil {
			return err
		}
		if who != nil {
			*c.into = who
		}
	}
	return t.second(env)
}

// second is the other organisation.
func (t *target) second(env *testenv.Environment) error {
	sender, err := t.otherSender.read()
	if err != nil {
		return err
	}
	subscriber, err := t.otherSubscriber.read()
	if err != nil {
		return err
	}
	if (sender == nil) != (subscriber == nil) {
		return usageError{errors.New("--other-sender-id and --other-subscriber-id go together")}
	}
	if sender != nil {
		env.Stranger = &testenv.Stranger{Sender: *sender, Subscriber: *subscriber}
	}
	return nil
}

// home is the destination that cases send to, which is added to the environment; "" if they are to make one.
func (t *target) home(env *testenv.Environment) (string, error) {
	if len(t.keys) == 0 {
		return t.destination, nil
	}
	id, folder, _ := strings.Cut(t.keys[0], "=")
	switch {
	case len(t.keys) > 1:
		return "", usageError{errors.New("--keys: one destination is enough")}
	case uuid.Validate(id) != nil || folder == "":
		return "", usageError{fmt.Errorf("--keys %q: expected DESTINATION=DIR, the id of a destination and a folder", t.keys[0])}
	case t.service == "":
		return "", usageError{errors.New("--keys needs --service: the URN of a service that the destination offers")}
	case t.destination != "" && t.destination != id:
		return "", usageError{errors.New("--destination and --keys name different destinations")}
	}
	if _, err := readKeyFolder(folder); err != nil {
		return "", err
	}
	env.Destinations = []testenv.Destination{{
		ID: id, Service: t.service, Region: t.region,
		DecryptionKey: filepath.Join(folder, decryptionFile), SigningKey: filepath.Join(folder, signingFile),
	}}
	return id, nil
}

// credential is the flags that name one API client.
type credential struct {
	name           string // of the flags
	id, secretFile *string
}

func newCredential(cmd *cobra.Command, name, who string) credential {
	c := credential{name: name}
	c.id = cmd.Flags().String(name+"-id", "", "API client that is "+who)
	c.secretFile = cmd.Flags().String(name+"-secret-file", "", "file with its secret (or "+c.variable()+")")
	completeNothing(cmd, name+"-id")
	completeFile(cmd, name+"-secret-file")
	return c
}

// variable is where the secret may stand instead of in a file.
func (c credential) variable() string {
	return "VIERKANT_" + strings.ToUpper(strings.ReplaceAll(c.name, "-", "_")) + "_SECRET"
}

// read returns nil if no client was named.
func (c credential) read() (*node.Credentials, error) {
	if *c.id == "" {
		return nil, nil
	}
	secret := os.Getenv(c.variable())
	if *c.secretFile != "" {
		var err error
		if secret, err = readSecret(*c.secretFile); err != nil {
			return nil, err
		}
	}
	if secret == "" {
		return nil, usageError{fmt.Errorf("the secret of client %s is missing: give --%s-secret-file or set %s", *c.id, c.name, c.variable())}
	}
	return &node.Credentials{ClientID: *c.id, ClientSecret: secret}, nil
}
